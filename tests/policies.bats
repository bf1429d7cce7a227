# as: user (needs no rights)
# policies.bats: what a launch does if the instance is running.
#
# skip, fail, activate, wait, replace, join, queue and toggle, each with a free and a
# taken slot. sim.bats checks the order in line, and what kills do to it; lost.bats,
# what a launch says whose command was not run.
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2154
load lib/line

# held [WORD...]: an instance of the guest: $owner.
held() { begin_guest owner= onlyone "$GUEST" "$@"; }

# bats test_tags=check
@test "taken: skip is 0 for the same command, fail is 75 and says who runs, activate hands over; --dry-run says which" {
	with_handler 'echo "<$*>"'
	owner=$BEGUN
	prints -0 '' onlyone --skip "$GUEST"
	prints -75 '' onlyone -q --skip "$GUEST" a
	prints -0 '<a b>' onlyone "$GUEST" a b
	for how in -n '--queue -w 0'; do
		run -75 onlyone $how "$GUEST" exit 5
		[[ $output == "onlyone: "*"pid $owner"*"$GUEST, for "*"in $PWD"* ]] || fail "$output"
	done
	run -255 onlyone -w0 -E 255 "$GUEST"
	while read -r p words; do
		run -0 onlyone --$p --dry-run "$GUEST"
		assert_line "would:       $words $owner"
	done <<-'END'
		quiet activate pid
		skip do nothing, because of pid
		fail fail, because of pid
		wait wait for pid
		replace stop and replace pid
		join wait for, and exit like, pid
		queue queue behind pid
		toggle stop, or if its command line differs replace, pid
	END
	# And of which command that is.
	prints -0 --partial " pid $owner, which runs $GUEST" onlyone --skip --dry-run "$GUEST" a
	assert_equal "$(constructors)" 1
}

@test "free: each policy starts it; at the limit wait, queue, join and replace end with 75" {
	for p in -n --skip --wait=0 --replace --join --queue; do
		run -7 onlyone "$p" "$GUEST" exit 7
	done
	: >"$GUEST_LOG"
	held ignore 15
	for p in --wait --queue --join --replace; do
		before=${EPOCHREALTIME/./}
		run -75 onlyone $p -w 0.3 "$GUEST" ignore 15
		assert_output --regexp 'guest.* (is still running|has not ended)'
		[ $((${EPOCHREALTIME/./} - before)) -ge 300000 ]
	done
	assert_equal "$(constructors)" 1
}

@test "toggle: the second launch ends what runs, with 0; with another command line it replaces it" {
	begin_guest first= onlyone --toggle "$GUEST" one
	# It is stopped by its own --stop-signal.
	begin_guest second= onlyone --toggle --stop-signal=USR1 "$GUEST" ignore 15 leave 10
	ended "$first"
	prints -0 '' onlyone --toggle "$GUEST" ignore 15 leave 10
	ends "$second" 0
}

@test "toggle: one that finds another command ends what another toggle has begun meanwhile" {
	needs_points
	begin_guest first= onlyone --toggle "$GUEST" one
	ONLYONE_TEST_POINTS=replace=stop begin late= "$BUILD/points/onlyone" \
		--toggle "$GUEST" two
	wait_until 'it has found the first one' has_state "$late" T
	begin_guest other= onlyone --toggle "$GUEST" two
	ended "$first"
	wait_until 'it has ended' continued "$late"
	ends "$late" 0
	ends "$other" 143
}

# bats test_tags=linux-6-15
@test "join: ends with the status of the instance, or of the daemon that it became, and starts nothing" {
	held wait go exit 200
	begin joiner= onlyone --join "$GUEST" wait go exit 200
	begin onlyone "$FORKER" fork orphan setsid wait go end 43 >out 2>&1
	ends "$BEGUN" 0
	begin onlyone --join "$FORKER" fork orphan setsid wait go end 43
	lined_up "$joiner" "$BEGUN"
	: >go
	all_end 200 "$owner" "$joiner"
	ends "$BEGUN" 43
	[ "$(constructors)" = 1 ]
}

@test "queue, -j: of two equal launches one is in the queue of all places, whichever keeper answers first" {
	begin_guest zeroth= onlyone -a app -j2 "$GUEST"
	begin_guest onlyone -a app -j2 "$GUEST"
	wait_until 'its keeper has its title' pgrep -f "^onlyone keeper of $zeroth\$"
	keeper=$(pgrep -f "^onlyone keeper of $zeroth\$")
	stopped "$keeper"
	begin first= onlyone -a app -j2 --queue "$GUEST" exit 5
	wait_until 'the first one waits' polls "$first"
	begin onlyone -a app -j2 --queue "$GUEST" exit 5
	wait_until 'the second one waits, too' polls "$BEGUN"
	killed "$first" "$zeroth"
	kill -CONT "$keeper"
	ends "$BEGUN" 5
}

@test "keeper: stopped: -n and --skip ask the system's lock; who must ask it ends with 69, or waits" {
	local p pids=()
	held some words
	comes waiting= onlyone --wait "$GUEST" exit 7
	keeper=$(keeper_of guest)
	stopped "$keeper"
	run -0 launch --skip "$GUEST" some words
	run -75 launch -n "$GUEST" exit 5
	[[ $output == *"guest (pid $owner) is already running: $GUEST some words, for "* ]]
	# The instance too: a message says so.
	stopped "$owner"
	prints -9 --partial "guest (pid $owner) is stopped (continue it with fg where" \
		launch -n -E 9 "$GUEST" exit 5
	killed "$owner"
	for p in --skip --wait --replace --join --queue; do
		begin pids+= onlyone "$p" "$GUEST" exit 5 2>>said
	done
	all_end 69 "${pids[@]}"
	assert_equal "$(grep -c "keeper, pid $keeper, is stopped" said)" 5
	alive "$waiting"
	kill -CONT "$keeper"
	ends "$waiting" 7
	assert_equal "$(constructors)" 2
}

