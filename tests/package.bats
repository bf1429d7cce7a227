#!/usr/bin/env bats
# as: root
# package.bats: make dist, make deb, and the life of the packages in a Debian.
#
# The packages are made once; a later version is the same files under a higher
# number, and one that speaks another protocol has one object that differs.  The
# Debian is fetched by mmdebstrap, once ($BUILD/bookworm); each test enters it
# in namespaces of its own, so that what it starts ends with it, and nobody else's
# witness is in its way; it begins with neither package installed.

bats_require_minimum_version 1.8.0
load lib/assert
load lib/patience
load lib/trace
load lib/debian

TREE=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
NEW=$BUILD/bookworm
V=$(sed -n 's/^#define ONLYONE_VERSION "\(.*\)"/\1/p' \
	"$TREE/preload/contract.h")
export V

# again DEB VERSION [COMMAND...]: the package under a higher number, in this
# folder; COMMAND changes what is in it.
again() {
	rm -rf again
	dpkg-deb -R "$1" again
	sed -i "/^Version: /s/.*/Version: $2/; s/(= $V-1)/(= $2)/" \
		again/DEBIAN/control
	"${@:3}"
	dpkg-deb --root-owner-group -Zgzip -z1 -b again . >/dev/null
}

# other_protocol: a command that speaks version 2, made of the objects that
# are there.
other_protocol() {
	local b=$PWD/other
	mkdir -p "$b" head/cli/core/wire
	cp -a "$BUILD/found" "$BUILD/cli" "$BUILD/preload" "$BUILD/protocol" \
		"$BUILD"/handover.* "$b/"
	sed 's/FRAME_VERSION = 1,/FRAME_VERSION = 2,/' \
		"$TREE/cli/core/wire/frame.h" >head/cli/core/wire/frame.h
	run -1 cmp -s head/cli/core/wire/frame.h "$TREE/cli/core/wire/frame.h"
	cc -std=c11 -D_GNU_SOURCE -I"$PWD/head" -I"$TREE" -c \
		"$TREE/cli/core/wire/frame.c" -o "$b/cli/core/wire/frame.o"
	make -s -C "$TREE" B="$b" "$b/onlyone"
}

