# package.mk: installation, and packages.

# LD_PRELOAD cannot name a library in a folder with a space, a colon or a $$; the
# other characters would be the shell's.  Only some shells expand a ~ after =.
GIVEN := $(value PREFIX)
override PREFIX := $(patsubst ~/%,$(HOME)/%,$(PREFIX))
( := (
) := )
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

# What is installed: PACKAGE:MODE:FILE:TO.  Mode link: TO is a symbolic link to FILE.
# What could not be built is left out.
PACKAGES = onlyone onlyone-desktop onlyone-cluster
PAGES = $(sort $(wildcard man/*.[1-9]))
FILES = \
	onlyone:755:$(B)/onlyone:$(BINDIR)/onlyone \
	onlyone:link:onlyone:$(BINDIR)/onlyonectl \
	onlyone:644:$(B)/libonlyone.so:$(LIBDIR)/libonlyone.so \
	onlyone:644:$(B)/i386/libonlyone.so:$(LIBDIR)/i386/libonlyone.so \
	$(foreach l,$(subst :,/libonlyone.so:,$(LIB_LINKS)),onlyone:link:$(lastword \
		$(subst :, ,$l))/libonlyone.so:$(LIBDIR)/$(firstword $(subst :, ,$l))) \
	$(foreach p,$(PAGES),onlyone$(findstring -cluster,$p):644:$p:$(MANDIR)/man$(\
		)$(subst .,,$(suffix $p))/$(notdir $p)) \
	onlyone:644:$(B)/completion/onlyone.bash:$(BASHDIR)/onlyone \
	onlyone:link:onlyone:$(BASHDIR)/onlyonectl \
	onlyone:644:$(B)/completion/onlyone.zsh:$(ZSHDIR)/_onlyone \
	onlyone:644:$(B)/completion/onlyone.fish:$(FISHDIR)/onlyone.fish \
	onlyone:link:onlyone.fish:$(FISHDIR)/onlyonectl.fish \
	onlyone-desktop:644:$(B)/libonlyone-window.so:$(LIBDIR)/libonlyone-window.so \
	onlyone-desktop:755:$(B)/onlyone-raise:$(LIBDIR)/onlyone-raise \
	onlyone-cluster:755:$(B)/onlyone-cluster:$(BINDIR)/onlyone-cluster

# $(call column,N,ROW): 2 is the mode.
column = $(word $1,$(subst :, ,$2))
ROWS = $(foreach r,$(filter $(PACKAGES:%=%:%),$(FILES)),$(if $(filter-out \
	$(PROGRAMS) link:% man/%,$(if $(filter link,$(call column,2,$r)),link:,\
	)$(call column,3,$r)),,$r))
quoted = $(patsubst %,'%',$1)
to = $(call quoted,$(DESTDIR)$(call column,4,$1))

# By a new file that is renamed: programs have the old one mapped, and others start.
define row_install

	$(if $(filter link,$(call column,2,$1)),ln -sf,install -m $(call column,2,$1)) \
		$(call column,3,$1) $(call to,$1.new)
	mv -fT $(call to,$1.new) $(call to,$1)
endef

install:
	install -d $(call folders,$(ROWS))
	$(foreach r,$(ROWS),$(call row_install,$r))
	@if $(FOR_ALL); then $(RUN_MAKE); fi
folders = $(call quoted,$(patsubst %/,%,$(sort $(foreach r,$1,$(dir \
	$(DESTDIR)$(call column,4,$r))))))

# The paths that install makes.
installed:
	@printf '%s\n' $(foreach r,$(ROWS),$(call quoted,$(call column,4,$r)))

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

uninstall:
	@if $(FOR_ALL) && [ -e '$(RUN_UNIT)' ]; then \
		systemctl disable --now run-onlyone.mount; \
		rm -f '$(RUN_UNIT)'; systemctl daemon-reload; \
		rmdir /run/onlyone 2>/dev/null; fi; :
	rm -f $(foreach r,$(FILES),$(call to,$r))
	@cd $(DESTDIR)$(LIBDIR) 2>/dev/null || { \
		echo 'nothing is installed in $(DESTDIR)$(LIBDIR)'; exit 0; }; \
		for d in $(call quoted,$(LIB_FOLDERS)); do \
		rm -f "$$d/libonlyone.so"; rmdir -p "$$d" 2>/dev/null; done; :
	@rmdir $(DESTDIR)$(LIBDIR) 2>/dev/null; :

# The same bytes whatever the user's git configuration is.
dist:
	@mkdir -p $(B)
	env -u GZIP git -c tar.umask=022 -c tar.tar.gz.command='gzip -cn' \
		-c core.autocrlf=false -c core.attributesFile=/dev/null \
		archive --prefix=onlyone-$(VERSION)/ \
		-o $(B)/onlyone-$(VERSION).tar.gz HEAD

# In a folder of their own, as the tree is; they use nothing of this make.
REVISION ?= 1
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

.PHONY: installed
