#!/usr/bin/env bats
# as: user (makepkg refuses root)
# package-others.bats: the spec file and the PKGBUILD, as far as a Debian can
# build them.
#
# Nothing is asked of packages by their names there, which are Fedora's and
# Arch's; the commands are linked to shared libraries, as they are there.
load lib/common

TREE=$(cd "$BATS_TEST_DIRNAME/.." && pwd)

setup_file() {
	local v
	cd "$BATS_FILE_TMPDIR" || return 1
	v=$(sed -n 's/^#define ONLYONE_VERSION "\(.*\)"/\1/p' \
		"$TREE/preload/contract.h")
	# As make dist has it, but for the tests.
	tar -C "$TREE" --transform "s,^,onlyone-$v/," -czf "onlyone-$v.tar.gz" \
		cli preload man Makefile README.md LICENSE
	# Compiled without optimizing it is the same, and sooner there.
	rpmbuild -tb --nodeps --define "_topdir $PWD/rpm" --quiet \
		--define 'debug_package %{nil}' --define 'optflags -O0' \
		"onlyone-$v.tar.gz" >made 2>&1 3>&- &&
		cp "$TREE/cli/package/PKGBUILD" . &&
		HOME=$PWD PACMAN=true CFLAGS=-O0 LDFLAGS=-Wl,-z,now PKGEXT=.pkg.tar \
			CARCH=x86_64 makepkg --nodeps --nocolor >>made 2>&1 3>&- || {
		tail -n 30 made >&2
		return 1
	}
	mkdir fedora arch
	for v in rpm/RPMS/*/*.rpm; do bsdtar -C fedora -xf "$v" || return; done
	for v in ./*.pkg.tar; do
		bsdtar -C arch -xf "$v" --exclude '.[A-Z]*' || return
	done
}

MADE=$BATS_FILE_TMPDIR

@test "others: both have this version" {
	v=$(sed -n 's/^#define ONLYONE_VERSION "\(.*\)"/\1/p' \
		"$TREE/preload/contract.h")
	[ -e "$MADE"/rpm/RPMS/*/onlyone-"$v"-1.*.rpm ]
	[ -e "$MADE"/rpm/RPMS/*/onlyone-desktop-"$v"-1.*.rpm ]
	[ -e "$MADE/onlyone-$v-1-x86_64.pkg.tar" ]
	[ -e "$MADE/onlyone-desktop-$v-1-x86_64.pkg.tar" ]
}

@test "others: in them is what make install installs, and what is theirs" {
	run -0 make -s -C "$TREE" -o all B="$BUILD" DESTDIR="$PWD/dest" \
		PREFIX=/usr SYSCONFDIR=/etc install
	(cd dest && find . ! -type d | sort) >all
	for system in fedora arch; do
		(cd "$MADE/$system" && find . ! -type d | sort) |
			sed 's/\(\/man.*\)\.gz$/\1/' >theirs
		prints '' comm -23 all theirs
		run comm -13 all theirs
		assert_line ./usr/lib/tmpfiles.d/onlyone.conf
		assert_line --regexp '/licenses/onlyone(-[0-9.]+)?/LICENSE$'
		refute_line --regexp '/usr/(lib/onlyone|bin|share/man)/'
	done
}

@test "others: of the desktop what needs its libraries is in a package of its own" {
	run -0 bash -c 'bsdtar -tf "$1"/rpm/RPMS/*/onlyone-desktop-*.rpm;
		bsdtar -tf "$1"/onlyone-desktop-*.pkg.tar' bash "$MADE"
	assert_equal "$(grep -c '/usr/lib/onlyone/[^/]*[^/]$' <<<"/${output//$'\n'/$'\n/'}")" 4
	run bash -c 'bsdtar -tf "$1"/rpm/RPMS/*/onlyone-[0-9]*.rpm;
		bsdtar -tf "$1"/onlyone-[0-9]*.pkg.tar' bash "$MADE"
	refute_output --partial libonlyone-window
	refute_output --partial onlyone-raise
	run rpm -qp --requires "$MADE"/rpm/RPMS/*/onlyone-desktop-*.rpm
	assert_line --regexp '^onlyone = '
	assert_line --partial libwayland-client.so
	run rpm -qp --requires "$MADE"/rpm/RPMS/*/onlyone-[0-9]*.rpm
	assert_line --partial libjansson.so
	refute_line --partial libwayland
	# No linker's flags of the distribution in what is loaded into programs.
	for system in fedora arch; do
		run readelf -dW "$MADE/$system/usr/lib/onlyone/libonlyone.so"
		refute_line --regexp 'BIND_NOW'
		run readelf -dW "$MADE/$system/usr/bin/onlyone"
		assert_line --regexp 'BIND_NOW'
	done
}

@test "others: linked to shared libraries a daemon is followed, and activated" {
	for system in fedora arch; do
		bin=$MADE/$system/usr/bin
		: >"$GUEST_LOG"
		run readelf -dW "$bin/onlyone"
		assert_line --partial '[libbsd.so.0]'
		quietly "$bin/onlyone" --on-activate='echo "got $*"' \
			-a app "$GUESTS/daemonize" close
		wait_until 'the daemon runs' notes copy 1
		daemon=$(noted copy)
		wait_until 'it is the instance' pid_is app "$daemon"
		run -0 timeout $LIMIT "$bin/onlyone" -a app "$GUESTS/daemonize" b c
		assert_output 'got b c'
		run -0 timeout $LIMIT "$bin/onlyonectl" stop app
		run -0 env DISPLAY=:7 timeout $LIMIT "$bin/onlyonectl" doctor
	done
}
