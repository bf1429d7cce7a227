#!/usr/bin/env bats
# strangers.bats: the lock name taken by somebody not of ours.
#
# By another user, or by an instance of another mount namespace, that we share
# the abstract names with: a delay of about a second, one line, no refusal; and
# still never two.
# as: root
load lib/common

# lock_name: of the instance that runs: as bind(2) gets it, less the NUL.
lock_name() {
	local keeper inodes
	keeper=$(keeper_of "$W")
	inodes=$(find "/proc/$keeper/fd" -lname 'socket:*' -printf '%l\n' |
		sed 's/.*\[\(.*\)\]/\1/')
	awk 'NR == FNR { want[$1]; next } $7 in want && $8 ~ /^@/ {
		print substr($8, 2) }' <(echo "$inodes") /proc/net/unix
}

# squat NAME FILE: bind it, make FILE, stay.
SQUAT='
import os, socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
s.bind("\0" + sys.argv[1])
open(sys.argv[2], "w").close()
time.sleep(300)
'

# One start and one end, for the name.
learn_name() {
	begin_guest onlyone "$W" first
	NAME=$(lock_name)
	[[ $NAME == onlyone/* ]]
	frees ends_by TERM "$BEGUN" 0
	: >"$GUEST_LOG"
}

ms() { date +%s%3N; }

# passed_over: a launch starts nevertheless, in about a second, with one line;
# what comes later activates it without delay, and it is the one.
passed_over() {
	local before after
	before=$(ms)
	begin onlyone "$W" first 2>said
	guest_runs "$BEGUN"
	after=$(ms)
	[ $((after - before)) -ge 500 ]
	[ $((after - before)) -le $((2500 * SLOW)) ] || fail "$((after - before)) ms"
	assert_equal "$(wc -l <said)" 1
	grep -q '^onlyone: another process .* has the lock name of ' said
	before=$(ms)
	run -0 --separate-stderr launch "$W"
	assert_equal "$stderr" ''
	[ $(($(ms) - before)) -le $((900 * SLOW)) ]
	killed "$(keeper_of "$W")"
	run -0 launch "$W"
	assert_equal "$(ctl pid "$W")" "$BEGUN"
	[ "$(constructors)" = 1 ]
	never_two
	frees ends_by TERM "$BEGUN" 0
}

@test "stranger: another user has the lock name: a second, a line, no refusal" {
	learn_name
	chmod 777 .
	begin setpriv --reuid=12345 --regid=12345 --clear-groups \
		/usr/bin/python3 -c "$SQUAT" "$NAME" /proc/self/cwd/taken
	wait_until 'the name is taken' test -e taken
	passed_over
}

@test "stranger: a process of another mount namespace has it: a second, a line, no refusal" {
	wants mount
	learn_name
	begin unshare -m /usr/bin/python3 -c "$SQUAT" "$NAME" "$PWD/taken"
	wait_until 'the name is taken' test -e taken
	passed_over
}

# In a mount namespace with another folder at the same root, as a service has
# with a /tmp of its own.
APART=(unshare -m sh -c 'mkdir -p -m 700 other
	mount --bind "$PWD/other" "$ONLYONE_DIR" && exec "$@"' sh)

# apart_runs COMMAND...: the guest that COMMAND launches there runs; $BEGUN.
apart_runs() {
	wants mount
	begin_guest "${APART[@]}" "$@"
}

apart_free() { [ -z "$(ls other)" ]; }

# bats test_tags=check
@test "elsewhere: an instance whose keeper sees another /tmp is believed by each policy" {
	apart_runs onlyone "$GUESTS/guest"
	run -75 --separate-stderr launch -n "$GUESTS/guest"
	says 'runs where other files are seen'
	run -7 --separate-stderr launch -n -E 7 "$GUESTS/guest"
	prints -0 '' launch --skip "$GUESTS/guest"
	prints -0 '' launch --skip -j 1 "$GUESTS/guest"
	for time in 1d 0.001:stop; do
		run -0 --separate-stderr launch --overdue=$time "$GUESTS/guest"
		says 'runs where other files are seen*; --overdue cannot tell for how long'
		run -75 --separate-stderr launch -n --overdue=$time "$GUESTS/guest"
		says '--overdue cannot tell for how long'
		prints -0 '' launch -q --overdue=$time "$GUESTS/guest"
	done
	run -75 --separate-stderr launch -w 0.1 "$GUESTS/guest"
	run -75 --separate-stderr launch --queue -w 0.1 "$GUESTS/guest"
	for how in 'end with 75:-n' 'end with 7:-n -E7' 'end with 0:--skip' wait:--wait \
		wait:--queue 'end with 69:' 'end with 69:--replace'; do
		run -0 launch --dry-run ${how##*:} "$GUESTS/guest"
		assert_line --partial "would:       ${how%:*}: $GUESTS/guest runs where other"
	done
	run -0 launch --dry-run --on-error=run "$GUESTS/guest"
	assert_line "would:       start $GUESTS/guest"
	for how in '' --join --replace '-d'; do
		run -69 --separate-stderr launch $how "$GUESTS/guest"
		says "cannot be reached from here (its keeper: pid *); let both see $ONLYONE_DIR"
	done
	assert_equal "$(constructors)" 1
	run -5 --separate-stderr launch --on-error=run "$GUESTS/guest" exit 5
	assert_equal "${#stderr_lines[@]}" 2
	# From there, one here.
	ended_by TERM "$BEGUN"
	wait_until 'the slot there is free' apart_free
	begin_guest onlyone "$GUESTS/guest"
	run -75 timeout -k 5 $LIMIT "${APART[@]}" onlyone -n "$GUESTS/guest"
	run -69 timeout -k 5 $LIMIT "${APART[@]}" onlyone "$GUESTS/guest"
}

@test "elsewhere: -w waits for its end, and starts then" {
	apart_runs onlyone "$GUESTS/guest"
	local there=$BEGUN
	begin onlyone -v -w 60 "$GUESTS/guest" exit 5 2>said
	wait_until 'it says that it waits' file_has said 'waiting: .*/guest'
	assert_equal "$(constructors)" 1
	ended_by TERM "$there"
	ends "$BEGUN" 5
}

@test "elsewhere: with -j the other slots are used; with none left it is believed" {
	apart_runs onlyone -j 2 "$GUESTS/guest"
	begin_guest onlyone -j 2 "$GUESTS/guest"
	assert_equal "$(constructors)" 2
	frees ends_by TERM "$BEGUN" 143
	apart_runs onlyone -j 2 "$GUESTS/guest"
	run -75 launch -n -j 2 "$GUESTS/guest"
	run -0 launch --skip -j 2 "$GUESTS/guest"
	run -69 launch -j 2 "$GUESTS/guest"
	assert_equal "$(constructors)" 3
}

# As services are: with fewer rights, and with users of their own.
@test "elsewhere: a keeper with fewer rights is believed, also at a root that both see" {
	apart_runs setpriv --no-new-privs --bounding-set=-sys_time onlyone \
		"$GUESTS/guest"
	run -75 launch -n "$GUESTS/guest"
	run -69 launch "$GUESTS/guest"
	ended_by TERM "$BEGUN"
	wait_until 'the slot there is free' apart_free
	begin_guest setpriv --no-new-privs onlyone "$GUESTS/guest"
	rm -rf "$ONLYONE_DIR"/*
	run -0 launch "$GUESTS/guest"
	assert_equal "$(constructors)" 2
}

# One cannot look into what is outside of a user namespace.
@test "elsewhere: a keeper outside of the user namespace is believed" {
	wants mount userns
	begin_guest onlyone "$GUESTS/guest"
	run -75 timeout -k 5 $LIMIT unshare -Uc "${APART[@]}" onlyone -n \
		"$GUESTS/guest"
	run -69 timeout -k 5 $LIMIT unshare -Uc "${APART[@]}" onlyone \
		"$GUESTS/guest"
	assert_output --partial 'cannot be reached from here; let both see'
	run -75 timeout -k 5 $LIMIT unshare -Uc "${APART[@]}" onlyone -w 0.1 \
		"$GUESTS/guest"
}

keeper_named() { keeper=$(pgrep -f "^onlyone keeper of $BEGUN\$"); }

@test "elsewhere: its keeper killed, nothing is believed; a second one starts" {
	apart_runs onlyone "$GUESTS/guest"
	wait_until 'its keeper has its name' keeper_named
	killed "$keeper"
	run -5 launch -n "$GUESTS/guest" exit 5
}

@test "stranger: many launches at once without the name lock: one starts" {
	wants mount
	learn_name
	begin unshare -m /usr/bin/python3 -c "$SQUAT" "$NAME" "$PWD/taken"
	wait_until 'the name is taken' test -e taken
	timeout -k 5 $LIMIT "$GUESTS/storm" 20 onlyone -q "$W" >out 2>said
	assert_equal "$(cat out)" "0 19
running 1"
	wait_until 'the program is in main' file_has "$GUEST_LOG" ' main '
	[ "$(constructors)" = 1 ]
	never_two
}

@test "stranger: a name freed in time costs neither a line nor the name lock" {
	wants mount
	local squatter
	learn_name
	begin squatter= unshare -m /usr/bin/python3 -c "$SQUAT" "$NAME" "$PWD/taken"
	wait_until 'the name is taken' test -e taken
	begin onlyone "$W" first 2>said
	kill -KILL "$squatter"
	guest_runs "$BEGUN"
	assert_equal "$(cat said)" ''
	assert_equal "$(lock_name)" "$NAME"
}
