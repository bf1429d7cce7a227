# onlyone: one instance of any program
#
# What there is to make.  How each part is built is in its own folder: *.mk.

CC ?= cc
NM ?= nm
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib/onlyone
MANDIR ?= $(PREFIX)/share/man
SYSCONFDIR ?= /etc
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
DESTDIR ?=
# All that is made goes there.
B ?= build
# STATIC= where there are no static libraries: a launch takes longer then.
STATIC = -static

.DEFAULT_GOAL = all
VERSION = $(shell sed -n 's/^.define ONLYONE_VERSION "\(.*\)"/\1/p' \
	preload/contract.h)

# cli.mk comes first: how to compile, and what this machine has.  Each part adds to
# PROGRAMS.  The source packages have no tests.
include cli/cli.mk
include preload/preload.mk
include cli/core/core.mk
include cli/windows/windows.mk
include cli/cluster/cluster.mk
include cli/package/package.mk
include man/man.mk
-include tests/tests.mk
include cli/settings.mk

#: make            build/onlyone, onlyonectl, libonlyone.so,
#:                 libonlyone-window.so, onlyone-raise, onlyone-cluster
all: $(PROGRAMS)

#: make core       the core alone, in build/core, without the libraries of
#:                 onlyone-raise and onlyone-cluster
core:
	@$(MAKE) --no-print-directory B=$(B)/core RAISE= CLUSTER= all

#: make deps       without root: fetch the libraries that the core is built with
#:                 from Debian into build/deps, where make finds them
deps:

#: make demo       show the main job on a real program
demo: all
	tests/demo $(B)

#: make check      a test or more for everything that is promised, in a minute
#:                 (as root: as root and as an ordinary user)
check:
	+@MAKE='$(MAKE)' tests/run

#: make check-core the part of make check that the core passes alone
check-core:
	+@MAKE='$(MAKE)' tests/run --core

#: make check-all  everything else: desktops, clusters, real programs, packages,
#:                 other systems, faults injected, sanitizers, a minute of each
#:                 fuzzer (root)
check-all:
	FUZZ_INPUTS=0 tests/sanitize asan
	tests/sanitize fuzz 60
	+@MAKE='$(MAKE)' tests/run --rest
	+@MAKE='$(MAKE)' tests/run --desktop

#: make bench      what a launch costs, compared with flock and its budgets
bench: all $(BENCH_BIN)
	tests/bench/run $(B)

#: make bench-cluster  one run, and a line of sixty, beside etcdctl lock and psql
bench-cluster: all
	tests/bench/cluster $(B)

#: make bench-hosts  what a store carries: a hundred hosts, and a thousand
bench-hosts: all $(B)/bench/hosts
	tests/bench/hosts $(B)

#: make lint       compiler warnings as errors, cppcheck, shellcheck, mandoc,
#:                 circular includes
lint:
	$(MAKE) B=$(B)/lint CFLAGS='-O2 -Werror' all
	cppcheck --quiet --error-exitcode=1 --std=c11 -I. \
		--enable=warning,portability --inline-suppr \
		--suppress=missingIncludeSystem \
		--suppress=varFuncNullUB cli preload
	tests/structure $(B)/lint
	shellcheck -x $(SCRIPTS)
	mandoc -T lint -W warning $(PAGES)

#: make install    under PREFIX (/usr/local), below DESTDIR; root: /run/onlyone
install: all

#: make uninstall
uninstall:

#: make dist       a source archive in build/
dist:

#: make deb        Debian packages in build/deb/ (REVISION=1: of this version)
deb:

#: make html       README.md, the manuals and the picture of make bench, in
#:                 build/html (mandoc, cmark-gfm)
html:

#: make clean      remove build/
clean:
	rm -rf $(B)

#: make help       this text
help:
	@cat $(MAKEFILE_LIST) | sed -n 's/^#: //p'

.PHONY: all core deps demo check check-core check-all bench bench-cluster bench-hosts lint install uninstall \
	dist deb html clean help
.SECONDARY:
