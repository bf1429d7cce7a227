# core.mk: the commands onlyone and onlyonectl.

CORE_LIBS = jansson libbsd libmd
CORE_LACKS := $(strip $(if $(MACROS),,$(or $(call look,command -v $(CC) >/dev/null \
	&& echo libc6-dev),gcc)) $(if $(filter false,$(PKG)),pkg-config) \
	$(if $(MACROS),$(call lacks,$(CORE_LIBS))))
define CORE_LACKS_TEXT
onlyone cannot be built: it needs $(CORE_LACKS)
as root:      apt-get install $(CORE_LACKS)
without root: make deps && make   (libraries into $(B)/deps; a compiler has to be there)
elsewhere:    cli/package names what Fedora and Arch call them
endef
$(if $(and $(LOOKS),$(CORE_LACKS)),$(error $(CORE_LACKS_TEXT)))

CLI_LIBS := $(DEPS_LDFLAGS) $(call libs,$(STATIC:%=--static),$(CORE_LIBS)) -lresolv

# The order in which they are linked is that of the folders.
CORE_FOLDERS = wire slot key meet handover launch keeper rule ctl
CLI_SRC = $(EARLY_SRC) cli/core/main.c $(foreach f,cli/base \
	$(CORE_FOLDERS:%=cli/core/%),$(sort $(wildcard $f/*.c)))
CLI_OBJ = $(CLI_SRC:%.c=$(B)/%.o) $(SHARED_SRC:%.c=$(B)/%.o) \
	$(B)/handover.o
include cli/core/early/early.mk
$(if $(or $(ORDERED),$(call option,$(STATIC),$(CLI_LIBS))),,$(if \
	$(call option,,$(CLI_LIBS)),$(error onlyone cannot be linked: this system lacks \
	the static libraries of libc$(,) libbsd$(,) libmd or jansson; make STATIC= \
	takes shared ones)))

PROGRAMS += $(B)/onlyone $(B)/onlyonectl $(COMPLETION)

$(B)/onlyone: $(CLI_OBJ) $(EARLY_OBJ) $(EARLY_FILES)
	$(CC) $(CFLAGS) $(CLI_LDFLAGS) $(EARLY_LDFLAGS) $(LDFLAGS) \
		-o $@.new $(CLI_OBJ) $(EARLY_OBJ) $(CLI_LIBS)
	$(call early_check,$@.new)
	mv -f $@.new $@

$(B)/onlyonectl: $(B)/onlyone
	ln -sf onlyone $@

# All but main, and what replaces functions of libc, for programs that need some of it.
LIB_OBJ = $(filter-out $(B)/cli/core/main.o $(B)/cli/core/early/%,$(CLI_OBJ))
$(B)/lib.a: $(LIB_OBJ)
	rm -f $@
	ar rcs $@ $(LIB_OBJ)

# Handlers of --on-activate=auto.  With a dot: make would build handover/ from
# handover.c, by a built-in rule.
HANDOVER_SH = $(sort $(wildcard cli/core/handover/*.sh))
$(B)/handover.c: cli/core/handover/embed $(HANDOVER_SH) cli/core/handover/.
	@mkdir -p $(@D)
	cli/core/handover/embed $(HANDOVER_SH) >$@.new
	mv $@.new $@

$(B)/handover.o: $(B)/handover.c $(B)/settings
	$(CC) $(CFLAGS) $(CLI_CFLAGS) -c -o $@ $<

# Shell completions: a part by hand, with the tables of options and verbs.
COMPLETION = $(B)/completion/onlyone.bash $(B)/completion/onlyone.zsh \
	$(B)/completion/onlyone.fish

$(B)/completion/tables: $(B)/cli/completion/tables.o $(LIB_OBJ)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CLI_LDFLAGS) $(LDFLAGS) -o $@ $^ $(CLI_LIBS)

$(B)/completion/tables.sh: $(B)/completion/tables
	$< >$@.new
	mv -f $@.new $@

$(B)/completion/onlyone.%: cli/completion/onlyone.% $(B)/completion/tables.sh
	sed -e '/^# @tables@$$/r $(B)/completion/tables.sh' -e '//d' $< >$@.new
	mv -f $@.new $@

-include $(CLI_OBJ:.o=.d) $(EARLY_OBJ:.o=.d) $(B)/cli/completion/tables.d
