# SPDX-License-Identifier: MIT

bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = %D%/bash-completion/epipe

systemdexampledir = $(docdir)/examples/systemd
nodist_systemdexample_DATA = %D%/systemd/epipe.conf
%D%/systemd/epipe.conf: %D%/systemd/epipe.conf.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	$(SED) 's|@shim@|$(preload_path)|' $(srcdir)/%D%/systemd/epipe.conf.in >$@
CLEANFILES += %D%/systemd/epipe.conf
EXTRA_DIST += %D%/meson/libepipe.wrap %D%/meson/meson.build %D%/systemd/epipe.conf.in
