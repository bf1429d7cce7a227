#!/usr/bin/env bats
# as: user (no right is asked for)
# i386.bats: programs of 32 bits, beside those of x86-64.
#
# A second library is built for them where the compiler can (gcc-multilib).  The
# launcher, and whichever of the two a program has, chooses by the file that is
# executed next; in a session the loader does.
load lib/common

setup_file() {
	local guest
	cd "$BATS_FILE_TMPDIR" || return 1
	mkdir wide narrow
	cp "$BATS_TEST_DIRNAME"/guests/{guest,forker,daemonize,execs}.c .
	cat >goes-on.c <<-'END'
		#include <unistd.h>
		int main(int argc, char **argv)
		{
			return argc < 2 || daemon(1, 1) ||
			    execv(argv[1], argv + 1);
		}
	END
	for guest in *.c; do
		gcc -D_GNU_SOURCE -o "wide/${guest%.c}" "$guest" || return
		gcc -m32 -D_GNU_SOURCE -o "narrow/${guest%.c}" "$guest" || {
			echo 'needs Debian package gcc-multilib' >&2
			return 1
		}
	done
}

WIDE=$BATS_FILE_TMPDIR/wide
NARROW=$BATS_FILE_TMPDIR/narrow
SESSION=$BUILD/'$LIB'/libonlyone.so

# maps PID KIND: it has the shim of this kind, and a mapping.
maps() {
	local file=$BUILD/libonlyone.so
	[ "$2" != narrow ] || file=$BUILD/i386/libonlyone.so
	grep -q " $(realpath "$file")\$" "/proc/$1/maps" ||
		fail "no $file: $(cat "/proc/$1/maps")"
	grep -q "$ONLYONE_DIR/.*/mapping" "/proc/$1/maps" || fail 'no mapping'
}

# silent COMMAND...: it succeeds, and the loader has said nothing.
silent() {
	local status=0
	timeout $LIMIT "$@" >said 2>&1 3>&- || status=$?
	[ "$status" = 0 ] || fail "status $status: $(cat said)"
	run cat said
	refute_output --partial ld.so
}

# over PID APP: it ends, and the slot with it.
over() {
	kill -KILL "$1"
	wait_until "$2 is free" count_is "$2" 0
}

@test "i386: launched, it has the library of its kind, and the loader is silent" {
	begin_guest onlyone "$NARROW/guest" 2>said
	maps "$BEGUN" narrow
	silent onlyone -q "$NARROW/guest"
	prints '' cat said
	run launch --dry-run "$NARROW/execs"
	assert_line --regexp "^library: .*/i386/libonlyone.so$"
	# What it leaves of the environment is what is left of a wide one's.
	for kind in wide narrow; do
		run -0 launch "$BATS_FILE_TMPDIR/$kind/execs" execv /usr/bin/env
		refute_line --partial LD_PRELOAD
		refute_line --partial ONLYONE_LOCK
	done
}

@test "i386: one that turns itself into a daemon is followed, whatever it closes" {
	for how in libc close double plain late worker; do
		: >"$GUEST_LOG"
		quietly launch -a app "$NARROW/daemonize" "$how"
		wait_until "$how: the daemon runs" notes copy 1
		pid=$(noted copy)
		wait_until "$how: it is the instance" pid_is app "$pid"
		kill -KILL "$(keeper_of app)"
		quietly launch -q -a app "$NARROW/daemonize" "$how"
		pid_is app "$pid" || fail "$how: pid is not $pid"
		notes main 1 || fail "$how: two have run"
		for pid in "$pid" $(noted worker); do kill -KILL "$pid"; done
		freed app
	done
}

@test "i386: exec from one kind to the other and back, by each function: it stays the instance" {
	for f in execve execv execvp execvpe execl execle execlp fexecve \
		execveat; do
		for to in narrow wide; do
			other=$([ "$to" = wide ] && echo narrow || echo wide)
			: >"$GUEST_LOG"
			begin_guest onlyone -a app \
				"$BATS_FILE_TMPDIR/$to/execs" execv \
				"$BATS_FILE_TMPDIR/$other/execs" "$f" \
				"$BATS_FILE_TMPDIR/$to/guest" 2>said
			maps "$BEGUN" "$to"
			[ ! -s said ] || fail "$f: $(cat said)"
			kill -KILL "$(keeper_of app)"
			quietly launch -q -a app "$WIDE/guest"
			pid_is app "$BEGUN" || fail "$f, $to: lost"
			in_main 1 || fail "$f, $to: two have run"
			over "$BEGUN" app
		done
	done
}

