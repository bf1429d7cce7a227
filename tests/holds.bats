#!/usr/bin/env bats
# as: user (no right is asked for)
# holds.bats: one instance, whatever the program does to itself.
#
# Its background children do not keep the slot; closing every descriptor does
# not lose it; and when it turns itself into a daemon, that is the instance.
# tests/guests/forker.c does all of it, in any order.
load lib/script

PATH=$GUESTS:$PATH

# begin_quietly COMMAND...: the same in the background.
begin_quietly() { begin "$@" </dev/null >>out 2>&1; }

# end_all PID...: these have ended when it returns.
end_all() {
	local pid
	for pid in "$@"; do kill -KILL "$pid" 2>/dev/null || true; done
	ended "$@"
}

# starts_anew STATUS APP COMMAND...: two launches of it end with STATUS and run
# two processes, the second at once after the first, though the first left
# "PID worker" behind, which lives on, untouched.
starts_anew() {
	local expected=$1 app=$2 status pid
	shift 2
	: >"$GUEST_LOG"
	for _ in 1 2; do
		status=0
		quietly launch "$@" || status=$?
		assert_equal "$status" "$expected"
	done
	wait_until 'two leftovers have been named' notes worker 2
	assert_equal "$(noted main | sort -u | wc -l)" 2
	freed "$app"
	for pid in $(noted worker); do
		alive "$pid" || fail "leftover $pid has ended"
		# Nobody touched it: not stopped, the same parent as any orphan.
		[[ $(state_of "$pid") == [SRD] ]] || fail "$pid is stopped"
	done
	end_all $(noted worker)
}

# --- background children ----------------------------------------------------

# leaver SHELL CHILD: ./app, a script that leaves that behind.
leaver() {
	script app "$1" 'echo "$$ main" >>"$GUEST_LOG"' "$2 &" \
		'echo "$! worker" >>"$GUEST_LOG"'
}

@test "children: those of sh, bash, dash and busybox, exec'd, idle subshells, and some that never rest, do not keep the slot" {
	for shell in /bin/sh /bin/bash /bin/dash '/bin/busybox sh'; do
		for child in 'sleep 300' '( sleep 300; true )' \
			'( while :; do :; done )'; do
			echo "$shell: $child" >&2
			leaver "$shell" "$child"
			starts_anew 0 ./app ./app
		done
	done
}

# bats test_tags=check
@test "children: a subshell left by a shell in a session of its own does not either" {
	leaver /bin/bash '( sleep 300; true )'
	starts_anew 0 app setsid --wait onlyone --app=app ./app
}

# How a process ended that nobody has waited for is known since Linux 6.15.
# bats test_tags=linux-6-15
@test "children: the workers of a master that crashed do not keep the slot" {
	for guest in "$FORKER" "$FORKER-static"; do
		starts_anew 134 "$guest" "$guest" worker kill 6
		starts_anew 139 "$guest" "$guest" worker kill 11
		starts_anew 137 "$guest" "$guest" worker kill 9
		starts_anew 3 "$guest" "$guest" worker end 3
		starts_anew 3 "$guest" "$guest" spinner end 3
	done
}

@test "children: a helper forked more than a second before the end does not keep the slot" {
	for guest in "$FORKER" "$FORKER-static"; do
		starts_anew 0 "$guest" "$guest" worker nap 1300 end 0
		starts_anew 0 "$guest" "$guest" spinner nap 1300 end 0
	done
}

@test "children: a younger one of a program that ends with 0 keeps it, but not with lifetime main" {
	quietly launch "$FORKER" worker end 0
	wait_until 'the worker is the instance' pid_is forker "$(noted worker)"
	end_all "$(noted worker)"
	freed forker
	starts_anew 0 "$FORKER" --lifetime=main "$FORKER" worker end 0
	starts_anew 0 "$FORKER-static" "$FORKER-static" worker end 0
}

