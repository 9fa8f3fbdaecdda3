/* SPDX-License-Identifier: MIT */
#include "inject.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "blob-image.h"
#include "sandbox.h"

enum { LARGEST_PAGE = 16384, SA_RESTORER_FLAG = 0x04000000, CODE_MAX = 16384 };

#define FAIL(t, result, ...) (snprintf((t)->why, sizeof(t)->why, __VA_ARGS__), result)

static bool has_same_code(const struct tracee *t, uint64_t address,
                          const struct graft_page *image)
{
    unsigned char part[512]; /* a stack may be small */
    size_t size;

    for (size_t at = GRAFT_HEADER; at < image->size; at += size) {
        size = image->size - at < sizeof part ? image->size - at : sizeof part;
        if (!tracee_read(t, address + at, part, size) ||
            memcmp(part, (const char *)image + at, size) != 0)
            return false;
    }
    return true;
}

/* The address of the same code in the target, of an earlier attach, or 0. */
static uint64_t find_same(const struct tracee *t, const struct maps *maps,
                          const struct graft_page *image)
{
    for (unsigned i = 0; i < maps->page_count; i++)
        if (has_same_code(t, maps->pages[i], image))
            return maps->pages[i];
    return 0;
}

static enum graft_result failure(const struct tracee *t)
{
    return t->dispatches ? GRAFT_CANNOT : GRAFT_ERROR;
}

/* Maps the pages: never writable and executable at the same time.  An attach that is given
 * up here leaves them, unused. */
static enum graft_result map(struct tracee *t, uint64_t code, uint64_t *address)
{
    const uint64_t page = maps_page_size();
    int64_t result;

    if (!tracee_call(t, CALL_MMAP,
                     (uint64_t[6]){0, code + page, PROT_READ | PROT_EXEC,
                                   MAP_PRIVATE | MAP_ANONYMOUS, (uint64_t)-1, 0},
                     &result))
        return failure(t);
    if (result < 0 && result > -4096)
        return FAIL(t, GRAFT_CANNOT, "gives no executable memory: %s", strerror((int)-result));
    *address = t->is32 ? (uint32_t)result : (uint64_t)result;
    if (!tracee_call(t, CALL_MPROTECT,
                     (uint64_t[6]){*address + code, page, PROT_READ | PROT_WRITE}, &result))
        return failure(t);
    if (result != 0)
        return FAIL(t, GRAFT_CANNOT, "gives no memory: %s", strerror((int)-result));
    return GRAFT_DONE;
}

/* SA_NODEFER: no record tells whose signal it is that comes when the handler returns, if a
 * handler on top of it made a broken write; so that one comes at once, in that write. */
static void set_action(struct graft_page *page, bool is32, uint64_t address)
{
    enum { FLAGS = SA_SIGINFO | SA_RESTART | SA_NODEFER };
    uint64_t handler = address + page->handler;

    if (is32) {
        uint32_t action[4] = {(uint32_t)handler, FLAGS};

        memcpy(page->action, action, sizeof action);
    } else {
        page->action[0] = handler;
        page->action[1] = FLAGS;
        if (page->restorer != 0) {
            page->action[1] |= SA_RESTORER_FLAG;
            page->action[2] = address + page->restorer;
        }
    }
}

/* The handler in what rt_sigaction has written at ADDRESS. */
static bool read_handler(const struct tracee *t, uint64_t address, uint64_t *handler)
{
    *handler = 0;
    return tracee_read(t, address, handler, t->is32 ? 4 : 8);
}

/* Calls rt_sigaction(SIGPIPE, NEW, OLD) and reads the handler that was there. */
static enum graft_result change_action(struct tracee *t, uint64_t new, uint64_t old,
                                       uint64_t *handler)
{
    int64_t result;

    if (!tracee_call(t, CALL_RT_SIGACTION, (uint64_t[6]){SIGPIPE, new, old, 8}, &result))
        return failure(t);
    if (result != 0)
        return FAIL(t, GRAFT_CANNOT, "refuses rt_sigaction: %s", strerror((int)-result));
    if (old != 0 && !read_handler(t, old, handler))
        return FAIL(t, GRAFT_ERROR, "its memory cannot be read");
    return GRAFT_DONE;
}

