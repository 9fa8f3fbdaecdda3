/* SPDX-License-Identifier: MIT
 *
 * code32: a 64-bit program that waits for its standard input in 32-bit code, as Windows' programs
 * do under wine; x86-64.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* long run(page): it has been copied there, below 4 GiB, where its stack is, too. */
extern const char run_begin[], run_end[];
__asm__(".pushsection .rodata\n"
        "run_begin:\n"
        "    push %r12\n"
        "    mov %rsp, %r12\n"
        "    lea 4096-8(%rdi), %rsp\n"
        "    lea 2f(%rip), %rax\n"
        "    mov %eax, (%rsp)\n"
        "    movl $0x33, 4(%rsp)\n"
        "    push $0x23\n"
        "    lea 1f(%rip), %rax\n"
        "    push %rax\n"
        "    lretq\n"
        ".code32\n"
        "1:  push $1\n" /* POLLIN */
        "    push $0\n"
        "    mov $168, %eax\n" /* poll(at the stack, 1, -1) */
        "    mov %esp, %ebx\n"
        "    mov $1, %ecx\n"
        "    mov $-1, %edx\n"
        "    int $0x80\n"
        "    lea 8(%esp), %esp\n"
        "    lret\n"
        ".code64\n"
        "2:  mov %r12, %rsp\n"
        "    pop %r12\n"
        "    ret\n"
        "run_end:\n"
        ".popsection\n");

int main(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    int (*run)(void *) = (int (*)(void *))page;

    memcpy(page, run_begin, (size_t)(run_end - run_begin));
    printf("ready %d\n", getpid());
    fflush(stdout);
    printf("poll: %d\n", run(page));
    return 0;
}
