#!/usr/bin/env bats
# as: user (no right is asked for)
# lost.bats: a command that was not run says so, unless -q says not to.
#
# Where nobody takes a later launch: what it says, and its status, by how its
# command differs from the one that runs; and which of all lines of onlyone and
# onlyonectl -q leaves out.
# shellcheck disable=SC2016,SC2086,SC2154
load lib/line
load lib/script

# held_by OPTION... COMMAND...: the instance, which runs until the test ends.
held_by() {
	begin onlyone "$@"
	wait_until 'it runs' one_runs
}

one_runs() { [ "$(onlyonectl list --raw | wc -l)" = 1 ]; }

# over: it has ended, and another one may be begun.
over() { frees killed "$BEGUN"; }

# not_run STATUS WHAT ARG...: this launch ends so, and says in one line that it
# was not run, since WHAT runs, and what else there is.
not_run() {
	prints "-$1" '' --separate-stderr launch "${@:3}"
	says "already runs $2; this "*' was not run. Use --wait to run it afterwards, '
}

# silent ARG...: 0, and not a word.
silent() { prints -0 '' launch "$@"; }

# taken_for_it ARG...: this launch is told that nobody took it, and not that
# another command runs.
taken_for_it() {
	run -0 launch "$@"
	refute_output --partial 'not run'
}

# --- a launch that hands nothing over ---------------------------------------

# bats test_tags=check
@test "line: another shell line is 75 and says which one runs; the same one says nothing" {
	local runs="sh -c 'sleep 300; :'"
	held_by -a job -c 'sleep 300; :'
	silent -a job -c 'sleep 300; :'
	not_run 75 "$runs" -a job -c 'echo other'
	not_run 75 "$runs" -W -a job -c 'echo other'
	not_run 9 "$runs" -E 9 -a job -c 'echo other'
	not_run 69 "$runs" --must-deliver -a job -c 'echo other'
	not_run 0 "$runs" -a job true
	prints -75 '' launch -q -a job -c 'echo other'
	# A new keeper knows what runs; where nothing tells, none is the same.
	keeper_killed job
	not_run 75 "$runs" -a job -c 'echo other'
	keeper_killed job
	sed -zi '/^arg=/d; /^digest=/d' "$(the_slot)/info"
	not_run 75 'what is not known' -a job -c 'sleep 300; :'
}

# bats test_tags=check
@test "name: another program is 0 and says that it was not run; the same one keeps to its words" {
	held_by -a job sleep 300
	not_run 0 'sleep 300' -a job true
	not_run 0 'sleep 300' -a job sleep 300 more
	not_run 75 'sleep 300' -a job -c 'sleep 300'
	run -0 --separate-stderr launch -a job sleep 300
	says 'is running and has no handler for the arguments: '
	[[ $stderr != *'not run'* ]]
	# A launch that takes the place is the one that runs.
	first=$BEGUN
	begin onlyone --replace -a job -c 'sleep 301; :'
	ended "$first"
	wait_until 'the second runs' pid_is job "$BEGUN"
	not_run 75 "sh -c 'sleep 301; :'" -a job -c 'sleep 300'
}

# bats test_tags=check
@test "words: other arguments say that the command was not run, and how they are passed on" {
	held_by sleep 300
	not_run 0 'sleep 300' sleep 400
	[[ $stderr == *'afterwards, or start the first one with --on-activate to pass arguments on' ]]
	prints -0 '' launch -q sleep 400
	prints -69 --partial 'not run' launch --must-deliver sleep 400
	# A program without any only asks whether it is there.
	silent --must-deliver sleep
	over
	# A document that is open, by any spelling, is no other command.
	: >letter
	held_by -d tail -f letter
	silent --must-deliver -d tail -f "$PWD/letter"
	not_run 0 'tail -f letter' -d tail -F letter
}

@test "words: of a script they are those behind it, however it is started; of several, by key" {
	script job /bin/sh 'exec sleep 300'
	for name in perl python3 java; do cp /bin/true $name; done
	held_by ./job one
	for how in ./job "bash $PWD/job" 'sh -x job'; do
		not_run 0 './job one' $how two
		taken_for_it $how one
	done
	over
	held_by sh ./job
	for how in ./job 'sh -x job' './perl -w job' './python3 -u job' './java -jar job'; do
		silent --must-deliver $how
	done
	not_run 0 'sh ./job' ./job one
	over
	held_by -k '{1}' sleep 300
	not_run 0 'sleep 300' -k '{1}' sleep 300 more
	over
	held_by -j 1 -a job sleep 300
	begin onlyone -j 2 -a job sleep 301
	wait_until 'two run' count_is job 2
	not_run 0 'sleep 30?' -j 2 -a job sleep 302
	not_run 75 'sleep 30?' -j 2 -a job -c 'echo other'
}

@test "name: a program of the same name in another folder is another one, by whatever spelling" {
	mkdir one two
	cp /bin/sleep one
	cp /bin/sleep two
	cd one
	held_by -a job ./sleep 300
	taken_for_it -a job "$PWD/sleep" 300
	PATH=$PWD:$PATH taken_for_it -a job sleep 300
	not_run 0 './sleep 300' -a job sleep 300
	cd ../two
	not_run 0 './sleep 300' -a job ./sleep 300
}

