# SPDX-License-Identifier: MIT

bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = %D%/bash-completion/epipe

zshcompletiondir = $(datadir)/zsh/site-functions
dist_zshcompletion_DATA = %D%/zsh-completion/_epipe
fishcompletiondir = $(datadir)/fish/vendor_completions.d
dist_fishcompletion_DATA = %D%/fish-completion/epipe.fish

EXTRA_DIST += %D%/meson/libepipe.wrap %D%/meson/meson.build

bpftraceexampledir = $(docdir)/examples/bpftrace
dist_bpftraceexample_DATA = %D%/bpftrace/sigpipe.bt %D%/bpftrace/sigpipe-stacks.bt