@test "i386: a daemon that goes on as a program of the other kind is the instance" {
	for to in narrow wide; do
		other=$([ "$to" = wide ] && echo narrow || echo wide)
		: >"$GUEST_LOG"
		quietly launch -a app "$BATS_FILE_TMPDIR/$other/goes-on" \
			"$BATS_FILE_TMPDIR/$to/forker"
		wait_until 'the daemon runs' notes here 1
		pid=$(noted here)
		wait_until 'it is the instance' pid_is app "$pid"
		maps "$pid" "$to"
		over "$pid" app
	done
}

@test "i386: a rule reaches it in a session, and what starts it and it starts, in silence" {
	for kind in narrow wide; do
		cp "$BATS_FILE_TMPDIR/$kind/guest" app
		other=$([ "$kind" = wide ] && echo narrow || echo wide)
		: >"$GUEST_LOG"
		begin env ONLYONE_ENFORCE=app LD_PRELOAD="$SESSION" \
			"$BATS_FILE_TMPDIR/$other/execs" execvp "$PWD/app" 2>said
		guest_runs "$BEGUN"
		maps "$BEGUN" "$kind"
		[ ! -s said ] || fail "$(cat said)"
		for way in "$WIDE/execs in fork execv" \
			"$NARROW/execs in fork execlp" \
			"$NARROW/execs in vfork execve" 'nice env'; do
			silent env ONLYONE_ENFORCE=app LD_PRELOAD="$SESSION" \
				$way "$PWD/app"
		done
		in_main 1 || fail 'two have run'
		assert_equal "$(ctl count "$PWD/app")" 1
		over "$BEGUN" "$PWD/app"
	done
}

@test "i386: by a rule a daemon is followed, and the session's own entry stays" {
	cp "$NARROW/forker" app
	quietly env ONLYONE_ENFORCE=app LD_PRELOAD="$SESSION" ./app daemon
	wait_until 'the daemon runs' notes here 1
	wait_until 'it is the instance' pid_is "$PWD/app" "$(noted here)"
	over "$(noted here)" "$PWD/app"
	cp "$NARROW/execs" app
	run -0 env ONLYONE_ENFORCE=app LD_PRELOAD="$SESSION" \
		./app execv /usr/bin/env
	assert_line "LD_PRELOAD=$SESSION"
	refute_output --partial ld.so
}

@test "i386: --lock-file is locked while it runs, through exec of both kinds, and as a daemon" {
	local file=$ONLYONE_DIR/lock keeper
	begin_guest onlyone --lock-file="$file" -a app "$WIDE/execs" execv \
		"$NARROW/execs" execv "$WIDE/execs" execv "$NARROW/guest"
	keeper=$(keeper_of app)
	stopped "$keeper"
	run -1 flock -n "$file" true
	ends_by KILL "$BEGUN" 137
	flock -n "$file" true || fail "locked: $(grep FLOCK /proc/locks)"
	kill -CONT "$keeper"
	freed app
	: >"$GUEST_LOG"
	quietly launch --lock-file="$file" -a app "$NARROW/daemonize" close
	wait_until 'the daemon runs' notes copy 1
	wait_until 'it is the instance' pid_is app "$(noted copy)"
	run -1 flock -n "$file" true
	over "$(noted copy)" app
	flock -n "$file" true
	# As a shell it closes what a copy has: fork goes through the library.
	cp "$NARROW/forker" bash
	: >"$GUEST_LOG"
	begin onlyone --lock-file="$file" -a app ./bash worker
	wait_until 'it runs' notes here 1
	run -1 flock -n "$file" true
	ends_by KILL "$BEGUN" 137
	flock -n "$file" true || fail "a copy has it"
}

