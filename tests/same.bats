#!/usr/bin/env bats
# same.bats: one instance.
#
# The process that was launched is the program; as long as it lives, no launch
# runs even its first instruction (the guest's constructor writes a line);
# whatever ends it, the place is free at once.

load lib/common

@test "same: the pid that was launched is the pid of the program" {
	begin_guest onlyone "$GUESTS/guest"
	run ctl pid "$GUESTS/guest"
	assert_success
	assert_output "$BEGUN"
}

@test "same: ten more launches give the first one's pid and start nothing" {
	begin_guest onlyone "$GUESTS/guest"
	for _ in {1..10}; do
		run launch "$GUESTS/guest"
		assert_success
		run ctl pid "$GUESTS/guest"
		assert_output "$BEGUN"
	done
	[ "$(constructors)" = 1 ]
	run ctl count "$GUESTS/guest"
	assert_output 1
}

@test "same: a launch while the program is in its first instruction starts nothing" {
	export GUEST_GATE=$PWD/gate
	begin onlyone "$GUESTS/guest"
	wait_until 'the constructor runs' 20 file_has "$GUEST_LOG" constructor
	for _ in 1 2 3; do
		run launch "$GUESTS/guest"
		assert_success
	done
	[ "$(constructors)" = 1 ]
	: >gate
	guest_runs "$BEGUN"
	[ "$(constructors)" = 1 ]
}

@test "same: a static program is single too" {
	begin_guest onlyone "$GUESTS/guest-static"
	run launch "$GUESTS/guest-static"
	assert_success
	[ "$(constructors)" = 1 ]
	run ctl pid "$GUESTS/guest-static"
	assert_output "$BEGUN"
}

@test "same: a program that closes every descriptor is single too" {
	begin onlyone "$GUESTS/closeall" "$PWD/closed"
	wait_until 'all is closed' 20 test -e closed
	rm closed
	run launch "$GUESTS/closeall" "$PWD/closed"
	assert_success
	[ ! -e closed ]
	run ctl pid "$GUESTS/closeall"
	assert_output "$BEGUN"
}

@test "same: closing every descriptor is no end, with its keeper killed neither" {
	begin onlyone "$GUESTS/closeall" "$PWD/closed"
	wait_until 'all is closed' 20 test -e closed
	rm closed
	killed "$(keeper_of "$GUESTS/closeall")"
	run launch "$GUESTS/closeall" "$PWD/closed"
	assert_success
	[ ! -e closed ]
	run ctl pid "$GUESTS/closeall"
	assert_output "$BEGUN"
}

@test "same: a keeper that was killed is replaced by the next launch" {
	local first second
	begin_guest onlyone "$GUESTS/guest"
	first=$(keeper_of guest)
	killed "$first"
	run launch "$GUESTS/guest"
	assert_success
	[ "$(constructors)" = 1 ]
	second=$(keeper_of guest)
	[ "$first" != "$second" ]
	run ctl pid guest
	assert_output "$BEGUN"
}

@test "same: a keeper does not go by TERM, INT or HUP while the program lives" {
	local keeper
	begin_guest onlyone "$GUESTS/guest"
	keeper=$(keeper_of guest)
	kill -TERM "$keeper"
	kill -INT "$keeper"
	kill -HUP "$keeper"
	run launch "$GUESTS/guest"
	assert_success
	[ "$(keeper_of guest)" = "$keeper" ]
}

@test "same: the slot folder swept away is no way to a second instance" {
	begin_guest onlyone "$GUESTS/guest"
	for _ in {1..10}; do
		# The keeper may put things back in the middle of it.
		rm -rf "${ONLYONE_DIR:?}"/* 2>/dev/null || true
		run launch "$GUESTS/guest"
		assert_success
		[ "$(constructors)" = 1 ]
	done
	run ctl pid guest
	assert_output "$BEGUN"
}

@test "same: swept away while its keeper is stopped, it is still the only one" {
	local keeper
	begin_guest onlyone "$GUESTS/guest"
	keeper=$(keeper_of guest)
	# Now nobody puts anything back: only the witness is left.
	stopped "$keeper"
	rm -rf "${ONLYONE_DIR:?}"/*
	run launch "$GUESTS/guest"
	kill -CONT "$keeper"
	assert_failure 69
	[ "$(constructors)" = 1 ]
	run launch "$GUESTS/guest"
	assert_success
	[ "$(constructors)" = 1 ]
	run ctl pid guest
	assert_output "$BEGUN"
}

@test "count: goes down when the program ends by itself" {
	begin_guest onlyone "$GUESTS/guest" wait "$PWD/end" exit 0
	run ctl count "$GUESTS/guest"
	assert_output 1
	: >end
	ends "$BEGUN" 0
	wait_until 'the count is 0' 20 count_is "$GUESTS/guest" 0
}

@test "count: goes down for each signal that ends the program" {
	local sig
	for sig in HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE \
		ALRM TERM STKFLT XCPU XFSZ VTALRM PROF IO PWR SYS RTMIN RTMAX; do
		begin_guest env --default-signal onlyone "$GUESTS/guest"
		run ctl count guest
		assert_output 1
		kill -s "$sig" "$BEGUN"
		ends "$BEGUN" $((128 + $(kill -l "$sig")))
		wait_until "the count is 0 after SIG$sig" 20 count_is guest 0
	done
}

@test "count: is 0 with status 0 where nothing ever ran" {
	run ctl count "$GUESTS/guest"
	assert_success
	assert_output 0
}

@test "count: is right with the keeper killed as well" {
	local keeper
	begin_guest onlyone "$GUESTS/guest"
	keeper=$(keeper_of guest)
	killed "$keeper"
	run ctl count guest
	assert_output 1
	killed "$BEGUN"
	run ctl count guest
	assert_output 0
	# What that left is swept by the next launch, which starts.
	run launch "$GUESTS/guest" exit 5
	assert_failure 5
}

@test "end: the next launch starts the program anew" {
	local first
	begin_guest onlyone "$GUESTS/guest"
	first=$BEGUN
	killed "$first"
	begin_guest onlyone "$GUESTS/guest"
	[ "$(constructors)" = 2 ]
	run ctl pid guest
	assert_output "$BEGUN"
}

@test "end: a launch right after the end is a start, thirty times" {
	for i in {1..30}; do
		run launch "$GUESTS/args" "$PWD/list" "$i"
		assert_success
		assert_output ''
	done
	[ "$(records list)" = 30 ]
}

@test "status: is the program's, whatever it is" {
	local code
	for code in 0 1 2 3 42 64 69 71 73 75 76 77 126 127 128 137 255; do
		run -"$code" launch "$GUESTS/guest" exit "$code"
	done
}

@test "status: a program that ends by a signal is seen to" {
	begin onlyone "$GUESTS/guest" kill 9
	ends "$BEGUN" 137
	begin onlyone "$GUESTS/guest" kill 11
	ends "$BEGUN" 139
}

@test "signal: TERM to the launched pid reaches the program" {
	begin_guest onlyone "$GUESTS/guest" leave 15
	kill -TERM "$BEGUN"
	ends "$BEGUN" 0
	grep -qx "$BEGUN signal 15" "$GUEST_LOG"
}

@test "signal: a program that ignores TERM stays, single" {
	begin_guest onlyone "$GUESTS/guest" ignore 15
	kill -TERM "$BEGUN"
	run launch "$GUESTS/guest"
	assert_success
	[ "$(constructors)" = 1 ]
	run ctl pid guest
	assert_output "$BEGUN"
}
