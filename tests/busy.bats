#!/usr/bin/env bats
# as: user (no right is asked for)
# busy.bats: -n and --skip ask the system's lock, and no process.
#
# Who has the lock of a slot has it whatever he does: a keeper that is stopped
# cannot keep the answer back.  And a lock alone proves nothing: it may be that
# of a launch that comes to nothing, or of anybody who has the file open.
load lib/common

POINTS=$BUILD/points/onlyone

# frozen [ARG...]: an instance of the guest, whose keeper is stopped: $owner and
# $keeper.
frozen() {
	begin_guest owner= onlyone "$@" "$GUEST" some words
	wait_until 'it has a keeper' keeper_is_there
	stopped "$keeper"
}

keeper_is_there() { keeper=$(keeper_of guest); }

thawed() {
	kill -CONT "$keeper"
	frees killed "$owner"
}

# unasked ARG...: a launch, which speaks to no process: $status and $stderr.
unasked() {
	local calls=connect,sendto,sendmsg,recvfrom,recvmsg
	run --separate-stderr timeout -k 5 $LIMIT strace -f -o trace -e \
		trace=$calls onlyone "$@"
	! grep '(' trace || fail "it asks: $*"
}

# busy_both ARG...: each of both policies, in each spelling: nobody is asked.
busy_both() {
	local how
	for how in -n --if-running=fail '-n -E 9' --skip --if-running=skip; do
		unasked $how "$@"
		case $how in
		*-E*) assert_equal "$how $status" "$how 9" ;;
		*fail | -n) assert_equal "$how $status" "$how 75" ;;
		*) assert_equal "$how $status$output" "$how 0" ;;
		esac
	done
}

# --- whoever does not answer ------------------------------------------------

# bats test_tags=check
@test "keeper: stopped: -n and --skip end at once, and name who is recorded" {
	frozen
	busy_both "$GUEST" exit 5
	unasked -n "$GUEST" exit 5
	says "guest (pid $owner) is running already: $GUEST some words, for "
	says ", in $PWD"
	assert_equal "$(constructors)" 1
	thawed
}

@test "keeper: stopped: so with an instance of any kind" {
	for how in '' '-a name' '-k {1}' '-k const -k {cwd}' -d \
		--lifetime=main --lifetime=tree -W --on-activate=: \
		--resettable '--lock-file lock' --scope=session; do
		begin owner= onlyone $how "$GUEST" doc
		wait_until 'it runs' in_main 1
		wait_until 'it has a keeper' any_keeper
		stopped "$keeper"
		busy_both $how "$GUEST" doc
		assert_equal "$how $(constructors)" "$how 1"
		kill -CONT "$keeper"
		ctl stop --all "$(apps)"
		frees ended "$owner"
		: >"$GUEST_LOG"
	done
}

any_keeper() { keeper=$(first_listed keeper | grep -x '[1-9][0-9]*'); }

@test "keeper: stopped, and the instance too: that is said" {
	frozen
	stopped "$owner"
	busy_both "$GUEST" exit 5
	unasked -n "$GUEST"
	says "guest (pid $owner) is stopped (fg where it was started,"
	kill -CONT "$owner"
	thawed
}

@test "keeper: stopped: -j counts by the locks, and names the one used last" {
	local pids=() keepers i
	for i in 1 2 3; do
		begin_guest pids+= onlyone -j 3 --on-activate=: "$GUEST"
	done
	mapfile -t keepers < <(keepers)
	assert_equal "${#keepers[@]}" 3
	stopped "${keepers[@]}"
	busy_both -j 3 "$GUEST"
	unasked -n -j 3 "$GUEST"
	says "guest (pid ${pids[2]}) is running already"
	# A fourth place is free, and is taken.
	run -6 launch -n -j 4 "$GUEST" exit 6
	# So is one that becomes free.
	kill -CONT "${keepers[@]}"
	killed "${pids[1]}"
	wait_until 'there are two' count_is guest 2
	run -7 launch -n -j 3 "$GUEST" exit 7
}

@test "keeper: stopped: a process that holds, or was adopted, is the instance" {
	begin_guest "$GUEST" plain
	ctl hold --owner="$BEGUN" name
	wait_until 'it has a keeper' any_keeper
	stopped "$keeper"
	busy_both -a name "$GUEST"
	unasked -n -a name "$GUEST"
	says "name (pid $BEGUN) is running already: $GUEST plain, for "
	# It has it already; another process has not.
	run -0 ctl hold --owner="$BEGUN" name
	run -75 --separate-stderr ctl hold --owner="$$" name
	[[ $stderr == "onlyonectl: name (pid $BEGUN) is running already"* ]]
	prints -75 '' ctl hold --skip --owner="$$" name
	kill -CONT "$keeper"
}

