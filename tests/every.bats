#!/usr/bin/env bats
# as: user (no right is asked for)
# every.bats: --every=TIME: a job that was started with success is not started
# again within TIME.
#
# No test waits for a time to pass: the stamp is set back by hand.
load lib/line

own_setup() {
	export XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
	STAMPS=$XDG_STATE_HOME/onlyone
	job='echo >>ran'
}

# job OPTION...: a launch of the job; ran N: it has run so often.
job() { launch --every=1d -a job "$@" sh -c "$job"; }
ran() { assert_equal "$(cat ran 2>/dev/null | wc -l)" "$1"; }

# stamp_of APP; set_back APP FIELD VALUE
stamp_of() { compgen -G "$STAMPS/$1-*"; }
set_field() { sed -i -z "s/^$2=.*/$2=$3/" "$(stamp_of "$1")"; }
ago() { echo $((($(date +%s) - $1) * 1000)); }

# bats test_tags=check
@test "every: within TIME of a start that ended with 0 nothing is done: 0 in silence, 75 with -n, -v says why" {
	run -0 job
	freed
	prints -0 '' job
	prints -0 '' job --wait
	prints -0 '' job -q -v --replace -q
	run -75 --separate-stderr job -n
	says 'job is not due until 2*: it was started at 2*, and ended with 0'
	prints -75 '' job -n -q
	prints -9 '' job -n -q -E 9
	run -0 --separate-stderr job -v
	says 'not due until'
	run -0 job --dry-run
	assert_line --regexp '^would: +do nothing: it is not due until 2'
	ran 1
	# Without the option it runs.
	run -0 launch -a job sh -c "$job"
	ran 2
}

# bats test_tags=check
@test "every: due when TIME has passed by the wall clock, or by this boot's; a start in the future is not believed" {
	run -0 job
	freed
	set_field job start "$(ago 86401)"
	run -0 job
	ran 2
	freed
	set_field job start "$(ago -3600)"
	run -0 job
	ran 3
	freed
	# The clock was set back meanwhile: this boot's says that TIME has passed.
	local up
	up=$(cut -d. -f1 /proc/uptime)
	set_field job up 1
	prints -0 '' job
	run -0 launch --every=$((up / 2)) -a job sh -c "$job"
	ran 4
	freed
	# That of another boot says nothing.
	set_field job up 1
	set_field job boot 00000000-0000-0000-0000-000000000000
	prints -0 '' launch --every=$((up / 2)) -a job sh -c "$job"
	# Each launch's own TIME counts.
	set_field job start "$(ago 7000)"
	prints -0 '' launch --every=2h -a job sh -c "$job"
	run -0 launch --every=1h -a job sh -c "$job"
	ran 5
}

# bats test_tags=check
@test "every: a run that failed, or was killed, does not count, and leaves the stamp of the one before" {
	job='echo >>ran; exit 3'
	run -3 job
	freed
	job='echo >>ran; kill -9 $$'
	run -137 job
	freed
	ran 2
	job='echo >>ran'
	run -0 job
	freed
	ran 3
	set_field job start "$(ago 90000)"
	job='echo >>ran; exit 3'
	run -3 job
	freed
	run -3 job
	freed
	ran 5
	assert_equal "$(ls "$STAMPS" | wc -l)" 1
}

