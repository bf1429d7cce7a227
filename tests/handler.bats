#!/usr/bin/env bats
# handler.bats: what a later launch hands over, and to whom.
#
# The handler of the first launch gets the arguments, in the caller's folder,
# on the caller's streams, with the instance's environment and ONLYONE_PID.
# Its status is the launch's; whatever is wrong with it is told to the launch
# that met it, and to nobody else.
load lib/common

# bats test_tags=check,both
@test "handler: has the caller's arguments, and none of the instance's" {
	begin_guest onlyone --on-activate='printf "<%s>" "$0" "$@"' \
		"$GUESTS/guest" first
	prints -0 '<onlyone><a><b c><><d>' launch "$GUESTS/guest" a 'b c' '' d
}

# bats test_tags=check
@test "handler: runs in the caller's folder" {
	with_handler 'pwd -P; ls'
	mkdir there
	: >there/file
	cd there
	run -0 launch "$GUESTS/guest"
	assert_output "$(pwd -P)
file"
}

@test "handler: runs in the caller's folder even when that was removed" {
	with_handler 'readlink /proc/self/cwd'
	mkdir there
	cd there
	rmdir ../there
	prints -0 --partial '/there (deleted)' launch "$GUESTS/guest"
}

# bats test_tags=check
@test "handler: has the caller's standard input, output and error" {
	with_handler 'cat; echo out; echo err >&2'
	echo in | timeout $LIMIT onlyone "$GUESTS/guest" >out 2>err
	assert_equal "$(cat out)" 'in
out'
	assert_equal "$(cat err)" err
}

@test "handler: has the very files, not copies" {
	with_handler 'list=$(for i in 0 1 2; do readlink "/proc/$$/fd/$i"; done)
		echo "$list" >list'
	: >a
	timeout $LIMIT onlyone "$GUESTS/guest" <a >b 2>c
	assert_equal "$(cat list)" "$PWD/a
$PWD/b
$PWD/c"
}

# bats test_tags=check
@test "handler: finds the caller's closed streams closed or empty, and runs" {
	with_handler 'cat; echo ran >ran'
	timeout $LIMIT onlyone "$GUESTS/guest" <&- >out 2>err
	[ -e ran ]
	rm ran
	timeout $LIMIT onlyone "$GUESTS/guest" <&- >&- 2>&-
	[ -e ran ]
}

@test "handler: has no descriptor but the three" {
	# No pipe: its ends would be the shell's for a moment.
	with_handler 'ls /proc/$$/fd; :'
	run -0 launch "$GUESTS/guest"
	assert_output '0
1
2'
}

@test "handler: has no signal ignored or blocked that the instance has not" {
	# Some who start us ignore signals that env does not reset.
	want=$(env --default-signal grep -E 'Sig(Blk|Ign)' /proc/self/status)
	begin_guest env --default-signal onlyone \
		--on-activate='grep -E "Sig(Blk|Ign)" /proc/self/status' \
		"$GUESTS/guest"
	prints -0 "$want" launch "$GUESTS/guest"
}

# bats test_tags=check
@test "handler: its status is the launch's, whatever it is" {
	with_handler 'exit "$1"'
	for code in 0 1 3 42 64 69 75 76 77 126 127 255; do
		run -"$code" launch "$GUESTS/guest" "$code"
		assert_output ''
	done
}

# bats test_tags=check
@test "handler: ended by a signal gives 128 and the signal" {
	with_handler 'kill -s "$1" $$'
	run -137 launch "$GUESTS/guest" KILL
	run -143 launch "$GUESTS/guest" TERM
}

# bats test_tags=check
@test "handler: a launch that succeeded prints nothing of its own" {
	with_handler :
	prints -0 '' launch "$GUESTS/guest" a b
}

# bats test_tags=check
@test "handler: ONLYONE_PID is the instance, ONLYONE_SLOT its folder" {
	with_handler 'echo "$ONLYONE_PID $(cat "$ONLYONE_SLOT/pid") $ONLYONE_APP"'
	run launch "$GUESTS/guest"
	assert_output "$BEGUN $BEGUN $(readlink -f "$GUESTS")/guest"
	# The instance itself has no ONLYONE_PID.
	run ! grep -z '^ONLYONE_PID=' "/proc/$BEGUN/environ"
}

# bats test_tags=check
@test "handler: has the instance's environment, not the caller's" {
	export SHARED=instance
	with_handler 'echo "$SHARED ${ONLY_CALLER-none}"'
	SHARED=caller ONLY_CALLER=1 run launch "$GUESTS/guest"
	assert_output 'instance none'
}

# bats test_tags=check
@test "handler: has the caller's display, terminal and locale" {
	unset DISPLAY WAYLAND_DISPLAY
	export TERM=first
	with_handler 'echo "$DISPLAY $WAYLAND_DISPLAY $TERM $LC_ALL"'
	DISPLAY=:7 WAYLAND_DISPLAY=wayland-7 TERM=second LC_ALL=C \
		run launch "$GUESTS/guest"
	assert_output ':7 wayland-7 second C'
}

@test "handler: has no /dev/tty; one between, by script, asks on the caller's terminal" {
	with_handler '(: </dev/tty) 2>/dev/null && echo taken
		read -r one && echo "<$one>"
		script -qec "read -r two </dev/tty && echo \"<\$two>\"" /dev/null'
	run -0 timeout $LIMIT script -qec "onlyone '$GUESTS/guest'" /dev/null \
		< <(printf 'one\ntwo\n')
	refute_line --partial taken
	assert_line --partial '<one>'
	assert_line --partial '<two>'
}