# bats test_tags=check
@test "replace: the old one gets TERM, or --stop-signal, also stopped; one that stays is 75" {
	held leave 15
	begin_guest second= onlyone --replace "$GUEST" leave 10
	ends "$owner" 0
	file_has "$GUEST_LOG" "^$owner signal 15"
	stopped "$second"
	begin_guest third= onlyone --replace --stop-signal=USR1 "$GUEST" ignore 15
	ends "$second" 0
	# One that ignores TERM stays, untouched.
	run -75 onlyone --replace --stop-signal=TERM -w 0.4 "$GUEST"
	[[ $output == "onlyone: "*"pid $third"*--kill-after* ]] || fail "$output"
	alive "$third"
	run -75 onlyone --replace --stop-signal=TERM -w 0.2 --kill-after=1 "$GUEST"
	assert_output --partial '; -w must be longer than --kill-after'
	alive "$third"
	begin_guest onlyone --replace --stop-signal=TERM --kill-after=0.2 "$GUEST"
	ends "$third" 137
	prints -0 "$BEGUN" onlyonectl pid guest
}

# Without -w the limit is ten seconds.
@test "replace, toggle, overdue: a --kill-after of more than ten seconds kills, also the first launch's" {
	while read -r app how; do
		option=
		[ "$how" != --replace ] || option=--kill-after=10.5
		begin_guest "$app=" onlyone -a "$app" $option "$GUEST" ignore 15
		wait_until "$app is overdue" is_overdue -a "$app" "$GUEST"
		begin "${app}_next=" onlyone -a "$app" $how "$GUEST" ignore 15
	done <<-'END'
		own --replace --kill-after=10.5
		first --replace
		toggled --toggle --kill-after=10.5
		late --overdue=0.001:stop --kill-after=10.5
	END
	for app in own first toggled late; do
		ends "${!app}" 137
	done
	ends "$toggled_next" 0
	for next in "$own_next" "$first_next" "$late_next"; do
		guest_runs "$next"
	done
}

# is_overdue WORD...: whether the instance of this launch runs for a millisecond.
is_overdue() { [[ $(onlyone --dry-run --overdue=0.001 "$@") == *overdue* ]]; }

@test "-j N: so many start, the next go to the one used last; stop --all; from 1 to 1000" {
	by=(onlyone -j 2 --on-activate='echo "$ONLYONE_PID"' "$GUEST")
	begin_guest a= "${by[@]}"
	begin_guest b= "${by[@]}"
	prints -0 "$b" onlyone -j 2 "$GUEST" x
	prints -0 "$a" onlyone -j 1 "$GUEST" x
	prints -0 "$a" onlyone -j 2 "$GUEST" x
	# One more may start where one more may run.
	run -5 onlyone -q -j 3 "$GUEST" exit 5
	stops --all guest
	all_end 143 "$a" "$b"
	no_slots
	for n in 0 1001; do
		prints -64 --partial "onlyone: --max: '$n' " onlyone -j "$n" "$GUEST"
	done
}

@test "queue: an equal one that waits covers it: 0, and a line; another is 75, and says who waits" {
	held
	comes queued= onlyone --queue "$GUEST" wait go exit 7
	prints -0 --partial "pid $queued" onlyone --queue "$GUEST" wait go exit 7
	run -75 onlyone --queue "$GUEST" b
	assert_output --partial "is queued already: pid $queued (onlyone --queue $GUEST w"
	assert_output --partial '); --queue=2 lets one more wait'
	prints -9 '' onlyone -q --queue -E 9 "$GUEST" b
	# Equal arguments in another folder are another thing.
	mkdir there
	cd there
	prints -75 --partial ", in ${PWD%/*});" onlyone --queue "$GUEST" wait go exit 7
	cd ..
	killed "$owner"
	: >go
	ends "$queued" 7
}

@test "place: what waited runs with its own folder, environment, streams, handler and status" {
	mkdir there
	with_handler 'echo "old $COLOUR $1"'
	owner=$BEGUN
	# Quiet: otherwise stderr reports a wait of more than a second.
	begin env -C there COLOUR=blue sh -c 'exec "$@" >out 2>err' sh onlyone -q -W \
		-a "$GUEST" --queue --on-activate='echo "new $COLOUR $1"' \
		sh -c 'echo "${PWD##*/} $COLOUR"; cat; echo error >&2
		exec "$GUESTS/guest" wait go exit 41' <<<input
	lined_up "$BEGUN"
	killed "$owner"
	wait_until 'it runs' in_main 2
	prints -0 'new blue x' onlyone -a "$GUEST" "$GUEST" x
	: >there/go
	ends "$BEGUN" 41
	assert_equal "$(<there/out) $(<there/err)" $'there blue\ninput error'
}

@test "terminal: who waits says after a second for whom, and keeps it; -n names the instance's" {
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
	# Of an instance at a terminal, -n names that.
	run -0 timeout $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" \
		"tty; exec onlyone '$GUEST'" '</dev/pts/[0-9]+' \
		"!until onlyonectl pid guest; do sleep 0.02; done >&2" \
		"!onlyone -n '$GUEST' 2>said; [ \$? = 75 ]" \
		'!kill $(onlyonectl pid guest)' .
	[[ $output =~ (/dev/)?(pts/[0-9]+) ]]
	file_has said "pid [0-9]+ on [/dev]*${BASH_REMATCH[2]}\)"
}
