#!/usr/bin/env bats
# as: user (no right is asked for)
# overdue.bats: --overdue=TIME: what has run for too long is not skipped in
# silence, or is ended and run again.
#
# No test waits for a time to pass: a thousandth of a second has passed when the
# guest has reached its main, and a day has not.
load lib/line

# held: an instance of the guest, $owner, which has run for more than 0.001 s.
held() {
	begin_guest owner= onlyone "$@" "$GUEST"
	wait_until 'it is overdue' is_overdue
}
is_overdue() { launch --dry-run --overdue=0.001 "$GUEST" | grep -q overdue; }

# bats test_tags=check
@test "overdue: skip says so with pid and since when, and ends with 75; until then it is silent" {
	held
	for how in --skip -n '' '--every=1d'; do
		run -75 --separate-stderr launch $how --overdue=0.001 "$GUEST" exit 5
		says "pid $owner* is overdue: $GUEST, for * second*, in $PWD"
	done
	prints -0 '' launch -q --skip --overdue=1d "$GUEST" exit 5
	prints -0 '' launch -q --overdue=1d "$GUEST" exit 5
	run -75 --separate-stderr launch -n --overdue=1d "$GUEST" exit 5
	says 'is running already'
	prints -75 '' launch -q --overdue=0.001 "$GUEST" exit 5
	prints -9 '' launch -q -E 9 --overdue=0.001 "$GUEST" exit 5
	run -0 launch --dry-run --overdue=0.001 "$GUEST"
	assert_line "would:       fail, for pid $owner, which is overdue"
	run -0 launch --dry-run --overdue=0.001:stop "$GUEST"
	assert_line "would:       end, and replace, pid $owner, which is overdue"
	run -0 launch --dry-run --overdue=1d:stop "$GUEST"
	assert_line "would:       skip, for pid $owner"
	assert_equal "$(constructors)" 1
}

# bats test_tags=check
@test "overdue: :stop ends what is overdue, says so, and runs; what is not, it skips" {
	held
	prints -0 '' launch -q --overdue=1d:stop "$GUEST" exit 5
	alive "$owner"
	run -5 --separate-stderr launch --overdue=0.001:stop "$GUEST" exit 5
	says "pid $owner* is overdue, for * second*: it is ended, and run again"
	ended "$owner"
	assert_equal "$(constructors)" 2
	freed
	frees run -6 launch --overdue=0.001:stop "$GUEST" exit 6
}

@test "overdue: :stop uses the stop signal and --kill-after, and -n and -q go with it" {
	begin owner= onlyone -a job sh -c 'trap "" TERM; : >ready; while :; do sleep 0.05; done'
	wait_until 'it is deaf' test -e ready
	run -75 --separate-stderr launch -n --overdue=1d:stop -a job true
	prints -0 '' launch -q -n --overdue=0.001:stop --kill-after=0.05 -a job true
	ends "$owner" 137
	rm ready
	begin owner= onlyone -a job sh -c 'trap "exit 7" USR1; trap "" TERM; : >ready; while :; do sleep 0.05; done'
	wait_until 'it is there' test -e ready
	prints -0 '' launch -q --overdue=0.001:stop --stop-signal=USR1 -a job true
	ends "$owner" 7
}

# bats test_tags=check
@test "overdue: :stop runs in the place of an instance whose slot a parent holds" {
	local was=
	begin owner= onlyone --lifetime=tree -a job sleep 1000
	wait_until 'it is overdue' eval 'launch --dry-run --overdue=0.001 -a job true |
		grep -q overdue && was=$(ctl pid job)'
	run -5 --separate-stderr launch --overdue=0.001:stop -a job sh -c 'exit 5'
	says 'it is ended, and run again'
	ended "$was"
	ended "$owner"
	freed
	# What takes the place may have a parent too, or none after one that had.
	begin owner= onlyone --lifetime=tree -a job sleep 1000
	wait_until 'it is overdue' eval \
		'launch --dry-run --overdue=0.001 -a job true | grep -q overdue'
	run -6 launch -q --overdue=0.001:stop --lifetime=tree -a job sh -c 'exit 6'
	freed
}

# bats test_tags=check
@test "overdue: bad times, and policies that make no sense with it: 64, naming both" {
	for t in '' 0 -1 1x : :stop 0:stop 1d: 1d:kill 1d:stop:stop 36526d:stop; do
		run -64 --separate-stderr launch --overdue="$t" true
		says '--overdue: '
	done
	for p in wait queue replace join activate; do
		run -64 --separate-stderr launch --if-running=$p --overdue=1d true
		says "--overdue does not go with --if-running=$p"
	done
	for p in -w3 -j2 --adopt; do
		run -64 --separate-stderr launch $p --overdue=1d true
		says '--overdue does not go with -'
	done
	run -64 ctl enable --overdue=1d -j2 true
}

