#!/usr/bin/env bats
# as: user (no right is asked for, but where a test says both)
# directory.bats: the directory of instances: seal, forget, reset, rekey.
#
# Which keys there may be, and which one an instance has.  No window lies
# between a seal and a launch in flight, and at no moment of a rekey, nor after
# a kill -9 in its middle, can a key have two.
# shellcheck disable=SC2016,SC2030,SC2031,SC2046,SC2086,SC2154
load lib/common

PATH=$GUESTS:$PATH
toys=(-a toys -k '{1}')
POINTS=$BUILD/points

# toy NAME [OPTION...]: begins that instance.
toy() { begin_guest onlyone "${toys[@]}" "${@:2}" "$GUESTS/guest" "$1"; }

# A handler that notes whom it serves, and ends when there is ./go.
SERVES='echo "$2" >>served; until [ -e go ]; do sleep 0.02; done'

# play NAME [ARG...]: a launch for that key.
play() { launch -q "${toys[@]}" "$GUESTS/guest" "$@"; }

# plays NAME: a launch for that key starts one, which ends with 5.
plays() {
	run -5 --separate-stderr launch "${toys[@]}" "$GUESTS/guest" "$1" exit 5
	assert_equal "$output$stderr" ''
}

# barred NAME: a launch for that key is refused, and starts nothing.
barred() {
	local before
	before=$(constructors)
	run -77 --separate-stderr launch "${toys[@]}" "$GUEST" "$1" exit 6
	assert_equal "$(constructors)" "$before"
	says "toys is sealed"
}

# found NAME PID: it is the instance with that key, and a launch meets it.
found() {
	local before
	before=$(constructors)
	play "$1" || fail "the launch for '$1' ends with $?"
	assert_equal "$(constructors)" "$before"
	pid_of "$1" "$2" || fail "'$1' is $(ctl pid toys -- "$1" 2>&1), not $2"
}

# pid_of NAME PID
pid_of() { [ "$(ctl pid toys -- "$1")" = "$2" ]; }

# keys: those that list shows, each with its pid.
keys() { ctl list toys --json | jq -rc '.[] | [.key, .pid]' | sort; }

# keeper_for NAME: the pid of the keeper of that key.
keeper_for() {
	ctl list toys --json |
		jq -e --arg key "$1" '.[] | select(.key == $key) | .keeper'
}

# kill_keeper NAME
kill_keeper() { killed "$(keeper_for "$1")"; }

# end PID...: the instances have ended, and their slots are gone.
end() {
	frees killed "$@"
}

# silent VERB...: onlyonectl ends with 0 and says nothing at all.
silent() { prints -0 '' ctl "$@"; }

# failing STATUS WORDS VERB...: it ends so, with one line that has the words.
failing() {
	run --separate-stderr ctl "${@:3}"
	assert_equal "$status" "$1"
	assert_equal "$output" ''
	assert_equal "${#stderr_lines[@]}" 1
	[[ $stderr == onlyonectl:*$2* ]] || fail "$stderr"
}

# published N: so many slots have a record, for wait_until.
published() { [ "$(find "$ONLYONE_DIR" -name info | wc -l)" = "$1" ]; }

