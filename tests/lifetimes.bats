#!/usr/bin/env bats
# as: user (no right is asked for)
# lifetimes.bats: how long a program has its slot: --lifetime=HOW.
#
# main: as long as the launched process; daemon: as long as that or what it
# turns itself into; tree: until the last of all that it has started has
# ended, whatever sessions, parents and environments these have, and whoever
# of those that watch is killed meanwhile.
# shellcheck disable=SC2016,SC2030,SC2031,SC2046,SC2086,SC2154
load lib/common

BOTH=("$FORKER" "$FORKER-static")

# busy COMMAND...: a launch of it finds an instance.
busy() {
	local status=0
	quietly launch -n "$@" || status=$?
	[ "$status" = 75 ] || fail "not busy: $status: $(tail -n 1 out)"
}

# free COMMAND...: a launch of it starts it, the guest's "end 5" or "exit 5".
free() {
	local status=0
	freed "$1"
	quietly launch -n "$@" || status=$?
	[ "$status" = 5 ] || fail "not free: $status: $(tail -n 1 out)"
}

# grown COMMAND...: a launch of a tree in the background; $PARENT is the
# launch, $ROOT the program.
grown() {
	: >"$GUEST_LOG"
	begin PARENT= env --default-signal onlyone --lifetime=tree "$@" \
		</dev/null >>out 2>&1
	wait_until 'the program is in main' file_has "$GUEST_LOG" '^[0-9]+ main'
	ROOT=$(sed -n '0,/ main.*/s/ main.*//p' "$GUEST_LOG")
}

# rooted COMMAND...: grown, and its program has ended; $REST is the daemon and
# the workers that it has left, the oldest first.
rooted() {
	local guest=$1
	shift
	grown "$guest" "$@"
	wait_until "$*: the rest runs" notes here 1
	wait_until "$*: the program has ended" gone "$ROOT"
	mapfile -t REST < <(noted worker; noted here)
	[ "${#REST[@]}" -gt 0 ]
}

# rest_is_it APP: the instance is one of $REST.
rest_is_it() { wait_until 'the rest is the instance' pid_of_rest "$1"; }

pid_of_rest() {
	local pid
	pid=$(ctl pid "$1") && [[ " ${REST[*]} " == *" $pid "* ]]
}

# --- main, daemon -------------------------------------------------------------

@test "main: the slot is free when the launched process has ended, whatever it leaves" {
	for guest in "${BOTH[@]}"; do
		for steps in daemon 'worker fork' 'fork setsid fork' \
			'daemon exec execv'; do
			: >"$GUEST_LOG"
			quietly launch --lifetime=main "$guest" $steps
			wait_until 'what it leaves runs' notes here 1
			free "$guest" end 5
			alive "$(noted here)"
			killed $(noted here) $(noted worker)
		done
	done
}

# bats test_tags=check
@test "daemon: said or not, a dynamic program's daemon is the instance; a static one's is not followed" {
	for how in --lifetime=daemon -v; do
		: >"$GUEST_LOG"
		quietly launch "$how" "$FORKER" daemon
		wait_until 'the daemon runs' notes here 1
		wait_until 'the daemon is the instance' \
			pid_is "$FORKER" "$(noted here)"
		busy "$FORKER" end 5
		killed "$(noted here)"
		free "$FORKER" end 5
		: >"$GUEST_LOG"
		quietly launch "$how" "$FORKER-static" daemon
		wait_until 'the daemon runs' notes here 1
		free "$FORKER-static" end 5
		killed "$(noted here)"
	done
}

# --- tree ---------------------------------------------------------------------

@test "tree: the slot stays until the last one has ended, whatever it has done to itself" {
	for guest in "${BOTH[@]}"; do
		while read -r steps; do
			rooted "$guest" $steps
			# The last remains until all others have gone.
			for pid in "${REST[@]}"; do
				alive "$PARENT" || fail "$steps: it has ended"
				busy "$guest" end 5
				rest_is_it "$guest"
				killed "$pid"
			done
			ends "$PARENT" 0
			free "$guest" end 5
		done <<-'END'
			fork
			daemon
			worker daemon
			fork setsid fork setsid fork close-range
			worker daemon worker daemon
			daemon exec execv daemon exec execve
			fork setsid orphan exec execv worker
		END
	done
}

# bats test_tags=check
@test "tree: a child with an empty environment keeps it" {
	unmarked 'exit 7'
	wait_until 'the program has ended' gone "$(cat root)"
	busy -a app false
	alive "$PARENT"
	count_is app 1
	killed "$(cat pids)"
	ends "$PARENT" 7
	freed app
}

