# windows.mk: onlyone-raise, the helper that talks to X servers and compositors.
#
# It is left out if its libraries are missing.  Those that it needs at each start are
# static, where they can be: each library that has to be found and bound costs a
# second launch 50 us before it sees the X server.  libsystemd is loaded if there is a
# bus.
LACKS_raise := $(call lacks,xcb xcb-res wayland-client wayland-protocols \
	wayland-scanner libsystemd)
RAISE = $(if $(LACKS_raise),,$(B)/onlyone-raise)
RAISE_ALWAYS := $(call libs,$(STATIC:%=--static),xcb-res xcb jansson libbsd libmd)
RAISE_LIBS := $(DEPS_LDFLAGS) $(if $(STATIC),-Wl$(,)-Bstatic $(RAISE_ALWAYS) \
	-Wl$(,)-Bdynamic,$(RAISE_ALWAYS)) $(call libs,,wayland-client)
RAISE_OBJ = $(patsubst %.c,$(B)/%.o,$(sort $(wildcard cli/windows/*.c)))

# Protocols of compositors: wayland-scanner makes the code for each.
PROTOCOL = xdg-shell xdg-activation-v1 \
	wlr-foreign-toplevel-management-unstable-v1
PROTOCOL_H = $(PROTOCOL:%=$(B)/protocol/%.h)
PROTOCOL_OBJ = $(PROTOCOL:%=$(B)/protocol/%.o)
PROTOCOLS := $(call look,$(PKG) --variable=pkgdatadir wayland-protocols)
SCANNER := $(call look,$(PKG) --variable=wayland_scanner wayland-scanner)

PROGRAMS += $(or $(RAISE),$(B)/without-raise)

$(B)/onlyone-raise: $(RAISE_OBJ) $(PROTOCOL_OBJ) $(B)/lib.a
	$(CC) $(CFLAGS) -pie $(BOUND) $(LDFLAGS) -o $@ $^ $(RAISE_LIBS)

# Callbacks have the arguments that the library gives them.
$(RAISE_OBJ): CLI_CFLAGS += -Wno-unused-parameter
$(RAISE_OBJ): | $(PROTOCOL_H)

vpath %.xml $(PROTOCOLS)/stable/xdg-shell \
	$(PROTOCOLS)/staging/xdg-activation cli/windows

$(B)/protocol/%.h: %.xml
	@mkdir -p $(@D)
	$(SCANNER) client-header $< $@

$(B)/protocol/%.c: %.xml
	@mkdir -p $(@D)
	$(SCANNER) private-code $< $@

$(B)/protocol/%.o: $(B)/protocol/%.c $(B)/settings
	$(CC) $(CFLAGS) $(STD) -fPIE $(HARDEN) -c -o $@ $<

-include $(RAISE_OBJ:.o=.d)
