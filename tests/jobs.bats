#!/usr/bin/env bats
# as: user (no right is asked for)
# jobs.bats: what an instance has started, when it is stopped or replaced.
#
# Of a shell line and a shell script the whole job ends, but what was put apart
# on purpose; of any other program the program; with --tree all.  What is left
# is said.
load lib/script

# Guests, so that each notes its pid when it has come to main.
line='"$GUESTS/guest" one; "$GUESTS/guest" two'

# pids N: N guests have come to main: their pids in ${guest[@]}.
pids() {
	wait_until "$1 guests are in main" in_main "$1"
	mapfile -t guest < <(sed -n 's/^\([0-9]*\) main.*/\1/p' "$GUEST_LOG")
}

# job N ARG...: a launch, after which N guests are in main.
job() {
	begin onlyone -a job "${@:2}"
	pids "$1"
}

# bats test_tags=check
@test "stop: a -c line ends with the child that its shell waits for, which goes on to nothing" {
	job 1 -c "$line"
	prints -0 '' ctl stop -w 60 job
	gone "${guest[0]}"
	ends "$BEGUN" 143
	in_main 1
}

@test "stop: all of a job that is stopped, as by Ctrl-Z, and of a tree, with its parent" {
	for how in '-c' '--lifetime=tree -c' '--lifetime=tree -W -c'; do
		: >"$GUEST_LOG"
		job 2 $how "\"\$GUESTS/guest\" back & $line"
		stopped "${guest[@]}"
		kill -STOP "$(ctl pid job)" "$BEGUN"
		wait_until 'it is stopped' has_state "$BEGUN" T
		prints -0 '' ctl stop -w 60 job
		gone "${guest[@]}"
		ends "$BEGUN" 143
		in_main 2
		freed
	done
}

# bats test_tags=check
@test "stop: so does a script, each part of a pipeline, and what is in the background" {
	script job.sh /bin/sh '"$GUESTS/guest" back &
"$GUESTS/guest" left | "$GUESTS/guest" right
echo gone on >>on'
	begin onlyone ./job.sh
	pids 3
	prints -0 '' ctl stop -w 60 ./job.sh
	gone "${guest[@]}"
	ends "$BEGUN" 143
	[ ! -e on ]
}

@test "stop: also where the shell has executed its last command" {
	job 2 -c '"$GUESTS/guest" back & exec "$GUESTS/guest" last'
	prints -0 '' ctl stop -w 60 job
	gone "${guest[0]}" "${guest[1]}"
}

# bats test_tags=check
@test "stop: what was put apart by setsid and nohup goes on, and is said, with -q not; --tree ends it too" {
	for quiet in '' -q; do
		: >"$GUEST_LOG"
		begin onlyone -a job -c 'setsid "$GUESTS/guest" daemon & echo $! >apart
			nohup "$GUESTS/guest" hup >out & echo $! >>apart
			"$GUESTS/guest" one' </dev/null
		pids 3
		mapfile -t apart <apart
		run -0 ctl stop -w 60 $quiet job
		if [ "$quiet" ]; then
			assert_output ''
		else
			assert_output --partial '2 processes'
			assert_output --partial "pid ${apart[0]}, ${apart[1]}"
			assert_output --partial --tree
		fi
		for pid in "${guest[@]}"; do
			[[ " ${apart[*]} " == *" $pid "* ]] || gone "$pid"
		done
		alive "${apart[0]}" "${apart[1]}"
		kill "${apart[@]}"
		ended "${apart[0]}" "${apart[1]}"
	done
	: >"$GUEST_LOG"
	begin onlyone -a job -c 'setsid "$GUESTS/guest" daemon &
		nohup "$GUESTS/guest" hup >out & "$GUESTS/guest" one' </dev/null
	pids 3
	prints -0 '' ctl stop -w 60 --tree job
	gone "${guest[@]}"
}

@test "stop: where all of it runs under nohup, all of it ends" {
	begin nohup onlyone -a job -c "$line" >out 2>&1
	pids 1
	prints -0 '' ctl stop -w 60 job
	gone "${guest[0]}"
}

@test "stop: a program is no shell: its children go on, and are said; --tree ends them" {
	cp "$(readlink -f /bin/sh)" program
	for tree in '' --tree; do
		: >"$GUEST_LOG"
		begin onlyone ./program -c "$line"
		pids 1
		run -0 ctl stop -w 60 $tree ./program
		if [ "$tree" ]; then
			assert_output ''
			gone "${guest[0]}"
		else
			assert_output --partial "1 process that it has started"
			assert_output --partial "pid ${guest[0]};"
			alive "${guest[0]}"
			killed "${guest[0]}"
		fi
	done
}

