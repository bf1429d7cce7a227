# as: user (needs no rights)
# every.bats: jobs that a timer starts: a job that succeeded is not started again
# within --every=TIME; one that has run for more than --overdue=TIME is reported, or
# stopped and run again.
#
# No test waits for time to pass: it sets the stamp back.  A millisecond has passed
# when the guest has reached its main; a day has not.
load lib/line
load lib/script

own_setup() {
	export XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
	STAMPS=$XDG_STATE_HOME/onlyone
	job='echo >>ran'
}

# job OPTION...: a launch of the job; ran N: it has run so often.
job() { onlyone --every=1d -a job "$@" sh -c "$job"; }
ran() {
	local lines=()
	[ ! -e ran ] || mapfile -t lines <ran
	assert_equal "${#lines[@]}" "$1"
}

# stamp_of APP; set_field APP FIELD VALUE; ago SECONDS
stamp_of() { compgen -G "$STAMPS/$1-*"; }
set_field() { sed -i -z "s/^$2=.*/$2=$3/" "$(stamp_of "$1")"; }
ago() { echo $(((EPOCHSECONDS - $1) * 1000)); }

# bats test_tags=check
@test "every: within TIME of a start that ended with 0 nothing is done: 0 in silence, 75 with -n; a run that failed does not count; due when TIME has passed by the wall clock, or by this boot's; each launch's TIME counts" {
	job='echo >>ran; exit 3' run -3 job
	freed
	job='echo >>ran; kill -9 $$' run -137 job
	freed
	run -0 job
	freed
	prints -0 '' job
	prints -0 '' job --replace
	run -75 --separate-stderr job -n
	says 'job is not due until 2*: * was started at 2* and succeeded'
	prints -9 '' job -n -q -E 9
	prints -0 --partial 'not due until' job -v
	run -0 job --dry-run
	assert_line --regexp '^would: +do nothing: it is not due until 2'
	ran 3
	# Without the option it runs.
	run -0 onlyone -a job sh -c "$job"
	ran 4
	freed
	# Due, and fails: the stamp of the run before is left.
	set_field job start "$(ago 90000)"
	job='echo >>ran; exit 3' run -3 job
	freed
	run -0 job
	ran 6
	# When it is due.
	onlyonectl forget --every job
	rm ran
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
	read -r up _ </proc/uptime
	up=${up%.*}
	set_field job up 1
	prints -0 '' job
	run -0 onlyone --every=$((up / 2)) -a job sh -c "$job"
	ran 4
	freed
	# That of another boot says nothing.
	set_field job up 1
	set_field job boot 00000000-0000-0000-0000-000000000000
	prints -0 '' onlyone --every=$((up / 2)) -a job sh -c "$job"
	set_field job start "$(ago 7000)"
	prints -0 '' onlyone --every=2h -a job sh -c "$job"
	run -0 onlyone --every=1h -a job sh -c "$job"
	ran 5
}