setup_file() {
	command -v dh dpkg-buildpackage g++ >/dev/null || return
	cd "$BATS_FILE_TMPDIR" || return 1
	{
		# Compiled without optimizing it is the same, and sooner there.
		DEB_BUILD_OPTIONS=noopt make -C "$TREE" B="$BUILD" deb &&
			debian_fetch bookworm --variant=essential \
				--include=libxcb1,libxcb-res0,libwayland-client0
	} >made 2>&1 3>&- || {
		tail -n 30 made >&2
		return 1
	}
	cp "$BUILD"/deb/*.* .
	again onlyone_"$V"-1_*.deb 0.98-1
	again onlyone-desktop_"$V"-1_*.deb 0.98-1
	other_protocol
	again onlyone_0.98-1_*.deb 0.99-1 cp other/onlyone again/usr/bin/
	again onlyone_0.98-1_*.deb 0.97-1 without_second
	# Its libc is here: the Debian has none of that kind.
	gcc -m32 -D_GNU_SOURCE -Wl,--dynamic-linker=/mnt/lib32/ld-linux.so.2 \
		-Wl,-rpath,/mnt/lib32 -o narrow \
		"$BATS_TEST_DIRNAME/guests/daemonize.c" &&
		mkdir lib32 && cp -L /lib32/ld-linux.so.2 /lib32/libc.so.6 lib32/ || {
		echo 'needs Debian package gcc-multilib' >&2
		return 1
	}
}

# without_second: as where there was no gcc-multilib.
without_second() {
	find again -path '*32*' -type l -delete
	find again -path '*i386*' ! -type d -delete
	rm again/usr/lib/onlyone/lib/libonlyone.so
	find again -type d -empty -delete
}

setup() {
	trace_failures
	unset "${!ONLYONE_@}" LD_PRELOAD DISPLAY WAYLAND_DISPLAY
	cd "$BATS_FILE_TMPDIR" || return 1
}

# inside SCRIPT: as root in the Debian, the packages in /mnt.
inside() {
	wants mount pidns netns
	printf '%s\n' '
		set -e
		failed() { echo "line $1: $(sed -n "$1p" /run/script)"; }
		trap "failed \$LINENO" ERR
		install() { dpkg --force-unsafe-io -i "$@" >/run/dpkg; }
		until_true() {
			local end=$((SECONDS + LIMIT))
			until "$@"; do
				((SECONDS < end)) || return
				read -rt 0.02 _ <>/run/silence || :
			done
		}
		is() { [ "$1" = "$2" ] || { echo "not $2 but $1"; return 1; }; }
		me="setpriv --reuid=1000 --regid=1000 --clear-groups"
		runs() { onlyonectl pid sleep >/run/pid 2>/dev/null; }
		dpkg --purge onlyone-desktop onlyone >/run/dpkg 2>&1
		mkfifo /run/silence' "$1" >script
	timeout $((5 * LIMIT)) unshare --mount --net --pid --fork --mount-proc --kill-child \
		sh -c 'mount --make-rprivate / &&
		mount -t proc proc "$1/proc" &&
		mount -t tmpfs -o mode=755 none "$1/run" &&
		mount -t tmpfs -o mode=1777 none "$1/tmp" &&
		cp script "$1/run/" &&
		mount --bind . "$1/mnt" &&
		cd / && exec chroot "$1" /usr/bin/env -i \
			V="$V" LIMIT="$LIMIT" PATH=/usr/bin:/usr/sbin:/bin:/sbin HOME=/tmp \
			/bin/bash -E /run/script' sh "$NEW" 3>&-
}

@test "package: make deb makes three packages, of which lintian says nothing" {
	[ -e onlyone_"$V"-1_*.deb ] && [ -e onlyone-desktop_"$V"-1_*.deb ]
	[ -e onlyone-cluster_"$V"-1_*.deb ]
	run -0 lintian -I --allow-root --fail-on error,warning,info \
		onlyone_"$V"-1_*.changes
	assert_output ''
}

@test "package: onlyone needs no library but a libc of ten years ago" {
	run dpkg-deb -f onlyone_"$V"-1_*.deb Depends
	assert_output --regexp '^libc6 \(>= 2\.[12][0-9](\.[0-9]+)?\)$'
}

@test "package: a program of 32 bits is followed, by a rule too; a session outlives a version without that" {
	run -0 inside '
		install /mnt/onlyone_"$V"-1_*.deb
		cp /mnt/narrow /usr/bin/narrow
		onlyone narrow close
		until_true onlyonectl pid narrow >/run/pid
		pid=$(onlyonectl pid narrow)
		grep -q " /usr/lib/onlyone/i386/libonlyone.so$" /proc/$pid/maps
		onlyone -q narrow close
		is "$(onlyonectl pid narrow)" $pid
		onlyonectl -q stop narrow
		onlyonectl -q enable narrow
		LD_PRELOAD=$(onlyonectl session -- sh -c "echo \$LD_PRELOAD")
		export LD_PRELOAD
		is "$LD_PRELOAD" "/usr/lib/onlyone/\$LIB/libonlyone.so"
		sh -c "narrow close" 2>/run/said
		is "$(cat /run/said)" ""
		until_true onlyonectl pid narrow >/run/pid
		onlyonectl -q stop narrow
		install /mnt/onlyone_0.97-1_*.deb 2>/run/said
		test ! -e /usr/lib/onlyone/i386
		sh -c "onlyone true; onlyonectl list" 2>>/run/said
		is "$(cat /run/said)" "onlyonectl: no instance runs"
		onlyonectl doctor
		is "$(env -u LD_PRELOAD onlyonectl session -- sh -c \
			"echo \$LD_PRELOAD")" /usr/lib/onlyone/libonlyone.so
		rm -r /usr/bin/narrow /tmp/.config'
}

@test "package: with /run/onlyone, which tmpfiles.d makes, that has the instances of all" {
	local root=$BATS_TEST_TMPDIR/root
	mkdir -p "$root"
	dpkg-deb -x onlyone_"$V"-1_*.deb "$root"
	run -0 systemd-tmpfiles --root="$root" --create onlyone.conf
	assert_equal "$(stat -c '%a %u %g %F' "$root/run/onlyone")" \
		'1777 0 0 directory'
	run dpkg-deb -I onlyone_"$V"-1_*.deb postinst
	assert_output --partial 'systemd-tmpfiles'
	run -0 inside '
		install /mnt/onlyone_"$V"-1_*.deb
		mkdir -m 1777 /run/onlyone
		$me onlyone sleep 1000 &
		onlyone sleep 1000 &
		until_true eval "test -e /run/onlyone/0/sleep-*/sock"
		until_true eval "test -e /run/onlyone/1000/sleep-*/sock"
		onlyonectl status sleep
		$me onlyonectl status sleep'
}