@test "i386: the window library, which is for the other kind, is not asked of it" {
	export WAYLAND_DISPLAY=none
	begin_guest onlyone "$NARROW/guest" 2>said
	over "$BEGUN" "$NARROW/guest"
	: >"$GUEST_LOG"
	begin onlyone -a app "$WIDE/execs" in fork execv "$NARROW/execs" \
		execv "$WIDE/execs" execv "$NARROW/guest" 2>>said
	wait_until 'it runs' in_main 1
	run cat said
	refute_output --partial ld.so
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
	: >"$GUEST_LOG"
	# One that becomes it later is the instance, while it lives.
	begin_guest lone/onlyone -a app "$WIDE/execs" execv "$NARROW/guest" 2>said
	quietly lone/onlyone -q -a app "$WIDE/guest"
	in_main 1
	[ ! -s said ]
	over "$BEGUN" app
	run timeout $LIMIT lone/onlyonectl session -- "$WIDE/execs" execv /usr/bin/env
	assert_line "LD_PRELOAD=$PWD/lone/libonlyone.so"
}

@test "session: one entry names both, by what loaders make of it, or nothing" {
	run ctl session -- sh -c 'echo "$LD_PRELOAD"'
	assert_output "$(realpath "$BUILD")/\$LIB/libonlyone.so"
	for kind in wide narrow; do
		silent onlyonectl session -- "$BATS_FILE_TMPDIR/$kind/guest" exit 0
	done
	# Debian, biarch, Fedora or Arch, and one that does not know it.
	for kind in lib/i386-linux-gnu:32 lib32:32 lib/x86_64-linux-gnu:64 \
		lib64:64 '$LIB:64' ':64'; do
		run readelf -h "$BUILD/${kind%:*}/libonlyone.so"
		assert_line --regexp "Class: +ELF${kind##*:}\$"
	done
	needs musl-tools musl-gcc
	musl-gcc -o app "$BATS_TEST_DIRNAME/guests/guest.c" -D_GNU_SOURCE
	begin env ONLYONE_ENFORCE=app LD_PRELOAD="$SESSION" ./app
	guest_runs "$BEGUN"
	assert_equal "$(ctl pid "$PWD/app")" "$BEGUN"
}

@test "session: what it prints for each place is that entry there" {
	local generator=/usr/lib/systemd/user-environment-generators line
	generator+=/30-systemd-environment-d-generator
	ctl session >text
	line=$(sed -n 's/^ *\(export LD_PRELOAD=\)/\1/p' text)
	run env -u LD_PRELOAD LIB=x sh -c "$line; /usr/bin/env"
	assert_line "LD_PRELOAD=$(realpath "$BUILD")/\$LIB/libonlyone.so"
	refute_output --partial ld.so
	mkdir -p .config/environment.d
	sed -n 's/^ *\(LD_PRELOAD=\)/\1/p' text >.config/environment.d/x.conf
	[ -s .config/environment.d/x.conf ]
	[ -x "$generator" ] || fail "needs Debian package systemd"
	run -0 env -u LD_PRELOAD LIB=x HOME="$PWD" "$generator"
	# As a shell reads it.
	eval "line=$(sed -n 's/^LD_PRELOAD=//p' <<<"$output")"
	assert_equal "$line" "$(realpath "$BUILD")/\$LIB/libonlyone.so"
}

@test "session: doctor tries that entry, and says what is wrong with it" {
	run -0 ctl doctor
	mkdir mine
	cp -r "$BUILD/onlyone" "$BUILD/libonlyone.so" "$BUILD/i386" \
		"$BUILD"/lib* "$BUILD/"'$LIB' mine/
	ln -s onlyone mine/onlyonectl
	run -0 timeout $LIMIT mine/onlyonectl doctor
	rm -r mine/lib/x86_64-linux-gnu
	run ! timeout $LIMIT mine/onlyonectl doctor
	assert_line --partial 'cannot be preloaded'
}

@test "object: is as that of x86-64: what it needs, exports, imports, binds" {
	export SHIMS=i386/libonlyone.so
	[ "$(uname -m)" = x86_64 ] || SHIMS=libonlyone.so
	run -0 bats --formatter tap -f 'shim: ' "$BATS_TEST_DIRNAME/shim.bats"
	[ "${#lines[@]}" -ge 6 ]
}