# bats test_tags=check
@test "stop: what make runs ends with it, unasked; by the name that was typed, and -v says so" {
	printf 'server:\n\t"$(GUESTS)/guest" one; :\n' >Makefile
	begin onlyone -v -a site make server 2>err
	pids 1
	file_has err 'onlyone: make would leave behind what it runs: --stop-tree'
	begin onlyone --replace -w 60 -a site nice make server
	pids 2
	gone "${guest[0]}"
	run -0 ctl pid nice
	prints -0 '' ctl stop -w 60 make
	gone "${guest[1]}"
	run -3 ctl stop make
	run -0 ctl log make
}

# bats test_tags=check
@test "stop: --stop-tree at the launch says so for all its time" {
	cp "$(readlink -f /bin/sh)" program
	begin onlyone --stop-tree ./program -c 'setsid "$GUESTS/guest" one & wait'
	pids 1
	prints -0 '' ctl stop -w 60 ./program
	gone "${guest[0]}"
}

@test "stop: what a script does when it has the signal is done, with all it takes" {
	for wait in '"$GUESTS/guest" job' '"$GUESTS/guest" job & wait $!'; do
		: >"$GUEST_LOG"
		rm -f clean
		script job.sh /bin/sh 'trap '\''sh -c "\"$GUESTS/guest\" cleaning wait go exit 0; echo clean >clean"; exit 5'\'' TERM
'"$wait"
		begin onlyone ./job.sh
		local launch=$BEGUN
		pids 1
		begin ctl stop -w 60 ./job.sh
		pids 2
		gone "${guest[0]}"
		ctl list >/dev/null
		alive "${guest[1]}"
		: >go
		ends "$launch" 5
		ends "$BEGUN" 0
		[ -e clean ]
		rm go
	done
}

@test "stop: and that is so when who stops it is slow: it was told before it began" {
	script job.sh /bin/sh 'trap '\''sh -c "\"$GUESTS/guest\" cleaning wait go exit 0; echo clean >clean"; exit 5'\'' TERM
"$GUESTS/guest" job & wait $!'
	begin onlyone ./job.sh
	local launch=$BEGUN
	pids 1
	ONLYONE_TEST_POINTS=stop-signalled=stop begin \
		"$BUILD/points/onlyonectl" stop -w 60 ./job.sh
	pids 2
	wait_until 'it is stopped' has_state "$BEGUN" T
	kill -CONT "$BEGUN"
	ended "${guest[0]}"
	: >go
	ends "$launch" 5
	ends "$BEGUN" 0
	[ -e clean ]
}

@test "stop: what of the job ignores the signal: 75 and its pid, the slot is free; --kill-after ends it" {
	local stays='"$GUESTS/guest" ignore 15'
	job 1 -c "$stays; :"
	prints -75 --partial "pid ${guest[0]}; --kill-after" ctl stop -w 4 job
	alive "${guest[0]}"
	count_is job 0
	killed "${guest[0]}"
	: >"$GUEST_LOG"
	job 1 -c "$stays; :"
	run -0 ctl stop -w 60 --kill-after=0.1 job
	gone "${guest[0]}"
	: >"$GUEST_LOG"
	begin onlyone --kill-after=0.1 -a job -c "$stays; :"
	pids 1
	ctl stop -w 60 job
	gone "${guest[0]}"
}

@test "stop: --all ends the jobs of all" {
	begin onlyone -a job -k a -c "$line"
	job 2 -k b -c "$line"
	prints -0 '' ctl stop -w 60 --all job
	gone "${guest[0]}" "${guest[1]}"
}

@test "stop: the next instance in its place, and what that has started, are not hit" {
	job 1 -c '"$GUESTS/guest" ignore 15; :'
	local old=$BEGUN
	begin ctl stop -w 60 --kill-after=3 job
	local stop=$BEGUN
	ended "$old"
	job 2 -c "$line"
	ends "$stop" 0
	gone "${guest[0]}"
	alive "${guest[1]}"
	count_is job 1
	ctl stop -w 60 job
	gone "${guest[1]}"
}

# marked: those who carry the mark of the folder $mark.
marked() { grep -lszxF "ONLYONE_SLOT=$mark" /proc/[0-9]*/environ || :; }

some_marked() { [ "$(marked | wc -l)" -gt 5 ]; }

none_marked() { [ -z "$(marked)" ]; }

@test "stop: of one that starts others all the time none is missed" {
	for trap in '' 'trap "exit 3" TERM;'; do
		begin onlyone -a job -c "$trap"'i=0
			while [ $((i += 1)) -lt 200 ]; do sleep 1000 & done; wait'
		mark=
		wait_until 'it has a folder' eval \
			'mark=$(the_slot) && [ -n "$mark" ]'
		wait_until 'some run' some_marked
		timeout -k 5 $((5 * LIMIT)) onlyonectl stop -w 250 job
		none_marked
	done
}

@test "stop: a member that has other rights than we is let be" {
	needs util-linux setpriv
	job 1 -c 'setpriv --no-new-privs "$GUESTS/guest" & wait'
	run -0 ctl stop --tree --kill-after=0.1 job
	alive "${guest[0]}"
}

@test "stop: a handler that runs, and what it has started, are let be" {
	job 1 --on-activate='"$GUESTS/guest" handler; :' sh -c "$line"
	job 2 true
	local launch=$BEGUN
	run -0 ctl stop -w 60 --tree job
	gone "${guest[0]}"
	alive "${guest[1]}"
	kill "${guest[1]}"
	ended "$launch"
}

# --- replace ------------------------------------------------------------------

# bats test_tags=check
@test "replace: the job ends before the new one runs, with nothing said" {
	job 1 -c "$line"
	old=${guest[0]} begin onlyone --replace -w 60 -a job -c \
		'cat /proc/$old/stat >both 2>/dev/null; "$GUESTS/guest"' 2>err
	pids 2
	gone "${guest[0]}"
	[[ $(<both) =~ ^(.*\)\ Z.*)?$ ]] # at most a zombie
	[ ! -s err ] || fail "$(<err)"
	count_is job 1
}

@test "replace: what of the job ignores the signal keeps the slot: 75; --kill-after ends it" {
	job 1 -c '"$GUESTS/guest" ignore 15; :'
	local old=$BEGUN
	run -75 launch --replace -w 0.5 -a job "$GUESTS/guest"
	ended "$old"
	alive "${guest[0]}"
	in_main 1
	freed job
	killed "${guest[0]}"
	: >"$GUEST_LOG"
	job 1 -c '"$GUESTS/guest" ignore 15; :'
	begin onlyone --replace -w 60 --kill-after=0.1 -a job "$GUESTS/guest"
	pids 2
	gone "${guest[0]}"
}

@test "replace: one that gives up leaves the slot to the next, and the rest to itself" {
	job 1 -c '"$GUESTS/guest" ignore 15; :'
	local old=$BEGUN
	begin onlyone --replace -w 60 -a job "$GUESTS/guest" first
	local first=$BEGUN
	ended "$old"
	begin onlyone --wait -a job "$GUESTS/guest" second
	killed "$first"
	pids 2
	guest_runs "$BEGUN"
	alive "${guest[0]}"
}

@test "replace: what is left goes on and is said; --stop-tree ends it, of any program" {
	job 2 -c 'setsid "$GUESTS/guest" daemon & "$GUESTS/guest"'
	begin onlyone --replace -w 60 -a job "$GUESTS/guest" 2>err
	guest_runs "$BEGUN"
	file_has err '1 process .* goes on, pid [0-9]*; --stop-tree'
	local left
	left=$(grep -o 'pid [0-9]*' err)
	alive "${left#pid }"
	ended_by TERM "${left#pid }"
	ctl stop -w 60 job
	: >"$GUEST_LOG"
	cp "$(readlink -f /bin/sh)" program
	job 2 ./program -c 'setsid "$GUESTS/guest" daemon & "$GUESTS/guest"'
	begin onlyone --replace -w 60 --stop-tree -a job "$GUESTS/guest" 2>err
	guest_runs "$BEGUN"
	gone "${guest[0]}" "${guest[1]}"
	[ ! -s err ] || fail "$(<err)"
}

# bats test_tags=check
@test "runs: what an earlier instance has left is neither stopped nor replaced, nor said" {
	local left how
	job 1 -c 'setsid "$GUESTS/guest" daemon & :'
	left=${guest[0]}
	ends "$BEGUN" 0
	freed
	for how in '' --tree '--tree --kill-after=0.1'; do
		: >"$GUEST_LOG"
		job 1 "$GUESTS/guest"
		prints -0 '' ctl stop -w 60 $how job
		alive "$left"
	done
	for how in '' --stop-tree; do
		: >"$GUEST_LOG"
		job 1 "$GUESTS/guest"
		begin onlyone --replace $how -w 60 -a job "$GUESTS/guest" 2>err
		guest_runs "$BEGUN"
		[ ! -s err ] || fail "$(<err)"
		alive "$left"
		ctl stop -w 60 job
	done
}

# bats test_tags=check
@test "signal: TERM sent to the launch, or by signal, is for that process alone" {
	job 1 -c "$line"
	ctl signal TERM job
	ends "$BEGUN" 143
	alive "${guest[0]}"
}
