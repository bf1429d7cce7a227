# onlyone: one instance of any program

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
B ?= build
, := ,
( := (
) := )

# LD_PRELOAD cannot name a library in a folder with a space, a colon or a $$; the
# other characters would be the shell's.  Only some shells expand a ~ after =.
GIVEN := $(value PREFIX)
override PREFIX := $(patsubst ~/%,$(HOME)/%,$(PREFIX))
SIGNS = : ; & | < > * ? ' " ` \ $$ $(() $())
unfit = $(filter-out 1,$(words x$1x))$(foreach c,$(SIGNS),$(findstring $c,$1))
FOLDERS = PREFIX BINDIR LIBDIR MANDIR SYSCONFDIR BASHDIR ZSHDIR FISHDIR
ifeq ($(origin prefix),command line)
$(error prefix=$(prefix): the name is PREFIX, in capitals)
endif
ifneq ($(filter-out clean deps dist help,$(or $(MAKECMDGOALS),all)),)
$(foreach v,$(FOLDERS) DESTDIR GIVEN,$(if $(strip $(call unfit,$($v))),$(error \
	$(v:GIVEN=PREFIX)=$($v): the name of the folder may have no space, and none \
	of $(SIGNS) in it: choose another)))
$(foreach v,BINDIR LIBDIR,$(if $(filter /%,$($v)),,$(error \
	$v=$($v): it has to begin with /, as PREFIX has)))
endif
VERSION = $(shell sed -n 's/^.define ONLYONE_VERSION "\(.*\)"/\1/p' \
	preload/contract.h)
REVISION ?= 1

# The first make looks for what this machine has, and writes it down: all targets
# use that file, whatever is installed meanwhile.  FIND=1 looks again; if anything has
# changed, all is built again.
.DEFAULT_GOAL = all
FOUND = $(B)/found
ifneq ($(filter-out clean deb deps dist help html uninstall,\
	$(or $(MAKECMDGOALS),all)),)
# Not by make's second reading, after the file is there again.
$(if $(FIND),$(if $(MAKE_RESTARTS),,$(shell mv -f $(FOUND) $(FOUND).old \
	2>/dev/null)))
