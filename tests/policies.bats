#!/usr/bin/env bats
# as: user (no right is asked for)
# policies.bats: what a launch does when the instance runs.
#
# skip, fail, activate, wait, replace, join, queue: each where the slot is free
# and where it is taken; with the newcomer killed; with -j.  With the holder and
# the keeper killed: in sim.bats.  The guest witness tells when two run at once.
# The line itself is in line.bats.
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2154
load lib/line

# held [WORD...]: an instance of the guest: $owner.
held() { begin_guest owner= onlyone "$GUEST" "$@"; }

# its_turn POLICY: of the launch $BEGUN: the holder has ended, killed, if it is
# not replaced.
its_turn() {
	if [[ $1 != --replace ]]; then
		lined_up "$BEGUN"
		killed "$owner"
	fi
	ended "$owner"
}

# mains: what the ids of the witnesses were, in the order in which they ran.
mains() { sed -n 's/^[0-9]* main //p' "$GUEST_LOG" | tr '\n' ' '; }

policies=(--skip -n --if-running=activate --wait -w5 --wait=5 --replace
	--join --queue --queue=3 --toggle)

# --- free, taken, wrong -----------------------------------------------------

# bats test_tags=check
@test "free: with every policy the program is started, with its status" {
	for p in "${policies[@]}" --wait=0; do
		frees prints -7 '' launch "$p" "$GUEST" exit 7
	done
	assert_equal "$(constructors)" 12
}

# bats test_tags=check
@test "taken: skip is 0, fail is 75, activate hands over; none starts" {
	with_handler 'echo "<$*>"' -a app
	prints -0 '' launch -q --skip -a app "$GUEST" a
	run -75 launch -n -a app "$GUEST" a
	prints -0 '<a b>' launch --if-running=activate -a app "$GUEST" a b
	assert_equal "$(constructors)" 1
}

# bats test_tags=check
@test "taken: --dry-run says what each policy would do" {
	held
	while read -r p words; do
		run -0 launch --if-running="$p" --dry-run "$GUEST"
		assert_line "would:       $words $owner"
	done <<-'END'
		activate activate pid
		skip skip, for pid
		fail fail, for pid
		wait wait for the end of pid
		replace end, and replace, pid
		join end as and when it does, pid
		queue get in line behind pid
		stop end, or if its command line differs replace, pid
	END
	assert_equal "$(constructors)" 1
}

# bats test_tags=check
@test "taken: --dry-run and --explain name another command that runs, with each policy" {
	held some words
	for how in --if-running=activate --skip --join -n -w0; do
		run -0 launch --dry-run $how "$GUEST" a
		assert_line --regexp \
			"^would: .* pid $owner, which runs $GUEST some words$"
		run -0 launch --dry-run $how "$GUEST" some words
		assert_line --regexp "^would: .* pid $owner$"
	done
	run -0 --separate-stderr launch --explain "$GUEST" a
	[[ $stderr == *"will:        activate pid $owner, which runs"* ]]
	[[ $stderr == *'this command was not run'* ]]
	assert_equal "$(constructors)" 1
}

# bats test_tags=check
@test "dry-run: what is sealed would end with 77" {
	begin_guest onlyone -a line "$GUEST"
	run -0 ctl seal line
	prints --partial 'end with 77: line is sealed' \
		launch --dry-run -a line -k new true
	run -77 launch -a line -k new true
}

# bats test_tags=check
@test "fail: one line with the pid, the command, since when, and the folder" {
	held some words
	for how in -n -w0 --wait=0 '--queue -w 0' '--queue --wait=0'; do
		run -75 --separate-stderr launch $how "$GUEST" exit 5
		says "pid $owner"
		says "$GUEST some words"
		says "in $PWD"
		[[ $stderr =~ [0-9]\ s|for|second ]] || fail "since: $stderr"
		run -9 launch $how -E 9 "$GUEST" exit 5
	done
	assert_equal "$(constructors)" 1
}

