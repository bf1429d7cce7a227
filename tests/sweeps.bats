#!/usr/bin/env bats
# as: user (what is swept is one user's own)
# sweeps.bats: files swept away, and launches right after: no second instance.
#
# $SWEEP_ROUNDS rounds (60) of each.  The guest `witness` takes a lock of its
# own and shouts when two run.  A sweep never makes a launch start, nor fail;
# files come back.  (A launch that is being swept under may be told to look
# again; that costs it time, not its answer.)
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common

ROUNDS=${SWEEP_ROUNDS:-60}

own_setup() {
	HANDLED=$PWD/handled
	HANDLER="echo \"\$1\" >>'$HANDLED'"
	: >"$HANDLED"
}

# swept_by COMMAND...: the instance, swept by COMMAND before each launch.  All
# arguments reach the handler.
swept_by() {
	sweeps "$@"
	assert_equal "$(wc -l <"$HANDLED")" "$ROUNDS"
	assert_equal "$(sort -u "$HANDLED" | wc -l)" "$ROUNDS"
}

sweeps() {
	local round status
	begin_guest onlyone --on-activate="$HANDLER" "$W" first
	for ((round = 1; round <= ROUNDS; round++)); do
		"$@" 2>/dev/null || true
		run launch -q "$W" "$round"
		[[ $status =~ ^(${told-0})$ ]] || fail "$round: $status"
	done
	[ "$(constructors)" = 1 ]
	assert_equal "$(ctl pid "$W")" "$BEGUN"
	never_two
}

sweep_slot() { rm -rf "${ONLYONE_DIR:?}"/*; }

sweep_root() { rm -rf "${ONLYONE_DIR:?}"; }

sweep_file() { rm -rf "${ONLYONE_DIR:?}"/*/"$1"; }

sweep_any() {
	local files=(pid info mapping sock)
	sweep_file "${files[RANDOM % 4]}"
}

sweep_moved() {
	mv "${ONLYONE_DIR:?}"/* "$BATS_TEST_TMPDIR/here/moved.$RANDOM.$RANDOM"
}

# anew: that instance has ended, and all is as it was.
anew() {
	killed "$BEGUN"
	: >"$HANDLED"
	: >"$GUEST_LOG"
	freed
}

@test "sweep: the slot folder, the whole root or a file is gone, or moved away, and a launch right after: no second one" {
	for sweep in sweep_slot sweep_root sweep_moved 'sweep_file pid' \
		'sweep_file info' 'sweep_file mapping' 'sweep_file sock'; do
		echo "$sweep" >&2
		swept_by $sweep
		anew
	done
}

# The keeper's death and the sweep: what is left must be enough to tell that
# it lives.  The handler was in info alone, and goes with it: launches say so.
kill_and() {
	local keeper
	keeper=$(sed -zn 's/^keeper=0*//p' "$ONLYONE_DIR"/*/info | tr -d '\0')
	# Still healing, or not swept at all.
	if [ -n "$keeper" ] && is_keeper "$keeper"; then
		kill -KILL "$keeper" 2>/dev/null || true
	fi
	"$@"
}

@test "sweep: the keeper killed and a file gone: no second one" {
	for file in sock pid info mapping; do
		told=0
		[ "$file" != info ] || told='0|69'
		sweeps kill_and sweep_file "$file"
		anew
	done
}

# cleaner COMMAND...: COMMAND all the time, in the background.
cleaner() { while :; do "$@" 2>/dev/null || true; done; }

