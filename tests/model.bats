#!/usr/bin/env bats
# as: user
# model.bats: the claim and the guard, checked by spin in every interleaving
# (short form; make model is the long one).
load lib/common

# checked MODEL N: in so many ways.
checked() {
	run -0 timeout $((10 * LIMIT)) "$BATS_TEST_DIRNAME/model/run" short "$1"
	assert_equal "$(grep -c '^ok ' <<<"$output")" "$2"
}

@test "model: never two owners, by kills or by sweeps; broken on purpose, two" { checked claim 7; }

@test "model: keeper, guard and launches never wait for each other, by kills; broken on purpose, they do" {
	checked guard 9
}
