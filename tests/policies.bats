#!/usr/bin/env bats
# as: user (no right is asked for)
# policies.bats: what a launch does when the instance runs.
#
# skip, fail, activate, wait, replace, join, queue: each where the slot is free
# and where it is taken; with the holder killed, stopped or just ending; with
# the keeper killed; with the newcomer killed; with keys and -j.  The guest
# witness tells when two run at once.  The line itself is in line.bats.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common
load lib/line

setup() {
	common_setup
	export GUEST_LOCK=$BATS_TEST_TMPDIR/lock
	GUEST=$GUESTS/guest
}

# held [WORD...]: an instance of the guest: $owner.
held() {
	begin_guest onlyone "$GUEST" "$@"
	owner=$BEGUN
}

# mains: what the ids of the witnesses were, in the order in which they ran.
mains() {
	sed -n 's/^[0-9]* main //p' "$GUEST_LOG" | tr '\n' ' '
}

policies=(--skip -n --if-running=activate --wait -w5 --wait=5 --replace
	--join --queue --queue=3)

# --- free, taken, wrong -----------------------------------------------------

@test "free: with every policy the program is started, with its status" {
	local p
	for p in "${policies[@]}" --wait=0; do
		run launch "$p" "$GUEST" exit 7
		assert_failure 7
		assert_output ''
		wait_until 'the slot is gone' 20 no_slots
	done
	assert_equal "$(constructors)" 11
}

@test "taken: skip is 0 in silence, fail is 75, activate hands over; none starts" {
	with_handler 'echo "<$*>"' -a app
	run launch --skip -a app "$GUEST" a
	assert_success
	assert_output ''
	run launch -n -a app "$GUEST" a
	assert_failure 75
	run launch --if-running=activate -a app "$GUEST" a b
	assert_success
	assert_output '<a b>'
	assert_equal "$(constructors)" 1
}

@test "fail: one line with the pid, the command, since when, and the folder" {
	local how
	held some words
	for how in -n -w0 --wait=0 '--queue -w 0' '--queue --wait=0'; do
		# shellcheck disable=SC2086
		run --separate-stderr launch $how "$GUEST" exit 5
		assert_equal "$status" 75
		says "pid $owner"
		says "$GUEST some words"
		says "in $PWD"
		[[ $stderr =~ [0-9]\ s|for|second ]] || fail "since: $stderr"
		# shellcheck disable=SC2086
		run launch $how -E 9 "$GUEST" exit 5
		assert_failure 9
	done
	assert_equal "$(constructors)" 1
}

# bats test_tags=more
@test "fail: names the terminal of the instance" {
	run timeout 60 "$BATS_TEST_DIRNAME/lib/terminal.py" \
		"tty; exec onlyone '$GUEST'" '</dev/pts/[0-9]+' \
		"!until onlyonectl pid guest; do sleep 0.02; done >&2" \
		"!onlyone -n '$GUEST' 2>said; [ \$? = 75 ]" \
		'!kill $(onlyonectl pid guest)' .
	assert_success
	[[ $output =~ (/dev/)?(pts/[0-9]+) ]]
	file_has said "pid [0-9]+ on [/dev]*${BASH_REMATCH[2]}\)"
}

@test "limit: wait, queue, join and replace end with 75 and name who runs" {
	local p before
	held ignore 15
	for p in '' --wait --queue --join --replace; do
		before=$EPOCHREALTIME
		# shellcheck disable=SC2086
		run --separate-stderr launch $p -w 0.3 "$GUEST" exit 5
		assert_equal "$status" 75
		says "pid $owner"
		[ $((${EPOCHREALTIME/./} - ${before/./})) -ge 300000 ]
		# shellcheck disable=SC2086
		run launch $p -w 0.05 -E 200 "$GUEST" exit 5
		assert_failure 200
	done
	assert_equal "$(constructors)" 1
	pid_is guest "$owner"
}

