/* SPDX-License-Identifier: MIT
 *
 * The two ways to make one and the same call.
 */
#ifndef MODEL_CALL_FORM_H
#define MODEL_CALL_FORM_H

#include <epipe.h>

enum call_form { PLAINLY, BY_LIBRARY };

#define CALL(manner, name, ...)                                                           \
    ((manner) == BY_LIBRARY ? epipe_##name(__VA_ARGS__) : name(__VA_ARGS__))

#endif