# bats test_tags=check
@test "told: where a handler, a listener or a signal is, that is the answer, and nobody says a word" {
	held_by -a job --on-activate='exit 6' -c 'sleep 300; :'
	prints -6 '' launch -a job -c 'echo other'
	over
	held_by -a job --signal=CONT -c 'sleep 300; :'
	silent -a job -c 'echo other'
	over
	held_by -a job sleep 300
	begin bash -c 'onlyonectl listen job --json | while read -r line; do
		id=${line#*\"id\":}; id=${id#*\"}; onlyonectl done "${id%%\"*}"
	done' </dev/null
	wait_until 'it listens' eval 'onlyone --must-deliver -a job sleep 1'
	silent -a job sleep 300 more
	silent -a job -c 'echo other'
}

@test "long: of command lines that are too long for the record all is compared" {
	long=$(printf '%5000s' '')
	held_by -a job -c "sleep 300; : $long one"
	silent -a job -c "sleep 300; : $long one"
	run -75 --separate-stderr launch -a job -c "sleep 300; : $long two"
	says 'already runs sh -c ...; this shell line was not run'
	over
	held_by -a job "$GUEST" "$long" wait none
	taken_for_it -a job "$GUEST" "$long" wait none
	run -0 launch -a job "$GUEST" "$long" wait never
	assert_output --partial 'not run'
}

@test "held, enforced: what has the place is named" {
	script holds /bin/sh 'onlyonectl hold job' ': >held' 'sleep 300 & wait'
	begin ./holds one
	wait_until 'it holds' test -e held
	not_run 0 '/bin/sh ./holds one' -a job sleep 300
	not_run 75 '/bin/sh ./holds one' -a job -c 'echo other'
	killed "$BEGUN"
	freed job
	cp /bin/sleep mine
	export ONLYONE_ENFORCE=mine
	begin env LD_PRELOAD="$BUILD/libonlyone.so" ./mine 300
	wait_until 'it runs' one_runs
	run -0 --separate-stderr timeout $LIMIT env LD_PRELOAD="$BUILD/libonlyone.so" ./mine 400
	says 'already runs ./mine 300; this command was not run'
}

# --- --skip, --fail, --join -------------------------------------------------

# another POLICY COMMAND...: it is said in one line who runs what, and that this
# command was not run.
another() {
	run --separate-stderr launch "$@"
	says "(pid $BEGUN)"
	says "$runs"
	says 'this command was not run. Use --wait to run it afterwards'
}

# the_same POLICY COMMAND...: nothing of that.
the_same() {
	run launch "$@"
	refute_output --partial 'not run'
}

# other_line OPTION TOOL ONE OTHER: of an instance of TOOL with the word ONE another
# is OTHER.
other_line() {
	local options=$1 tool=$2 one=$3 other=$4
	[ "$options" != : ] || options=
	held_by $options $tool $one nap 60000
	runs="$tool $one"
	for p in --skip -n; do
		another $p $options $tool $other nap 60000
		the_same $p $options $tool $one nap 60000
	done
	prints -0 '' launch -q --skip $options $tool $other
	over
}

# bats test_tags=check
@test "policies: skip, fail and join say in one line what runs, and the way out; nice makes no other" {
	other_line : "$GUEST" default always
	# A joiner is told once, and has the status of what ran.
	held_by nice env A=1 "$GUEST" default nap 60000
	owner=$BEGUN
	begin joiner= onlyone --join "$GUEST" always 2>said
	wait_until 'it is told' grep -q "pid $owner" said
	lined_up "$joiner"
	for front in 'env A=1' 'timeout 100 env A=1 nice -n 3'; do
		silent --skip $front "$GUEST" default nap 60000
	done
	for front in nice 'env A=2' 'env A=1 B=2'; do
		prints -0 --partial 'this command was not run' \
			launch --skip $front "$GUEST" default nap 60000
	done
	killed "$owner"
	ended "$joiner"
	[[ $(<said) == *'this launch ends with its status'* ]]
}

@test "policies: so by a key, a scope, a lifetime, of a script, of one of several" {
	script tool /bin/sh '"$GUESTS/guest" "$@"'
	while read -r line; do
		echo "$line" >&2
		other_line $line
	done <<-END
		: ./tool default always
		-k{cwd} ./tool default always
		--scope=session ./tool default always
		-j1 $GUEST default default#
		--lifetime=main $GUEST default -x
	END
	begin_guest onlyone -j 2 "$GUEST" one
	begin_guest onlyone -j 2 "$GUEST" two
	runs="$GUEST two"
	silent --skip -j 2 "$GUEST" one
	silent --skip -j 2 "$GUEST" two
	another --skip -j 2 "$GUEST" three
	# A lock file that another program has locked: who that is, is named.
	LITTER+=("$(mktemp /dev/shm/onlyone-test.XXXXXX)")
	local lock="--lock-file=${LITTER[0]}"
	: >"$GUEST_LOG"
	begin flock "${LITTER[0]}" "$GUEST" one
	wait_until 'it runs' in_main 1
	run -0 --separate-stderr launch --skip "$lock" -a app true two
	says "is locked by pid $BEGUN"
	says ": flock ${LITTER[0]} "
	says '; this command was not run'
	prints -0 '' launch -q --skip "$lock" -a app true two
	silent --skip "$lock" -a app "$GUEST" one
}

# --- what -q leaves out -----------------------------------------------------

# The cases: KIND STATUS PATTERN COMMAND.  In COMMAND, Q is where -q goes.
cases() {
	sed 's/^	*//' <<-'E'
	note 0 was_not_run	onlyone Q sleep 300 more
	note 0 without_a_key	onlyone Q --key-cmd=false true
	note 0 without_a_handler	onlyone Q --on-activate=auto true
	note 0 is_queued	onlyone Q --queue -a lined sleep 0
	note 75 waiting_for	inside 'onlyone Q -w 1.5 -a job true'
	note 75 lock_file	inside 'onlyone Q -w 1.5 --lock-file=lock -a x true'
	note 75 waiting_for	inside 'onlyonectl Q wait -w 1.5 job'
	note 0 not_on	onlyonectl Q enable one
	note 0 no_instance	env ONLYONE_DIR=$PWD/none onlyonectl Q list
	busy 75 running_already	onlyone Q -n -a job true
	busy 9 running_already	onlyone Q -n -E 9 -a job true
	busy 75 still_running	onlyone Q -w 0.1 -a job true
	busy 75 still_running	onlyone Q --replace -w 0.1 -a stays true
	busy 75 is_queued	onlyone Q --queue -a lined true
	busy 75 is_locked	onlyone Q --lock-file=lock -a x true
	busy 75 running_already	onlyonectl Q hold job --owner=$OWN
	busy 75 running_already	onlyonectl Q adopt job --pid=$OWN
	busy 75 still_running	onlyonectl Q stop -w 0.1 stays
	error 64 option	onlyone Q --nonsense true
	error 64 command	onlyone Q
	error 65 key	onlyone Q --strict-key -k '{2}' true
	error 69 was_not_run	onlyone Q --must-deliver sleep 300 more
	error 73 absolute	env ONLYONE_DIR=relative onlyone Q true
	error 77 sealed	onlyone Q -a shut -k three true
	error 126 execute	onlyone Q /etc/passwd
	error 127 not_found	onlyone Q nosuchprogram
	error 64 verb	onlyonectl Q nosuchverb
	error 3 no	onlyonectl Q pid nosuch
	E
}

# are_there: all that the cases meet.
are_there() {
	local app
	begin onlyone sleep 300
	begin onlyone -a job sleep 300
	begin onlyone -a stays ./stays
	begin onlyone -a lined sleep 300
	begin onlyone -a shut -k one sleep 300
	begin flock lock sh -c ': >locked; sleep 300'
	for app in sleep job lined shut; do
		wait_until "$app runs" count_is "$app" 1
	done
	wait_until 'it stays' test -e stays.in
	wait_until 'the file is locked' test -e locked
	begin onlyone --queue -a lined sleep 0
	lined_up "$BEGUN"
	ctl seal shut
}

# said STATUS COMMAND: what it says; it ends so.  In it, `inside LINE` is on a
# terminal, where it is said what is waited for.
said() {
	local status=0 expected=$1
	timeout -k 5 $LIMIT bash -c "inside() {
		script -qec \"\$1\" /dev/null </dev/null
	}
	$2" 2>&1 </dev/null 3>&- || status=$?
	[ "$status" = "$expected" ] || echo "STATUS $status"
}

