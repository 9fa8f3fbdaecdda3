# SPDX-License-Identifier: MIT
#
# What a test must not measure.  The programs write raw values; `run` runs them all, and
# `report` compares the values with the bounds.

EXTRA_PROGRAMS += \
	%D%/broken %D%/nothing %D%/scope %D%/start %D%/threads %D%/whole-write %D%/write
EXTRA_LTLIBRARIES += %D%/libbenchempty.la
bench_call_sources = %D%/guards.c %D%/measure.c %D%/ways.c
%C%_broken_SOURCES = %D%/broken.c $(bench_call_sources)
%C%_scope_SOURCES = %D%/scope.c %D%/guards.c %D%/measure.c
%C%_start_SOURCES = %D%/start.c %D%/measure.c
%C%_threads_SOURCES = %D%/threads.c %D%/objects.c $(bench_call_sources)
%C%_whole_write_SOURCES = %D%/whole-write.c %D%/measure.c
%C%_write_SOURCES = %D%/write.c %D%/objects.c $(bench_call_sources)
%C%_libbenchempty_la_SOURCES = %D%/empty.c
%C%_libbenchempty_la_LDFLAGS = $(CHECK_MODULE_LDFLAGS)
CLEANFILES += $(EXTRA_PROGRAMS) $(EXTRA_LTLIBRARIES)
EXTRA_DIST += $(srcdir)/%D%/*.[ch] %D%/Values.pm %D%/charts %D%/count %D%/programs \
	%D%/report %D%/run %D%/results.csv %D%/results.md %D%/cost-per-write.svg %D%/scope-cost.svg

# BENCH_SECONDS=N: about how long it may take; BENCH_QUICK=1: a tenth, for a first look.
bench: all $(EXTRA_PROGRAMS) $(EXTRA_LTLIBRARIES)
	$(TEST_ENVIRONMENT) $(srcdir)/%D%/run
.PHONY: bench demo
