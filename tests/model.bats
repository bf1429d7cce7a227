#!/usr/bin/env bats
# as: user
# model.bats: the claim, checked by spin in every interleaving (short form;
# make model is the long one).
load lib/common

@test "model: never two owners, by kills or by sweeps; broken on purpose, two" {
	run timeout 170 "$BATS_TEST_DIRNAME/model/run" short
	assert_success
	assert_equal "$(grep -c '^ok ' <<<"$output")" 7
}
