#!/usr/bin/env bats
# hold.bats: a process that is there already becomes the instance.
#
# `onlyonectl hold` in scripts of several shells: the shell is the owner until
# it ends, however it ends, and nothing of ours is in it.

# shellcheck disable=SC2016,SC2154
load lib/common

# script NAME SHELL LINE...: an executable script.
script() {
	local name=$1 shell=$2
	shift 2
	{
		echo "#!$shell"
		printf '%s\n' "$@"
	} >"$name"
	chmod +x "$name"
}

# holder [LINE...]: a shell that holds `job`, and stays; $BEGUN is its pid.
holder() {
	script hold-it /bin/bash 'onlyonectl hold job || exit' "$@" \
		': >held' 'exec 3>&-; while :; do sleep 300 & wait $!; done'
	begin ./hold-it
	wait_until 'it is held' "$PATIENCE" test -e held
	rm held
}

@test "hold: the shell is the instance, and ends it by ending" {
	holder
	run ctl pid job
	assert_output "$BEGUN"
	run -75 ctl hold job
	assert_output --partial "job (pid $BEGUN) is running already: "
	kill -KILL "$BEGUN"
	wait_until 'the slot is free' "$PATIENCE" no_slots
}

@test "hold: again in the same shell is 0" {
	script twice /bin/sh 'onlyonectl hold job && onlyonectl hold job'
	run ./twice
	assert_success
}

@test "hold: in dash, bash, busybox sh" {
	local shell
	for shell in /bin/dash /bin/bash "$(command -v busybox) sh"; do
		script one "$shell" 'onlyonectl hold job || exit 9' \
			'[ "$(onlyonectl pid job)" = $$ ] || exit 8' 'exit 7'
		run -7 ./one
	done
}

@test "hold: nothing is left in the shell, no descriptor and no variable" {
	script look /bin/sh 'ls /proc/$$/fd >before; set >set-before' \
		'onlyonectl hold job || exit' 'ls /proc/$$/fd >after' \
		'set >set-after; grep -q libonlyone /proc/$$/maps && exit 9; exit 0'
	./look 3>&-
	diff before after
	diff set-before set-after
}

@test "hold: a child in the background of the shell does not keep it" {
	script leave /bin/sh 'onlyonectl hold job || exit' \
		'(while :; do sleep 300; done) >/dev/null 2>&1 &' 'echo $!'
	./leave >child 3>&-
	alive "$(cat child)"
	wait_until 'the slot is free' 5 count_is job 0
}

@test "hold: of forty at once one has it, the others 75; the next gets it" {
	local i
	script race /bin/sh 'onlyonectl hold job 2>/dev/null' 'echo $? >>codes' \
		'until [ -e go ]; do sleep 0.05; done'
	for i in {1..40}; do
		begin ./race
	done
	all_told() { [ "$(wc -l <codes)" = 40 ]; }
	wait_until 'all have an answer' "$PATIENCE" all_told
	assert_equal "$(sort codes | uniq -c | tr -s ' \n' ' ')" ' 1 0 39 75 '
	kill -KILL "$(ctl pid job)"
	wait_until 'the slot is free' "$PATIENCE" no_slots
	holder
	: >go
}

@test "hold: -w and --wait wait in line, and give up with 75" {
	local first
	holder
	first=$BEGUN
	run -75 ctl hold -w 0.3 job
	script later /bin/sh 'onlyonectl hold --wait job || exit' ': >later-has' \
		'until [ -e go ]; do sleep 0.05; done'
	begin ./later
	kill -KILL "$first"
	wait_until 'the one that waited has it' "$PATIENCE" test -e later-has
	assert_equal "$(ctl pid job)" "$BEGUN"
	: >go
	ends "$BEGUN" 0
	wait_until 'the slot is free' "$PATIENCE" no_slots
}

