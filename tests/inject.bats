#!/usr/bin/env bats
# as: user (it samples what make inject does as root)
# inject.bats: a sample of `make inject`, and what the tool itself can do: its
# observer, and killat.
# shellcheck disable=SC2016,SC2086,SC2154
load lib/common

INJECT=$BATS_TEST_DIRNAME/chaos/inject

# What hands over, enforces or follows a daemon is left to
# `make inject`, but for one.
OPERATIONS='first until key forget reset seal unseal issealed stop
	await activate list status pid count kick doctor enable disable'

@test "inject: whatever call is killed, stopped or fails: a sample" {
	# One for each role and each way.  An operation takes its time.
	INJECT_PATIENCE=$((PATIENCE + 10)) timeout -k 5 $((30 * LIMIT)) "$INJECT" -j 4 \
		-s "${INJECT_SEED-1}" $OPERATIONS >report 2>&1 ||
		fail "$(cat report)"
	[[ $(grep '^TOTAL' report) =~ \ ([0-9]+)\ injections,\ ([0-9]+)\ ok ]]
	[ "${BASH_REMATCH[1]}" -ge 90 ]
	[ "${BASH_REMATCH[2]}" -ge 30 ]
}

# fake COMMAND: a build whose onlyone is this.
fake() {
	mkdir -p fake/chaos
	ln -sf "$KILLAT" fake/chaos/killat
	ln -sfn "$GUESTS" fake/guests
	printf '#!/bin/sh\n%s\n' "$1" >fake/onlyone
	printf '#!/bin/sh\nexit 3\n' >fake/onlyonectl
	chmod +x fake/onlyone fake/onlyonectl
}

@test "inject: its observer finds two instances, what was lost, and what stays" {
	fake 'while [ "${1#-}" != "$1" ]; do shift; done; exec "$@"'
	BUILD=$PWD/fake run -1 "$INJECT" wait
	assert_output --partial 'wait, untouched: two instances: DUPLICATE'
	fake ':'
	BUILD=$PWD/fake run -1 "$INJECT" first
	assert_output --partial 'first, untouched: lost: one a: status 0, begun 0'
	fake 'exit 75'
	BUILD=$PWD/fake run -1 "$INJECT" first
	assert_output --partial 'first, untouched: stuck: a launch afterwards: 75'
	export INJECT_PATIENCE=5
	fake 'echo "${1#*>>}" >/dev/null; while [ "${1#-}" != "$1" ]; do shift
		done; mkdir -p "$ONLYONE_DIR/slot"; exec "$@"'
	BUILD=$PWD/fake run -1 "$INJECT" first
	assert_output --partial "first, untouched: stays: ['slot']"
}

# call NAME [ROLE OPTION...]: the number of its first call of that name; of the
# launch if no other is meant.
call() {
	local role=${2-launch.1} name=$1
	shift $(($# > 1 ? 2 : 1))
	"$KILLAT" -l onlyone -a x "$@" true >calls 3>&-
	awk -v name="$name" -v role="$role" \
		'$1 == role && $3 == name { print $2; exit }' calls
}

# Before libc is started, a launch begins again with that where it fails.
ordinary() { export PATH=$BUILD/points:$PATH ONLYONE_TEST_ORDINARY=1; }

@test "killat: a call fails once, or from then on, of one process alone" {
	ordinary
	n=$(call socket)
	run -0 "$KILLAT" -w -e EMFILE launch.1 "$n" onlyone -a x true
	assert_output 'onlyone: cannot connect: Too many open files'
	# In a crowd of three the second one.
	run -0 "$KILLAT" -w -e EMFILE launch.2 "$n" sh -c 'for i in 1 2 3; do
		onlyone -a "x$i" true && echo "$i"; done'
	assert_line --index 0 1
	assert_line --index 1 'onlyone: cannot connect: Too many open files'
	assert_line --index 2 3
	# What interrupts once goes on, and what always does never ends.
	n=$(call connect)
	prints -0 '' "$KILLAT" -w -e EINTR launch.1 "$n" onlyone -a x true
	"$KILLAT" -l onlyone -a x true >calls
	grep -q '^keeper.1 [0-9]* flock EINTR ENOLCK' calls
	grep -q '^spawn.1 ' calls
	# There is no such call, no such process.
	run -3 "$KILLAT" -w -e EIO launch.1 9999 onlyone -a x true
	run -3 "$KILLAT" -w raise.1 1 onlyone -a x true
	run -2 "$KILLAT" -e NOTHING launch.1 1 true
	# Nor does one fail as it never can.
	run -3 "$KILLAT" -w -e EIO launch.1 "$(call socket)" onlyone -a x true
}

@test "a child and a parent that cannot hear each other say so: 71, not 0" {
	ordinary
	run "$KILLAT" -w -e EIO child.1 "$(call read child.1 -W)" \
		sh -c 'onlyone -a x -W true; echo "$?"'
	assert_output 'onlyone: cannot start the program: Input/output error
71'
	# The last that it writes: the child may go.
	last=$(awk '$1 == "launch.1" && $3 == "write"' calls | wc -l)
	run strace -qqo /dev/null -e trace=write \
		-e "inject=write:error=EIO:when=$last" \
		sh -c 'exec onlyone -a x -W true'
	assert_output 'onlyone: cannot start the program: Input/output error'
	assert_equal "$status" 71
}

@test "a keeper that could open nothing at its birth runs handlers as they are meant" {
	quietly "$KILLAT" -w -E ENFILE keeper.1 "$(call openat keeper.1)" \
		sh -c 'onlyone -a y --on-activate="pwd; cat" "$GUESTS/guest" &
		until grep -q main "$GUEST_LOG"; do sleep 0.02; done'
	run launch -a y true <<<word
	assert_output "$PWD
word"
	ctl stop y
}
