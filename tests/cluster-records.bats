#!/usr/bin/env bats
# as: user (what is stored is the same for all)
# cluster-records.bats: records that names fit more or less well, or that
# somebody else has written.
load lib/cluster

setup_file() {
	cluster_begin
	etcd_up one
}

own_setup() {
	export ONLYONE_CLUSTER=etcd://$ETCD/t$BATS_TEST_NUMBER
	OURS=t$BATS_TEST_NUMBER/v1/l/u/$(id -un)
}

@test "one that is called so comes before those whose file is; of several such, none is meant" {
	mkdir one two
	cp "$(command -v sleep)" one/nap
	cp "$(command -v sleep)" two/nap
	begin onlyone-cluster one/nap 1000
	begin onlyone-cluster two/nap 1000
	wait_until 'both run' listed nap 2
	for verb in status stop wait; do
		run -64 timeout $LIMIT onlyone-cluster "$verb" nap
		assert_output --partial "$PWD/one/nap, $PWD/two/nap"
	done
	begin onlyone-cluster -a nap sleep 1000
	wait_until 'it runs' listed nap 3
	run -0 timeout $LIMIT onlyone-cluster stop nap
	ends "$BEGUN" 143
	listed nap 2
}

# listed APP N: so many.
listed() { [ "$(onlyone-cluster list --json "$1" | jq length)" = "$2" ]; }

@test "a record that is none of ours, and too long to be one, is there all the same" {
	etcd_ctl one put "$OURS/x" "$(printf %05000d 1)"
	run -0 onlyone-cluster list --json
	assert_equal "$(jq -r '.[].stored' <<<"$output")" "u/$(id -un)/x"
	prints -75 --partial 'held by' timeout $LIMIT onlyone-cluster -n -a x true
	prints -75 --partial 'held by' timeout $LIMIT onlyone-cluster --join -w .5 \
		-a x true
}

@test "what is stored cannot turn a terminal round: list and status" {
	local app=$'a\xe2\x80\xae\xc2\x9b\x7f' verb
	etcd_ctl one put "$OURS/x" \
		"{\"state\":\"run\",\"host\":\"h\",\"user\":\"$(id -un)\",\"app\":\"$app\"}"
	for verb in list "status $app"; do
		onlyone-cluster $verb --json >shown
		LC_ALL=C run ! grep -P '[\x80-\xff]' shown
	done
}
