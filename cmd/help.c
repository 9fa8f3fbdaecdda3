/* SPDX-License-Identifier: MIT */
#include "help.h"

/* One line for each option, and all of it on a screen of 24 lines. */
const char help[] =
    "Usage: epipe [OPTION]... [--] PROGRAM [ARG]...\n"
    "       epipe --check PROGRAM|PID... | --attach PID... | --detach PID... | --list\n"
    "Run PROGRAM so that a write to a pipe or socket whose other end is gone fails\n"
    "with EPIPE instead of killing it by SIGPIPE.\n"
    "\n"
    "  -k, --keep=LIST      what still kills: stdio,stages (default), none, 3,7\n"
    "  -o, --only=LIST      protect only calls by libraries, as in liblber*,libssl*\n"
    "  -H, --handlers=WHAT  its own SIGPIPE handlers: respect (default) or override\n"
    "  -c, --children=WHAT  programs that it starts: inherit (default) or none\n"
    "  -l, --log=WHERE      what was swallowed: off (default), stderr, syslog, /PATH\n"
    "  -t, --trace[=off]    the same, with the stack that led to it\n"
    "  -S, --summary[=off]  a line at the end that says how many there were\n"
    "  -g, --give-up=N      let the next kill after N in a row on a pipe or socket\n"
    "  -D, --service[=off]  for daemons: --keep=stages --children=none\n"
    "  -f, --fallback=WHAT  where the shim cannot go: refuse (default) or ignore\n"
    "  -C, --check          say whether PROGRAM or process PID is supported, and why\n"
    "  -a, --attach         protect the running processes PID...\n"
    "  -d, --detach         undo that\n"
    "  -L, --list[=all]     list the processes that a broken connection would kill\n"
    "  -s, --show[=systemd] print the environment, or a drop-in file for a service\n"
    "  -T, --self-test      say whether epipe works here\n"
    "  -h, --help, -V, --version    print this, or the version\n"
    "Variables are EPIPE_KEEP and so on.  Exit status: PROGRAM's; 125 epipe failed,\n"
    "126 not executable, 127 not found; --check, --attach: 0 yes, 1 not needed, 2 no.\n";
