#!/usr/bin/env bats
# invisible.bats: the program sees what it would see without us.
#
# The guest `state` writes down everything a program can see of itself: once
# run bare, once under onlyone, from the same place.  Both must be the same
# bytes; ONLYONE_* alone is left out.
load lib/common

# bats test_tags=check
@test "invisible: the guest can tell (or the tests below show nothing)" {
	"$GUESTS/state" bare
	(
		exec 9</dev/null
		umask 0
		trap '' USR1
		A=b "$GUESTS/state" ours
	)
	run diff bare ours
	assert_line --partial 'fd 9 -> /dev/null'
	assert_line '> status Umask:	0000'
	assert_line --partial 'signal 10 ignored'
	assert_line '> env A=b'
}

differ=()

# twice SCENE [PROGRAM ARG...]: one shell runs the program bare, then ours, as
# the "$@" of a piece of shell, so that both have the same parent.
twice() {
	local scene=$1
	shift
	[ $# -gt 0 ] || set -- "$GUESTS/state" state.out a '' 'b c'
	rm -f bare ours
	timeout $LIMIT bash -c '
		scene() { '"$scene"'
		}
		scene env -u _ "$@" || exit
		mv state.out bare || exit
		scene env -u _ onlyone "$@" || exit
		mv state.out ours
	' bash "$@"
	chmod 600 bare ours
	prints '' diff -a "${differ[@]}" bare ours
}

# bats test_tags=check
@test "invisible: in a script, as a job, in a session of its own" {
	twice '"$@"'
	twice '"$@" & wait $!'
	twice 'set -m; "$@" & { wait $!; } 2>/dev/null; set +m'
	twice 'setsid --wait "$@"'
}

# bats test_tags=check
@test "invisible: with streams closed, and descriptors open in odd places" {
	twice '"$@" <&-'
	twice '"$@" >&-'
	twice '"$@" 2>&-'
	twice '"$@" <&- >&- 2>&-'
	twice '"$@" 3</dev/null 4</ 7<>/dev/zero 9>>x 63</dev/null 200</dev/null'
}

@test "invisible: with limits, umasks, signals ignored, priorities, no new privileges" {
	twice '(ulimit -n 16; exec 3</ 4</; exec "$@")'
	twice '(ulimit -c 0 -f 100000 -s 4096 -t 100 -u 2000 -v 4000000 -n 100
		exec "$@")'
	twice 'umask 0; "$@"'
	twice 'umask 0777; "$@"'
	twice 'nohup "$@"'
	twice 'trap "" INT QUIT TERM CHLD PIPE USR1 ALRM RTMIN; "$@"'
	twice 'nice -n 3 "$@"'
	twice 'chrt --batch 0 "$@"'
	twice 'choom -n 500 -- "$@"'
	twice 'ionice -c 3 "$@"'
	twice 'setarch -R "$@"'
	twice 'setpriv --no-new-privs "$@"'
	twice 'setpriv --pdeathsig TERM "$@"'
}

@test "invisible: with an empty environment but for what finds things, and odd entries" {
	twice 'env -i "PATH=$PATH" "ONLYONE_DIR=$ONLYONE_DIR" "$@"'
	twice 'env "A=" $'\''N=a\nb\xff'\'' LONG="$(printf %0100000d 1)" "$@"'
}

@test "invisible: with the streams going to files and pipes" {
	# One pipe for both, by a fifo opened once.
	mkfifo fifo
	exec 8<>fifo
	twice '"$@" <&8 >>some.out 2>>some.err'
	exec 8<&-
}

# bats test_tags=check
@test "invisible: with ulimit -n 16, and the slot works" {
	twice '(ulimit -n 16; exec "$@")'
	ulimit -n 16
	begin_guest onlyone "$GUESTS/guest"
	run -0 launch "$GUESTS/guest"
	[ "$(constructors)" = 1 ]
}

