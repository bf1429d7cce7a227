#!/usr/bin/env bats
# as: user (no right is asked for)
# guards.bats: a parent that keeps the slot (--restart, --lifetime=tree), and a
# keeper that waits for it: neither ever waits for the other alone.
# shellcheck disable=SC2016,SC2030,SC2031,SC2046,SC2154
load lib/common

# freed_with STATUS: the parent has ended with that, and the next launch runs.
freed_with() {
	ends "$PARENT" "$1"
	run -5 launch -n -a job sh -c 'exit 5'
}

@test "guard: a daemon of a --restart, its keeper killed before it ends: parent and slot end with it" {
	for how in always on-failure; do
		: >"$GUEST_LOG"
		begin PARENT= onlyone --restart="$how" -a job \
			"$GUESTS/daemonize" </dev/null >>out 2>&1
		wait_until 'the copy lives' file_has "$GUEST_LOG" copy
		# It is not begun again while its copy lives.
		copy=$(noted copy | head -n 1)
		wait_until 'the copy is the instance' pid_is job "$copy"
		keeper_killed job
		wait_until 'it has a keeper' keeper_of job
		[ "$how" != always ] || wait_until 'it is said why' \
			file_has out 'goes on as another process; it is not started again'
		if [ "$how" = always ]; then
			kill -TERM "$PARENT"
			ended "$copy" "$PARENT"
			wait "$PARENT" || true
		else
			killed "$copy"
			ends "$PARENT" 0
		fi
		run -5 launch -n -a job sh -c 'exit 5'
	done
}

@test "guard: a tree whose keeper is killed at any moment after its end: parent and slot end" {
	for ms in 0 5 10 20 30 40 60 80 100 120 150 200; do
		rm -f gate
		begin PARENT= onlyone --lifetime=tree -a job sh -c \
			'until [ -e gate ]; do sleep 0.005; done; exit 7' \
			</dev/null >>out 2>&1
		wait_until 'it runs' keeper_of job
		keeper=$(keeper_of job)
		: >gate
		wait_until 'the program has ended' eval \
			'! pgrep -P "$PARENT" -x sh'
		sleep "0.$(printf %03d "$ms")"
		kill -KILL "$keeper" 2>/dev/null || true
		freed_with 7
	done
}

@test "guard: a parent that is stopped in a pause: launches say whose fault it is, and so does doctor" {
	begin PARENT= env --default-signal onlyone --restart=always -a job \
		sh -c 'echo >>runs; exit 3' </dev/null >>out 2>&1
	wait_until 'it has had four runs' eval '[ "$(wc -l <runs)" -ge 4 ]'
	wait_until 'it is in a pause' eval \
		'[ "$(ctl list --json | jq -r ".[0].state")" = held ]'
	run -0 ctl doctor
	assert_line --partial "kept by its parent, pid $PARENT, between two runs"
	wait_until 'the pause is long' eval \
		'[ "$(wc -l <runs)" -ge 8 ] &&
		[ "$(ctl list --json | jq -r ".[0].state")" = held ]'
	run -75 launch -a job sh -c 'echo no >>runs'
	assert_output --partial "its parent, pid $PARENT, starts it again"
	stopped "$PARENT"
	assert_equal "$(ctl list --json | jq -r '.[0].stuck')" true
	[[ $(ctl list) == *' stuck '* ]]
	run -69 launch -a job sh -c 'echo no >>runs'
	assert_output --partial "its parent, pid $PARENT, keeps its place"
	run -1 ctl doctor
	assert_line --partial "kept by its parent, pid $PARENT, which is stopped"
	run ! grep no runs
	kill -CONT "$PARENT"
	frees ended_by TERM "$PARENT"
}
