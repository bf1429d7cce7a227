# install.bats: make install and uninstall, the installed programs, and what
# onlyonectl doctor says of programs, of the state root and of slots.
load lib/script

TREE=$BATS_TEST_DIRNAME/..

# into DIR TARGET: from a copy of the tree, as it was built.
into() {
	run -0 timeout $((2 * LIMIT)) make -C "$TREE" -o all B="$BUILD" DESTDIR="$1" \
		PREFIX=/usr "$2"
}

# bats test_tags=check,not-core
@test "install: puts programs, shim and manual under DESTDIR and PREFIX, and they run from there" {
	into "$PWD/dest" install
	local usr=$PWD/dest/usr
	[ -x "$usr/bin/onlyone" ] && [ -L "$usr/bin/onlyonectl" ]
	for page in "$TREE"/man/*.[1-9]; do
		[ -e "$usr/share/man/man${page##*.}/${page##*/}" ] || fail "$page"
	done
	WAYLAND_DISPLAY=none begin_guest "$usr/bin/onlyone" "$GUEST"
	# The shim was found, and the library for windows: the instance maps its mapping.
	maps=$(<"/proc/$BEGUN/maps")
	[[ $maps == *"$ONLYONE_DIR/"*/mapping* ]]
	wait_until 'the library for windows is in it' \
		grep -q "$usr/lib/onlyone/libonlyone-window.so" "/proc/$BEGUN/maps"
	run -0 env DISPLAY=:7 "$usr/bin/onlyonectl" doctor
	assert_line --regexp "^ok  .* windows: .*/lib/onlyone/onlyone-raise$"
}

@test "install: over an old one makes new files; programs of 32 bits and of 64 are served; uninstall leaves nothing" {
	into "$PWD/dest" install
	local lib=$PWD/dest/usr/lib/onlyone entry kind links old
	gcc -m32 -D_GNU_SOURCE -o narrow "$BATS_TEST_DIRNAME/guests/guest.c" ||
		fail 'needs Debian package gcc-multilib'
	begin_guest "$PWD/dest/usr/bin/onlyone" ./narrow
	grep -q " $lib/i386/libonlyone.so$" "/proc/$BEGUN/maps"
	entry=$("$PWD/dest/usr/bin/onlyonectl" session -- sh -c 'echo "$LD_PRELOAD"')
	assert_equal "$entry" "$lib/\$LIB/libonlyone.so"
	for kind in "$PWD/narrow" "$GUEST"; do
		prints -5 '' env LD_PRELOAD="$entry" "$kind" exit 5
	done
	links=$(find "$lib" -type l -printf '%P %l\n' | sort)
	exec 5<"$lib/libonlyone.so" # keeps the number of the old inode
	old=$(stat -c %i "$lib/libonlyone.so")
	into "$PWD/dest" install
	assert_equal "$(find "$lib" -type l -printf '%P %l\n' | sort)" "$links"
	[ "$(stat -c %i "$lib/libonlyone.so")" != "$old" ]
	into "$PWD/dest" uninstall
	prints '' find dest ! -type d
	[ ! -e "$lib" ]
	ends_by TERM "$BEGUN" 143
}

@test "install: by root, where systemd runs, mounts /run/onlyone, and says so; elsewhere makes nothing; uninstall takes it away" {
	if [ "$(id -u)" != 0 ]; then
		run -0 timeout $((2 * LIMIT)) make -C "$TREE" -o all B="$BUILD" \
			PREFIX="$PWD/usr" SYSCONFDIR="$PWD/etc" install
		refute_output --partial /run/onlyone
		[ ! -e etc ]
		return
	fi
	wants mount
	mkdir run tool
	script tool/systemctl /bin/sh "echo \"\$*\" >>'$PWD/called'
		case \$* in enable*) mkdir /run/onlyone;; esac"
	# here TARGET: with a systemctl and a /run of ours.
	here() {
		PATH=$PWD/tool:$PATH run -0 timeout $((2 * LIMIT)) unshare -m sh -c '
			mount --bind "$PWD/run" /run && exec "$@"' sh make -C "$TREE" -o all \
			B="$BUILD" PREFIX="$PWD/usr" UNITDIR="$PWD/units" "$1"
	}
	here install
	refute_output --partial /run/onlyone
	here uninstall
	[ ! -e run/onlyone ] && [ ! -e units ] && [ ! -e called ]
	mkdir -p run/systemd/system
	here install
	assert_output --partial "/run/onlyone has the instances of all users;\
 $PWD/units/run-onlyone.mount mounts it"
	prints --regexp '^Options=mode=1777,size=[0-9]+m,nr_inodes=[0-9]+k,nosuid,nodev,noexec$' \
		grep ^Options= units/run-onlyone.mount
	# systemd has no word against it, such as one that it does not know.
	needs systemd systemd-analyze
	prints '' systemd-analyze --man=no verify units/run-onlyone.mount
	here uninstall
	[ ! -e run/onlyone ] && [ ! -e units/run-onlyone.mount ]
	prints 'daemon-reload
enable --now run-onlyone.mount
disable --now run-onlyone.mount
daemon-reload' cat called
}

