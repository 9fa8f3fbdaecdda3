# SPDX-License-Identifier: MIT

# The mechanisms, shared by the library and the shim.
noinst_LTLIBRARIES += libcore.la
libcore_la_SOURCES = \
	%D%/core/arch/aarch64.h %D%/core/arch/arch.h %D%/core/arch/arm.h %D%/core/arch/generic.h \
	%D%/core/arch/i386.h %D%/core/arch/loongarch64.h %D%/core/arch/ppc64.h %D%/core/arch/riscv64.h \
	%D%/core/arch/s390x.h %D%/core/arch/x86_64.h \
	%D%/core/deadline.h %D%/core/fdstat.c %D%/core/fdstat.h %D%/core/keep-errno.h %D%/core/keep.c \
	%D%/core/keep.h %D%/core/ksigaction.h %D%/core/number.h %D%/core/parent.c \
	%D%/core/parent.h %D%/core/sigmask.c %D%/core/sigmask.h \
	%D%/core/sigpipe.c %D%/core/sigpipe.h %D%/core/syscall.h \
	%D%/core/tls.c %D%/core/tls.h %D%/core/ucontext.h %D%/core/wipeonfork.c \
	%D%/core/wipeonfork.h
libcore_la_CFLAGS = $(INJECTED_CFLAGS)
libcore_la_LDFLAGS = $(SANITIZE)

lib_LTLIBRARIES += libepipe.la
libepipe_la_SOURCES = \
	%D%/api.h %D%/child.c %D%/handler.c %D%/handler.h %D%/process.c %D%/process.h \
	%D%/rwf-nosignal.c %D%/rwf-nosignal.h %D%/scope.c %D%/splice.c %D%/version.c \
	%D%/with-blocked.h %D%/with-nocancel.h %D%/write-all.c %D%/write.c \
	%D%/proc/channel.c %D%/proc/fd-passing.c %D%/proc/fd-passing.h %D%/proc/pipe.c \
	%D%/proc/pipe.h %D%/proc/pipeline.c %D%/proc/spawn.c %D%/proc/spawn.h \
	%D%/proc/stages.c %D%/proc/stages.h
libepipe_la_CFLAGS = $(INJECTED_CFLAGS) $(TLS_CFLAGS)
libepipe_la_LIBADD = libcore.la
libepipe_la_LDFLAGS = $(INJECTED_LDFLAGS) $(TLS_LDFLAGS) -version-info 0:0:0 \
	-Wl,--version-script=$(srcdir)/%D%/libepipe.map
EXTRA_libepipe_la_DEPENDENCIES = %D%/libepipe.map

include_HEADERS = include/epipe.h include/epipe.hpp
pkgconfigdir = $(libdir)/pkgconfig
nodist_pkgconfig_DATA = %D%/libepipe.pc
cmakedir = $(libdir)/cmake/libepipe
nodist_cmake_DATA = %D%/libepipe-config.cmake %D%/libepipe-config-version.cmake
EXTRA_DIST += %D%/amalgamate %D%/libepipe.map

# The library without lib/proc as two files, for a project that is to depend on no other.
amalgamation:
	$(MKDIR_P) $@
	$(srcdir)/%D%/amalgamate $(srcdir) $@
.PHONY: amalgamation
CLEANFILES += amalgamation/epipe.c amalgamation/epipe.h