@test "launch: stopped once it is recorded: the others are busy, with no keeper yet" {
	for p in publish-recorded publish-done start-published start-kept; do
		ONLYONE_TEST_POINTS=$p=stop begin "$POINTS" -a "$p" "$GUEST"
		wait_until "it has stopped at $p" has_state "$BEGUN" T
		run -75 --separate-stderr launch -n -a "$p" "$GUEST"
		says "$p (pid $BEGUN) is stopped"
		run -0 launch --skip -a "$p" "$GUEST"
		killed "$BEGUN"
	done
	assert_equal "$(constructors)" 0
	wait_until 'nothing is left' swept
}

@test "rule: a program that has one with --skip or -n is busy, and nobody is asked" {
	export HOME=$PWD
	cp "$GUEST" tool
	PATH=$PWD:$PATH
	ctl -q enable ./tool -n
	begin env LD_PRELOAD="$BUILD/libonlyone.so" ONLYONE_ENFORCE=tool ./tool
	guest_runs "$BEGUN"
	wait_until 'it has a keeper' any_keeper
	stopped "$keeper"
	run --separate-stderr timeout -k 5 $LIMIT strace -f -o trace -e trace=connect \
		env LD_PRELOAD="$BUILD/libonlyone.so" ONLYONE_ENFORCE=tool ./tool
	assert_failure 75
	run ! grep 'sock"' trace
	assert_equal "$(constructors)" 1
	kill -CONT "$keeper"
}

# --- a lock alone -----------------------------------------------------------

@test "claiming: a launch that comes to nothing makes nobody busy: the next one runs" {
	for p in claim-locked claim-name-locked publish-swept; do
		: >"$GUEST_LOG"
		ONLYONE_TEST_POINTS=$p=stop begin first= "$POINTS" -n "$GUEST"
		wait_until "it has stopped at $p" has_state "$first" T
		begin strace -o trace onlyone -n "$GUEST" exit 7
		# It has found the lock taken, and asks again.
		wait_until 'it has met it' file_has trace 'flock.*EAGAIN'
		killed "$first"
		frees ends "$BEGUN" 7
	done
}

@test "claiming: on what a dead instance has left: its record makes nobody busy" {
	begin_guest onlyone "$GUEST"
	keeper_killed guest
	killed "$BEGUN"
	ONLYONE_TEST_POINTS=claim-name-locked=stop begin "$POINTS" -n "$GUEST"
	first=$BEGUN
	wait_until 'it has stopped' has_state "$first" T
	begin strace -o trace onlyone --skip "$GUEST" exit 7
	wait_until 'it has met it' file_has trace 'flock.*EAGAIN'
	alive "$BEGUN"
	killed "$first"
	ends "$BEGUN" 7
}

# locked FILE: somebody else has its lock, until he is killed: $BEGUN.
locked() {
	begin flock -o "$1" sh -c ': >has; exec sleep 1000'
	wait_until 'he has it' test -e has
	rm has
}

@test "stranger: who locks what a dead instance has left holds up, and makes nobody busy" {
	begin_guest onlyone "$GUEST"
	slot=$(the_slot)
	keeper_killed guest
	killed "$BEGUN"
	locked "$slot/pid"
	who=$BEGUN
	for how in -n --skip; do
		begin strace -o "trace$how" onlyone "$how" "$GUEST" exit 7
		wait_until 'it has met him' file_has "trace$how" 'flock.*EAGAIN'
		alive "$BEGUN"
		ended_by TERM "$who"
		ends "$BEGUN" 7
		[ "$how" = --skip ] || {
			freed && mkdir -m 700 "$slot"
			: >"$slot/pid"
			locked "$slot/pid"
			who=$BEGUN
		}
	done
}

@test "stranger: who has the lock of an instance that lives, with no keeper, changes nothing" {
	begin_guest owner= onlyone "$GUEST"
	slot=$(the_slot)
	keeper_killed guest
	locked "$slot/pid"
	busy_both "$GUEST"
	unasked -n "$GUEST"
	says "pid $owner"
	ended_by TERM "$BEGUN"
	run -75 launch -n "$GUEST"
	pid_is guest "$owner"
}

@test "record: another process that has its number, or a lie, is not believed" {
	frozen
	slot=$(echo "$ONLYONE_DIR"/*)
	killed "$owner"
	# A process that lives, with the other one's identity.
	sed -i "s/pid=$owner/pid=$$/" "$slot/info"
	run -69 --separate-stderr launch -n "$GUEST"
	frees kill -CONT "$keeper"
}

# --- whoever ends, or was killed --------------------------------------------