@test "quiet: notes and busy lines are not said, errors are, word for word, and the status is the same" {
	local kind status pattern command loud quiet n=0
	export HOME=$PWD XDG_CONFIG_HOME=$PWD/.config OWN=$$
	script stays /bin/sh 'trap "" TERM' ': >stays.in' 'while :; do sleep 0.1; done'
	are_there
	while read -r kind status pattern command <&4; do
		loud=$(said "$status" "${command/Q/}")
		[[ $loud == *"${pattern//_/ }"* && $loud != *STATUS* ]] ||
			fail "$command: $loud"
		quiet=$(said "$status" "${command/Q/-q}")
		case $kind in
		error) assert_equal "$quiet" "$loud" ;;
		*) [ -z "$quiet" ] || fail "$command: $quiet" ;;
		esac
		n=$((n + 1))
	done 4< <(cases)
	assert_equal "$n" 28
}

# bats test_tags=check
@test "quiet: an error is said all the same, a note behind it is not; nobody but say.c says anything" {
	export ONLYONE_DIR=relative
	run -0 launch --on-error=run true
	assert_equal "${#lines[@]}" 2
	run -0 launch -q --on-error=run true
	assert_equal "${#lines[@]}" 1
	assert_output --partial absolute
	run grep -rlE 'stderr|perror|dprintf|(write|send)\(2,' \
		"$BATS_TEST_DIRNAME/../cli" --include='*.c'
	assert_output --regexp '^[^ ]*/cli/base/say\.c$'
}