@test "handler: has the caller's start-up token, once" {
	local show='echo "${DESKTOP_STARTUP_ID-none} ${XDG_ACTIVATION_TOKEN-none}"'
	DESKTOP_STARTUP_ID=first XDG_ACTIVATION_TOKEN=one with_handler "$show"
	DESKTOP_STARTUP_ID=id XDG_ACTIVATION_TOKEN=token run launch "$GUEST"
	assert_output 'id token'
	# Neither the last launch's nor the first one's: they were used.
	prints 'none none' launch "$GUESTS/guest"
}

# bats test_tags=check
@test "handler: is the first launch's, not the second's" {
	with_handler 'echo first'
	run -0 launch --on-activate='echo second' "$GUESTS/guest"
	assert_line first
	refute_line second
}

# bats test_tags=check
@test "handler: that fails is told by its status, later launches go on" {
	with_handler '[ "$1" = ok ] || { echo broken >&2; exit 9; }'
	run -9 launch "$GUESTS/guest" bad
	assert_line broken
	run -0 launch "$GUESTS/guest" ok
	prints "$BEGUN" ctl pid guest
}

# bats test_tags=check
@test "handler: that does not exist is reported to each launch, the instance goes on" {
	with_handler /nonexistent/handler
	for _ in 1 2; do
		prints -127 --partial /nonexistent/handler launch "$GUESTS/guest" a
	done
	prints "$BEGUN" ctl pid guest
}

# bats test_tags=check
@test "handler: that hangs holds only its turn: end its launch, the next goes on" {
	with_handler 'case $1 in hang) echo $$ >hung; sleep 300 ;; esac; echo finished'
	begin hanging= onlyone "$GUESTS/guest" hang
	wait_until 'the handler hangs' test -s hung
	begin onlyone -v "$GUESTS/guest" next >next.out 2>next.err
	wait_until 'the next says that it waits' file_has next.err .
	prints 1 ctl count guest
	kill -KILL "$hanging"
	ends "$BEGUN" 0
	assert_equal "$(cat next.out)" finished
	[ "$(constructors)" = 1 ]
}

# bats test_tags=check
@test "handler: one whose caller went away has HUP sent to its process group" {
	with_handler '
		echo $$ >group
		sh -c "trap \"echo child >>hup; exit\" HUP; echo >armed1
			while :; do sleep 0.05; done" &
		trap "echo handler >>hup; exit" HUP
		echo >armed2
		while :; do sleep 0.05; done'
	begin onlyone "$GUESTS/guest"
	wait_until 'the handler is ready' test -e armed2
	wait_until 'its child is ready' test -e armed1
	kill -KILL "$BEGUN"
	wait_until 'both got HUP' eval '[ "$(sort hup)" = "child
handler" ]'
}

@test "handler: one that does not heed that HUP holds up nobody for ever" {
	with_handler '[ "$1" = on ] || { trap "" HUP; echo >ready
		while :; do sleep 0.05; done; }'
	begin onlyone "$GUESTS/guest"
	wait_until 'the handler is ready' test -e ready
	kill -KILL "$BEGUN"
	run -0 --separate-stderr launch "$GUESTS/guest" on
	assert_output ''
}

# bats test_tags=check
@test "handler: one that outlives the instance still gives its status" {
	with_handler 'kill -KILL "$ONLYONE_PID"
		while kill -0 "$ONLYONE_PID"; do sleep 0.05; done 2>/dev/null
		until [ -e go ]; do sleep 0.05; done
		exit 7'
	begin onlyone "$GUESTS/guest"
	freed guest
	: >go
	ends "$BEGUN" 7
}

@test "handler: one that outlives the instance does not keep the place" {
	with_handler 'echo $$ >handler; until [ -e go ]; do sleep 0.05; done; exit 7'
	first=$BEGUN
	begin launch= onlyone "$GUESTS/guest"
	wait_until 'the handler runs' test -s handler
	killed "$first"
	begin_guest onlyone "$GUESTS/guest"
	[ "$(constructors)" = 2 ]
	: >go
	ends "$launch" 7
	prints "$BEGUN" ctl pid guest
}

# bats test_tags=check
@test "handler: one that launches its own application is refused, not deadlocked" {
	with_handler 'onlyone "$GUESTS/guest" again; echo "inner $?"'
	run -0 launch "$GUESTS/guest"
	assert_line 'inner 75'
	assert_line --regexp '^onlyone: .*handler'
	[ "$(constructors)" = 1 ]
}

@test "handler: a child of it that launches the application is refused too" {
	cat >inner <<-'END'
		#!/bin/sh
		onlyone "$GUESTS/guest" x
		echo "inner $?"
	END
	chmod +x inner
	with_handler "setsid --wait '$PWD/inner'"
	run -0 launch "$GUESTS/guest"
	assert_line 'inner 75'
}

@test "handler: one may launch another application" {
	with_handler 'onlyone "$GUESTS/guest-static" exit 5; echo "inner $?"'
	prints -0 'inner 5' launch "$GUESTS/guest"
}

@test "handler: one that leaves something in the background ends with its own end" {
	with_handler 'sleep 100 >/dev/null 2>&1 & exit 4'
	run -4 launch "$GUESTS/guest"
}

# bats test_tags=check
@test "handler: sees nothing on stdin with --no-stdin, the loop goes round" {
	with_handler 'cat >>eaten; echo "$1" >>seen'
	printf '%s\n' 1 2 3 | while read -r line; do
		timeout $LIMIT onlyone --no-stdin "$GUESTS/guest" "$line"
	done
	assert_equal "$(cat seen)" '1
2
3'
	[ ! -s eaten ]
	# Without it the first handler reads the rest (so the test can fail).
	rm seen
	printf '%s\n' 1 2 3 | while read -r line; do
		timeout $LIMIT onlyone "$GUESTS/guest" "$line"
	done
	assert_equal "$(cat seen)" 1
}