include $(FOUND)
endif
# What make deps has unpacked; other builds lie below this one.
DEPS = $(firstword $(wildcard $(B)/deps/usr $(B)/../deps/usr))
DEPS_CFLAGS = $(addprefix -isystem ,$(wildcard $(DEPS:%=%/include) \
	$(DEPS:%=%/include/*-linux-gnu*)))
DEPS_LDFLAGS = $(addprefix -L,$(wildcard $(DEPS:%=%/lib/*-linux-gnu*)))
cc_has = $(CC) $(1) -E -x c /dev/null >/dev/null 2>&1
cc_says = $(CC) $(CFLAGS) -dM -E $(2) -x c /dev/null | grep -qE $(1)
cc_links = $(CC) $(CFLAGS) $(1) $(LDFLAGS) -x c -o /dev/null -
# What the core needs to build: HEADER=PACKAGE, and libraries to link.
CORE_NEEDS = stdio.h=libc6-dev bsd/unistd.h=libbsd-dev sha2.h=libmd-dev \
	jansson.h=libjansson-dev
core_needs = $(CC) --version >/dev/null 2>&1 && lacks= || lacks=' gcc'; \
	for n in $(CORE_NEEDS); do \
		echo "$$lacks" | grep -q gcc || \
		echo "\#include <$${n%=*}>" | $(CC) $(CFLAGS) $(DEPS_CFLAGS) -E \
			-x c - >/dev/null 2>&1 || lacks="$$lacks $${n\#*=}"; done; \
	[ ! "$$lacks" ] || { echo "onlyone cannot be built: it needs$$lacks"; \
		echo "as root:      apt-get install$$lacks"; \
		echo 'without root: make deps && make   (libraries into' \
			'$(B)/deps; a compiler has to be there)'; \
		echo 'elsewhere:    cli/package names what Fedora and Arch call' \
			'them'; exit 1; } >&2; \
	links() { echo 'int main(void) { return 0; }' | \
		$(call cc_links,$$1) $(CLI_LIBS) 2>/dev/null; }; \
	links '$(STATIC)' || ! links '' || { \
		echo 'onlyone cannot be linked: this system lacks the static' \
			'libraries of libc, libbsd, libmd or jansson;' \
			'make STATIC= takes shared ones' >&2; exit 1; }
note = if $(2); then echo 'HAVE_$(1) = $(3)'; else echo 'HAVE_$(1) ='; fi >>$@.new
$(FOUND): Makefile
	@mkdir -p $(@D)
	@rm -f $@.new
	@$(core_needs)
	@for f in -fcf-protection=full -mbranch-protection=standard; do \
		! $(CC) -Werror $$f -E -x c /dev/null >/dev/null 2>&1 || \
		echo "BRANCHES += $$f" >>$@.new; done
	@$(call note,X86_64,$(call cc_says,'__x86_64__ 1'),yes)
	@$(call note,EARLY,$(call cc_says,__LP64__) && \
		$(call cc_says,'__(x86_64|AARCH64EL)__') && \
		$(call cc_says,__GLIBC__,-include features.h),yes)
	@$(call note,ORDER,echo 'int main(void) { return 0; }' | \
		$(call cc_links,$(STATIC) -Wl$(,)-T$(,)$(ORDER)) \
		2>/dev/null,yes)
	@$(call note,32_BITS,echo | $(call cc_links,-m32 -shared \
		-nostartfiles) -lc 2>/dev/null,yes)
	@$(call note,WIDE_LIB,/lib64/ld-linux-x86-64.so.2 --list-diagnostics \
		2>/dev/null | grep -qax 'dl_dst_lib="lib"',yes)
	@$(call note,WINDOWS,$(call cc_has,-include xcb/xcb.h \
		-include xcb/res.h -include systemd/sd-bus.h \
		-include wayland-client.h) && \
		test -d $(PROTOCOLS)/staging/xdg-activation && \
		wayland-scanner --version >/dev/null 2>&1,yes)
	@$(call note,CURL,$(call cc_has,-include curl/curl.h \
		-include jansson.h),yes)
	@dir=$$(pg_config --includedir 2>/dev/null); \
	echo "HAVE_PQ_DIR = $$dir" >>$@.new; \
	$(call note,POSTGRESQL,$(call cc_has,$${dir:+-I"$$dir"} \
		-include libpq-fe.h),yes)
	@if cmp -s $@.new $@.old && [ ! Makefile -nt $@.old ]; then \
		mv $@.old $@ && rm $@.new; \
	else mv $@.new $@ && rm -f $@.old && \
		echo '$@ says what this machine has:' && sed 's/^/	/' $@; fi

WARN = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wformat=2
STD = -std=c11 -D_GNU_SOURCE -I. $(DEPS_CFLAGS)
PATHS = -DLIB_PATH='"$(LIBDIR)"' \
	-DBIN_PATH='"$(BINDIR)/onlyone"' -DSYSCONFDIR='"$(SYSCONFDIR)"'

# Our own programs: static, hardened (cli/HACKING.md, Hardening), where that costs
# a launch nothing that can be measured (make bench: hardening).  The launcher
# is no PIE: static-pie has 1,900 relocations to apply at each start, most of
# them libc's own, on pages that are copied for that.  A second launch took
# 1.03 times as long with it, a first one 1.01.
HARDEN = -fstack-protector-strong -fstack-clash-protection $(BRANCHES)
FORTIFY = -D_FORTIFY_SOURCE=3
# STATIC= where a system has no such libraries: a launch takes longer then.
STATIC = -static
CLI_CFLAGS = $(STD) $(WARN) $(FORTIFY) -fPIE $(HARDEN) $(PATHS)
BOUND = -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack
CLI_LDFLAGS = $(STATIC) $(BOUND)
CLI_LIBS = $(DEPS_LDFLAGS) -ljansson -lbsd -lmd -lresolv

# Code inside other people's processes: nothing but libc, nothing bound at
# start, nothing hardened at the price of a symbol that old systems lack
# (stack protector, FORTIFY).  Now and relro made each start of true with it
# take 1.02 times as long, and guard five pointers: libc's own are bound lazily
# as well, and those that we look up ourselves could be written all the same.
SHIM_CFLAGS = $(STD) $(WARN) $(PATHS) -fPIC -fvisibility=hidden \
	-U_FORTIFY_SOURCE -fno-stack-protector -fstack-clash-protection \
	$(BRANCHES)
SHIM_BOUND = -Wl,-z,lazy -Wl,-z,norelro
SHIM_LDFLAGS = -shared -nostartfiles -Wl,--hash-style=gnu -Wl,-z,defs \
	$(SHIM_BOUND) -Wl,-z,noseparate-code -Wl,-z,nodelete \
	-Wl,-z,noexecstack -Wl,--exclude-libs,ALL

# A plain launch does without libc's start (cli/core/early): in static programs for
# these processors, and not if a sanitizer has to see everything.
EARLY = $(if $(filter -static,$(STATIC)),$(if $(findstring \
	-fsanitize,$(CFLAGS)),,$(HAVE_EARLY)))
EARLY_SRC = $(if $(EARLY),cli/core/early/bytes.c)
EARLY_OBJ = $(if $(EARLY),$(B)/cli/core/early/early.o)
CLI_CFLAGS += $(if $(EARLY),-fno-lto -include cli/core/early/errno.h)

# What it uses is laid out together: the first touch of a page costs more than most
# system calls.  order.ld is for GNU ld; other linkers use their own layout.
ORDER = cli/core/early/order.ld
ORDERED = $(if $(EARLY),$(HAVE_ORDER))
CLI_CFLAGS += $(if $(ORDERED),-ffunction-sections -fdata-sections)
# libc's start calls these before there is a guard to protect a stack with.
$(B)/cli/core/early/bytes.o: CLI_CFLAGS += -ffreestanding
$(EARLY_SRC:%.c=$(B)/%.o) $(EARLY_OBJ): CLI_CFLAGS += -fno-stack-protector \
	-fno-jump-tables -U_FORTIFY_SOURCE

SHARED_SRC = preload/entry.c preload/elf.c preload/parcel.c
# $(call in,FOLDER,NAME...): these sources of a folder.
in = $(patsubst %,$(strip $1)/%.c,$2)

SHIM_SRC = $(SHARED_SRC) \
	$(call in,preload,exec lock own_mapping shim vetted)
WINDOW_SRC = \
	$(call in,preload/window,connection reader recvmsg sendmsg show waiter) \
	preload/vetted.c
CLI_SRC = $(EARLY_SRC) \
	cli/core/main.c \
	$(call in,cli/base,buf clock fault fields ids interp interp_rows io \
	    json_print look number option ours part_path points proc procs \
	    say table text trusted) \
	$(call in,cli/core/wire,ask carried frame sock) \
	$(call in,cli/core/slot,claim copies ended env_mark folder gathers holder \
	    info instance job lockfile mapping mount name_lock named_file owner root seal \
	    skips slot stamp) \
	$(call in,cli/core/key,identity key path template typed) \
	$(call in,cli/core/meet,activation command evidence hand holds meet messages \
	    sentence) \
	$(call in,cli/core/handover,aside row way) \
	$(call in,cli/core/launch,adopt children defaults enforcement every handover \
	    launch locked max_instances nested offer options overdue own_record \
	    parent plan program run running server_window start streams wait) \
	$(call in,cli/core/keeper,child client close_windows closing_check gather \
	    graphical handler heal helper history keeper listener promote queue \
	    raise reply request second spawn taker tenure turn) \
	$(call in,cli/core/rule,desktop_entry folders link link_folder menu overrides \
	    rule service shows types) \
	$(call in,cli/core/ctl,act ctl_run desktop doctor enable \
	    find_instance found hold json keys later list listen \
	    log owner_now report rules rules_check scan session \
	    stamps shell_line stop tell verbs)

# The helper that talks to X servers and compositors, with libraries of its own.
# It is left out if their headers are missing.
PROTOCOLS ?= /usr/share/wayland-protocols
RAISE = $(HAVE_WINDOWS:%=$(B)/onlyone-raise)
RAISE_SRC = \
	$(call in,cli/windows,alarm bus closing compositor evidence \
	    find_windows focus foreign kwin main reply second shown sockets \
	    sway terminal title tree ways window_page x11) \
	$(call in,cli/base,buf clock fault fields io look number option ours \
	    points proc procs say text) \
	$(call in,cli/core/slot,env_mark owner) \
	cli/core/wire/carried.c
# Static where possible, as in the commands: each library that has to be found and
# bound costs a second launch 50 us before it sees the X server.
# libsystemd is loaded if there is a bus.
RAISE_LIBS = $(DEPS_LDFLAGS) $(if $(STATIC),-l:libxcb-res.a -l:libxcb.a -l:libXau.a \
	-l:libXdmcp.a -l:libbsd.a -l:libmd.a -l:libjansson.a,-lxcb-res -lxcb \
	-lbsd -lmd -ljansson) -lwayland-client
RAISE_OBJ = $(RAISE_SRC:%.c=$(B)/%.o)

# The helper that talks to a cluster's store, with libraries of its own; an engine
# is left out if its library's header is missing.
POSTGRESQL = $(HAVE_POSTGRESQL)
CLUSTER = $(HAVE_CURL:%=$(B)/onlyone-cluster)
HOLDER = keep main options run sweep take tools watchdog
CLUSTER_SRC = $(if $(POSTGRESQL),$(wildcard cli/cluster/postgresql*.c)) \
	$(call in,cli/cluster,choose etcd etcd_ask etcd_check etcd_wait \
	    http record_text resolve $(HOLDER)) \
	$(call in,cli/base,buf clock fault fields ids interp interp_rows io \
	    json_print look number option ours part_path points proc procs \
	    say table text trusted) \
	$(call in,cli/core/slot,env_mark owner slot)
CLUSTER_OBJ = $(CLUSTER_SRC:%.c=$(B)/%.o)
ENGINE_OBJ = $(filter-out $(HOLDER:%=$(B)/cli/cluster/%.o),$(CLUSTER_OBJ))
CLUSTER_LIBS = -lcurl -ljansson -lbsd -lmd -lresolv $(if $(POSTGRESQL),-lpq)

# Protocols of compositors: wayland-scanner makes the code for each.
PROTOCOL = xdg-shell xdg-activation-v1 \
	wlr-foreign-toplevel-management-unstable-v1
PROTOCOL_H = $(PROTOCOL:%=$(B)/protocol/%.h)
PROTOCOL_OBJ = $(PROTOCOL:%=$(B)/protocol/%.o)
vpath %.xml $(PROTOCOLS)/stable/xdg-shell \
	$(PROTOCOLS)/staging/xdg-activation cli/windows

# Handlers of --on-activate=auto, and what comes before them: all those in the
# folder are built in, without the comments between their lines.
HANDOVER_SH = $(sort $(wildcard cli/core/handover/*.sh))
HANDOVER = $(HANDOVER_SH:cli/core/handover/%.sh=%)

# Shell completions: a part by hand, with the tables of options and verbs.
COMPLETION = $(B)/completion/onlyone.bash $(B)/completion/onlyone.zsh \
	$(B)/completion/onlyone.fish

SHIM_OBJ = $(SHIM_SRC:%.c=$(B)/shim/%.o)
WINDOW_OBJ = $(WINDOW_SRC:%.c=$(B)/shim/%.o)
SHIMS = $(B)/libonlyone.so $(B)/libonlyone-window.so

# On x86-64 a second one for 32-bit programs, if there is a compiler and a libc for
# them (gcc-multilib).
X86_64 = $(HAVE_X86_64)
SHIM32 = $(if $(X86_64),$(HAVE_32_BITS:%=$(B)/i386/libonlyone.so))
SHIM32_OBJ = $(if $(SHIM32),$(SHIM_SRC:%.c=$(B)/i386/shim/%.o))

# FOLDER:TO, what the loaders of this system and of others make of $$LIB, and of
# those that do not know it; lib alone may be either's.  The first exists even
# without the second: a session may refer to it already.
LIB_WIDE = $(HAVE_WIDE_LIB)
LIB_LINKS = $(if $(X86_64),lib/x86_64-linux-gnu:../.. lib64:.. '$$LIB:..' \
	$(if $(LIB_WIDE),lib:..)) $(if $(SHIM32),lib/i386-linux-gnu:../../i386 \
	lib32:../i386 $(if $(LIB_WIDE),,lib:../i386))
lib_links = for l in $(LIB_LINKS); do d="$(1)/$${l%:*}"; mkdir -p "$$d"; \
	test -e "$$d/libonlyone.so" || \
	ln -sf "$${l\#*:}/libonlyone.so" "$$d/libonlyone.so" || exit; done
CLI_OBJ = $(CLI_SRC:%.c=$(B)/%.o) $(SHARED_SRC:%.c=$(B)/%.o) \
	$(B)/handover.o
LIB_OBJ = $(filter-out $(B)/cli/core/main.o,$(CLI_OBJ))

#: make            build/onlyone, onlyonectl, libonlyone.so,
#:                 libonlyone-window.so, onlyone-raise, onlyone-cluster
#: make FIND=1     the same, after you have installed more libraries (build/found
#:                 has those that the first make found)
all: $(B)/onlyone $(B)/onlyonectl $(SHIMS) $(SHIM32) $(B)/links $(COMPLETION) \
	$(or $(RAISE),$(B)/without-raise) \
	$(or $(CLUSTER),$(B)/without-cluster)

# Reported once: files, so that a second make has nothing to do.
$(B)/without-raise:
	@mkdir -p $(@D)
	@echo 'Without onlyone-raise: it needs libxcb1-dev, libxcb-res0-dev,' \
		'libsystemd-dev, libwayland-dev and wayland-protocols'
	@touch $@

$(B)/without-cluster:
	@mkdir -p $(@D)
	@echo 'Without onlyone-cluster: it needs libcurl4-openssl-dev and' \
		'libjansson-dev; libpq-dev for PostgreSQL'
	@touch $@

$(B)/links: $(SHIMS) $(SHIM32)
	@$(call lib_links,$(B))
	@touch $@

# A door for each symbol that our objects import and that is not in the list; with
# test points also one for each system call.
DOORS = $(B)/cli/core/early
SYMBOLS = cli/core/early/symbols
$(DOORS)/doors.h: $(CLI_OBJ) $(SYMBOLS)
	@mkdir -p $(@D)
	$(NM) $(CLI_OBJ) | awk 'FILENAME != "-" { kind[$$1] = $$2 } \
		NF == 3 { kind[$$3] = "ours" } $$1 == "U" { taken[$$2] = 1 } \
		END { for (s in taken) if (!kind[s]) print "DOOR(" s ")"; \
		else if (turns && kind[s] == "kernel") print "TURN(" s ")" }' \
		turns=$(if $(findstring TEST_POINTS,$(CFLAGS)),1) $(SYMBOLS) - | \
		sort >$@.new
	sed 's/.*(\(.*\))/-Wl,--wrap=\1/' $@.new >$(@D)/wraps
	mv $@.new $@
$(EARLY_OBJ): CLI_CFLAGS += -I$(B)
$(EARLY_OBJ): $(DOORS)/doors.h

# What is in the list lies together, too: the files of libraries that have it.
$(DOORS)/order.ld: $(ORDER) $(SYMBOLS)
	@mkdir -p $(@D)
	for l in c bsd md; do $(NM) -A --defined-only \
		"$$($(CC) $(CFLAGS) -print-file-name=lib$$l.a)"; \
		done 2>/dev/null | awk -F '[: ]' 'FILENAME != "-" { listed[$$1] = 1; \
		next } listed[$$NF] { sub(/.*\//, "", $$1); \
		print "*" $$1 ":" $$2 "(.text .text.*)" }' $(SYMBOLS) - | \
		sort -u >$@.new
	sed '/@listed@/r $@.new' $< >$@

# A door is a function: data must be in the list.  What libc binds when it starts
# must not be.
doors_check = $(NM) $1 | awk 'FILENAME != "-" { if ($$2 != "data") \
	listed[$$1] = 1; next } /_wrap_/ { door[substr($$3, 8)] = 1 } \
	{ type[$$3] = $$2 } END { for (s in type) if (type[s] == "i" ? listed[s] : \
	door[s] && type[s] ~ /[BDRVSbdrs]/) { print "$(SYMBOLS): " s " is " \
	(type[s] == "i" ? "bound when libc starts: take it out" : "data: name it"); \
	bad = 1 } exit bad }' $(SYMBOLS) -

$(B)/onlyone: $(CLI_OBJ) $(EARLY_OBJ) $(if $(ORDERED),$(DOORS)/order.ld)
	$(CC) $(CFLAGS) $(CLI_LDFLAGS) $(if $(EARLY),-Wl$(,)-e$(,)early_start \
		-Wl$(,)--wrap=main @$(DOORS)/wraps) \
		$(if $(ORDERED),-Wl$(,)-T$(,)$(DOORS)/order.ld) $(LDFLAGS) \
		-o $@.new $(CLI_OBJ) $(EARLY_OBJ) $(CLI_LIBS)
	$(if $(EARLY),$(call doors_check,$@.new))
	mv -f $@.new $@

$(B)/onlyonectl: $(B)/onlyone
	ln -sf onlyone $@

$(B)/onlyone-raise: $(RAISE_OBJ) $(PROTOCOL_OBJ)
	$(CC) $(CFLAGS) -pie $(BOUND) $(LDFLAGS) -o $@ $^ $(RAISE_LIBS)

$(B)/onlyone-cluster: $(CLUSTER_OBJ)
	$(CC) $(CFLAGS) -pie $(BOUND) $(LDFLAGS) -o $@ $^ $(CLUSTER_LIBS)

$(B)/cli/cluster/choose.o: CLI_CFLAGS += $(if $(POSTGRESQL),-DPOSTGRESQL)
$(B)/cli/cluster/%.o: CLI_CFLAGS += $(HAVE_PQ_DIR:%=-I%)

$(B)/protocol/%.h: %.xml
	@mkdir -p $(@D)
	wayland-scanner client-header $< $@

$(B)/protocol/%.c: %.xml
	@mkdir -p $(@D)
	wayland-scanner private-code $< $@

$(B)/protocol/%.o: $(B)/protocol/%.c
	$(CC) $(CFLAGS) $(STD) -fPIE $(HARDEN) -c -o $@ $<

WINDOWS_OBJ = $(filter $(B)/cli/windows/%,$(RAISE_OBJ))
$(WINDOWS_OBJ): | $(PROTOCOL_H)
# Callbacks have the arguments that the library gives them.
$(WINDOWS_OBJ): CLI_CFLAGS += -I$(B) -Wno-unused-parameter

$(B)/completion/tables: $(B)/cli/completion/tables.o $(LIB_OBJ)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CLI_LDFLAGS) $(LDFLAGS) -o $@ $^ $(CLI_LIBS)

$(B)/completion/tables.sh: $(B)/completion/tables
	$< >$@.new
	mv -f $@.new $@

$(B)/completion/onlyone.%: cli/completion/onlyone.% $(B)/completion/tables.sh
	sed -e '/^# @tables@$$/r $(B)/completion/tables.sh' -e '//d' $< >$@.new
	mv -f $@.new $@

# Programs have the old one mapped: never overwrite it in place.
$(B)/libonlyone.so: $(SHIM_OBJ) preload/shim.map
$(B)/libonlyone-window.so: $(WINDOW_OBJ) preload/window/window.map
$(SHIMS):
	$(CC) $(CFLAGS) $(SHIM_LDFLAGS) $(LDFLAGS) -o $@.new \
		-Wl,--version-script=$(filter %.map,$^) $(filter %.o,$^) -lc
	mv -f $@.new $@

$(B)/i386/libonlyone.so: $(SHIM32_OBJ) preload/shim.map
	$(CC) $(CFLAGS) -m32 $(SHIM_LDFLAGS) $(LDFLAGS) -o $@.new \
		-Wl,--version-script=$(filter %.map,$^) $(filter %.o,$^) -lc
	mv -f $@.new $@

$(B)/i386/shim/%.o: %.c Makefile $(FOUND)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -m32 $(SHIM_CFLAGS) -DSHIM_32 -MMD -MP -c -o $@ $<

$(B)/shim/%.o: %.c Makefile $(FOUND)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SHIM_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/%.o: %.c Makefile $(FOUND)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CLI_CFLAGS) -MMD -MP -c -o $@ $<

# With a dot: make would build handover/ from handover.c, by a built-in rule.
$(B)/handover.c: $(HANDOVER_SH) cli/core/handover/. Makefile
	@mkdir -p $(@D)
	{ echo '#include "cli/core/handover/row.h"'; \
	echo 'const char row_programs[] ='; \
	sed -n -e '/^# Programs:/,/^# [A-Z]/{s/^# Programs:/#  /;/^#  /!d' \
		-e 's/^#  *\(.*\)/" \1"/p;}' $(HANDOVER_SH); \
	echo ';'; \
	echo 'const struct row_text row_texts[] = {'; \
	for row in $(HANDOVER); do \
		echo "{ \"$$row\","; \
		sed -e '1,/^$$/!{/^[[:blank:]]*#/d}' -e 's/[\\"]/\\&/g' \
			-e 's/.*/"&\\n"/' cli/core/handover/$$row.sh; \
		echo '},'; \
	done; \
	echo '{ 0, 0 } };'; } >$@.new
	mv $@.new $@

$(B)/handover.o: $(B)/handover.c
	$(CC) $(CFLAGS) $(CLI_CFLAGS) -c -o $@ $<

-include $(SHIM_OBJ:.o=.d) $(SHIM32_OBJ:.o=.d) $(WINDOW_OBJ:.o=.d) \
	$(CLI_OBJ:.o=.d) $(EARLY_OBJ:.o=.d) \
	$(RAISE_OBJ:.o=.d) $(CLUSTER_OBJ:.o=.d)
-include $(B)/cli/completion/tables.d

# Two programs, each of parts (tests/unit/tap.h).
UNIT = plain_test rights_test
UNIT_PLAIN = aside entry identity key lines number reader sentence text wire
UNIT_RIGHTS = elf mapping path process state
GUESTS = args execs forker guest \
	observer plugin refuse shimstate state storm stuck \
	$(if $(RAISE),window)
STATIC_GUESTS = forker guest shimstate state
TEST_CFLAGS = $(STD) $(WARN)

UNIT_BIN = $(UNIT:%=$(B)/unit/%)
GUEST_BIN = $(GUESTS:%=$(B)/guests/%) \
	$(STATIC_GUESTS:%=$(B)/guests/%-static) $(B)/guests/hook.so \
	$(B)/guests/wrong.so \
	$(if $(RAISE),$(B)/guests/window.so)
BENCH_BIN = $(B)/bench/noop $(B)/guests/storm $(B)/bench/empty.so

# An archive: a test links what it needs of it.
$(B)/lib.a: $(LIB_OBJ) $(FOUND)
	rm -f $@
	ar rcs $@ $(LIB_OBJ)

$(B)/unit/plain_test: $(UNIT_PLAIN:%=$(B)/unit/%.o)
$(B)/unit/rights_test: $(UNIT_RIGHTS:%=$(B)/unit/%.o)
$(B)/unit/%_test: $(B)/unit/%_test.o $(B)/unit/tap.o $(B)/lib.a
	$(CC) $(CFLAGS) $(STATIC) -o $@ $(filter %.o,$^) $(B)/lib.a $(CLI_LIBS)

$(B)/unit/%.o: tests/unit/%.c $(FOUND)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(TEST_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/guests/%-static: tests/guests/%.c tests/guests/note.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(TEST_CFLAGS) -static -o $@ $<

$(B)/guests/%.so: tests/guests/%.c tests/guests/note.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(TEST_CFLAGS) -fPIC -shared -o $@ $< $(GUEST_LIBS)

WAYLAND_GUESTS = $(addprefix $(B)/guests/,window window.so)
$(WAYLAND_GUESTS): $(PROTOCOL_H) $(PROTOCOL_OBJ)
$(WAYLAND_GUESTS): GUEST_LIBS = -I$(B) $(PROTOCOL_OBJ) -lwayland-client
$(B)/guests/%: tests/guests/%.c tests/guests/note.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(TEST_CFLAGS) -o $@ $< $(GUEST_LIBS)


$(B)/bench/%.so: tests/bench/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -fPIC -shared -o $@ $<

$(B)/bench/noop: tests/bench/noop.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -static -o $@ $<

-include $(patsubst %,$(B)/unit/%.d,tap $(UNIT) $(UNIT_PLAIN) $(UNIT_RIGHTS))

# The shipped objects, on a simulated kernel (tests/sim).  Those of the shim's
# sources have inline system calls; -U__LP64__ turns these into syscall(2).
# switch.S is for x86-64, and the image is static.
SIM = $(and $(X86_64),$(STATIC),$(B)/sim/sim $(B)/sim/differ)
SIM_RAW = $(SHARED_SRC) preload/own_mapping.c preload/vetted.c preload/lock.c
SIM_IMAGE = $(filter-out $(SHARED_SRC:%.c=$(B)/%.o),$(CLI_OBJ)) \
	$(SIM_RAW:%.c=$(B)/sim/image/%.o) $(SIM_USER) $(SIM_LIBC)
SIM_USER = $(B)/sim/image/user.o
SIM_LIBC = $(addprefix $(B)/sim/image/,getopt.o getopt1.o flopen.o)
SIM_SRC = $(filter-out tests/sim/user.c tests/sim/differ%,$(wildcard tests/sim/*.c))
SIM_OBJ = $(SIM_SRC:tests/sim/%.c=$(B)/sim/%.o) $(B)/sim/switch.o
SIM_LISTS = $(SYMBOLS) tests/sim/symbols
SIM_GLOBAL = main malloc image_begin image_errno image_finish image_heap_used \
	mapping_adopt lock_keep

$(B)/sim/image/preload/%.o: preload/%.c $(FOUND)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CLI_CFLAGS) -U__LP64__ -MMD -MP -c -o $@ $<

$(SIM_USER): tests/sim/user.c $(FOUND)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CLI_CFLAGS) -MMD -MP -c -o $@ $<

# The state of libc and libbsd for getopt_long is the image's; flopenat is libbsd's.
$(SIM_LIBC): $(FOUND)
	@mkdir -p $(@D)
	ar p $(firstword $(if $(filter flopen.o,$(@F)),$(wildcard \
		$(DEPS:%=%/lib/*-linux-gnu*/libbsd.a)) $(shell $(CC) \
		-print-file-name=libbsd.a)) $(shell $(CC) \
		-print-file-name=libc.a)) $(@F) >$@

