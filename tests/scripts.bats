#!/usr/bin/env bats
# as: user (no right is asked for)
# scripts.bats: what people write in shell scripts, and the line instead.
#
# Of the table IDIOMS in onlyone(7), what is weak; idioms.bats has that of the
# tools.  Each pair runs side by side.  What is wrong with the old line is shown
# at a chosen point: everybody has checked before anybody starts, the lock of
# one that was killed is left, the pid in the file is another's, a child keeps
# the descriptor.  The new line is then put to the same.
# shellcheck disable=SC2016,SC2086,SC2154
load lib/script

own_setup() {
	# A name that no other process has.
	APP=oa$$
	cp "$GUESTS/guest" "$APP"
	PATH=$PWD:$PATH
	export APP
	printf '%s\n' '#!/bin/sh' 'echo $$ >>ran; : <gate' >job
	chmod +x job
	mkfifo gate checked
	: >ran
}

# jobs_are N: as many run the job.
jobs_are() { wait_until "$1 jobs run" has_lines ran "$1"; }

# opened: all jobs end.
opened() {
	local pid
	exec 7<>gate
	while read -r pid; do
		ended "$pid"
	done <ran
	exec 7<&-
	: >ran
}

# both_pass SCRIPT: two have checked before either starts, and both start.
both_pass() {
	script old /bin/sh "$1"
	begin ./old </dev/null >>out 2>&1
	begin ./old </dev/null >>out 2>&1
	wait_until 'both have checked' has_lines seen 2
	exec 6<>checked
}

# apps_after N: how many run, after so many have begun.
apps_after() {
	wait_until "$1 have begun" in_main "$1"
	pgrep -cx "$APP"
}

# one_of_20 COMMAND...: of twenty at once one stays, and the others end with 0.
one_of_20() {
	local i pid
	local -a all=()
	for i in {1..20}; do begin all+= "$@" </dev/null >>out 2>&1; done
	wait_until 'all but one have ended' one_left "${all[@]}"
	for pid in "${all[@]}"; do
		! gone "$pid" || wait "$pid" || fail "one ended with $?"
	done
}

# checker COMMAND: `COMMAND || app`, and onlyone --skip.
checker() {
	local other
	# The plain case.
	begin_guest "./$APP"
	$1 "$APP" >/dev/null
	killed "$BEGUN"
	wait "$BEGUN" || true
	: >"$GUEST_LOG"
	# Both have looked, and both start.
	both_pass "$1 \$APP >/dev/null || { echo >>seen; : <checked; exec \$APP; }"
	assert_equal "$(apps_after 2)" 2
	exec 6<&-
	for other in $(pgrep -x "$APP"); do
		killed "$other"
		wait "$other" || true
	done
	: >"$GUEST_LOG"
	one_of_20 onlyone --skip "$APP"
	assert_equal "$(constructors)" 1
	ctl stop "$APP"
	# Another program of that name keeps it from starting.
	mkdir other
	cp /bin/sleep "other/$APP"
	begin "other/$APP" 300
	wait_until 'it runs' pgrep -x "$APP"
	$1 "$APP" >/dev/null
	run -5 launch --skip "$APP" exit 5
}

@test "pgrep -x app || app: two that look at once both start, a stranger's name stops it; onlyone --skip app" {
	checker 'pgrep -x'
}

@test "mkdir lock || exit; app; rmdir lock: stays when it is killed; onlyone -n app" {
	script old /bin/sh 'mkdir lock 2>/dev/null || exit 75' \
		'./job; code=$?' 'rmdir lock; exit $code'
	local tool pid
	for tool in ./old 'onlyone -n ./job'; do
		begin pid= $tool </dev/null >>out 2>&1
		jobs_are 1
		run -75 timeout $LIMIT $tool
		# All of it is killed.
		kill -KILL "$pid" "$(cat ran)" 2>/dev/null || true
		ended "$pid" "$(cat ran)"
		: >ran
		if [ "$tool" = ./old ]; then
			run -75 timeout $LIMIT ./old
			has_lines ran 0
		else
			begin onlyone -n ./job </dev/null >>out 2>&1
			jobs_are 1
			opened
			ends "$BEGUN" 0
		fi
	done
}

# bats test_tags=check
@test "kill \$(cat pidfile): a stale one ends a stranger; onlyonectl stop app" {
	script old /bin/sh 'echo $$ >pidfile' 'exec $APP'
	begin ./old
	guest_runs "$BEGUN"
	kill "$(cat pidfile)"
	ends "$BEGUN" 143
	# Its number is somebody else's by now.
	begin other= sleep 300
	echo "$other" >pidfile
	kill "$(cat pidfile)"
	ends "$other" 143
	begin_guest onlyone "$APP"
	ctl stop "$APP"
	ends "$BEGUN" 143
	run -3 ctl stop "$APP"
	begin other= sleep 300
	begin_guest onlyone "$APP"
	echo "$other" >"$(the_slot)/pid"
	killed "$(keeper_of "$APP")"
	ends_by KILL "$BEGUN" 137
	run -3 ctl stop "$APP"
	alive "$other"
}

# mux ARG...: a tmux server of this test's.
mux() { tmux -f /dev/null -S "$PWD/tmux" "$@" 3>&-; }

