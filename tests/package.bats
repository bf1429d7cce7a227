# as: root
# package.bats: make deb, the life of the packages in a Debian, the spec file and the
# PKGBUILD.
#
# The packages are built once.  A later version is the same files under a higher
# number; one that speaks another protocol has one object that differs. mmdebstrap
# fetches the Debian, once ($BUILD/bookworm); each test enters it in namespaces of its
# own, and begins with no package installed.  Nothing looks up Fedora's and Arch's
# packages by their names; the commands there are linked to shared libraries.
load lib/common
load lib/debian

TREE=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
V=$(sed -n 's/^#define ONLYONE_VERSION "\(.*\)"/\1/p' "$TREE/preload/contract.h")
export V
MADE=$BATS_FILE_TMPDIR

# again DEB VERSION [COMMAND...]: the package under a higher number, in this
# folder; COMMAND changes what is in it.
again() {
	rm -rf again
	dpkg-deb -R "$1" again
	sed -i "/^Version: /s/.*/Version: $2/; s/(= $V-1)/(= $2)/" again/DEBIAN/control
	"${@:3}"
	dpkg-deb --root-owner-group -Zgzip -z1 -b again . >/dev/null
}

# Compiled without optimizing they are the same, and sooner there.  makepkg refuses
# root.
setup_file() {
	command -v dh dpkg-buildpackage g++ >/dev/null || return
	cd "$BATS_FILE_TMPDIR" || return
	{
		DEB_BUILD_OPTIONS=noopt make -C "$TREE" B="$BUILD" deb &&
			debian_fetch bookworm --variant=essential \
				--include=libxcb1,libxcb-res0,libwayland-client0 &&
			mkdir others && tar -C "$TREE" --transform "s,^,onlyone-$V/," -czf \
			"others/onlyone-$V.tar.gz" cli preload man Makefile README.md LICENSE &&
			cp "$TREE/cli/package/PKGBUILD" others &&
			chown -R 1000:1000 others && chmod -R a+rX "$BATS_RUN_TMPDIR" &&
			setpriv --reuid=1000 --regid=1000 --clear-groups bash -ec '
			cd others
			export TMPDIR=$PWD
			rpmbuild -tb --nodeps --define "_topdir $PWD/rpm" --quiet \
				--define "debug_package %{nil}" --define "optflags -O0" \
				"onlyone-$V.tar.gz"
			HOME=$PWD PACMAN=true CFLAGS=-O0 LDFLAGS=-Wl,-z,now \
				PKGEXT=.pkg.tar CARCH=x86_64 makepkg --nodeps --nocolor
			mkdir fedora arch
			for file in rpm/RPMS/*/*.rpm; do bsdtar -C fedora -xf "$file"; done
			for file in *.pkg.tar; do
				bsdtar -C arch -xf "$file" --exclude ".[A-Z]*"
			done'
	} >made 2>&1 3>&- || {
		tail -n 30 made >&2
		return 1
	}
	cp "$BUILD"/deb/*.* .
	again onlyone_"$V"-1_*.deb 0.98-1
	again onlyone-desktop_"$V"-1_*.deb 0.98-1
	# A command that speaks version 2, made of the objects that are there.
	mkdir -p other head/cli/core/wire
	cp -a "$BUILD/settings" "$BUILD/cli" "$BUILD/preload" "$BUILD/protocol" \
		"$BUILD"/handover.* other/
	sed 's/FRAME_VERSION = 1,/FRAME_VERSION = 2,/' \
		"$TREE/cli/core/wire/frame.h" >head/cli/core/wire/frame.h
	cc -std=c11 -D_GNU_SOURCE -I"$PWD/head" -I"$TREE" -c \
		"$TREE/cli/core/wire/frame.c" -o other/cli/core/wire/frame.o
	make -s -C "$TREE" B="$PWD/other" "$PWD/other/onlyone"
	again onlyone_0.98-1_*.deb 0.99-1 cp other/onlyone again/usr/bin/
}

inside() { debian_inside bookworm "$MADE" "$1"; }

@test "package: make deb makes three, lintian says nothing; onlyone needs but an old libc, mounts /run/onlyone" {
	cd "$MADE"
	for name in onlyone onlyone-desktop onlyone-cluster; do
		[ -e ${name}_"$V"-1_*.deb ] || fail "$name"
	done
	prints -0 '' lintian -I --allow-root --fail-on error,warning,info \
		onlyone_"$V"-1_*.changes
	prints --regexp '^libc6 \(>= 2\.[12][0-9](\.[0-9]+)?\)$' \
		dpkg-deb -f onlyone_"$V"-1_*.deb Depends
	prints --partial "start 'run-onlyone.mount'" dpkg-deb -I onlyone_"$V"-1_*.deb postinst
	prints --partial "stop 'run-onlyone.mount'" dpkg-deb -I onlyone_"$V"-1_*.deb prerm
	# An upgrade leaves it to what runs.
	prints --partial '[ "$1" = remove ] && [ -d /run/systemd/system ]' \
		dpkg-deb -I onlyone_"$V"-1_*.deb prerm
	dpkg-deb -x onlyone_"$V"-1_*.deb "$BATS_TEST_TMPDIR/root"
	[ -e "$BATS_TEST_TMPDIR/root/usr/lib/onlyone/i386/libonlyone.so" ]
	prints --partial mode=1777, grep ^Options= \
		"$BATS_TEST_TMPDIR/root/lib/systemd/system/run-onlyone.mount"
}

@test "package: /run/onlyone has the instances of all; onlyone-desktop has all that it needs, and is found" {
	run -0 inside '
		! dpkg --force-unsafe-io -i /mnt/onlyone-desktop_"$V"-1_*.deb >/run/dpkg 2>&1
		dpkg --purge onlyone-desktop >/run/dpkg
		install /mnt/onlyone_"$V"-1_*.deb
		! DISPLAY=:7 onlyonectl doctor
		install /mnt/onlyone-desktop_"$V"-1_*.deb
		/usr/lib/onlyone/onlyone-raise --version
		mkdir -p -m 1777 /run/onlyone
		DISPLAY=:7 WAYLAND_DISPLAY=none onlyonectl doctor
		$me onlyone sleep 1000 &
		onlyone sleep 1000 &
		until_true eval "test -e /run/onlyone/0/sleep-*/sock"
		until_true eval "test -e /run/onlyone/1000/sleep-*/sock"
		$me onlyonectl status sleep'
	assert_line --partial 'WRONG  onlyone-raise is neither'
	assert_line "onlyone-raise $V"
	assert_line --regexp '^ok +windows: /usr/(bin/../)?lib/onlyone/onlyone-raise$'
}

@test "package: upgraded while an instance runs, that is reached; another protocol says so, and ends it; purged, it goes on" {
	run -0 inside '
		files >/run/before
		install /mnt/onlyone_"$V"-1_*.deb /mnt/onlyone-desktop_"$V"-1_*.deb
		onlyone --on-activate="echo got \"\$1\" from \$ONLYONE_PID" sleep 1000 &
		until_true runs
		pid=$!
		install /mnt/onlyone_0.98-1_*.deb /mnt/onlyone-desktop_0.98-1_*.deb
		is "$(dpkg-query -f "\${Version}" -W onlyone)" 0.98-1
		is "$(onlyone sleep after)" "got after from $pid"
		# Its keeper, of the old version, is killed: it gets one of the new.
		[ "$(readlink /proc/$(keeper)/exe)" = "/usr/bin/onlyone (deleted)" ]
		kill -KILL $(keeper)
		is "$(onlyone sleep revived)" "got revived from $pid"
		is "$(readlink /proc/$(keeper)/exe)" /usr/bin/onlyone
		# One that waits, started before, is served after the next upgrade.
		onlyone --wait sleep 999 &
		waits=$!
		until_true eval "onlyonectl log sleep | grep -q \"$waits *waits in line\""
		install /mnt/onlyone_"$V"-1_*.deb /mnt/onlyone-desktop_"$V"-1_*.deb
		onlyonectl -q stop sleep
		until_true eval "[ \"\$(onlyonectl pid sleep)\" = $waits ]"
		dpkg --purge onlyone-desktop >/run/dpkg
		install /mnt/onlyone_0.99-1_*.deb
		for words in "onlyone sleep 5" "onlyonectl activate sleep"; do
			status=0
			$words 2>/run/said || status=$?
			is $status 69
			is "$(sed "s/^[a-z]*: //" /run/said)" "/usr/bin/sleep is\
 held by pid $waits, started by an incompatible version of onlyone;\
 onlyonectl stop stops it"
		done
		onlyonectl -q stop sleep
		is "$(onlyone sh -c "echo anew")" anew
		# Purged: an instance keeps running, and nothing is left.
		install /mnt/onlyone-desktop_"$V"-1_*.deb /mnt/onlyone_"$V"-1_*.deb
		onlyone sleep 1000 &
		until_true runs
		onlyonectl -q enable --system less
		test -e /etc/onlyone/rules/less
		dpkg --purge onlyone-desktop onlyone >/run/dpkg
		files | diff /run/before -
		test ! -e /usr/lib/onlyone
		test ! -e /etc/onlyone
		# Installed again, it is there.
		install /mnt/onlyone_"$V"-1_*.deb
		is "$(onlyonectl pid sleep)" $!
		onlyonectl -q stop sleep'
}

@test "others: the spec file and the PKGBUILD have what make install installs, the desktop apart" {
	local system package rpm others=$MADE/others
	run -0 make -s -C "$TREE" -o all B="$BUILD" DESTDIR="$PWD/dest" \
		PREFIX=/usr SYSCONFDIR=/etc install
	(cd dest && find . ! -type d | sort) >all
	for system in fedora arch; do
		(cd "$others/$system" && find . ! -type d | sort) |
			sed 's/\(\/man.*\)\.gz$/\1/' >theirs
		prints '' comm -23 all theirs
		run comm -13 all theirs
		assert_line ./usr/lib/systemd/system/run-onlyone.mount
		assert_line ./usr/lib/systemd/system/local-fs.target.wants/run-onlyone.mount
		assert_line --regexp '/licenses/onlyone(-[0-9.]+)?/LICENSE$'
		# The commands are linked to shared libraries there, and run.
		prints --partial '[libbsd.so.0]' readelf -dW "$others/$system/usr/bin/onlyone"
		prints -0 hello "$others/$system/usr/bin/onlyone" -a app echo hello
	done
	rpm=("$others"/rpm/RPMS/*/onlyone-desktop-"$V"-1.*.rpm)
	prints --regexp 'onlyone = ' rpm -qp --requires "$rpm"
	for package in "$rpm" "$others/onlyone-desktop-$V-1-x86_64.pkg.tar"; do
		[[ $(bsdtar -tf "$package") == *onlyone-raise* ]]
		[[ $(bsdtar -tf "${package/-desktop/}") != *onlyone-raise* ]]
	done
}