# unmarked LAST: a tree whose program starts a child that has nothing in its
# environment but what lets this test find it afterwards.
unmarked() {
	begin PARENT= onlyone --lifetime=tree -a app sh -c '
		echo $$ >root
		( env -i "ONLYONE_DIR=$ONLYONE_DIR" setsid sleep 300 &
		echo $! >pids )
		until [ -e gate ]; do sleep 0.01; done
		'"$1" </dev/null >>out 2>&1
	wait_until 'the child runs' test -s pids
	wait_until 'it is what it is to be' has_name "$(cat pids)" sleep
	: >gate
}

@test "tree: pid names the program, not its parent; afterwards what is left, the oldest first" {
	for guest in "${BOTH[@]}"; do
		gated "$guest"
		assert_equal "$(parent_of "$ROOT")" "$PARENT"
		pid_is "$guest" "$ROOT"
		opened
		wait_until 'the worker is the instance' \
			pid_is "$guest" "$(noted worker)"
		killed "$(noted worker)"
		wait_until 'the daemon is the instance' \
			pid_is "$guest" "$(noted here)"
		assert_equal "$(ctl list --json | jq length)" 1
		killed "$(noted here)"
		ends "$PARENT" 0
	done
}

# --- tree: who watches is killed ------------------------------------------------

# gated GUEST: grown, with a worker, and a daemon once there is the gate.
gated() {
	rm -f gate
	grown "$1" worker wait "$PWD/gate" daemon
	wait_until 'its child runs' notes worker 1
}

opened() {
	: >gate
	wait_until 'the rest runs' notes here 1
	ended "$ROOT"
	mapfile -t REST < <(noted worker; noted here)
}

# --- tree: its end --------------------------------------------------------------

# grown_two GUEST: grown, with two workers.
grown_two() {
	grown "$1" worker worker .
	wait_until 'its children run' notes worker 2
}

# all_gone: the launch, with TERM, and all that it left.
all_gone() {
	local pid
	for pid in "$ROOT" $(noted worker) $(noted here); do
		gone "$pid" || fail "$pid still runs"
	done
}

@test "tree: stop ends all of it, the program first or what it has left" {
	for guest in "${BOTH[@]}"; do
		grown_two "$guest"
		ctl stop "$guest"
		all_gone
		ends "$PARENT" 143
		rooted "$guest" worker worker daemon
		rest_is_it "$guest"
		ctl stop "$guest"
		all_gone
		ends "$PARENT" 0
	done
}

# bats test_tags=check
@test "tree: stop ends a child with an empty environment too" {
	unmarked 'exec sleep 300'
	wait_until 'it goes on' has_name "$(cat root)" sleep
	ctl stop app
	gone "$(cat root)" "$(cat pids)"
	ends "$PARENT" 143
}

@test "tree: replace ends all of it before it runs its own" {
	for guest in "${BOTH[@]}"; do
		grown_two "$guest"
		run -5 launch --replace "$guest" end 5
		all_gone
		ends "$PARENT" 143
		rooted "$guest" worker worker daemon
		run -5 launch --replace "$guest" end 5
		all_gone
		ends "$PARENT" 0
	done
}

@test "tree: one of it that ignores TERM: stop and replace end with 75, with --kill-after it goes" {
	begin PARENT= env --default-signal onlyone -a app --lifetime=tree sh -c '
		"$0" ignore 15 & exec "$0" member' "$GUEST" </dev/null >>out 2>&1
	wait_until 'both run' in_main 2
	ROOT=$(noted 'main 2') REST=$(noted 'main 3')
	run -75 ctl stop -w 0.5 app
	ended "$ROOT"
	wait_until 'it is the instance' pid_is app "$REST"
	run -75 launch --replace -w 0.5 -a app true
	alive "$REST"
	ctl stop --kill-after=0.2 app
	frees ends "$PARENT" 143
}

@test "tree: in a tree: stop of the inner one leaves the outer one, which lasts as long, and stop of that ends both" {
	for verb in inner outer; do
		rm -f leaf
		begin PARENT= env --default-signal onlyone -a outer --lifetime=tree sh -c '
			onlyone -a inner --lifetime=tree sh -c "
				(setsid sleep 300 & echo \$! >leaf)
				exit 4" & exit 5' </dev/null >>out 2>&1
		wait_until 'the leaf is there' test -s leaf
		wait_until 'it is the inner instance' pid_is inner "$(cat leaf)"
		count_is outer 1
		ctl stop $verb
		gone "$(cat leaf)"
		frees ends "$PARENT" 5
	done
}