# launches_under COMMAND...: with it all the time, in runs of the program that
# come and go.
launches_under() {
	local round status cleaner pids=()
	cleaner "$@" 3>&- &
	cleaner=$!
	STARTED+=("$cleaner")
	for ((round = 1; round <= ROUNDS; round++)); do
		# Several at once: starts, activations, ends.
		pids=()
		for i in 1 2 3; do
			timeout -k 5 $LIMIT onlyone --on-activate="$HANDLER" "$W" \
				"$round.$i" for 10 3>&- 2>>said &
			pids+=("$!")
		done
		for i in 0 1 2; do
			status=0
			wait "${pids[i]}" || status=$?
			echo "$status" >>statuses
		done
	done
	kill -KILL "$cleaner"
	wait "$cleaner" 2>/dev/null || true
	never_two
	[ -z "$(sort "$HANDLED" | uniq -d)" ]
	frees run -0 launch "$W" last for 0
	wait_until 'no keeper is left' no_keepers
	# Nobody was told a lie: 0, or silence because nothing stayed.
	prints '' grep -vxE '0|69|76' statuses
	sort statuses | uniq -c >&2
	sort said | uniq -c | sort -rn | head -5 >&2
	[ "$(grep -cx 0 statuses)" -ge $((ROUNDS * 3 * 9 / 10)) ]
	[ "$(constructors)" -ge $((ROUNDS / 4)) ]
}

@test "sweep: a cleaner of slot folders, of the whole root, or of single files all the time: no second one" {
	for sweep in sweep_slot sweep_root sweep_any; do
		echo "$sweep" >&2
		launches_under $sweep
		rm statuses
		: >"$GUEST_LOG"
		: >"$HANDLED"
	done
}

@test "sweep: an instance under a cleaner stays the one" {
	begin_guest onlyone --on-activate="$HANDLER" "$W" first
	cleaner sweep_slot 3>&- &
	cleaner=$!
	STARTED+=("$cleaner")
	for ((round = 1; round <= ROUNDS; round++)); do
		status=0
		launch "$W" "$round" 2>>said || status=$?
		echo "$status" >>statuses
	done
	kill -KILL "$cleaner"
	wait "$cleaner" 2>/dev/null || true
	sort statuses | uniq -c >&2
	sort said | uniq -c | sort -rn | head -5 >&2
	[ "$(constructors)" = 1 ]
	launch "$W" last
	assert_equal "$(ctl pid "$W")" "$BEGUN"
	grep -qx last "$HANDLED"
	never_two
}

# What is executed, or forked, only after the sweep: all of the instance's.

# gated N COMMAND...: a script that waits for the file N, then executes COMMAND.
gated() {
	printf '%s\n' '#!/bin/sh' 'gate=$1; shift' \
		'until [ -e "$gate" ]; do sleep 0.02; done' 'exec "$@"' >gated
	chmod +x gated
	begin onlyone -a d --on-activate="$HANDLER" "$PWD/gated" "$PWD/$1" \
		"${@:2}"
	wait_until 'it has a keeper' eval '[ "$(keeper_of d)" -gt 1 ]'
}

# healed: the files are back, all of them.
healed() {
	local file
	for file in pid info mapping sock; do
		[ -e "$(echo "$ONLYONE_DIR"/*)/$file" ] || return
	done
}

# the_daemon: one copy of daemonize has gone into the background, and it is the
# instance: the next launch hands over to it.
the_daemon() {
	wait_until 'a copy goes on' notes copy 1
	daemon=$(noted copy)
	wait_until 'the copy is the instance' pid_is d "$daemon"
	launch -q -a d "$GUESTS/daemonize" next
	assert_equal "$(cat "$HANDLED")" next
	assert_equal "$(noted copy)" "$daemon"
	killed "$daemon"
	wait_until 'the slot is free' swept
	: >"$GUEST_LOG"
	: >"$HANDLED"
	rm -f gate*
}

# swept_and_back COMMAND...: swept by it, and the files are there again.
swept_and_back() {
	"$@" 2>/dev/null || true
	wait_until 'the files are back' healed
}

SWEEPS=(sweep_slot sweep_root 'sweep_file mapping' 'sweep_file info'
	sweep_moved)

@test "sweep: what a wrapper executes after it goes into the background, and stays the one" {
	for sweep in "${SWEEPS[@]}"; do
		gated gate "$GUESTS/daemonize"
		swept_and_back $sweep
		: >gate
		the_daemon
	done
}

@test "sweep: at the very moment of an exec, too" {
	for sweep in "${SWEEPS[@]}"; do
		gated gate "$GUESTS/daemonize"
		: >gate
		$sweep 2>/dev/null || true
		the_daemon
	done
}