@test "package: onlyone-desktop has all that it needs, and is found" {
	run -0 inside '
		! dpkg --force-unsafe-io -i /mnt/onlyone-desktop_"$V"-1_*.deb \
			>/run/dpkg 2>&1
		dpkg --purge onlyone-desktop >/run/dpkg
		install /mnt/onlyone_"$V"-1_*.deb
		! DISPLAY=:7 onlyonectl doctor
		install /mnt/onlyone-desktop_"$V"-1_*.deb
		/usr/lib/onlyone/onlyone-raise --version
		DISPLAY=:7 WAYLAND_DISPLAY=none onlyonectl doctor'
	assert_line --partial 'WRONG  onlyone-raise is neither'
	assert_line "onlyone-raise $V"
	assert_line --regexp '^ok +windows: /usr/(bin/../)?lib/onlyone/onlyone-raise$'
}

@test "package: upgraded while an instance runs, that goes on, and the next launch reaches it" {
	run -0 inside '
		install /mnt/onlyone_"$V"-1_*.deb /mnt/onlyone-desktop_"$V"-1_*.deb
		onlyone --on-activate="echo got \"\$1\" from \$ONLYONE_PID" \
			sleep 1000 &
		until_true runs
		pid=$!
		is "$(onlyone sleep before)" "got before from $pid"
		install /mnt/onlyone_0.98-1_*.deb \
			/mnt/onlyone-desktop_0.98-1_*.deb
		is "$(dpkg-query -f "\${Version}" -W onlyone)" 0.98-1
		is "$(onlyone sleep after)" "got after from $pid"
		# Its keeper, of the old version, is killed: it gets one of the new.
		keeper=$(onlyonectl list --json |
			sed -n "s/.*\"keeper\": \([0-9]*\).*/\1/p")
		[ "$(readlink /proc/$keeper/exe)" = "/usr/bin/onlyone (deleted)" ]
		kill -KILL $keeper
		is "$(onlyone sleep revived)" "got revived from $pid"
		keeper=$(onlyonectl list --json |
			sed -n "s/.*\"keeper\": \([0-9]*\).*/\1/p")
		is "$(readlink /proc/$keeper/exe)" /usr/bin/onlyone
		# One that waits, begun before, is served after the next upgrade.
		onlyone --wait sleep 999 &
		waits=$!
		until_true eval "onlyonectl log sleep | grep -q \"$waits *waits in line\""
		install /mnt/onlyone_"$V"-1_*.deb /mnt/onlyone-desktop_"$V"-1_*.deb
		onlyonectl -q stop sleep
		until_true [ "$(onlyonectl pid sleep)" = $waits ]
		onlyonectl -q stop sleep'
}

