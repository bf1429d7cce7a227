#!/usr/bin/env bats
# as: user (no right is asked for)
# counted.bats: up to N instances, -j N.
#
# While there are fewer, a launch starts one, in the lowest free place; then it
# goes to the one used last.  The handler says whom a launch has reached.  A
# launch with a smaller N sees the lower places alone: so one of them can be
# used, and be the one used last.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common

PIDS=()
MAX=3
OPTIONS=()

# start [N]: that many launches, each of which starts one; PIDS are theirs.
start() {
	local i
	for ((i = 0; i < ${1:-1}; i++)); do
		begin_guest PIDS+= onlyone -j "$MAX" "${OPTIONS[@]}" \
			--on-activate='echo "$ONLYONE_PID"' "$GUESTS/guest"
	done
}

# reaches PID: a launch does; so says also the dry run before it.
reaches() {
	local plan
	plan=$(launch --dry-run -j "$MAX" "${OPTIONS[@]}" "$GUESTS/guest")
	[[ $plan == *"activate pid $1"* ]] || fail "plan: $plan"
	prints -0 "$1" launch -j "$MAX" "${OPTIONS[@]}" "$GUESTS/guest" x
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
	ctl list guest --json | sed -En \
		's/^    "(index|pid)": ([0-9]+),$/\2/p' | paste -d ' ' - - | sort -n |
		diff expected -
}

keeper_at() {
	ctl list guest --json | sed -En "/^    \"pid\": $1,\$/,/}/{
		s/^    \"keeper\": ([0-9]+),\$/\1/p
	}"
}