# The kernel's symbols get the simulator's names.  One in no list ends the build.
$(B)/sim/image.o: $(SIM_IMAGE) tests/sim/image.ld $(SIM_LISTS)
	$(LD) -r -T tests/sim/image.ld -o $@.all $(SIM_IMAGE)
	$(NM) -u $@.all | awk 'FILENAME != "-" { for (i = /^#/ ? NF : 1; i < NF; i++) \
		kind[$$i] = $$NF; next } $$2 ~ /^sim_/ { next } !kind[$$2] { print $$2 ": in none of $(SIM_LISTS)"; bad = 1 } \
		kind[$$2] == "kernel" { print $$2, "sim_" $$2 >"$@.names" } \
		kind[$$2] == "user" { print $$2 ": user.c lacks it"; bad = 1 } \
		END { print "main image_main\nmalloc image_malloc" >"$@.names"; \
		exit bad }' $(SIM_LISTS) - >&2
	objcopy $(SIM_GLOBAL:%=--keep-global-symbol=%) $@.all
	objcopy --redefine-syms=$@.names $@.all $@

$(B)/sim/%.o: tests/sim/%.c $(FOUND)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(TEST_CFLAGS) -fno-pie -MMD -MP -c -o $@ $<

$(B)/sim/switch.o: tests/sim/switch.S
	@mkdir -p $(@D)
	$(CC) -c -o $@ $<

