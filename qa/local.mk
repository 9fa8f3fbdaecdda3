# SPDX-License-Identifier: MIT
#
# What `make check` does not run: other environments, other people's tests, long runs.

check_LTLIBRARIES += %D%/foreign/libcareless.la %D%/foreign/libignore.la
%C%_foreign_libcareless_la_SOURCES = %D%/foreign/careless.c
%C%_foreign_libcareless_la_LDFLAGS = $(CHECK_MODULE_LDFLAGS)
%C%_foreign_libignore_la_SOURCES = %D%/foreign/ignore.c
%C%_foreign_libignore_la_LDFLAGS = $(CHECK_MODULE_LDFLAGS)

if COVERAGE
libcore_la_SOURCES += %D%/coverage/flush.c %D%/coverage/flush.h
INJECTED_CFLAGS += -include $(srcdir)/%D%/coverage/flush.h
endif

EXTRA_DIST += %D%/README.md $(srcdir)/%D%/*/*

QA = $(TEST_ENVIRONMENT) MAKE='$(MAKE)' CLANG='$(CLANG)' $(srcdir)/%D%
checked = all $(check_PROGRAMS) $(check_LTLIBRARIES)

check-asan:
	$(QA)/sanitizers/run address,undefined 't/*.t'

# In programs that are not built with it, where the shim lives, TSan cannot be.
check-tsan:
	$(QA)/sanitizers/run thread 't/unit.t t/threads.t' \
		check_LTLIBRARIES= check_PROGRAMS='$(filter t/unit/%,$(check_PROGRAMS)) t/probe/refuse t/probe/stress'

check-valgrind: $(checked)
	@command -v valgrind >/dev/null || { echo "check-valgrind: install valgrind" >&2; exit 1; }
	cd $(srcdir) && $(TEST_ENVIRONMENT) TEST_STRESS_SECONDS=3 \
		TEST_WRAPPER='valgrind -q --error-exitcode=99' \
		$(PROVE) $(PROVEFLAGS) t/unit.t t/threads.t

# Lines that no test executes.
coverage:
	$(QA)/coverage/run

# What has a long form; TEST_MODEL_STEPS and TEST_MODEL_SEED say how long and which, every
# instruction of t/step.  long="t/model.t": that alone.
long = t/attach-calls.t t/attach-kill.t t/attach-race.t t/graft-exec.t t/model.t t/step.t t/threads.t
check-long: $(checked)
	cd $(srcdir) && TEST_MODEL_STEPS=$${TEST_MODEL_STEPS:-10000000} $(TEST_ENVIRONMENT) \
		TEST_STEP_EVERY=$${TEST_STEP_EVERY:-1} TEST_STRESS_SECONDS=$${TEST_STRESS_SECONDS:-60} \
		TEST_LONG=1 $(PROVE) -v $(PROVEFLAGS) $(long)

# Each defect of t/mutants has to be noticed.
check-mutants: $(checked)
	$(TEST_ENVIRONMENT) MAKE='$(MAKE)' $(srcdir)/t/mutants/run

# LOAD_BREAKS (a million) broken connections; load/results.md says what came of them.
check-load: $(checked)
	$(MKDIR_P) load
	cd $(srcdir) && LOAD_BREAKS=$${LOAD_BREAKS:-1000000} \
		LOAD_RESULTS='$(abs_builddir)'/load/results.md $(TEST_ENVIRONMENT) \
		$(PROVE) -v $(PROVEFLAGS) t/load.t

# Other kernels and filters on system calls; matrix=NAME: that environment alone.
check-matrix: $(checked)
	$(MKDIR_P) matrix
	cd $(srcdir) && $(TEST_ENVIRONMENT) %D%/matrix/run '$(abs_builddir)'/matrix '$(matrix)'; \
		status=$$?; %D%/matrix/table '$(abs_builddir)'/matrix >'$(abs_builddir)'/matrix.md; \
		cat '$(abs_builddir)'/matrix.md; exit $$status

# The whole suite on i386, and what an attach does on aarch64, in emulated machines;
# i386="calls step": those tests alone.
check-aarch64 check-i386:
	arch=$(@:check-%=%) && $(MKDIR_P) $$arch && \
		$(QA)/matrix/emulated $$arch '$(abs_builddir)'/$$arch $($(@:check-%=%)) || test $$? -eq 77

checked: $(checked)

# Other people's tests; foreign="gawk bash": those alone.
check-foreign: $(checked)
	$(MKDIR_P) foreign
	$(QA)/foreign/run '$(abs_builddir)'/foreign $(foreign)
	$(srcdir)/%D%/foreign/compare foreign/results $(srcdir)/%D%/foreign/explained >foreign/results.md; \
		status=$$?; cat foreign/results.md; exit $$status

# README's two command lines on fresh systems; distros="trixie": that one alone.
check-distros:
	$(MKDIR_P) distros
	$(QA)/distros/run '$(abs_builddir)'/distros $(distros) || test $$? -eq 77

# A whole system with the shim in /etc/ld.so.preload, as root; SYSTEM_KEEP=1 keeps the roots.
check-system: all
	$(MKDIR_P) system
	$(QA)/system/run '$(abs_builddir)'/system || test $$? -eq 77

# libFuzzer on each target of t/fuzz.
fuzz:
	$(QA)/fuzz/run procfs settings shebang target

# Debian packages, and these in a fresh root.
deb:
	$(QA)/packages/build $(VERSION)

check-deb: all deb
	cd $(srcdir) && $(TEST_ENVIRONMENT) $(PROVE) $(PROVEFLAGS) %D%/packages/fresh-root.t

# What clang-format leaves as it is, too: comments, lines that it cannot break.
format_sources = include/*.h* lib/*.[ch] lib/*/*.[ch] preload/*.[ch] preload/*/*.[ch] \
	cmd/*.[ch] graft/*.[ch] t/*/*.[ch] qa/*/*.c examples/*.c bench/*.[ch]
format-check:
	cd $(srcdir) && $(CLANG_FORMAT) --dry-run --Werror $(format_sources) && \
		awk 'length > 101 { print FILENAME ":" FNR ": too long"; bad = 1 } END { exit bad }' $(format_sources)

clean-local:
	rm -rf covered deb fuzz load mutants mutants.log sanitized system

distclean-local:
	rm -rf aarch64 ci distros foreign i386 matrix matrix.md

.PHONY: check-aarch64 check-asan check-deb check-distros check-foreign check-i386 check-load check-long check-matrix \
	check-mutants check-system check-tsan check-valgrind checked coverage deb \
	format-check fuzz