# bats test_tags=check
@test "every: another command line than the one that counted says that it was not run, and the way out" {
	printf '#!/bin/sh\necho >>ran\n' >rt
	chmod +x rt
	local way="this command was not run. Use -k '{@}' or -a NAME"
	run -0 launch --every=1d ./rt home
	freed
	for how in '' -W --replace --background; do
		run -0 --separate-stderr launch $how --every=1d ./rt srv
		says "*/rt is not due until 2*: ./rt home was started at 2*, and ended with 0; $way"
	done
	prints -0 '' launch -q --every=1d ./rt srv
	run -75 --separate-stderr launch -n --every=1d ./rt srv
	says "not due until 2*: ./rt home was started at 2*; $way"
	run -0 launch --dry-run --every=1d ./rt srv
	assert_line --regexp '^would: +do nothing: it is not due until 2.*: ./rt home was started'
	for other in ./rt './rt home srv' 'env A=1 ./rt home' 'sh ./rt ho'; do
		run -0 --separate-stderr launch --every=1d $other
		says "./rt home was started at 2*; $way"
	done
	# The same command, in other words.
	prints -0 '' launch --every=1d sh ./rt home
	prints -0 '' launch --every=1d nice -n 5 ./rt home
	prints -0 '' launch --every=1d "$PWD/rt" home
	ran 1
	# Each by itself.
	run -0 launch --every=1d -k '{@}' ./rt srv
	run -0 launch --every=1d -a srv ./rt srv
	freed
	prints -0 '' launch --every=1d -a srv ./rt srv
	prints -0 '' launch --every=1d -a srv "$PWD/rt" srv
	run -0 --separate-stderr launch --every=1d -a srv sh ./rt srv
	says "srv is not due until 2*: ./rt srv was started at 2*; $way"
	ran 3
	# A long one, of which the stamp has the beginning.
	local many=({1..2000})
	run -0 launch --every=1d -a long ./rt "${many[@]}" x
	freed
	prints -0 '' launch --every=1d -a long ./rt "${many[@]}" x
	run -0 --separate-stderr launch --every=1d -a long ./rt "${many[@]}" y
	says "long is not due until 2*: ./rt 1 2 3 *... was started at 2*; $way"
	# The line of a shell.
	run -0 launch --every=1d -a line -c 'echo >>ran'
	freed
	prints -0 '' launch --every=1d -a line -c 'echo >>ran'
	run -0 --separate-stderr launch --every=1d -a line -c 'echo  >>ran'
	says "line is not due until 2*; $way"
	ran 5
}

# bats test_tags=check
@test "every: while it runs a launch does nothing; of many at once one runs" {
	mkfifo gate
	job='echo >>ran; read -r _ <gate'
	begin job
	wait_until 'it runs' test -s ran
	local pids=() p
	for p in {1..6}; do
		begin pids+= job
	done
	for p in "${pids[@]}"; do
		ends "$p" 0
	done
	run -75 job -n
	echo >gate
	freed
	prints -0 '' job
	ran 1
}

@test "every: a job in line behind one that ends with 0 is not run" {
	mkfifo gate
	job='echo >>ran; read -r _ <gate'
	begin job
	wait_until 'it runs' test -s ran
	begin waits= onlyone --wait --every=1d -a job sh -c 'echo >>ran'
	lined_up "$waits"
	echo >gate
	ends "$waits" 0
	ran 1
	freed
}

@test "every: a launch that gets the slot later than another looks again" {
	needs_points
	ONLYONE_TEST_POINTS=due=stop begin late= "$BUILD/points/onlyone" \
		--every=1d -a job sh -c "$job"
	wait_until 'it has found the job due' has_state "$late" T
	run -0 job
	freed
	kill -CONT "$late"
	ends "$late" 0
	ran 1
}

@test "every: what is replaced may end with 0: the replacing launch runs" {
	job='trap "exit 0" TERM; echo >>ran; while :; do sleep 0.05; done'
	begin job
	wait_until 'it runs' test -s ran
	run -0 launch --replace --every=1d -a job sh -c 'echo >>ran'
	ran 2
}

@test "every: a stamp that cannot be read or written: the job runs, and one note says so" {
	mkdir "$XDG_STATE_HOME"
	: >"$STAMPS"
	run -0 --separate-stderr job
	says '--every: */onlyone: Not a directory; started all the same'
	freed
	rm "$STAMPS"
	mkdir -m 777 "$STAMPS"
	chmod 777 "$STAMPS"
	run -0 --separate-stderr job
	says 'writable by others; started all the same'
	prints -0 '' job -q
	freed
	chmod 700 "$STAMPS"
	run -0 job
	freed
	local file
	file=$(stamp_of job)
	echo damaged >"$file"
	run -0 --separate-stderr job
	says 'it is damaged; started all the same'
	freed
	prints -0 '' job
	ran 5
	rm "$file"
	mkdir "$file"
	run -0 --separate-stderr job
	says 'it is no plain file of this user; started all the same'
	freed
	rmdir "$file"
	mkdir -p "$file.now/x"
	run -0 --separate-stderr job
	says 'this run does not count'
	ran 7
}

# bats test_tags=check
@test "every: bad times, and pairs that make no sense: 64, naming them" {
	for t in '' 0 0h -1 -1d 1x 1d12h ' 1d' 36526d 3155760001 1e3 daily; do
		run -64 --separate-stderr launch --every="$t" true
		says "--every: '$t' is not a time"
	done
	for pair in -j2 --join --adopt --if-running=join; do
		run -64 --separate-stderr launch --every=1d "$pair" true
		says '--every does not go with -'
	done
	run -0 launch --every=1d -j1 true
	run -64 ctl enable --every=1d -j2 true
}

