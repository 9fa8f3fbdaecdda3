# SPDX-License-Identifier: MIT
#
# The tests are t/NAME.t; they drive the programs below.  A program of one file needs its
# name in a list, and nothing else.

LDADD = libepipe.la -lutil -lresolv -lpthread
CHECK_MODULE_LDFLAGS = $(SANITIZE) -module -avoid-version -shared -rpath /nowhere

check_PROGRAMS += \
	%D%/probe/async-signals %D%/probe/bare-thread %D%/probe/becomes %D%/probe/blocked \
	%D%/probe/broken %D%/probe/calls-count %D%/probe/cancel-jump %D%/probe/connection \
	%D%/probe/context \
	%D%/probe/disposition %D%/probe/environment-changes %D%/probe/flow %D%/probe/foreign \
	%D%/probe/idle-process %D%/probe/interrupted %D%/probe/kept-send %D%/probe/log-context \
	%D%/probe/log-descriptor %D%/probe/many-writes %D%/probe/option-only \
	%D%/probe/own-functions %D%/probe/partial %D%/probe/pending-memory %D%/probe/pipes \
	%D%/probe/ptraced %D%/probe/raw-splice %D%/probe/refuse %D%/probe/sandbox %D%/probe/scope-count \
	%D%/probe/simultaneous-signals %D%/probe/stack %D%/probe/stage %D%/probe/stress \
	%D%/probe/uring

%C%_probe_own_functions_LDFLAGS = $(AM_LDFLAGS) -Wl,--export-dynamic

# The same in another way: with the library in the shim's place, with a note of Go's.
check_PROGRAMS += \
	%D%/probe/async-signals-library %D%/probe/bare-thread-library \
	%D%/probe/cancel-jump-library %D%/probe/environment-changes-library %D%/probe/go-note
%C%_probe_async_signals_library_SOURCES = %D%/probe/async-signals.c
%C%_probe_async_signals_library_CPPFLAGS = $(AM_CPPFLAGS) -DPROBE_LIBRARY
%C%_probe_bare_thread_library_SOURCES = %D%/probe/bare-thread.c
%C%_probe_bare_thread_library_CPPFLAGS = $(AM_CPPFLAGS) -DPROBE_LIBRARY
%C%_probe_cancel_jump_library_SOURCES = %D%/probe/cancel-jump.c
%C%_probe_cancel_jump_library_CPPFLAGS = $(AM_CPPFLAGS) -DPROBE_LIBRARY
%C%_probe_environment_changes_library_SOURCES = %D%/probe/environment-changes.c
%C%_probe_environment_changes_library_CPPFLAGS = $(AM_CPPFLAGS) -DPROBE_LIBRARY
%C%_probe_go_note_SOURCES = %D%/probe/bare-thread.c
%C%_probe_go_note_CPPFLAGS = $(AM_CPPFLAGS) -DGO_NOTE

check_LTLIBRARIES += \
	%D%/probe/libbadshim.la %D%/probe/libepipemarker.la %D%/probe/libepipesysv.la \
	%D%/probe/libepipevisitor.la %D%/probe/libepipewriter.la
%C%_probe_libbadshim_la_SOURCES = %D%/probe/bad-shim.c
%C%_probe_libbadshim_la_LDFLAGS = $(CHECK_MODULE_LDFLAGS)
%C%_probe_libepipemarker_la_SOURCES = %D%/probe/marker.c
%C%_probe_libepipemarker_la_LDFLAGS = $(CHECK_MODULE_LDFLAGS)
%C%_probe_libepipevisitor_la_SOURCES = %D%/probe/visitor.c
%C%_probe_libepipevisitor_la_LDFLAGS = $(CHECK_MODULE_LDFLAGS)
%C%_probe_libepipewriter_la_SOURCES = %D%/probe/writer.c
%C%_probe_libepipewriter_la_CFLAGS = $(AM_CFLAGS) -fvisibility=default
%C%_probe_libepipewriter_la_LDFLAGS = $(CHECK_MODULE_LDFLAGS)
%C%_probe_libepipesysv_la_SOURCES = %D%/probe/writer.c
%C%_probe_libepipesysv_la_CFLAGS = $(AM_CFLAGS) -fvisibility=default
%C%_probe_libepipesysv_la_LDFLAGS = $(CHECK_MODULE_LDFLAGS) -Wl,--hash-style=sysv

