/* SPDX-License-Identifier: MIT
 *
 * version.c tells the version of the library that is loaded.
 */
#include "api.h"
#include "epipe.h"

#define TEXT(number) TEXT_1(number)
#define TEXT_1(number) #number

API const char *epipe_version(void)
{
    return TEXT(EPIPE_VERSION_MAJOR) "." TEXT(EPIPE_VERSION_MINOR) "." TEXT(EPIPE_VERSION_MICRO);
}
