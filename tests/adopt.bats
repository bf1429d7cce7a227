#!/usr/bin/env bats
# adopt.bats: a program that runs already, and was started without onlyone.

# shellcheck disable=SC2016,SC2154
load lib/common
load lib/enforce

setup() {
	common_setup
	cp "$GUESTS/guest" app
	export DISPLAY=:71
	unset WAYLAND_DISPLAY
}

# plain [VARIABLE=VALUE...] [COMMAND...]: it runs without us; $BEGUN.
plain() {
	local before
	before=$(constructors)
	[ "$#" -gt 0 ] || set -- ./app
	begin env "$@"
	wait_until 'it runs' "$PATIENCE" eval "[ \"\$(constructors)\" -gt $before ]"
}

# adopts ARG...: this launch hands over to pid $1, and starts nothing.
adopts() {
	local pid=$1 before
	shift
	before=$(constructors)
	run launch --adopt --on-activate='echo "$ONLYONE_PID $*"' "$@" doc
	assert_success
	assert_output "$pid doc"
	assert_equal "$(constructors)" "$before"
	assert_equal "$(ctl list --json | jq '.[0].pid')" "$pid"
}

# starts ARG...: this launch starts its own, and says no word.
starts() {
	run launch --on-activate=true "$@" exit 6
	assert_failure 6
	assert_output ''
}

@test "adopt: one that was started without us is the instance, and has the arguments" {
	local first
	plain ./app wait "$PWD/end" exit 0
	first=$BEGUN
	run launch --dry-run --adopt ./app
	assert_line "would:       hand over to pid $first, which is to be the instance"
	adopts "$first" ./app
	assert_equal "$(ctl list --json | jq -r '.[0].command')" \
		"./app wait $PWD/end exit 0"
	run launch ./app again
	assert_output "$first again"
	: >end
	ended "$first"
	wait_until 'the slot is free' "$PATIENCE" no_slots
	starts --adopt ./app
}

@test "adopt: it is stopped as any, and -n fails for it" {
	plain
	run launch --adopt -n ./app
	assert_failure 75
	assert_output --partial "pid $BEGUN) is running already"
	run ctl stop "$PWD/app"
	assert_success
	ended "$BEGUN"
}

@test "adopt: not asked for, a launch that has a handler and a display says so" {
	plain
	run --separate-stderr launch --on-activate=true ./app exit 6
	assert_failure 6
	says "app runs already, pid $BEGUN, started without onlyone; --adopt takes it"
	run launch ./app exit 6
	assert_output ''
	DISPLAY='' run launch --on-activate=true ./app exit 6
	assert_output ''
	run launch -q --on-activate=true ./app exit 6
	assert_output ''
}

@test "adopt: only on this display, and none that is part of an instance" {
	local other
	plain DISPLAY=:72 ./app
	starts --adopt ./app
	plain DISPLAY=:7 ./app
	starts --adopt ./app
	plain -u DISPLAY ./app
	starts --adopt ./app
	other=$BEGUN
	DISPLAY='' adopts "$other" ./app
	killed "$other"
	wait_until 'the slot is free' "$PATIENCE" no_slots
	begin_guest onlyone -a other ./app
	starts --adopt ./app
	plain DISPLAY=:71.0 ./app
	adopts "$BEGUN" ./app
}

@test "adopt: no other program, nor an interpreter's other file, and no key" {
	plain
	cp app app2
	starts --adopt ./app2
	starts --adopt -k x ./app
	run launch --adopt sh -c 'exit 6'
	assert_failure 6
	begin sh -c 'exec sleep 300'
	run launch --adopt --on-activate=true sh -c 'exit 6'
	assert_failure 6
	assert_output ''
}

@test "adopt: by whatever name or script it is started" {
	ln -s app link
	printf '#!/bin/sh\n# start it\nexec "%s/app" "$@"\n' "$PWD" >wrapper
	printf '#!/bin/bash\nwhile sleep 0.1; do :; done\n' >script
	chmod +x wrapper script
	plain
	adopts "$BEGUN" ./link
	killed "$BEGUN"
	wait_until 'the slot is free' "$PATIENCE" no_slots
	plain
	adopts "$BEGUN" ./wrapper
	killed "$BEGUN"
	wait_until 'the slot is free' "$PATIENCE" no_slots
	begin "$PWD/script"
	wait_until 'the script runs' "$PATIENCE" \
		grep -q script "/proc/$BEGUN/cmdline"
	adopts "$BEGUN" ./script
}

@test "adopt: of a family the first one; of several the oldest; none that we are below" {
	local first
	plain sh -c './app & wait'
	first=$(pgrep -P "$BEGUN" -x app)
	plain
	adopts "$first" ./app
	killed "$first"
	killed "$BEGUN"
	wait_until 'the slot is free' "$PATIENCE" no_slots
	cp "$(command -v bash)" shell
	PATH=$BUILD:$PATH begin ./shell -c 'onlyone --adopt ./shell -c "exit 6";
		echo $? >status; sleep 300'
	wait_until 'it has ended' "$PATIENCE" test -s status
	assert_equal "$(<status)" 6
}

@test "adopt: by a rule, whoever starts it" {
	local first
	plain
	first=$BEGUN
	run ctl enable app --adopt --on-activate='echo "$ONLYONE_PID $*"'
	assert_success
	LD_PRELOAD=$SHIM run timeout 60 ./app doc
	assert_output "$first doc"
	assert_equal "$(constructors)" 1
}

@test "adopt: what was started without what a row inserts has no handler" {
	cp app geany
	plain ./geany
	run launch --adopt --on-activate=auto --must-deliver ./geany doc
	assert_failure 69
	assert_output --partial 'started without us'
	assert_equal "$(constructors)" 1
}

@test "adopt: what it does not go with is said" {
	local option
	for option in --wait --replace --queue --restart=always --supervise \
		--lock-file=x --lifetime=tree -j2; do
		run launch --adopt "$option" ./app exit 0
		assert_failure 64
		assert_output --partial '--adopt goes with one instance'
	done
	untouched
}