@test "usage: two different policies are 64, each pair; -w with one that does not wait" {
	local a b
	for a in skip fail activate wait replace join queue; do
		for b in skip fail activate wait replace join queue; do
			[ "$a" != "$b" ] || continue
			run launch --if-running=$a --if-running=$b "$GUEST"
			assert_failure 64
		done
	done
	for a in --skip -n --if-running=activate; do
		run launch "$a" -w 3 "$GUEST"
		assert_failure 64
		assert_output --partial -w
	done
	untouched
}

# --- the holder -------------------------------------------------------------

@test "holder: killed with -9: who waits, queues or replaces runs, as the same process" {
	local p keeper
	for p in --wait --queue '--replace --stop-signal=WINCH'; do
		held ignore 15
		keeper=$(keeper_of guest)
		# shellcheck disable=SC2086
		comes onlyone $p "$GUEST" wait go exit 7
		killed "$owner"
		guest_runs "$BEGUN"
		pid_is guest "$BEGUN"
		assert_equal "$(keeper_of guest)" "$keeper"
		: >go
		ends "$BEGUN" 7
		rm go
	done
}

@test "holder: stopped: nobody starts, each in its way" {
	local p
	held
	stopped "$owner"
	run launch --skip "$GUEST" exit 5
	assert_success
	run launch -n "$GUEST" exit 5
	assert_failure 75
	for p in --wait --queue --join --replace; do
		run launch "$p" -w 0.3 "$GUEST" exit 5
		assert_failure 75
	done
	assert_equal "$(constructors)" 1
	run launch --replace --kill-after=0.1 "$GUEST" exit 5
	assert_failure 5
	ends "$owner" 137
	assert_equal "$(constructors)" 2
}

@test "holder: ending at the very moment: each policy keeps its word, never two" {
	local p i got expected
	for p in --skip -n --wait --queue --replace; do
		for i in 1 2 3 4 5 6 7 8; do
			: >"$GUEST_LOG"
			begin onlyone "$GUESTS/witness" old for 12
			wait_until 'the old one is there' 20 \
				file_has "$GUEST_LOG" 'constructor'
			got=0
			launch "$p" "$GUESTS/witness" new for 3 2>said || got=$?
			ended "$BEGUN"
			never_two
			# Where it took over it ran; else its policy's status.
			expected=0
			if [[ $(mains) != *new* ]]; then
				[[ $p == --skip || $p == -n ]] ||
					fail "$p did not run: $status $(cat said)"
				[ "$p" != -n ] || expected=75
			fi
			assert_equal "$p $got" "$p $expected"
		done
	done
}

# bats test_tags=linux-6-15
@test "holder: ending at the very moment: a joiner has its status, or runs itself" {
	local i status
	for i in {1..25}; do
		: >"$GUEST_LOG"
		begin_guest onlyone "$GUEST" nap $((i % 12)) exit 3
		status=0
		launch --join "$GUEST" exit 4 2>said || status=$?
		ended "$BEGUN"
		case $(constructors) in
		1) assert_equal "$status" 3 ;;
		*) assert_equal "$status $(constructors)" '4 2' ;;
		esac
	done
}

# --- the keeper -------------------------------------------------------------

@test "keeper: killed while one waits, queues or replaces: nothing is lost" {
	local p
	for p in --wait --queue '--replace --stop-signal=WINCH'; do
		held wait end exit 3
		# shellcheck disable=SC2086
		comes onlyone $p "$GUEST" wait go exit 7
		for _ in 1 2 3; do
			kept_anew "$(keeper_of guest)" "$BEGUN" keeper_of guest
		done
		: >end
		ends "$owner" 3
		guest_runs "$BEGUN"
		pid_is guest "$BEGUN"
		: >go
		ends "$BEGUN" 7
		rm go end
	done
	assert_equal "$(constructors)" 6
}

