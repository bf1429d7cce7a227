#!/usr/bin/env bats
# as: user (no right is asked for)
# lost.bats: a command that was not run says so.
#
# Where nobody takes a later launch: what it says, and its status, by how its
# command differs from the one that runs.
# shellcheck disable=SC2016,SC2086,SC2154
load lib/common

# held_by OPTION... COMMAND...: the instance, which runs until the test ends.
held_by() {
	begin onlyone "$@"
	wait_until 'it runs' one_runs
}

one_runs() { [ "$(ctl list --raw | wc -l)" = 1 ]; }

# not_run STATUS WHAT ARG...: this launch ends so, and says in one line that it
# was not run, since WHAT runs, and what else there is.
not_run() {
	local status=$1 what=$2
	shift 2
	prints "-$status" '' --separate-stderr launch "$@"
	says "already runs $what; this "*' was not run. Use --wait to run it afterwards, '
}

# silent ARG...: 0, and not a word.
silent() { prints -0 '' launch "$@"; }

# slow NAME: a script that runs until the test ends, and one that would be seen.
slow() {
	printf '%s\n' '#!/bin/sh' 'exec sleep 300' >"$1"
	chmod +x "$1"
}

# bats test_tags=check
@test "line: another shell line is 75 and says which one runs; the same one says nothing" {
	held_by -a job -c 'sleep 300; :'
	not_run 75 "sh -c 'sleep 300; :'" -a job -c 'echo other'
	silent -a job -c 'sleep 300; :'
}

# bats test_tags=check
@test "line: -E has its code; --must-deliver is 69; the status is the same with -q, which is silent" {
	held_by -a job -c 'sleep 300; :'
	not_run 9 "sh -c 'sleep 300; :'" -E 9 -a job -c 'echo other'
	not_run 0 "sh -c 'sleep 300; :'" -E 0 -a job -c 'echo other'
	not_run 69 "sh -c 'sleep 300; :'" --must-deliver -a job -c 'echo other'
	prints -75 '' launch -q -a job -c 'echo other'
}

@test "line: beside a program of that name it is 75 as well; a program beside a line is 0, and says it" {
	held_by -a job sleep 300
	not_run 75 'sleep 300' -a job -c 'sleep 300'
	not_run 0 'sleep 300' -a job sh -c 'sleep 300'
	killed "$BEGUN"
	freed job
	held_by -a job -c 'sleep 300; :'
	not_run 0 "sh -c 'sleep 300; :'" -a job true
}

@test "line: where a handler, a listener or a signal is told, that is the answer" {
	held_by -a job --on-activate='exit 6' -c 'sleep 300; :'
	prints -6 '' launch -a job -c 'echo other'
	killed "$BEGUN"
	freed job
	held_by -a job --signal=CONT -c 'sleep 300; :'
	silent -a job -c 'echo other'
}

@test "line: without a name each line is a job of its own, and the same one says nothing" {
	held_by -c 'sleep 300; :'
	silent -c 'sleep 300; :'
	prints -0 other launch -c 'echo other'
}

@test "line: -W does not wait for another one" {
	held_by -a job -c 'sleep 300; :'
	not_run 75 "sh -c 'sleep 300; :'" -W -a job -c 'echo other'
}

# bats test_tags=check
@test "name: another program is 0 and says that it was not run; the same one keeps to its words" {
	held_by -a job sleep 300
	not_run 0 'sleep 300' -a job true
	not_run 0 'sleep 300' -a job echo 300
	not_run 0 'sleep 300' -a job sleep 301
	not_run 0 'sleep 300' -a job sleep 300 more
	run -0 --separate-stderr launch -a job sleep 300
	says 'is running and has no handler for the arguments: '
	[[ $stderr != *'not run'* ]]
}

@test "name: a program of the same name in another folder is another one, by whatever spelling" {
	mkdir one two
	cp /bin/sleep one
	cp /bin/sleep two
	cd one
	held_by -a job ./sleep 300
	run -0 launch -a job ./sleep 300
	refute_output --partial 'not run'
	run -0 launch -a job "$PWD/sleep" 300
	refute_output --partial 'not run'
	PATH=$PWD:$PATH run -0 launch -a job sleep 300
	refute_output --partial 'not run'
	not_run 0 './sleep 300' -a job sleep 300
	cd ../two
	not_run 0 './sleep 300' -a job ./sleep 300
}

# bats test_tags=check
@test "words: other arguments say that the command was not run, and how they are passed on" {
	held_by sleep 300
	not_run 0 'sleep 300' sleep 400
	[[ $stderr == *'afterwards, or start the first one with --on-activate to pass arguments on' ]]
	prints -0 '' launch -q sleep 400
	prints -69 --partial 'not run' launch --must-deliver sleep 400
}

