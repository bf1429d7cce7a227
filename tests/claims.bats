#!/usr/bin/env bats
# claims.bats: claim and revival when the system refuses things.
#
# Whatever cannot be read or written at the wrong moment, a slot that lives is
# neither removed nor taken a second time.
# shellcheck disable=SC2016,SC2086
load lib/common

# orphaned [COMMAND...]: an instance whose keeper was killed; $BEGUN, $dir.
orphaned() {
	begin_guest onlyone "${@:-"$GUESTS/guest"}"
	dir=$(the_slot)
	killed "$(ctl list --json | jq -e '.[0].keeper')"
}

# still_single: the next launch activates the one that runs.
still_single() {
	run -0 launch "${@:-"$GUESTS/guest"}"
	assert_equal "$(constructors)" 1
	alive "$BEGUN"
}

# unwritten COMMAND...: where no file may be written.
unwritten() {
	bash -c 'ulimit -c 0; ulimit -f 0; exec timeout $LIMIT "$@"' bash "$@"
}

# bats test_tags=check,both
@test "limit: with no file to be written nothing starts, and the launch says why" {
	for option in -W --lifetime=tree --max=2 -v; do
		run -73 unwritten onlyone "$option" "$GUESTS/guest"
		assert_output --partial 'File too large'
		run -5 unwritten onlyone "$option" --on-error=run sh -c 'exit 5'
		assert_output --partial 'nothing keeps a second one'
	done
	untouched
	prints -73 --partial 'File too large' unwritten onlyonectl seal app
}

@test "limit: a file for our words that is as long as it may be ends nobody" {
	unwritten onlyone "$GUESTS/guest" >out 2>err && fail 'it started'
	assert_equal "$?" 73
	unwritten onlyone --on-error=run sh -c 'exit 5' >out 2>err &&
		fail 'it ended with 0'
	assert_equal "$?" 5
	for words in --version --help '--dry-run true'; do
		unwritten onlyone $words >out 2>err && fail 'it ended with 0'
		assert_equal "$?" 71
	done
	unwritten onlyonectl list --json >out 2>err && fail 'it ended with 0'
	assert_equal "$?" 71
	# And the program has the signal as it was.
	for signals in - "''"; do
		run bash -c "trap $signals XFSZ"'; exec timeout $LIMIT "$@"' bash \
			onlyone -v grep SigIgn /proc/self/status
		assert_output --regexp \
			"SigIgn:.*$([ "$signals" = - ] && echo 0 || echo 1)[0-9a-f]{6}\$"
	done
}

@test "dry-run: says what the launch would end with, in its words" {
	# unread ARG...: a launch that may not open the record.
	unread() {
		local n keeper
		for n in {1..12}; do
			# Where it did without, there is one again.
			keeper=$(keeper_of guest-static) || keeper=
			! is_keeper "$keeper" || killed "$keeper"
			run timeout $LIMIT strace -o trace -e trace=openat \
				-e inject=openat:error=EACCES:when="$n" \
				onlyone "$@" "$GUESTS/guest-static"
			! grep -q '"info".*INJECTED' trace || return 0
		done
		return 1
	}
	orphaned "$GUESTS/guest-static"
	unread
	assert_failure 73
	assert_output "onlyone: cannot read $dir/info: Permission denied"
	unread --dry-run
	assert_success
	assert_line "would:       end with 73: cannot read $dir/info: Permission denied"
	still_single "$GUESTS/guest-static"
}

# would TEXT ARG...: what --dry-run says.
would() {
	run -0 launch --dry-run "${@:2}"
	assert_line --partial "would:       $1"
}

# bats test_tags=check
@test "dry-run: a script that holds the slot is named" {
	begin bash -c 'onlyonectl hold job && : >held && sleep 300'
	wait_until 'it holds' test -e held
	would "activate pid $BEGUN, which runs bash" -a job true
	run -75 launch -a job -c 'exit 0'
}

# bats test_tags=check
@test "dry-run: a lock file that another program has locked" {
	local lk
	# On an overlayfs nobody can tell who has a lock.
	lk=$(mktemp /dev/shm/onlyone-test.XXXXXX)
	LITTER+=("$lk")
	begin flock -F "$lk" sh -c ': >locked; exec sleep 300'
	wait_until 'it is locked' test -e locked
	run -75 launch "--lock-file=$lk" -a x true
	would "end with 75: ${output#onlyone: }" "--lock-file=$lk" -a x true
	would "end with 9: x is not running, but its lock file" "--lock-file=$lk" \
		-a x -n -E 9 true
	would 'end with 0: x is not' "--lock-file=$lk" -a x --skip true
	would 'wait: x is not' "--lock-file=$lk" -a x --wait true
	would 'end with 75: x is not' "--lock-file=$lk:shared" -a x true
	ended_by TERM "$BEGUN"
	begin flock -sF "$lk" sh -c ': >shared; exec sleep 300'
	wait_until 'it is locked again' test -e shared
	would 'end with 75: x is not' "--lock-file=$lk" -a x true
	would 'start /' "--lock-file=$lk:shared" -a x true
	would 'start /' --lock-file=other -a x true
	[ ! -e other ]
}

# bats test_tags=check
@test "--on-error=run: never where an instance answered" {
	begin_guest onlyone "$GUESTS/guest"
	run -73 launch -n -E 73 --on-error=run "$GUESTS/guest"
	assert_equal "$(constructors)" 1
	run -71 launch -n -E 71 --on-error=run "$GUESTS/guest"
	assert_equal "$(constructors)" 1
	# Nor where one was met, and cannot be asked.
	local call policy
	for policy in activate skip join; do
		for call in sendto sendmsg; do
			run timeout $LIMIT strace -qq -o trace -e trace="$call" \
				-e inject="$call":error=ENOMEM onlyone \
				--if-running="$policy" --on-error=run \
				"$GUESTS/guest" word
			grep -q INJECTED trace || continue
			refute_output --partial 'nothing keeps a second one'
			assert_equal "$(constructors)" 1
		done
	done
}

@test "--dry-run: runs nothing, ONLYONE_DISABLE=1 or not" {
	ONLYONE_DISABLE=1 run -0 launch --dry-run "$GUESTS/guest"
	untouched
}

# bats test_tags=check
@test "-W: ends, and with the status, where SIGCHLD is ignored" {
	run -7 timeout $LIMIT /usr/bin/python3 -c '
import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execvp("onlyone", ["onlyone", "-W", sys.argv[1], "exit", "7"])' "$GUESTS/guest"
}

@test "-W: a try that came to nothing leaves the program its signal mask" {
	begin launcher= env ONLYONE_TEST_POINTS=publish-swept=stop \
		"$BUILD/points/onlyone" -W "$GUESTS/guest"
	wait_until 'it has stopped' has_state "$launcher" T
	rm -rf "${ONLYONE_DIR:?}"/*
	kill -CONT "$launcher"
	wait_until 'it has stopped again, or runs' eval \
		'grep -q main "$GUEST_LOG" || has_state "$launcher" T'
	kill -CONT "$launcher"
	wait_until 'the program runs' grep -q main "$GUEST_LOG"
	local pid
	pid=$(sed -n 's/ main.*//p' "$GUEST_LOG")
	assert_equal "$(sed -n 's/^SigBlk:\t//p' "/proc/$pid/status")" \
		0000000000000000
	kill -TERM "$pid"
	ends "$launcher" 143
}