@test "invisible: with eight descriptors left, whatever needs one more, and sealed" {
	local option n=0
	eight='ulimit -n 16; exec 3</ 4</ 5</ 6</ 7</ 8<&- 9<&- 10<&- 11<&-
		12<&- 13<&- 14<&- 15<&-; exec "$@"'
	twice "($eight)"
	for option in -n --lock-file=lock -W --lifetime=tree --on-activate=:; do
		prints -0 '' timeout $LIMIT bash -c "$eight" bash onlyone \
			"$option" "$GUESTS/guest" exit 0
		n=$((n + 1))
	done
	assert_equal "$(constructors)" "$n"
	freed
	run ctl seal "$GUESTS/guest"
	run -77 timeout $LIMIT bash -c "$eight" bash onlyone "$GUESTS/guest" exit 0
	run -0 ctl unseal "$GUESTS/guest"
}

# bats test_tags=check
@test "invisible: with signals blocked" {
	cat >block.py <<-'END'
		import os, signal, sys
		signal.pthread_sigmask(signal.SIG_SETMASK,
		    {signal.SIGCHLD, signal.SIGTERM, signal.SIGALRM, signal.SIGRTMIN})
		os.execvp(sys.argv[1], sys.argv[1:])
	END
	twice '/usr/bin/python3 block.py "$@"'
	cat >block.py <<-'END'
		import os, signal, sys
		signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())
		os.kill(os.getpid(), signal.SIGUSR1)
		os.execvp(sys.argv[1], sys.argv[1:])
	END
	twice '/usr/bin/python3 block.py "$@"'
}

# A library that shows that it was loaded, by a variable; two of them, to see
# order.  They come from Debian, so that nothing is built here.
preload_libs() {
	lib1=$(find /usr/lib -name 'libresolv.so.2' | head -n 1)
	lib2=$(find /usr/lib -name 'libutil.so.1' | head -n 1)
	[ -e "$lib1" ] && [ -e "$lib2" ]
	export lib1 lib2
}

@test "invisible: with an LD_PRELOAD of its own of two entries, kept in order" {
	preload_libs
	twice 'env LD_PRELOAD="$lib1:$lib2" "$@"'
	grep -qx "env LD_PRELOAD=$lib1:$lib2" ours
	twice 'env LD_PRELOAD="$lib2 $lib1" "$@"'
	grep -qx "env LD_PRELOAD=$lib2 $lib1" ours
}

@test "invisible: with an empty LD_PRELOAD, and odd ones" {
	twice 'env LD_PRELOAD= "$@"'
	grep -qx 'env LD_PRELOAD=' ours
	preload_libs
	twice 'env LD_PRELOAD=":$lib1::" "$@"'
	grep -qx "env LD_PRELOAD=:$lib1::" ours
}

@test "invisible: an LD_PRELOAD of its own is loaded in the program" {
	preload_libs
	begin_guest env LD_PRELOAD="$lib1" onlyone "$GUESTS/guest"
	grep -q "$(readlink -f "$lib1")" "/proc/$BEGUN/maps"
	# And not one of ours where a user's own entry names our library plainly.
	twice 'env LD_PRELOAD="$BUILD/libonlyone.so" "$@"'
	grep -qx "env LD_PRELOAD=$BUILD/libonlyone.so" ours
}

# bats test_tags=check
@test "invisible: children of the program see nothing of ours but ONLYONE_*" {
	# The parent is the sh in between, of which each run has its own.
	differ=(-I '^parent ')
	twice '"$@"' sh -c '"$GUESTS/state" state.out; :'
}

# bats test_tags=check
@test "invisible: a static program too" { twice '"$@"' "$GUESTS/state-static" state.out; }

@test "invisible: a script too" {
	printf '#!/bin/sh\nexec "$GUESTS/state" state.out "$@"\n' >script
	chmod +x script
	twice '"$@"' ./script a b
}

# bats test_tags=check
@test "invisible: nothing of ours is between program and parent" {
	begin_guest onlyone "$GUESTS/guest"
	child=$(cat "/proc/$BEGUN/task/$BEGUN/children")
	assert_equal "$child" ''
	prints "$BASHPID" awk '{ print $4 }' "/proc/$BEGUN/stat"
}

