#!/usr/bin/env bats
# same.bats: one instance.
#
# The process that was launched is the program; as long as it lives, no launch
# runs even its first instruction (the guest's constructor writes a line);
# whatever ends it, the place is free at once.
load lib/common

# bats test_tags=check,both
@test "same: the pid that was launched is the pid of the program" {
	begin_guest onlyone "$GUESTS/guest"
	prints -0 "$BEGUN" ctl pid "$GUESTS/guest"
}

# bats test_tags=check,both
@test "same: ten more launches give the first one's pid and start nothing" {
	begin_guest onlyone "$GUESTS/guest"
	for _ in {1..10}; do
		run -0 launch "$GUESTS/guest"
		prints "$BEGUN" ctl pid "$GUESTS/guest"
	done
	[ "$(constructors)" = 1 ]
	prints 1 ctl count "$GUESTS/guest"
}

# bats test_tags=check,both
@test "same: a launch while the program is in its first instruction starts nothing" {
	export GUEST_GATE=$PWD/gate
	begin onlyone "$GUESTS/guest"
	wait_until 'the constructor runs' file_has "$GUEST_LOG" constructor
	for _ in 1 2 3; do run -0 launch "$GUESTS/guest"; done
	[ "$(constructors)" = 1 ]
	: >gate
	guest_runs "$BEGUN"
	[ "$(constructors)" = 1 ]
}

# bats test_tags=check,both
@test "same: a static program is single too" {
	begin_guest onlyone "$GUESTS/guest-static"
	run -0 launch "$GUESTS/guest-static"
	[ "$(constructors)" = 1 ]
	prints "$BEGUN" ctl pid "$GUESTS/guest-static"
}

# bats test_tags=check,both
@test "same: a program that closes every descriptor is single too" {
	begin onlyone "$GUESTS/forker" close-range
	wait_until 'all is closed' notes here 1
	run -0 launch "$GUESTS/forker" close-range
	notes main 1
	prints "$BEGUN" ctl pid "$GUESTS/forker"
}

# bats test_tags=check,both
@test "same: closing every descriptor is no end, with its keeper killed neither" {
	begin onlyone "$GUESTS/forker" close-range
	wait_until 'all is closed' notes here 1
	killed "$(keeper_of "$GUESTS/forker")"
	run -0 launch "$GUESTS/forker" close-range
	notes main 1
	prints "$BEGUN" ctl pid "$GUESTS/forker"
}

# bats test_tags=check,both
@test "same: a keeper that was killed is replaced by the next launch" {
	begin_guest onlyone "$GUESTS/guest"
	first=$(keeper_of guest)
	killed "$first"
	run -0 launch "$GUESTS/guest"
	[ "$(constructors)" = 1 ]
	second=$(keeper_of guest)
	[ "$first" != "$second" ]
	prints "$BEGUN" ctl pid guest
}

# bats test_tags=check,both
@test "same: a keeper does not go by TERM, INT or HUP while the program lives" {
	begin_guest onlyone "$GUESTS/guest"
	keeper=$(keeper_of guest)
	kill -TERM "$keeper"
	kill -INT "$keeper"
	kill -HUP "$keeper"
	run -0 launch "$GUESTS/guest"
	[ "$(keeper_of guest)" = "$keeper" ]
}

# bats test_tags=check,both
@test "same: the slot folder swept away is no way to a second instance" {
	begin_guest onlyone "$GUESTS/guest"
	for _ in {1..10}; do
		# The keeper may put things back in the middle of it.
		rm -rf "${ONLYONE_DIR:?}"/* 2>/dev/null || true
		run -0 launch "$GUESTS/guest"
		[ "$(constructors)" = 1 ]
	done
	prints "$BEGUN" ctl pid guest
}

@test "same: swept away while its keeper is stopped, it is still the only one" {
	begin_guest onlyone "$GUESTS/guest"
	keeper=$(keeper_of guest)
	# Now nobody puts anything back: only the witness is left.
	stopped "$keeper"
	rm -rf "${ONLYONE_DIR:?}"/*
	run launch "$GUESTS/guest"
	kill -CONT "$keeper"
	assert_failure 69
	[ "$(constructors)" = 1 ]
	run -0 launch "$GUESTS/guest"
	[ "$(constructors)" = 1 ]
	prints "$BEGUN" ctl pid guest
}

# bats test_tags=check
@test "count: goes down when the program ends by itself" {
	begin_guest onlyone "$GUESTS/guest" wait "$PWD/end" exit 0
	prints 1 ctl count "$GUESTS/guest"
	: >end
	ends "$BEGUN" 0
	freed "$GUESTS/guest"
}

@test "count: goes down for each signal that ends the program" {
	for sig in HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE \
		ALRM TERM STKFLT XCPU XFSZ VTALRM PROF IO PWR SYS RTMIN RTMAX; do
		begin_guest env --default-signal onlyone "$GUESTS/guest"
		prints 1 ctl count guest
		ends_by "$sig" "$BEGUN" $((128 + $(kill -l "$sig")))
		wait_until "the count is 0 after SIG$sig" count_is guest 0
	done
}

# bats test_tags=check
@test "count: is 0 with status 0 where nothing ever ran" { prints -0 0 ctl count "$GUESTS/guest"; }

# bats test_tags=check
@test "count: is right with the keeper killed as well" {
	begin_guest onlyone "$GUESTS/guest"
	keeper=$(keeper_of guest)
	killed "$keeper"
	prints 1 ctl count guest
	killed "$BEGUN"
	prints 0 ctl count guest
	# What that left is swept by the next launch, which starts.
	run -5 launch "$GUESTS/guest" exit 5
}

# bats test_tags=check
@test "end: the next launch starts the program anew" {
	begin_guest first= onlyone "$GUESTS/guest"
	killed "$first"
	begin_guest onlyone "$GUESTS/guest"
	[ "$(constructors)" = 2 ]
	prints "$BEGUN" ctl pid guest
}

@test "end: a launch right after the end is a start, thirty times" {
	for i in {1..30}; do
		prints -0 '' launch "$GUESTS/args" "$PWD/list" "$i"
	done
	[ "$(records list)" = 30 ]
}

# bats test_tags=check
@test "status: is the program's, whatever it is" {
	for code in 0 1 2 3 42 64 69 71 73 75 76 77 126 127 128 137 255; do
		run -"$code" launch "$GUESTS/guest" exit "$code"
	done
}

# bats test_tags=check
@test "status: a program that ends by a signal is seen to" {
	begin onlyone "$GUESTS/guest" kill 9
	ends "$BEGUN" 137
	begin onlyone "$GUESTS/guest" kill 11
	ends "$BEGUN" 139
}

# bats test_tags=check
@test "signal: TERM to the launched pid reaches the program" {
	begin_guest onlyone "$GUESTS/guest" leave 15
	ends_by TERM "$BEGUN" 0
	grep -qx "$BEGUN signal 15" "$GUEST_LOG"
}