static bool write_page(struct tracee *t, const struct graft_page *image, struct graft_page *page)
{
    if (!tracee_write(t, page->address, page, sizeof *page))
        return false;
    return tracee_write(t, page->address + GRAFT_HEADER,
                        (const char *)image + GRAFT_HEADER, image->size - GRAFT_HEADER);
}

enum graft_result inject_handler(struct tracee *t, const struct maps *maps,
                                 const struct proc_status *status, const struct keep *keep,
                                 bool may_fstat, uint64_t *where)
{
    const struct graft_page *image = blob_image(t->is32);
    struct graft_page page = {0};
    const uint64_t size = maps_page_size();
    uint64_t address, handler, ignored;
    enum graft_result result;

    if (image == NULL)
        return FAIL(t, GRAFT_CANNOT, "is for another architecture than this epipe");
    if (size > LARGEST_PAGE)
        return FAIL(t, GRAFT_CANNOT, "has memory pages of %u KiB, which nobody has tried yet",
                    (unsigned)(size >> 10));
    if (tracee_dispatches(t))
        return FAIL(t, GRAFT_CANNOT, TRACEE_DISPATCHES);
    address = find_same(t, maps, image);
    if (!sandbox_allows(t, status, address == 0, &may_fstat))
        return GRAFT_CANNOT;
    memcpy(&page, image, offsetof(struct graft_page, data));
    page.data = (uint32_t)((image->size + size - 1) / size * size);
    if (address == 0 && (result = map(t, page.data, &address)) != GRAFT_DONE)
        return result;
    page.address = address;
    page.since = (uint64_t)time(NULL);
    page.pid = status->pid;
    page.flags = may_fstat ? 0 : GRAFT_NO_FDSTAT;
    page.keep = *keep;
    page.only_child = 1 << (SIGCHLD - 1);
    *where = address;
    set_action(&page, t->is32, address);
    if (!write_page(t, image, &page))
        return GRAFT_ERROR;
    result = change_action(t, address + offsetof(struct graft_page, action),
                           address + page.data, &handler);
    if (result != GRAFT_DONE || handler == 0 || handler == address + page.handler)
        return result;
    for (unsigned i = 0; i < maps->page_count; i++) /* another version's */
        if (handler > maps->pages[i] && handler < maps->pages[i] + CODE_MAX)
            return GRAFT_DONE;
    /* SIG_IGN, or a handler of its own: back at once. */
    result = change_action(t, address + page.data, 0, &ignored);
    if (result != GRAFT_DONE)
        return result;
    return FAIL(t, GRAFT_NOT_NEEDED,
                handler == 1 ? "ignores SIGPIPE: nothing to do"
                             : "handles SIGPIPE itself: nothing to do");
}

enum graft_result inject_removal(struct tracee *t, const struct maps *maps,
                                 const struct proc_status *status)
{
    struct graft_page page;
    uint64_t handler;
    enum graft_result result;

    if (tracee_dispatches(t))
        return FAIL(t, GRAFT_CANNOT, TRACEE_DISPATCHES);
    if (!sandbox_allows_removal(t, status))
        return GRAFT_CANNOT;
    for (unsigned i = 0; i < maps->page_count; i++) {
        if (!tracee_read(t, maps->pages[i], &page, sizeof page))
            return FAIL(t, GRAFT_ERROR, "its memory cannot be read");
        result = change_action(t, 0, page.address + page.data, &handler);
        if (result != GRAFT_DONE)
            return result;
        if (handler == page.address + page.handler)
            return change_action(t, page.address + offsetof(struct graft_page, none), 0,
                                 &handler);
    }
    return FAIL(t, GRAFT_NOT_NEEDED, "is not protected by an attach");
}