@test "keeper: killed together with the holder: who waits, queues or replaces runs" {
	local p
	for p in --wait --queue '--replace --stop-signal=WINCH'; do
		held
		# shellcheck disable=SC2086
		comes onlyone $p "$GUEST" wait go exit 7
		kill -KILL "$(keeper_of guest)" "$owner"
		guest_runs "$BEGUN"
		wait_until 'it is the instance' 20 pid_is guest "$BEGUN"
		: >go
		ends "$BEGUN" 7
		rm go
	done
}

@test "keeper: stopped: who comes ends with 69; who waits is served when it goes on" {
	local keeper waiting p pids=()
	held
	comes onlyone --wait "$GUEST" exit 7
	waiting=$BEGUN
	keeper=$(keeper_of guest)
	stopped "$keeper"
	killed "$owner"
	for p in --skip --wait --replace --join --queue; do
		begin onlyone "$p" "$GUEST" exit 5 2>>said
		pids+=("$BEGUN")
	done
	for p in "${pids[@]}"; do
		ends "$p" 69
	done
	assert_equal "$(grep -c "keeper, pid $keeper, does not answer" said)" 5
	alive "$waiting"
	kill -CONT "$keeper"
	ends "$waiting" 7
	assert_equal "$(constructors)" 2
}

@test "sweep: the slot folder gone meanwhile: who waits, queues or replaces still runs" {
	local p
	for p in --wait --queue '--replace --stop-signal=WINCH'; do
		held
		# shellcheck disable=SC2086
		comes onlyone $p "$GUEST" wait go exit 7
		rm -rf "$(the_slot)" || : # it is put back at once
		killed "$owner"
		guest_runs "$BEGUN"
		wait_until 'it is the instance' 20 pid_is guest "$BEGUN"
		: >go
		ends "$BEGUN" 7
		rm go
	done
}

# --- the newcomer -----------------------------------------------------------

@test "newcomer: INT, TERM, HUP and KILL end its waiting, the others keep their order" {
	local p sig mid a c
	for p in --wait --queue=9; do
		for sig in INT TERM HUP KILL; do
			: >"$GUEST_LOG"
			held
			comes onlyone -a "$GUEST" "$p" "$GUESTS/witness" a for 9
			a=$BEGUN
			comes onlyone -a "$GUEST" "$p" "$GUESTS/witness" b for 9
			mid=$BEGUN
			comes onlyone -a "$GUEST" "$p" "$GUESTS/witness" c for 9
			c=$BEGUN
			kill -"$sig" "$mid"
			ends "$mid" $((128 + $(kill -l "$sig")))
			killed "$owner"
			ends "$a" 0
			ends "$c" 0
			assert_equal "$(sed -n 's/.* main \([a-c]\)$/\1/p' \
				"$GUEST_LOG" | tr -d '\n')" ac
			never_two
		done
	done
}

@test "newcomer: a replacement that is killed leaves the old one, and who waits" {
	local sig waiting
	held ignore 15
	comes onlyone --wait "$GUEST" exit 7
	waiting=$BEGUN
	for sig in INT TERM HUP KILL; do
		comes onlyone --replace "$GUEST" exit 5
		kill -"$sig" "$BEGUN"
		ends "$BEGUN" $((128 + $(kill -l "$sig")))
		pid_is guest "$owner"
		alive "$waiting"
	done
	killed "$owner"
	ends "$waiting" 7
	assert_equal "$(constructors)" 2
}

@test "newcomer: a replacement killed before its --kill-after kills nobody" {
	held ignore 15
	comes onlyone --replace --kill-after=0.3 "$GUEST" exit 5
	killed "$BEGUN"
	run launch --wait=0.6 "$GUEST" exit 5
	assert_failure 75
	pid_is guest "$owner"
}

