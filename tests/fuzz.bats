# as: user (what they read belongs to no user)
# fuzz.bats: the fuzzers, without libFuzzer: their seeds, the corpus, and inputs made
# of both (tests/fuzz/loop.c).
#
# The build of make check shows that they link.
load lib/common

# holds NAME [OPTION...]: no property of that fuzzer is broken, by INPUTS or more of
# its own.
holds() {
	local corpus=$BATS_TEST_DIRNAME/fuzz/corpus/$1
	[ -e "$corpus" ] || corpus=
	FUZZ_CORPUS=$corpus run timeout $LIMIT "$BUILD/fuzz/${1}_loop" "${@:2}"
	[ "$status" = 0 ] || fail "status $status: $(head -c 2000 <<<"$output")"
	[ "${output%% *}" -ge "$INPUTS" ]
}

# bats test_tags=check
@test "fuzz: readers of files and of /proc: seeds, corpus, and 20,000 inputs made of them" {
	INPUTS=200 holds parse -n 20000
}

# bats test_tags=check,not-core
@test "fuzz: readers of displays, pages and what a program writes: as many" {
	INPUTS=200 holds reply -n 20000
}

# bats test_tags=check
@test "fuzz: a keeper, by its seeds" {
	INPUTS=15 holds keeper
}

@test "fuzz: ten times as many, from another seed; a hundred to a keeper" {
	INPUTS=200 holds parse -n 200000 -s 2
	INPUTS=200 holds reply -n 200000 -s 2
	INPUTS=15 holds keeper -n 100 -s 2
}
