# SPDX-License-Identifier: MIT
#
# Attach to processes that run, enter static programs at their exec: on aarch64 and x86-64, and
# from there for i386 programs as well.

noinst_LTLIBRARIES += libgraft.la
# Flags of its own: tests compile some of it as well.
libgraft_la_CPPFLAGS = $(AM_CPPFLAGS)
libgraft_la_LIBADD = libcore.la
libgraft_la_LDFLAGS = $(SANITIZE)
libgraft_la_SOURCES = %D%/attach.h %D%/attached.h %D%/enter.h %D%/machine.h %D%/proc-status.c \
	%D%/proc-status.h %D%/result.h %D%/target-stdio.c %D%/target-stdio.h
# What is copied into a target, for each word size: one image without relocations, and with
# nothing that libc would have to be there for.
blob_sources = %D%/blob.c %D%/blob-mem.c lib/core/fdstat.c lib/core/keep.c lib/core/sigpipe.c
blob_flags = -std=gnu11 -Os -ffreestanding -fPIC -fvisibility=hidden -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-jump-tables -mgeneral-regs-only -nostdlib -shared \
	-Wl,-Bsymbolic -Wl,--build-id=none
blob_aarch64_flags = -mbranch-protection=bti -mno-outline-atomics
if GRAFT_AARCH64
arch_sources = %D%/arch-aarch64.c %D%/arch.h
stub_sources = %D%/stub-aarch64.c %D%/stub.h
tracee_arch_sources = %D%/aarch64.h %D%/interrupted-aarch64.c %D%/tracee-aarch64.c
blob_arch_flags = $(blob_aarch64_flags)
blob_64_flags =
else
arch_sources = %D%/arch-x86.c %D%/arch.h
stub_sources = %D%/stub-x86.c %D%/stub.h
tracee_arch_sources = %D%/tracee-x86.c
blob_arch_flags = -fcf-protection=none
blob_64_flags = -m64
endif
if GRAFT
graft_sources = $(arch_sources) $(stub_sources) $(tracee_arch_sources) \
	%D%/attach-once.c %D%/attach-once.h %D%/attach.c %D%/attached.c %D%/blob-image.c \
	%D%/blob-image.h %D%/choose.c %D%/choose.h %D%/control.h \
	%D%/denied.c %D%/denied.h %D%/enter.c %D%/inject.c %D%/inject.h \
	%D%/maps.c %D%/maps.h %D%/page.h %D%/restart.h %D%/safe-stop.c %D%/safe-stop.h \
	%D%/sandbox.c %D%/sandbox.h \
	%D%/seccomp-bpf.c %D%/seccomp-bpf.h %D%/tracee-call.c %D%/tracee-filters.c %D%/tracee-mem.c \
	%D%/tracee-ptrace.h %D%/tracee-regs.h %D%/tracee.c %D%/tracee.h
libgraft_la_SOURCES += $(graft_sources)

# None of the user's CFLAGS.
blobs = %D%/blob-64.bin $(GRAFT_32_BLOB)
$(blobs): $(blob_sources) $(libcore_la_SOURCES) %D%/page.h %D%/blob.lds
	$(AM_V_CC)$(MKDIR_P) $(@D) && bits=`echo $@ | $(SED) 's/.*-//; s/[.]bin//'` && \
	case $$bits in 32) more='-m32 $(GRAFT_32_CFLAGS)' ;; *) more='$(blob_64_flags)' ;; esac && \
	sources= && for file in $(blob_sources); do sources="$$sources $(srcdir)/$$file"; done && \
	$(CC) $(DEFS) $(AM_CPPFLAGS) $(CPPFLAGS) -U_FORTIFY_SOURCE $(WARNINGS) \
		$$more $(blob_flags) $(blob_arch_flags) -Wl,-T,$(srcdir)/%D%/blob.lds -o $(@:.bin=.elf) $$sources && \
	$(OBJCOPY) -O binary -j .graft $(@:.bin=.elf) $@
$(libgraft_la_OBJECTS): $(blobs)
CLEANFILES += $(blobs) $(blobs:.bin=.elf)
else
libgraft_la_SOURCES += %D%/unsupported.c
endif
EXTRA_DIST += $(srcdir)/%D%/*.[ch] %D%/blob.lds
