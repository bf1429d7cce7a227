#!/usr/bin/env bats
# as: user (what is swept is one user's own)
# sweeps.bats: files swept away, and launches right after: no second instance.
#
# On a real kernel; at each moment: tests/sim.  The guest `witness` takes a lock of
# its own and shouts when two run.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common

own_setup() {
	HANDLED=$PWD/handled
	HANDLER="echo \"\$1\" >>'$HANDLED'"
	: >"$HANDLED"
}

sweep_slot() { rm -rf "${ONLYONE_DIR:?}"/*; }

sweep_root() { rm -rf "${ONLYONE_DIR:?}"; }

sweep_any() {
	local files=(pid info mapping sock)
	rm -rf "${ONLYONE_DIR:?}"/*/"${files[RANDOM % 4]}"
}

sweep_moved() {
	mv "${ONLYONE_DIR:?}"/* "$BATS_TEST_TMPDIR/here/moved.$RANDOM.$RANDOM"
}

# cleaner COMMAND...: COMMAND all the time, in the background.
cleaner() { while :; do "$@" 2>/dev/null || true; done; }

# launches_under COMMAND...: with it all the time, in runs of the program that
# come and go.
launches_under() {
	local round i status cleaner pids=()
	cleaner "$@" 3>&- &
	cleaner=$!
	STARTED+=("$cleaner")
	for ((round = 1; round <= 60; round++)); do
		# Several at once: starts, activations, ends.
		pids=()
		for i in 1 2 3; do
			begin pids+= onlyone --on-activate="$HANDLER" "$W" \
				"$round.$i" for 10 2>>said
		done
		for i in "${pids[@]}"; do
			status=0
			wait "$i" || status=$?
			# Nobody was told a lie: 0, or silence because nothing
			# stayed.
			[[ $status = @(0|69|76) ]] || fail "$status: $(cat said)"
		done
	done
	kill -KILL "$cleaner"
	wait "$cleaner" 2>/dev/null || true
	never_two
	[ -z "$(sort "$HANDLED" | uniq -d)" ]
	frees run -0 launch "$W" last for 0
}

@test "sweep: a cleaner of slot folders, of the whole root, or of single files all the time: no second one" {
	for sweep in sweep_slot sweep_root sweep_any; do
		echo "$sweep" >&2
		launches_under $sweep
		: >"$GUEST_LOG"
		: >"$HANDLED"
	done
}

# gated: a script that waits for ./gate, then executes what becomes a daemon.
gated() {
	printf '%s\n' '#!/bin/sh' 'gate=$1; shift' \
		'until [ -e "$gate" ]; do sleep 0.02; done' 'exec "$@"' >gated
	chmod +x gated
	begin onlyone -a d --on-activate="$HANDLER" "$PWD/gated" "$PWD/gate" \
		"$GUESTS/daemonize"
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

@test "sweep: what a wrapper executes after it goes into the background, and stays the one" {
	for sweep in sweep_slot sweep_root sweep_moved; do
		gated
		swept_and_back $sweep
		: >gate
		the_daemon
	done
}