@test "newcomer: a joiner that is interrupted does not hurt the instance" {
	local sig
	held
	for sig in INT TERM HUP KILL; do
		comes setsid onlyone --join "$GUEST" exit 5
		kill -"$sig" -- "-$BEGUN" 2>/dev/null || kill -"$sig" "$BEGUN"
		ends "$BEGUN" $((128 + $(kill -l "$sig")))
	done
	alive "$owner"
	pid_is guest "$owner"
	assert_equal "$(constructors)" 1
}

@test "newcomer: one that is stopped at its turn does not hold up the next one" {
	local a b
	held
	comes onlyone --wait "$GUEST" exit 6
	a=$BEGUN
	comes onlyone --wait "$GUEST" wait go exit 7
	b=$BEGUN
	stopped "$a"
	killed "$owner"
	guest_runs "$b"
	kill -CONT "$a"
	: >go
	ends "$b" 7
	ends "$a" 6
	assert_equal "$(constructors)" 3
}

# --- with others ------------------------------------------------------------

@test "key: one waits for its own key only, and is not in the way of another" {
	local a b
	begin_guest onlyone -k '{1}' "$GUEST" a
	a=$BEGUN
	begin_guest onlyone -k '{1}' "$GUEST" b
	b=$BEGUN
	comes onlyone --wait -k '{1}' "$GUEST" a exit 7
	run launch --wait -k '{1}' "$GUEST" c exit 8
	assert_failure 8
	killed "$b"
	run launch --replace -k '{1}' "$GUEST" b exit 9
	assert_failure 9
	alive "$a"
	alive "$BEGUN"
	killed "$a"
	ends "$BEGUN" 7
	held
	run launch --queue -w 5 -k '{1}' "$GUEST" a exit 3
	assert_failure 3
	alive "$owner"
}

@test "counted: -j: one waits for the first of all to end" {
	local n pids p
	for n in 0 1 2; do
		pids=()
		for _ in 0 1 2; do
			begin_guest onlyone -j 3 "$GUEST"
			pids+=("$BEGUN")
		done
		for p in --wait --queue; do
			comes onlyone -j 3 "$p" "$GUEST" wait go exit 7
			killed "${pids[n]}"
			guest_runs "$BEGUN"
			wait_until 'there are three' 20 count_is guest 3
			pids[n]=$BEGUN
		done
		for p in "${pids[@]}"; do
			killed "$p"
		done
		wait_until 'the slots are gone' 20 no_slots
	done
}

@test "counted: -j: the one that was used longest ago is replaced" {
	local a b c
	begin_guest onlyone -j 3 --on-activate=: "$GUEST"
	a=$BEGUN
	begin_guest onlyone -j 3 --on-activate=: "$GUEST"
	b=$BEGUN
	begin_guest onlyone -j 3 --on-activate=: "$GUEST"
	c=$BEGUN
	begin onlyone -j 3 --replace "$GUEST" 1
	guest_runs "$BEGUN"
	ends "$a" 143
	begin onlyone -j 3 --replace "$GUEST" 2
	guest_runs "$BEGUN"
	ends "$b" 143
	alive "$c"
	count_is guest 3
}

@test "until-exit: -W with wait, queue and replace stays as the parent, with the status" {
	local p
	for p in --wait --queue --replace; do
		held
		begin onlyone -W "$p" "$GUEST" wait go exit 7
		if [ "$p" != --replace ]; then
			wait_until 'it waits' 20 polls "$BEGUN"
			killed "$owner"
		fi
		ended "$owner"
		wait_until 'its program is the instance' 20 child_is_it "$BEGUN"
		: >go
		ends "$BEGUN" 7
		rm go
	done
}

child_is_it() {
	local pid
	pid=$(ctl pid guest) && [ "$(parent_of "$pid")" = "$1" ]
}

