#!/usr/bin/env bats
# as: user (no right is asked for)
# counted.bats: up to N instances, -j N.
#
# While there are fewer, a launch starts one, in the lowest free place; then it goes
# to the one used last.  The handler says whom a launch has reached.  A launch with a
# smaller N sees the lower places alone: so one of them can be the one used last.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common

PIDS=()
MAX=3

# start [N]: that many launches, each of which starts one; PIDS are theirs.
start() {
	local i
	for ((i = 0; i < ${1:-1}; i++)); do
		begin_guest PIDS+= onlyone -j "$MAX" \
			--on-activate='echo "$ONLYONE_PID"' "$GUESTS/guest"
	done
}

# reaches PID: a launch does; so says also the dry run before it.
reaches() {
	local plan
	plan=$(launch --dry-run -j "$MAX" "$GUESTS/guest")
	[[ $plan == *"activate pid $1"* ]] || fail "plan: $plan"
	prints -0 "$1" launch -j "$MAX" "$GUESTS/guest" x
}

# use N PID: a launch that sees the first N places reaches PID.
use() {
	local MAX=$1
	reaches "$2"
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

# bats test_tags=check
@test "-j N: so many start, the next go to the one used last; stop --all; from 1 to 1000" {
	MAX=2
	start 2
	prints -0 "${PIDS[1]}" onlyone -j 2 "$GUESTS/guest" x
	prints -0 "${PIDS[0]}" onlyone -j 1 "$GUESTS/guest" x
	prints -0 "${PIDS[0]}" onlyone -j 2 "$GUESTS/guest" x
	# One more may start where one more may run.
	run -5 onlyone -q -j 3 "$GUESTS/guest" exit 5
	onlyonectl stop --all guest
	all_end 143 "${PIDS[@]}"
	no_slots
	for n in 0 1001; do
		run -64 --separate-stderr onlyone -j "$n" "$GUESTS/guest"
		says "--max: '$n' "
	done
}

@test "-j N: the lowest free place is taken; who is used last is remembered; asking is no use" {
	MAX=4
	start 4
	places "${PIDS[@]}"
	end "${PIDS[2]}" "${PIDS[1]}"
	places "${PIDS[0]}" - - "${PIDS[3]}"
	start
	places "${PIDS[0]}" "${PIDS[4]}" - "${PIDS[3]}"
	start
	reaches "${PIDS[5]}"
	use 1 "${PIDS[0]}"
	run -0 launch --skip -j 4 "$GUESTS/guest"
	prints -75 --partial "pid ${PIDS[0]}" launch -n -j 4 "$GUESTS/guest"
	run -0 ctl status guest
	reaches "${PIDS[0]}"
	# Without the one used last, the one used before that.
	end "${PIDS[0]}"
	start
	end "${PIDS[6]}"
	prints "${PIDS[5]}" ctl pid guest
}

@test "verbs: activate, signal, stop and forget mean the one used last; wait is for all" {
	start 3
	begin waits= ctl wait guest
	use 2 "${PIDS[1]}"
	prints -0 "${PIDS[1]}" ctl activate guest -- x
	# activate is a use.
	use 1 "${PIDS[0]}"
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
