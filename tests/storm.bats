#!/usr/bin/env bats
# as: user (no right is asked for, and a user has the smaller limits)
# storm.bats: many launches at the same moment, and kills among them, on a real
# kernel.  (In every order: tests/sim.)
#
# The guest `storm` holds $STORM_LAUNCHES (1000) at one barrier.  One starts the
# program, all others are accepted; the program's own argument list and those that
# the handler got are the thousand lists, each exactly once; all statuses are 0
# and not a word is said.
# shellcheck disable=SC2046,SC2154
load lib/common

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

# The program gets its FILE as an argument and so does the handler: leave it
# out, then sort.
listed() { record_lines lists | sed "s/^$file_hex //" | sort; }

@test "storm: one start, all others accepted, each list once, all statuses 0" {
	export ARGS_STAY=1
	file_hex=$(printf '%s' "$PWD/lists" | od -An -v -tx1 | tr -d ' \n')
	expected_lists >expected
	"$GUESTS/storm" "$LAUNCHES" onlyone \
		--on-activate="printf '%s\\0' \"\$#\" \"\$@\" >>'$PWD/lists'" \
		"$GUESTS/args" "$PWD/lists" >out 2>said
	assert_equal "$(cat said)" ''
	assert_equal "$(cat out)" "0 $((LAUNCHES - 1))
running 1"
	wait_until 'all lists have come' \
		eval '[ "$(record_lines lists | wc -l)" = "$LAUNCHES" ]'
	listed | diff expected -
	run ctl list "$GUESTS/args" --json
	assert_equal "$(jq -r '.[0].activations' <<<"$output")" $((LAUNCHES - 1))
	frees killed "$(jq -r '.[0].pid' <<<"$output")"
}

# Whatever becomes of each: it ends, and no two run at once.
@test "storm: owners and keepers killed among launches: never two, all end" {
	local i pids=()
	for i in {1..150}; do
		begin pids+= onlyone -q -a w --on-activate=: "$W" "$i" for 30 \
			2>>said
		case $((i % 10)) in
		0) kill -KILL $(keepers) 2>>said || : ;;
		5) kill -KILL "$(tail -n 1 "$GUEST_LOG" | cut -d ' ' -f 1)" \
			2>>said || : ;;
		esac
	done
	for i in "${pids[@]}"; do wait "$i" || :; done
	never_two
	[ "$(constructors)" -ge 2 ]
	frees launch -a w "$W" last for 0
}
