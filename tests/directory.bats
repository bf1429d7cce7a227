#!/usr/bin/env bats
# as: user (no right is asked for, but where a test says both)
# directory.bats: the directory of instances: seal, forget, reset.
#
# Which keys there may be.  No window lies between a seal and a launch in flight.
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
	# What has no list is replaced by one; only a folder cannot be.
	run timeout $LIMIT onlyonectl -q seal toys
	case $1 in
	folder)
		assert_equal "$1: $status" "$1: 73"
		[[ $output == onlyonectl:*toys* ]] || fail "$1: $output" ;;
	*)
		assert_equal "$1: $status: $output" "$1: 0: "
		silent is-sealed toys ;;
	esac
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

@test "seal: a file that is empty or garbage is none" {
	toy Teddy
	silent seal toys
	seal=$(echo "$ONLYONE_DIR"/seal.*)
	cp "$seal" whole
	: >"$seal"
	run -1 ctl is-sealed toys
	plays Molly
	head -c 5000 /dev/urandom >"$seal"
	run -1 ctl is-sealed toys
	plays Molly
	cat whole >"$seal"
	barred Molly
}

# killed_sealer POINT: it is killed there.
killed_sealer() {
	ONLYONE_TEST_POINTS=$1=kill:1 run "$POINTS/onlyonectl" seal toys
	assert_equal "$1: $status" "$1: 137"
}

@test "seal: a sealer that is killed leaves what was, or a list, and holds up nobody" {
	toy Teddy
	killed_sealer seal-listed
	run -1 ctl is-sealed toys
	plays Molly
	found Teddy "$BEGUN"
	silent seal toys
	barred Molly
	# A seal that there was stays.
	killed_sealer seal-listed
	barred Molly
	silent unseal toys
	# Written already: that counts.
	killed_sealer seal-written
	silent is-sealed toys
	barred Molly
	found Teddy "$BEGUN"
	silent seal toys
	silent unseal toys
	plays Molly
}

# stopped_sealer POINT: it waits there; $SEALER.
stopped_sealer() {
	ONLYONE_TEST_POINTS=$1=stop begin SEALER= "$POINTS/onlyonectl" seal toys
	wait_until 'the sealer is stopped' has_state "$SEALER" T
}

# stopped_launch POINT KEY: it waits there; $launch.
stopped_launch() {
	ONLYONE_TEST_POINTS=$1=stop begin launch= "$POINTS/onlyone" \
		"${toys[@]}" "$GUESTS/guest" "$2" 2>said
	wait_until 'the launch is stopped' has_state "$launch" T
}

@test "seal: no launch waits for a sealer that is stopped, nor another sealer" {
	toy Teddy
	teddy=$BEGUN
	stopped_sealer seal-listed
	plays Molly
	silent seal toys
	barred Molly
	silent unseal toys
	ends_by CONT "$SEALER" 0
	silent unseal toys
	stopped_sealer seal-written
	barred Molly
	found Teddy "$teddy"
	silent seal toys
	ends_by CONT "$SEALER" 0
	barred Molly
}

@test "seal: a launch in flight is in the list, or finds the seal" {
	# It has read that nothing is sealed when the list is written: the
	# sealer finds it then.
	stopped_sealer seal-listed
	toy early
	ends_by CONT "$SEALER" 0
	end "$BEGUN"
	plays early
	barred other
	silent unseal toys
	: >"$GUEST_LOG"
	# It reads when the list is there.
	stopped_sealer seal-written
	barred late
	ends_by CONT "$SEALER" 0
	barred late
	assert_equal "$(constructors)" 0
	# Not yet published: it sees the seal.
	silent unseal toys
	stopped_launch publish-swept later
	silent -q seal toys
	wait_until 'the launch has ended' continued "$launch"
	ends "$launch" 77
	silent unseal toys
	# Published, and not yet running: it may.
	stopped_launch start-published early
	silent -q seal toys
	kill -CONT "$launch"
	guest_runs "$launch"
	end "$launch"
	plays early
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