# another POLICY COMMAND...: it is said in one line who runs what, and that this
# command was not run.
another() {
	run --separate-stderr launch "$@"
	says "(pid $owner)"
	says "$runs"
	says 'this command was not run. Use --wait to run it afterwards'
	assert_equal "$(grep -c . <<<"$stderr")" 1
}

# the_same POLICY COMMAND...: nothing of that.
the_same() {
	run --separate-stderr launch "$@"
	refute grep 'not run' <<<"$stderr"
}

# bats test_tags=check
@test "another command line: skip, join and fail say in one line what runs, and the way out" {
	local spelled=(--skip --if-running=skip '-v --skip' -n)
	printf '#!/bin/sh\n"%s" "$@"\n' "$GUEST" >tool
	chmod +x tool
	while read -r options tool one other; do
		echo "$options $tool" >&2
		[ "$options" != : ] || options=
		begin owner= onlyone $options $tool $one nap 60000
		wait_until 'it runs' count_is "${tool##*/}" 1
		runs="$tool $one"
		for p in "${spelled[@]}"; do
			another $p $options $tool $other nap 60000
			the_same $p $options $tool $one nap 60000
		done
		spelled=(--skip -n)
		another --skip $options $tool
		refute grep . < <(launch -q --skip $options $tool $other 2>&1)
		ctl stop "${tool##*/}"
		freed
	done <<-END
		: ./tool default always
		-k{cwd} ./tool default always
		--scope=session ./tool default always
		: $GUEST default always
		-j1 $GUEST default default#
		--lifetime=main $GUEST default -x
	END
}

# bats test_tags=check
@test "another command line: nice in front makes none, another variable by env does" {
	local long
	long=$(printf 'x%.0s' {1..3000})
	for arguments in one "$long $long $long"; do
		begin onlyone nice env A=1 "$GUEST" nap 60000 $arguments
		wait_until 'it runs' count_is guest 1
		for front in 'env A=1' 'timeout 100 env A=1 nice -n 3'; do
			prints -0 '' launch --skip $front "$GUEST" nap 60000 $arguments
			prints -0 '' launch --skip -a "$GUEST" $front "$GUEST" nap 60000 $arguments
		done
		for front in '' nice 'env A=2' 'env A=1 B=2'; do
			prints -0 --partial 'this command was not run' \
				launch --skip $front "$GUEST" nap 60000 $arguments
		done
		ctl stop guest
		freed
	done
}

# bats test_tags=check
@test "another command line: a joiner is told once, and has the status of what ran" {
	held default nap 60000
	runs="$GUEST default nap 60000"
	begin joiner= onlyone --join "$GUEST" always 2>said
	begin second= onlyone --join "$GUEST" default nap 60000 2>silence
	wait_until 'it is told' grep -q "pid $owner" said
	lined_up "$joiner" "$second"
	killed "$owner"
	ended "$joiner" "$second"
	assert_equal "$(grep -c 'this launch ends with its status' said)" 1
	refute grep 'not run' silence
}

# bats test_tags=check
@test "another command line: so with a shell line, and with a stopped keeper" {
	begin owner= onlyone -a line -c 'sleep 300; :'
	wait_until 'it runs' count_is line 1
	runs="sh -c 'sleep 300; :'"
	stopped "$(keeper_of line)"
	another --skip -a line -c 'sleep 301; :'
	another -n -a line -c 'sleep 301; :'
	prints -0 '' launch --skip -a line -c 'sleep 300; :'
	kill -CONT "$(keeper_of line)"
	ctl stop line
}

# bats test_tags=check
@test "another command line: of several instances one with the same makes it silent" {
	begin_guest onlyone -j 2 "$GUEST" one
	begin_guest owner= onlyone -j 2 "$GUEST" two
	runs="$GUEST two"
	prints -0 '' launch --skip -j 2 "$GUEST" one
	prints -0 '' launch --skip -j 2 "$GUEST" two
	another --skip -j 2 "$GUEST" three
}