$(B)/sim/sim: $(SIM_OBJ) $(B)/sim/image.o
	$(CC) $(CFLAGS) -static -no-pie -o $@ $^ $(CLI_LIBS)

# The simulated kernel alone, beside the real one.
DIFFER_OBJ = $(filter $(B)/sim/kernel_%.o,$(SIM_OBJ)) \
	$(patsubst tests/sim/%.c,$(B)/sim/%.o,$(wildcard tests/sim/differ*.c))
$(B)/sim/differ: $(DIFFER_OBJ)
	$(CC) $(CFLAGS) -static -no-pie -o $@ $^ $(CLI_LIBS)

-include $(SIM_OBJ:.o=.d) $(DIFFER_OBJ:.o=.d) $(SIM_RAW:%.c=$(B)/sim/image/%.d) \
	$(SIM_USER:.o=.d)

# Fuzzers (tests/fuzz).  NAME_fuzz is by clang, for libFuzzer; NAME_loop by any
# compiler, with a loop of our own.  Each links what it needs from an archive of all
# our programs' objects: there is no list to maintain.
FUZZ = keeper parse $(if $(RAISE),reply)
FUZZ_SRC = $(filter-out %/main.c cli/core/early/%,$(sort $(CLI_SRC) $(SHARED_SRC) \
	$(if $(RAISE),$(RAISE_SRC) $(PROTOCOL:%=$(B)/protocol/%.c)))) \
	preload/window/reader.c $(B)/handover.c