@test "hold: it excludes and is excluded by launches of that name" {
	begin_guest onlyone -a job "$GUESTS/guest"
	run -75 ctl hold job
	kill -KILL "$BEGUN"
	wait_until 'the slot is free' "$PATIENCE" no_slots
	holder
	run -75 launch -n -a job "$GUESTS/guest"
}

@test "hold: keys, one holder each" {
	script keyed /bin/sh 'onlyonectl hold job one && onlyonectl hold job two' \
		'onlyonectl list job --json | jq -c "map(.key) | sort"'
	run ./keyed
	assert_output '["one","two"]'
}

@test "hold: --self is what onlyone SCRIPT would be, by any spelling" {
	script self /bin/sh 'onlyonectl hold --self || exit' ': >held' \
		'until [ -e go ]; do sleep 0.05; done'
	begin ./self
	wait_until 'it is held' "$PATIENCE" test -e held
	run launch --skip ./self
	assert_success
	run -75 sh self
	run -75 bash "$PWD/self"
	run -64 bash -c 'onlyonectl hold --self; exit $?'
	: >go
}

@test "hold: a name with a slash is that path, canonical" {
	mkdir sub
	ln -s sub link
	script path /bin/sh 'onlyonectl hold link/../link/job || exit' \
		'onlyonectl list --json | jq -r ".[].app"'
	run ./path
	assert_output "$PWD/sub/job"
}

@test "hold: --owner names another process; a malformed one is 64, none is 3" {
	begin sleep 300
	run ctl hold --owner="$BEGUN" job
	assert_success
	assert_equal "$(ctl pid job)" "$BEGUN"
	run -75 ctl hold --owner="$$" job
	run -64 ctl hold --owner=x job
	run -64 ctl hold --owner=0 job
	sh -c 'echo $$' >over
	run -3 ctl hold --owner="$(cat over)" other
}

@test "hold: usage: no name, --wait where it takes a time, foreign options" {
	run -64 ctl hold
	run -64 ctl stop --wait job
	run -64 ctl list --owner=1
	run -64 ctl hold --pid=1 job
	untouched
}

@test "release: frees it early, and only to its holder" {
	script early /bin/sh 'onlyonectl hold job && onlyonectl release job' \
		'onlyonectl count job; onlyonectl release job; echo $?'
	run ./early
	assert_output --regexp $'^0\nonlyonectl: job is not running\n3$'
	holder
	run -77 ctl release job
	assert_output --partial "held by pid $BEGUN"
	run ctl release --owner="$BEGUN" job
	assert_success
	alive "$BEGUN"
	no_slots
}

@test "adopt: a process that runs is the instance of that command" {
	begin sleep 300
	run ctl adopt sleep --pid="$BEGUN"
	assert_success
	run -75 launch -n sleep 1
	assert_output --partial "(pid $BEGUN"
	kill -KILL "$BEGUN"
	wait_until 'the slot is free' "$PATIENCE" no_slots
}

@test "adopt: into a taken slot is 75, of none 3, malformed or missing 64" {
	holder
	begin sleep 300
	run -75 ctl adopt job --pid="$BEGUN"
	sh -c 'echo $$' >over
	run -3 ctl adopt other --pid="$(cat over)"
	run -64 ctl adopt other --pid=12x
	run -64 ctl adopt other
}

# of_user PID UID
of_user() {
	[ "$(stat -c %u "/proc/$1")" = "$2" ]
}

@test "adopt: another user's process is 77" {
	local pid=1
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=1000 --regid=1000 --clear-groups sleep 300 3>&- &
		pid=$!
		STARTED+=("$pid")
		wait_until 'it is of that user' "$PATIENCE" of_user "$pid" 1000
	fi
	run -77 ctl adopt job --pid="$pid"
	run -77 ctl hold --owner="$pid" job
	no_slots
}

@test "hold: its keeper killed, the next launch finds the shell" {
	local keeper
	holder
	keeper=$(keeper_of job)
	kill -KILL "$keeper"
	ended "$keeper"
	run -75 ctl hold job
	assert_equal "$(ctl pid job)" "$BEGUN"
}