@test "install: a folder that no loader can be told of, or the shell would take apart, is refused" {
	while IFS='|' read -r words target variable; do
		prints -2 --partial "$words" make -s -C "$TREE" -o all B="$BUILD" \
			DESTDIR="$PWD/dest" "$target" "$variable"
		assert_equal "${#lines[@]}" 1
		[ ! -e dest ]
	done <<-'END'
		*** PREFIX=/a b: |install|PREFIX=/a b
		*** PREFIX=/a|all|PREFIX=/a$$b
		*** LIBDIR=/x:y: |install|LIBDIR=/x:y
		*** DESTDIR=/x;y: |uninstall|DESTDIR=/x;y
		BINDIR=rel/bin: it has to begin with /|install|PREFIX=rel
		*** prefix=/x: the name is PREFIX|install|prefix=/x
	END
	# What some shells leave to make.
	prints --partial "install -d '$HOME/.local/bin' " make -n -C "$TREE" -o all \
		B="$BUILD" install PREFIX='~/.local'
}

# wrong PATTERN [COMMAND...]: doctor says that it is.
wrong() {
	run -1 "${@:2}" timeout $LIMIT onlyonectl doctor
	assert_line --regexp "^WRONG .*$1"
}

@test "doctor: leaves nothing; a root that cannot be made, or whose files cannot grow, is wrong" {
	run -0 onlyonectl doctor
	assert_equal "$(left_in)" ''
	ONLYONE_DIR=$PWD/new run -0 onlyonectl doctor
	assert_line "ok     state root (not made yet): $PWD/new"
	[ ! -e new ]
	ONLYONE_DIR=$PWD/no/such wrong "$PWD/no/such: No such file"
	refute_line --regexp '^ok .*state root'
	run bash -c 'ulimit -f 0; onlyonectl doctor | cat'
	assert_line --regexp "WRONG.*$ONLYONE_DIR.*File too large"
	assert_equal "$(left_in)" ''
}

@test "doctor: of ONLYONE_DIR that names what is not ours it says to choose another, never to change that" {
	harm='chmod|chown|remove|rm |delete'
	mkdir -m 1777 shared
	: >file
	for root in shared file; do
		export ONLYONE_DIR=$PWD/$root
		prints -73 --partial 'set ONLYONE_DIR' launch "$GUEST" exit 5
		refute_output --regexp "$harm"
		wrong "$ONLYONE_DIR.*set ONLYONE_DIR"
		refute_output --regexp "$harm"
	done
	export ONLYONE_DIR=${ROOTS[0]}
	mkdir -p "$ONLYONE_DIR/backup-0123456789abcdef0123456789abcdef/letter"
	wrong backup-0123456789abcdef0123456789abcdef
	refute_output --regexp "$harm"
	rm -r "${ONLYONE_DIR:?}"/backup-*
}

@test "doctor: slots of the dead are no fault; those whose keeper is gone or stopped, or that others may write, are" {
	local owners=() keepers n
	for n in 1 2 3; do begin_guest owners+= onlyone -a "app$n" "$GUEST"; done
	mapfile -t keepers < <(ctl list --json | jq '.[].keeper')
	killed "${keepers[0]}"
	stopped "${keepers[1]}"
	wrong 'app[123], pid [0-9]+ has no keeper'
	assert_line --regexp "^WRONG .*pid ${keepers[1]}, is stopped"
	assert_line --regexp "kill -KILL ${keepers[1]}"
	killed "${keepers[@]:1}" "${owners[@]}"
	run -0 ctl doctor
	refute_output --partial WRONG
	assert_line --regexp "^ok .*slots: 3 were left"
	# As it says.
	ctl list
	no_slots
	begin_guest onlyone -a app "$GUEST"
	slot=$(the_slot)
	chmod 770 "$slot"
	run -75 launch -n -a app true
	wrong "$slot is not a folder that is yours alone"
	prints --partial 'see onlyonectl doctor' ctl list
	chmod 700 "$slot"
}

# bats test_tags=not-core
@test "doctor: garbage in the place of a program or library is wrong, and one, or a folder, that others may write" {
	anew() {
		rm -rf bin
		mkdir -m 755 bin
		cp "$BUILD"/{onlyone,onlyonectl,onlyone-raise,libonlyone.so} \
			"$BUILD/libonlyone-window.so" bin
		chmod 755 bin/*
	}
	anew
	PATH=$PWD/bin:$PATH
	hash -r
	run -0 ctl doctor
	assert_line --regexp '^ok .*windows: '
	for garbage in '' 'garbage' $'\x7fELF' $'#!/nowhere\n'; do
		for file in 'onlyone-raise does not run' libonlyone-window.so libonlyone.so; do
			anew
			printf %s "$garbage" >"bin/${file%% *}"
			wrong "$file"
		done
	done
	anew
	chmod o+w bin/onlyone-raise
	wrong "bin/onlyone-raise may be written by others: $PWD/bin/onlyone-raise"
	chmod o-w bin/onlyone-raise
	chmod 777 bin
	wrong "may be written by others: $PWD/bin"
	chmod 1777 bin
	ctl doctor
	chmod 755 bin
	mkdir -m 777 above
	mv bin above/bin
	ln -s above/bin bin
	wrong "may be written by others: $PWD/above"
}
