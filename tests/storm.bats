#!/usr/bin/env bats
# as: user (no right is asked for, and a user has the smaller limits)
# storm.bats: a thousand launches at the same moment.
#
# The guest `storm` holds them at one barrier.  One starts the program, all
# others are accepted; the program's own argument list and those that the
# handler got are the thousand lists, each exactly once; all statuses are 0
# and not a word is said.  $STORM_LAUNCHES (1000) at a time; one round, and then
# $STORM_ROUNDS more (4).
load lib/common

ROUNDS=${STORM_ROUNDS:-4}
LAUNCHES=${STORM_LAUNCHES:-1000}

# The lists that storm.c passes, as `records` shows them, in order.
expected_lists() {
	/usr/bin/python3 - "$LAUNCHES" <<-'END'
		import sys
		rows = [(f"launch {i}", f"two words\n{i}", "")
		    for i in range(1, int(sys.argv[1]) + 1)]
		for row in sorted(" ".join(p.encode().hex() or "-" for p in row)
		    for row in rows):
		    print(row)
	END
}

# one_storm OPTION... -- : with the program `args`, which writes its list down
# and stays; the handler writes into the same file.
one_storm() {
	local owner
	rm -f lists out said
	timeout -k 5 $((5 * LIMIT)) "$GUESTS/storm" "$LAUNCHES" onlyone "$@" \
		"$GUESTS/args" "$PWD/lists" >out 2>said
	assert_equal "$(cat said)" ''
	assert_equal "$(cat out)" "0 $((LAUNCHES - 1))
running 1"
	wait_until 'all lists have come' \
		eval '[ "$(record_lines lists | wc -l)" = "$LAUNCHES" ]'
	listed lists | diff expected -
	run ctl list "$GUESTS/args" --json
	assert_equal "$(jq -r '.[0].activations' <<<"$output")" $((LAUNCHES - 1))
	owner=$(jq -r '.[0].pid' <<<"$output")
	frees killed "$owner"
}

# The program gets its FILE as an argument and so does the handler: leave it
# out, then sort.
listed() { record_lines "$1" | sed "s/^$file_hex //" | sort; }

# storms ROUNDS
storms() {
	export ARGS_STAY=1
	file_hex=$(printf '%s' "$PWD/lists" | od -An -v -tx1 | tr -d ' \n')
	expected_lists >expected
	for ((round = 1; round <= $1; round++)); do
		one_storm --on-activate="printf '%s\\0' \"\$#\" \"\$@\" >>'$PWD/lists'"
	done
}

@test "storm: one start, all others accepted, each list once, all statuses 0" { storms 1; }

@test "storm: so it is again and again" { storms "$ROUNDS"; }

@test "storm: without a handler, all are accepted and started is one" {
	timeout -k 5 $((5 * LIMIT)) "$GUESTS/storm" "$LAUNCHES" onlyone -q \
		"$GUESTS/guest" >out 2>said
	assert_equal "$(cat said)" ''
	assert_equal "$(cat out)" "0 $((LAUNCHES - 1))
running 1"
	wait_until 'the program is in main' file_has "$GUEST_LOG" ' main '
	[ "$(constructors)" = 1 ]
	owner=$(ctl pid guest)
	grep -qx "$owner main 4" "$GUEST_LOG"
}

@test "storm: with -n one starts, all others are busy (75)" {
	timeout -k 5 $((5 * LIMIT)) "$GUESTS/storm" "$LAUNCHES" onlyone -n \
		"$GUESTS/guest" >out 2>said
	assert_equal "$(cat out)" "75 $((LAUNCHES - 1))
running 1"
	[ "$(wc -l <said)" = $((LAUNCHES - 1)) ]
	wait_until 'the program is in main' file_has "$GUEST_LOG" ' main '
	[ "$(constructors)" = 1 ]
}

@test "storm: of programs that end at once, no two ever run together" {
	# Each run makes a folder and removes it: two at once would collide.
	cat >job <<-'END'
		#!/bin/sh
		mkdir running || echo overlap >>overlaps
		echo run >>runs
		rmdir running
	END
	chmod +x job
	timeout -k 5 $((5 * LIMIT)) "$GUESTS/storm" $((LAUNCHES / 4)) onlyone -q ./job \
		>out 2>said
	assert_equal "$(cat said)" ''
	prints '' awk '$1 != "running" && $1 != 0' out
	wait_until 'the last one has run' test -s runs
	[ ! -e overlaps ]
}
