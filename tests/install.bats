#!/usr/bin/env bats
# install.bats: make install and uninstall, and what runs from there.
load lib/script

# into DIR TARGET: from a copy of the tree, as it was built.
into() {
	local top=$BATS_TEST_DIRNAME/..
	run -0 timeout $((2 * LIMIT)) make -C "$top" -o all B="$BUILD" DESTDIR="$1" \
		PREFIX=/usr "$2"
}

# bats test_tags=check,not-core
@test "install: puts programs, shim and manual under DESTDIR and PREFIX, and they run from there" {
	into "$PWD/dest" install
	local usr=$PWD/dest/usr
	[ -x "$usr/bin/onlyone" ] && [ -L "$usr/bin/onlyonectl" ]
	for page in "$BATS_TEST_DIRNAME"/../man/*.[1-9]; do
		[ -e "$usr/share/man/man${page##*.}/${page##*/}" ] || fail "$page"
	done
	begin_guest "$usr/bin/onlyone" "$GUESTS/guest"
	# The shim was found: the instance maps its mapping.
	grep -q "$ONLYONE_DIR/.*/mapping" "/proc/$BEGUN/maps"
	WAYLAND_DISPLAY=none begin "$usr/bin/onlyone" -k w "$GUESTS/guest"
	wait_until 'the library for windows is in it' \
		grep -q "$usr/lib/onlyone/libonlyone-window.so" "/proc/$BEGUN/maps"
	run -0 timeout $LIMIT "$usr/bin/onlyone" "$GUESTS/guest"
	run -0 timeout $LIMIT env DISPLAY=:7 "$usr/bin/onlyonectl" doctor
	assert_line --regexp "^ok  .* windows: .*/lib/onlyone/onlyone-raise$"
}

@test "install: for programs of 32 bits and of 64 alike, launched and in a session" {
	into "$PWD/dest" install
	local lib=$PWD/dest/usr/lib/onlyone entry kind
	gcc -m32 -D_GNU_SOURCE -o narrow "$BATS_TEST_DIRNAME/guests/guest.c" ||
		fail 'needs Debian package gcc-multilib'
	begin_guest "$PWD/dest/usr/bin/onlyone" ./narrow
	grep -q " $lib/i386/libonlyone.so$" "/proc/$BEGUN/maps"
	entry=$("$PWD/dest/usr/bin/onlyonectl" session -- \
		sh -c 'echo "$LD_PRELOAD"')
	assert_equal "$entry" "$lib/\$LIB/libonlyone.so"
	for kind in "$PWD/narrow" "$GUESTS/guest"; do
		prints -5 '' env LD_PRELOAD="$entry" "$kind" exit 5
	done
	# Over itself, with a session that uses it: no link is away meanwhile.
	local before
	before=$(find "$lib" -type l -printf '%P %i\n' | sort)
	into "$PWD/dest" install
	assert_equal "$(find "$lib" -type l -printf '%P %i\n' | sort)" "$before"
}

@test "install: over an old shim makes a new file; programs that run are not touched" {
	into "$PWD/dest" install
	local shim=$PWD/dest/usr/lib/onlyone/libonlyone.so old pid
	old=$(stat -c %i "$shim")
	begin_guest pid= "$PWD/dest/usr/bin/onlyone" "$GUESTS/guest"
	exec 5<"$shim" # keeps the number of the old inode
	into "$PWD/dest" install
	exec 5<&-
	[ "$(stat -c %i "$shim")" != "$old" ]
	alive "$pid"
	into "$PWD/dest" uninstall
	alive "$pid"
	ends_by TERM "$pid" 143
}

# install_here PATH_OF_TOOLS: by root, for the machine, whose /run is the test's.
install_here() {
	mkdir -p run
	PATH=$1:$PATH run -0 timeout $((2 * LIMIT)) unshare -m sh -c '
		mount --bind "$PWD/run" /run && exec "$@"' sh \
		make -C "$BATS_TEST_DIRNAME/.." -o all B="$BUILD" \
		PREFIX="$PWD/usr" SYSCONFDIR="$PWD/etc" "$2"
}

