#!/usr/bin/env bats
# as: user (what is said, not who may)
# quiet.bats: what -q leaves out.
#
# A table: each line that onlyone or onlyonectl can say, as a note, as "busy",
# or as an error.  With -q the first two are not said, the third is, word for
# word; and the exit status stays the same.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/script
load lib/line

own_setup() {
	export HOME=$PWD XDG_CONFIG_HOME=$PWD/.config
	# A handler that anybody could have written.
	mkdir -p .config/onlyone/handover bin
	echo '# Programs: passed' >.config/onlyone/handover/passed.sh
	chmod 666 .config/onlyone/handover/passed.sh
	cp /bin/true bin/passed
	PATH=$PWD/bin:$PATH
	script stays /bin/sh 'trap "" TERM' ': >stays.in' \
		'while :; do sleep 0.1; done'
	OWN=$$
	export OWN
}

# The cases: KIND STATUS PATTERN COMMAND.  In COMMAND, Q is where -q goes.
cases() {
	sed 's/^	*//' <<-'E'
	note 0 was_not_run	onlyone Q sleep 300 more
	note 0 not_run	onlyone Q -a job true
	note 0 without_a_key	onlyone Q --key-cmd=false true
	note 0 without_a_handler	onlyone Q --on-activate=auto true
	note 0 ignored	onlyone Q --on-activate=auto passed
	note 0 is_queued	onlyone Q --queue -a lined sleep 0
	note 75 waiting_for	inside 'onlyone Q -w 1.5 -a job true'
	note 75 waiting_for	inside 'onlyone Q --join -w 1.5 -a job true'
	note 75 lock_file	inside 'onlyone Q -w 1.5 --lock-file=lock -a x true'
	note 75 waiting_for	inside 'onlyonectl Q wait -w 1.5 job'
	note 0 not_on	onlyonectl Q enable one
	note 0 no_instance	env ONLYONE_DIR=$PWD/none onlyonectl Q list
	busy 75 running_already	onlyone Q -n -a job true
	busy 9 running_already	onlyone Q -n -E 9 -a job true
	busy 0 running_already	onlyone Q -n -E 0 -a job true
	busy 75 not_run	onlyone Q -a job -c 'echo other'
	busy 75 still_running	onlyone Q -w 0.1 -a job true
	busy 75 still_running	onlyone Q --join -w 0.1 -a job true
	busy 75 still_running	onlyone Q --replace -w 0.1 -a stays true
	busy 75 is_queued	onlyone Q --queue -a lined true
	busy 75 is_locked	onlyone Q --lock-file=lock -a x true
	busy 75 running_already	onlyonectl Q hold job --owner=$OWN
	busy 75 running_already	onlyonectl Q adopt job --pid=$OWN
	busy 75 still_running	onlyonectl Q stop -w 0.1 stays
	busy 75 still_running	onlyonectl Q wait -w 0.1 job
	error 64 option	onlyone Q --nonsense true
	error 64 command	onlyone Q
	error 65 key	onlyone Q --strict-key -k '{2}' true
	error 69 was_not_run	onlyone Q --must-deliver sleep 300 more
	error 69 not_run	onlyone Q --must-deliver -a job -c 'echo other'
	error 73 absolute	env ONLYONE_DIR=relative onlyone Q true
	error 77 sealed	onlyone Q -a shut -k three true
	error 126 execute	onlyone Q /etc/passwd
	error 127 not_found	onlyone Q nosuchprogram
	error 64 verb	onlyonectl Q nosuchverb
	error 64 operands	onlyonectl Q stop
	error 3 no	onlyonectl Q pid nosuch
	error 3 process	onlyonectl Q adopt new --pid=999999999
	E
}

# are_there: all that the cases meet.
are_there() {
	local app
	begin onlyone sleep 300
	begin onlyone -a job sleep 300
	begin onlyone -a stays ./stays
	begin onlyone -a lined sleep 300
	begin onlyone -a keyed -k one sleep 300
	begin onlyone -a keyed -k two sleep 300
	begin onlyone -a shut -k one sleep 300
	begin flock lock sh -c ': >locked; sleep 300'
	for app in sleep job lined shut; do
		wait_until "$app runs" count_is "$app" 1
	done
	wait_until 'both keys run' count_is keyed 2
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
	shift
	timeout -k 5 $LIMIT bash -c "inside() {
		script -qec \"\$1\" /dev/null </dev/null
	}
	$*" 2>&1 </dev/null 3>&- || status=$?
	[ "$status" = "$expected" ] || echo "STATUS $status"
}

@test "quiet: notes and busy lines are not said, errors are, word for word, and the status is the same" {
	local kind status pattern command loud quiet n=0
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
	[ "$n" -ge 35 ]
}

# bats test_tags=check
@test "quiet: of an error that is not the end, the note behind it is left out" {
	export ONLYONE_DIR=relative
	run -0 launch --on-error=run true
	assert_equal "${#lines[@]}" 2
	run -0 launch -q --on-error=run true
	assert_equal "${#lines[@]}" 1
	assert_output --partial absolute
}

# bats test_tags=check
@test "quiet: a handler or a listener that takes it says nothing, nor do we, -q or not" {
	begin onlyone -a job --on-activate=true sleep 300
	wait_until 'it runs' count_is job 1
	prints -0 '' launch -a job sleep 300 more
	prints -0 '' launch -q -a job -c 'echo other'
	# A listener answers each with 0.
	begin bash -c 'onlyonectl listen job --json | while read -r line; do
		id=${line#*\"id\":}; id=${id#*\"}; echo "$line" >>records
		onlyonectl done "${id%%\"*}"
	done' </dev/null
	heard() {
		onlyone -q -a job sleep 1 2>>heard
		grep -q . records
	}
	wait_until 'it listens' heard
	: >records
	prints -0 '' launch -a job sleep 300 more
	prints -0 '' launch -q -a job -c 'echo other'
	has_lines records 2
	assert_equal "$(cat heard)" ''
}

@test "quiet: nobody but say.c writes to standard error" {
	run grep -rlE 'stderr|perror|dprintf|(write|send)\(2,' \
		"$BATS_TEST_DIRNAME/../cli" --include='*.c'
	assert_output --regexp '^[^ ]*/cli/base/say\.c$'
}
