#!/usr/bin/env bats
# as: user (what is stored is the same for all)
# cluster-records.bats: records that names fit more or less well, or that
# somebody else has written.
load lib/common
load lib/cluster
load lib/leased

@test "onlyonectl: one that is called so comes before those whose file is; of several such, none is meant" {
	mkdir one two
	cp "$(command -v sleep)" one/nap
	cp "$(command -v sleep)" two/nap
	begin onlyone --scope=cluster --cluster-activate one/nap 1000
	begin onlyone --scope=cluster --cluster-activate two/nap 1000
	wait_until 'both run' "$PATIENCE" listed nap 2
	for verb in status stop wait activate; do
		run -64 timeout 60 onlyonectl "$verb" --cluster nap
		assert_output --partial "$PWD/one/nap, $PWD/two/nap"
	done
	begin onlyone --scope=cluster --cluster-activate -a nap sleep 1000
	wait_until 'it runs' "$PATIENCE" listed nap 3
	run -0 ctl stop --cluster nap
	ends "$BEGUN" 143
	listed nap 2
}

# listed APP N: so many.
listed() {
	[ "$(ctl list --cluster --json "$1" | jq length)" = "$2" ]
}

@test "a record that is none of ours, and too long to be one, is there all the same" {
	etcd_ctl one put "$PREFIX/v1/l/u/$(id -un)/x" "$(printf %05000d 1)"
	run -0 ctl list --cluster --json
	assert_equal "$(jq -r '.[].stored' <<<"$output")" "u/$(id -un)/x"
	run -75 --separate-stderr launch --scope=cluster -a x true
	says '*held by*'
	run -75 --separate-stderr launch --scope=cluster -a x --join -w .5 true
	etcd_ctl one del "$PREFIX/v1/l/u/$(id -un)/x"
}
