# SPDX-License-Identifier: MIT

bin_PROGRAMS += epipe
epipe_SOURCES = \
	%D%/attach.c %D%/attach.h %D%/check-process.c \
	%D%/check.c %D%/check.h %D%/elf-file.c %D%/elf-file.h %D%/elf.c %D%/elf.h \
	%D%/execute.c %D%/execute.h %D%/exit-status.h %D%/fallback.c %D%/fallback.h \
	%D%/find-shim.c %D%/find-shim.h %D%/help.c %D%/help.h \
	%D%/ld-preload.c %D%/ld-preload.h %D%/list.c %D%/list.h \
	%D%/log-path.c %D%/log-path.h %D%/main.c %D%/message.c %D%/message.h %D%/options.c \
	%D%/options.h %D%/proc-environ.c %D%/proc-environ.h %D%/procfs.c %D%/procfs.h %D%/self-test.c %D%/self-test.h \
	%D%/shebang.c %D%/shebang.h %D%/shim-counters.c %D%/shim-counters.h %D%/show.c %D%/show.h \
	%D%/target.c %D%/target.h \
	lib/core/number.h preload/preload-list.c preload/preload-list.h preload/settings.c \
	preload/settings.h
epipe_CPPFLAGS = $(AM_CPPFLAGS) -DBINDIR='"$(bindir)"' -DPKGLIBDIR='"$(pkglibdir)"' \
	-DEXEC_PREFIX='"$(exec_prefix)"' -DPRELOAD='"$(preload_path)"'
epipe_LDFLAGS = $(SANITIZE)
epipe_LDADD = libgraft.la
