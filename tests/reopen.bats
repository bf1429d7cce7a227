#!/usr/bin/env bats
# as: user (no right is asked for)
# reopen.bats: closed and opened again at once: a handler that has become the
# program, and one that finds it gone.
load lib/line

own_setup() { cp "$GUESTS/guest" app; }

# opened [OPTION...]: the program runs until the file "first" is there; $FIRST.
opened() {
	begin onlyone --app=x --on-activate=self "$@" ./app \
		wait "$PWD/first" exit 0
	wait_until 'the program runs' notes 'main.*' 1
	FIRST=$(noted 'main.*')
}

# again ARG...: a later launch, $LATER, by whose handler the program runs again,
# and stays: $SECOND.
again() {
	local before
	before=$(noted 'main.*' | wc -l)
	begin LATER= onlyone --app=x --on-activate=self ./app "$@"
	wait_until 'the program runs again' notes 'main.*' "$((before + 1))"
	SECOND=$(noted 'main.*' | tail -n 1)
}

# closed: the first one has ended, and the second is the instance.
closed() {
	: >first
	wait_until 'the second one is the instance' pid_is x "$SECOND"
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
	run -3 launch --app=x ./app exit 3
	pid_is x "$SECOND"
	: >second
	frees ends "$LATER" 5
}

@test "self: it is the instance after its keeper was killed, and for a new one" {
	opened
	again wait "$PWD/second" exit 5
	closed
	keeper_killed x
	run -3 launch --app=x --on-activate=self ./app exit 3
	pid_is x "$SECOND"
}

@test "self: its keeper is killed while both run: it is the instance when the one before ends" {
	for revived in 0 1; do
		rm -f first second
		: >"$GUEST_LOG"
		opened
		again wait "$PWD/second" exit 5
		keeper_killed x
		ends "$LATER" 76
		if [ "$revived" = 1 ]; then
			run -3 launch --app=x ./app exit 3
			pid_is x "$FIRST"
		fi
		: >first
		ended "$FIRST"
		run -3 launch --app=x --on-activate=self ./app exit 3
		pid_is x "$SECOND"
		assert_equal "$(ctl list --json | jq -c '.[] | [.pid, .state]')" \
			"[$SECOND,\"running\"]"
		: >second
		freed
		assert_equal "$(constructors)" $((3 + revived))
	done
}

@test "self: one whose launch has gone is no instance, also when its keeper was killed" {
	opened
	begin LATER= onlyone --app=x --on-activate=self ./app ignore 1 \
		wait "$PWD/second"
	wait_until 'the program runs again' notes 'main.*' 2
	SECOND=$(noted 'main.*' | tail -n 1)
	killed "$LATER"
	wait_until 'its keeper knows' eval '! grep -aq next= "$(the_slot)/info"'
	keeper_killed x
	: >first
	ended "$FIRST"
	run -4 launch --app=x ./app exit 4
	[ "$(constructors)" = 3 ]
	killed "$SECOND"
}

@test "self: its launch may go away then, and not before" {
	opened
	again wait "$PWD/second" exit 5
	closed
	kill -KILL "$LATER"
	# The keeper has seen that when it answers the next one.
	run -3 launch --app=x --on-activate=self ./app exit 3
	pid_is x "$SECOND"
	local instance=$SECOND
	again
	kill -KILL "$LATER"
	ended "$SECOND"
	pid_is x "$instance"
}

@test "self: one that stays keeps nobody waiting, and none is lost" {
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

@test "self: with a lifetime of main and of a tree, and with --max, waited for" {
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
		frees ends "$waiter" 0
	done
}

@test "handler: the program that a user's own one has started is the instance" {
	for handler in 'exec ./app "$@"' './app "$@"; exit 9' \
		'sh -c "./app \"\$@\"; exit 9" sh "$@"'; do
		rm -f first second
		: >"$GUEST_LOG"
		begin_guest FIRST= onlyone --app=x --on-activate="$handler" \
			./app wait "$PWD/first" exit 0
		again wait "$PWD/second" exit 9
		closed
		: >second
		frees ends "$LATER" 9
	done
}

@test "handler: one that is something else does not keep the slot" {
	for handler in "'$GUESTS/forker'" "sh -c '$GUESTS/forker; :'"; do
		: >"$GUEST_LOG"
		rm -f first
		begin_guest onlyone --app=x --on-activate="$handler" ./app \
			wait "$PWD/first" exit 0
		begin onlyone --app=x ./app
		wait_until 'its handler runs' notes 'main.*' 2
		: >first
		freed
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
	wait_until 'it runs' notes main 1
	begin onlyone --app=x ./app
	wait_until 'its handler runs' notes handler 1
	: >first
	freed
	kill -KILL "$(noted handler)"
}

@test "handler: 69 of an instance that is over: the launch begins again, and starts" {
	begin_guest FIRST= onlyone --app=x --on-activate='
		echo "$1" >>taken
		while kill -0 "$ONLYONE_PID" 2>/dev/null; do sleep 0.02; done
		exit 69' ./app wait "$PWD/first" exit 0
	begin LATER= onlyone --app=x ./app exit 4
	wait_until 'the handler runs' test -s taken
	: >first
	ends "$LATER" 4
	assert_equal "$(noted 'main.*')" "$FIRST"$'\n'"$LATER"
	assert_equal "$(cat taken)" exit
}

@test "about to end by a signal: its handler gets nothing, and a launch begins it anew" {
	begin FIRST= env SPAWNS_WAIT=go onlyone --app=x \
		--on-activate='echo >taken' "$GUESTS/spawns" vfork /bin/true
	wait_until 'it has a child' pgrep -xP "$FIRST" spawns
	wait_until 'it waits for that' eval '[ "$(state_of "$FIRST")" = D ]'
	kill -ABRT "$FIRST"
	begin LATER= onlyone --app=x ./app exit 4
	lined_up "$LATER"
	alive "$FIRST"
	: >go
	ends "$LATER" 4
	[ ! -e taken ]
}

# bats test_tags=check
@test "handler: 69 of one that lives is the launch's status" {
	with_handler 'exit 69'
	run -69 launch "$GUESTS/guest" x
	assert_equal "$(constructors)" 1
}

@test "handler: who waits for another launch's is told whom for after a moment" {
	with_handler 'echo >>began; while [ ! -e end ]; do sleep 0.05; done'
	begin onlyone "$GUESTS/guest" x
	wait_until 'its handler runs' test -s began
	begin eval 'onlyone "$GUESTS/guest" y 2>said'
	begin eval 'onlyone -q "$GUESTS/guest" z 2>quiet'
	wait_until 'it is told' test -s said
	: >end
	wait_until 'all have been handed over' has_lines began 3
	[[ $(cat said) == 'onlyone: waiting for the handler of an earlier launch, pid '*', of '* ]] ||
		fail "says: $(cat said)"
	assert_equal "$(cat quiet)" ''
}
