#!/usr/bin/env bats
# cluster.bats: one instance in a cluster, by an etcd of one member.
#
# A host is a state root of its own here: what hosts differ in beyond that is in
# cluster-three.bats.
# as: user (the same, for what is tagged otherwise)
load lib/leased
load lib/stuck
load lib/line

# bats test_tags=both
@test "it runs with its own status, knows its token, and leaves nothing" {
	run -3 --separate-stderr launch --scope=cluster -a nightly sh -c \
		'echo "$ONLYONE_TOKEN $ONLYONE_CLUSTER_KEY"; exit 3'
	assert_equal "$stderr" ''
	assert_output --regexp "^[1-9][0-9]* $PREFIX/v1/l/u/[^/]*/nightly$"
	first=${output%% *}
	run -0 launch --scope=cluster -a nightly sh -c 'echo "$ONLYONE_TOKEN"'
	[ "$output" -gt "$first" ]
	nothing_held
	no_helpers
}

@test "a second host is told who has it: 75; or skips: 0; or -E says what" {
	held nightly
	run -75 --separate-stderr elsewhere --scope=cluster -n -a nightly \
		touch ran
	says "nightly: held by $(id -un)@$(uname -n), pid * (sleep), since ??:??:??, token * (etcd)"
	pid=${stderr#*pid }
	[ "$(parent_of "${pid%% *}")" = "$BEGUN" ]
	run -75 elsewhere --scope=cluster -a nightly touch ran
	run -9 elsewhere --scope=cluster -E 9 -a nightly touch ran
	run -0 --separate-stderr elsewhere --scope=cluster --skip -a nightly \
		touch ran
	assert_equal "$stderr" ''
	[ ! -e ran ]
	# Another key, another application and another user are others.
	run -0 elsewhere --scope=cluster -n -a nightly -k a true
	run -0 elsewhere --scope=cluster -n -a daily true
}

@test "a second launch on this host never asks the cluster" {
	held nightly
	freeze one
	run -75 launch --scope=cluster -n -a nightly touch ran
	assert_output --partial 'is running already'
	run -0 launch --scope=cluster --skip -a nightly touch ran
	thaw one
	[ ! -e ran ]
}

@test "--dry-run: that it is one of a cluster, which is not asked" {
	held nightly
	ONLYONE_DIR=$ONLYONE_DIR.z run -0 onlyone --scope=cluster --dry-run \
		-a nightly true
	assert_line --regexp '^scope: +cluster$'
	assert_line --regexp '^would: +start .*/true, if no other host has its key'
}

# A keeper that is late looks once more: they are the same sooner or later.
@test "without --scope=cluster there is no call more, and no process" {
	for ((n = 0; n < 20; n++)); do
		ONLYONE_CLUSTER=etcd://127.0.0.1:1 strace -f -o with onlyone true
		env -u ONLYONE_CLUSTER strace -f -o without onlyone true
		run ! grep -E 'onlyone-cluster|onlyone/cluster|AF_INET|socketpair' \
			with
		[ "$(calls with)" != "$(calls without)" ] || break
	done
	assert_equal "$(calls with)" "$(calls without)"
	no_helpers
}

# calls FILE: how many of each strace saw.
calls() {
	sed -E 's/^[0-9]+ +//; s/\(.*//' "$1" | grep -E '^[a-z_0-9]+$' |
		sort | uniq -c
}

@test "--wait: who waits on another host runs when it is free, once" {
	held nightly
	book_new
	at=()
	for host in b c d; do
		host_add "$host"
		begin at+= on "$host" --scope=cluster --wait -a nightly \
			"$GUESTS/observer" x for 50
	done
	run -75 --separate-stderr elsewhere --scope=cluster -w 0.3 -a nightly \
		touch ran
	says 'nightly: held by *'
	released
	all_end 0 "${at[@]}"
	never_two_at_once
	assert_equal "$RAN" 3
	[ ! -e ran ]
}

@test "a launch, or its keeper, is killed: the key is held until the program ends" {
	held nightly
	keeper=$(keeper_of nightly)
	killed "$keeper"
	run -75 elsewhere --scope=cluster -n -a nightly true
	killed "$BEGUN"
	run -75 elsewhere --scope=cluster -n -a nightly true
	killed "$PROGRAM"
	wait_until 'the key is free' \
		elsewhere --scope=cluster -n -a nightly true
	# Here too, where nobody has tidied up.
	run -0 launch --scope=cluster -n -a nightly true
}

@test "a keeper that is stopped keeps nobody from the key when its program has ended" {
	for how in once again; do
		held $how
		keeper=$(keeper_of $how)
		# One that has come later, too.
		if [ $how = again ]; then
			killed "$keeper"
			launch --scope=cluster --skip -a $how true
			wait_until 'it has a keeper' keeper_of $how
			keeper=$(keeper_of $how)
		fi
		stopped "$keeper"
		kill "$PROGRAM"
		run -0 elsewhere --scope=cluster -w $PATIENCE -a $how true
		kill -CONT "$keeper"
		ends "$HELD" 143
	done
}

# bats test_tags=both
@test "onlyone-cluster is killed: the program ends in time, and all of it" {
	book_new
	begin onlyone --scope=cluster --ttl=1 -a nightly sh -c '
		trap "" TERM
		"$GUESTS/observer" x ignore &
		setsid sleep 1000 &
		(env -i setsid sleep 1000 &)
		wait'
	wait_until 'it runs' observed alive
	below=$(members)
	killed "$(holder)"
	next_has 76
	gone $below
}

# What has left its parents is found by a look at all processes, which these hold
# up: no deadline waits for it.
@test "onlyone-cluster is killed, or stopped, beside processes that stand in execve: the same" {
	stuck_serve
	stuck_begin
	stuck_orphan
	for how in killed stopped; do
		book_new
		begin program= onlyone --scope=cluster --ttl=2 -a $how sh -c '
			trap "" TERM
			(setsid "$GUESTS/observer" x ignore &)
			while :; do sleep 1; done'
		wait_until 'it runs' observed alive
		keeps=$(holder)
		$how "$keeps"
		run -0 --separate-stderr elsewhere --scope=cluster -w 30 \
			-a $how "$GUESTS/observer" x for 10
		ends "$program" 76
		[ $how = killed ] || kill -CONT "$keeps"
		never_two_at_once
		assert_equal "$RAN" 2
	done
	stuck_free
}

# bats test_tags=both
@test "onlyone-cluster is stopped, or with its watchdog killed or stopped: the program ends in time" {
	while read -r how who other; do
		echo "$how: $who $other"
		observing --ttl=2
		hurt=("$($who)" ${other:+"$($other)"})
		$how "${hurt[@]}"
		next_has 76
		[ $how = killed ] || kill -CONT "${hurt[@]}"
		no_helpers
	done <<-'END'
		stopped holder
		killed holder watchdog
		stopped holder watchdog
	END
	assert_equal "$(cat said)" "onlyone: nightly: onlyone-cluster makes no\
 progress; the program is ended"
}

@test "onlyone-cluster and launch are killed: what the program has started without a mark of ours ends with it" {
	begin HELD= onlyone --scope=cluster --ttl=4 -a nightly sh -c \
		'env -i setsid sleep 1000 & echo $! >below; wait'
	wait_until 'it runs' test -s below
	below=$(cat below)
	wait_until 'so does the other' grep -qzx sleep "/proc/$below/cmdline"
	killed "$(holder)" "$HELD"
	ended "$below"
}

@test "the watchdog is killed: there is another one; it is stopped: no matter" {
	observing --ttl=1
	first=$(watchdog)
	killed "$first"
	wait_until 'there is another one' other_watchdog "$first"
	second=$(watchdog)
	stopped "$second"
	freeze one
	ends "$BEGUN" 76
	thaw one
	kill -CONT "$second"
	never_two_at_once
}

@test "both are killed, one after the other, when TERM is sent already: the same" {
	observing --ttl=2
	last=$(watchdog)
	killed "$(holder)"
	wait_until 'it is told to go' file_has said 'is ended'
	kill -KILL "$last" || :
	next_has 76
}

# both_stopped: whoever would end the program.
both_stopped() {
	BOTH=("$(holder)" "$(watchdog)")
	stopped "${BOTH[@]}"
}

@test "both are stopped when TERM is sent already, or the first process has ended: the same" {
	observing --ttl=8 --grace=4
	freeze one
	wait_until 'it is told to go' file_has said 'is ended'
	both_stopped
	ends "$BEGUN" 76
	thaw one
	kill -CONT "${BOTH[@]}"
	never_two_at_once
	begin onlyone --scope=cluster --ttl=2 --lifetime=tree -a tree \
		sh -c '"$GUESTS/observer" y ignore & exit 0'
	wait_until 'it runs' observed 'alive.* y$'
	wait_until 'its parent has ended' fallen "$BEGUN"
	both_stopped
	run -0 elsewhere --scope=cluster -w 30 -a tree \
		"$GUESTS/observer" z for 10
	ends "$BEGUN" 76
	never_two_at_once
	assert_equal "$RAN" 3
	kill -CONT "${BOTH[@]}"
}

# fallen PID: the observer is a child of it.
fallen() {
	local pid
	for pid in $(cat "/proc/$1/task/$1/children"); do
		[ "$(readlink "/proc/$pid/exe")" != "$GUESTS/observer" ] || return 0
	done
	return 1
}

@test "both are stopped, --on-lost=stop: the launch stops it until one goes on" {
	held nightly --ttl=1 --on-lost=stop
	both_stopped
	wait_until 'it is stopped' has_state "$PROGRAM" T
	run -0 elsewhere --scope=cluster -w 30 -a nightly \
		grep -q '^State:.T' "/proc/$PROGRAM/status"
	kill -CONT "${BOTH[@]}"
	ends "$HELD" 76
	gone "$PROGRAM"
}

# goes_on PID: nobody has stopped it.
goes_on() { alive "$1" && ! has_state "$1" T; }

@test "--on-lost=stop, warn: the engine was restarted, and has the key still: it goes on" {
	for how in stop warn; do
		begin onlyone --scope=cluster --ttl=2 --on-lost=$how -a $how \
			sleep 1000 2>>$how
		wait_until 'it runs' runs $how
	done
	for _ in once twice; do
		slain one
		wait_until 'it is stopped' has_state "$(ctl pid stop)" T
		wait_until 'that is said' file_has warn 'it too$'
		etcd_begin one
		wait_until 'it goes on' file_has stop 'goes on$'
		goes_on "$(ctl pid stop)"
		wait_until 'that is said' file_has warn 'is still held$'
		: >stop
		: >warn
	done
	for how in stop warn; do ctl stop $how; done
}

# stopped_renewing TTL WHO...: who keeps the key has renewed it, and is stopped
# before he can say so; the others WHO too.  Status 1: we were late.
stopped_renewing() {
	rm -f said
	PATH=$BUILD/points:$PATH ONLYONE_TEST_POINTS=lease-renewed=stop begin \
		onlyone --scope=cluster --ttl="$1" --on-lost=stop -a "n$*" \
		sleep 1000 2>said
	wait_until 'it runs' runs "n$*"
	program=$(ctl pid "n$*")
	keeps=$(holder)
	[ -z "$2" ] || stopped "$("$2")"
	wait_until 'it is stopped' has_state "$program" T
	wait_until 'that has an end' eval \
		'file_has said "goes on$" || continued "$BEGUN" "$keeps"'
	file_has said 'goes on$'
}

@test "--on-lost=stop: it was renewed in time, but that was not seen: it goes on" {
	for who in '' watchdog; do
		for ttl in 3 9 27; do
			if stopped_renewing $ttl $who; then
				wait_until 'it does' eval \
					'kill -CONT "$keeps"; goes_on "$program"'
				break
			fi
			ends "$BEGUN" 76
			[ $ttl != 27 ]
		done
		killed "$(watchdog)" "$keeps" "$program"
		ended "$BEGUN"
	done
}

@test "--on-lost=stop: let go on, it is stopped again; who would let it go on is killed: it is ended" {
	held nightly --ttl=1 --on-lost=stop 2>said
	freeze one
	wait_until 'it is stopped' has_state "$PROGRAM" T
	kill -CONT "$PROGRAM"
	wait_until 'it is stopped again' has_state "$PROGRAM" T
	killed "$(holder)"
	ends "$HELD" 76
	gone "$PROGRAM"
	assert_equal "$(grep -o 'the program is .*' said)" \
		$'the program is stopped\nthe program is ended'
	thaw one
}

@test "--on-lost=stop: what is stopped for that stays so, whoever tells the launch to go on" {
	begin onlyone --scope=cluster --ttl=1 --on-lost=stop -a nightly \
		bash -c 'trap : PWR; sleep 1000 & wait'
	wait_until 'it runs' runs nightly
	program=$(ctl pid nightly)
	freeze one
	wait_until 'it is stopped' has_state "$program" T
	stopped "$BEGUN"
	kill -CONT "$BEGUN"
	# It is taken after that.
	kill -PWR "$BEGUN"
	wait_until 'that has come' has_pending "$program" PWR
	has_state "$program" T
	thaw one
	kill -KILL "$program"
	ended "$BEGUN"
}

# has_pending PID SIGNAL
has_pending() {
	local mask
	mask=$(sed -n 's/^ShdPnd:\t//p' "/proc/$1/status")
	[ $((0x$mask >> ($(kill -l "$2") - 1) & 1)) = 1 ]
}

@test "the launch is stopped for many renewals, and goes on: it ends nothing" {
	held nightly --ttl=1
	stopped "$HELD"
	wait_until 'the lease was renewed' age 3000
	kill -CONT "$HELD"
	run -75 elsewhere --scope=cluster -n -a nightly true
	alive "$PROGRAM"
	released
}

@test "the launch is stopped, and nobody takes what it is told: the program ends in time" {
	observing --ttl=2
	below=$(members)
	stopped "$BEGUN"
	# As if for days: a note for each time that the store was silent.
	python3 - "$(holder)" <<-'END'
	import ctypes, os, socket, struct, sys
	libc = ctypes.CDLL(None, use_errno=True)
	fd = libc.syscall(438, os.pidfd_open(int(sys.argv[1])), 3, 0)
	assert fd >= 0, os.strerror(ctypes.get_errno())
	s = socket.socket(fileno=fd)
	body = b"line=etcd is silent\0"
	try:
	    while True:
	        s.send(b"1one" + struct.pack("=HHI", 1, 197, len(body)) +
	            body, socket.MSG_DONTWAIT)
	except BlockingIOError:
	    pass
	END
	freeze one
	ended "$below"
	thaw one
	run -0 elsewhere --scope=cluster -w 30 -a nightly \
		"$GUESTS/observer" y for 10
	ends_by CONT "$BEGUN" 76
	never_two_at_once
	assert_equal "$RAN" 2
}

@test "the store is silent for a moment: nothing happens" {
	begin onlyone --scope=cluster --ttl=12 -a nightly \
		sh -c 'until [ -e go ]; do sleep .05; done; exit 5'
	wait_until 'it runs' runs nightly
	freeze one
	wait_until 'a renewal has come to nothing' age 4500
	thaw one
	touch go
	ends "$BEGUN" 5
}

# age MS [NAME]: so much time has passed since the first call (of that name).
age() {
	local now began=${ages[${2--}]-}
	now=$(date +%s%3N)
	ages[${2--}]=${began:-$now}
	[ $((now - ${began:-$now})) -ge "$1" ]
}
declare -gA ages

@test "the store is silent for good: TERM with grace, KILL before the lease ends" {
	book_new
	begin begin2= onlyone --scope=cluster --ttl=2 --grace=1 -a polite \
		"$GUESTS/observer" polite
	begin onlyone --scope=cluster --ttl=2 -a deaf sh -c 'trap "echo TERM >>said" TERM
		while :; do sleep .01; date +%s%3N >last.new; mv last.new last; done'
	wait_until 'both run' test -e last
	wait_until 'both run' observed polite
	now=$(date +%s%3N)
	freeze one
	all_end 76 "$begin2" "$BEGUN"
	thaw one
	grep -qx TERM said
	grep -q ' ended .* polite' "$OBSERVED"
	# The lease that was renewed last ends two seconds after it was.
	[ "$(cat last)" -lt $((now + 2000)) ]
}

@test "its lease is revoked: 76, and the line says so" {
	# It is not renewed for long: the key is watched.
	held nightly --ttl=3000 2>said
	for lease in $(etcd_ctl one lease list | sed 1d); do
		etcd_ctl one lease revoke "$lease"
	done
	ends "$HELD" 76
	grep -q 'nightly: its lease on the cluster is gone' said
}

@test "--on-lost=warn lets it run, =stop stops it until all is well, =kill kills" {
	for how in warn stop kill; do
		begin onlyone --scope=cluster --ttl=1 --on-lost=$how -a $how \
			sh -c "trap 'echo TERM >$how.term' TERM
			until [ -e $how.go ]; do sleep .01; done; exit 4" \
			2>$how.said
		eval "$how=$BEGUN"
		wait_until 'it runs' runs $how
	done
	stop_pid=$(on a ctl pid stop)
	freeze one
	ends "$kill" 76
	wait_until 'it is stopped' has_state "$stop_pid" T
	wait_until 'it is warned' file_has warn.said 'goes on'
	alive "$warn"
	thaw one
	touch warn.go stop.go
	ends "$warn" 4
	# The store has kept the lease, or ended it: either is told.
	ended "$stop"
	wait "$stop" || status=$?
	[ "$status" = 4 ] || [ "$status" = 76 ]
	[ ! -e kill.term ] && [ ! -e warn.term ]
}

@test "a whole host is paused: it wakes, ends, and its token is refused" {
	begin onlyone --scope=cluster --ttl=1 -a nightly sh -c \
		'echo "$ONLYONE_TOKEN" >token; exec sleep 1000'
	wait_until 'it runs' test -s token
	frozen=("$BEGUN" "$(on a ctl pid nightly)" "$(holder)" "$(watchdog)")
	stopped "${frozen[@]}"
	run -0 elsewhere --scope=cluster -w 30 -a nightly sh -c \
		'echo "$ONLYONE_TOKEN" >token2; . ../fence; fence "$ONLYONE_TOKEN" new'
	assert_output --partial SUCCESS
	kill -CONT "${frozen[@]}"
	ends "$BEGUN" 76
	. ../fence
	ONLYONE_CLUSTER_KEY=$PREFIX/v1/l/u/$(id -un)/nightly
	prints --partial FAILURE fence "$(cat token)" late
	prints new etcd_ctl one get --print-value-only "$PREFIX/result"
}

@test "--hold: who comes a moment later is told that it ran, and how" {
	run -3 launch --scope=cluster --hold=2 -n -a tick sh -c 'exit 3'
	run -75 --separate-stderr elsewhere --scope=cluster -n -a tick touch ran
	says "tick: ran on $(uname -n) at ??:??:??, exit 3"
	# On this host too.
	run -0 launch --scope=cluster --hold=2 --skip -a tick touch ran
	[ ! -e ran ]
	run -0 elsewhere --scope=cluster -w 20 -a tick true
}

@test "--hold: three hosts whose clocks differ run a short job once a tick" {
	for host in b c; do host_add "$host"; done
	book_new
	at=()
	for host in a b c; do
		begin at+= on "$host" --scope=cluster --hold=5 --skip -a tick \
			"$GUESTS/observer" x for 20
		wait_until 'the clocks differ' age 500 "$host"
	done
	all_end 0 "${at[@]}"
	never_two_at_once
	assert_equal "$RAN" 1
}

@test "two hundred starts at once on five hosts: one runs" {
	book_new
	for host in b c d e; do host_add "$host"; done
	# It runs until all the others have ended.
	for host in '' .b .c .d .e; do
		for i in {1..40}; do
			begin env "ONLYONE_DIR=$ONLYONE_DIR$host" onlyone \
				--scope=cluster --skip -a storm \
				"$GUESTS/observer" x
		done
	done
	wait_until 'all others have ended' one_left "${STARTED[@]}"
	wait_until 'one has begun' observed alive
	kill "$(awk '{ print $5 }' "$OBSERVED")"
	all_end 0 "${STARTED[@]}"
	never_two_at_once
	assert_equal "$RAN" 1
}

# bats test_tags=both
@test "a daemon is followed: the launch ends, the key is held until it does" {
	run -0 --separate-stderr quietly launch --scope=cluster -a daemon \
		"$GUESTS/daemonize"
	wait_until 'the daemon is the instance' runs daemon
	daemon=$(on a ctl pid daemon)
	run -75 elsewhere --scope=cluster -n -a daemon true
	killed "$daemon"
	wait_until 'the key is free' elsewhere --scope=cluster -n -a daemon true
}

@test "one after the other in the same slot: none is ended by the one before" {
	for i in {1..40}; do
		run -0 launch --scope=cluster --ttl=1 -a quick true
		run -0 launch --scope=cluster --ttl=1 -a quick sleep .03
	done
}

@test "who waits on this host gets slot and key, one after the other" {
	held nightly
	book_new
	at=()
	for i in 1 2 3; do
		begin at+= onlyone --scope=cluster --queue=9 -a nightly \
			"$GUESTS/observer" "$i" for 20
	done
	lined_up "${at[@]}"
	released
	all_end 0 "${at[@]}"
	never_two_at_once
	assert_equal "$RAN" 3
	run -0 launch --scope=cluster --replace -a nightly true
}

@test "who waits on this host has the patience of others with a store that is silent" {
	held nightly
	begin onlyone --scope=cluster --wait -a nightly sh -c 'exit 4'
	lined_up "$BEGUN"
	freeze one
	kill "$PROGRAM"
	sleep 1.5 # more than a keeper waits for whom it offers the slot
	thaw one
	ends "$BEGUN" 4
	ends "$HELD" 143
}

@test "-d, -k and rules: a document is one in the cluster, by its path" {
	begin onlyone --scope=cluster --ttl=2 -a ed -d "$GUESTS/guest" ./letter
	wait_until 'it runs' runs ed
	touch letter poem
	mkdir sub
	run -75 elsewhere --scope=cluster -n -a ed -d true sub/../letter
	assert_output --partial 'held by'
	run -0 elsewhere --scope=cluster -n -a ed -d true poem
	run -0 elsewhere --scope=cluster -n -a ed -k letter true
	# Arguments that are keys may be anything.
	held odd -k $'a/b \n\xff%' -k c
	run -75 elsewhere --scope=cluster -n -a odd -k $'a/b \n\xff%' -k c true
	run -0 elsewhere --scope=cluster -n -a odd -k $'a/b \n\xff%' true
	run -0 elsewhere --scope=cluster -n -a odd -k 'a' -k $'b \n\xff%' -k c \
		true
	long=$(printf %05000d 1)
	held long -k "$long"2
	run -75 elsewhere --scope=cluster -n -a long -k "$long"2 true
	run -0 elsewhere --scope=cluster -n -a long -k "$long"3 true
}

@test "-k: as many parts as on one host" {
	begin onlyone --scope=cluster -a many -k '{@}' sh -c 'sleep 1000' {1..999}
	wait_until 'it runs' runs many
	run -75 --separate-stderr elsewhere --scope=cluster -n -a many \
		-k '{@}' sh -c 'sleep 1000' {1..999}
	says 'many: held by *'
	run -0 elsewhere --scope=cluster -n -a many -k '{@}' true {1..999}
}

@test "-d: on a share a document is the same wherever that is mounted" {
	wants mount
	# shellcheck disable=SC2016
	cat >at <<-'END'
	set -e
	mkdir -p "$2"
	mount -t tmpfs "$1" "$2"
	mkdir -p "$(dirname "$2/$3")"
	shift
	cd "$1"
	exec onlyone --scope=cluster -n -a ed -d "$GUESTS/$3" "$2"
	END
	share() {
		unshare --user --map-current-user --keep-caps --mount sh at "$@"
	}
	begin share server:/export here home/letter guest
	wait_until 'it runs' in_main 1
	export ONLYONE_DIR=$ONLYONE_DIR.z
	run -75 share server:/export there home/letter args
	run -75 share server:/export/home 'a b/c' letter args
	run -0 share server:/export2 there home/letter args
	run -0 share other:/export there home/letter args
	run -0 share //server/export there home/letter args
}

@test "-d: where mounts cannot be read it is not taken for another document" {
	needs strace strace
	touch letter
	run -71 --separate-stderr strace -o /dev/null -f \
		-P /proc/self/mountinfo -e inject=openat:error=ENFILE \
		onlyone --scope=cluster -a ed -d "$(command -v rm)" letter
	[[ $stderr == *'onlyone: cannot find the mount'*': Too many open files'* ]]
	[ -e letter ]
	nothing_held
	no_helpers
}

@test "a rule may say so" {
	mkdir -p home/.config/onlyone/rules bin
	export HOME=$PWD/home
	cp "$(command -v sleep)" bin/napping
	PATH=$PWD/bin:$PATH
	ctl -q enable napping --scope=cluster --ttl=2 -n
	begin ctl session -- napping 1000
	wait_until 'it runs' runs napping
	ONLYONE_DIR=$ONLYONE_DIR.z run -75 ctl session -- napping 0
	assert_output --partial 'held by'
	# What it is one of must be known, and its host be able to keep it so.
	ONLYONE_CLUSTER='' ONLYONE_DIR=$ONLYONE_DIR.z \
		run -64 ctl session -- napping 0
	assert_output --partial 'which cluster?'
	touch none
	ONLYONE_DIR=$PWD/none run -73 ctl session -- napping 0
}

@test "one that is stopped stays so: its key may be lost, and stop says that" {
	begin onlyone --scope=cluster -a nightly sleep 1000
	wait_until 'it runs' pid_seen
	program=$(ctl pid nightly)
	stopped "$program"
	run -75 ctl stop -w 0.3 nightly
	assert_output --partial 'is stopped, and has not ended; --kill-after'
	has_state "$program" T
	run -0 ctl stop --kill-after=0 nightly
	ended "$program"
}

pid_seen() { ctl pid nightly; }