# end PID...: their slots are free when it returns.
end() {
	local pid n
	n=$(($(ctl count guest) - $#))
	for pid; do ends_by TERM "$pid" 143; done
	wait_until "$n are left" count_is guest "$n"
}

# bats test_tags=check
@test "counted: so many start, the next launches start nothing" {
	start 3
	places "${PIDS[@]}"
	for _ in 1 2 3; do run -0 launch -q -j 3 "$GUESTS/guest" exit 5; done
	[ "$(constructors)" = 3 ]
	places "${PIDS[@]}"
	# One more may start where one more may run.
	run -5 launch -q -j 4 "$GUESTS/guest" exit 5
}

@test "counted: the next launch activates the one used last" {
	start 3
	reaches "${PIDS[2]}"
	reaches "${PIDS[2]}"
	use 2 "${PIDS[1]}"
	reaches "${PIDS[1]}"
	reaches "${PIDS[1]}"
	use 1 "${PIDS[0]}"
	reaches "${PIDS[0]}"
	use 2 "${PIDS[0]}"
	# Without the one used last, the one used before that.
	end "${PIDS[0]}"
	start
	end "${PIDS[3]}"
	start
	places "${PIDS[4]}" "${PIDS[1]}" "${PIDS[2]}"
	reaches "${PIDS[4]}"
	assert_equal "$(ctl pid guest)" "${PIDS[4]}"
	end "${PIDS[4]}"
	assert_equal "$(ctl pid guest)" "${PIDS[1]}"
	end "${PIDS[1]}"
	assert_equal "$(ctl pid guest)" "${PIDS[2]}"
}

@test "counted: a launch that hands nothing over is no use" {
	start 3
	use 1 "${PIDS[0]}"
	run -0 launch --skip -j 3 "$GUESTS/guest"
	prints -75 --partial "pid ${PIDS[0]}" launch -n -j 3 "$GUESTS/guest"
	run -0 ctl status guest
	run launch --dry-run -j 3 "$GUESTS/guest"
	reaches "${PIDS[0]}"
	[ "$(constructors)" = 3 ]
}

@test "counted: the lowest free place is taken again" {
	MAX=4
	start 4
	end "${PIDS[2]}" "${PIDS[1]}"
	places "${PIDS[0]}" - - "${PIDS[3]}"
	start
	places "${PIDS[0]}" "${PIDS[4]}" - "${PIDS[3]}"
	end "${PIDS[0]}"
	start
	places "${PIDS[5]}" "${PIDS[4]}" - "${PIDS[3]}"
	start
	places "${PIDS[5]}" "${PIDS[4]}" "${PIDS[6]}" "${PIDS[3]}"
	reaches "${PIDS[6]}"
	# Killed with its keeper: the folder that stays is used again.
	killed "$(keeper_at "${PIDS[4]}")" "${PIDS[4]}"
	ends "${PIDS[4]}" 137
	start
	places "${PIDS[5]}" "${PIDS[7]}" "${PIDS[6]}" "${PIDS[3]}"
}

@test "key: each key has so many of its own" {
	local a=() b=()
	MAX=2
	OPTIONS=(-k a)
	start 2
	a=("${PIDS[@]}")
	OPTIONS=(-k b)
	start 2
	b=("${PIDS[@]:2}")
	reaches "${b[1]}"
	OPTIONS=(-k a)
	reaches "${a[1]}"
	use 1 "${a[0]}"
	reaches "${a[0]}"
	OPTIONS=(-k b)
	reaches "${b[1]}"
	# And those without a key.
	OPTIONS=()
	start 2
	reaches "${PIDS[5]}"
	assert_equal "$(ctl list guest --json |
		jq -c 'map([.key, .index]) | sort')" \
		'[[null,0],[null,1],["a",0],["a",1],["b",0],["b",1]]'
	[ "$(constructors)" = 6 ]
}

@test "usage: -j takes a number from 1 to 1000" {
	for n in 0 -1 x 1001 '' 1.5 2x ' 2' 99999999999999999999; do
		run --separate-stderr launch -j "$n" "$GUESTS/guest"
		[ "$status" = 64 ] || fail "$n: status $status"
		[[ $stderr == "onlyone: --max: '$n' "* ]] || fail "$n: $stderr"
		run -64 launch --max="$n" "$GUESTS/guest"
		untouched
	done
	for n in 1 2 1000; do
		run -5 launch --max="$n" "$GUESTS/guest" exit 5
	done
}

@test "dry-run: tells who would be started or reached, and starts nothing" {
	MAX=2
	start
	run -0 launch --dry-run -j 2 "$GUESTS/guest"
	assert_line --partial 'would:       start'
	start
	run launch --dry-run -j 2 "$GUESTS/guest"
	assert_line --partial "would:       activate pid ${PIDS[1]}"
	use 1 "${PIDS[0]}"
	run launch --dry-run -j 2 "$GUESTS/guest"
	assert_line --partial "would:       activate pid ${PIDS[0]}"
	run launch --dry-run -j 3 "$GUESTS/guest"
	assert_line --partial 'would:       start'
	[ "$(constructors)" = 2 ]
	run --separate-stderr launch --explain -j 2 "$GUESTS/guest"
	assert_output "${PIDS[0]}"
	[[ $stderr == *"activate pid ${PIDS[0]}"* ]]
}

@test "verbs: pid, status, activate and signal mean the one used last" {
	start 3
	assert_equal "$(ctl pid guest)" "${PIDS[2]}"
	use 2 "${PIDS[1]}"
	assert_equal "$(ctl pid guest)" "${PIDS[1]}"
	prints --partial "pid ${PIDS[1]}" ctl status guest
	prints -0 "${PIDS[1]}" ctl activate guest -- x
	use 1 "${PIDS[0]}"
	prints "${PIDS[0]}" ctl activate guest
	ctl signal USR1 guest
	ends "${PIDS[0]}" 138
	wait_until 'two are left' count_is guest 2
	# activate is a use.
	assert_equal "$(ctl pid guest)" "${PIDS[1]}"
	ctl stop guest
	ends "${PIDS[1]}" 143
	assert_equal "$(ctl pid guest)" "${PIDS[2]}"
	ctl stop guest
	ends "${PIDS[2]}" 143
	run -3 ctl pid guest
}

# bats test_tags=check
@test "verbs: count, list and stop --all are for all of them, wait too" {
	MAX=5
	start 5
	assert_equal "$(ctl count guest)" 5
	run ctl list guest
	assert_equal "${#lines[@]}" 6
	begin ctl wait guest
	end "${PIDS[0]}" "${PIDS[3]}"
	alive "$BEGUN"
	assert_equal "$(ctl count guest)" 3
	ctl stop --all guest
	all_end 143 "${PIDS[1]}" "${PIDS[2]}" "${PIDS[4]}"
	ends "$BEGUN" 0
	assert_equal "$(ctl count guest)" 0
	no_slots
}

@test "verbs: forget frees one place, its process goes on" {
	MAX=2
	start 2
	use 1 "${PIDS[0]}"
	ctl forget guest
	alive "${PIDS[0]}"
	places - "${PIDS[1]}"
	start
	places "${PIDS[2]}" "${PIDS[1]}"
	alive "${PIDS[0]}"
	[ "$(constructors)" = 3 ]
}