@test "sealed: a key that is not known is refused with each policy, a known one runs" {
	local p
	begin_guest onlyone -k '{1}' "$GUEST" a
	ctl seal guest
	for p in "${policies[@]}"; do
		run launch "$p" -k '{1}' "$GUEST" b
		assert_failure 77
	done
	comes onlyone --wait -k '{1}' "$GUEST" a exit 7
	kill -KILL "$(ctl pid guest a)"
	ends "$BEGUN" 7
	ctl unseal guest
	assert_equal "$(constructors)" 2
}

# --- replace ----------------------------------------------------------------

@test "replace: the old one gets TERM, the new one runs, as the same process" {
	held leave 15
	begin_guest onlyone --replace "$GUEST"
	ends "$owner" 0
	file_has "$GUEST_LOG" "^$owner signal 15"
	pid_is guest "$BEGUN"
	count_is guest 1
}

@test "replace: --stop-signal of the replacement is what the old one gets" {
	begin_guest onlyone --stop-signal=USR2 "$GUEST" leave 10 leave 12 leave 15
	owner=$BEGUN
	begin_guest onlyone --replace --stop-signal=USR1 "$GUEST"
	ends "$owner" 0
	file_has "$GUEST_LOG" "^$owner signal 10"
}

@test "replace: one that ignores TERM stays, untouched, 75; with --kill-after it goes" {
	held ignore 15
	run --separate-stderr launch --replace -w 0.4 "$GUEST" exit 5
	assert_equal "$status" 75
	says "pid $owner"
	says --kill-after
	pid_is guest "$owner"
	run launch "$GUEST"
	assert_success
	assert_equal "$(constructors)" 1
	begin_guest onlyone --replace --kill-after=0.2 "$GUEST"
	ends "$owner" 137
	pid_is guest "$BEGUN"
}

@test "replace: comes before those who wait, and they come after it" {
	local first waiting
	begin onlyone -a w "$GUESTS/witness" old
	wait_until 'it is there' 20 file_has "$GUEST_LOG" ' main old'
	comes onlyone -a w --wait "$GUESTS/witness" waiter for 1
	waiting=$BEGUN
	begin onlyone -a w --replace "$GUESTS/witness" new
	first=$BEGUN
	wait_until 'it runs' 20 file_has "$GUEST_LOG" ' main new'
	alive "$waiting"
	kill "$first"
	ends "$waiting" 0
	assert_equal "$(mains)" 'old new waiter '
	never_two
}

@test "replace: it and who waits are told their places as they will run" {
	local terminal=$BATS_TEST_DIRNAME/lib/terminal.py
	begin_guest onlyone -a w "$GUEST" ignore 15
	owner=$BEGUN
	begin timeout 60 "$terminal" \
		"exec onlyone -a w --wait '$GUESTS/witness' waiter for 1" \
		'<place 1 of the queue' '!: >first' '<place 2 of the queue' \
		'!: >second' . >waiter 2>&1
	wait_until 'the first is told' "$PATIENCE" test -e first
	run timeout 60 "$terminal" "exec onlyone -a w --replace -w 30 \
		'$GUESTS/witness' new for 1" '<place . of the queue' \
		"!until [ -e second ]; do sleep 0.1; done; kill -9 $owner" .
	[[ $output == *'place 1 of the queue'* ]] || fail "$output"
	ends "$BEGUN" 0
	assert_equal "$(mains)" '3 new waiter '
	never_two
}

