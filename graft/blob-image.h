/* SPDX-License-Identifier: MIT
 *
 * blob-image.c has the blobs of either word size, as the build has made them.
 */
#ifndef EPIPE_GRAFT_BLOB_IMAGE_H
#define EPIPE_GRAFT_BLOB_IMAGE_H

#include "page.h"

/* By word size: is32.  NULL where the compiler could not make one. */
const struct graft_page *blob_image(int is32);

#endif
