/* SPDX-License-Identifier: MIT
 *
 * only library|sysv|program HOW: a broken write that a library or the program makes;
 * HOW is write, dprintf, syscall or stdio.  sysv: the library has the older hash table.
 */
#include <dlfcn.h>

#include "broken-fd.h"
#include "writer.h"

int main(int argc, char **argv)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 64);
    long (*function)(const char *, int) = writes;

    need(argc == 3 && n > 0, "usage");
    if (strcmp(argv[1], "program") != 0) {
        int is_old = strcmp(argv[1], "sysv") == 0;
        void *handle;

        path[n] = '\0';
        strcpy(strrchr(path, '/'),
               is_old ? "/.libs/libepipesysv.so" : "/.libs/libepipewriter.so");
        handle = dlopen(path, RTLD_NOW);
        if (handle == NULL) {
            fprintf(stderr, "probe: %s\n", dlerror());
            return 90;
        }
        *(void **)&function = dlsym(handle, "library_writes");
        need(function != NULL, "library_writes");
    }
    say(argv[2], function(argv[2], broken_fd("unix")));
    return 0;
}