# Processes to be attached to, and to be killed while they attach.
check_PROGRAMS += %D%/probe/answers %D%/probe/churn %D%/probe/filtered %D%/probe/kill-at %D%/probe/waits
%C%_probe_churn_SOURCES = %D%/probe/churn.c %D%/probe/churn-rseq.c %D%/probe/churn-timer.c
%C%_probe_waits_SOURCES = %D%/probe/waits.c %D%/probe/waits-calls.c %D%/probe/waits-code.c
check_LTLIBRARIES += %D%/probe/libselfattach.la
%C%_probe_libselfattach_la_SOURCES = %D%/probe/self-attach.c
%C%_probe_libselfattach_la_LDFLAGS = $(CHECK_MODULE_LDFLAGS)
if GRAFT
check_PROGRAMS += %D%/probe/unsafe-attach
%C%_probe_unsafe_attach_SOURCES = %D%/probe/unsafe-attach.c graft/proc-status.c \
	graft/target-stdio.c $(graft_sources)
%C%_probe_unsafe_attach_CPPFLAGS = $(AM_CPPFLAGS) -DGRAFT_CONTROL
%C%_probe_unsafe_attach_LDADD = libcore.la
$(t_probe_unsafe_attach_OBJECTS): $(blobs)
if HAVE_CMOCKA
check_PROGRAMS += %D%/unit/choose %D%/unit/denied %D%/unit/seccomp-bpf %D%/unit/tracee-mem
%C%_unit_choose_SOURCES = %D%/unit/choose.c $(arch_sources) graft/choose.c graft/proc-status.c
%C%_unit_denied_SOURCES = %D%/unit/denied.c graft/denied.c
%C%_unit_seccomp_bpf_SOURCES = %D%/unit/seccomp-bpf.c graft/seccomp-bpf.c
%C%_unit_tracee_mem_SOURCES = %D%/unit/tracee-mem.c graft/tracee-mem.c graft/proc-status.c
if !GRAFT_AARCH64
check_PROGRAMS += %D%/unit/stub
%C%_unit_stub_SOURCES = %D%/unit/stub.c $(stub_sources)
endif
endif
endif

# Random sequences of operations, executed in several modes and compared.
check_PROGRAMS += %D%/model/model
%C%_model_model_SOURCES = \
	%D%/model/chain.c %D%/model/child.c %D%/model/compare.c %D%/model/disposition.c \
	%D%/model/execute-around.c %D%/model/execute-signal.c %D%/model/execute-write.c \
	%D%/model/execute.c %D%/model/fd-create.c %D%/model/fd-slots.c %D%/model/handler-writes.c \
	%D%/model/interrupt.c %D%/model/keep-model.c %D%/model/model.c %D%/model/operation.c \
	%D%/model/peer.c %D%/model/pending.c %D%/model/scope.c %D%/model/second-thread.c \
	%D%/model/shim-model.c %D%/model/shim-pending.c %D%/model/shrink.c %D%/model/signal-thread.c \
	%D%/model/splice-calls.c %D%/model/time-limit.c %D%/model/worker.c %D%/model/write-all.c \
	%D%/model/write-calls.c

# The tracer that goes through each instruction of a call, and what it traces.
check_PROGRAMS += %D%/step/step %D%/step/traced
%C%_step_step_SOURCES = %D%/step/expect.c %D%/step/main.c %D%/step/trace.c %D%/step/tracee.c
%C%_step_traced_SOURCES = %D%/step/calls.c %D%/step/traced.c

