#!/usr/bin/env bats
# as: user (no right is asked for)
# guards.bats: a parent that keeps the slot (--restart, --lifetime=tree), and a
# keeper that waits for it: neither ever waits for the other alone.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common

# freed STATUS: the parent has ended with that, and the next launch runs.
freed() {
	ends "$PARENT" "$1"
	run -5 launch -n -a job sh -c 'exit 5'
}

@test "guard: a daemon of a --restart, its keeper killed before it ends: parent and slot end with it" {
	local copy how
	for how in always on-failure; do
		: >"$GUEST_LOG"
		begin onlyone --restart="$how" -a job \
			"$GUESTS/daemonize" </dev/null >>out 2>&1
		PARENT=$BEGUN
		wait_until 'the copy lives' "$PATIENCE" file_has "$GUEST_LOG" copy
		# It is not begun again while its copy lives.
		copy=$(noted copy | head -n 1)
		wait_until 'the copy is the instance' "$PATIENCE" pid_is job "$copy"
		killed "$(keeper_of job)"
		wait_until 'it has a keeper' "$PATIENCE" keeper_of job
		if [ "$how" = always ]; then
			kill -TERM "$PARENT"
			ended "$copy"
			ended "$PARENT"
			wait "$PARENT" || true
		else
			killed "$copy"
			ends "$PARENT" 0
		fi
		run -5 launch -n -a job sh -c 'exit 5'
	done
}

@test "guard: a tree whose keeper is killed at any moment after its end: parent and slot end" {
	local ms
	for ms in 0 5 10 20 30 40 60 80 100 120 150 200; do
		rm -f gate
		begin onlyone --lifetime=tree -a job sh -c \
			'until [ -e gate ]; do sleep 0.005; done; exit 7' \
			</dev/null >>out 2>&1
		PARENT=$BEGUN
		wait_until 'it runs' "$PATIENCE" keeper_of job
		keeper=$(keeper_of job)
		: >gate
		# shellcheck disable=SC2046
		wait_until 'the program has ended' "$PATIENCE" eval \
			'! pgrep -P "$PARENT" -x sh'
		sleep "0.$(printf %03d "$ms")"
		kill -KILL "$keeper" 2>/dev/null || true
		freed 7
	done
}

@test "guard: a parent that is stopped in a pause: launches say whose fault it is, and so does doctor" {
	begin env --default-signal onlyone --restart=always -a job \
		sh -c 'echo >>runs; exit 3' </dev/null >>out 2>&1
	PARENT=$BEGUN
	wait_until 'it has had four runs' "$PATIENCE" eval \
		'[ "$(wc -l <runs)" -ge 4 ]'
	wait_until 'it is in a pause' "$PATIENCE" eval \
		'[ "$(ctl list --json | jq -r ".[0].state")" = held ]'
	run -0 ctl doctor
	assert_line --partial "kept by its parent, pid $PARENT, between two runs"
	wait_until 'the pause is long' "$PATIENCE" eval \
		'[ "$(wc -l <runs)" -ge 8 ] &&
		[ "$(ctl list --json | jq -r ".[0].state")" = held ]'
	run -75 launch -a job sh -c 'echo no >>runs'
	assert_output --partial "its parent, pid $PARENT, begins it again"
	stopped "$PARENT"
	assert_equal "$(ctl list --json | jq -r '.[0].stuck')" true
	[[ $(ctl list) == *' stuck '* ]]
	run -69 launch -a job sh -c 'echo no >>runs'
	assert_output --partial "its parent, pid $PARENT, keeps its place"
	run -1 ctl doctor
	assert_line --partial "kept by its parent, pid $PARENT, which is stopped"
	run ! grep no runs
	kill -CONT "$PARENT"
	kill -TERM "$PARENT"
	ended "$PARENT"
	wait_until 'the slot is free' "$PATIENCE" no_slots
}
