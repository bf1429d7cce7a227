# as: user (needs no rights)
# holds.bats: one instance, whatever the program does to itself.
#
# Its background children do not keep the slot; closing every descriptor does not lose
# it; a daemon that it becomes is the instance. tests/guests/forker.c does all of it,
# in any order.
load lib/script

PATH=$GUESTS:$PATH

# end_all PID...: these have exited when it returns.
end_all() {
	local pid
	for pid in "$@"; do kill -KILL "$pid" 2>/dev/null || true; done
	ended "$@"
}

# starts_anew STATUS COMMAND...: two launches of it exit with STATUS and run
# two processes, the second at once after the first, though the first left
# "PID worker" behind, which lives on, untouched.
starts_anew() {
	local expected=$1 status pid
	shift
	echo "$*" >&2
	: >"$GUEST_LOG"
	for _ in 1 2; do
		status=0
		quietly onlyone -a app "$@" || status=$?
		assert_equal "$status" "$expected"
	done
	wait_until 'two leftovers have been named' notes worker 2
	assert_equal "$(noted main | sort -u | wc -l)" 2
	freed app
	for pid in $(noted worker); do
		# It was left alone: it is not stopped.
		[[ $(state_of "$pid") == [SRD] ]] || fail "leftover $pid is $(state_of "$pid")"
	done
	end_all $(noted worker)
}

# leaver SHELL CHILD: ./app, a script that leaves that behind.
leaver() {
	script app "$1" 'echo "$$ main" >>"$GUEST_LOG"' "$2 &" \
		'echo "$! worker" >>"$GUEST_LOG"'
}

@test "children: of a shell, whatever it is called, exec'd, idle subshells, and some that never rest, do not keep the slot" {
	for shell in /bin/bash /bin/dash '/bin/busybox sh'; do
		for child in 'sleep 300' '( sleep 300; true )' '( while :; do :; done )'; do
			leaver "$shell" "$child"
			starts_anew 0 ./app
		done
	done
	# By a name with a version, and one that the system lists as a shell.
	cp /bin/mksh ksh2020
	leaver "$PWD/ksh2020" '( sleep 300; true )'
	starts_anew 0 ./app
	cp /bin/zsh own
	PATH=$BUILD/points:$PATH
	printf '# shells\n/no/such\n%s\n' "$PWD/link" >shells
	ln -s own link
	export ONLYONE_TEST_SHELLS=$PWD/shells
	leaver "$PWD/own" '( sleep 300; true )'
	starts_anew 0 ./app
	# If the program is no shell, it is taken for a daemon.
	rm shells
	quietly onlyone ./own -c '( sleep 100; : ) & :'
	[ -n "$(slots)" ]
}

@test "descriptors: closing them all does not lose the slot, nor opening others then" {
	for guest in "$FORKER" "$FORKER-static"; do
		for how in close-range 'close-loop open 60 close-range open 5 close-loop'; do
			echo "$guest $how" >&2
			: >"$GUEST_LOG"
			begin pid= onlyone "$guest" $how
			wait_until 'the guest has closed all' notes here 1
			quietly onlyone -q "$guest" $how
			pid_is "$guest" "$pid"
			notes main 1 || fail 'two have run'
			frees end_all "$pid"
		done
	done
}

# followed STEP...: run by a launch, these lead to a daemon that is the
# instance; leaves its pid in $DAEMON.
followed() {
	echo "$*" >&2
	: >"$GUEST_LOG"
	quietly onlyone "$FORKER" "$@" || fail "status $?"
	is_the_instance
}

# is_the_instance: pid names $DAEMON, and a launch starts nothing.
is_the_instance() {
	wait_until "the daemon runs" notes here 1
	DAEMON=$(noted here)
	quietly onlyone -q "$FORKER" end 5 ||
		fail "a second one, or none: status $?: $(tail -n 3 out)"
	wait_until "the daemon, $DAEMON, is the instance" 5 pid_is "$FORKER" "$DAEMON"
	notes main 1 || fail "two have run"
}

# dismissed: the daemon and its workers end, and the slot with them.  How the
# daemon ended is not always known before Linux 6.15: a worker may be its successor.
dismissed() { frees end_all "$DAEMON" $(noted worker); }