@test "every: another command line than the one that counted says that it was not run, and the way out; a key, a name has a stamp of its own" {
	local way='" was not run'$'\n''onlyone: use -a NAME to count it separately'
	script rt /bin/sh 'echo >>ran'
	run -0 launch --every=1d ./rt home
	freed
	run -75 --separate-stderr launch -W --every=1d ./rt srv
	says "*/rt is not due until 2*: ./rt home was started at 2* and succeeded; \"./rt srv$way"
	prints -75 --partial "$way" launch -n --every=1d ./rt srv
	run -0 launch --dry-run --every=1d ./rt srv
	assert_line --regexp '^would: +do nothing: it is not due until 2.*: ./rt home was started'
	# The same command, in other words, and others.
	prints -0 '' launch --every=1d nice -n 5 "$PWD/rt" home
	prints -75 --partial "$way" launch --every=1d env A=1 ./rt home
	ran 1
	run -0 launch --every=1d -k '{@}' ./rt srv
	run -0 launch --every=1d -a srv ./rt srv
	ran 3
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

@test "every: a stamp that cannot be read or written: the job runs, and one note says so, or the log; list says which does not count" {
	wants trace
	# noted WHY: it is run, and says so.
	noted() {
		run -0 --separate-stderr job
		says "$1"
		freed
	}
	mkdir -m 700 "$XDG_STATE_HOME"
	: >"$STAMPS"
	noted '--every: */onlyone: Not a directory; started anyway'
	rm "$STAMPS"
	mkdir "$STAMPS"
	chmod 777 "$STAMPS"
	noted 'writable by others; started anyway'
	prints -0 '' job -q
	freed
	chmod 700 "$STAMPS"
	run -0 job
	freed
	file=$(stamp_of job)
	echo damaged >"$file"
	noted 'it is damaged; started anyway'
	prints -0 '' job
	ran 5
	# Whatever is there gives way to the next, but a folder.
	for how in ': >' mkfifo 'truncate -s 1T' 'ln -s /dev/zero'; do
		rm "$file"
		eval "$how \"\$file\""
		prints -0 --partial "onlyonectl: $file: " onlyonectl list --every
		assert_output --partial '; it does not count'
		noted "--every: $file: *; started anyway"
		prints -0 '' job
	done
	chmod 620 "$file"
	noted 'it is not a plain file of yours alone; started anyway'
	onlyonectl forget --every job
	# The folder's refusal is told from a file that is not ours.
	run -0 --separate-stderr strace -qqo/dev/null -P "${file##*/}.now" \
		-e inject=unlinkat:error=EPERM onlyone --every=1d -a job sh -c "$job"
	says 'Operation not permitted; started anyway, and this run does not count'
	freed
	rm ran
	mkdir "$file"
	noted 'it is not a plain file of yours alone; started anyway'
	prints -0 --partial 'does not count for --every, cannot write the stamp: ' \
		onlyonectl log job
	prints -0 --partial "$file: it is not a plain file of yours alone" \
		onlyonectl list --every
	rmdir "$file"
	mkdir -p "$file.now/x"
	noted 'this run does not count'
	ran 2
}

@test "every, overdue: list --every says what is due when, forget --every makes it due; bad times and pairs are 64; while it runs a launch does nothing; --overdue: skip says so and ends with 75, :stop ends it, says so, and runs" {
	local pids=() waits
	prints -0 'onlyonectl: no --every job has succeeded yet' onlyonectl list --every
	run -3 onlyonectl forget --every job
	run -0 job
	run -0 onlyone --every=36h -k '{1}' echo 'b c'
	run -0 onlyone --every=90m -k '{1}' nice echo a
	freed
	set_field job start "$(ago 90000)"
	run -0 onlyonectl list --every
	assert_line --index 0 --regexp '^APP +KEY +STARTED +EVERY +DUE +COMMAND$'
	assert_line --index 1 --regexp "^job +- +2[0-9: -]{18} +1d +now +sh -c 'echo >>ran'\$"
	assert_line --index 2 --regexp '/echo +a +2.* 90m +2.* nice echo a$'
	assert_line --index 3 --regexp "/echo +'b c' .* 36h .* echo 'b c'\$"
	run -0 onlyonectl list --every --json echo
	refute_output --regexp ': [0-9]+\.[0-9]{4}'
	assert_equal "$(jq -r 'map([.key, .every, .now, .due - .started] | @csv)[]' <<<"$output")" \
		$'"a",5400,false,5400\n"b c",129600,false,129600'
	run -64 onlyonectl forget --every echo
	run -0 onlyonectl forget --every echo 'b c'
	run -3 onlyonectl forget --every echo 'b c'
	run -0 onlyonectl forget --every job
	run -0 job
	ran 2
	freed
	run -0 onlyonectl forget --every --all echo
	run -0 onlyonectl list --every
	assert_equal "${#lines[@]}" 2
	for t in 0 1x 36526d; do
		prints -64 --partial "--every: '$t' is not a number of seconds, or one with s, m, h, d or w, above 0" onlyone --every="$t" true
	done
	for pair in -j2 --join --adopt; do
		prints -64 --partial '--every does not go with -' onlyone --every=1d "$pair" true
	done
	run -64 onlyonectl list --raw --every
	# While it runs.
	onlyonectl forget --every job
	rm ran
	mkfifo gate
	job='echo >>ran; read -r _ <gate'
	for _ in {1..5}; do begin pids+= job; done
	wait_until 'one runs' test -s ran
	run -75 job -n
	begin waits= onlyone --wait --every=1d -a job sh -c 'echo >>ran'
	lined_up "$waits"
	echo >gate
	all_end 0 "${pids[@]}"
	ends "$waits" 75
	freed
	prints -0 '' job
	ran 1
	# What runs when it is forgotten does not count, the first run neither.
	onlyonectl forget --every job
	begin first= onlyone --every=1d -a job sh -c "$job"
	wait_until 'it runs' eval ran 2
	onlyonectl forget --every job
	echo >gate
	ends "$first" 0
	freed
	begin first= onlyone --every=1d -a job sh -c "$job"
	wait_until 'it is due' eval ran 3
	echo >gate
	ends "$first" 0
	echo >ran
	# The replaced one may exit with 0: the launch that replaces it runs.
	job='trap "exit 0" TERM; echo >>ran; while :; do sleep 0.05; done'
	for how in --replace --toggle; do
		onlyonectl forget --every job
		echo >ran
		begin job
		wait_until 'it runs' eval ran 2
		run -0 onlyone "$how" --every=1d -a job sh -c 'echo >>ran'
		ran 3
		freed
	done
	# Overdue.
	held
	for how in --skip -n '--every=1d'; do
		run -75 --separate-stderr onlyone $how --overdue=0.001 "$GUEST" exit 5
		says "pid $owner* is overdue: $GUEST, for * second*, in $PWD"
	done
	prints -9 '' onlyone -q -E 9 --overdue=0.001 "$GUEST" exit 5
	prints -0 '' onlyone --overdue=1d "$GUEST"
	prints -75 --partial 'is already running' onlyone -n --overdue=1d "$GUEST" exit 5
	run -0 onlyone --dry-run --overdue=0.001 "$GUEST"
	assert_line "would:       fail, because of pid $owner, which is overdue"
	run -0 onlyone --dry-run --overdue=0.001:stop "$GUEST"
	assert_line "would:       stop and replace pid $owner, which is overdue"
	prints -75 '' onlyone -q --overdue=1d:stop "$GUEST" exit 5
	alive "$owner"
	run -5 --separate-stderr onlyone --overdue=0.001:stop "$GUEST" exit 5
	says "pid $owner* is overdue, for * second*: stopping it, to run it again"
	ended "$owner"
	freed
	run -6 onlyone --overdue=0.001:stop "$GUEST" exit 6
	assert_equal "$(constructors)" 3
	for t in 0 1d:kill; do
		prints -64 --partial '--overdue: ' onlyone --overdue="$t" true
	done
	for p in --replace --adopt; do
		prints -64 --partial '--overdue does not go with -' onlyone $p --overdue=1d true
	done
}

@test "every: counts a run with -W, in the background, of a rule, before Linux 6.15; not a tree that failed" {
	run -0 launch --every=1d -W -a job sh -c "$job"
	prints -0 '' job -W
	run -0 launch --every=1d --background -a back sh -c "$job"
	freed
	prints -0 '' launch --every=1d --background -a back sh -c "$job"
	ran 2
	mkdir bin
	script bin/nightly /bin/sh 'echo >>ran'
	PATH=$PWD/bin:$PATH
	run -0 ctl enable nightly --every=1d
	for _ in 1 2; do
		run -0 ctl session -- sh -c nightly
		freed
	done
	ran 3
	run -3 launch --every=1d --lifetime=tree -a bad sh -c 'sleep 0.2 & exit 3'
	freed
	refute stamp_of bad
	needs_points
	PATH=$BUILD/points:$PATH
	run -0 ctl forget --every job
	# The launch stays as the parent there.
	export ONLYONE_TEST_OLD=exitinfo
	run -0 job
	freed
	prints -0 '' job
	ran 4
}

# held [OPTION...]: an instance of the guest, $owner, which has run for more than
# 0.001 s.
held() {
	begin_guest owner= onlyone "$@" "$GUEST"
	wait_until 'it is overdue' is_overdue "$GUEST"
}

# is_overdue [OPTION...] COMMAND
is_overdue() { [[ $(onlyone --dry-run --overdue=0.001 "$@") == *overdue* ]]; }

@test "overdue: of two that find it so one ends it; for the other one, what that runs is not overdue" {
	needs_points
	held
	ONLYONE_TEST_POINTS=replace=stop begin late= "$BUILD/points/onlyone" \
		-q --overdue=0.001:stop "$GUEST" exit 5
	wait_until 'it has found it overdue' has_state "$late" T
	begin other= onlyone -q --overdue=0.001:stop "$GUEST"
	wait_until 'the other one runs' pid_is "$GUEST" "$other"
	kill -CONT "$late"
	ends "$late" 75
	alive "$other"
	frees killed "$other"
}

@test "overdue: where the clock was set meanwhile, the age of its process counts" {
	held
	stopped "$(keeper_of guest)"
	sed -i -z 's/^since=.*/since=1000/' "$(the_slot)/info"
	prints -0 '' launch --skip --overdue=10m "$GUEST"
	sed -i -z 's/^since=1/&000000000000/' "$(the_slot)/info"
	run -75 launch --skip --overdue=0.001 "$GUEST"
	kill -CONT "$(keeper_of guest)"
	frees killed "$owner"
}

@test "overdue: :stop uses the stop signal and --kill-after, ends what a parent holds the slot for, and what --every has found not due" {
	begin_guest owner= onlyone "$GUEST" ignore 15
	wait_until 'it is overdue' is_overdue "$GUEST"
	run -5 launch -q -n --overdue=0.001:stop --kill-after=0.05 "$GUEST" exit 5
	ends "$owner" 137
	begin_guest owner= onlyone "$GUEST" leave 10
	wait_until 'it is overdue' is_overdue "$GUEST"
	run -5 launch -q --overdue=0.001:stop --stop-signal=USR1 "$GUEST" exit 5
	ends "$owner" 0
	freed
	begin owner= onlyone --lifetime=tree -a job sleep 1000
	wait_until 'it is overdue' is_overdue -a job true
	prints -5 --partial 'stopping it, to run it again' \
		launch --overdue=0.001:stop -a job sh -c 'exit 5'
	ended "$owner"
	freed
	frees run -0 launch --every=1d "$GUEST" exit 0
	held
	run -5 launch --every=1d --overdue=0.001:stop "$GUEST" exit 5
}

@test "every: a job that waits has run when it starts, not when its turn has come and its lock file is locked" {
	local other owner waiting
	begin other= flock -F lock sleep infinity
	begin owner= onlyone -W -a job sleep infinity
	wait_until 'both run' eval 'count_is job 1 && ! flock -n lock true'
	comes waiting= onlyone --every=1d --wait --lock-file=lock -a job sh -c "$job"
	ends_by TERM "$owner" 143
	wait_until 'its turn has come' eval 'ctl list | grep -q waiting'
	refute compgen -G "$STAMPS/*"
	ran 0
	killed "$other"
	ends "$waiting" 0
	ran 1
	freed
	prints -0 '' job
	ran 1
}
