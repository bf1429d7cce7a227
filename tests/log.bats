#!/usr/bin/env bats
# as: user (no right is asked for)
# log.bats: onlyonectl log, what has happened to an instance lately.
# shellcheck disable=SC2154
load lib/common

# events [APP]: what the log says, without the times, which are checked.
events() {
	ctl log "${1-guest}" >told || return
	head -n 1 told | grep -qE '^TIME +PID +WHAT$' || return 99
	sed 1d told >rows
	run ! grep -vE "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}\.[0-9]{3}  ( *[0-9]+|\?) +[^ ]" rows
	cut -d' ' -f1,2 rows | sort -c || return 98
	sed -E 's/^[^ ]+ [^ ]+ +//; s/  +/ /' rows
}

@test "log: a launch, its handler, and what came of them, each with its pid" {
	with_handler 'echo $$ >handler; exit 3'
	begin timeout 60 onlyone "$GUESTS/guest" x
	ends "$BEGUN" 3
	events >got
	local owner
	owner=$(ctl pid guest)
	sed -E "s/^$owner /OWNER /; s/^$(cat handler) /HANDLER /; s/^[0-9]+ /LAUNCH /" \
		got >shown
	diff - shown <<-'END'
		OWNER started
		LAUNCH a launch
		HANDLER its handler begins
		HANDLER its handler has ended, 3
		LAUNCH handed over, 3
	END
	# Both of the launch are the same process.
	assert_equal "$(sed -n 's/ a launch$//p' got)" \
		"$(sed -n 's/ handed over, 3$//p' got)"
	# Its time is that of this machine.
	local year
	year=$(date +%Y)
	grep -q "^$year-" rows
}

@test "log: arguments that nobody took, are told" {
	begin_guest onlyone "$GUESTS/guest"
	run launch "$GUESTS/guest" lost
	events >got
	assert_equal "$(sed -E 's/^[0-9]+ //' got)" $'started\na launch\nno handler for its arguments, 0'
}

@test "log: the last twenty, the oldest first" {
	with_handler 'exit "$1"'
	local i
	for i in {1..8}; do
		run launch "$GUESTS/guest" "$i"
		assert_failure "$i"
	done
	events >got
	assert_equal "$(wc -l <got)" 20
	run ! grep -q started got
	assert_equal "$(sed -nE 's/.* handed over, //p' got | xargs)" '4 5 6 7 8'
	tail -n 1 got | grep -q 'handed over, 8$'
}

@test "log: who waits, and becomes the instance" {
	begin_guest first= onlyone "$GUESTS/guest"
	begin onlyone --wait "$GUESTS/guest"
	wait_until 'it waits' eval \
		'[ "$(ctl list --waiting --json | grep -c "\"pid\": $BEGUN")" = 1 ]'
	kill "$first"
	wait_until 'it runs' pid_is guest "$BEGUN"
	events >got
	grep -qx "$BEGUN waits in line" got
	grep -qx "$first has ended; who waits is next" got
	grep -qx "$BEGUN is the instance now" got
}

@test "log: an instance whose keeper was killed has one that says so" {
	begin_guest onlyone "$GUESTS/guest"
	keeper_killed guest
	run launch "$GUESTS/guest"
	events >got
	assert_equal "$(head -n 1 got)" "$BEGUN runs, and has a new keeper"
}

@test "log: looking is no event; none runs: 3; with a key, that one's" {
	run -3 --separate-stderr ctl log guest
	begin_guest onlyone -k one "$GUESTS/guest"
	begin_guest onlyone -k two "$GUESTS/guest"
	ctl list >/dev/null
	ctl log guest two >/dev/null
	ctl log guest two >got
	assert_equal "$(sed 1d got | wc -l)" 1
	grep -q " $BEGUN  *started$" got
	run -64 ctl log guest
}