# bats test_tags=both,check,not-core
@test "install: by root, for the machine, makes /run/onlyone, and says so" {
	if [ "$(id -u)" != 0 ]; then
		run -0 timeout $((2 * LIMIT)) make -C "$BATS_TEST_DIRNAME/.." \
			-o all B="$BUILD" PREFIX="$PWD/usr" SYSCONFDIR="$PWD/etc" install
		refute_output --partial /run/onlyone
		[ ! -e etc ]
		return
	fi
	wants mount
	local tool=$PWD/tool
	mkdir tool
	printf '#!/bin/sh\nexit 1\n' >tool/systemd-tmpfiles
	chmod +x tool/systemd-tmpfiles
	for with in "$PWD" "$tool"; do
		install_here "$with" install
		assert_output --partial "/run/onlyone has the instances of all users; $PWD/etc/tmpfiles.d/onlyone.conf makes it"
		assert_equal "$(stat -c '%a %u' run/onlyone)" '1777 0'
		# Again, and it is in use: it stays.
		mkdir run/onlyone/1
		install_here "$with" install
		assert_equal "$(stat -c '%a %u' run/onlyone)" '1777 0'
		install_here "$with" uninstall
		[ -d run/onlyone/1 ]
		rmdir run/onlyone/1
		install_here "$with" uninstall
		[ ! -e run/onlyone ] && [ ! -e etc/tmpfiles.d/onlyone.conf ]
	done
	[ ! -e etc/tmpfiles.d/onlyone.conf ]
	into "$PWD/dest" install
	refute_output --partial /run/onlyone
}

@test "uninstall: leaves nothing of ours" {
	into "$PWD/dest" install
	into "$PWD/dest" uninstall
	prints '' find dest -type f -o -type l
	[ ! -e dest/usr/lib/onlyone ]
}

# refused WORDS VARIABLE=VALUE...: make install says this in one line, and makes
# nothing.
refused() {
	prints -2 --partial "$1" timeout $LIMIT make -s -C "$BATS_TEST_DIRNAME/.." \
		-o all B="$BUILD" DESTDIR="$PWD/dest" "${@:2}"
	assert_equal "${#lines[@]}" 1
	[ ! -e dest ]
}

# bats test_tags=check
@test "install: a folder that no loader can be told of, or the shell would take apart, is refused" {
	local goal sign
	for goal in install all uninstall; do
		refused '*** PREFIX=/a b: ' $goal PREFIX='/a b'
	done
	for sign in : '$$' '$' \' '"' \; '(' ')' '\' '&' '*'; do
		echo "with: $sign" >&2
		refused '*** PREFIX=/a' install PREFIX="/a${sign}b"
	done
	refused '*** LIBDIR=/x:y: ' install LIBDIR=/x:y
	refused '*** DESTDIR=/x y: ' install DESTDIR='/x y'
	refused 'BINDIR=rel/bin: it has to begin with /' install PREFIX=rel
	# What some shells leave to make, and signs that are of no harm.
	prints --partial "install -d $HOME/.local/bin " make -n \
		-C "$BATS_TEST_DIRNAME/.." -o all B="$BUILD" install PREFIX='~/.local'
	prints --partial 'install -d /a+b~1.0,x/bin ' make -n \
		-C "$BATS_TEST_DIRNAME/.." -o all B="$BUILD" install PREFIX=/a+b~1.0,x
}

# without HEADER...: a compiler, ./cc, that knows all others.
without() {
	mkdir include
	ln -s /usr/include/* include/
	rm "${@/#/include/}"
	script cc /bin/sh "exec gcc -nostdinc -isystem '$(gcc \
		-print-file-name=include)' -isystem '$PWD/include' \
		-isystem '/usr/include/$(gcc -print-multiarch)' \"\$@\""
}

@test "make: without what it needs it names the packages, with and without root; make deps gets them" {
	local makes=(timeout $((2 * LIMIT)) make -C "$BATS_TEST_DIRNAME/.." B="$PWD/b"
		CC="$PWD/cc" STATIC=)
	without bsd sha2.h jansson.h
	prints -2 --partial 'it needs libbsd-dev libmd-dev libjansson-dev' "${makes[@]}"
	assert_line 'as root:      apt-get install libbsd-dev libmd-dev libjansson-dev'
	assert_line --partial 'without root: make deps && make '
	prints -2 --partial 'it needs gcc' "${makes[@]}" CC="$PWD/nowhere"
	# Nobody has to have them to be told what there is.
	run -0 "${makes[@]}" help
	# Packages as apt-get would bring them.
	{
		echo '#!/bin/bash -e'
		echo 'for name in "${@:2}"; do mkdir -p new/DEBIAN'
		echo 'printf "%s: x\n" Maintainer Description >new/DEBIAN/control'
		echo 'printf "Package: %s\nVersion: 1\nArchitecture: all\n" "$name" >>new/DEBIAN/control'
		echo 'dpkg -L "$name" | grep -E "\.(h|a)$" | sed s,.,, | tar -cC / -T - | tar -xC new'
		echo 'dpkg-deb --build new "$name.deb"; rm -r new; done'
	} >apt-get
	chmod +x apt-get
	PATH=$PWD:$PATH run -0 "${makes[@]}" deps
	run -0 "${makes[@]}" -n
	run -0 "${makes[@]}" "$PWD/b/cli/core/slot/lockfile.o" "$PWD/b/cli/core/ctl/json.o"
}
