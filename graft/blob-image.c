/* SPDX-License-Identifier: MIT */
#include "blob-image.h"

#include <stddef.h>

__asm__(".pushsection .rodata\n.balign 16\n"
        "graft_image_64: .incbin \"graft/blob-64.bin\"\n"
#ifdef EPIPE_GRAFT_32
        ".balign 16\ngraft_image_32: .incbin \"graft/blob-32.bin\"\n"
#endif
        ".popsection\n");

extern const struct graft_page graft_image_64;
extern const struct graft_page graft_image_32;

const struct graft_page *blob_image(int is32)
{
#ifdef EPIPE_GRAFT_32
    return is32 ? &graft_image_32 : &graft_image_64;
#else
    return is32 ? NULL : &graft_image_64;
#endif
}
