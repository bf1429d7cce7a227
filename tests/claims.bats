#!/usr/bin/env bats
# claims.bats: claim and revival when the system refuses things.
#
# Whatever cannot be read or written at the wrong moment, a slot that lives is
# neither removed nor taken a second time.
load lib/common

# orphaned [COMMAND...]: an instance whose keeper was killed; $BEGUN, $dir.
orphaned() {
	begin_guest onlyone "${@:-"$GUESTS/guest"}"
	dir=$(the_slot)
	killed "$(ctl list --json | jq -e '.[0].keeper')"
}

# still_single: the next launch activates the one that runs.
still_single() {
	run launch "${@:-"$GUESTS/guest"}"
	assert_success
	assert_equal "$(constructors)" 1
	alive "$BEGUN"
}

@test "revive: with no file to be written the slot stays, and stays single" {
	orphaned
	# shellcheck disable=SC2016
	run bash -c 'ulimit -f 0; trap "" XFSZ; exec timeout 20 onlyone "$1"' \
		sh "$GUESTS/guest"
	[ -d "$dir" ]
	assert_equal "$(constructors)" 1
	alive "$BEGUN"
}

@test "revive: a record cut short is none, and the slot stays single" {
	orphaned
	truncate -s 30 "$dir/info"
	still_single
}

@test "revive: a record that cannot be read is no licence to start" {
	local n keeper
	orphaned "$GUESTS/guest-static"
	for n in 4 5 6 7 8 9 10 11 12; do
		# Where it did without, there is one again.
		keeper=$(keeper_of guest-static) || keeper=
		! is_keeper "$keeper" || killed "$keeper"
		run timeout 60 strace -o trace -e trace=openat \
			-e inject=openat:error=ENFILE:when="$n" \
			onlyone "$GUESTS/guest-static"
		! grep -q '"info".*INJECTED' trace || break
	done
	grep -q '"info".*INJECTED' trace
	assert_failure 71
	assert_equal "$(constructors)" 1
	still_single "$GUESTS/guest-static"
}

@test "dry-run: says what the launch would end with, in its words" {
	# unread ARG...: a launch that may not open the record.
	unread() {
		local n keeper
		for n in {1..12}; do
			# Where it did without, there is one again.
			keeper=$(keeper_of guest-static) || keeper=
			! is_keeper "$keeper" || killed "$keeper"
			run timeout 60 strace -o trace -e trace=openat \
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

@test "claim: a launch that made the folder and was overtaken does not take it for fresh" {
	local late
	begin timeout 60 strace -o trace -e trace=mkdirat \
		-e inject=mkdirat:delay_exit=1500000:when=1 \
		onlyone "$GUESTS/guest"
	late=$BEGUN
	wait_until 'the folder is there' 20 eval '[ -n "$(slots)" ]'
	begin_guest onlyone "$GUESTS/guest"
	kill -KILL "$(keeper_of guest)"
	ends "$late" 0
	still_single
}

@test "--on-error=run: never where an instance answered" {
	begin_guest onlyone "$GUESTS/guest"
	run launch -n -E 73 --on-error=run "$GUESTS/guest"
	assert_failure 73
	assert_equal "$(constructors)" 1
	run launch -n -E 71 --on-error=run "$GUESTS/guest"
	assert_failure 71
	assert_equal "$(constructors)" 1
	# Nor where one was met, and cannot be asked.
	local call policy
	for policy in activate skip join; do
		for call in sendto sendmsg; do
			run timeout 60 strace -qq -o trace -e trace="$call" \
				-e inject="$call":error=ENOMEM onlyone \
				--if-running="$policy" --on-error=run \
				"$GUESTS/guest" word
			grep -q INJECTED trace || continue
			refute_output --partial unguarded
			assert_equal "$(constructors)" 1
		done
	done
}

@test "--dry-run: runs nothing, ONLYONE_DISABLE=1 or not" {
	ONLYONE_DISABLE=1 run launch --dry-run "$GUESTS/guest"
	assert_success
	untouched
}

@test "-W: ends, and with the status, where SIGCHLD is ignored" {
	run timeout 20 /usr/bin/python3 -c '
import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execvp("onlyone", ["onlyone", "-W", sys.argv[1], "exit", "7"])' "$GUESTS/guest"
	assert_failure 7
}

@test "-W: a try that came to nothing leaves the program its signal mask" {
	local launcher
	begin env ONLYONE_TEST_POINTS=publish-swept=stop \
		"$BUILD/points/onlyone" -W "$GUESTS/guest"
	launcher=$BEGUN
	wait_until 'it has stopped' 20 has_state "$launcher" T
	rm -rf "${ONLYONE_DIR:?}"/*
	kill -CONT "$launcher"
	wait_until 'it has stopped again, or runs' 20 eval \
		'grep -q main "$GUEST_LOG" || has_state "$launcher" T'
	kill -CONT "$launcher"
	wait_until 'the program runs' 20 grep -q main "$GUEST_LOG"
	local pid
	pid=$(sed -n 's/ main.*//p' "$GUEST_LOG")
	assert_equal "$(sed -n 's/^SigBlk:\t//p' "/proc/$pid/status")" \
		0000000000000000
	kill -TERM "$pid"
	ends "$launcher" 143
}