# bats test_tags=check
@test "another command line: the lock file is another's: who has it is named, unless it runs the same" {
	local lock
	# On an overlayfs nobody can tell who has a lock.
	lock=$(mktemp /dev/shm/onlyone-test.XXXXXX)
	LITTER+=("$lock")
	begin flock "$lock" "$GUEST" one
	wait_until 'it runs' in_main 1
	run -0 --separate-stderr launch --skip "--lock-file=$lock" -a app true two
	says "$lock is locked by pid $BEGUN"
	says ": flock $lock "
	says '; this command was not run'
	prints -0 '' launch -q --skip "--lock-file=$lock" -a app true two
	prints -0 '' launch --skip "--lock-file=$lock" -a app "$GUEST" one
}

# bats test_tags=check
@test "full: who waits in the queue is named, and how one more can" {
	held
	comes first= onlyone --queue "$GUEST" exit 1
	run -75 --separate-stderr launch --queue "$GUEST" exit 2
	says "is queued already: pid $first (onlyone --queue $GUEST exit 1);"
	says '--queue=2 lets one more wait'
	mkdir other
	(cd other && run -75 --separate-stderr launch --queue "$GUEST" exit 1 &&
		says "onlyone --queue $GUEST exit 1, in $(cd .. && pwd -P));")
	for i in 2 3 4; do comes onlyone --queue=9 "$GUEST" exit $i; done
	run -75 --separate-stderr launch --queue=3 "$GUEST" exit 5
	says "full: pid $first (onlyone --queue $GUEST exit 1), pid "
	says ' and 1 more; --queue=5 lets'
	prints -75 '' launch -q --queue=3 "$GUEST" exit 5
}

@test "fail: names the terminal of the instance" {
	run -0 timeout $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" \
		"tty; exec onlyone '$GUEST'" '</dev/pts/[0-9]+' \
		"!until onlyonectl pid guest; do sleep 0.02; done >&2" \
		"!onlyone -n '$GUEST' 2>said; [ \$? = 75 ]" \
		'!kill $(onlyonectl pid guest)' .
	[[ $output =~ (/dev/)?(pts/[0-9]+) ]]
	file_has said "pid [0-9]+ on [/dev]*${BASH_REMATCH[2]}\)"
}

@test "replace: one that is stopped takes its signal at once" {
	begin_guest onlyone "$GUEST" leave 15
	stopped "$BEGUN"
	prints -5 '' launch --replace -w 60 "$GUEST" exit 5
	ends "$BEGUN" 0
	# With what it has started, and a parent.
	: >"$GUEST_LOG"
	begin onlyone --lifetime=tree -a tree sh -c '"$GUESTS/guest" one &
		"$GUESTS/guest" two'
	wait_until 'both run' in_main 2
	# shellcheck disable=SC2046
	stopped $(noted 'main 2') "$(ctl pid tree)" "$BEGUN"
	run -5 launch --replace -w 60 -a tree sh -c 'exit 5'
	ends "$BEGUN" 143
}

# bats test_tags=check
@test "limit: wait, queue, join and replace end with 75 and name who runs" {
	held ignore 15
	for p in '' --wait --queue --join --replace; do
		before=$EPOCHREALTIME
		[[ $p = --join ]] && words=(ignore 15) || words=(exit 5)
		run -75 --separate-stderr launch $p -w 0.3 "$GUEST" "${words[@]}"
		says "pid $owner"
		[ $((${EPOCHREALTIME/./} - ${before/./})) -ge 300000 ]
		run -200 launch $p -w 0.05 -E 200 "$GUEST" exit 5
	done
	assert_equal "$(constructors)" 1
	pid_is guest "$owner"
}