@test "sweep: one before each of two execs, then into the background: it stays the one" {
	for sweep in "${SWEEPS[@]}"; do
		gated gate "$PWD/gated" "$PWD/gate.2" "$GUESTS/daemonize"
		swept_and_back $sweep
		: >gate
		wait_until 'it has executed once' grep -qz gate.2 \
			"/proc/$BEGUN/cmdline"
		swept_and_back $sweep
		: >gate.2
		the_daemon
	done
}

@test "sweep: and the keeper killed after it: what is executed then stays the one" {
	for sweep in "${SWEEPS[@]}"; do
		gated gate "$GUESTS/daemonize"
		swept_and_back $sweep
		keeper_killed d
		: >gate
		wait_until 'a copy goes on' notes copy 1
		ended "$BEGUN"
		the_daemon
	done
}

# forks GATE: a program that waits for the file, and then puts a copy of itself
# into the background, which executes nothing.
forks() {
	begin onlyone -a d --on-activate="$HANDLER" /usr/bin/python3 -c '
import os, sys, time
while not os.path.exists(sys.argv[1]):
    time.sleep(0.02)
if os.fork():
    os._exit(0)
os.setsid()
with open(os.environ["GUEST_LOG"], "a") as log:
    log.write("%d copy\n" % os.getpid())
time.sleep(300)
' "$PWD/$1"
	wait_until 'it has a keeper' eval '[ "$(keeper_of d)" -gt 1 ]'
	wait_until 'it is in Python' grep -q libonlyone "/proc/$BEGUN/maps"
}

@test "sweep: a copy of what was there before it stays the one, with its keeper killed or not" {
	for sweep in "${SWEEPS[@]}"; do
		for kill in '' before after; do
			forks gate
			swept_and_back $sweep
			# Twice: the one that is mapped is not the last one.
			swept_and_back $sweep
			if [ "$kill" = before ]; then
				keeper_killed d
				launch -q -a d true # which has a keeper again
				: >"$HANDLED"
			elif [ "$kill" = after ]; then
				keeper_killed d
			fi
			: >gate
			the_daemon
		done
	done
}

@test "sweep: the keeper killed while it puts the files back: the next one goes on" {
	for point in heal-files heal-recorded heal-mapping; do
		PATH=$BUILD/points:$PATH ONLYONE_TEST_POINTS=$point=kill:1 \
			forks gate
		keeper=$(keeper_of d)
		sweep_file mapping
		ended "$keeper"
		launch -q -a d true
		wait_until 'the files are back' healed
		: >"$HANDLED"
		: >gate
		the_daemon
	done
}

# comes_late: a launch, $late, that has made its folder, and is stopped.
comes_late() {
	local n
	n=$("$KILLAT" -l onlyone -a late "$W" late for 0 3>&- |
		awk '$1 == "launch.1" && $3 == "mkdirat" { print $2; exit }')
	freed
	: >"$GUEST_LOG"
	"$KILLAT" -s launch.1 "$n" onlyone -a late "$W" late for 0 \
		</dev/null >pid 2>said 3>&-
	late=$(cat pid)
	STARTED+=("$late")
	wait_until 'it has stopped' has_state "$late" T
}

@test "late: who made the folder comes when its instance lives without pidfile and keeper: none is started" {
	comes_late
	begin_guest onlyone -a late "$W" first
	slot=$(the_slot)
	killed "$(sed -zn 's/^keeper=0*//p' "$slot/info" | tr -d '\0')"
	rm "$slot/pid"
	kill -CONT "$late"
	wait_until 'the late one has ended' gone "$late"
	never_two
	assert_equal "$(constructors)" 1
	assert_equal "$(ctl pid late)" "$BEGUN"
	assert_equal "$(cat "$slot/pid")" "$BEGUN"
}

@test "late: who made the folder comes when its socket was left by one that is dead: it begins again, and starts" {
	comes_late
	cd "$(slots)"
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("sock")'
	cd -
	kill -CONT "$late"
	wait_until 'it has ended' gone "$late"
	assert_equal "$(cat said)" ''
	assert_equal "$(constructors)" 1
}
