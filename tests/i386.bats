#!/usr/bin/env bats
# as: user (no right is asked for)
# i386.bats: programs of 32 bits, beside those of x86-64.
#
# A second library is built for them where the compiler can (gcc-multilib).  The launcher,
# and whichever of the two a program has, chooses by the file that is executed next; in a
# session the loader does.
load lib/common

setup_file() {
	local guest
	cd "$BATS_FILE_TMPDIR" || return 1
	mkdir wide narrow
	for guest in guest forker daemonize execs; do
		guest=$BATS_TEST_DIRNAME/guests/$guest.c
		gcc -D_GNU_SOURCE -o "wide/$(basename "$guest" .c)" "$guest" || return
		gcc -m32 -D_GNU_SOURCE -o "narrow/$(basename "$guest" .c)" "$guest" || {
			echo 'needs Debian package gcc-multilib' >&2
			return 1
		}
	done
}

WIDE=$BATS_FILE_TMPDIR/wide
NARROW=$BATS_FILE_TMPDIR/narrow
SESSION=$BUILD/'$LIB'/libonlyone.so

# maps PID KIND: it has the library of this kind, and a mapping.
maps() {
	local file=$BUILD/libonlyone.so maps
	[ "$2" != narrow ] || file=$BUILD/i386/libonlyone.so
	maps=$(<"/proc/$1/maps")
	[[ $maps == *" $(realpath "$file")"* && $maps == *"$ONLYONE_DIR/"*/mapping* ]] ||
		fail "no $file, or no mapping: $maps"
}

# other KIND
other() { [ "$1" = wide ] && echo narrow || echo wide; }

@test "i386: launched, through exec to the other kind and back, and as a daemon: the instance" {
	local f how kind other
	for kind in narrow wide; do
		other=$BATS_FILE_TMPDIR/$(other "$kind")
		for f in execve execvp execle fexecve execveat; do
			: >"$GUEST_LOG"
			begin_guest onlyone -a app "$BATS_FILE_TMPDIR/$kind/execs" execv \
				"$other/execs" "$f" "$BATS_FILE_TMPDIR/$kind/guest" 2>said
			maps "$BEGUN" "$kind"
			# The loader has said nothing.
			prints '' cat said
			keeper_killed app
			quietly launch -q -a app "$WIDE/guest"
			pid_is app "$BEGUN" && in_main 1 || fail "$f, $kind: lost"
			frees killed "$BEGUN"
		done
		run -0 launch "$BATS_FILE_TMPDIR/$kind/execs" execv /usr/bin/env
		refute_line --partial LD_PRELOAD
	done
	run launch --dry-run "$NARROW/guest"
	assert_line --regexp "^library: .*/i386/libonlyone.so$"
	for how in libc close double late; do
		: >"$GUEST_LOG"
		quietly launch -a app --lock-file=lock "$NARROW/daemonize" "$how"
		wait_until "$how: the daemon runs" notes copy 1
		wait_until "$how: it is the instance" pid_is app "$(noted copy)"
		run -1 flock -n lock true
		keeper_killed app
		quietly launch -q -a app "$NARROW/daemonize" "$how"
		pid_is app "$(noted copy)" && notes copy 1 || fail "$how: lost"
		frees killed "$(noted copy)"
	done
}

@test "i386: a rule reaches it in a session, and what starts it and it starts, in silence" {
	local kind way
	for kind in narrow wide; do
		cp "$BATS_FILE_TMPDIR/$kind/guest" app
		: >"$GUEST_LOG"
		begin_guest env ONLYONE_ENFORCE=app LD_PRELOAD="$SESSION" \
			"$BATS_FILE_TMPDIR/$(other "$kind")/execs" execvp "$PWD/app" 2>said
		maps "$BEGUN" "$kind"
		prints '' cat said
		for way in "$WIDE/execs in fork execv" "$NARROW/execs in vfork execve" nice; do
			prints -0 '' timeout $LIMIT env ONLYONE_ENFORCE=app \
				LD_PRELOAD="$SESSION" $way "$PWD/app"
		done
		in_main 1
		frees killed "$BEGUN"
	done
	cp "$NARROW/forker" app
	quietly env ONLYONE_ENFORCE=app LD_PRELOAD="$SESSION" ./app daemon
	wait_until 'the daemon runs' notes here 1
	wait_until 'it is the instance' pid_is "$PWD/app" "$(noted here)"
	frees killed "$(noted here)"
	# Each entry by what loaders make of it: Debian, biarch, Fedora or Arch; or nothing.
	for kind in lib/i386-linux-gnu:32 lib32:32 lib/x86_64-linux-gnu:64 lib64:64 \
		'$LIB:64' ':64'; do
		run readelf -h "$BUILD/${kind%:*}/libonlyone.so"
		assert_line --regexp "Class: +ELF${kind##*:}\$"
	done
	# Doctor tries that entry.
	run -0 ctl doctor
	cp -r "$BUILD/onlyone" "$BUILD/libonlyone.so" "$BUILD/i386" "$BUILD"/lib* \
		"$BUILD"/'$LIB' .
	ln -s onlyone onlyonectl
	rm -r lib/x86_64-linux-gnu
	prints -1 --partial 'cannot be preloaded' timeout $LIMIT ./onlyonectl doctor
}

@test "i386: without the library for it the program runs, and -v says that it is not followed" {
	mkdir lone
	cp "$BUILD/onlyone" "$BUILD/libonlyone.so" lone/
	ln -s onlyone lone/onlyonectl
	run -5 timeout $LIMIT lone/onlyone -v "$NARROW/guest" exit 5
	assert_output --partial 'there is none for programs of 32 bits'
	refute_output --partial ld.so
	run timeout $LIMIT lone/onlyone --dry-run "$NARROW/guest"
	assert_line 'library:     not loaded (there is none for programs of 32 bits)'
	# One that becomes it later is the instance, while it lives.
	: >"$GUEST_LOG"
	begin_guest lone/onlyone -a app "$WIDE/execs" execv "$NARROW/guest" 2>said
	quietly lone/onlyone -q -a app "$WIDE/guest"
	in_main 1
	prints '' cat said
	run timeout $LIMIT lone/onlyonectl session -- "$WIDE/execs" execv /usr/bin/env
	assert_line "LD_PRELOAD=$PWD/lone/libonlyone.so"
	# Of one path alone the loader says that it is not for such a program.
	prints -5 --partial 'wrong ELF class: ELFCLASS64): ignored.' env ONLYONE_ENFORCE=guest \
		LD_PRELOAD="$PWD/lone/libonlyone.so" "$NARROW/guest" exit 5
}