# bats test_tags=check
@test "usage: two different policies are 64, each pair; -w with one that does not wait" {
	for a in skip fail activate wait replace join queue stop; do
		for b in skip fail activate wait replace join queue stop; do
			[ "$a" != "$b" ] || continue
			run -64 launch --if-running=$a --if-running=$b "$GUEST"
		done
	done
	for a in --skip -n --if-running=activate --toggle; do
		prints -64 --partial -w launch "$a" -w 3 "$GUEST"
		prints -64 --partial -w launch --wait "$a" "$GUEST"
	done
	for a in --skip --fail --join --replace --queue; do
		prints -64 --partial toggle launch --toggle "$a" "$GUEST"
		prints -64 --partial "${a#--}" launch "$a" --toggle "$GUEST"
	done
	for a in -j2 --adopt --on-error=run; do
		prints -64 --partial "${a%%[2=]*}" launch --toggle "$a" "$GUEST"
	done
	untouched
}

# --- toggle -----------------------------------------------------------------

# toggled OPTIONS... -- COMMAND...: by turns on, off, on, off.
toggled() {
	local options=()
	while [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	shift
	for i in 1 2; do
		begin on= onlyone "${options[@]}" --toggle "$@"
		wait_until 'it is on' in_main "$i"
		prints -0 '' launch "${options[@]}" --toggle "$@"
		ended "$on"
	done
	assert_equal "$(constructors)" 2
	freed
	: >"$GUEST_LOG"
}

# bats test_tags=check
@test "toggle: the second launch ends what runs, with 0, and runs nothing" {
	toggled -- "$GUEST" one
	toggled -k '{1}' -- "$GUEST" one
	toggled -a name -W -- "$GUEST" one
	toggled -a line -- sh -c "'$GUEST' one; :"
	toggled -d -- "$GUEST" one
	begin on= onlyone -a line --if-running=stop -c "'$GUEST' one; :"
	wait_until 'it is on' in_main 1
	prints -0 '' launch -a line --if-running=stop -c "'$GUEST' one; :"
	ended "$on"
}

# bats test_tags=check
@test "toggle: with another command line it replaces what runs" {
	begin_guest first= onlyone --toggle "$GUEST" one
	begin second= onlyone --toggle "$GUEST" two
	ended "$first"
	wait_until 'the second runs' pid_is guest "$second"
	prints -0 '' launch --toggle "$GUEST" two
	ended "$second"
	assert_equal "$(constructors)" 2
}

# bats test_tags=check
@test "toggle: as stop does, by the first launch's signal, and KILL after its time" {
	begin_guest onlyone --stop-signal=USR1 "$GUEST" ignore 15 leave 10
	prints -0 '' launch --toggle "$GUEST" ignore 15 leave 10
	ends "$BEGUN" 0
	begin_guest onlyone --kill-after=0.1 "$GUEST" ignore 15
	prints -0 '' launch --toggle "$GUEST" ignore 15
	ends "$BEGUN" 137
}

@test "toggle: what does not end in ten seconds is 75, and goes on" {
	begin_guest onlyone "$GUEST" ignore 15
	run -75 launch --toggle "$GUEST" ignore 15
	assert_output --partial "(pid $BEGUN) is still running; --kill-after"
	prints -0 '' launch --toggle --kill-after=0.1 "$GUEST" ignore 15
	ended "$BEGUN"
}

# --- the holder -------------------------------------------------------------

# --- the keeper -------------------------------------------------------------

@test "keeper: stopped: who comes ends with 69; who waits is served when it goes on" {
	local keeper waiting p pids=()
	held
	comes waiting= onlyone --wait "$GUEST" exit 7
	keeper=$(keeper_of guest)
	stopped "$keeper"
	killed "$owner"
	for p in --skip --wait --replace --join --queue; do
		begin pids+= onlyone "$p" "$GUEST" exit 5 2>>said
	done
	all_end 69 "${pids[@]}"
	assert_equal "$(grep -c "keeper, pid $keeper, does not answer" said)" 5
	alive "$waiting"
	kill -CONT "$keeper"
	ends "$waiting" 7
	assert_equal "$(constructors)" 2
}

# --- the newcomer -----------------------------------------------------------

# bats test_tags=check
@test "newcomer: a joiner that is interrupted does not hurt the instance" {
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

# --- with others ------------------------------------------------------------

@test "counted: -j: one waits for the first of all to end" {
	for n in 0 1 2; do
		pids=()
		for _ in 0 1 2; do
			begin_guest pids+= onlyone -j 3 "$GUEST"
		done
		for p in --wait --queue; do
			comes onlyone -j 3 "$p" "$GUEST" wait go exit 7
			killed "${pids[n]}"
			guest_runs "$BEGUN"
			wait_until 'there are three' count_is guest 3
			pids[n]=$BEGUN
		done
		frees killed "${pids[@]}"
	done
}

# bats test_tags=check
@test "counted: -j: the one that was used longest ago is replaced" {
	begin_guest a= onlyone -j 3 --on-activate=: "$GUEST"
	begin_guest b= onlyone -j 3 --on-activate=: "$GUEST"
	begin_guest c= onlyone -j 3 --on-activate=: "$GUEST"
	begin onlyone -j 3 --replace "$GUEST" 1
	guest_runs "$BEGUN"
	ends "$a" 143
	begin onlyone -j 3 --replace "$GUEST" 2
	guest_runs "$BEGUN"
	ends "$b" 143
	alive "$c"
	count_is guest 3
}

# bats test_tags=check
@test "until-exit: -W with wait, queue and replace stays as the parent, with the status" {
	for p in --wait --queue --replace; do
		held
		begin onlyone -W "$p" "$GUEST" wait go exit 7
		its_turn "$p"
		wait_until 'its program is the instance' child_is_it "$BEGUN"
		: >go
		ends "$BEGUN" 7
		rm go
	done
}

child_is_it() {
	local pid
	pid=$(ctl pid guest) && [ "$(parent_of "$pid")" = "$1" ]
}

# --- replace ----------------------------------------------------------------

# bats test_tags=check
@test "replace: the old one gets TERM, the new one runs, as the same process" {
	held leave 15
	begin_guest onlyone --replace "$GUEST"
	ends "$owner" 0
	file_has "$GUEST_LOG" "^$owner signal 15"
	pid_is guest "$BEGUN"
	count_is guest 1
}

# bats test_tags=check
@test "replace: --stop-signal of the replacement is what the old one gets" {
	begin_guest onlyone --stop-signal=USR2 "$GUEST" leave 10 leave 12 leave 15
	owner=$BEGUN
	begin_guest onlyone --replace --stop-signal=USR1 "$GUEST"
	ends "$owner" 0
	file_has "$GUEST_LOG" "^$owner signal 10"
}

# bats test_tags=check
@test "replace: one that ignores TERM stays, untouched, 75; with --kill-after it goes" {
	held ignore 15
	run -75 --separate-stderr launch --replace -w 0.4 "$GUEST" exit 5
	says "pid $owner"
	says --kill-after
	pid_is guest "$owner"
	run -0 launch "$GUEST"
	assert_equal "$(constructors)" 1
	begin_guest onlyone --replace --kill-after=0.2 "$GUEST"
	ends "$owner" 137
	pid_is guest "$BEGUN"
}

@test "replace: it and who waits are told their places as they will run" {
	local terminal=$BATS_TEST_DIRNAME/lib/terminal.py
	begin_guest owner= onlyone -a w "$GUEST" ignore 15
	begin timeout $LIMIT "$terminal" \
		"exec onlyone -a w --wait '$GUESTS/witness' waiter for 1" \
		'<place 1 of the queue' '!: >first' '<place 2 of the queue' \
		'!: >second' . >waiter 2>&1
	wait_until 'the first is told' test -e first
	run timeout $LIMIT "$terminal" "exec onlyone -a w --replace -w 30 \
		'$GUESTS/witness' new for 1" '<place . of the queue' \
		"!until [ -e second ]; do sleep 0.1; done; kill -9 $owner" .
	[[ $output == *'place 1 of the queue'* ]] || fail "$output"
	ends "$BEGUN" 0
	assert_equal "$(mains)" '3 new waiter '
	never_two
}

# --- queue ------------------------------------------------------------------

# bats test_tags=check
@test "queue: an equal one that waits covers it: 0 and a line; another is 75" {
	held
	comes queued= onlyone --queue "$GUEST" a wait go exit 7
	run -0 --separate-stderr launch --queue "$GUEST" a wait go exit 7
	says "pid $queued"
	run -75 --separate-stderr launch --queue "$GUEST" b
	says 'queued'
	run -9 launch --queue -E 9 "$GUEST" b
	# Equal arguments in another folder are another thing.
	mkdir there
	cd there
	run -75 launch --queue "$GUEST" a wait go exit 7
	cd ..
	killed "$owner"
	guest_runs "$queued"
	# It runs now and covers nobody.
	comes onlyone --queue "$GUEST" a wait go exit 7
	: >go
	all_end 7 "$queued" "$BEGUN"
	assert_equal "$(constructors)" 3
}

# --- in its own place -------------------------------------------------------

# bats test_tags=check
@test "place: what waited runs with its own folder, environment, streams and status" {
	mkdir there
	for p in --wait --queue '--replace --stop-signal=KILL'; do
		held
		cd there
		export COLOUR=blue
		# Quiet: a wait of more than a second is told on stderr.  Ours is
		# another: bash says there that --replace has killed a job.
		begin sh -c 'exec "$@" >out 2>err' sh onlyone -q -a "$GUEST" $p \
			sh -c 'echo "$$ $PWD $COLOUR"; cat
			echo error >&2; exit 41' <<<input
		unset COLOUR
		cd ..
		its_turn $p
		ends "$BEGUN" 41
		assert_equal "$(cat there/out there/err)" "$BEGUN $PWD/there blue
input
error"
	done
}

@test "place: on a terminal it says after a second for whom, and keeps the terminal" {
	held
	comes onlyone --wait "$GUEST" exit 7
	run timeout $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" \
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

# bats test_tags=check
@test "promoted: it brings its own handlers, and its environment for them" {
	for p in --wait --queue --replace; do
		WHO=old with_handler 'echo "old $WHO $*"'
		owner=$BEGUN
		WHO=new begin onlyone "$p" --on-activate='echo "new $WHO $*"' "$GUEST"
		its_turn "$p"
		guest_runs "$BEGUN"
		prints -0 'new new x' launch "$GUEST" x
		frees killed "$BEGUN"
	done
}

# bats test_tags=check
@test "promoted: is listed with its own pid, command, folder and time" {
	held old words
	mkdir there
	cd there
	comes onlyone --wait "$GUEST" new words
	cd ..
	before=$(ctl list --json | jq '.[0].since')
	killed "$owner"
	guest_runs "$BEGUN"
	wait_until 'it is the instance' pid_is guest "$BEGUN"
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

# bats test_tags=check
@test "promoted: one that turns itself into a daemon is followed" {
	for p in --wait --queue --replace; do
		: >"$GUEST_LOG"
		held
		# What a daemon keeps of our streams must hang nobody.
		begin onlyone -a "$GUEST" "$p" "$FORKER" fork orphan setsid \
			>out 2>&1
		its_turn "$p"
		ends "$BEGUN" 0
		wait_until 'the daemon is there' file_has "$GUEST_LOG" ' here'
		wait_until 'it is the instance' pid_is guest \
			"$(sed -n 's/ here$//p' "$GUEST_LOG")"
		run -75 launch -n -a "$GUEST" "$GUEST" exit 5
		frees killed "$(ctl pid guest)"
	done
}
