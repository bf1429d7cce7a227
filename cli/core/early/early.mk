# early.mk: a plain launch does without libc's start.
#
# In static programs for these processors, and not if a sanitizer has to see
# everything.
EARLY := $(if $(findstring -fsanitize,$(CFLAGS)),,$(and $(filter -static,$(STATIC)),\
	$(filter __x86_64__ __AARCH64EL__,$(MACROS)),$(filter __LP64__,$(MACROS)),\
	$(filter __GLIBC__,$(MACROS))))
EARLY_SRC = $(if $(EARLY),cli/core/early/bytes.c)
EARLY_OBJ = $(if $(EARLY),$(B)/cli/core/early/early.o)
CLI_CFLAGS += $(if $(EARLY),-fno-lto -include cli/core/early/errno.h)

# What it uses is laid out together: the first touch of a page costs more than most
# system calls.  order.ld is for GNU ld; other linkers use their own layout.
ORDER = cli/core/early/order.ld
ORDERED := $(if $(EARLY),$(call option,$(STATIC) -Wl$(,)-T$(,)$(ORDER),\
	$(CLI_LIBS)))
CLI_CFLAGS += $(if $(ORDERED),-ffunction-sections -fdata-sections)

# A door for each symbol that our objects import and that is not in the list; with
# test points also one for each system call.
DOORS = $(B)/cli/core/early
DOORS_SCRIPT = cli/core/early/doors
SYMBOLS = cli/core/early/symbols
EARLY_FILES = $(if $(ORDERED),$(DOORS)/order.ld)
EARLY_LDFLAGS = $(if $(EARLY),-Wl$(,)-e$(,)early_start -Wl$(,)--wrap=main \
	@$(DOORS)/wraps) $(if $(ORDERED),-Wl$(,)-T$(,)$(DOORS)/order.ld)
early_check = $(if $(EARLY),$(DOORS_SCRIPT) check '$(NM)' $(SYMBOLS) $1)

$(DOORS)/doors.h: $(CLI_OBJ) $(DOORS_SCRIPT) $(SYMBOLS)
	@mkdir -p $(@D)
	$(DOORS_SCRIPT) make '$(NM)' $(SYMBOLS) \
		$(if $(findstring TEST_POINTS,$(CFLAGS)),turns,none) \
		$(CLI_OBJ) >$@.new
	sed 's/.*(\(.*\))/-Wl,--wrap=\1/' $@.new >$(@D)/wraps
	mv $@.new $@
$(EARLY_OBJ): $(DOORS)/doors.h

# libc's start calls these before there is a guard to protect a stack with.
$(B)/cli/core/early/bytes.o: CLI_CFLAGS += -ffreestanding
$(EARLY_SRC:%.c=$(B)/%.o) $(EARLY_OBJ): CLI_CFLAGS += -fno-stack-protector \
	-fno-jump-tables -U_FORTIFY_SOURCE

# What is in the list lies together, too: the files of libraries that have it.
$(DOORS)/order.ld: $(ORDER) $(DOORS_SCRIPT) $(SYMBOLS)
	@mkdir -p $(@D)
	$(DOORS_SCRIPT) order '$(NM)' $(SYMBOLS) $(foreach l,c bsd md,\
		$$($(CC) $(CFLAGS) -print-file-name=lib$l.a)) >$@.new
	sed '/@listed@/r $@.new' $< >$@
