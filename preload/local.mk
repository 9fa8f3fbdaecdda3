# SPDX-License-Identifier: MIT

pkglib_LTLIBRARIES += libepipe-preload.la
libepipe_preload_la_SOURCES = \
	lib/core/inflight.c lib/core/inflight.h \
	%D%/counters.c %D%/counters.h %D%/environ.c %D%/environ.h %D%/give-up.c \
	%D%/give-up.h %D%/go-program.c %D%/go-program.h %D%/handler.c %D%/handler.h \
	%D%/init.c %D%/interpose-fd.c %D%/interpose-signal.c %D%/interpose-write.c \
	%D%/kill.c %D%/libc.c %D%/libc.h %D%/protect.c %D%/protect.h \
	%D%/preload-list.c %D%/preload-list.h %D%/settings.c %D%/settings.h %D%/sigaction.c %D%/sigaction.h \
	%D%/log/atfork.c %D%/log/atfork.h %D%/log/backtrace.c %D%/log/backtrace.h \
	%D%/log/dso.c %D%/log/dso.h %D%/log/fdname.c %D%/log/fdname.h %D%/log/log.c \
	%D%/log/log.h %D%/log/options.h %D%/log/private-fd.c %D%/log/private-fd.h \
	%D%/log/ratelimit.c %D%/log/ratelimit.h %D%/log/sink.c %D%/log/sink.h \
	%D%/log/sockaddr.c %D%/log/sockaddr.h %D%/log/strbuf.c %D%/log/strbuf.h \
	%D%/log/symbolize.c %D%/log/symbolize.h %D%/log/timestamp.c %D%/log/timestamp.h
# initial-exec: the record of a write must not call the allocator.
libepipe_preload_la_CFLAGS = $(INJECTED_CFLAGS) -ftls-model=initial-exec
libepipe_preload_la_LIBADD = libcore.la
SHIM_LDFLAGS = $(INJECTED_LDFLAGS) -Wl,--as-needed -Wl,-Bsymbolic-functions \
	-Wl,--version-script=$(srcdir)/%D%/preload.map
libepipe_preload_la_LDFLAGS = $(SHIM_LDFLAGS) -module -avoid-version -shared
EXTRA_libepipe_preload_la_DEPENDENCIES = %D%/preload.map
EXTRA_DIST += %D%/preload.map

# For musl.  It names no libc that it needs: in a child that is a glibc program the
# loader would find the wrong libc.so, and not start the program.  And what it takes from
# libc it takes weakly: a program for musl's loader that needs no libc starts, without help.
# (gcc's own functions are taken before, for nothing is linked for a weak name.)
if HAVE_MUSL_CC
muslexecdir = $(pkglibdir)/musl
nodist_muslexec_DATA = musl/libepipe-preload.so
musl_sources = $(libcore_la_SOURCES) $(libepipe_preload_la_SOURCES)
musl/libepipe-preload.so: $(musl_sources) %D%/preload.map
	$(AM_V_CCLD)$(MKDIR_P) $(@D) && sources= && \
	for file in $(musl_sources); do \
		case $$file in *.c) sources="$$sources $(srcdir)/$$file" ;; esac; \
	done && \
	$(MUSL_CC) $(AM_CPPFLAGS) -D_GNU_SOURCE $(CPPFLAGS) $(libepipe_preload_la_CFLAGS) \
		$(CFLAGS) $(INJECTED_LAST) -fPIC -r -nostdlib -o $(@D)/shim.o $$sources -lgcc && \
	$(OBJCOPY) --weaken $(@D)/shim.o && \
	$(MUSL_CC) $(CFLAGS) -shared -nostdlib $(LDFLAGS) $(SHIM_LDFLAGS) -o $@ $(@D)/shim.o
CLEANFILES += musl/libepipe-preload.so musl/shim.o
endif

# Nobody links with the shim, so nobody needs its libtool archive.
install-exec-hook:
	rm -f $(DESTDIR)$(pkglibdir)/libepipe-preload.la

uninstall-hook:
	rm -f $(DESTDIR)$(pkglibdir)/libepipe-preload.so
	rmdir $(DESTDIR)$(pkglibdir)/musl 2>/dev/null || true
	rmdir $(DESTDIR)$(pkglibdir) 2>/dev/null || true