# bats test_tags=check
@test "tree: TERM after the program's end is for what is left, if the launch sees both at once" {
	grown "$FORKER" worker .
	wait_until 'its child runs' notes worker 1
	kill -STOP "$PARENT"
	wait_until 'the launch is stopped' has_state "$PARENT" T
	kill -KILL "$ROOT"
	wait_until 'the program has ended' has_state "$ROOT" Z
	kill -TERM "$PARENT"
	kill -CONT "$PARENT"
	ended "$(noted worker)"
	ends "$PARENT" 137
}

@test "tree: a handler that still runs does not count, nor what it has started" {
	grown --on-activate='sleep 300 & : >serving; read x <gate' \
		"$GUESTS/guest"
	mkfifo gate
	begin launch "$GUESTS/guest" more </dev/null >>out 2>&1
	wait_until 'the handler runs' test -e serving
	kill -TERM "$ROOT"
	ends "$PARENT" 143
	alive "$BEGUN"
	run -5 timeout $LIMIT onlyone "$GUESTS/guest" exit 5
	echo go >gate
	ends "$BEGUN" 0
}

# --- runs: what an earlier instance has left ------------------------------------

# leaves APP: an instance that ends, and leaves process $LEFT.
leaves() {
	rm -f left
	quietly launch -a "$1" sh -c 'setsid sleep 300 & echo $! >left'
	LEFT=$(<left)
	wait_until 'what it leaves runs' has_name "$LEFT" sleep
	freed "$1"
}

# bats test_tags=check
@test "tree: what an earlier instance has left is no part of the next, which ends without it" {
	leaves app
	for how in '' -W '-k x' '-j 2'; do
		run -7 launch --lifetime=tree $how -a app sh -c 'exit 7'
		freed
	done
	alive "$LEFT"
	# Nor when only the files tell what is left of it.
	begin PARENT= onlyone --lifetime=tree -a app sh -c \
		'sleep 300 & echo $! >pids; wait'
	wait_until 'its child runs' test -s pids
	root=$(ctl pid app)
	killed "$PARENT" "$(keeper_of app)"
	killed "$root"
	wait_until 'the rest is the instance' pid_is app "$(cat pids)"
	killed "$(cat pids)"
	run -5 launch -n -a app sh -c 'exit 5'
	freed app
	alive "$LEFT"
}

# bats test_tags=check
@test "tree: TERM, INT or QUIT ends the launch, though what is left of it ignores that" {
	for how in TERM:setsid TERM:'setsid env -i' INT: QUIT:setsid; do
		sig=${how%:*} how=${how#*:}
		rm -f pids
		begin PARENT= onlyone --lifetime=tree -a app sh -c "trap '' $sig
			$how sleep 300 & echo \$\$ \$! >pids" </dev/null 2>err
		wait_until 'it runs' test -s pids
		read -r root rest <pids
		wait_until 'it is left alone' gone "$root"
		ends_by "$sig" "$PARENT" 0
		grep -q "app has started ignores $sig" err
		alive "$rest"
		killed "$rest"
		freed app
	done
}

# recorded PID: it is the instance, and its ONLYONE_RUN is what the record has.
recorded() {
	local run
	wait_until "$1 is the instance" pid_is guest "$1"
	run=$(tr '\0' '\n' <"/proc/$1/environ" | sed -n 's/^ONLYONE_RUN=//p')
	[ "$run" ] && assert_equal "$run" "$(the_run)"
}

# bats test_tags=check
@test "runs: however a program is begun, it has the name of its run" {
	local guest=$GUESTS/guest first
	begin_guest onlyone "$guest"
	recorded "$BEGUN"
	first=$(the_run)
	begin onlyone --wait --lifetime=tree "$guest" waited
	ctl stop guest
	wait_until 'the next one runs' in_main 2
	recorded "$(ctl pid guest)"
	[ "$(the_run)" != "$first" ]
	first=$BEGUN
	begin_guest onlyone --replace "$guest" replacing
	ends "$first" 143
	recorded "$BEGUN"
	# A new keeper changes nothing; nor if the record was lost with it.
	first=$(the_run)
	killed "$(keeper_of guest)"
	run -75 launch -n "$guest"
	assert_equal "$(the_run)" "$first"
	killed "$(keeper_of guest)"
	rm "$(the_slot)/info"
	run -75 launch -n --lifetime=main "$guest"
	recorded "$BEGUN"
	ctl stop guest
	ended "$BEGUN"
}