# bats test_tags=check
@test "daemon: is the instance; as whom it goes on, and since when, is said by -n and list, and by the next --skip once" {
	local at="${FORKER##*/} took over at [0-2][0-9]:[0-5][0-9], presumably"
	followed daemon nap 100
	kill -KILL "$(keeper_of "$FORKER")"
	is_the_instance
	run -0 --separate-stderr onlyone --skip "$FORKER" daemon nap 100
	[[ $stderr =~ $at && $stderr != *'not run'* ]] || fail "$stderr"
	prints -0 '' onlyone --skip "$FORKER" daemon nap 100
	prints -75 --regexp "$at" onlyone -n "$FORKER" daemon nap 100
	prints -0 --regexp "$at" onlyonectl list
	assert_equal "$(onlyonectl list --json |
		jq '.[0] | .passed >= .since and .guess == "daemon"')" true
	prints -75 --regexp "$at.*other\" was not run" onlyone --skip "$FORKER" other
	dismissed
	begin_guest onlyone "$GUEST" one
	assert_equal "$(onlyonectl list --json | jq -c '.[0] | [.passed, .guess]')" \
		'[null,null]'
	prints -0 '' onlyone --skip "$GUEST" one
}

# became HOW STEP...: by --lifetime=HOW, these lead to a daemon that is the
# instance, and no guess.
became() {
	: >"$GUEST_LOG"
	quietly onlyone "--lifetime=$1" "$FORKER" "${@:2}" || fail "status $?"
	wait_until "the daemon runs" notes here 1
	DAEMON=$(noted here)
	assert_equal "$(onlyonectl list --json | jq -c '.[0] | [.pid, .guess]')" \
		"[$DAEMON,null]"
}

@test "daemon, helper: what when it was forked decides is a guess, and log says so; --lifetime=daemon or main decides, whatever its session" {
	for session in setsid .; do
		: >"$GUEST_LOG"
		quietly onlyone "$FORKER" linger 2000 fork "$session"
		freed
		prints -0 --regexp "$(noted here)  is left as a helper: a guess" \
			onlyonectl log "$FORKER"
		end_all "$(noted here)"
		became daemon linger 2000 fork "$session"
		dismissed
		: >"$GUEST_LOG"
		quietly onlyone --lifetime=main "$FORKER" fork "$session"
		freed
		wait_until "the copy runs" notes here 1
		end_all "$(noted here)"
	done
}

@test "daemon: by forks, sessions and execs, in any order" {
	while read -r steps; do
		followed $steps
		dismissed
	done <<-'END'
		fork setsid orphan exec execv
		daemon daemon
		daemon nap 1500 daemon
		daemon close-range open 40 close-loop
		fork setsid linger 200 fork orphan exec execv
		fork setsid orphan exec execv fork
		fork setsid orphan exec execv close-range open 40
	END
	# As start-stop-daemon does it: it continues by exec while the first half of
	# its double fork has yet to end.
	followed reap fork setsid linger 300 fork exec execv
	dismissed
	followed reap fork linger 0 fork setsid exec execv
	dismissed
}

# An exec before the parent has ended cannot be told from that of a child which
# is a program of its own; "orphan" waits for just that.
@test "daemon: -W waits for it, of the first launch and of a later one, and a signal that is read before the end of the child reaches what that became" {
	for steps in daemon 'fork setsid fork close-range' 'exec execv daemon exec execvp'; do
		echo "$steps" >&2
		: >"$GUEST_LOG"
		begin first= onlyone -W "$FORKER" $steps </dev/null >>out 2>&1
		is_the_instance
		begin onlyone -q -W "$FORKER" </dev/null >>out 2>&1
		wait_until 'it has been handed over' eval \
			'[ "$(ctl list forker --json | jq ".[0].activations")" -ge 2 ]'
		alive "$first" "$BEGUN"
		kill -TERM "$DAEMON"
		all_end 0 "$first" "$BEGUN"
		freed
	done
	# TERM has the lower number: it is read before the end of the child.
	: >"$GUEST_LOG"
	begin first= onlyone -W "$FORKER" wait gate daemon </dev/null >>out 2>&1
	wait_until 'it runs' notes main 1
	stopped "$first"
	: >gate
	wait_until 'the daemon runs' notes here 1
	wait_until 'the child has ended' has_state "$(noted main)" Z
	kill -TERM "$first"
	kill -CONT "$first"
	ended "$(noted here)"
	frees ends "$first" 0
}