@test "overdue: no longer than its process is old, whatever the clock has been set to" {
	held
	# It began in 1970, or will begin tomorrow.
	sed -i -z 's/^since=.*/since=1000/' "$(the_slot)/info"
	prints -0 '' launch -q --overdue=1d:stop "$GUEST" exit 5
	sed -i -z "s/^since=.*/since=$((($(date +%s) + 86400) * 1000))/" "$(the_slot)/info"
	run -75 launch --overdue=0.001 "$GUEST" exit 5
	prints -0 '' launch -q --overdue=1d "$GUEST" exit 5
	alive "$owner"
}

# bats test_tags=check
@test "overdue: :stop says that it ends what it has ended; who comes second is skipped as ever, with a word on its command" {
	local first late
	begin owner= onlyone -a job sh -c 'trap "[ -e may ] && exit" TERM; : >ready; while :; do sleep 0.05; [ ! -e may ] || exit; done'
	wait_until 'it is deaf' test -e ready
	comes first= bash -c 'exec onlyone --overdue=0.001:stop -a job sleep 1000 2>first'
	comes late= bash -c 'exec onlyone --overdue=0.001:stop -a job sleep 2000 2>late'
	prints -0 '' cat first late
	: >may
	ended "$owner"
	ends "$late" 0
	prints -1 '' grep -v "^onlyone: job (pid $first.*) already runs sleep 1000; this command was not run\." late
	assert_equal "$(wc -l <late)" 1
	alive "$first"
	prints -1 '' grep -v "^onlyone: job (pid $owner.*) is overdue, for .*: it is ended, and run again\$" first
	assert_equal "$(wc -l <first)" 1
}

@test "overdue: of several that find one instance overdue, one replaces it and says so, the others are skipped as ever" {
	needs_points
	local pids=() p new how
	for how in --skip -n; do
		pids=()
		held
		for p in 1 2 3; do
			ONLYONE_TEST_POINTS=overdue=stop begin pids+= bash -c 'exec "$@" 2>'"$p.said" - \
				"$BUILD/points/onlyone" $how --overdue=0.001:stop "$GUEST" "of $p"
			wait_until 'it has found that overdue' has_state "$BEGUN" T
		done
		kill -CONT "${pids[@]}"
		ended "$owner"
		wait_until 'one of them runs' eval 'new=$(ctl pid guest) && [ "$new" != "$owner" ]'
		for p in 1 2 3; do
			if [ "${pids[p - 1]}" = "$new" ]; then
				assert_equal "$(grep -c "pid $owner.* is overdue.*: it is ended, and run again" $p.said)" 1
			else
				[ "$how" = -n ] && ends "${pids[p - 1]}" 75 || ends "${pids[p - 1]}" 0
				assert_equal "$(grep -c "pid $new.* run.*this command was not run" $p.said)" 1
			fi
			assert_equal "$(wc -l <$p.said)" 1
		done
		alive "$new"
		ended_by TERM "$new"
		freed
	done
}

@test "overdue: a job that is not due, and hangs, is told all the same, and is ended and run" {
	export XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
	frees run -0 launch --every=1d "$GUEST" exit 0
	# Nothing runs, and it is not due: what counted was another command line.
	prints -0 --partial 'is not due until' \
		launch --every=1d --overdue=0.001:stop "$GUEST" exit 5
	held
	run -75 launch --every=1d --overdue=0.001 "$GUEST" exit 5
	prints -0 '' launch -q --every=1d --overdue=1d "$GUEST" exit 5
	run -5 launch --every=1d --overdue=0.001:stop "$GUEST" exit 5
	assert_equal "$(constructors)" 3
}

@test "overdue: of several documents each is looked at by itself" {
	: >a
	: >b
	begin_guest owner= onlyone -d "$GUEST" a
	wait_until 'it is overdue' eval \
		'launch -d --dry-run --overdue=0.001 "$GUEST" a | grep -q overdue'
	begin both= onlyone -q -d --overdue=0.001:stop "$GUEST" a b
	ended "$owner"
	wait_until 'both run' eval '[ "$(ctl count guest)" = 2 ] && [ "$(constructors)" = 3 ]'
}
