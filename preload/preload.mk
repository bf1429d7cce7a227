# preload.mk: the libraries for other programs (LD_PRELOAD).
#
# Code inside other people's processes: nothing but libc, nothing bound at
# start, nothing hardened at the price of a symbol that old systems lack
# (stack protector, FORTIFY).  Now and relro made each start of true with it
# take 1.02 times as long, and guard five pointers: libc's own are bound lazily
# as well, and those that we look up ourselves could be written all the same.
SHIM_CFLAGS = $(STD) $(WARN) -fPIC -fvisibility=hidden \
	-U_FORTIFY_SOURCE -fno-stack-protector -fstack-clash-protection \
	$(BRANCHES)
SHIM_BOUND = -Wl,-z,lazy -Wl,-z,norelro
SHIM_LDFLAGS = -shared -nostartfiles -Wl,--hash-style=gnu -Wl,-z,defs \
	$(SHIM_BOUND) -Wl,-z,noseparate-code -Wl,-z,nodelete \
	-Wl,-z,noexecstack -Wl,--exclude-libs,ALL

# The commands have these, too.
SHARED_SRC = preload/entry.c preload/elf.c preload/parcel.c
SHIM_SRC = $(sort $(wildcard preload/*.c))
WINDOW_SRC = $(sort $(wildcard preload/window/*.c)) preload/vetted.c
SHIM_OBJ = $(SHIM_SRC:%.c=$(B)/shim/%.o)
WINDOW_OBJ = $(WINDOW_SRC:%.c=$(B)/shim/%.o)
SHIMS = $(B)/libonlyone.so $(B)/libonlyone-window.so

# On x86-64 a second one for 32-bit programs, if there is a compiler and a libc for
# them (gcc-multilib).
SHIM32 := $(and $(X86_64),$(call option,-m32 -shared -nostartfiles,-lc),\
	$(B)/i386/libonlyone.so)
SHIM32_OBJ = $(if $(SHIM32),$(SHIM_SRC:%.c=$(B)/i386/shim/%.o))

# FOLDER:TO, what the loaders of this system and of others make of $$LIB, and of
# those that do not know it; lib alone may be either's.  The first exists even
# without the second: a session may refer to it already.
LIB_WIDE := $(call look,/lib64/ld-linux-x86-64.so.2 --list-diagnostics \
	2>/dev/null | grep -qax 'dl_dst_lib="lib"' && echo yes)
LIB_LINKS = $(if $(X86_64),lib/x86_64-linux-gnu:../.. lib64:.. $$LIB:.. \
	$(if $(LIB_WIDE),lib:..)) $(if $(SHIM32),lib/i386-linux-gnu:../../i386 \
	lib32:../i386 $(if $(LIB_WIDE),,lib:../i386))
# All that there may be, for make uninstall.
LIB_FOLDERS = i386 $$LIB lib lib32 lib64 lib/x86_64-linux-gnu lib/i386-linux-gnu

PROGRAMS += $(SHIMS) $(SHIM32) $(B)/links

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

$(B)/links: $(SHIMS) $(SHIM32)
	@for l in $(call quoted,$(LIB_LINKS)); do d="$(B)/$${l%:*}"; \
		mkdir -p "$$d" && \
		ln -sf "$${l#*:}/libonlyone.so" "$$d/libonlyone.so" || exit; done
	@touch $@

$(B)/shim/%.o: %.c $(B)/settings
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SHIM_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/i386/shim/%.o: %.c $(B)/settings
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -m32 $(SHIM_CFLAGS) -DSHIM_32 -MMD -MP -c -o $@ $<

-include $(SHIM_OBJ:.o=.d) $(SHIM32_OBJ:.o=.d) $(WINDOW_OBJ:.o=.d)
