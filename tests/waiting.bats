#!/usr/bin/env bats
# as: user (who waits is one user)
# waiting.bats: who waits is shown, and can be made to give up.
#
# list --waiting: pid, what for, since when, place, command; cancel: 75 and who
# it was, for every way to wait, and never what runs.
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2154
load lib/line

unset RUNNING

# running [OPTION...]: an instance "job": $RUNNING.
running() { begin_guest RUNNING= onlyone -a job "$@" "$GUESTS/guest"; }

# waiting FIELD: of each that waits, one a line.
waiting() { ctl list --waiting --json "${@:2}" | jq -r ".[].$1"; }

waiting_is() { [ "$(waiting pid "${@:2}" | tr '\n' ' ')" = "$1" ]; }

# waits PID...: they and no others do.
waits() { wait_until "$* wait" waiting_is "$(printf '%s ' "$@")"; }

# Each way to wait, and the word for it.
ways=('wait onlyone --wait -a job true'
	'queue onlyone --queue -a job true'
	'replace onlyone --replace --stop-signal=URG -w 60 -a job true'
	'join onlyone --join -a job true'
	'end onlyone -W -a job true'
	'end onlyonectl wait job'
	'wait onlyonectl hold --wait job')

@test "list: --waiting is an empty array, and silent, where nobody waits" {
	running
	run -0 --separate-stderr ctl list --waiting
	assert_output ''
	run -0 ctl list --waiting --json
	assert_equal "$(jq -c . <<<"$output")" '[]'
}

@test "list: --waiting has who waits, in each way, what for, and nobody when it has gone" {
	running
	local way
	for way in "${ways[@]}"; do
		begin ${way#* }
		waits "$BEGUN"
		assert_equal "$(waiting for)" "${way%% *}"
		assert_equal "$(waiting instance)" "$RUNNING"
		assert_equal "$(waiting app)" job
		assert_equal "$(waiting command)" "${way#* }"
		killed "$BEGUN"
		wait_until 'nobody waits' waiting_is ''
	done
}

@test "list: --waiting has the places, as they will run, and since when" {
	running
	began=$(date +%s.%N)
	comes onlyone --wait -a job true
	local one=$BEGUN
	comes onlyone --queue -a job true
	local two=$BEGUN
	comes onlyone --replace --stop-signal=URG -w 60 -a job true
	local first=$BEGUN
	comes onlyone --join -a job true
	waits "$first" "$one" "$two" "$BEGUN"
	assert_equal "$(waiting place | tr '\n' ' ')" '1 2 3 null '
	ctl list --waiting --json | jq -e --argjson from "$began" \
		'all(.since >= $from - 1 and .since <= now + 1)'
	run ctl list --waiting
	assert_line --regexp '^APP +KEY +PID +FOR +SINCE +PLACE +COMMAND$'
	assert_line --regexp "^job +- +$one +wait +[0-9]+ seconds? +2 +onlyone --wait"
}

# bats test_tags=check
@test "list: --waiting APP KEY has theirs alone; a key without --waiting is 64" {
	begin_guest onlyone -a job -k a "$GUESTS/guest"
	begin_guest onlyone -a job -k b "$GUESTS/guest"
	begin_guest onlyone -a other "$GUESTS/guest"
	comes onlyone --wait -a job -k a true
	local a=$BEGUN
	comes onlyone --wait -a job -k b true
	local b=$BEGUN
	comes onlyone --wait -a other true
	waits "$a" "$b" "$BEGUN"
	waiting_is "$a $b " job
	waiting_is "$b " job b
	assert_equal "$(waiting key job b)" b
	run -64 ctl list job b
}

@test "list: --waiting: one that waits for all of several is there once" {
	begin_guest onlyone -j 2 -a job "$GUESTS/guest"
	begin_guest onlyone -j 2 -a job "$GUESTS/guest" 2
	begin onlyone -j 2 --wait -a job true
	waits "$BEGUN"
	ctl cancel job
	ends "$BEGUN" 75
}

@test "list: --waiting: the keeper killed, who waits comes again, since the same time" {
	running
	comes onlyone --wait -a job true
	waits "$BEGUN"
	local since keeper
	since=$(waiting since)
	keeper=$(keeper_of job)
	killed "$keeper"
	waits "$BEGUN"
	jq -en "$(waiting since) - $since | fabs < 0.1"
}

@test "list: --waiting: launches before a handler wait for that" {
	with_handler '"$GUESTS/guest" busy wait go exit 0'
	begin onlyone "$GUESTS/guest" one
	wait_until 'the handler runs' in_main 2
	begin onlyone "$GUESTS/guest" two
	waits "$BEGUN"
	assert_equal "$(waiting for)" handler
	assert_equal "$(waiting place)" 1
	ctl cancel guest
	ends "$BEGUN" 75
	: >go
}

@test "cancel: ends each way to wait with 75 and who it was, and nothing that runs" {
	running
	local way by
	for way in "${ways[@]}"; do
		begin ${way#* } 2>err
		local launch=$BEGUN
		waits "$launch"
		begin by= onlyonectl cancel job
		ends "$by" 0
		ends "$launch" 75
		grep -q "job: cancelled by onlyonectl, pid $by\$" err || fail "$(<err)"
		waiting_is ''
	done
	alive "$RUNNING"
	pid_is job "$RUNNING"
	in_main 1
}

# bats test_tags=check
@test "cancel: -E is the status then" {
	running
	begin onlyone --wait -E 9 -a job true
	waits "$BEGUN"
	ctl cancel job
	ends "$BEGUN" 9
}

# bats test_tags=check
@test "cancel: of several one has to be named, or --all; the others keep their places" {
	running
	local pids=()
	for _ in 1 2 3; do
		comes pids+= onlyone --wait -a job true
	done
	prints -64 --partial "${pids[0]}, ${pids[1]}, ${pids[2]}" ctl cancel job
	ctl cancel job --pid="${pids[1]}"
	ends "${pids[1]}" 75
	waits "${pids[0]}" "${pids[2]}"
	assert_equal "$(waiting place | tr '\n' ' ')" '1 2 '
	ctl cancel --all job
	all_end 75 "${pids[0]}" "${pids[2]}"
	alive "$RUNNING"
}

@test "cancel: 3 where nobody waits, where that one does not, where none runs" {
	run -3 ctl cancel job
	running
	run -3 ctl cancel job
	comes onlyone --wait -a job true
	waits "$BEGUN"
	for pid in "$RUNNING" "$(keeper_of job)" "$$"; do
		run -3 ctl cancel job --pid="$pid"
	done
	run -64 ctl cancel job --all --pid="$BEGUN"
	waits "$BEGUN"
}