@test "package: a version that speaks another protocol says so, and can end what the old one began" {
	run -0 inside '
		install /mnt/onlyone_"$V"-1_*.deb
		onlyone sleep 1000 &
		until_true runs
		install /mnt/onlyone_0.99-1_*.deb
		for words in "onlyone sleep 5" "onlyonectl activate sleep"; do
			status=0
			$words 2>/run/said || status=$?
			is $status 69
			is "$(sed "s/^[a-z]*: //" /run/said)" "/usr/bin/sleep is\
 held by pid $!, started by a version of onlyone that is not understood;\
 onlyonectl stop ends it"
		done
		is "$(onlyonectl pid sleep)" $!
		is "$(onlyonectl count sleep)" 1
		onlyonectl -q stop sleep
		is "$(onlyone sh -c "echo anew")" anew
		onlyone sleep 1000 &
		until_true runs
		onlyone -n sleep 5 || is $? 75'
}

@test "package: purged while an instance runs, that goes on, and nothing is left" {
	run -0 inside '
		find / -xdev -path /mnt -prune -o -path /var -prune -o \
			! -type d -print | sort >/run/before
		install /mnt/onlyone_"$V"-1_*.deb /mnt/onlyone-desktop_"$V"-1_*.deb
		onlyone sleep 1000 &
		until_true runs
		onlyonectl -q enable --system less
		test -e /etc/onlyone/rules/less
		dpkg --purge onlyone-desktop onlyone >/run/dpkg
		find / -xdev -path /mnt -prune -o -path /var -prune -o \
			! -type d -print | sort >/run/after
		diff /run/before /run/after
		test ! -e /usr/lib/onlyone
		test ! -e /etc/onlyone
		# Installed again, it is there.
		kill -0 $!
		install /mnt/onlyone_"$V"-1_*.deb
		is "$(onlyonectl pid sleep)" $!
		kill -TERM $!
		status=0
		wait $! || status=$?
		is $status 143'
	assert_output ''
}

@test "dist: the same bytes, wherever and whenever it is made" {
	local clone here=$BATS_TEST_TMPDIR
	mkdir "$here/tree"
	cp -a "$TREE"/{cli,preload,man,tests,Makefile,README.md,LICENSE} \
		"$here/tree/"
	cd "$here/tree" || return 1
	git -c init.defaultBranch=main init -q
	git add .
	git -c user.name=x -c user.email=x@x -c commit.gpgsign=false \
		commit -qm x
	# What a user's own git may be set to, and his environment.
	printf '[%s]\n%s\n' tar umask=user 'tar "tar.gz"' 'command=gzip -1' \
		core 'autocrlf=true' core "attributesFile=$here/attributes" \
		>"$here/config"
	echo '*.md export-ignore' >"$here/attributes"
	make -s dist
	chmod -R a+rX "$BATS_RUN_TMPDIR"
	for clone in one 'two of them'; do
		git clone -q . "../$clone"
		cd "../$clone" || return 1
		touch README.md cli/core/main.c
		chown -R 1000:1000 .
		(umask 077 && GIT_CONFIG_GLOBAL=$here/config TZ=Asia/Tokyo \
			LC_ALL=tr_TR.UTF-8 GZIP=-1 USER=x LOGNAME=x HOME=/ \
			setpriv --reuid=1000 --regid=1000 --clear-groups \
			make -s dist)
		cmp build/onlyone-"$V".tar.gz ../tree/build/onlyone-"$V".tar.gz
		cd ../tree || return 1
	done
	# All of it, and packages are made of nothing else.
	tar -tzf build/onlyone-"$V".tar.gz >list
	grep -qx "onlyone-$V"/cli/package/debian/control list
	grep -qx "onlyone-$V"/tests/package.bats list
	run -1 grep -v "^onlyone-$V/" list
}