# Without a pipe: its commands would be counted.
twenty_run() {
	local pids
	pids=$(offspring)
	set -- $pids
	[ $# = 20 ]
}

# rounds COMMAND...: twenty of them leave a child behind that has executed a
# program of its own, in the last moment; a second later no slot is kept.
rounds() {
	local i
	for i in {1..20}; do
		quietly launch --app="round$i" "$@" || fail "round $i: $?"
	done
	freed
	# They run, each of them.
	wait_until 'all children have begun' twenty_run
	[ "$(ctl list --json | jq length)" = 0 ]
	end_all $(offspring)
}

@test "children: those that perl forks and executes in its last moment do not keep the slot" {
	rounds perl -e 'if (fork == 0) { exec "sleep", "300" } exit 0'
}

# --- descriptors ------------------------------------------------------------

# keeps COMMAND...: the guest it starts has come to "here"; a launch of it then
# starts nothing, also when its keeper was killed.
keeps() {
	local pid
	: >"$GUEST_LOG"
	begin pid= onlyone "$@"
	wait_until 'the guest has closed all' notes here 1
	assert_equal "$(noted here)" "$pid"
	quietly launch -q "$@"
	pid_is "$1" "$pid" || fail "pid is not $pid"
	kill -KILL "$(keeper_of "$1")"
	quietly launch -q "$@"
	pid_is "$1" "$pid" || fail "pid is not $pid, with the keeper killed"
	notes main 1 || fail 'two have run'
	end_all "$pid"
	freed "$1"
}

@test "descriptors: closing them all does not lose the slot, nor opening others then" {
	for guest in "$FORKER" "$FORKER-static"; do
		for how in close-range closefrom close-loop; do
			keeps "$guest" "$how"
			keeps "$guest" "$how" open 60
			keeps "$guest" "$how" open 60 "$how" open 5 "$how"
		done
	done
}

@test "descriptors: closing them in a daemon does not lose the slot" {
	for how in close-range closefrom close-loop; do
		keeps_daemon daemon "$how" open 40 "$how"
	done
}

# --- signals ----------------------------------------------------------------

# bats test_tags=check
@test "signals: a program that is stopped is the instance, and goes on when continued" {
	for guest in "$GUESTS/guest" "$GUESTS/guest-static"; do
		begin_guest pid= onlyone "$guest"
		for sig in STOP TSTP TTIN; do
			kill -s "$sig" "$pid"
			wait_until "it is stopped" has_state "$pid" T
			quietly launch -q "$guest"
			pid_is "$guest" "$pid" || fail "pid is not $pid"
			kill -CONT "$pid"
			wait_until "it goes on" has_state "$pid" S
		done
		stopped "$pid"
		ends_by KILL "$pid" 137
		run -5 quietly launch "$guest" exit 5
	done
	assert_equal "$(constructors)" 4
}

# --- daemons ----------------------------------------------------------------

# followed STEP...: run by a launch, these lead to a daemon that is the
# instance; leaves its pid in $DAEMON.
followed() {
	: >"$GUEST_LOG"
	quietly launch "$FORKER" "$@" || fail "$*: status $?"
	wait_until "$*: the daemon runs" notes here 1
	DAEMON=$(noted here)
	is_the_instance "$@"
}

# is_the_instance STEP...: pid names $DAEMON, and a launch starts nothing.
is_the_instance() {
	quietly launch -q "$FORKER" end 5 ||
		fail "$*: a second one, or none: status $?: $(tail -n 3 out)"
	wait_until "$*: the daemon, $DAEMON, is the instance" 5 \
		pid_is "$FORKER" "$DAEMON"
	notes main 1 || fail "$*: two have run"
}

# dismissed: the daemon and its workers end, and the slot with them.  How the
# daemon ended is not always known before Linux 6.15: a worker may be its successor.
dismissed() {
	end_all "$DAEMON" $(noted worker)
	freed "$FORKER"
}

# keeps_daemon STEP...: all of it.
keeps_daemon() {
	followed "$@"
	kill -KILL "$(keeper_of "$FORKER")"
	is_the_instance "$@"
	dismissed
}

# bats test_tags=check
@test "daemon: as whom it goes on, and since when, is said by -n and list, and by the next --skip once" {
	local how at
	for how in 'daemon here' 'daemon nap 100 here'; do
		followed ${how% here}
		at="goes on as ${FORKER##*/}, since [0-2][0-9]:[0-5][0-9]"
		run -0 --separate-stderr launch --skip "$FORKER" ${how% here}
		says "$at"
		refute grep 'not run' <<<"$stderr"
		prints -0 '' launch --skip "$FORKER" ${how% here}
		run -75 --separate-stderr launch -n "$FORKER" ${how% here}
		says "$at"
		run -0 --separate-stderr launch --skip "$FORKER" other
		says "$at"
		says 'this command was not run'
		run -0 ctl list
		assert_output --regexp "$at"
		jq -e '.[0] | .passed >= .since' < <(ctl list --json)
		dismissed
	done
	begin_guest onlyone "$GUEST" one
	assert_equal "$(ctl list --json | jq '.[0].passed')" null
	prints -0 '' launch --skip "$GUEST" one
	run -0 ctl list
	refute_output --partial 'goes on'
}

# none_pending PID: it has seen each signal.
none_pending() { grep -qx 'ShdPnd:[[:space:]]*0*' "/proc/$1/status"; }

# bats test_tags=check
@test "daemon: a signal to a launch that waits for it reaches it, though nobody has recorded it yet" {
	begin PARENT= onlyone -W "$FORKER" wait gate daemon
	wait_until 'it runs' notes main 1
	first=$(noted main)
	keeper=$(keeper_of "$FORKER")
	stopped "$keeper"
	: >gate
	wait_until 'the daemon runs' notes here 1
	ended "$first"
	kill -USR1 "$PARENT"
	wait_until 'the launch has it' none_pending "$PARENT"
	kill -CONT "$keeper"
	ended "$(noted here)"
	ends "$PARENT" 0
	freed "$FORKER"
}

@test "daemon: one that goes on by exec, by each of the nine functions" {
	for f in execve execv execvp execvpe execl execle execlp fexecve \
		execveat; do
		keeps_daemon fork setsid orphan exec "$f"
		keeps_daemon daemon exec "$f"
	done
}

@test "daemon: forks, sessions and execs in any order" {
	while read -r steps; do
		keeps_daemon $steps
	done <<-'END'
		daemon daemon
		daemon nap 1500 daemon
		fork setsid fork fork setsid fork close-range
		daemon exec execv daemon exec execve daemon
		fork setsid linger 200 fork orphan exec execv
		linger 100 fork setsid linger 500 fork orphan exec execv
		fork setsid fork orphan
		fork orphan setsid nap 20 exec execv
		fork setsid orphan exec execv fork
		fork setsid orphan exec execv daemon
		daemon exec execv exec execve exec execvp
		daemon exec execv daemon exec execv
		nap 1300 fork setsid orphan exec execv
		daemon nap 1300 exec execv
		daemon nap 1300 exec execv nap 1300 daemon
		exec execv nap 1300 daemon exec execv
		fork setsid orphan exec execv close-range open 40
	END
}

# As start-stop-daemon does it.
@test "daemon: one that goes on by exec while the first half of its double fork has yet to end" {
	followed reap fork setsid linger 300 fork exec execv
	dismissed
	followed reap fork linger 0 fork setsid exec execv
	dismissed
}

# One that is stopped, or has no processor, has not gone on living.
@test "daemon: one that goes on by exec while its parent is stopped, and ends then" {
	local parent steps=(stop fork setsid exec execv)
	: >"$GUEST_LOG"
	begin_quietly onlyone "$FORKER" "${steps[@]}"
	parent=$BEGUN
	wait_until 'the parent is stopped' notes stopped 1
	sleep 0.3 # more than the daemon would wait for one that lives on
	kill -CONT "$parent"
	wait_until 'the daemon runs' notes here 1
	DAEMON=$(noted here)
	is_the_instance "${steps[@]}"
	dismissed
}

# An exec before the parent has ended cannot be told from that of a child which
# is a program of its own; "orphan" waits for just that.
@test "daemon: -W of the first launch waits for the daemon, status 0" {
	while read -r steps; do
		: >"$GUEST_LOG"
		begin_quietly onlyone -W "$FORKER" $steps
		first=$BEGUN
		wait_until "$steps: the daemon runs" notes here 1
		DAEMON=$(noted here)
		is_the_instance "$steps"
		alive "$first" || fail "$steps: -W has ended before the daemon"
		kill -TERM "$DAEMON"
		ends "$first" 0
		freed "$FORKER"
	done <<-'END'
		daemon
		fork
		fork setsid fork close-range
		nap 1500 daemon
		daemon daemon
		exec execv daemon exec execvp
	END
}

# bats test_tags=check
@test "daemon: -W of a later launch waits for the daemon, status 0" {
	followed daemon
	begin_quietly onlyone -q -W "$FORKER"
	later=$BEGUN
	wait_until 'it has been handed over' eval \
		'[ "$(ctl list forker --json | jq ".[0].activations")" -ge 2 ]'
	alive "$later"
	kill -TERM "$DAEMON"
	ends "$later" 0
}

# --- its keeper -------------------------------------------------------------

# gated STEP...: a launch in the background that waits for the file gate.
gated() {
	: >"$GUEST_LOG"
	rm -f gate
	begin_quietly onlyone "$FORKER" wait "$PWD/gate" "$@"
	LAUNCHED=$BEGUN
	guest_runs "$LAUNCHED"
	KEEPER=$(keeper_of "$FORKER")
}

opened() {
	: >gate
	wait_until "$*: the daemon runs" notes here 1
	DAEMON=$(noted here)
	wait_until 'the launched process has ended' gone "$LAUNCHED"
}

WAYS=('fork' 'fork setsid' 'fork setsid fork close-range' 'daemon'
	'daemon worker' 'nap 1200 daemon' 'exec execv daemon')
EXECS=('fork setsid orphan exec execv' 'daemon exec execv'
	'fork setsid linger 100 fork orphan exec execv'
	'fork setsid orphan exec execv exec execve')

# The shim waits up to a second for a keeper before it goes on.
@test "keeper: killed before a program daemonises itself, by exec too: the daemon is the instance" {
	for steps in "${WAYS[@]}" "${EXECS[@]}"; do
		gated $steps
		killed "$KEEPER"
		opened "$steps"
		is_the_instance "$steps"
		dismissed
	done
}

@test "keeper: stopped meanwhile, then continued or killed: the daemon is the instance" {
	for signal in CONT KILL; do
		for steps in "${WAYS[@]}" "${EXECS[@]}"; do
			gated $steps
			stopped "$KEEPER"
			opened "$steps"
			kill "-$signal" "$KEEPER"
			is_the_instance "$signal: $steps"
			end_all $(noted worker)
			dismissed
		done
	done
}

# dies_at POINT STEP...: fifteen launches of it, each of an application of its
# own, whose keepers kill themselves at that point; the next launch of each
# starts nothing, and pid names the daemon.
dies_at() {
	local i log pid point=$1
	shift
	for i in {1..15}; do
		log=$PWD/log.$i
		: >"$log"
		GUEST_LOG=$log ONLYONE_TEST_POINTS=$point=kill:1 \
			quietly timeout $LIMIT "$BUILD/points/onlyone" \
			--app="app$i" env -u ONLYONE_TEST_POINTS "$FORKER" "$@"
	done
	for i in {1..15}; do
		GUEST_LOG=$PWD/log.$i
		wait_until "$point $*: daemon $i runs" notes here 1
		pid=$(noted here)
		quietly launch -q --app="app$i" "$FORKER" end 5 ||
			fail "$point $*: launch $i started a second one: $?"
		wait_until "$point $*: daemon $i, $pid, is the instance" 5 \
			pid_is "app$i" "$pid"
		notes main 1 || fail "$point $*: two of $i have run"
		end_all "$pid"
	done
	freed
}

@test "keeper: killed in the middle of it, fifteen times at each point: the daemon is the instance" {
	for point in settle successor-found; do
		dies_at "$point" daemon
		dies_at "$point" daemon exec execv
		dies_at "$point" fork setsid orphan exec execv
	done
}

# looked: the keeper has stopped at successor-looked, and goes on by end.
looked() {
	KEEPER=$(keeper_of app)
	[ -n "$KEEPER" ] && has_state "$KEEPER" T
}

@test "keeper: the one copy it has seen forks and ends while it looks: the daemon is the instance" {
	begin env ONLYONE_TEST_POINTS=successor-looked=stop "$BUILD/points/onlyone" \
		--app=app env -u ONLYONE_TEST_POINTS "$FORKER" \
		fork setsid wait go fork orphan close-range >out 2>&1
	ends "$BEGUN" 0
	wait_until 'the keeper has looked' looked
	for exe in /proc/[0-9]*/exe; do
		[[ $exe -ef $FORKER ]] && [[ ${exe%/exe}/cwd -ef . ]] &&
			copy=${exe%/exe}
	done
	touch go
	wait_until 'the daemon runs' notes here 1
	wait_until 'what has forked it is gone' refute test -e "$copy"
	DAEMON=$(noted here)
	kill -CONT "$KEEPER"
	wait_until 'it is the instance' \
		eval 'kill -CONT "$KEEPER" && pid_is app "$DAEMON"'
	quietly launch -q --app=app "$FORKER" end 5 || fail "a second one: $?"
	notes main 1
	end_all "$DAEMON"
}

# --- what is not followed, and what helps -------------------------------------

# bats test_tags=check
@test "not followed: a static program that daemonises itself: free after the first process, and -v says so" {
	run -0 --separate-stderr eval 'launch -v "$FORKER-static" daemon 3>&-'
	[[ $stderr == *static*'not followed'* ]] || fail "says: $stderr"
	wait_until 'the daemon runs' notes here 1
	freed "$FORKER-static"
	alive "$(noted here)"
	quietly launch "$FORKER-static" end 5 && fail 'not a start'
	end_all "$(noted here)"
}

# bats test_tags=check
@test "not followed: a script whose child daemonises itself: free when the script ends" {
	script app /bin/sh <<-END
		$FORKER daemon
		exit 0
	END
	for i in 1 2; do
		quietly launch ./app
		wait_until 'the daemon runs' notes here "$i"
		freed ./app
	done
	alive $(noted here)
	end_all $(noted here)
}

# bats test_tags=check
@test "not followed: a script that ends in exec of the daemon is followed" {
	script app /bin/sh <<-END
		exec $FORKER daemon
	END
	quietly launch ./app
	wait_until 'the daemon runs' notes here 1
	wait_until 'it is the instance' pid_is ./app "$(noted here)"
	quietly launch -q ./app
	notes main 1
	end_all "$(noted here)"
}

@test "not followed: a child that execs while its parent lives is a program of its own" {
	quietly launch "$FORKER" linger 300 fork setsid exec execv
	wait_until 'it runs' notes here 1
	freed "$FORKER"
	alive "$(noted here)"
	end_all "$(noted here)"
}