FUZZ_OBJ = $(FUZZ_SRC:%.c=$(B)/fuzz/obj/%.o)
FUZZ_CFLAGS = -O1 -g $(STD) $(WARN) $(PATHS) -I$(B) -Wno-unused-parameter \
	-fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all
FUZZ_LIBS = $(CLI_LIBS) $(if $(RAISE),$(RAISE_LIBS))
FUZZ_BIN = $(FUZZ:%=$(B)/fuzz/%_fuzz)
LOOP_BIN = $(FUZZ:%=$(B)/fuzz/%_loop)

$(B)/fuzz/obj/%.o: %.c $(FOUND) | $(if $(RAISE),$(PROTOCOL_H))
	@mkdir -p $(@D)
	clang $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(B)/fuzz/lib.a: $(FUZZ_OBJ)
	rm -f $@
	ar rcs $@ $^

$(FUZZ_BIN): $(B)/fuzz/%: $(B)/fuzz/obj/tests/fuzz/%.o \
		$(B)/fuzz/obj/tests/fuzz/seeds.o $(B)/fuzz/lib.a
	clang $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $^ $(FUZZ_LIBS)

$(B)/fuzz/%.o: tests/fuzz/%.c $(FOUND) | $(if $(RAISE),$(PROTOCOL_H))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(TEST_CFLAGS) -I$(B) -MMD -MP -c -o $@ $<