# bats test_tags=check
@test "story: Teddy, seal, Molly refused, unseal, Molly, list, forget, reset" {
	toy Teddy --resettable --on-activate='echo "$1, hello again"'
	teddy=$BEGUN

	silent seal toys
	silent is-sealed toys
	run -77 --separate-stderr launch "${toys[@]}" "$GUEST" Molly exit 6
	assert_equal "$output" ''
	assert_equal "$stderr" "onlyone: toys is sealed: this launch has key\
 Molly, and only these may run: key Teddy; see onlyonectl unseal"
	assert_equal "$(constructors)" 1
	run -0 --separate-stderr launch "${toys[@]}" "$GUESTS/guest" Teddy
	assert_equal "$output" 'Teddy, hello again'
	assert_equal "$stderr" ''
	assert_equal "$(constructors)" 1

	silent unseal toys
	prints -1 '' ctl is-sealed toys
	toy Molly --resettable
	molly=$BEGUN
	assert_equal "$(keys)" "[\"Molly\",$molly]
[\"Teddy\",$teddy]"
	run ctl list toys
	assert_line --index 0 --regexp '^APP +KEY +PID +STATE +SINCE +COMMAND$'
	assert_line --index 1 --regexp "^toys +Teddy +$teddy +running .* Teddy\$"
	assert_line --index 2 --regexp "^toys +Molly +$molly +running .* Molly\$"
	assert_equal "${#lines[@]}" 3

	silent forget toys Teddy
	alive "$teddy"
	assert_equal "$(keys)" "[\"Molly\",$molly]"
	silent reset toys
	alive "$teddy" "$molly"
	run -0 --separate-stderr ctl list toys
	assert_equal "$output" ''
	assert_equal "$stderr" "onlyonectl: no instance of 'toys' runs"
	no_slots
	assert_equal "$(constructors)" 2
}

# --- seal -------------------------------------------------------------------

# bats test_tags=check
@test "is-sealed: 0 or 1, for each application by itself" {
	run -1 ctl is-sealed toys
	silent -q seal toys
	silent is-sealed toys
	run -1 ctl is-sealed other
	run -5 launch -a other "$GUESTS/guest" exit 5
	silent -q seal toys
	silent is-sealed toys
	silent unseal toys
	run -1 ctl is-sealed toys
	silent unseal toys
	assert_equal "$(left_in)" ''
}

@test "seal: of an application that has nothing alive lets nothing run" {
	silent -q seal toys
	barred Molly
	[[ $stderr == *Molly*'may run: none;'* ]] || fail "$stderr"
	run -77 launch -a toys "$GUESTS/guest"
	assert_equal "$(constructors)" 0
	# One without a name of its own, by its path and by its command's name.
	for name in guest "$GUESTS/guest"; do
		silent -q seal "$name"
		run -77 launch "$GUESTS/guest"
		silent unseal "$name"
		run -5 launch "$GUESTS/guest" exit 5
	done
	assert_equal "$(constructors)" 2
}

@test "seal: of what does not run warns, and seals" {
	for name in toys guest "$GUESTS/guest"; do
		run -0 --separate-stderr ctl seal "$name"
		assert_output ''
		[[ $stderr == "onlyonectl: nothing of the name "*"${name##*/} runs; "* ]] ||
			fail "$stderr"
		silent is-sealed "$name"
		silent unseal "$name"
	done
	toy Teddy
	silent seal toys
}

# bats test_tags=check
@test "list: names what is sealed and does not run, and --sealed has all" {
	toy Teddy
	toy "Mo'lly"
	silent seal toys
	silent -q seal other
	# What runs is in the table.
	run --separate-stderr ctl list
	assert_equal "${#lines[@]}" 3
	assert_equal "$stderr" 'onlyonectl: sealed, and not running: other; see onlyonectl list --sealed'
	run --separate-stderr ctl list toys
	assert_equal "$stderr" ''
	run --separate-stderr ctl -q list
	assert_equal "$stderr" ''
	run ctl list --sealed
	assert_line 'other  nothing may run'
	assert_line --partial "toys  key "
	assert_line --partial "key 'Mo'\\''lly'"
	prints 'other  nothing may run' ctl list other --sealed
	run ctl list --sealed --json
	assert_equal "$(jq -c 'map([.app, (.keys | length)]) | sort' \
		<<<"$output")" '[["other",0],["toys",2]]'
	# They are no instances.
	assert_equal "$(ctl list --json | jq length)" 2
	run --separate-stderr ctl list other
	assert_equal "${stderr_lines[0]}" "onlyonectl: no instance of 'other' runs"
	assert_equal "${#stderr_lines[@]}" 2
	silent unseal toys
	silent unseal other
	run --separate-stderr ctl list --sealed
	assert_output ''
	assert_equal "$stderr" 'onlyonectl: nothing is sealed'
	run --separate-stderr ctl list --sealed --json
	assert_output '[]'
}

# bats test_tags=check
@test "seal: no key counts as a key" {
	begin_guest singleton= onlyone -a toys "$GUESTS/guest"
	silent seal toys
	barred Molly
	[[ $stderr == *'may run: no key;'* ]] || fail "$stderr"
	end "$singleton"
	run -5 launch -a toys "$GUESTS/guest" exit 5
	silent unseal toys
	toy Teddy
	silent seal toys
	run -77 --separate-stderr launch -a toys "$GUESTS/guest" exit 5
	[[ $stderr == *'has no key, '*': key Teddy;'* ]] || fail "$stderr"
}

@test "seal: a key that lived then may run again, and again" {
	local teddy two=(-a toys -k '{1}' -k '{2}' "$GUESTS/guest")
	toy Teddy
	teddy=$BEGUN
	begin_guest onlyone "${two[@]}" a b
	silent seal toys
	end "$teddy" "$BEGUN"
	plays Teddy
	plays Teddy
	run -5 launch "${two[@]}" a b exit 5
	run -77 launch "${two[@]}" b a exit 6
	run -77 launch "${two[@]}" ab c exit 6
	run -77 launch "${two[@]}" a b$'\x1f' exit 6
	barred ab
	barred 'a b'
	barred a
	barred teddy
	# All those of a counted key.
	toy Teddy
	begin_guest onlyone -j 2 "${toys[@]}" "$GUESTS/guest" Teddy
	assert_equal "$(ctl count toys Teddy)" 2
}

@test "seal: sealed again is what lives then, be the list longer or shorter" {
	for i in 1 2 3; do toy "a key with a long name, number $i"; done
	silent seal toys
	end $(ctl list toys --json | jq '.[].pid')
	toy "a key with a long name, number 2"
	silent seal toys
	barred "a key with a long name, number 1"
	barred "a key with a long name, number 3"
	end "$BEGUN"
	plays "a key with a long name, number 2"
}

@test "seal: knows instances whose keeper is killed or stopped" {
	toy Teddy
	teddy=$BEGUN
	toy Molly
	molly=$BEGUN
	kill_keeper Teddy
	keeper=$(keeper_for Molly)
	stopped "$keeper"
	silent seal toys
	kill -CONT "$keeper"
	found Teddy "$teddy"
	found Molly "$molly"
	end "$teddy" "$molly"
	plays Teddy
	plays Molly
	barred Susi
}

@test "seal: outlives the folders of the dead, and list, and is gone after unseal" {
	toy Teddy
	silent seal toys
	killed "$(keeper_for Teddy)" "$BEGUN"
	rm -r "$ONLYONE_DIR"/*/
	barred Molly
	ctl list
	barred Molly
	plays Teddy
	barred Molly
	silent unseal toys
	plays Molly
	assert_equal "$(left_in)" ''
}

# bats test_tags=check
@test "seal: of another boot is none" {
	toy Teddy
	silent seal toys
	barred Molly
	boot=$(cat /proc/sys/kernel/random/boot_id)
	grep -qa "boot=$boot" "$ONLYONE_DIR"/seal.*
	sed -i "s/boot=${boot:0:4}/boot=0123/" "$ONLYONE_DIR"/seal.*
	run -1 ctl is-sealed toys
	plays Molly
	# And can be sealed anew.
	silent seal toys
	barred Molly
}

# odd OBJECT: no launch and no question hangs on that; $status of a launch.
odd() {
	run timeout $LIMIT onlyonectl is-sealed toys
	[[ $status == 1 || $status == 73 ]] || fail "$1: is-sealed: $status"
	run --separate-stderr timeout $LIMIT onlyone "${toys[@]}" "$GUESTS/guest" \
		Molly exit 5
}

# no_seal OBJECT: that is in the place of a seal: 73, the application named.
no_seal() {
	odd "$1"
	assert_equal "$1: $status" "$1: 73"
	says "seal of toys"
	assert_equal "$(constructors)" 0
	assert_equal "$1: $(slots | grep -v /seal)" "$1: "
	run timeout $LIMIT onlyonectl is-sealed toys
	assert_equal "$1: $status" "$1: 73"
	[[ $output == onlyonectl:*toys* ]] || fail "$1: $output"
	run timeout $LIMIT onlyonectl seal toys
	assert_equal "$1: $status" "$1: 73"
	[[ $output == onlyonectl:*toys* ]] || fail "$1: $output"
	rm -rf "$seal"
}

# bats test_tags=both
@test "seal: a file that is odd, forged or another's is 73, and nothing hangs" {
	silent -q seal toys
	seal=$(echo "$ONLYONE_DIR"/seal.*)
	rm "$seal"
	mkfifo "$seal"
	no_seal fifo
	mkdir "$seal"
	no_seal folder
	echo precious >file
	ln -s "$PWD/file" "$seal"
	no_seal symlink
	assert_equal "$(cat file)" precious
	ln -s "$seal" "$seal"
	no_seal loop
	python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$seal"
	no_seal socket
	silent -q seal toys
	chmod 666 "$seal"
	no_seal 'writable by others'
	truncate -s 100M "$seal"
	odd huge
	assert_equal "$status" 73
	rm "$seal"
	if [ "$(id -u)" = 0 ]; then
		silent -q seal toys
		chown 1000 "$seal"
		no_seal "another's"
		wants mknod
		mknod "$seal" c 1 5
		no_seal device
	else
		silent -q seal toys
		chmod 0 "$seal"
		no_seal unreadable
	fi
}

@test "seal: a file that is cut short or garbage is none" {
	toy Teddy
	silent seal toys
	seal=$(echo "$ONLYONE_DIR"/seal.*)
	cp "$seal" whole
	size=$(stat -c %s whole)
	for ((bytes = 0; bytes < size; bytes++)); do
		head -c "$bytes" whole >"$seal"
		run -1 ctl is-sealed toys
	done
	plays Molly
	head -c 5000 /dev/urandom >"$seal"
	run -1 ctl is-sealed toys
	plays Molly
	cat whole >"$seal"
	barred Molly
}

@test "seal: a sealer that is killed leaves nothing sealed, and holds up nobody" {
	toy Teddy
	for point in seal-locked seal-listed; do
		ONLYONE_TEST_POINTS=$point=kill:1 \
			run "$POINTS/onlyonectl" seal toys
		assert_equal "$point: $status" "$point: 137"
		run -1 ctl is-sealed toys
		plays Molly
		found Teddy "$BEGUN"
		silent seal toys
		barred Molly
		# A seal that there was stays.
		ONLYONE_TEST_POINTS=$point=kill:1 \
			run "$POINTS/onlyonectl" seal toys
		assert_equal "$point: $status" "$point: 137"
		barred Molly
		silent unseal toys
	done
}

# stopped_sealer POINT: it waits there; $SEALER.
stopped_sealer() {
	ONLYONE_TEST_POINTS=$1=stop begin SEALER= "$POINTS/onlyonectl" seal toys
	wait_until 'the sealer is stopped' has_state "$SEALER" T
}

@test "seal: behind a sealer that is stopped launches end with 69, and those that live are met" {
	toy Teddy
	teddy=$BEGUN
	for point in seal-locked seal-listed; do
		launches=()
		stopped_sealer "$point"
		for i in 1 2 3; do
			begin launches+= timeout $LIMIT onlyone "${toys[@]}" \
				"$GUESTS/guest" "new $i" 2>said
		done
		found Teddy "$teddy"
		begin launches+= ctl is-sealed toys 2>/dev/null
		failing 75 'being sealed' seal toys
		all_end 69 "${launches[@]}"
		file_has said 'toys is being sealed.*onlyonectl doctor'
		assert_equal "$(constructors)" 1
		wait_until 'their slots are gone' eval \
			'[ "$(slots | wc -l)" = 1 ]'
		ends_by CONT "$SEALER" 0
		barred 'new 1'
		silent unseal toys
	done
}

@test "seal: a launch in flight is in the list, or finds the seal" {
	# Published before anybody looks: it is found.
	stopped_sealer seal-locked
	begin early= onlyone "${toys[@]}" "$GUESTS/guest" early
	wait_until 'the launch has published its slot' published 1
	ends_by CONT "$SEALER" 0
	guest_runs "$early"
	end "$early"
	plays early
	silent unseal toys
	: >"$GUEST_LOG"
	# Published after that.
	stopped_sealer seal-listed
	begin late= onlyone "${toys[@]}" "$GUESTS/guest" late 2>said
	wait_until 'the launch has published its slot' published 1
	ends_by CONT "$SEALER" 0
	ends "$late" 77
	assert_equal "$(constructors)" 0
	# Not yet published: it sees the seal.
	silent unseal toys
	ONLYONE_TEST_POINTS=publish-swept=stop begin late= "$POINTS/onlyone" \
		"${toys[@]}" "$GUESTS/guest" later 2>said
	wait_until 'the launch is stopped' has_state "$late" T
	silent -q seal toys
	wait_until 'the launch has ended' continued "$late"
	ends "$late" 77
	silent unseal toys
	# Published, and not yet running: it may.
	ONLYONE_TEST_POINTS=start-published=stop begin early= \
		"$POINTS/onlyone" "${toys[@]}" "$GUESTS/guest" early
	wait_until 'the launch is stopped' has_state "$early" T
	silent -q seal toys
	kill -CONT "$early"
	guest_runs "$early"
	end "$early"
	plays early
}

# runs_or_ended PID: for wait_until.
runs_or_ended() { gone "$1" || grep -q "^$1 main" "$GUEST_LOG"; }

@test "seal: 40 seals among launches of new keys: what runs is in the list, what is not was refused" {
	local i key round pids all=() started=0 refused=0 sealer status
	local sleeps='claim-locked=sleep:4,publish-swept=sleep:8'
	sleeps+=',publish-recorded=sleep:8,start-published=sleep:50'
	sleeps+=',seal-locked=sleep:8,seal-listed=sleep:20'
	for round in {1..40}; do
		pids=()
		# Every other round in its own time, without those.
		[ $((round % 2)) = 1 ] && export ONLYONE_TEST_POINTS=$sleeps ||
			unset ONLYONE_TEST_POINTS
		for i in 1 2 3; do
			begin pids+= "$POINTS/onlyone" "${toys[@]}" \
				"$GUESTS/guest-static" "$round.$i" 2>>said
		done
		# Neither side of the race is left to luck.
		for i in $([ $((round % 4)) != 0 ] || echo 0 1 2); do
			wait_until 'it runs' runs_or_ended "${pids[i]}"
		done
		begin sealer= "$POINTS/onlyonectl" seal toys
		[ $((round % 4)) != 2 ] || wait_until 'it is sealed' \
			"$PATIENCE" gone "$sealer"
		for i in 4 5 6; do
			begin pids+= "$POINTS/onlyone" "${toys[@]}" \
				"$GUESTS/guest-static" "$round.$i" 2>>said
		done
		unset ONLYONE_TEST_POINTS
		ends "$sealer" 0
		for i in {0..5}; do
			wait_until 'it runs, or has ended' \
				runs_or_ended "${pids[i]}"
		done
		for i in {0..5}; do
			if gone "${pids[i]}"; then
				ends "${pids[i]}" 77 || fail "$(cat said)"
				all[i]=77
				((++refused))
			else
				all[i]=5
				killed "${pids[i]}"
				((++started))
			fi
		done
		for i in {0..5}; do
			key=$round.$((i + 1))
			wait_until "$key is over" eval \
				'[ "$(ctl count toys "$key")" = 0 ]'
			status=0
			play "$key" exit 5 2>/dev/null || status=$?
			assert_equal "$key: $status" "$key: ${all[i]}"
		done
		silent unseal toys
	done
	# It was a race.
	[ "$started" -ge 20 ] || fail "$started started"
	[ "$refused" -ge 20 ] || fail "$refused refused"
}

# --- forget, reset ----------------------------------------------------------

# bats test_tags=check
@test "forget: the slot is free at once, the process goes on, the next launch starts one" {
	toy Teddy
	first=$BEGUN
	for i in 1 2 3 4 5; do
		silent forget toys Teddy
		assert_equal "$(ctl count toys)" 0
		no_slots
		alive "$first"
		toy Teddy
		assert_equal "$(keys)" "[\"Teddy\",$BEGUN]"
		found Teddy "$BEGUN"
	done
	assert_equal "$(constructors)" 6
	# Its end is nobody's.
	killed "$first"
	found Teddy "$BEGUN"
}

@test "forget: with its keeper killed or slow, without a key, with --all; none is 3" {
	failing 3 toys forget toys
	toy Teddy
	failing 3 toys forget toys Molly
	one=$BEGUN
	kill_keeper Teddy
	silent forget toys Teddy
	no_slots
	alive "$one"
	failing 3 toys forget toys Teddy
	begin_guest onlyone -a toys "$GUESTS/guest"
	silent forget toys
	no_slots
	toy Teddy
	toy Molly
	two=$BEGUN
	failing 64 Teddy forget toys
	assert_equal "$(ctl count toys)" 2
	silent forget --all toys
	no_slots
	alive "$two"
	toy Susi
	keeper=$(keeper_for Susi)
	stopped "$keeper"
	failing 69 toys forget toys Susi
	kill -CONT "$keeper"
	# The question may lie there still; but it was not told as done.
	wait_until 'the keeper answers' eval \
		'ctl list toys --json | jq -e "all(.state == \"running\")"'
	alive "$BEGUN"
}

@test "forget: a slot that cannot be cleared is not told as free" {
	toy Teddy
	one=$BEGUN
	keeper=$(keeper_for Teddy)
	for fault in statx:error=EINTR statx:error=ENOMEM unlinkat:error=EIO; do
		begin strace -qq -o trace -p "$keeper" -e inject="$fault"
		wait_until 'it is traced' traced "$keeper"
		run ctl forget toys Teddy
		kill -TERM "$BEGUN"
		wait "$BEGUN" || true
		file_has trace INJECTED
		[[ $status == 7[13] ]] || fail "$fault: $status"
		assert_output --partial 'cannot remove the slot of toys'
		run -75 launch -n -a toys -k Teddy true
		found Teddy "$one"
	done
	silent forget toys Teddy
	no_slots
}

@test "forget: a handler that runs goes on, and its launch has its status" {
	toy Teddy --on-activate="$SERVES; exit 7"
	teddy=$BEGUN
	begin first= launch "${toys[@]}" "$GUESTS/guest" Teddy first
	wait_until 'the handler runs' file_has served first
	silent forget toys Teddy
	toy Teddy
	assert_equal "$(keys)" "[\"Teddy\",$BEGUN]"
	alive "$first"
	: >go
	ends "$first" 7
	alive "$teddy"
}

@test "forget: who waits for the end, and who has not been served, is told at once" {
	toy Teddy --on-activate="$SERVES"
	begin waits= ctl wait toys Teddy
	: >go
	begin stays= launch -W "${toys[@]}" "$GUESTS/guest" Teddy stays
	wait_until 'it was served' file_has served stays
	rm go
	begin launch "${toys[@]}" "$GUESTS/guest" Teddy busy
	wait_until 'the handler runs' file_has served busy
	begin queued= onlyone -v "${toys[@]}" "$GUESTS/guest" Teddy queued 2>said
	wait_until 'one waits for it' file_has said waiting
	alive "$waits" "$stays"
	silent forget toys Teddy
	all_end 0 "$waits" "$stays"
	# It has not been handed to anybody: it starts one.
	guest_runs "$queued"
	found Teddy "$queued"
	run -1 grep queued served
	: >go
}

@test "forget: what the forgotten process becomes by exec or fork is not the instance" {
	for steps in 'exec execv' 'exec execvpe daemon' 'fork setsid' daemon; do
		rm -f go
		: >"$GUEST_LOG"
		begin first= onlyone -a toys "$GUESTS/forker" wait go $steps
		wait_until 'it runs' grep -q "^$first main" "$GUEST_LOG"
		silent forget toys
		begin_guest second= onlyone -a toys "$GUESTS/guest"
		: >go
		wait_until "$steps: it is there" grep -q here "$GUEST_LOG"
		pid_is toys "$second"
		frees killed "$second"
		run -5 launch -a toys "$GUESTS/guest" exit 5
	done
}

@test "forget: nor is it where the next one and its keeper were killed" {
	begin first= onlyone -a toys "$GUESTS/forker" wait go exec execv
	wait_until 'it runs' grep -q "^$first main" "$GUEST_LOG"
	silent forget toys
	begin_guest second= onlyone -a toys "$GUESTS/guest"
	killed "$(keeper_of toys)" "$second"
	: >go
	wait_until 'it has a new image' grep -q "^$first here" "$GUEST_LOG"
	assert_equal "$(ctl count toys)" 0
	run -5 launch -a toys "$GUESTS/guest" exit 5
	alive "$first"
}

# bats test_tags=check
@test "reset: of what one was not launched for is 77, names it, and changes nothing" {
	failing 3 toys reset toys
	toy Teddy --resettable
	toy Molly
	toy Susi --resettable
	before=$(keys)
	failing 77 'key Molly' reset toys
	assert_equal "$(keys)" "$before"
	found Teddy "$(ctl pid toys Teddy)"
	silent forget toys Molly
	silent reset toys
	no_slots
	assert_equal "$(constructors)" 3
	# Also where its keeper was killed: the terms are on record.
	toy Teddy --resettable
	kill_keeper Teddy
	silent reset toys
	no_slots
	toy Teddy
	kill_keeper Teddy
	failing 77 'key Teddy' reset toys
	found Teddy "$BEGUN"
}

# --- rekey ------------------------------------------------------------------

@test "rekey: OLD is free, NEW is the same process, with its count and handler" {
	toy Teddy --on-activate='echo "$1 $ONLYONE_KEY $ONLYONE_SLOT"'
	teddy=$BEGUN
	play Teddy
	silent rekey toys Teddy Molly
	assert_equal "$(keys)" "[\"Molly\",$teddy]"
	failing 3 toys pid toys Teddy
	prints "Molly Molly $(the_slot)" play Molly
	assert_equal "$(ctl list toys --json | jq '.[].activations')" 2
	assert_equal "$(constructors)" 1
	assert_equal "$(slots | wc -l)" 1
	assert_equal "$(cat "$(the_slot)/pid")" "$teddy"
	# OLD is free, and not tied to it.
	toy Teddy
	old=$BEGUN
	assert_equal "$(keys)" "[\"Molly\",$teddy]
[\"Teddy\",$old]"
	killed "$old"
	wait_until 'OLD is free' eval '[ "$(ctl count toys)" = 1 ]'
	plays Teddy
	# There and back again.
	silent rekey toys Molly Teddy
	found Teddy "$teddy"
	silent rekey toys Teddy Teddy
	found Teddy "$teddy"
	end "$teddy"
}

@test "rekey: tuples, to no key and from none, keys of any bytes" {
	local teddy from='' to
	begin_guest teddy= onlyone -a toys "$GUESTS/guest"
	for to in Teddy -x -- 'a b' '' $'new\nline' $'\xff\xfe' ../.. / '{1}' \
		"$(printf '%9000d' 1)" "$(printf '%9000d' 2)"; do
		silent rekey toys -- "$from" "$to"
		if [ "$to" ]; then
			found "$to" "$teddy"
		else
			launch -a toys "$GUESTS/guest"
			assert_equal "$(keys)" "[null,$teddy]"
		fi
		from=$to
	done
	silent rekey toys "$from" ''
	silent forget toys
	begin_guest onlyone -a toys -k '{1}' -k '{2}' "$GUESTS/guest" 'a b' c
	silent rekey toys 'a b' c a 'b c'
	assert_equal "$(keys)" "[[\"a\",\"b c\"],$BEGUN]"
	failing 3 toys rekey toys 'a b' c x y
	silent rekey toys a 'b c' '' ''
	assert_equal "$(keys)" "[[\"\",\"\"],$BEGUN]"
	assert_equal "$(constructors)" 2
}

@test "rekey: a NEW that is taken is 75, no OLD is 3, odd operands are 64: nothing changes" {
	toy Teddy
	toy Molly
	before=$(keys)
	failing 75 toys rekey toys Teddy Molly
	kill_keeper Molly
	failing 75 toys rekey toys Teddy Molly
	failing 3 toys rekey toys Susi Sam
	failing 3 nothing rekey nothing Teddy Sam
	run -64 ctl rekey toys
	run -64 ctl rekey toys Teddy
	failing 64 parts rekey toys Teddy a b
	failing 64 parts rekey toys Teddy a b c d
	assert_equal "$(keys)" "$before"
	found Teddy "$(ctl pid toys Teddy)"
	found Molly "$(ctl pid toys Molly)"
	assert_equal "$(constructors)" 2
	# One that has ended is not in the way, whatever it left.
	killed "$(keeper_for Molly)" "$BEGUN"
	silent rekey toys Teddy Molly
	found Molly "$(ctl pid toys Molly)"
	assert_equal "$(constructors)" 2
}

@test "rekey: a NEW that lives is told at once: its lock is tried once" {
	toy Teddy
	toy Molly
	keeper=$(keeper_for Teddy)
	begin strace -qq -e trace=flock -o trace -p "$keeper"
	wait_until 'it is traced' traced "$keeper"
	failing 75 toys rekey toys Teddy Molly
	[ "$(grep -c LOCK_NB trace)" = 1 ] || fail "$(head trace)"
}

@test "rekey: with its keeper killed before; with it stopped: 69" {
	toy Teddy
	kill_keeper Teddy
	silent rekey toys Teddy Molly
	found Molly "$BEGUN"
	keeper=$(keeper_for Molly)
	stopped "$keeper"
	failing 69 toys rekey toys Molly Susi
	kill -CONT "$keeper"
}

@test "rekey: not to a key that a seal does not know" {
	toy Teddy
	silent seal toys
	failing 77 sealed rekey toys Teddy Molly
	failing 77 sealed rekey toys Teddy ''
	found Teddy "$BEGUN"
	silent unseal toys
	silent rekey toys Teddy Molly
	silent seal toys
	failing 77 sealed rekey toys Molly Teddy
}

# slot_is PID DIR: what its environment says, for wait_until.
slot_is() { grep -qzx "ONLYONE_SLOT=$2" "/proc/$1/environ"; }

# maps_slot PID DIR: it maps the mapping of that slot.
maps_slot() { grep -q " $2/mapping\$" "/proc/$1/maps"; }

# moved_forker STEP...: an instance that does this once it has another key.
moved_forker() {
	rm -f go
	: >"$GUEST_LOG"
	begin forker= onlyone "${toys[@]}" "$GUESTS/forker" wait go "$@"
	wait_until 'it runs' grep -q "^$forker main" "$GUEST_LOG"
	silent rekey toys wait Molly
}

# now_here: it does, and is "here", with this pid: $here.
now_here() {
	: >go
	wait_until 'it is there' grep -q ' here$' "$GUEST_LOG"
	here=$(sed -n 's/ here$//p' "$GUEST_LOG")
}

@test "rekey: later mappings of the instance are adopted, by each exec function" {
	for f in execve execv execvp execvpe execl execle execlp fexecve \
		execveat; do
		moved_forker exec "$f"
		# Somebody else has OLD by now.
		[ "$f" = execve ] || toy wait
		dir=$(ctl list toys --json |
			jq -r '.[] | select(.key == "Molly").dir')
		now_here
		assert_equal "$here" "$forker"
		grep -q "^$forker then" "$GUEST_LOG"
		maps_slot "$forker" "$dir" || fail "$f: no mapping"
		slot_is "$forker" "$dir" || fail "$f: names another slot"
		found Molly "$forker"
		kill_keeper Molly
		found Molly "$forker"
		end $(ctl list toys --json | jq '.[].pid')
	done
}

@test "rekey: exec, rekey and exec again; a daemon after it is followed" {
	moved_forker exec execv wait go2 exec execve wait go3 daemon exec execv
	: >go
	wait_until 'it has a new image' grep -q "^$forker then" "$GUEST_LOG"
	silent rekey toys Molly Susi
	silent rekey toys Susi Sam
	: >go2
	wait_until 'it has another' eval \
		'[ "$(grep -c "^$forker then" "$GUEST_LOG")" = 2 ]'
	found Sam "$forker"
	silent rekey toys Sam Kim
	: >go3
	now_here
	wait_until 'the daemon is the instance' pid_of Kim "$here"
	dir=$(the_slot)
	maps_slot "$here" "$dir"
	kill_keeper Kim
	found Kim "$here"
	end "$here"
	rm -f go2 go3
	while read -r steps; do
		moved_forker $steps
		now_here
		wait_until "$steps: it is the instance" pid_of Molly "$here"
		kill_keeper Molly
		found Molly "$here"
		silent rekey toys Molly wait
		found wait "$here"
		end "$here"
	done <<-'END'
		daemon
		fork setsid fork
		daemon exec execv
		fork setsid orphan exec execvp
		exec execv daemon close-range
	END
}

@test "rekey: files that are swept away come back under the new key" {
	toy Teddy
	silent rekey toys Teddy Molly
	dir=$(the_slot)
	rm -r "$dir" 2>/dev/null || true
	found Molly "$BEGUN"
	wait_until 'the folder is back' test -S "$dir/sock"
	assert_equal "$(slots)" "$dir"
	plays Teddy
}

@test "rekey: a new keeper has the environment of whoever started it" {
	MINE=first toy Teddy --on-activate='echo "$MINE"'
	silent rekey toys Teddy Molly
	kill_keeper Molly
	MINE=second run play Molly
	assert_output second
}

@test "rekey: who waits for the end waits on, also when the keeper is killed" {
	toy Teddy
	begin waits= ctl wait toys Teddy
	begin stays= launch -q -W "${toys[@]}" "$GUESTS/guest" Teddy
	wait_until 'it was served' eval \
		'[ "$(ctl list toys --json | jq ".[].activations")" = 1 ]'
	silent rekey toys Teddy Molly
	kill_keeper Molly
	# Both look after it when the keeper is gone: one of them revives it.
	wait_until 'there is a keeper' eval \
		'ctl list toys --json | jq -e ".[].keeper > 1"' || true
	alive "$waits" "$stays"
	kill -KILL "$(ctl pid toys Molly)"
	all_end 0 "$waits" "$stays"
}

# kept_at POINT=WHAT NAME [OPTION...]: an instance whose keeper does that.
kept_at() {
	ONLYONE_TEST_POINTS=$1 begin_guest "$POINTS/onlyone" "${toys[@]}" \
		"${@:3}" "$GUESTS/guest-static" "$2"
}

# settled PID...: each runs the guest, or has ended with 0: the pids of those
# that run in $started.
settled() {
	local pid
	started=()
	for pid; do
		wait_until "$pid runs, or has ended" runs_or_ended "$pid"
		if gone "$pid"; then
			ends "$pid" 0
		else
			started+=("$pid")
		fi
	done
}

# meets NAME PID: a launch for that key meets it; false: another one, or none.
meets() {
	[[ $(launch -n "${toys[@]}" "$GUESTS/guest-static" "$1" exit 6 2>&1) == \
		*"(pid $2)"* ]]
}

# one_each OLD NEW A: by what was started for either key (pids in the arrays
# of these names), and whether A has moved: no key has two.
one_each() {
	local -n for_old=$1 for_new=$2
	local a=$3 olds news all
	settled "${for_old[@]}"
	olds=${#started[@]} all=("${started[@]}")
	settled "${for_new[@]}"
	news=${#started[@]} all+=("${started[@]}")
	alive "$a"
	if meets new "$a"; then
		[ "$news" = 0 ] && [ "$olds" -le 1 ] && ! meets old "$a"
	else
		meets old "$a" && [ "$olds" = 0 ] && [ "$news" -le 1 ]
	fi || fail "started for old: $olds, for new: $news; $(ctl list)"
	kill -KILL "$a" "${all[@]}"
	wait_until 'all slots are gone' swept
}

@test "rekey: launches of either key while it is under way are not lost, nor given to the other" {
	for point in rekey-claimed rekey-renamed rekey-written; do
		kept_at "$point=stop" old --on-activate='echo "$2" >>served'
		a=$BEGUN keeper=$(keeper_for old) old=() new=()
		begin rekey= ctl rekey toys old new
		wait_until "$point: the keeper is stopped" has_state "$keeper" T
		for i in 1 2 3; do
			begin old+= onlyone "${toys[@]}" \
				"$GUESTS/guest-static" old "for old" 2>>said
			begin new+= onlyone "${toys[@]}" \
				"$GUESTS/guest-static" new "for new" 2>>said
		done
		for i in "${old[@]}" "${new[@]}"; do
			wait_until 'it waits, or runs' eval \
				'[[ $(state_of $i) != R ]]'
		done
		kill -CONT "$keeper"
		ends "$rekey" 0
		settled "${new[@]}"
		[ "${#started[@]}" = 0 ] || fail "$point: started for new"
		assert_equal "$point: $(sort served | uniq -c | tr -s ' ')" \
			"$point:  3 for new"
		rm served
		wait_until "$point: old has one" ctl pid toys old
		settled "${old[@]}"
		[ "${#started[@]}" = 1 ] ||
			fail "$point: ${#started[@]} started for old"
		pid_of new "$a"
		kill -KILL "$a" $(ctl pid toys old)
		wait_until 'all slots are gone' swept
		[ ! -s said ] || run -1 grep -v 'start it with' said
		: >said
	done
}

@test "rekey: an activation whose turn had not come starts a new OLD; one being served is served" {
	toy old --on-activate="$SERVES; exit 7"
	a=$BEGUN
	begin served= launch "${toys[@]}" "$GUESTS/guest" old first
	wait_until 'the handler runs' file_has served first
	begin waits= onlyone -v "${toys[@]}" "$GUESTS/guest" old second 2>said
	wait_until 'one waits' file_has said waiting
	silent rekey toys old new
	guest_runs "$waits"
	pid_of old "$waits"
	pid_of new "$a"
	alive "$served"
	: >go
	ends "$served" 7
	assert_equal "$(cat served)" first
}

@test "rekey: 25 times among launches of both keys: neither has two, and none fails" {
	local sleeps=rekey-claimed=sleep:20,rekey-renamed=sleep:20
	for round in {1..25}; do
		kept_at "$sleeps,rekey-written=sleep:10" old
		a=$BEGUN old=() new=()
		begin old+= onlyone -q "${toys[@]}" "$GUESTS/guest-static" old
		begin rekey= timeout $LIMIT onlyonectl rekey toys old new 2>said
		for i in 1 2 3; do
			begin onlyone -q "${toys[@]}" "$GUESTS/guest-static" old
			old+=("$BEGUN")
			begin onlyone -q "${toys[@]}" "$GUESTS/guest-static" new
			new+=("$BEGUN")
		done
		ended "$rekey"
		i=0
		wait "$rekey" || i=$?
		[ "$i" = 0 ] || [ "$i" = 75 ] || fail "rekey: $i: $(cat said)"
		one_each old new "$a"
	done
}

@test "rekey: killed in its middle: the key is one of both, neither has two" {
	for point in rekey-claimed rekey-renamed rekey-written; do
		for round in {1..20}; do
			kept_at "$point=kill:1" old
			a=$BEGUN old=() new=()
			begin rekey= timeout $LIMIT onlyonectl -q rekey toys old \
				new 2>/dev/null
			for i in 1 2; do
				begin old+= onlyone -q "${toys[@]}" \
					"$GUESTS/guest-static" old
				begin new+= onlyone -q "${toys[@]}" \
					"$GUESTS/guest-static" new
			done
			ended "$rekey"
			one_each old new "$a"
		done
	done
}

@test "rekey: killed in its middle, a launch of NEW stopped after each of its calls: no key has two" {
	# REKEY_STEP=1: each of them; some minutes.
	for ((n = 1; ; n += ${REKEY_STEP-5})); do
		kept_at rekey-renamed=stop old
		a=$BEGUN keeper=$(keeper_for old)
		"$BUILD/chaos/killat" -s 0 "$n" onlyone -q "${toys[@]}" \
			"$GUESTS/guest-static" new </dev/null >pid 2>>said \
			3>&- || break
		read -r pid <pid
		wait_until 'it has stopped' has_state "$pid" T
		begin onlyonectl -q rekey toys old new 2>/dev/null
		wait_until 'it is in its middle, or cannot be' \
			eval 'has_state "$keeper" T || gone "$BEGUN"'
		# Nobody is left to give the instance a keeper.
		kill -KILL "$BEGUN" 2>/dev/null || true
		ended "$BEGUN"
		killed "$keeper"
		kill -CONT "$pid"
		wait_until 'it runs, or has ended' runs_or_ended "$pid"
		if meets new "$a"; then
			gone "$pid" || fail "$n: two of new"
		else
			meets old "$a" || fail "$n: neither has it"
		fi
		[ ! -s said ] || fail "$n: $(cat said)"
		kill -KILL "$a" "$pid" 2>/dev/null || true
		wait_until 'all slots are gone' swept
	done
	[ "$n" -gt 30 ]
}

@test "rekey: killed in its middle: it is told as it is, and list shows it so" {
	for point in rekey-claimed rekey-renamed rekey-written; do
		kept_at "$point=kill:1" old
		a=$BEGUN
		silent rekey toys old new
		found new "$a"
		assert_equal "$point: $(keys)" "$point: [\"new\",$a]"
		end "$a"
	done
}

@test "rekey: a seal that comes meanwhile: the key it has is in the list, or it keeps OLD" {
	for point in rekey-claimed rekey-renamed rekey-written; do
		kept_at "$point=stop" old
		a=$BEGUN keeper=$(keeper_for old)
		begin ctl rekey toys old new
		wait_until "$point: the keeper is stopped" has_state "$keeper" T
		silent seal toys
		kill -CONT "$keeper"
		ended "$BEGUN"
		key=$(ctl list toys --json | jq -r '.[].key')
		end "$a"
		plays "$key"
		silent unseal toys
	done
}

@test "rekey: list and count see the instance at every moment of 200, and none is refused for them" {
	toy k0
	{
		for i in {1..200}; do
			onlyonectl rekey toys "k$((i - 1))" "k$i" || break
		done
		echo "$i"
	} >rekeyed 2>&1 &
	rekeys=$!
	while ! gone "$rekeys"; do counts+="$(ctl count toys) "; done
	assert_equal "$(cat rekeyed)" 200
	found k200 "$BEGUN"
	[[ ! $counts =~ [02-9] ]] || fail "$counts"
}
