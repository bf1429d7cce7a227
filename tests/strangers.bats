#!/usr/bin/env bats
# strangers.bats: the lock name taken by somebody not of ours.
#
# By another user, or by an instance of another mount namespace, that we share
# the abstract names with: a delay of about a second, one line, no refusal; and
# still never two.
# as: root
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
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

@test "stranger: an instance in a mount namespace with another folder at the same root" {
	wants mount
	local inner
	mkdir other
	GUEST_LOG=$PWD/inner GUEST_LOCK=$PWD/innerlock begin inner= unshare -m \
		sh -c 'mount --bind "$1" "$2" && exec onlyone "$3" inside' sh \
		"$PWD/other" "$ONLYONE_DIR" "$W"
	wait_until 'the one inside runs' file_has inner ' main inside'
	passed_over
	alive "$inner"
	killed "$inner"
	wait_until 'the folder inside is free' sh -c '! ls other | grep -q .'
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