@test "replace: ten at once: one is left, never two, never a moment that is free" {
	local pids=() left=() p skipper keeper folder
	begin onlyone -a w "$GUESTS/witness" old
	wait_until 'it is there' 20 file_has "$GUEST_LOG" ' main old'
	keeper=$(keeper_of w)
	folder=$(stat -c %i "$(the_slot)")
	begin sh -c 'n=0; until [ -e enough ]; do
		n=$((n + 1))
		onlyone -a w --skip "$GUESTS/witness" skip$n 2>>skipped || exit 9
		echo $n >skips
		done'
	skipper=$BEGUN
	wait_until 'skips are made' 20 test -s skips
	for p in {0..9}; do
		begin onlyone -a w --replace --kill-after=3 "$GUESTS/witness" r$p
		pids+=("$BEGUN")
	done
	wait_until 'one is left' "$PATIENCE" one_left "${pids[@]}"
	wait_until 'skips have been made' "$PATIENCE" \
		eval '[ "$(cat skips)" -ge 10 ]'
	: >enough
	ends "$skipper" 0
	for p in "${pids[@]}"; do
		gone "$p" || left+=("$p")
	done
	assert_equal "${#left[@]}" 1
	wait_until 'it is the instance' 20 pid_is w "${left[0]}"
	wait_until 'it runs' 20 file_has "$GUEST_LOG" "^${left[0]} main r"
	count_is w 1
	never_two
	run ! grep skip "$GUEST_LOG"
	# All the time the same keeper had the same lock.
	assert_equal "$(keeper_of w)" "$keeper"
	assert_equal "$(stat -c %i "$(the_slot)")" "$folder"
}

# --- queue ------------------------------------------------------------------

@test "queue: an equal one that waits covers it: 0 and a line; another is 75" {
	local queued
	held
	comes onlyone --queue "$GUEST" a wait go exit 7
	queued=$BEGUN
	run --separate-stderr launch --queue "$GUEST" a wait go exit 7
	assert_equal "$status" 0
	says "pid $queued"
	run --separate-stderr launch --queue "$GUEST" b
	assert_equal "$status" 75
	says 'queued'
	run launch --queue -E 9 "$GUEST" b
	assert_failure 9
	# Equal arguments in another folder are another thing.
	mkdir there
	cd there
	run launch --queue "$GUEST" a wait go exit 7
	assert_failure 75
	cd ..
	killed "$owner"
	guest_runs "$queued"
	# It runs now and covers nobody.
	comes onlyone --queue "$GUEST" a wait go exit 7
	: >go
	ends "$queued" 7
	ends "$BEGUN" 7
	assert_equal "$(constructors)" 3
}

@test "queue: with N as many wait, in order; plain waiters do not count" {
	local pids=() id
	begin onlyone -a w "$GUESTS/witness" old
	owner=$BEGUN
	wait_until 'it is there' 20 file_has "$GUEST_LOG" ' main old'
	comes onlyone -a w --wait "$GUESTS/witness" plain for 1
	pids+=("$BEGUN")
	for id in a b; do
		comes onlyone -a w --queue=2 "$GUESTS/witness" $id for 1
		pids+=("$BEGUN")
	done
	run launch -a w --queue=2 "$GUESTS/witness" c for 1
	assert_failure 75
	run launch -a w --queue=2 "$GUESTS/witness" b for 1
	assert_success
	assert_output --partial "pid ${pids[2]}"
	comes onlyone -a w --queue=3 "$GUESTS/witness" c for 1
	pids+=("$BEGUN")
	kill "$owner"
	for id in "${pids[@]}"; do
		ends "$id" 0
	done
	assert_equal "$(mains)" 'old plain a b c '
	never_two
}

@test "queue: one that is killed makes room, nothing of the others is lost" {
	local a b
	held
	comes onlyone --queue=2 "$GUEST" a exit 6
	a=$BEGUN
	comes onlyone --queue=2 "$GUEST" b exit 7
	b=$BEGUN
	killed "$a"
	comes onlyone --queue=2 "$GUEST" c exit 8
	run launch --queue=2 "$GUEST" d
	assert_failure 75
	killed "$owner"
	ends "$b" 7
	ends "$BEGUN" 8
	assert_equal "$(constructors)" 3
}

# --- in its own place -------------------------------------------------------

