#!/usr/bin/env bats
# as: user (no right is asked for)
# guards.bats: a parent that keeps the slot (--lifetime=tree), and a
# keeper that waits for it: neither ever waits for the other alone.
# shellcheck disable=SC2016,SC2030,SC2031,SC2046,SC2154
load lib/common

# held: a tree of which only what shows no mark is left, $REST; its parent,
# $PARENT, holds the slot.
held() {
	rm -f gate pid
	begin PARENT= env --default-signal onlyone --lifetime=tree -a job sh -c \
		'env -i sh -c "echo \$\$ >pid; exec sleep 300" &
		until [ -e gate ]; do sleep 0.005; done; exit 7' \
		</dev/null >>out 2>&1
	wait_until 'it runs' test -s pid
	REST=$(cat pid)
	: >gate
	wait_until 'the slot is held' eval \
		'[ "$(ctl list --json | jq -r ".[0].state")" = held ]'
}

@test "guard: what holds the slot is named: by launches, and by doctor if it is stopped" {
	held
	run -75 launch -a job sh -c 'echo no >>runs'
	assert_output --partial "its parent, pid $PARENT, keeps its place"
	run -0 launch --dry-run -a job true
	assert_line --regexp "^would: +end with 75: .*its parent, pid $PARENT, keeps its place"
	run -75 launch -n -a job true
	assert_output --partial "is held by its parent, pid $PARENT"
	run -0 ctl doctor
	assert_line --partial "its parent, pid $PARENT, keeps its place"
	stopped "$PARENT"
	assert_equal "$(ctl list --json | jq -r '.[0].stuck')" true
	[[ $(ctl list) == *' stuck '* ]]
	run -75 launch -a job sh -c 'echo no >>runs'
	run -1 ctl doctor
	assert_line --partial "its parent, pid $PARENT, which is stopped, keeps its place"
	run ! grep no runs
	kill -CONT "$PARENT"
	killed "$REST"
	frees ends "$PARENT" 7
}

# bats test_tags=check
@test "guard: stop and replace end what is left under a parent, also a stopped one, or with its keeper killed" {
	for how in '' stopped keeper_killed; do
		for by in 'onlyonectl stop job' 'onlyone --replace -a job true' \
			'onlyonectl stop --all job'; do
			echo "$how: $by" >&2
			held
			case $how in
			stopped) stopped "$PARENT" ;;
			keeper_killed)
				killed "$(keeper_of job)"
				run -75 launch -n -a job true # begins another
				;;
			esac
			run -0 timeout $LIMIT $by
			ended "$REST"
			frees ends "$PARENT" 7
		done
	done
}
