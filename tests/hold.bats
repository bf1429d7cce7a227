#!/usr/bin/env bats
# hold.bats: a process that is there already becomes the instance.
#
# `onlyonectl hold` in scripts of several shells: the shell is the owner until
# it ends, however it ends, and nothing of ours is in it.  The owner is the
# parent process, and which that is in a subshell, a pipeline, behind another
# command, is the same in all these shells.
load lib/script
load lib/line

SHELLS=(dash bash zsh 'busybox sh' mksh)

# in_each COMMAND...: in a folder of its own for each shell, which is $SHELL.
in_each() {
	local shell words
	for shell in "${SHELLS[@]}"; do
		read -ra words <<<"$shell"
		SHELL="$(command -v "${words[0]}")${words[1]+ ${words[1]}}"
		mkdir "in-${words[0]}"
		cd "in-${words[0]}"
		echo "in $SHELL:"
		"$@"
		cd ..
	done
}

# holder [LINE...]: a shell that holds `job`, and stays; $BEGUN is its pid.
holder() {
	script hold-it /bin/bash 'onlyonectl hold job || exit' "$@" \
		': >held' 'exec 3>&-; while :; do sleep 300 & wait $!; done'
	begin ./hold-it
	wait_until 'it is held' test -e held
	rm held
}

# bats test_tags=check
@test "hold: the shell is the instance, and ends it by ending" {
	holder
	prints "$BEGUN" ctl pid job
	prints -75 --partial "job (pid $BEGUN) is running already: " ctl hold job
	frees kill -KILL "$BEGUN"
}

# bats test_tags=check
@test "hold: again in the same shell is 0" {
	script twice /bin/sh 'onlyonectl hold job && onlyonectl hold job'
	run -0 ./twice
}

# An end of each kind, a child in the background, another one that waits.
story() {
	local first second
	script story "$SHELL" 'onlyonectl hold "$1" job || exit' \
		'sleep 300 </dev/null >/dev/null 2>&1 & echo $! >child' \
		'echo $$ >"has.$2"' ': <gate' 'exit 7'
	[ -p gate ] || mkfifo gate
	begin first= ./story --wait=0 one
	wait_until 'the first one has it' test -s has.one
	assert_equal "$(cat has.one) $(ctl pid job)" "$first $first"
	run -75 ./story --wait=0 none
	assert_output --partial "job (pid $first) is running already: "
	begin second= ./story --wait two
	wait_until 'the second one waits' child_sleeps "$second"
	kill -KILL "$first"
	wait_until 'the second one has it' test -s has.two
	assert_equal "$(ctl pid job)" "$second"
	# It ends by itself; the children that are left hold nothing.
	: >gate
	ends "$second" 7
	alive "$(cat child)"
	freed
	begin ./story --wait=0 three
	wait_until 'the third one has it' test -s has.three
	frees kill -TERM "$BEGUN"
}

# child_sleeps PID: its one child, ours, waits.
child_sleeps() {
	local child
	child=$(pgrep -P "$1" -x onlyonectl) && has_state "$child" S
}

@test "hold: in each shell: held, handed on when it is killed, freed when it ends, not kept by a child" { in_each story; }

# bats test_tags=check
@test "hold: nothing is left in the shell, no descriptor and no variable" {
	script look /bin/sh 'ls /proc/$$/fd >before; set >set-before' \
		'onlyonectl hold job || exit' 'ls /proc/$$/fd >after' \
		'set >set-after; grep -q libonlyone /proc/$$/maps && exit 9; exit 0'
	./look 3>&-
	diff before after
	diff set-before set-after
}

# bats test_tags=check
@test "hold: a child in the background of the shell does not keep it" {
	script leave /bin/sh 'onlyonectl hold job || exit' \
		'(while :; do sleep 300; done) >/dev/null 2>&1 &' 'echo $!'
	./leave >child 3>&-
	alive "$(cat child)"
	freed job
}

# bats test_tags=check
@test "hold: -w and --wait wait in line, and give up with 75" {
	holder
	first=$BEGUN
	run -75 ctl hold -w 0.3 job
	script later /bin/sh 'onlyonectl hold --wait job || exit' ': >later-has' \
		'until [ -e go ]; do sleep 0.05; done'
	begin ./later
	kill -KILL "$first"
	wait_until 'the one that waited has it' test -e later-has
	assert_equal "$(ctl pid job)" "$BEGUN"
	: >go
	frees ends "$BEGUN" 0
}