# bats test_tags=check
@test "invisible: the keeper has a session of its own, no stream, cwd /" {
	begin_guest onlyone "$GUESTS/guest"
	keeper=$(keeper_of guest)
	[ "$(ps -o sid= -p "$keeper" | tr -d ' ')" != \
		"$(ps -o sid= -p "$BEGUN" | tr -d ' ')" ]
	assert_equal "$(ps -o tty= -p "$keeper")" '?'
	assert_equal "$(readlink "/proc/$keeper/cwd")" /
	assert_equal "$(cat "/proc/$keeper/comm")" onlyone
	run tr '\0' '\n' <"/proc/$keeper/cmdline"
	assert_line --index 0 "onlyone keeper of $BEGUN"
	# No descriptor of the test, of bats or of the program.
	prints '' find "/proc/$keeper/fd" -type l ! -lname "$ONLYONE_DIR*" ! \
		-lname 'socket:*' ! -lname 'anon_inode:*' ! -lname 'pipe:*' ! \
		-lname '/dev/null' ! -lname 'pidfd:*' -printf '%l\n'
}

# bats test_tags=check
@test "invisible: a reader of the program's output sees its end" {
	# A keeper that kept the pipe would keep the reader waiting.
	run -0 timeout $LIMIT bash -c 'onlyone "$GUESTS/guest" say hello exit 0 | cat'
	assert_output hello
}

# The shell says that it goes on before it hands over the terminal.
in_front='until ps -o stat= -p "$(onlyonectl pid guest)" | grep -q "^S.*[+]"; do
	sleep 0.02; done'

# types STEP...: in an interactive shell on a terminal of its own, which ends.
types() {
	[ "${*: -1}" = '~' ] || set -- "$@" '>exit\r'
	timeout $((2 * LIMIT)) "$BATS_TEST_DIRNAME/lib/terminal.py" \
		"PS1='ready> ' exec bash --norc --noprofile -i" '<ready> ' \
		"$@" .
}

# bats test_tags=check
@test "terminal: state is that of a bare exec, in an interactive shell" {
	types '>env -u _ $GUESTS/state state.out; mv state.out bare\r' \
		'<ready> ' '>env -u _ onlyone $GUESTS/state state.out; mv state.out ours\r' \
		'<ready> '
	grep -q '^foreground self' bare
	grep -q '^terminal 0 /dev/pts/' bare
	prints '' diff -a bare ours
}

# bats test_tags=check
@test "terminal: Ctrl-C ends the program, the shell goes on" {
	types '>onlyone $GUESTS/guest say up\r' '<[\r\n]up\r\n' \
		'>\x03' '<ready> ' '>echo status=$?\r' '<status=130\r\n'
	freed guest
}

# bats test_tags=check
@test "terminal: Ctrl-Z stops it, a launch is accepted all the same, fg goes on" {
	types '>onlyone $GUESTS/guest say up\r' '<[\r\n]up\r\n' \
		'>\x1a' '<Stopped' '<ready> ' \
		'>jobs\r' '<Stopped.*guest' '<ready> ' \
		'!timeout $LIMIT onlyone $GUESTS/guest' \
		'>onlyone $GUESTS/guest; echo second=$?\r' '<second=0\r\n' \
		'>fg\r' '<onlyone .*guest' "!$in_front" \
		'>\x03' '<ready> ' '>echo status=$?\r' '<status=130\r\n'
	[ "$(constructors)" = 1 ]
}

@test "terminal: Ctrl-backslash and a closed terminal reach the program" {
	types '>onlyone $GUESTS/guest say up\r' '<[\r\n]up\r\n' \
		'>\x1c' '<ready> ' '>echo status=$?\r' '<status=131\r\n' \
		'>onlyone $GUESTS/guest leave 1 say again\r' \
		'<[\r\n]again\r\n' '~'
	wait_until 'the program got HUP' file_has "$GUEST_LOG" ' signal 1$'
	freed guest
}

@test "terminal: the program reads what is typed" {
	types '>onlyone cat\r' \
		'!until [ "$(onlyonectl count cat)" = 1 ]; do sleep 0.02; done' \
		'>hello\r' '<hello\r\nhello\r\n' \
		'>\x04' '<ready> '
}