@test "place: what waited runs with its own folder, environment, streams and status" {
	local p
	mkdir there
	for p in --wait --queue '--replace --stop-signal=KILL'; do
		held
		cd there
		export COLOUR=blue
		# Quiet: a wait of more than a second is told on stderr.
		# shellcheck disable=SC2086
		begin onlyone -q -a "$GUEST" $p sh -c 'echo "$$ $PWD $COLOUR"; cat
			echo error >&2; exit 41' <<<input >out 2>err
		unset COLOUR
		cd ..
		if [[ $p != --replace* ]]; then
			wait_until 'it waits' 20 polls "$BEGUN"
			killed "$owner"
		fi
		ends "$BEGUN" 41
		ended "$owner"
		assert_equal "$(cat there/out there/err)" "$BEGUN $PWD/there blue
input
error"
	done
}

# bats test_tags=more
@test "place: on a terminal it says after a second for whom, and keeps the terminal" {
	held
	comes onlyone --wait "$GUEST" exit 7
	run timeout 60 "$BATS_TEST_DIRNAME/lib/terminal.py" \
		"tty; exec onlyone --wait -a '$GUEST' sh -c 'tty; echo on \$\$; cat; exit 3'" \
		"<(?s)/dev/pts.*waiting for $GUEST? ?.*pid $owner.*place 2 of the queue" \
		"!kill $owner" '<(?s)/dev/pts/[0-9]+.*on [0-9]+' \
		'>hello\n\x04' '<(?s)hello.*hello' .
	[[ $output == *'place 2 of the queue'* ]] || fail "$output"
	# Twice, and it is the same.
	run grep -ao '/dev/pts/[0-9]*' <<<"$output"
	assert_equal "${#lines[@]} ${lines[0]}" "2 ${lines[1]}"
	ends "$BEGUN" 7
}

@test "promoted: it brings its own handlers, and its environment for them" {
	local p
	for p in --wait --queue --replace; do
		WHO=old with_handler 'echo "old $WHO $*"'
		owner=$BEGUN
		WHO=new begin onlyone "$p" --on-activate='echo "new $WHO $*"' "$GUEST"
		if [ "$p" != --replace ]; then
			wait_until 'it waits' 20 polls "$BEGUN"
			killed "$owner"
		fi
		guest_runs "$BEGUN"
		ended "$owner"
		run launch "$GUEST" x
		assert_success
		assert_output 'new new x'
		killed "$BEGUN"
		wait_until 'the slot is gone' 20 no_slots
	done
}

# bats test_tags=more
@test "promoted: is listed with its own pid, command, folder and time" {
	local before
	held old words
	mkdir there
	cd there
	comes onlyone --wait "$GUEST" new words
	cd ..
	before=$(ctl list --json | jq '.[0].since')
	killed "$owner"
	guest_runs "$BEGUN"
	wait_until 'it is the instance' 20 pid_is guest "$BEGUN"
	run jq -r '.[0] | .pid, .cwd, .state, .activations' <<<"$(ctl list --json)"
	assert_output "$BEGUN
$PWD/there
running
0"
	run jq -e --argjson before "$before" '.[0] |
		.command == "'"$GUEST"' new words" and .since > $before' \
		<<<"$(ctl list --json)"
	assert_success
}

@test "promoted: one that turns itself into a daemon is followed" {
	local p
	for p in --wait --queue --replace; do
		: >"$GUEST_LOG"
		held
		# What a daemon keeps of our streams must hang nobody.
		begin onlyone -a "$GUEST" "$p" "$GUESTS/forker" fork orphan setsid \
			>out 2>&1
		if [ "$p" != --replace ]; then
			wait_until 'it waits' 20 polls "$BEGUN"
			killed "$owner"
		fi
		ends "$BEGUN" 0
		wait_until 'the daemon is there' 20 file_has "$GUEST_LOG" ' here'
		wait_until 'it is the instance' 20 pid_is guest \
			"$(sed -n 's/ here$//p' "$GUEST_LOG")"
		run launch -n -a "$GUEST" "$GUEST" exit 5
		assert_failure 75
		killed "$(ctl pid guest)"
		wait_until 'the slot is gone' 20 no_slots
	done
}