@test "hold: a shell that is killed while it waits leaves the line, and the slot goes on" {
	printf '%s\n' 'onlyonectl hold --wait job || exit' >here
	printf '%s\n' '(onlyonectl hold --wait --owner=$$ job; exit)' \
		'echo end' >inside
	for way in here inside; do
		holder
		first=$BEGUN
		script later /bin/sh "$(cat "$way")" ': end'
		begin ./later 2>err
		wait_until 'it waits' waiter "$BEGUN"
		pid=$(waiter "$BEGUN")
		lined_up "$pid"
		kill -KILL "$BEGUN"
		wait_until 'it waits no more' gone "$pid"
		grep -qx "onlyonectl: process $BEGUN, which was to be the instance of job,\
 has ended" err
		pid_is job "$first"
		frees kill -KILL "$first"
		run -0 launch -n -a job true
	done
}

# waiter PID: what waits for the shell PID, asleep.
waiter() {
	local pid
	for pid in $(pgrep -x onlyonectl); do
		grep -zqxF "ONLYONE_DIR=$ONLYONE_DIR" "/proc/$pid/environ" &&
			grep -zqxF hold "/proc/$pid/cmdline" &&
			has_state "$pid" S && echo "$pid" && return
	done 2>/dev/null
	return 1
}

# bats test_tags=check
@test "hold: it excludes and is excluded by launches of that name" {
	begin_guest onlyone -a job "$GUESTS/guest"
	run -75 ctl hold job
	frees kill -KILL "$BEGUN"
	holder
	run -75 launch -n -a job "$GUESTS/guest"
}

# bats test_tags=check
@test "hold: keys, one holder each" {
	script keyed /bin/sh 'onlyonectl hold job one && onlyonectl hold job two' \
		'onlyonectl list job --json | jq -c "map(.key) | sort"'
	prints '["one","two"]' ./keyed
}

# bats test_tags=check
@test "hold: --self is what onlyone SCRIPT would be, by any spelling" {
	script self /bin/sh 'onlyonectl hold --self || exit' ': >held' \
		'until [ -e go ]; do sleep 0.05; done'
	begin ./self
	wait_until 'it is held' test -e held
	run -0 launch --skip ./self
	run -75 sh self
	run -75 bash "$PWD/self"
	run -64 bash -c 'onlyonectl hold --self; status=$?; ls; exit $status'
	: >go
}

@test "hold: --self goes by the owner's folder, not by that of onlyonectl" {
	script self /bin/sh 'mkdir other; : >other/self' \
		'(cd other && onlyonectl hold --self --owner=$$) || exit' \
		'onlyonectl list --json | jq -r ".[].app"'
	prints "$PWD/self" sh self
}

@test "hold: --self where the parent runs no script is 64" {
	run -64 perl -e 'exit(system("onlyonectl", "hold", "--self") >> 8)'
	assert_output --partial '--self: the command line of the owner names no script'
	run -64 sh -c 'onlyonectl hold --self; status=$?; ls; exit $status'
	run -64 sh -s <<<'onlyonectl hold --self; exit $?'
	untouched
}

@test "hold: a name with a slash is that path, absolute, with its links" {
	mkdir sub
	ln -s sub link
	script path /bin/sh 'onlyonectl hold link/../link/job || exit' \
		'onlyonectl list --json | jq -r ".[].app"'
	prints "$PWD/link/job" ./path
}

# bats test_tags=check
@test "hold: --owner names another process; a malformed one is 64, none is 3" {
	begin sleep 300
	run -0 ctl hold --owner="$BEGUN" job
	assert_equal "$(ctl pid job)" "$BEGUN"
	run -75 ctl hold --owner="$$" job
	run -64 ctl hold --owner=x job
	run -64 ctl hold --owner=0 job
	sh -c 'echo $$' >over
	run -3 ctl hold --owner="$(cat over)" other
}

# --- who the calling shell is ---------------------------------------------------

