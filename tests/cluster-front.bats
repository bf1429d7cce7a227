#!/usr/bin/env bats
# as: user (words alone)
# cluster-front.bats: onlyone-cluster in front: what it executes, and what it
# refuses before that.  No store is asked.
# bats file_tags=not-core
load lib/common

# It finds onlyone beside itself: one that says what it was called with.
setup() {
	common_setup
	cp "$BUILD/onlyone-cluster" .
	printf '#!/bin/sh\nprintf "%%s\\n" "${0##*/}" "$@"\n' >onlyone
	chmod 755 onlyone
	export ONLYONE_CLUSTER=etcd://192.0.2.1
}

# becomes WORDS ARG...: with these arguments it executes that, a word a line.
becomes() {
	local words=$1
	shift
	run -0 ./onlyone-cluster "$@"
	assert_equal "$(echo $output)" "onlyone $words"
}

@test "it executes onlyone with its options, and --take with those of the key" {
	take="$PWD/onlyone-cluster --take"
	becomes "-- $take -- job" job
	becomes "--app=a --key={1} -- $take -- job x" -a a -k '{1}' job x
	becomes "--skip --quiet --key-cmd=c --key-match=m --every=1d\
 -- $take --ttl=9 --grace=2.5 --hold=7 --on-lost=kill --on-down=local\
 --skip --quiet -- job" --ttl 9 --grace 2.5 --hold=7 \
		--on-lost=kill --on-down=local --skip -q --key-cmd c \
		--key-match m --every 1d job
	becomes "--queue=3 --wait=2 --conflict-exit-code=9 -- $take\
 --queue=3 --wait=2 --conflict-exit-code=9 -- job" --queue=3 -w 2 -E 9 job
	# How long the key is held is not the slot's affair, nor is the store.
	becomes "--replace --verbose -- $take --replace --verbose\
 --lifetime=tree --store=etcd://h -- job -n --skip" \
		--replace -v --lifetime=tree --store=etcd://h job -n --skip
	becomes "--wait -- $take --wait -- list" --wait -- list
}

@test "what it does not know, or cannot do, is 64, and onlyone is not called" {
	for words in -d -j --adopt --scope=host --on-activate=auto --raise=never \
		-W --background --ttl=0 --ttl=x --ttl=1.5 '--ttl=4 --grace=3' --hold=-1 \
		--on-lost=no --on-down=no -E256 '' \
		--store; do
		run -64 --separate-stderr ./onlyone-cluster $words ${words:+job}
		assert_output ''
		[[ $stderr == 'onlyone: '* ]]
	done
	unset ONLYONE_CLUSTER
	[ -e /etc/onlyone/cluster ] || run -64 ./onlyone-cluster job
	# What onlyone alone runs.
	run -64 ./onlyone-cluster --take job
	rm onlyone
	ONLYONE_CLUSTER=etcd://h run -126 ./onlyone-cluster job
}

@test "--help, --version; a verb with options of a launch" {
	run -0 ./onlyone-cluster --help
	assert_line --partial '--store'
	run -0 ./onlyone-cluster --version
	assert_output --regexp '^onlyone-cluster [0-9.]+$'
	for words in '-n list' 'list --none' '-a x status' status 'stop -k x'; do
		run -64 ./onlyone-cluster $words
	done
}
