# as: user (the simulated kernel has no other, and this machine does not matter)
# sim.bats: the core as it is shipped, on a simulated kernel, in 20,000 orders of
# events (README.md, The simulated kernel).
load lib/common

SIM=$BUILD/sim/sim

# stories FIRST COUNT: without the words before them, and the last line.
stories() {
	"$SIM" -v "$1" "$2" >told || fail "$(tail -n 2 told)"
	sed '1,/^$/d; $d' told
}

# bats test_tags=check
@test "20,000 orders of launches, ends, kills, stops, sweeps and failing calls: nothing is wrong" {
	wants x86-64
	run -0 "$SIM" -f -j "$(nproc)" 1 20000
	assert_line --regexp '^20000 seeds from 1: nothing wrong; '
	# The picture in HACKING is of who has forked whom there.
	diff <(sed -n '/^## Our processes/,/^## /{/^    /p}' \
		"$BATS_TEST_DIRNAME/../cli/HACKING.md") <(grep '^    ' <<<"$output")
}

# bats test_tags=check
@test "a seed is the same story each time, whatever ran before" {
	wants x86-64
	stories 1 12 >together
	for seed in {1..12}; do stories "$seed" 1; done >alone
	[ -s alone ]
	assert cmp together alone
}

# bats test_tags=check
@test "each defence that is to be switched off in turn is where the table says" {
	run -0 "$BATS_TEST_DIRNAME/sim/defences" -n 0
}

@test "same: compares the stories of two builds, and names the seeds that differ" {
	wants x86-64
	printf '#!/bin/sh\n"%s" "$@" | sed "s/^7 ./7 x/"\n' "$SIM" >other
	chmod +x other
	run -0 "$BATS_TEST_DIRNAME/sim/same" "$SIM" "$SIM" 1 12
	assert_output '12 seeds: the same stories'
	run -1 "$BATS_TEST_DIRNAME/sim/same" "$SIM" ./other 1 12
	assert_output 'of 12 seeds 1 have other stories: 7'
}

@test "mutate: makes slips of a line by rule, and says what the seeds find" {
	wants x86-64
	mutate() { (cd "$BATS_TEST_DIRNAME/.." && tests/sim/mutate --jobs 1 "$@"); }
	run -0 mutate --list cli/core/meet
	assert_line --partial $'\tinverted\t'
	assert_line --partial $'\tcall-left-out\t'
	at=$(grep -n 'bool sent = frame_end' "$BATS_TEST_DIRNAME/../cli/core/keeper/reply.c")
	run -0 mutate --seeds 200 "cli/core/keeper/reply.c:${at%%:*}"
	assert_line --regexp $'^seed\t.*seed [0-9]+: '
}

@test "usage: what is no number, and what nobody knows, is one line and 64" {
	wants x86-64
	for line in '' x 0 -1 '1 x' '1 0' '1 2 3' '-j 0 1' '-k 1'; do
		echo "sim $line" >&2
		# shellcheck disable=SC2086
		run -64 "$SIM" $line
		assert_equal "${#lines[@]}" 1
	done
}