# owner_is WORDS LINE: in a script of $SHELL with that line, where HOLD stands
# for `onlyonectl hold job` and WHO tells who has it, these are the words.
owner_is() {
	local want=$1 line=$2
	line=${line//HOLD/onlyonectl hold job}
	script owner "$SHELL" "$line" './who $$ >>told' \
		'until [ "$(onlyonectl count job)" = 0 ] || \
			[ "$(onlyonectl pid job)" = $$ ]; do sleep 0.02; done' \
		'./who $$ >>told' ': end'
	printf '%s\n' '#!/bin/sh' 'pid=$(onlyonectl pid job 2>/dev/null)' \
		'case $pid in "") echo none ;; "$1") echo shell ;;' \
		'*) echo other ;; esac' >who
	chmod +x who
	: >told
	timeout -k 5 $LIMIT ./owner >>told 2>out 3>&- </dev/null ||
		fail "$line: $?: $(cat out)"
	[ "$(sort -u told | tr '\n' ' ')" = "$want " ] ||
		fail "$SHELL: $line: $(cat told out)"
	freed
}

direct() {
	owner_is shell 'HOLD'
	owner_is shell '{ HOLD && :; }'
	owner_is shell 'f() { HOLD || exit; }; f'
	owner_is shell 'if HOLD; then :; fi'
	owner_is shell 'eval "HOLD && :"'
	owner_is shell 'HOLD >/dev/null || exit'
}

@test "hold: in each shell: in a group, a function, a condition, eval, it is the script's shell" { in_each direct; }

# What a subshell sees while it is there is another; then there is none.
apart() {
	owner_is 'none other' '(HOLD || exit; ./who $$)'
	owner_is 'none other' '{ HOLD || exit; ./who $$; } | cat'
	owner_is 'none other' 'x=$(HOLD || exit; ./who $$); echo "$x"'
	owner_is 'none other' '{ HOLD || exit; ./who $$; } & wait'
}

@test "hold: in each shell: a subshell, a pipeline, \$(...), a job in the background hold for themselves, until they end" {
	in_each apart
}

behind() {
	local line
	for line in 'env HOLD' 'nice HOLD' 'nohup HOLD' 'stdbuf -o0 HOLD' \
		'env -u X nice HOLD' 'command HOLD'; do
		owner_is shell "$line"
	done
	# What waits for it, and ends with it.  By path: busybox has a timeout of
	# its own.
	for line in '/usr/bin/timeout 9 HOLD' '/usr/bin/setsid -w HOLD' \
		'/usr/bin/flock lock HOLD' 'sh -c "HOLD || exit"' \
		'/usr/bin/flock lock -c "cd / && HOLD"' \
		'dash -c "sh -c \"HOLD\"; exit"'; do
		owner_is shell "$line"
	done
	owner_is none 'sh -c "HOLD || exit; ls >ran"'
	owner_is none "$SHELL"' -c "HOLD && ls >ran"'
}

@test "hold: in each shell: behind env, timeout, flock, sh -c it is the shell; in sh -c with more commands that one" {
	in_each behind
}

# holds_for LANGUAGE COMMAND...: a script (standard input) of which CALL(LINE)
# gives a line to the shell and its output back, and OWN is its pid: it holds,
# and releases, whatever the line is that does.
holds_for() {
	local line
	cat >job
	for line in 'onlyonectl hold job' 'onlyonectl hold job 2>&1 || exit 1' \
		'cd / && exec 2>&1; onlyonectl hold job; exit $?' \
		'timeout 60 onlyonectl hold job && echo ok'; do
		echo "$1: $line"
		LINE=$line timeout $LIMIT "${@:2}" job >told 3>&-
		assert_equal "$(cat told)" yes
		freed job
	done
}

# bats test_tags=check
@test "hold: for a shell line of a program it is that program: Python's os.system, Perl's backticks" {
	holds_for Python /usr/bin/python3 <<-'X'
		import os, subprocess
		os.system(os.environ["LINE"] + " >&2")
		pid = subprocess.getoutput("onlyonectl pid job")
		again = os.system(os.environ["LINE"] + " >&2")
		assert not os.system("onlyonectl release job"), "release"
		print("yes" if pid == str(os.getpid()) and not again else pid)
	X
	holds_for Perl perl <<-'X'
		`$ENV{LINE}`; $pid = `onlyonectl pid job 2>&1`;
		print $pid == $$ ? "yes" : $pid;
	X
}

# bats test_tags=check
@test "hold: a shell line with a job in it, as in cron, holds for itself until it ends" {
	for line in 'onlyonectl hold --skip job || exit 0; ./who $$; ./held' \
		'onlyonectl hold job && ./who $$ && ./held' \
		'onlyonectl hold job || exit; ./who $$; ./held; onlyonectl release job' \
		'onlyonectl hold job || { echo busy; exit 1; }; ./who $$; ./held' \
		'if onlyonectl hold job; then ./who $$; ./held; fi'; do
		printf '#!/bin/sh\n[ "$(onlyonectl pid job)" = "$1" ]\n' >who
		printf '#!/bin/sh\n! onlyonectl -q hold job\n' >held
		chmod +x who held
		echo "$line"
		run -0 /bin/sh -ec "$line"
		freed job
	done
}

# bats test_tags=check
@test "hold: -v says whom it holds for; what a shell line does then cannot be told: 64, and --owner=\$\$ is the way out" {
	prints --partial 'the process behind sh -c is ' \
		perl -e 'print `onlyonectl -v hold job 2>&1; exit`'
	freed job
	export GUARD='onlyonectl hold job'
	for line in '$GUARD || exit; ls' '(onlyonectl hold job; ls)'; do
		prints -64 --partial 'or --owner=$$ for the shell' \
			dash -c "${line/exit/exit 64}; exit 64"
	done
	untouched
	GUARD='onlyonectl hold --owner=$$ job' \
		run -0 dash -c 'eval "$GUARD" && [ "$(onlyonectl pid job)" = $$ ]'
	freed
}

# as_first COMMAND...: with pids of its own, in which it is process 1.
as_first() {
	local users=()
	[ "$(id -u)" = 0 ] || users=(--user --map-current-user)
	timeout -k 5 $LIMIT unshare "${users[@]}" --pid --fork --mount-proc \
		--kill-child "$@"
}

# bats test_tags=check
@test "hold: process 1 for a parent, as in ExecStartPre=, or none, is 64 and names --owner" {
	wants mount pidns
	run -64 as_first sh -c 'onlyonectl hold job; exit $?'
	assert_output "onlyonectl: the parent is process 1, which cannot be\
 the instance; say which process with --owner=PID"
	prints -64 --partial 'with --owner=PID' as_first onlyonectl hold job
	run -64 as_first sh -c 'onlyonectl hold --self; exit $?'
	# Named, it may be the job that calls; from anywhere else it is not.
	for line in 'hold job --owner=1' 'adopt job --pid=1'; do
		run -64 as_first sh -c 'sh -c "onlyonectl $1; exit \$?"; exit $?' \
			sh "$line"
		assert_output "onlyonectl: process 1 cannot be the instance; say\
 which process with --$(sed 's/.* --//; s/1/PID/' <<<"$line")"
	done
	untouched
	run -0 as_first sh -c 'sleep 300 & onlyonectl hold --owner=$! job
		[ "$(onlyonectl pid job)" = $! ] && kill $! &&
			onlyonectl wait -w 20 job'
	freed
}

# The guard that a script has in cron: not a word where another has it.
skips() {
	script guard "$SHELL" "onlyonectl hold --skip ${*:2} job || exit $1" \
		': >ran' 'onlyonectl hold --skip job && onlyonectl release job'
	holder
	run ./guard
	[ "$status" = "${1:-${3-75}}" ] || fail "status: $status"
	assert_output ''
	[ ! -e ran ]
	frees kill -KILL "$BEGUN"
	prints -0 '' ./guard
	[ -e ran ]
	rm ran
}

@test "hold: in each shell: --skip ends its guard without a word, and is never 0 where another has it" {
	in_each skips 0
	rm -r in-*
	in_each skips ''
	rm -r in-*
	in_each skips '' -E 9
}

@test "hold: -E is the status where another has it, and in vain waited for" {
	holder
	prints -9 --partial 'is running already' ctl hold -E 9 job
	run -9 ctl hold --conflict-exit-code=9 -w 0.1 job
	for code in 0 256 x; do run -64 ctl hold -E "$code" job; done
	run -64 ctl hold --skip -w 1 job
	run -64 ctl hold --skip --wait job
	run -64 ctl release --skip job
}

@test "hold: --skip says whatever else is wrong" {
	ONLYONE_DIR=relative run -73 ctl hold --skip job
	assert_output --partial 'not an absolute path'
}

# bats test_tags=check
@test "release: frees it early, and only to its holder" {
	script early /bin/sh 'onlyonectl hold job && onlyonectl release job' \
		'onlyonectl count job; onlyonectl release job; echo $?'
	prints --regexp $'^0\nonlyonectl: job is not running\n3$' ./early
	holder
	prints -77 --partial "held by pid $BEGUN" ctl release job
	# A process behind others is in it too.
	script behind /bin/sh 'onlyonectl hold other || exit' \
		'sh -c "if :; then onlyonectl release other; fi; :" | cat' \
		'onlyonectl count other'
	prints 0 ./behind
	run -0 ctl release --owner="$BEGUN" job
	alive "$BEGUN"
	no_slots
}

# bats test_tags=check
@test "adopt: a process that runs is the instance of that command" {
	begin sleep 300
	run -0 ctl adopt sleep --pid="$BEGUN"
	prints -75 --partial "(pid $BEGUN" launch -n sleep 1
	frees kill -KILL "$BEGUN"
}

# bats test_tags=check
@test "adopt: into a taken slot is 75, of none 3, malformed or missing 64" {
	holder
	begin sleep 300
	run -75 ctl adopt job --pid="$BEGUN"
	sh -c 'echo $$' >over
	run -3 ctl adopt other --pid="$(cat over)"
	run -64 ctl adopt other --pid=12x
	run -64 ctl adopt other
}

@test "adopt: a zombie, and a thread that is no process, are none: 3" {
	begin /usr/bin/python3 -c 'import os, time
child = os.fork() or os._exit(0); print(child, flush=True)
time.sleep(300)' >zombie
	wait_until 'it has a child' test -s zombie
	zombie=$(cat zombie)
	wait_until 'that is a zombie' has_state "$zombie" Z
	run -3 ctl adopt job --pid="$zombie"
	assert_output "onlyonectl: there is no process $zombie"
	begin /usr/bin/python3 -c 'import threading, time
t = threading.Thread(target=time.sleep, args=(300,)); t.start()
print(t.native_id, flush=True); t.join()' >tid
	wait_until 'it has a thread' test -s tid
	tid=$(cat tid)
	[ -d "/proc/$BEGUN/task/$tid" ]
	run -3 ctl adopt job --pid="$tid"
	untouched
	run -0 ctl adopt job one --pid="$BEGUN"
	run -75 ctl adopt job one --pid="$$"
	run -0 ctl adopt job one --pid="$BEGUN"
	assert_equal "$(ctl pid job one)" "$BEGUN"
}

@test "adopt: its keeper killed, and then its process, is free; nothing with its number is taken for it" {
	begin first= sleep 300
	ctl adopt job --pid="$first"
	keeper=$(keeper_of job)
	killed "$keeper"
	run -75 launch -n -a job true
	wait_until 'it has a keeper' keeper_of job
	killed "$(keeper_of job)"
	ends_by KILL "$first" 137
	# As if another process had been given the number of the first.
	begin sleep 300
	for file in "$ONLYONE_DIR"/job-*/info; do
		sed -i "s/pid=$first/pid=$BEGUN/" "$file"
		grep -qa "pid=$BEGUN" "$file"
	done
	run -0 launch -n -a job true
	alive "$BEGUN"
}

@test "adopt: another user's process is 77" {
	local pid=1
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=1000 --regid=1000 --clear-groups sleep 300 3>&- &
		pid=$!
		STARTED+=("$pid")
		wait_until 'it is of that user' \
			prints 1000 stat -c %u "/proc/$pid"
	fi
	run -77 ctl adopt job --pid="$pid"
	run -77 ctl hold --owner="$pid" job
	no_slots
}

# bats test_tags=check
@test "hold: its keeper killed, the next launch finds the shell" {
	holder
	keeper=$(keeper_of job)
	killed "$keeper"
	run -75 ctl hold job
	assert_equal "$(ctl pid job)" "$BEGUN"
}
