# SPDX-License-Identifier: MIT

bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = %D%/bash-completion/epipe

EXTRA_DIST += %D%/meson/libepipe.wrap %D%/meson/meson.build

bpftraceexampledir = $(docdir)/examples/bpftrace
dist_bpftraceexample_DATA = %D%/bpftrace/sigpipe.bt %D%/bpftrace/sigpipe-stacks.bt