$(B)/windows.a: $(RAISE_OBJ) $(PROTOCOL_OBJ) $(B)/shim/preload/window/reader.o
	rm -f $@
	ar rcs $@ $(filter-out %/main.o,$^)

$(LOOP_BIN): $(B)/fuzz/%_loop: $(B)/fuzz/%_fuzz.o $(B)/fuzz/loop.o $(B)/fuzz/seeds.o \
		$(B)/lib.a $(if $(RAISE),$(B)/windows.a)
	$(CC) $(CFLAGS) -o $@ $^ $(FUZZ_LIBS)

-include $(FUZZ_OBJ:.o=.d) $(patsubst %,$(B)/fuzz/obj/tests/fuzz/%.d,seeds \
	$(FUZZ:%=%_fuzz)) $(patsubst %,$(B)/fuzz/%.d,seeds loop $(FUZZ:%=%_fuzz))

# Targets of tests/sanitize, in folders of its own.
guest-programs: $(GUEST_BIN)
# One fuzzer talks to a real keeper.
sanitize-programs: $(UNIT_BIN) $(FUZZ_BIN) $(B)/onlyone
fuzz-programs: $(FUZZ_BIN) $(B)/onlyone

#: make deps       without root: fetch the libraries that the core is built with
#:                 from Debian into build/deps, where make finds them
deps:
	@mkdir -p $(B)/deps
	cd $(B)/deps && apt-get download libbsd-dev libmd-dev libjansson-dev
	for deb in $(B)/deps/*.deb; do dpkg -x "$$deb" $(B)/deps || exit; done

#: make demo       show the main job on a real program
demo: all
	tests/demo $(B)

#: make film       man/film.png, what two launches of an editor show; not as root
film: all
	tests/desktop/film $(B) man/film.png

#: make html       README.md, the manuals and the picture of make bench, in
#:                 build/html (mandoc, cmark-gfm)
html:
	man/site $(B)/html $(B)/bench/scale.svg $(B)/bench/scale.txt

# Programs for the tests of make check, and for all tests: built but not run.
check-programs: all $(UNIT_BIN) $(GUEST_BIN) $(LOOP_BIN) $(SIM)
test-programs: check-programs points

# A build with test points and an older kernel (cli/base/points.h).
points:
	@mkdir -p $(B)/points
	@cmp -s $(FOUND) $(B)/points/found || cp $(FOUND) $(B)/points/found
	@$(MAKE) --no-print-directory B=$(B)/points \
		CFLAGS='$(CFLAGS) -DTEST_POINTS' all

#: make core       the core alone, in build/core, without the libraries of
#:                 onlyone-raise and onlyone-cluster
CORE = --no-print-directory B=$(B)/core RAISE= CLUSTER=
core:
	@$(MAKE) $(CORE) all

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

#: make check-unit only the unit tests
check-unit: $(UNIT_BIN)
	prove -e '' $(UNIT_BIN)

#: make check-asan unit tests, a short fuzzing, and tests of launcher, keeper and
#:                 helper, with AddressSanitizer
# Not those that use strace: the leak checker does not work under it.
ASAN_BATS = activation policies raise redisplay
check-asan:
	tests/sanitize asan $(ASAN_BATS:%=tests/%.bats)

#: make check-ubsan unit tests and shim.bats, with trapping UBSan
check-ubsan:
	tests/sanitize ubsan

#: make fuzz       each fuzzer for FUZZ_SECONDS (60), with libFuzzer
fuzz:
	tests/sanitize fuzz $(FUZZ_SECONDS)

#: make sim        the core on a simulated kernel: SEEDS=20000 orders of events;
#:                 SEED=N tells the story of one (x86-64)
sim: $(firstword $(SIM))
	$(if $(SIM),,@echo 'make sim: only for x86-64, and static programs (STATIC)'; \
		exit 1)
	@$(B)/sim/sim $(if $(SEED),-v '$(SEED)',-j $$(nproc) 1 \
		'$(or $(SEEDS),20000)')

#: make differ     SEQUENCES=300 random sequences of calls, on the simulated kernel
#:                 and on the real one; SEED=N tells one (root)
differ: $(lastword $(SIM))
	$(if $(SIM),,@echo 'make differ: only for x86-64' && exit 1)
	@$(B)/sim/differ $(if $(SEED),-v '$(SEED)',1 '$(or $(SEQUENCES),300)')

#: make check-cluster two hundred random faults in clusters of five hosts, with
#:                 etcd and with PostgreSQL (ROUNDS=N; root or not)
check-cluster: test-programs
	BUILD=$(abspath $(B)) CLUSTER_ROUNDS=$(or $(ROUNDS),200) \
		bats --formatter tap tests/cluster-storm.bats

#: make bench      what a launch costs, compared with flock and its budgets
bench: all $(BENCH_BIN)
	tests/bench/run $(B)

#: make lint       compiler warnings as errors, cppcheck, shellcheck, mandoc,
#:                 circular includes
lint:
	$(MAKE) B=$(B)/lint CFLAGS='-O2 -Werror' all
	cppcheck --quiet --error-exitcode=1 --std=c11 -I. \
		--enable=warning,portability --inline-suppr \
		--suppress=missingIncludeSystem \
		--suppress=varFuncNullUB cli preload
	for f in tests/*.bats; do sed -n 1,3p "$$f" | \
		grep -q "^# $${f#tests/}: " || \
		{ echo "$$f does not say what it claims"; exit 1; }; done
	tests/structure
	shellcheck -x tests/run tests/packages tests/newcomer \
		tests/lib/run-one tests/demo man/site tests/bench/run \
		$(HANDOVER_SH) \
		cli/package/debian/onlyone.postrm \
		cli/completion/onlyone.bash
	mandoc -T lint -W warning man/*.[1-9]

#: make install    under PREFIX (/usr/local), below DESTDIR; root: /run/onlyone
install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR) \
		$(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man5 \
		$(DESTDIR)$(MANDIR)/man7
	install -m 755 $(B)/onlyone $(DESTDIR)$(BINDIR)/.onlyone.new
	mv -f $(DESTDIR)$(BINDIR)/.onlyone.new $(DESTDIR)$(BINDIR)/onlyone
	ln -sf onlyone $(DESTDIR)$(BINDIR)/onlyonectl
	for lib in $(notdir $(SHIMS)); do \
		install -m 644 $(B)/$$lib $(DESTDIR)$(LIBDIR)/.shim.new && \
		mv -f $(DESTDIR)$(LIBDIR)/.shim.new \
			$(DESTDIR)$(LIBDIR)/$$lib || exit; done
	$(if $(SHIM32),install -d $(DESTDIR)$(LIBDIR)/i386)
	$(if $(SHIM32),install -m 644 $(SHIM32) $(DESTDIR)$(LIBDIR)/.shim.new)
	$(if $(SHIM32),mv -f $(DESTDIR)$(LIBDIR)/.shim.new \
		$(DESTDIR)$(LIBDIR)/i386/libonlyone.so)
	$(call lib_links,$(DESTDIR)$(LIBDIR))
	$(if $(RAISE),install -m 755 $(RAISE) $(DESTDIR)$(LIBDIR)/.raise.new)
	$(if $(RAISE),mv -f $(DESTDIR)$(LIBDIR)/.raise.new \
		$(DESTDIR)$(LIBDIR)/onlyone-raise)
	$(if $(CLUSTER),install -m 755 $(CLUSTER) \
		$(DESTDIR)$(BINDIR)/.cluster.new)
	$(if $(CLUSTER),mv -f $(DESTDIR)$(BINDIR)/.cluster.new \
		$(DESTDIR)$(BINDIR)/onlyone-cluster)
	install -m 644 man/onlyone.1 man/onlyonectl.1 man/onlyone-cluster.1 \
		$(DESTDIR)$(MANDIR)/man1
	install -m 644 man/onlyone.5 $(DESTDIR)$(MANDIR)/man5
	install -m 644 man/onlyone.7 man/onlyone-desktop.7 \
		man/onlyone-jobs.7 \
		man/onlyone-security.7 \
		$(DESTDIR)$(MANDIR)/man7
	install -d $(DESTDIR)$(BASHDIR) $(DESTDIR)$(ZSHDIR) \
		$(DESTDIR)$(FISHDIR)
	install -m 644 $(B)/completion/onlyone.bash $(DESTDIR)$(BASHDIR)/onlyone
	ln -sf onlyone $(DESTDIR)$(BASHDIR)/onlyonectl
	install -m 644 $(B)/completion/onlyone.zsh $(DESTDIR)$(ZSHDIR)/_onlyone
	install -m 644 $(B)/completion/onlyone.fish $(DESTDIR)$(FISHDIR)
	ln -sf onlyone.fish $(DESTDIR)$(FISHDIR)/onlyonectl.fish
	@if $(FOR_ALL); then $(RUN_MAKE); fi

# If root installs for this machine, and systemd runs it, as in the packages:
# /run/onlyone, a file system of its own, so that filling it fills nothing else.
# It has one state root for each user, also for services with a /tmp of their own.
UNITDIR ?= $(or $(shell pkg-config --variable=systemdsystemunitdir systemd \
	2>/dev/null),/etc/systemd/system)
RUN_UNIT = $(UNITDIR)/run-onlyone.mount
FOR_ALL = [ -z '$(DESTDIR)' ] && [ "$$(id -u)" = 0 ] && \
	[ -d /run/systemd/system ]
RUN_MAKE = install -D -m 644 cli/package/debian/onlyone.run-onlyone.mount \
		'$(RUN_UNIT)' && \
	systemctl daemon-reload && \
	systemctl enable --now run-onlyone.mount && \
	echo "/run/onlyone has the instances of all users; $(RUN_UNIT)" \
		"mounts it at each boot"

#: make uninstall
uninstall:
	@if $(FOR_ALL) && [ -e '$(RUN_UNIT)' ]; then \
		systemctl disable --now run-onlyone.mount; \
		rm -f '$(RUN_UNIT)'; systemctl daemon-reload; \
		rmdir /run/onlyone 2>/dev/null; fi; :
	rm -f $(DESTDIR)$(BINDIR)/onlyone $(DESTDIR)$(BINDIR)/onlyonectl \
		$(DESTDIR)$(BINDIR)/onlyone-cluster \
		$(addprefix $(DESTDIR)$(LIBDIR)/,$(notdir $(SHIMS)) \
			onlyone-raise) \
		$(DESTDIR)$(MANDIR)/man1/onlyone.1 \
		$(DESTDIR)$(MANDIR)/man1/onlyonectl.1 \
		$(DESTDIR)$(MANDIR)/man1/onlyone-cluster.1 \
		$(DESTDIR)$(MANDIR)/man5/onlyone.5 \
		$(DESTDIR)$(MANDIR)/man7/onlyone.7 \
		$(DESTDIR)$(MANDIR)/man7/onlyone-desktop.7 \
		$(DESTDIR)$(MANDIR)/man7/onlyone-jobs.7 \
		$(DESTDIR)$(MANDIR)/man7/onlyone-security.7 \
		$(DESTDIR)$(BASHDIR)/onlyone $(DESTDIR)$(BASHDIR)/onlyonectl \
		$(DESTDIR)$(ZSHDIR)/_onlyone $(DESTDIR)$(FISHDIR)/onlyone.fish \
		$(DESTDIR)$(FISHDIR)/onlyonectl.fish
	@cd $(DESTDIR)$(LIBDIR) 2>/dev/null || { \
		echo 'nothing is installed in $(DESTDIR)$(LIBDIR)'; exit 0; }; \
		for d in i386 '$$LIB' lib lib32 lib64 lib/*-linux-gnu; do \
		rm -f "$$d/libonlyone.so"; rmdir -p "$$d" 2>/dev/null; done; :
	@rmdir $(DESTDIR)$(LIBDIR) 2>/dev/null; :

#: make dist       a source archive in build/
# The same bytes whatever the user's git configuration is.
dist:
	@mkdir -p $(B)
	env -u GZIP git -c tar.umask=022 -c tar.tar.gz.command='gzip -cn' \
		-c core.autocrlf=false -c core.attributesFile=/dev/null \
		archive --prefix=onlyone-$(VERSION)/ \
		-o $(B)/onlyone-$(VERSION).tar.gz HEAD

#: make deb        Debian packages in build/deb/ (REVISION=1: of this version)
# In a folder of their own, as the tree is; they use nothing of this make.
DEB = $(B)/deb/onlyone-$(VERSION)
deb:
	rm -rf $(B)/deb
	mkdir -p $(DEB)
	cp -a cli preload man Makefile README.md LICENSE $(DEB)
	mv $(DEB)/cli/package/debian $(DEB)
	printf '%s\n\n  * %s\n\n -- %s  %s\n' \
		'onlyone ($(VERSION)-$(REVISION)) unstable; urgency=medium' \
		'This version; README.md says what there is.' \
		"$$(sed -n 's/^Maintainer: //p' $(DEB)/debian/control)" \
		"$$(LC_ALL=C date -uRr preload/contract.h)" \
		>$(DEB)/debian/changelog
	cd $(DEB) && env -u MAKEFLAGS -u MAKELEVEL \
		DEB_BUILD_OPTIONS="$$DEB_BUILD_OPTIONS noautodbgsym" \
		dpkg-buildpackage -b -us -uc -j$$(nproc)
	rm -rf $(DEB)

#: make clean      remove build/
clean:
	rm -rf $(B)

#: make help       this text
help:
	@sed -n 's/^#: //p' Makefile

.PHONY: all deps demo film html check-programs test-programs \
	guest-programs sanitize-programs \
	fuzz-programs points check-asan check-ubsan fuzz sim differ \
	check core check-core check-all check-cluster check-unit bench \
	lint install uninstall dist deb clean help
.SECONDARY:
