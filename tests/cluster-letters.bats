#!/usr/bin/env bats
# as: user (letters know no difference)
# cluster-letters.bats: letters to an instance on another host that come late, or
# to nothing.
# shellcheck disable=SC2016
load lib/leased

# taking [OPTION...]: $HELD, which takes letters; its lease outlives a stop.  For
# TERM it does $ON_TERM, or ends with 6.
taking() {
	begin onlyone --scope=cluster --ttl=60 --cluster-activate "$@" -a nightly \
		sh -c "trap '${ON_TERM-exit 6}' TERM
			until [ -e go ]; do sleep .02; done; exit 5"
	wait_until 'it runs' runs nightly
	HELD=$BEGUN
}

@test "a host that takes no letters: 69, and what was sent is not done later" {
	taking --on-activate='echo "$@" >>got'
	run -0 elsewhere --scope=cluster -a nightly sh first
	stopped "$(holder)"
	run -69 elsewhere --scope=cluster -a nightly sh late
	assert_output --partial "nightly: its host, $(uname -n), does not take what it is sent"
	run -75 ctl stop --cluster -w .2 nightly
	run -75 elsewhere --scope=cluster --replace -w .2 -a nightly touch ran
	kill -CONT "$(holder)"
	run -0 elsewhere --scope=cluster -a nightly sh last
	assert_equal "$(cat got)" $'first\nlast'
	touch go
	ends "$HELD" 5
	[ ! -e ran ]
}

@test "arguments that nobody on the other host takes: that is said, and by --must-deliver 69" {
	taking
	run -0 --separate-stderr elsewhere --scope=cluster -a nightly sh dear.txt
	says "nightly on $(uname -n): nightly (pid *) is running and has no handler for the arguments: dear.txt; *"
	run -69 --separate-stderr elsewhere --scope=cluster --must-deliver \
		-a nightly sh dear.txt
	says '*has no handler for the arguments: dear.txt; *'
	run -0 --separate-stderr ctl activate --cluster nightly -- dear.txt
	[[ $stderr == "onlyonectl: on $(uname -n): "*"has no handler for the arguments: dear.txt; "* ]]
	touch go
	ends "$HELD" 5
}

@test "a handler on the other host: its status, whatever it says" {
	taking --on-activate='head -c 9000 /dev/zero >&2
		echo "onlyonectl, it is" >&2
		exit "$1"'
	for n in 0 7 69; do
		run -"$n" --separate-stderr elsewhere --scope=cluster \
			--must-deliver -a nightly sh "$n"
		assert_equal "$stderr" ''
	done
	touch go
	ends "$HELD" 5
}

@test "--replace, stop --cluster: as long as was said there too, and why it failed" {
	ON_TERM='' taking
	run -75 --separate-stderr ctl stop --cluster -w .5 nightly
	[[ $stderr == 'onlyonectl: '*nightly*' still running'* ]]
	begin env ONLYONE_DIR="$ONLYONE_DIR.z" onlyone --scope=cluster \
		--replace -w 60 -a nightly sh -c 'exit 3'
	sleep 11 # longer than stop waits by itself
	alive "$BEGUN"
	touch go
	ends "$HELD" 5
	ends "$BEGUN" 3
}

@test "--replace --kill-after: the other host does it" {
	ON_TERM='' taking
	run -3 elsewhere --scope=cluster --replace --kill-after=.5 -w 25 \
		-a nightly sh -c 'exit 3'
	ends "$HELD" 137
}

@test "of keys that begin alike, and are long, the one that is meant is met" {
	long=$(printf 'folder/%.0s' {1..40})
	ln -s "$(command -v sleep)" ./napping
	for n in 1 2; do
		begin onlyone --scope=cluster --cluster-activate -k "$long$n" \
			./napping 1000
		wait_until 'it is listed' listed_n "$n"
	done
	run -0 ctl stop --cluster napping "${long}1"
	wait_until 'it has ended' listed_n 1
	run -0 ctl status --cluster "$PWD/napping" "${long}2"
	run -0 ctl stop --cluster "$PWD/napping" "${long}2"
	wait_until 'so has the other' listed_n 0
}

@test "--join, to a host that takes no letters for long: its status all the same" {
	taking
	stopped "$(holder)"
	begin env ONLYONE_DIR="$ONLYONE_DIR.z" onlyone --scope=cluster --join \
		-a nightly touch ran
	sleep 12 # longer than a letter is kept
	kill -CONT "$(holder)"
	wait_until 'a letter has been taken' none_lie
	touch go
	all_end 5 "$BEGUN" "$HELD"
	[ ! -e ran ]
}
