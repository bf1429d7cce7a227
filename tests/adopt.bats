#!/usr/bin/env bats
# adopt.bats: a program that runs already, and was started without onlyone.
load lib/enforce

own_setup() {
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
	wait_until 'it runs' eval "[ \"\$(constructors)\" -gt $before ]"
}

# adopts ARG...: this launch hands over to pid $1, and starts nothing.
adopts() {
	local pid=$1 before
	shift
	before=$(constructors)
	run -0 launch --adopt --on-activate='echo "$ONLYONE_PID $*"' "$@" doc
	assert_output "$pid doc"
	assert_equal "$(constructors)" "$before"
	assert_equal "$(ctl list --json | jq '.[0].pid')" "$pid"
}

# starts ARG...: this launch starts its own, and says no word.
starts() { prints -6 '' launch --on-activate=true "$@" exit 6; }

# bats test_tags=check
@test "adopt: one that was started without us is the instance, and has the arguments" {
	plain ./app wait "$PWD/end" exit 0
	first=$BEGUN
	run launch --dry-run --adopt ./app
	assert_line "would:       adopt pid $first"
	adopts "$first" ./app
	assert_equal "$(ctl list --json | jq -r '.[0].command')" \
		"./app wait $PWD/end exit 0"
	prints "$first again" launch ./app again
	: >end
	frees ended "$first"
	starts --adopt ./app
}

@test "adopt: it is stopped as any, and -n fails for it" {
	plain
	run -75 launch --adopt -n ./app
	assert_output --partial "pid $BEGUN) is running already"
	run -0 ctl stop "$PWD/app"
	ended "$BEGUN"
}

@test "adopt: not asked for, a launch that has a handler and a display says so" {
	plain
	run -6 --separate-stderr launch --on-activate=true ./app exit 6
	says "app is already running outside onlyone (pid $BEGUN); use --adopt"
	prints '' launch ./app exit 6
	DISPLAY='' run launch --on-activate=true ./app exit 6
	assert_output ''
	prints '' launch -q --on-activate=true ./app exit 6
}

@test "adopt: only on this display, and none that is part of an instance" {
	plain DISPLAY=:72 ./app
	starts --adopt ./app
	plain DISPLAY=:7 ./app
	starts --adopt ./app
	plain -u DISPLAY ./app
	starts --adopt ./app
	other=$BEGUN
	DISPLAY='' adopts "$other" ./app
	frees killed "$other"
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
	run -6 launch --adopt sh -c 'exit 6'
	begin sh -c 'exec sleep 300'
	prints -6 '' launch --adopt --on-activate=true sh -c 'exit 6'
}

@test "adopt: by whatever name it is started; a script too" {
	ln -s app link
	printf '#!/bin/bash\nwhile sleep 0.1; do :; done\n' >script
	chmod +x script
	plain
	adopts "$BEGUN" ./link
	frees killed "$BEGUN"
	begin "$PWD/script"
	wait_until 'the script runs' grep -q script "/proc/$BEGUN/cmdline"
	adopts "$BEGUN" ./script
}

@test "adopt: of a family the first one; of several the oldest; none that we are below" {
	plain sh -c './app & wait'
	first=$(pgrep -P "$BEGUN" -x app)
	plain
	adopts "$first" ./app
	killed "$first"
	frees killed "$BEGUN"
	cp "$(command -v bash)" shell
	PATH=$BUILD:$PATH begin ./shell -c 'onlyone --adopt ./shell -c "exit 6";
		echo $? >status; sleep 300'
	wait_until 'it has ended' test -s status
	assert_equal "$(<status)" 6
}

@test "adopt: by a rule, whoever starts it" {
	plain
	first=$BEGUN
	run -0 ctl enable app --adopt --on-activate='echo "$ONLYONE_PID $*"'
	LD_PRELOAD=$SHIM run timeout $LIMIT ./app doc
	assert_output "$first doc"
	assert_equal "$(constructors)" 1
}

@test "adopt: what was started without what a row inserts has no handler" {
	cp app geany
	plain ./geany
	run -69 launch --adopt --on-activate=auto --must-deliver ./geany doc
	assert_output --partial 'started outside onlyone'
	assert_equal "$(constructors)" 1
}

@test "adopt: what it does not go with is said" {
	for option in --wait --replace --queue --lock-file=x \
		--lifetime=tree -j2; do
		run -64 launch --adopt "$option" ./app exit 0
		assert_output --partial '--adopt does not go with'
	done
	untouched
}
