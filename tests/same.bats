#!/usr/bin/env bats
# same.bats: one instance.
#
# The process that was launched is the program; as long as it lives, no launch
# runs even its first instruction (the guest's constructor writes a line);
# whatever ends it, the place is free at once.
load lib/common

# bats test_tags=check,both
@test "same: the launched process is the program; later launches start nothing until its end" {
	export GUEST_GATE=$PWD/gate
	begin onlyone "$GUEST" leave 15
	# While the program is in its first instruction.
	wait_until 'the constructor runs' file_has "$GUEST_LOG" constructor
	run -0 launch "$GUEST"
	: >gate
	guest_runs "$BEGUN"
	for _ in 1 2; do run -0 launch -q "$GUEST"; done
	assert_equal "$(constructors)" 1
	pid_is "$GUEST" "$BEGUN"
	count_is "$GUEST" 1
	# A signal to the launched pid reaches the program.
	ends_by TERM "$BEGUN" 0
	file_has "$GUEST_LOG" "^$BEGUN signal 15$"
	prints -0 0 ctl count "$GUEST"
	begin_guest onlyone "$GUEST"
	pid_is guest "$BEGUN"
	assert_equal "$(constructors)" 2
}

# bats test_tags=check
@test "same: a static program that closes every descriptor, with its keeper killed too" {
	begin onlyone "$FORKER-static" close-range
	wait_until 'all is closed' notes here 1
	run -0 launch -q "$FORKER-static" close-range
	killed "$(keeper_of forker-static)"
	run -0 launch -q "$FORKER-static" close-range
	notes main 1
	pid_is forker-static "$BEGUN"
}

# bats test_tags=check
@test "keeper: does not go by TERM, INT or HUP; killed, it is replaced, and the count is right" {
	begin_guest onlyone "$GUEST"
	first=$(keeper_of guest)
	for sig in TERM INT HUP; do kill "-$sig" "$first"; done
	run -0 launch -q "$GUEST"
	assert_equal "$(keeper_of guest)" "$first"
	killed "$first"
	count_is guest 1
	run -0 launch -q "$GUEST"
	assert_equal "$(constructors)" 1
	second=$(keeper_of guest)
	assert_not_equal "$first" "$second"
	killed "$second" "$BEGUN"
	count_is guest 0
	# What that left is swept by the next launch, which starts.
	run -5 launch "$GUEST" exit 5
}

# bats test_tags=check
@test "swept away: the slot folder is no way to a second instance, and its files come back" {
	begin_guest onlyone "$GUEST"
	slot=$(the_slot)
	for _ in 1 2; do
		# The keeper may put things back in the middle of it.
		rm -rf "${ONLYONE_DIR:?}"/* 2>/dev/null || true
		run -0 launch -q "$GUEST"
		assert_equal "$(constructors)" 1
	done
	rm -rf "$slot" 2>/dev/null || true
	wait_until 'the socket is back' test -S "$slot/sock"
	wait_until 'the pidfile is back' file_has "$slot/pid" "^$BEGUN$"
	pid_is guest "$BEGUN"
}

@test "end: a launch right after the end is a start, thirty times" {
	for i in {1..30}; do
		prints -0 '' launch "$GUESTS/args" "$PWD/list" "$i"
	done
	assert_equal "$(records list)" 30
}

# bats test_tags=check
@test "status: is the program's, whatever it is, and 128 and the signal that ended it" {
	for code in 0 75 255; do
		run "-$code" launch "$GUEST" exit "$code"
	done
	run -137 launch "$GUEST" kill 9
	# Of a launch that stays too, where SIGCHLD is ignored.
	run -7 timeout $LIMIT env --ignore-signal=CHLD onlyone -W "$GUEST" exit 7
	freed
}