@test "words: a program without any only asks whether it is there" {
	held_by sleep 300
	silent --must-deliver sleep
}

@test "words: of a script they are those behind it, however it is started" {
	slow job
	held_by ./job one
	for how in ./job 'sh ./job' "bash $PWD/job" 'sh -x job'; do
		not_run 0 './job one' $how two
		not_run 0 './job one' $how
		run -0 launch $how one
		refute_output --partial 'not run'
	done
}

@test "words: a script without any says nothing where none has any, whatever runs it" {
	slow job
	for name in wish perl python3 node java; do cp /bin/true $name; done
	held_by sh ./job
	for how in ./job 'sh -x job' './wish job' './perl -w job' \
		'./python3 -u job' './node job' './java -jar job'; do
		silent --must-deliver $how
	done
	not_run 0 'sh ./job' ./job one
}

@test "words: the same key, other words" {
	held_by -k '{1}' sleep 300
	not_run 0 'sleep 300' -k '{1}' sleep 300 more
}

@test "words: one of several" {
	held_by -j 1 -a job sleep 300
	begin onlyone -j 2 -a job sleep 301
	wait_until 'two run' count_is job 2
	not_run 0 'sleep 30?' -j 2 -a job sleep 302
	not_run 75 'sleep 30?' -j 2 -a job -c 'echo other'
}

# bats test_tags=check
@test "document: one that is open, by any spelling, is no other command; other options are" {
	: >letter
	held_by -d tail -f letter
	silent --must-deliver -d tail -f "$PWD/letter"
	not_run 0 'tail -f letter' -d tail -F letter
}

@test "long: of command lines that are too long for the record all is compared" {
	long=$(printf '%5000s' '')
	held_by -a job -c "sleep 300; : $long one"
	silent -a job -c "sleep 300; : $long one"
	run -75 --separate-stderr launch -a job -c "sleep 300; : $long two"
	says 'already runs sh -c ...; this shell line was not run'
	killed "$BEGUN"
	freed job
	held_by -a job "$GUESTS/guest" "$long" wait none
	run -0 launch -a job "$GUESTS/guest" "$long" wait none
	refute_output --partial 'not run'
	run -0 launch -a job "$GUESTS/guest" "$long" wait never
	assert_output --partial 'not run'
}

@test "keeper: killed, the new one knows what runs" {
	held_by -a job -c 'sleep 300; :'
	keeper_killed job
	not_run 75 "sh -c 'sleep 300; :'" -a job -c 'echo other'
	keeper_killed job
	silent -a job -c 'sleep 300; :'
}

@test "keeper: where nothing tells what runs, a shell line is not taken for the same" {
	held_by -a job -c 'sleep 300; :'
	keeper_killed job
	sed -zi '/^arg=/d; /^digest=/d' "$(the_slot)/info"
	not_run 75 'what is not known' -a job -c 'sleep 300; :'
	silent -a job sleep
}

@test "promoted: a launch that took the place is the one that runs" {
	held_by -a job sleep 300
	first=$BEGUN
	begin onlyone --replace -a job -c 'sleep 301; :'
	ended "$first"
	wait_until 'the second runs' pid_is job "$BEGUN"
	not_run 75 "sh -c 'sleep 301; :'" -a job -c 'sleep 300'
	silent -a job -c 'sleep 301; :'
}

@test "held: what has the place is named" {
	printf '%s\n' '#!/bin/sh' 'onlyonectl hold job' ': >held' \
		'sleep 300 & wait' >holds
	chmod +x holds
	begin ./holds one
	wait_until 'it holds' test -e held
	not_run 0 '/bin/sh ./holds one' -a job sleep 300
	not_run 75 '/bin/sh ./holds one' -a job -c 'echo other'
	begin sleep 310
	wait_until 'it has begun' grep -q ^sleep "/proc/$BEGUN/cmdline"
	ctl adopt other --pid="$BEGUN"
	not_run 0 'sleep 310' -a other true
}

@test "enforced: a program with a rule says it too" {
	cp /bin/sleep mine
	export ONLYONE_ENFORCE=mine
	begin env LD_PRELOAD="$BUILD/libonlyone.so" ./mine 300
	wait_until 'it runs' one_runs
	run -0 --separate-stderr timeout $LIMIT env LD_PRELOAD="$BUILD/libonlyone.so" ./mine 400
	says 'already runs ./mine 300; this command was not run'
	prints -0 '' timeout $LIMIT env LD_PRELOAD="$BUILD/libonlyone.so" ./mine
}