# bats test_tags=check
@test "every: list --every says what is due when, forget --every makes it due" {
	prints -0 'onlyonectl: no job with --every has ended with 0' ctl list --every
	run -3 ctl forget --every job
	run -0 job
	run -0 launch --every=90m -k '{1}' nice echo a
	run -0 launch --every=36h -k '{1}' echo 'b c'
	wait_until 'three stamps' eval '[ "$(ls "$STAMPS" | grep -vc now)" = 3 ]'
	set_field job start "$(ago 90000)"
	run -0 ctl list --every
	assert_line --index 0 --regexp '^APP +KEY +STARTED +EVERY +DUE +COMMAND$'
	assert_line --index 1 --regexp "^job +- +2[0-9: -]{18} +1d +now +sh -c 'echo >>ran'\$"
	assert_line --index 2 --regexp '/echo +a +2.* 90m +2.* nice echo a$'
	assert_line --index 3 --regexp "/echo +'b c' .* 36h .* echo 'b c'\$"
	run -0 ctl list --every --json echo
	assert_equal "$(jq -r 'map([.key, .every, .now, .due - .started] | @csv)[]' <<<"$output")" \
		$'"a",5400,false,5400\n"b c",129600,false,129600'
	run -64 ctl forget --every echo
	run -0 ctl forget --every echo 'b c'
	run -3 ctl forget --every echo 'b c'
	run -0 ctl forget --every job
	run -0 job
	ran 2
	freed
	run -0 ctl forget --every --all echo
	assert_equal "$(ctl list --every | wc -l)" 2
	prints -64 --partial --every ctl list --raw --every
}

@test "every: each key, and each document, has a stamp of its own" {
	echo 1 >a
	echo 2 >b
	run -0 launch --every=1d -d cat a
	assert_output 1
	freed
	run -0 launch --every=1d -d cat a b
	assert_output 2
	freed
	prints -0 '' launch --every=1d -d cat a b
}

@test "every: before Linux 6.15 the launch stays as the parent, and the run counts" {
	needs_points
	PATH=$BUILD/points:$PATH
	export ONLYONE_TEST_OLD=exitinfo
	run -0 job
	freed
	prints -0 '' job
	job='echo >>ran; exit 3'
	run -3 job -a other
	freed
	ran 2
	assert_equal "$(ls "$STAMPS" | wc -l)" 1
}

# bats test_tags=linux-6-15
@test "every: --lifetime=tree counts what was launched, not what that has left" {
	launch --every=1d --lifetime=tree -a bad sh -c 'sleep 0.2 & exit 3' || :
	launch --every=1d --lifetime=tree -a good sh -c 'sleep 0.2 & exit 0'
	freed
	run ls "$STAMPS"
	assert_output --regexp '^good-[0-9a-f]+$'
}

@test "every: with -W, with --background, and as a rule's option" {
	run -0 launch --every=1d -W -a job sh -c "$job"
	prints -0 '' job -W
	run -0 launch --every=1d --background -a back sh -c "$job"
	freed
	prints -0 '' launch --every=1d --background -a back sh -c "$job"
	ran 2
	mkdir bin
	printf '#!/bin/sh\necho >>ran\n' >bin/nightly
	chmod +x bin/nightly
	PATH=$PWD/bin:$PATH
	run -0 ctl enable nightly --every=1d
	run -0 ctl session -- sh -c nightly
	freed
	run -0 ctl session -- sh -c nightly
	ran 3
}

@test "every: with its keeper killed a run counts all the same; forgotten it does not" {
	mkfifo gate
	job='read -r _ <gate'
	begin job
	wait_until 'it runs' eval '[ "$(ctl count job)" = 1 ]'
	keeper_killed job
	run launch --if-running=activate -a job sh -c "$job"
	echo >gate
	ends "$BEGUN" 0
	freed
	assert_equal "$(ls "$STAMPS" | grep -c '^job-[0-9a-f]*$')" 1
	run -0 ctl forget --every job
	begin job
	wait_until 'it runs' eval '[ "$(ctl count job)" = 1 ]'
	run -0 ctl forget job
	freed
	echo >gate
	ends "$BEGUN" 0
	prints '' ls "$STAMPS"
}
