/* SPDX-License-Identifier: MIT
 *
 * maps.c finds in a process's memory map the room for a stub, and what earlier attaches
 * have left.
 */
#ifndef EPIPE_GRAFT_MAPS_H
#define EPIPE_GRAFT_MAPS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { MAPS_PAGES = 8 };

struct maps {
    uint64_t slot; /* 0: there is no room */
    unsigned page_count;
    uint64_t pages[MAPS_PAGES];
    bool has_shim; /* the preload object is loaded */
};

/* Of this machine, in bytes. */
uint64_t maps_page_size(void);

/* One line of /proc/PID/maps. */
struct mapping {
    uint64_t start, end, offset;
    char permissions[5];
    const char *name; /* in the line, to its end; may be empty */
};

/* False if LINE is not one. */
bool maps_parse_line(const char *line, struct mapping *mapping);

/* Where in the file does the part of an ELF image end that is mapped at OFFSET: for a vDSO
 * with its section headers.  HEAD are the first SIZE bytes of it.  0: not known. */
uint64_t maps_image_end(const unsigned char *head, size_t size, uint64_t offset, bool is_vdso);

/* Reads the map of process PID and, by its memory's file MEM, what is in it.  SLOT_SIZE
 * is that of a stub.  Room is what stands behind an executable image in its last page, has
 * never been used and is blank: behind the vDSO, else behind a program's text; and
 * from where code can lead to the address NEAR, if that is not 0.  False with errno if the
 * map cannot be read. */
bool maps_read(pid_t pid, int mem, unsigned slot_size, uint64_t near, struct maps *maps);

#endif
