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
	run -3 --separate-stderr here -a nightly sh -c \
		'echo "$ONLYONE_TOKEN $ONLYONE_CLUSTER_KEY"; exit 3'
	assert_equal "$stderr" ''
	assert_output --regexp "^[1-9][0-9]* $PREFIX/v1/l/u/[^/]*/nightly$"
	first=${output%% *}
	run -0 here -a nightly sh -c 'echo "$ONLYONE_TOKEN"'
	[ "$output" -gt "$first" ]
	nothing_held
	no_helpers
}

@test "a second host is told who has it: 75; or skips: 0; or -E says what" {
	held nightly
	run -75 --separate-stderr elsewhere -n -a nightly \
		touch ran
	says "nightly: held by $(id -un)@$(uname -n), pid * (sleep), since ??:??:??, token * (etcd)"
	pid=${stderr#*pid }
	[ "${pid%% *}" = "$BEGUN" ]
	run -75 elsewhere -a nightly touch ran
	run -9 elsewhere -E 9 -a nightly touch ran
	run -0 --separate-stderr elsewhere --skip -a nightly touch ran
	says 'nightly: held by *; skipped'
	run -0 --separate-stderr elsewhere --skip -q -a nightly touch ran
	assert_equal "$stderr" ''
	[ ! -e ran ]
	# Another key, another application and another user are others.
	run -0 elsewhere -n -a nightly -k a true
	run -0 elsewhere -n -a daily true
}

@test "a second launch on this host never asks the cluster" {
	held nightly
	freeze one
	run -75 here -n -a nightly touch ran
	assert_output --partial 'is running already'
	run -0 here --skip -a nightly touch ran
	thaw one
	[ ! -e ran ]
}

@test "--wait: who waits on another host runs when it is free, once" {
	held nightly
	book_new
	at=()
	for host in b c d; do
		host_add "$host"
		begin at+= on "$host" --wait -a nightly \
			"$GUESTS/observer" x for 50
	done
	run -75 --separate-stderr elsewhere -w 0.3 -a nightly \
		touch ran
	says 'nightly: held by *'
	released
	all_end 0 "${at[@]}"
	never_two_at_once
	assert_equal "$RAN" 3
	[ ! -e ran ]
}

@test "the keeper on its host is killed or stopped: the key is held until the program ends, and no longer" {
	for how in killed stopped; do
		held $how
		keeper=$(keeper_of $how)
		$how "$keeper"
		run -75 elsewhere -n -a $how true
		kill "$PROGRAM"
		run -0 elsewhere -w $PATIENCE -a $how true
		[ $how = killed ] || kill -CONT "$keeper"
		ends "$HELD" 143
	done
	# Here too, where nobody has tidied up.
	run -0 here -n -a killed true
}

# bats test_tags=both
@test "--take is killed: the program and all of it end at once, and the key is free" {
	book_new
	begin onlyone-cluster --ttl=8 --grace=4 -a nightly sh -c '
		"$GUESTS/observer" x &
		setsid sleep 1000 &
		env -i sleep 1000 &
		wait'
	wait_until 'it runs' observed 'alive.* x$'
	below=$(members)
	killed "$BEGUN"
	run -0 elsewhere -w "$PATIENCE" -a nightly "$GUESTS/observer" y for 10
	gone $below
	never_two_at_once
	assert_equal "$RAN" 2
	run -0 here -n -a nightly true
	# One that does not go has until the deadline.
	for how in term stop warn; do
		observing --ttl=2 --on-lost=$how
		killed "$BEGUN"
		run -0 elsewhere -w "$PATIENCE" -a nightly \
			"$GUESTS/observer" y for 10
		never_two_at_once
		assert_equal "$RAN" 2
	done
	no_helpers
}

@test "signals reach the program, and its status is ours" {
	for signal in TERM HUP USR1; do
		begin onlyone-cluster -a "$signal" sh -c \
			"trap 'exit 9' $signal; : >$signal; while :; do sleep .05; done"
		wait_until 'it runs' test -e $signal
		kill -$signal "$BEGUN"
		ends "$BEGUN" 9
	done
	prints -127 --partial 'cannot execute ./none' here -a none ./none
	nothing_held
}

@test "^Z stops both, fg goes on, ^C ends it: the key is held meanwhile" {
	cat >job.py <<-'END'
	import os, pty, signal, sys, time
	pid, tty = pty.fork()
	if not pid:
	    os.execvp("bash", ["bash", "--norc", "-i"])
	text = b""
	def until(what):
	    global text
	    while what not in text:
	        text += os.read(tty, 4096)
	    text = text.split(what, 1)[1]
	def type(what):
	    os.write(tty, what.encode())
	type("PS1=; onlyone-cluster --ttl=1 -a z sh -c 'echo be\"\"gun; exec sleep 1000'\n")
	until(b"begun")
	type("\x1a")
	until(b"Stopped")
	type("sleep 2; echo st\"\"ill; fg\n")
	until(b"still")
	until(b"onlyone-cluster")
	type("\x03")
	type("echo stat\"\"us $?\n")
	until(b"status 130")
	type("exit\n")
	END
	run -0 timeout $LIMIT python3 job.py
}

# bats test_tags=both
@test "what renews is killed: the program ends in time, and all of it" {
	book_new
	begin onlyone-cluster --ttl=1 -a nightly sh -c '
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
@test "it is killed, or stopped, beside processes that stand in execve: the same" {
	stuck_serve
	stuck_begin
	stuck_orphan
	for how in killed stopped; do
		book_new
		begin program= onlyone-cluster --ttl=2 -a $how sh -c '
			trap "" TERM
			(setsid "$GUESTS/observer" x ignore &)
			while :; do sleep 1; done'
		wait_until 'it runs' observed alive
		keeps=$(holder)
		$how "$keeps"
		run -0 --separate-stderr elsewhere -w 30 \
			-a $how "$GUESTS/observer" x for 10
		ends "$program" 76
		[ $how = killed ] || kill -CONT "$keeps"
		never_two_at_once
		assert_equal "$RAN" 2
	done
	stuck_free
}

# bats test_tags=both
@test "it is stopped, or with its watchdog killed or stopped: the program ends in time" {
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

@test "it and --take are killed: what the program has started without a mark of ours ends with it" {
	begin HELD= onlyone-cluster --ttl=4 -a nightly sh -c \
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
	no_helpers
	never_two_at_once
	begin onlyone-cluster --ttl=2 --lifetime=tree -a tree \
		sh -c '"$GUESTS/observer" y ignore & exit 0'
	wait_until 'it runs' observed 'alive.* y$'
	wait_until 'its parent has ended' fallen "$BEGUN"
	both_stopped
	run -0 elsewhere -w 30 -a tree \
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
	run -0 elsewhere -w 30 -a nightly \
		grep -q '^State:.T' "/proc/$PROGRAM/status"
	kill -CONT "${BOTH[@]}"
	ends "$HELD" 76
	gone "$PROGRAM"
}

# goes_on PID: nobody has stopped it.
goes_on() { alive "$1" && ! has_state "$1" T; }

@test "--on-lost=stop, warn: the engine was restarted, and has the key still: it goes on" {
	for how in stop warn; do
		begin onlyone-cluster --ttl=2 --on-lost=$how -a $how \
			sleep 1000 2>>$how
		wait_until 'it runs' runs $how
	done
	for _ in once twice; do
		slain one
		wait_until 'it is stopped' has_state "$(program_of stop)" T
		wait_until 'that is said' file_has warn 'it too$'
		etcd_begin one
		wait_until 'it goes on' file_has stop 'goes on$'
		goes_on "$(program_of stop)"
		wait_until 'that is said' file_has warn 'is still held$'
		: >stop
		: >warn
	done
	for how in stop warn; do ctl stop $how; done
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
	begin onlyone-cluster --ttl=1 --on-lost=stop -a nightly \
		bash -c 'trap : PWR; sleep 1000 & wait'
	wait_until 'it runs' runs nightly
	program=$(program_of nightly)
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
	run -75 elsewhere -n -a nightly true
	alive "$PROGRAM"
	released
}

@test "the store is silent for a moment: nothing happens" {
	begin onlyone-cluster --ttl=12 -a nightly \
		sh -c 'until [ -e go ]; do sleep .05; done; exit 5'
	wait_until 'it runs' runs nightly
	freeze one
	wait_until 'a renewal has come to nothing' age 4500
	thaw one
	touch go
	ends "$BEGUN" 5
}

@test "the store is silent for good: TERM with grace, KILL before the lease ends" {
	book_new
	begin begin2= onlyone-cluster --ttl=2 --grace=1 -a polite \
		"$GUESTS/observer" polite
	begin onlyone-cluster --ttl=2 -a deaf sh -c 'trap "echo TERM >>said" TERM
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
		etcd_ctl one lease revoke "$lease" || : # another may have run out
	done
	ends "$HELD" 76
	grep -q 'nightly: its lease on the cluster is gone' said
}

@test "--on-lost=warn lets it run, =stop stops it until all is well, =kill kills" {
	for how in warn stop kill; do
		begin onlyone-cluster --ttl=1 --on-lost=$how -a $how \
			sh -c "trap 'echo TERM >$how.term' TERM
			until [ -e $how.go ]; do sleep .01; done; exit 4" \
			2>$how.said
		eval "$how=$BEGUN"
		wait_until 'it runs' runs $how
	done
	stop_pid=$(program_of stop)
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
	begin onlyone-cluster --ttl=1 -a nightly sh -c \
		'echo "$ONLYONE_TOKEN" >token; exec sleep 1000'
	wait_until 'it runs' test -s token
	frozen=("$BEGUN" "$(program_of nightly)" "$(holder)" "$(watchdog)")
	stopped "${frozen[@]}"
	run -0 elsewhere -w 30 -a nightly sh -c \
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
	run -3 here --hold=2 -n -a tick sh -c 'exit 3'
	run -75 --separate-stderr elsewhere -n -a tick touch ran
	says "tick: ran on $(uname -n) at ??:??:??, exit 3"
	# On this host too.
	run -0 here --hold=2 --skip -a tick touch ran
	[ ! -e ran ]
	run -0 elsewhere -w 20 -a tick true
}

@test "--hold: three hosts whose clocks differ run a short job once a tick" {
	for host in b c; do host_add "$host"; done
	book_new
	at=()
	for host in a b c; do
		begin at+= on "$host" --hold=5 --skip -a tick \
			"$GUESTS/observer" x for 20
		wait_until 'the clocks differ' age 500 "$host"
	done
	all_end 0 "${at[@]}"
	never_two_at_once
	assert_equal "$RAN" 1
}

# bats test_tags=both
@test "a daemon is followed: the launch ends, the key is held until it does" {
	run -0 --separate-stderr quietly here -a daemon "$GUESTS/daemonize"
	run -75 elsewhere -n -a daemon true
	run -75 here -n -a daemon true
	killed "$(daemons)"
	run -0 elsewhere -w $PATIENCE -a daemon true
	run -0 here -w $PATIENCE -a daemon true
	# It can be ended from here, and from there.
	quietly here -a daemon "$GUESTS/daemonize"
	ctl stop daemon
	quietly here -a daemon "$GUESTS/daemonize"
	onlyone-cluster stop daemon
	[ -z "$(daemons)" ]
	quietly here --lifetime=main -a daemon "$GUESTS/daemonize"
	run -0 elsewhere -n -a daemon true
	killed "$(daemons)"
	# A helper that stays is none, and with tree everything is.
	run -0 quietly here -a helper sh -c 'sleep 1000 & echo $! >helper'
	run -0 elsewhere -n -a helper true
	killed "$(cat helper)"
	begin here --lifetime=tree -a helper sh -c 'sleep 1000 & echo $! >tree; exit 3'
	wait_until 'it runs' test -s tree
	run -75 elsewhere -n -a helper true
	killed "$(cat tree)"
	ends "$BEGUN" 3
}

# daemons: their pids, of this test.
daemons() {
	local exe
	for exe in $(find /proc/[0-9]*/exe -lname "$GUESTS/daemonize" \
		2>/dev/null); do
		! grep -qz "^ONLYONE_DIR=$ONLYONE_DIR\$" "${exe%exe}environ" ||
			basename "${exe%/exe}"
	done
}

@test "who waits on this host gets slot and key, one after the other" {
	held nightly
	book_new
	at=()
	for i in 1 2 3; do
		begin at+= onlyone-cluster --queue=9 -a nightly \
			"$GUESTS/observer" "$i" for 20
	done
	lined_up "${at[@]}"
	released
	all_end 0 "${at[@]}"
	never_two_at_once
	assert_equal "$RAN" 3
	run -0 here --replace -a nightly true
}

@test "-k: arguments that are keys may be anything" {
	held odd -k $'a/b \n\xff%' -k c
	run -75 elsewhere -n -a odd -k $'a/b \n\xff%' -k c true
	run -0 elsewhere -n -a odd -k $'a/b \n\xff%' true
	run -0 elsewhere -n -a odd -k 'a' -k $'b \n\xff%' -k c \
		true
	long=$(printf %05000d 1)
	held long -k "$long"2
	run -75 elsewhere -n -a long -k "$long"2 true
	run -0 elsewhere -n -a long -k "$long"3 true
}

# bats test_tags=both
@test "list, status, wait, stop: another host's instance" {
	run -3 onlyone-cluster status nightly
	held nightly -k a
	assert_equal "$(onlyone-cluster list --json | jq -r \
		'.[] | "\(.app) \(.key) \(.pid) \(.state) \(.command)"')" \
		"nightly a $HELD running sleep"
	run -0 onlyone-cluster status nightly a
	assert_output --partial "nightly: running on $(uname -n)"
	run -3 onlyone-cluster status nightly b
	run -75 onlyone-cluster wait -w .2 nightly a
	run -0 onlyone-cluster stop nightly a
	ends "$HELD" 143
	run -3 onlyone-cluster stop nightly a
	run -0 onlyone-cluster wait nightly a
	# One that does not go is still there, or killed.
	observing --ttl=5
	run -75 onlyone-cluster stop -w .3 nightly
	run -0 onlyone-cluster stop --kill-after=0 nightly
	ends "$BEGUN" 137
	nothing_held
}

@test "a command of a verb's name stands behind --; two policies are 64" {
	run -64 here -n --skip true
	mkdir bin
	printf '#!/bin/sh\nexit 5\n' >bin/list
	chmod 755 bin/list
	PATH=$PWD/bin:$PATH run -5 here -- list
	run -0 here -- sh -c 'exit 0'
}

@test "--replace ends it on another host, and takes its place" {
	held nightly
	prints -0 new elsewhere --replace -a nightly echo new
	ends "$HELD" 143
	# What does not end in time goes on.
	observing --ttl=60
	run -75 elsewhere --replace -w .3 -a nightly touch ran
	alive "$BEGUN"
}

@test "--join ends with its status, as soon as it does" {
	host_add y
	for code in 0 7; do
		rm -f go
		begin program= onlyone-cluster --ttl=3000 -a nightly sh -c \
			"until [ -e go ]; do sleep .05; done; exit $code"
		wait_until 'it runs' runs nightly
		begin joins= elsewhere --join -a nightly touch ran
		run -75 on y --join -w .2 -a nightly touch ran
		touch go
		ends "$program" $code
		ends "$joins" $code
	done
	# It has ended, and the key is held back.
	run -6 here --hold=60 -a done sh -c 'exit 6'
	run -6 elsewhere --join -a done touch ran
	[ ! -e ran ]
}
