# cli.mk: how our programs are compiled, and what this machine has.
#
# pkg-config(1) looks up the libraries, at each make.

, := ,

# Goals that compile nothing look for nothing.
LOOKS := $(filter-out clean deb deps dist help html uninstall,\
	$(or $(MAKECMDGOALS),all))
look = $(if $(LOOKS),$(shell $1))

# What make deps has unpacked; other builds lie below this one.
DEPS := $(firstword $(wildcard $(B)/deps/usr $(B)/../deps/usr))
DEPS_LIB := $(if $(DEPS),$(wildcard $(DEPS)/lib/*-linux-gnu*))
DEPS_CFLAGS := $(addprefix -isystem ,$(if $(DEPS),$(wildcard $(DEPS)/include \
	$(DEPS)/include/*-linux-gnu*)))
PKG_CONFIG ?= pkg-config
PKG := $(or $(call look,command -v $(PKG_CONFIG) \
	$(DEPS:%=|| command -v %/bin/pkgconf)),false)
ifneq ($(DEPS),)
PKG := env LD_LIBRARY_PATH=$(DEPS_LIB) PKG_CONFIG_PATH=$(DEPS_LIB)/pkgconfig $(PKG)
endif

# The packages of Debian that have what pkg-config calls by these names.
debian_jansson = libjansson-dev
debian_libbsd = libbsd-dev
debian_libmd = libmd-dev
debian_libnghttp2 = libnghttp2-dev
debian_libpq = libpq-dev
debian_libprotobuf-c = libprotobuf-c-dev
debian_libssl = libssl-dev
debian_libsystemd = libsystemd-dev
debian_wayland-client = libwayland-dev
debian_wayland-protocols = wayland-protocols
debian_wayland-scanner = libwayland-bin
debian_xcb = libxcb1-dev
debian_xcb-res = libxcb-res0-dev

# $(call lacks,NAME...): the packages of those that are not there.
lacks = $(foreach n,$(call look,$(PKG) --exists $1 2>/dev/null || for n in $1; \
	do $(PKG) --exists $$n 2>/dev/null || echo $$n; done),$(debian_$n))
# $(call libs,OPTION...,NAME...): how to link with these.
libs = $(call look,$(PKG) --libs $1 $2 2>/dev/null)

# $(call option,OPTION...[,LIBRARIES]): the options, if the compiler takes them.
option = $(call look,echo 'int main(void) { return 0; }' | $(CC) $(CFLAGS) -Werror \
	$1 $(LDFLAGS) -o /dev/null -x c - -x none $2 2>/dev/null && echo '$1')

# What the compiler says of the processor and the libc.
MACROS := $(call look,$(CC) $(CFLAGS) -dM -E -include features.h -x c /dev/null \
	2>/dev/null | sed -nE 's/.*\b(__(STDC|x86_64|AARCH64EL|LP64|GLIBC)__) .*/\1/p')
X86_64 := $(filter __x86_64__,$(MACROS))

WARN = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wformat=2
# The same bytes wherever the tree lies.
STD = -std=c11 -D_GNU_SOURCE -I. -I$(B) $(DEPS_CFLAGS) \
	-ffile-prefix-map=$(CURDIR)=.

# Our own programs: static, hardened (cli/HACKING.md, Hardening), where that costs
# a launch nothing that can be measured (make bench: hardening).  The launcher
# is no PIE: static-pie has 1,900 relocations to apply at each start, most of
# them libc's own, on pages that are copied for that.  A second launch took
# 1.03 times as long with it, a first one 1.01.
BRANCHES := $(call option,$(if $(X86_64),-fcf-protection=full,\
	-mbranch-protection=standard))
HARDEN = -fstack-protector-strong -fstack-clash-protection $(BRANCHES)
FORTIFY = -D_FORTIFY_SOURCE=3
CLI_CFLAGS = $(STD) $(WARN) $(FORTIFY) -fPIE $(HARDEN)
BOUND = -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack
CLI_LDFLAGS = $(STATIC) $(BOUND)
DEPS_LDFLAGS = $(addprefix -L,$(DEPS_LIB))

$(B)/%.o: %.c $(B)/settings
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CLI_CFLAGS) -MMD -MP -c -o $@ $<

# Reported once, so that a second make has nothing to do.
$(B)/without-%: $(B)/settings
	@echo 'Without onlyone-$*$(if $(LACKS_$*),: it needs $(LACKS_$*))' | tee $@

deps:
	@mkdir -p $(B)/deps
	cd $(B)/deps && apt-get download libbsd-dev libmd-dev libjansson-dev \
		$$(command -v pkg-config >/dev/null || echo pkgconf-bin libpkgconf3)
	for deb in $(B)/deps/*.deb; do dpkg -x "$$deb" $(B)/deps || exit; done