@test "tmux has-session -t x || tmux new -d -s x app: fails if both have looked, takes xyz for x; tmux new -d onlyone --skip -a x app" {
	export -f mux
	# Its socket's name has to be short.
	local deep=$PWD
	cd "$ONLYONE_DIR/.." && mkdir "$deep/t" && cd "$deep"
	mux new -d -s xyz 'sleep 300'
	# The name of another session begins like it.
	mux has-session -t x
	mux kill-session -t xyz
	mux new -d -s first 'sleep 300'
	printf '%s\n' '#!/bin/bash' 'mux has-session -t =x 2>/dev/null && exit' \
		'echo >>seen; : <checked; mux new -d -s x ./job; echo $? >>codes' \
		>old
	chmod +x old
	begin ./old </dev/null >>out 2>&1
	begin ./old </dev/null >>out 2>&1
	wait_until 'both have looked' has_lines seen 2
	exec 6<>checked
	wait_until 'both are done' has_lines codes 2
	assert_equal "$(sort codes | tr '\n' ' ')" '0 1 '
	jobs_are 1
	opened
	for _ in {1..10}; do mux new -d onlyone --skip -a x ./job; done
	first_only() {
		[ "$(mux ls | wc -l)" = 2 ]
	}
	wait_until 'the others have closed' first_only
	jobs_are 1
	assert_equal "$(ctl pid x)" "$(cat ran)"
	opened
	mux kill-server
}

@test "while fuser -s file; do sleep 1; done; app file: two that wait both start; onlyone --wait -k '{path:1}' app file" {
	: >file
	begin sleep 300 <file
	script old /bin/sh 'while fuser -s file; do sleep 0.05; done' \
		'echo >>seen; : <checked; exec ./job file'
	begin ./old </dev/null >>out 2>&1
	begin ./old </dev/null >>out 2>&1
	run -0 fuser -s file
	[ ! -e seen ]
	kill -KILL "${STARTED[0]}"
	wait_until 'both see that it is free' has_lines seen 2
	exec 6<>checked
	jobs_are 2
	opened
	exec 6<&-
	local a=(onlyone --wait -k '{path:1}' ./job)
	begin first= "${a[@]}" file </dev/null >>out 2>&1
	jobs_are 1
	begin second= "${a[@]}" ./file </dev/null >>out 2>&1
	begin third= "${a[@]}" "$PWD/file" </dev/null >>out 2>&1
	wait_until 'both wait' eval \
		'has_state "$second" S && has_state "$third" S'
	# Each in its turn, and never two.
	for n in 1 2 3; do
		jobs_are "$n"
		assert_equal "$(running_jobs)" "$(tail -n 1 ran)"
		kill -TERM "$(tail -n 1 ran)"
	done
	all_end 143 "$first" "$second" "$third"
}

# running_jobs: the pids of those that run.
running_jobs() {
	local pid
	while read -r pid; do
		gone "$pid" || echo "$pid"
	done <ran
}

# held_by SCRIPT: it holds its lock, a second one is turned away with 75, and
# has it when the first has ended: 0, unless its child still keeps it.
held_by() {
	local tool=$1 first
	rm -f child has
	begin first= "$tool" </dev/null >>out 2>&1
	wait_until 'it has it' test -e has
	run -75 timeout $LIMIT "$tool"
	exec 7<>gate
	ends "$first" 0
	exec 7<&-
	alive "$(cat child)"
}

# leaky LINE...: a script that leaves a child behind.
leaky() {
	script "$1" /bin/sh "${@:2}" \
		'sleep 300 </dev/null >/dev/null 2>&1 &' \
		'echo $! >child; : >has; : <gate'
}

# bats test_tags=check
@test "( flock -n 200 || exit; ... ) 200>lock: a child keeps descriptor 200; onlyonectl hold and release" {
	# dash knows no descriptors of more than one digit.
	script old /bin/bash '(flock -n 200 || exit 75' \
		'sleep 300 </dev/null >/dev/null 2>&1 &' \
		'echo $! >child; : >has; : <gate) 200>lock'
	held_by ./old
	run -75 timeout $LIMIT ./old
	killed "$(cat child)"
	leaky new 'onlyonectl hold job || exit'
	printf '%s\n' 'onlyonectl release job' >>new
	held_by ./new
	count_is job 0
	held_by ./new
}

@test "exec 9>lock; flock -n 9 || exit: a child keeps descriptor 9, and a file put in its place lets a second in; onlyonectl hold" {
	leaky old 'exec 9>lock' 'flock -n 9 || exit 75'
	held_by ./old
	run -75 timeout $LIMIT ./old
	# And a lock that is swept away is none.
	rm lock
	held_by ./old
	leaky new 'onlyonectl hold job || exit'
	held_by ./new
	freed job
	begin ./new </dev/null >>out 2>&1
	rm -rf "${ONLYONE_DIR:?}"/job-* || true
	wait_until 'it is held' count_is job 1
	run -75 timeout $LIMIT ./new
}

@test "flock -n \$0 \$0: a script that is saved anew runs twice, a child keeps it; onlyonectl hold --self" {
	leaky old '[ "$ME" = "$0" ] || exec env ME="$0" flock -n -E 75 "$0" "$0"'
	held_by ./old
	run -75 timeout $LIMIT ./old
	killed "$(cat child)"
	leaky new 'onlyonectl hold --self || exit'
	held_by ./new
	# As an editor saves.
	for name in old new; do
		rm -f has
		begin "./$name" </dev/null >>out 2>&1
		wait_until 'it has it' test -e has
		cp "$name" saved
		mv saved "$name"
		rm has
		if [ "$name" = old ]; then
			begin ./old </dev/null >>out 2>&1
			wait_until 'the second has it too' test -e has
		else
			run -75 timeout $LIMIT ./new
		fi
	done
}
