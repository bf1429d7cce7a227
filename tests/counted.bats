# as: user (needs no rights)
# counted.bats: up to N instances, -j N.
#
# While there are fewer, a launch starts one, in the lowest free place; then it goes
# to the one used last.  The handler tells which one a launch has reached.  A launch
# with a smaller N sees only the lower places, so one of these can be the one used
# last.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/line

PIDS=()

# start [N]: that many launches, each of which starts one; PIDS are theirs.
start() {
	local i
	for ((i = 0; i < ${1:-1}; i++)); do
		begin_guest PIDS+= onlyone -j 4 --on-activate='echo "$ONLYONE_PID"' \
			"$GUESTS/guest"
	done
}

# reaches PID [N]: a launch that sees the first N places does; so says also the dry
# run before it.
reaches() {
	prints --partial "activate pid $1" launch --dry-run -j "${2-4}" "$GUESTS/guest"
	prints -0 "$1" launch -j "${2-4}" "$GUESTS/guest" x
}

# places PID...: these there are, in the order of their places; "-" is free.
places() {
	local i=0 pid
	for pid; do
		[ "$pid" = - ] || echo "$i $pid"
		i=$((i + 1))
	done >expected
	ctl list guest --json | jq -r 'sort_by(.index)[] | "\(.index) \(.pid)"' |
		diff expected -
}

# end PID...: their slots are free when it returns.
end() {
	local pid n
	n=$(($(ctl count guest) - $#))
	for pid; do ends_by TERM "$pid" 143; done
	wait_until "$n are left" count_is guest "$n"
}

@test "-j N: the lowest free place is taken; who is used last is remembered; asking is no use" {
	start 4
	places "${PIDS[@]}"
	end "${PIDS[2]}" "${PIDS[1]}"
	places "${PIDS[0]}" - - "${PIDS[3]}"
	start
	places "${PIDS[0]}" "${PIDS[4]}" - "${PIDS[3]}"
	start
	reaches "${PIDS[5]}"
	reaches "${PIDS[0]}" 1
	run -0 launch --skip -j 4 "$GUESTS/guest"
	prints -75 --partial "pid ${PIDS[0]}" launch -n -j 4 "$GUESTS/guest"
	run -0 ctl status guest
	reaches "${PIDS[0]}"
	# Without the one used last, the one used before that.
	end "${PIDS[0]}"
	start
	end "${PIDS[6]}"
	prints "${PIDS[5]}" ctl pid guest
	# Replaced is the one used longest ago.
	start
	begin_guest PIDS+= onlyone -j 4 --replace "$GUESTS/guest"
	ends "${PIDS[3]}" 143
}

@test "-j N --replace: of two launches at once each ends another one" {
	needs_points
	start 2
	ONLYONE_TEST_POINTS=replace=stop begin late= "$BUILD/points/onlyone" -j 2 \
		--replace "$GUEST"
	wait_until 'it has chosen one' has_state "$late" T
	begin_guest other= onlyone -j 2 --replace "$GUEST"
	ends "${PIDS[0]}" 143
	wait_until 'it has ended the other old one' continued "${PIDS[1]}" "$late"
	guest_runs "$late"
	alive "$other"
}

@test "-j N: where a launch stands still that has just got its place, the next one is taken" {
	wants trace
	begin late= strace -D -qqo seen -e inject=bind:signal=STOP:when=1 onlyone -j 4 \
		"$GUESTS/guest"
	wait_until 'it has its place' file_has seen 'stopped by'
	start
	kill -CONT "$late"
	guest_runs "$late"
	places "$late" "$PIDS"
}

@test "-j N: where one is replaced of which something goes on, a launch goes to another" {
	begin first= onlyone -j 2 -a app sh -c '"$GUESTS/guest" ignore 15; :'
	wait_until 'its job runs' in_main 1
	begin_guest second= onlyone -j 2 -a app --on-activate='echo "$ONLYONE_PID"' "$GUEST"
	begin onlyone -j 2 -a app --replace true
	ends "$first" 143
	prints "$second" launch -j 2 -a app "$GUEST" x
}

# bats test_tags=check
@test "-j N: a launch that would wait, and finds a place free, is in no line" {
	begin_guest first= onlyone -j 2 "$GUEST"
	begin onlyone -j 2 --wait -W "$GUEST"
	wait_until 'both run' in_main 2
	run -0 ctl list
	refute_output --partial waits
}

@test "verbs: activate, signal, stop and forget mean the one used last; wait is for all" {
	start 3
	begin waits= ctl wait guest
	reaches "${PIDS[1]}" 2
	prints -0 "${PIDS[1]}" ctl activate guest -- x
	# activate is a use.
	reaches "${PIDS[0]}" 1
	prints "${PIDS[0]}" ctl activate guest
	ctl forget guest
	places - "${PIDS[1]}" "${PIDS[2]}"
	alive "${PIDS[0]}"
	ctl signal USR1 guest
	ends "${PIDS[1]}" 138
	wait_until 'one is left' count_is guest 1
	alive "$waits"
	ctl stop guest
	ends "${PIDS[2]}" 143
	ends "$waits" 0
}

@test "verbs: an instance is meant, not the place of one that has ended, which a launch in line is to get, though that was used last" {
	start 2
	reaches "${PIDS[1]}" 2
	comes waits= onlyone -j 2 --wait "$GUESTS/guest"
	stopped "$waits"
	killed "${PIDS[1]}"
	prints "${PIDS[0]}" ctl pid guest
	run -0 ctl status guest
	run -0 ctl stop guest
	ends "${PIDS[0]}" 143
	kill -CONT "$waits"
	guest_runs "$waits"
}