# Clients of servers under load.
check_PROGRAMS += %D%/load/breaker %D%/load/living
%C%_load_breaker_SOURCES = %D%/load/breaker.c %D%/load/peer.c
%C%_load_living_SOURCES = %D%/load/http.c %D%/load/living.c %D%/load/peer.c %D%/load/redis.c
if HAVE_OPENSSL
%C%_load_breaker_CPPFLAGS = $(AM_CPPFLAGS) -DLOAD_TLS
%C%_load_breaker_LDADD = -lssl -lcrypto
%C%_load_living_CPPFLAGS = $(AM_CPPFLAGS) -DLOAD_TLS
%C%_load_living_LDADD = -lssl -lcrypto
endif

if HAVE_CMOCKA
LDADD += -lcmocka
check_PROGRAMS += \
	%D%/unit/blocks %D%/unit/calls %D%/unit/cancelled %D%/unit/chains %D%/unit/channel \
	%D%/unit/channel-child %D%/unit/channel-options %D%/unit/child \
	%D%/unit/coroutines %D%/unit/deadline %D%/unit/disturbed %D%/unit/forks %D%/unit/halfway \
	%D%/unit/install %D%/unit/keep-stdio %D%/unit/log-text %D%/unit/pipeline %D%/unit/pipeline-ends %D%/unit/proc-status %D%/unit/process-scopes \
	%D%/unit/refused %D%/unit/scarce %D%/unit/scopes %D%/unit/settings \
	%D%/unit/sigmask %D%/unit/single-calls %D%/unit/waiting %D%/unit/write-all
%C%_unit_calls_SOURCES = %D%/unit/arguments.c %D%/unit/calls.c %D%/unit/contents.c \
	%D%/unit/models.c %D%/unit/objects.c
%C%_unit_waiting_SOURCES = %D%/unit/waiting.c %D%/unit/waiters.c
%C%_unit_sigmask_LDADD = libcore.la -lcmocka
%C%_unit_log_text_SOURCES = %D%/unit/log-text.c preload/log/sockaddr.c \
	preload/log/strbuf.c preload/log/timestamp.c
%C%_unit_settings_SOURCES = %D%/unit/settings.c preload/settings.c
%C%_unit_proc_status_SOURCES = %D%/unit/proc-status.c graft/proc-status.c
endif

# The fuzz targets, here with a driver of their own in the fuzzer's place.
check_PROGRAMS += %D%/fuzz/settings %D%/fuzz/shebang %D%/fuzz/target
if GRAFT
check_PROGRAMS += %D%/fuzz/procfs
%C%_fuzz_procfs_SOURCES = %D%/fuzz/procfs.c %D%/fuzz/replay.c $(arch_sources) graft/choose.c \
	graft/maps.c graft/proc-status.c graft/seccomp-bpf.c $(stub_sources)
endif
%C%_fuzz_settings_SOURCES = %D%/fuzz/settings.c %D%/fuzz/replay.c preload/settings.c
%C%_fuzz_shebang_SOURCES = %D%/fuzz/shebang.c %D%/fuzz/replay.c cmd/shebang.c
%C%_fuzz_target_SOURCES = %D%/fuzz/target.c %D%/fuzz/replay.c cmd/elf-file.c cmd/elf.c \
	cmd/shebang.c cmd/target.c

EXTRA_DIST += %D%/README.md $(srcdir)/%D%/*.t $(srcdir)/%D%/lib/*.pm $(srcdir)/%D%/*/*.[ch] \
	$(srcdir)/%D%/*/.clang-format \
	$(srcdir)/%D%/mutants/*.patch %D%/mutants/run %D%/fuzz/seeds %D%/load/http-server.py \
	%D%/abi/libepipe.abi %D%/abi/update

tests = %D%/*.t
TEST_ENVIRONMENT = TEST_SOURCE='$(abs_top_srcdir)' TEST_BUILD='$(abs_top_builddir)' \
	TEST_SANITIZED='$(with_sanitizers)' TEST_CC='$(CC)' TEST_MUSL_CC='$(MUSL_CC)' \
	TEST_CFLAGS='$(CFLAGS)'

check-local: all
	@test -n "$(PROVE)" || { echo "make check: prove not found; install perl" >&2; exit 1; }
	cd $(srcdir) && $(TEST_ENVIRONMENT) perl -It/lib $(PROVE) --harness SkipHarness -j2 $(PROVEFLAGS) $(tests)
