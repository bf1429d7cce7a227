# as: user (needs no rights)
# lost.bats: a command that was not run says so, unless -q says not to.
#
# Where the program has no handler for a later launch: the launch's message and
# status, by how its command differs from the running one; and which messages of
# onlyone and onlyonectl -q leaves out.
# shellcheck disable=SC2016,SC2086,SC2154
load lib/line
load lib/script

# held_by OPTION... COMMAND...: the instance, which runs until the test ends.
held_by() {
	begin onlyone "$@"
	wait_until 'it runs' one_runs
}

one_runs() { [ "$(onlyonectl list --raw | wc -l)" = 1 ]; }

# over: it has exited, and another one may start.
over() { frees killed "$BEGUN"; }

# not_run STATUS WHAT ARG...: this launch ends so, and says in one message that WHAT
# runs, that it was not run, and what would run it.
not_run() {
	run "-$1" onlyone "${@:3}"
	[[ $output == onlyone:*"is already running: "$2", for "*'was not run'$'\n''onlyone: use -a '* ]] &&
		message_is "${lines[@]}" || fail "says: $output"
}

# silent ARG...: 0, and not a word.
silent() { prints -0 '' onlyone "$@"; }

@test "line, name: another shell line is 75, another program 0: it says which one runs, and how to have both; not the same" {
	local runs="sh -c 'sleep 300; :'"
	held_by -a job -c 'sleep 300; :'
	silent -a job -c 'sleep 300; :'
	not_run 75 "$runs" -W -a job -c 'echo other'
	[[ $output == *'; "sh -c '\''echo other'\''" was not run'$'\n''onlyone: use -a with another name '* ]]
	not_run 69 "$runs" --must-deliver -a job -c 'echo other'
	not_run 0 "$runs" -a job true
	prints -75 '' onlyone -q -a job -c 'echo other'
}

# bats test_tags=check
@test "words: other arguments, or none, say that the command was not run; the same ones say nothing, with a document too" {
	held_by sleep 300
	not_run 0 'sleep 300' sleep 400
	[[ $output == *'; "sleep 400" was not run'$'\n''onlyone: use -a NAME for a job of its own, or --wait to run it afterwards' ]]
	not_run 0 'sleep 300' sleep
	prints -0 '' onlyone -q sleep 400
	prints -69 --partial 'not run' onlyone --must-deliver sleep 400
	silent --must-deliver sleep 300
	over
	: >letter
	held_by tail -f letter
	for how in --must-deliver --skip -W\ --skip; do silent $how tail -f letter; done
	not_run 0 'tail -f letter' tail -f other
}

# bats test_tags=check
@test "status: of another command line --skip, --every and --join end with 75, --must-deliver with 69, -E with its own; -q only keeps quiet" {
	held_by "$GUEST" one nap 60000
	for how in --skip --every=1d --overdue=1d --join -n; do
		not_run 75 "$GUEST one nap 60000" $how "$GUEST" two
		prints -75 '' onlyone -q $how "$GUEST" two
		not_run 9 "$GUEST one nap 60000" -E 9 $how "$GUEST" two
	done
	for how in --skip --every=1d --join ''; do
		not_run 69 "$GUEST one nap 60000" --must-deliver $how "$GUEST" two
	done
	for how in --skip --every=1d; do silent $how "$GUEST" one nap 60000; done
	# A job that has run already, too.
	over
	HOME=$PWD XDG_STATE_HOME=
	run -0 onlyone --every=1d "$GUEST" exit 0
	silent --every=1d "$GUEST" exit 0
	run -75 onlyone --every=1d "$GUEST" exit 00
	[[ $output == *" is not due until "*": $GUEST exit 0 was started at "*'"'"$GUEST"' exit 00" was not run'$'\n''onlyone: use -a NAME'* ]]
	run -69 onlyone --must-deliver --every=1d "$GUEST" exit 00
}

@test "files: an operand that names a file by a relative path is compared as its absolute path" {
	mkdir other
	: >data
	script job /bin/sh 'exec sleep 300'
	local job=$PWD/job here=$PWD
	held_by ./job data word
	for words in 'data word' "./data word" "other/../data word" "$here/data word"; do
		silent --skip "$job" $words
		silent "$job" $words
	done
	cd other
	silent --skip "$job" ../data word
	# Here there is no such file, so it may be a word; there it is a file.
	run -75 onlyone --skip "$job" data word
	[[ $output == *"in $here; it was not run in $PWD"$'\n'"onlyone: use -k '{cwd}' for one in each folder"* ]]
	: >data
	run -75 onlyone --skip "$job" data word
	run -75 onlyone --join "$job" data word
	run -0 onlyone "$job" data word
	[[ $output == *"it was not run in $PWD"* ]]
	frees killed "$BEGUN"
	held_by "$job" --config=data
	run -75 onlyone --skip "$job" --config=../data
	cd ..
	run -75 onlyone --skip "$job" --config=data
	silent --skip "$job" --config="$here/other/data"
	cd other
	# A word that is no file means the same everywhere.
	frees killed "$BEGUN"
	held_by "$job" word
	cd ..
	silent --skip ./job word
	comes queued= onlyone --queue ./job data
	prints -0 --partial "pid $queued" onlyone --queue "$job" "$here/data"
	begin onlyone --toggle "$job" "$PWD/word"
}

@test "front: a variable, a profile, a file of secrets in front of a command makes another job, also of a tool; a priority or a time does not" {
	mkdir bin
	PATH=$PWD/bin:$PATH
	script bin/job /bin/sh 'exec sleep 300'
	script bin/make /bin/sh 'exec sleep 300'
	script bin/aws-vault /bin/sh 'shift 3; exec "$@"'
	script bin/dotenv /bin/sh 'shift 3; exec "$@"'
	while IFS='|' read -r one other; do
		echo "$one | $other" >&2
		held_by $one
		silent --skip $one
		run -75 onlyone --skip $other
		run -69 onlyone --must-deliver $other
		[[ $output == *'" was not run'$'\n''onlyone: use -a NAME '* ]] || fail "$output"
		over
	done <<-'END'
		aws-vault exec a -- job|aws-vault exec b -- job
		aws-vault exec a -- make all|aws-vault exec b -- make all
		dotenv -f a -- job|job
		env SITE=a make all|env SITE=b make all
		env SITE=a flock lock sleep 300|env SITE=b flock lock sleep 300
	END
	held_by timeout 100 make all
	silent --skip nice -n 5 make all
}

@test "words: of a document, a script; of what holds, or takes the place" {
	# A document that is open, by any spelling, is no other command.
	: >letter
	held_by -d tail -f letter
	silent --must-deliver -d tail -f "$PWD/letter"
	not_run 0 'tail -f letter' -d tail -F letter
	over
	script job /bin/sh 'exec sleep 300'
	# Without a key, no instance has it open.
	ln -s loop loop
	held_by -d ./job loop
	ln -s ring ring
	run -69 onlyone --must-deliver -d ./job ring
	over
	held_by ./job one
	not_run 0 './job one' bash "$PWD/job" two
	silent sh -x job one
	over
	# A script that holds is named.
	script holds /bin/sh 'onlyonectl hold job' ': >held' 'sleep 300 & wait'
	begin ./holds one
	wait_until 'it holds' test -e held
	prints -75 --partial "is held by: /bin/sh ./holds one, for " \
		onlyone -a job -c 'echo other'
	frees killed "$BEGUN"
	# A launch that takes the place is the one that runs, and a new keeper knows it.
	begin first= onlyone -a job sleep 300
	wait_until 'it runs' one_runs
	begin onlyone --replace -a job -c 'sleep 301; :'
	ended "$first"
	keeper_killed job
	not_run 75 "sh -c 'sleep 301; :'" -a job -c 'sleep 300'
}

@test "join: of another command line only with a name; nice makes no other" {
	held_by nice env A=1 "$GUEST" default nap 60000
	owner=$BEGUN
	not_run 75 "nice env A=1 $GUEST *" --join "$GUEST" always
	silent --skip timeout 100 env A=1 nice -n 3 "$GUEST" default nap 60000
	run -75 onlyone --skip env A=2 "$GUEST" default nap 60000
	begin joiner= onlyone --join env A=1 "$GUEST" default nap 60000
	lined_up "$joiner"
	frees killed "$owner"
	ended "$joiner"
	held_by -a job "$GUEST" default nap 60000
	owner=$BEGUN
	begin joiner= onlyone --join -a job true
	lined_up "$joiner"
	killed "$owner"
	ends "$joiner" 137
}

@test "folder: where all words name the application, in another folder they are another job; with a name too, but for what only runs another command" {
	mkdir other
	held_by sh -c 'sleep 300; :'
	silent --skip sh -c 'sleep 300; :'
	cd other
	for how in --skip=75 --join=75 --must-deliver=69 =0; do
		run -${how#*=} onlyone ${how%=*} sh -c 'sleep 300; :'
		[[ $output == *"running: sh -c 'sleep 300; :', for "*", in ${PWD%/*}; it was not run in $PWD"$'\n'"onlyone: use -k '{cwd}'"* ]]
	done
	frees killed "$BEGUN"
	held_by -a job sh -c 'sleep 300; :'
	cd ..
	run -75 onlyone --skip -a job sh -c 'sleep 300; :'
	frees killed "$BEGUN"
	lock=$PWD/lock
	held_by -a job flock "$lock" sleep 300
	cd other
	silent --skip -a job flock "$lock" sleep 300
}

# said STATUS COMMAND: what it says; it ends so.
said() {
	local status=0
	timeout -k 5 $LIMIT bash -c "$2" 2>&1 </dev/null 3>&- || status=$?
	[ "$status" = "$1" ] || echo "STATUS $status"
}

@test "quiet: notes and busy lines are not said, errors are, word for word; the status stays" {
	export HOME=$PWD XDG_CONFIG_HOME=$PWD/.config OWN=$$
	script stays /bin/sh 'trap "" TERM' ': >stays.in' 'while :; do sleep 0.1; done'
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
	# In each row Q is where -q goes.
	while read -r kind status pattern command <&4; do
		loud=$(said "$status" "${command/Q/}")
		[[ $loud == *"${pattern//_/ }"* && $loud != *STATUS* ]] ||
			fail "$command: $loud"
		quiet=$(said "$status" "${command/Q/-q}")
		case $kind in
		error) assert_equal "$quiet" "$loud" ;;
		*) [ -z "$quiet" ] || fail "$command: $quiet" ;;
		esac
	done 4<<-'END'
		note 0 was_not_run	onlyone Q sleep 300 more
		busy 75 was_not_run	onlyone Q --skip sleep 300 more
		note 0 without_a_key	onlyone Q --key-cmd=false true
		note 0 without_a_handler	onlyone Q --on-activate=auto -a x true
		note 0 is_queued	onlyone Q --queue -a lined sleep 0
		note 0 no_instance	env ONLYONE_DIR=$PWD/none onlyonectl Q list
		busy 75 already_running	onlyone Q -n -a job true
		busy 75 still_running	onlyone Q -w 0.1 -a job true
		busy 75 is_queued	onlyone Q --queue -a lined true
		busy 75 has_its_lock_file	onlyone Q --lock-file=lock -a x true
		busy 75 already_running	onlyonectl Q hold job --owner=$OWN
		busy 75 still_running	onlyonectl Q stop -w 0.1 stays
		error 64 option	onlyone Q --nonsense true
		error 65 key	onlyone Q --strict-key -k '{2}' true
		error 73 absolute	env ONLYONE_DIR=relative onlyone Q true
		error 77 sealed	onlyone Q -a shut -k three true
		error 127 not_found	onlyone Q nosuchprogram
	END
}

@test "quiet: an error is said, a note behind it is not; nobody but say.c says anything" {
	export ONLYONE_DIR=relative
	run -0 onlyone --on-error=run true
	assert_equal "${#lines[@]}" 2
	run -0 onlyone -q --on-error=run true
	assert_equal "${#lines[@]}" 1
	assert_output --partial absolute
	run grep -rlE 'stderr|perror|dprintf|(write|send)\(2,' \
		"$BATS_TEST_DIRNAME/../cli" --include='*.c'
	assert_output --regexp '^[^ ]*/cli/base/say\.c$'
}
