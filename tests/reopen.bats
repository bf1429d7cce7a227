#!/usr/bin/env bats
# as: user (no right is asked for)
# reopen.bats: closed and opened again at once: a handler that has become the
# program, and one that finds it gone.
load lib/common
load lib/line

setup() {
	common_setup
	cp "$GUESTS/guest" app
}

# opened [OPTION...]: the program runs until the file "first" is there; $FIRST.
opened() {
	begin onlyone --app=x --on-activate=self "$@" ./app \
		wait "$PWD/first" exit 0
	wait_until 'the program runs' "$PATIENCE" notes 'main.*' 1
	FIRST=$(noted 'main.*')
}

# again ARG...: a later launch, $LATER, by whose handler the program runs again,
# and stays: $SECOND.
again() {
	local before
	before=$(noted 'main.*' | wc -l)
	begin onlyone --app=x --on-activate=self ./app "$@"
	LATER=$BEGUN
	wait_until 'the program runs again' "$PATIENCE" notes 'main.*' \
		"$((before + 1))"
	SECOND=$(noted 'main.*' | tail -n 1)
}

# closed: the first one has ended, and the second is the instance.
closed() {
	: >first
	wait_until 'the second one is the instance' "$PATIENCE" pid_is x \
		"$SECOND"
	gone "$FIRST" || fail 'the first one runs'
}

@test "self: the program that it has started is the instance when the one before ends" {
	opened
	again wait "$PWD/second" exit 5
	pid_is x "$FIRST"
	comes onlyonectl wait x
	local waiter=$BEGUN
	closed
	# That instance is over.
	ends "$waiter" 0
	assert_equal "$(ctl list --json | jq -c '.[] | [.pid, .state]')" \
		"[$SECOND,\"running\"]"
	run launch --app=x ./app exit 3
	assert_failure 3
	pid_is x "$SECOND"
	: >second
	ends "$LATER" 5
	wait_until 'the slot is free' "$PATIENCE" no_slots
}

@test "self: three times closed and opened again, each is the next instance" {
	local n
	opened
	again wait "$PWD/end1" exit 0
	closed
	for n in 2 3; do
		again wait "$PWD/end$n" exit 0
		: >"end$((n - 1))"
		wait_until "number $n is the instance" "$PATIENCE" \
			pid_is x "$SECOND"
	done
	run ctl stop x
	assert_success
	wait_until 'the slot is free' "$PATIENCE" no_slots
	assert_equal "$(constructors)" 4
}

@test "self: it is the instance after its keeper was killed, and for a new one" {
	opened
	again wait "$PWD/second" exit 5
	closed
	killed "$(keeper_of x)"
	run launch --app=x --on-activate=self ./app exit 3
	assert_failure 3
	pid_is x "$SECOND"
}

@test "self: its launch may go away then, and not before" {
	opened
	again wait "$PWD/second" exit 5
	closed
	kill -KILL "$LATER"
	# The keeper has seen that when it answers the next one.
	run launch --app=x --on-activate=self ./app exit 3
	assert_failure 3
	pid_is x "$SECOND"
	local instance=$SECOND
	again
	kill -KILL "$LATER"
	ended "$SECOND"
	pid_is x "$instance"
}

@test "self: one that stays keeps nobody waiting, and none is lost" {
	local n
	opened
	again
	again
	for n in 1 2 3; do
		run launch --app=x ./app exit "$n"
		assert_failure "$n"
	done
	pid_is x "$FIRST"
	assert_equal "$(constructors)" 6
}

@test "self: one that stays is shown by doctor, until it is the instance" {
	opened
	again wait "$PWD/second" exit 0
	wait_until 'doctor shows it' "$PATIENCE" doctor_shows \
		"slot: x, pid $FIRST; the handler of an earlier launch, pid $SECOND, has been running"
	closed
	wait_until 'doctor shows it no more' "$PATIENCE" doctor_shows \
		"slot: x, pid $SECOND\$"
}

# doctor_shows REGEX: one of its lines is that.
doctor_shows() {
	ctl doctor >shown || true
	grep -q -- "$1" shown
}

