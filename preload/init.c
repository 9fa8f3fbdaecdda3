/* SPDX-License-Identifier: MIT
 *
 * init.c has the shim's constructor, which reads the settings, remembers what the program
 * was started with, and puts the handler in place, and its destructor, which writes what
 * is still to be told.  Everything that allocates or looks symbols up happens here.
 */
#include <stdlib.h>
#include <sys/auxv.h>

#include "counters.h"
#include "environ.h"
#include "give-up.h"
#include "go-program.h"
#include "handler.h"
#include "lib/core/keep-errno.h"
#include "lib/core/tls.h"
#include "lib/core/wipeonfork.h"
#include "libc.h"
#include "preload/log/atfork.h"
#include "preload/log/dso.h"
#include "preload/log/log.h"
#include "protect.h"
#include "settings.h"
#include "sigaction.h"

static struct settings settings;

__attribute__((constructor)) static void start(void)
{
    KEEP_ERRNO;

    libc_resolve();
    epipe_wipeonfork_start();
    epipe_tls_start();
    settings = settings_default;
    environ_read_settings(&settings);
    if (settings.clean_children)
        environ_clean();
    if (settings.only[0] != '\0' || settings.log != LOG_OFF || settings.trace || settings.summary)
        dso_start(settings.trace);
    if (settings.trace)
        atfork_start();
    log_start(&(struct log_options){settings.log, settings.log_path, &protect_keep,
                                    settings.trace});
    counters_start(&settings);
    give_up_start(&settings);
    protect_start(&settings, getauxval(AT_SECURE) != 0 ? NULL : getenv("JOURNAL_STREAM"));
    handler_settings = &settings;
    if (!program_is_go())
        sigaction_start();
}

__attribute__((destructor)) static void finish(void)
{
    log_suppressed();
    counters_report();
}
