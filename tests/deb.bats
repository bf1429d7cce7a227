#!/usr/bin/env bats
# as: user (it installs into a folder of its own)
# deb.bats: the Debian packages are made, installed, and removed again.
#
# Without clusters, whose libraries make check does not ask for (a build profile
# of Debian's).  They are installed into a folder, by a dpkg that knows of nothing
# else; package.bats has their whole life in a Debian of their own.
# bats file_tags=not-core
# shellcheck disable=SC2154
load lib/common

TREE=$(cd "$BATS_TEST_DIRNAME/.." && pwd)

setup_file() {
	# Compiled without optimizing it is the same, and sooner there.
	DEB_CFLAGS_APPEND=-g0 DEB_BUILD_OPTIONS='noopt nostrip' \
		DEB_BUILD_PROFILES=pkg.onlyone.nocluster \
		make -C "$TREE" B="$BATS_FILE_TMPDIR" deb >"$BATS_FILE_TMPDIR/made" \
		2>&1 3>&- || {
		tail -n 30 "$BATS_FILE_TMPDIR/made" >&2
		return 1
	}
}

own_setup() {
	there=$PWD/there
	mkdir -p "$there/var/lib/dpkg"
	: >"$there/var/lib/dpkg/status"
}

# dpkg_there OPTION...: what it depends on is not known there.
dpkg_there() {
	fakeroot dpkg --root="$there" --log=/dev/null --force-not-root \
		--force-depends --force-script-chrootless "$@"
}

@test "deb: installed, all of it is in its place, and what it installs works" {
	run -0 dpkg_there -i "$BATS_FILE_TMPDIR"/deb/*.deb
	for file in bin/onlyone bin/onlyonectl lib/onlyone/libonlyone.so \
		lib/onlyone/libonlyone-window.so lib/onlyone/onlyone-raise \
		lib/tmpfiles.d/onlyone.conf \
		share/man/man1/onlyone.1.gz share/man/man1/onlyonectl.1.gz \
		share/man/man5/onlyone.5.gz share/man/man7/onlyone.7.gz \
		share/man/man7/onlyone-desktop.7.gz \
		share/bash-completion/completions/onlyonectl \
		share/zsh/site-functions/_onlyone; do
		[ -s "$there/usr/$file" ] || fail "$file is not there"
	done
	[ ! -e "$there/usr/lib/onlyone/onlyone-cluster" ]
	PATH=$there/usr/bin:$PATH
	begin_guest onlyone --on-activate='echo "$@"' "$GUESTS/guest"
	prints -0 'handed over' launch "$GUESTS/guest" handed over
	ctl stop guest
}

@test "deb: removed, none of it is left; purged, nothing is known of it" {
	# Twice, as an upgrade does.
	dpkg_there -i "$BATS_FILE_TMPDIR"/deb/*.deb >/dev/null 2>&1
	dpkg_there -i "$BATS_FILE_TMPDIR"/deb/*.deb >/dev/null 2>&1
	run -0 dpkg_there --remove onlyone-desktop onlyone
	prints '' find "$there" -path "$there/var" -prune -o ! -type d -print
	run dpkg_there --purge onlyone-desktop onlyone
	run dpkg_there -l 'onlyone*'
	refute_line --partial 'ii '
	# What systemd-tmpfiles(8), where it is installed, made in /run ends with
	# the system.
	prints '' find "$there" \( -path "$there/var" -o -path "$there/run" \) \
		-prune -o -name '*onlyone*' -print
}
