# as: user (needs no rights)
# i386.bats: 32-bit programs, beside x86-64 ones.
#
# A second library is built for them if the compiler can (gcc-multilib).  The launcher,
# and the library of either kind in a program, choose by the file that is executed
# next; in a session the loader does.
load lib/common

WIDE=$BATS_FILE_TMPDIR/wide
NARROW=$BATS_FILE_TMPDIR/narrow
SESSION=$BUILD/'$LIB'/libonlyone.so

setup_file() {
	local guest
	mkdir "$WIDE" "$NARROW"
	for guest in guest forker execs; do
		cp "$GUESTS/$guest" "$WIDE"
		gcc -m32 -D_GNU_SOURCE -o "$NARROW/$guest" "$BATS_TEST_DIRNAME/guests/$guest.c" ||
			fail 'needs Debian package gcc-multilib' || return
	done
}

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
	for kind in narrow wide; do
		other=$BATS_FILE_TMPDIR/$(other "$kind")
		for f in execve execvp fexecve; do
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
	done
	prints --regexp 'library: .*/i386/libonlyone.so' launch --dry-run "$NARROW/guest"
	: >"$GUEST_LOG"
	quietly launch -a app "$NARROW/forker" daemon close-range
	wait_until 'the daemon runs' notes here 1
	wait_until 'it is the instance' pid_is app "$(noted here)"
}

@test "i386: a rule reaches it in a session, in silence; without the library for it the program runs" {
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
	# The entry by what loaders make of it: Debian, biarch, Fedora or Arch; or nothing.
	for kind in lib/i386-linux-gnu:32 lib32:32 lib/x86_64-linux-gnu:64 lib64:64 '$LIB:64'; do
		run readelf -h "$BUILD/${kind%:*}/libonlyone.so"
		assert_line --regexp "Class: +ELF${kind##*:}\$"
	done
	# Without the library for it the program runs; -v says that it is not followed.
	cp "$BUILD/onlyone" "$BUILD/libonlyone.so" .
	run -5 timeout $LIMIT ./onlyone -v "$NARROW/guest" exit 5
	assert_output --partial 'there is none for programs of 32 bits'
	refute_output --partial ld.so
}
