/* SPDX-License-Identifier: MIT
 *
 * api.h marks what the library exports.
 */
#ifndef EPIPE_API_H
#define EPIPE_API_H

#define API __attribute__((visibility("default")))

#endif
