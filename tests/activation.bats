#!/usr/bin/env bats
# activation.bats: a later launch is always answered.
#
# In order of arrival, one at a time; while the program is still starting or
# is stopped; by a signal, or, when nobody takes the arguments, by a line that
# says so; at once or, with -W, when the instance ends; and when the keeper is
# killed, once and not twice.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common

# bats test_tags=check
@test "start-up: a launch is handled while the program is still starting" {
	export GUEST_GATE=$PWD/gate
	begin onlyone --on-activate='echo "$1"' "$GUESTS/guest"
	wait_until 'the constructor runs' file_has "$GUEST_LOG" constructor
	prints -0 early launch "$GUESTS/guest" early
	: >gate
}

# bats test_tags=check
@test "stopped: a launch is handled while the program is stopped" {
	with_handler 'echo "$1"'
	stopped "$BEGUN"
	prints -0 still launch "$GUESTS/guest" still
	prints 1 ctl count guest
	kill -CONT "$BEGUN"
}

# bats test_tags=check
@test "signal: --signal=USR1 is sent to the instance, for each launch" {
	begin_guest onlyone --signal=USR1 "$GUESTS/guest" catch 10
	run -0 launch "$GUESTS/guest"
	wait_until 'it came' file_has "$GUEST_LOG" "^$BEGUN signal 10$"
	run -0 launch "$GUESTS/guest"
	wait_until 'it came again' eval \
		'[ "$(grep -c "signal 10$" "$GUEST_LOG")" = 2 ]'
	[ "$(constructors)" = 1 ]
}

@test "signal: by name, with SIG, by number, and real-time ones" {
	local spec number=0
	for spec in HUP:1 SIGUSR2:12 10:10 RTMIN:34 RTMIN+1:35 SIGRTMAX:64; do
		number=${spec#*:}
		begin_guest onlyone --signal="${spec%:*}" "$GUESTS/guest" \
			catch "$number"
		run -0 launch "$GUESTS/guest"
		wait_until "signal $number came" \
			file_has "$GUEST_LOG" "^$BEGUN signal $number$"
		killed "$BEGUN"
		freed guest
	done
}

@test "signal: a handler takes it, the signal is not sent" {
	begin_guest onlyone --signal=USR1 --on-activate='echo handled' \
		"$GUESTS/guest" catch 10 catch 12
	prints handled launch "$GUESTS/guest" a
	kill -USR2 "$BEGUN"
	wait_until 'the later one came' file_has "$GUEST_LOG" ' signal 12$'
	run ! grep ' signal 10$' "$GUEST_LOG"
}

# bats test_tags=check
@test "signal: alone takes no arguments: the launch says so, 69 with --must-deliver" {
	begin_guest onlyone --signal=USR1 "$GUESTS/guest" catch 10
	prints -0 --partial "$BEGUN" launch "$GUESTS/guest" lost
	prints -69 --partial "$BEGUN" launch --must-deliver "$GUESTS/guest" lost
}

# bats test_tags=check,both
@test "nobody: the launch says in one line that nobody took its arguments, and who runs" {
	begin_guest onlyone "$GUESTS/guest"
	run -0 --separate-stderr launch "$GUESTS/guest" lost
	assert_output ''
	assert_equal "${#stderr_lines[@]}" 1
	[[ $stderr == onlyone:*"$BEGUN"* ]]
	prints -0 '' launch -q "$GUESTS/guest" lost
}

# bats test_tags=check
@test "nobody: --must-deliver is 69 and says why; with a handler, or on a first launch, it is theirs" {
	run -6 launch --must-deliver "$GUESTS/guest" exit 6
	begin_guest onlyone "$GUESTS/guest"
	prints -69 --partial "$BEGUN" launch --must-deliver "$GUESTS/guest" lost
	first=$BEGUN
	killed "$first"
	freed guest
	with_handler 'exit 8'
	run -8 launch --must-deliver "$GUESTS/guest" taken
}

@test "pipe: of a shell's <(COMMAND) the launch says that no handler can open it" {
	with_handler 'cat "$1"'
	run -1 --separate-stderr bash -c 'timeout $LIMIT onlyone "$GUESTS/guest" <(:)'
	[[ $stderr == *$'\nonlyone: /dev/fd/63 is a pipe of this launch alone, '* ]]
	prints -0 x bash -c 'echo x | timeout $LIMIT onlyone "$GUESTS/guest" /dev/fd/0'
}

# bats test_tags=check
@test "until: -W on a first launch ends with the program's status" {
	run -11 launch -W "$GUESTS/guest" exit 11
	begin onlyone -W "$GUESTS/guest" kill 15
	ends "$BEGUN" 143
}

# bats test_tags=check
@test "until: -W on a later launch ends with the handler's status, after the instance" {
	with_handler 'echo ran >ran; exit 13'
	first=$BEGUN
	begin onlyone -W "$GUESTS/guest"
	wait_until 'the handler ran' test -e ran
	run ctl count guest
	alive "$BEGUN"
	kill -KILL "$first"
	ends "$BEGUN" 13
}

# bats test_tags=check,both
@test "keeper: killed under a handler, the launch says lost (76), nothing runs twice" {
	with_handler 'echo run >>runs; until [ -e go ]; do sleep 0.05; done'
	begin onlyone "$GUESTS/guest"
	wait_until 'the handler runs' test -s runs
	kill -KILL "$(keeper_of guest)"
	ends "$BEGUN" 76
	: >go
	[ "$(wc -l <runs)" = 1 ]
	run -0 launch "$GUESTS/guest"
	[ "$(wc -l <runs)" = 2 ]
	[ "$(constructors)" = 1 ]
}

# bats test_tags=check
@test "keeper: a revived one has the handler of the instance, and its reviver's environment" {
	export SHARED=instance
	with_handler 'echo "$SHARED $ONLYONE_PID $1"'
	kill -KILL "$(keeper_of guest)"
	SHARED=caller run -0 launch "$GUESTS/guest" after
	assert_output "caller $BEGUN after"
}