@test "self: with a lifetime of main and of a tree, and with --max, waited for" {
	local options
	for options in --lifetime=main --lifetime=tree --max=1; do
		rm -f first second
		: >"$GUEST_LOG"
		opened "$options"
		again wait "$PWD/second" exit 5
		comes onlyone --app=x --wait ./app exit 0
		local waiter=$BEGUN
		closed
		alive "$waiter" || fail "$options"
		: >second
		ends "$LATER" 5
		ends "$waiter" 0
		wait_until 'the slot is free' "$PATIENCE" no_slots
	done
}

@test "handler: the program that a user's own one has started is the instance" {
	local handler
	# shellcheck disable=SC2016
	for handler in 'exec ./app "$@"' './app "$@"; exit 9' \
		'sh -c "./app \"\$@\"; exit 9" sh "$@"'; do
		rm -f first second
		: >"$GUEST_LOG"
		begin_guest onlyone --app=x --on-activate="$handler" ./app \
			wait "$PWD/first" exit 0
		FIRST=$BEGUN
		again wait "$PWD/second" exit 9
		closed
		: >second
		ends "$LATER" 9
		wait_until 'the slot is free' "$PATIENCE" no_slots
	done
}

@test "handler: one that is something else does not keep the slot" {
	local handler
	for handler in "'$GUESTS/forker'" "sh -c '$GUESTS/forker; :'"; do
		: >"$GUEST_LOG"
		rm -f first
		begin_guest onlyone --app=x --on-activate="$handler" ./app \
			wait "$PWD/first" exit 0
		begin onlyone --app=x ./app
		wait_until 'its handler runs' "$PATIENCE" notes 'main.*' 2
		: >first
		wait_until 'the slot is free' "$PATIENCE" no_slots
		kill -KILL "$(noted 'main.*' | tail -n 1)"
	done
}

@test "handler: a shell is no script's own program" {
	cat >app <<-'END'
		#!/bin/sh
		echo "$$ main" >>"$GUEST_LOG"
		while [ ! -e first ]; do sleep 0.05; done
	END
	begin onlyone --app=x --on-activate='echo "$$ handler" >>"$GUEST_LOG"
		while :; do sleep 0.05; done' ./app
	wait_until 'it runs' "$PATIENCE" notes main 1
	begin onlyone --app=x ./app
	wait_until 'its handler runs' "$PATIENCE" notes handler 1
	: >first
	wait_until 'the slot is free' "$PATIENCE" no_slots
	kill -KILL "$(noted handler)"
}

@test "handler: 69 of an instance that is over: the launch begins again, and starts" {
	# shellcheck disable=SC2016
	begin_guest onlyone --app=x --on-activate='
		echo "$1" >>taken
		while kill -0 "$ONLYONE_PID" 2>/dev/null; do sleep 0.02; done
		exit 69' ./app wait "$PWD/first" exit 0
	FIRST=$BEGUN
	begin onlyone --app=x ./app exit 4
	LATER=$BEGUN
	wait_until 'the handler runs' "$PATIENCE" test -s taken
	: >first
	ends "$LATER" 4
	assert_equal "$(noted 'main.*')" "$FIRST"$'\n'"$LATER"
	assert_equal "$(cat taken)" exit
}

@test "handler: 69 of one that lives is the launch's status" {
	with_handler 'exit 69'
	run launch "$GUESTS/guest" x
	assert_failure 69
	assert_equal "$(constructors)" 1
}

@test "handler: who waits for another launch's is told whom for after a moment" {
	with_handler 'echo >>began; while [ ! -e end ]; do sleep 0.05; done'
	begin onlyone "$GUESTS/guest" x
	wait_until 'its handler runs' "$PATIENCE" test -s began
	begin eval 'onlyone "$GUESTS/guest" y 2>said'
	begin eval 'onlyone -q "$GUESTS/guest" z 2>quiet'
	wait_until 'it is told' "$PATIENCE" test -s said
	: >end
	wait_until 'all have been handed over' "$PATIENCE" has_lines began 3
	[[ $(cat said) == 'onlyone: waiting for the handler of an earlier launch, pid '*', of '* ]] ||
		fail "says: $(cat said)"
	assert_equal "$(cat quiet)" ''
}
