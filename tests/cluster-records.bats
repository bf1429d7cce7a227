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
