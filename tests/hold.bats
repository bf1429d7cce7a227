# as: user (what root may hold: others.bats)
# hold.bats: a process that is already there becomes the instance.
#
# `onlyonectl hold` in scripts: the shell is the owner until it exits, however it
# does, and contains no code of ours.  The owner is the parent process, and all shells
# agree which one that is in a subshell, in a pipeline, and behind another command.
load lib/script
load lib/line

SHELLS=(/bin/dash /bin/bash /bin/zsh '/bin/busybox sh' /bin/mksh)

# holder: a shell that holds `job`, and stays; $BEGUN is its pid.
holder() {
	mkfifo -m 600 held.pipe
	begin bash -c 'onlyonectl hold job || exit; exec 3>&-; echo >held.pipe
		while :; do read -rt 1000 <>"$0"; done' "$SILENCE"
	read -r <held.pipe
	rm held.pipe
}

# bats test_tags=check
@test "hold, adopt: the shell, or a process that runs, is the instance, for launches and other holders, until it ends, or release frees it, only for its holder; a taken slot is 75, or what -E says, --skip is silent; of no process 3" {
	holder
	prints "$BEGUN" onlyonectl pid job
	# What is there is a shell, and what comes may have no command.
	held="job (pid $BEGUN) is held by: bash -c "
	prints -75 --partial "onlyonectl: $held" onlyonectl hold job
	refute_output --partial 'was not run'
	for how in -n --skip --scope=user; do
		prints --partial "onlyone: $held" onlyone $how -a job true
		assert_output --partial '"true" was not run'
	done
	run -75 onlyonectl hold -w 0.1 job
	run -9 onlyonectl hold -E 9 job
	prints -75 '' onlyonectl hold --skip job
	# Its keeper killed, the next one finds the shell.
	killed "$(keeper_of job)"
	prints -75 --partial "(pid $BEGUN)" onlyonectl hold job
	frees kill -KILL "$BEGUN"
	begin_guest onlyone -a job "$GUEST"
	run -75 onlyonectl hold job
	run -64 onlyonectl hold -E 0 job
	run -64 onlyonectl hold --skip -w 1 job
	ONLYONE_DIR=relative prints -73 --partial 'not an absolute path' \
		onlyonectl hold --skip job
	frees killed "$BEGUN"
	# A process that runs.
	begin sleep 300
	run -0 onlyonectl hold --owner="$BEGUN" job
	assert_equal "$(onlyonectl pid job)" "$BEGUN"
	run -75 onlyonectl adopt job --pid="$$"
	prints -77 --partial "held by pid $BEGUN" onlyonectl release job
	run -0 onlyonectl release --owner="$BEGUN" job
	no_slots
	run -0 onlyonectl adopt sleep --pid="$BEGUN"
	prints -75 --partial "(pid $BEGUN" onlyone -n sleep 1
	frees kill -KILL "$BEGUN"
	# In a script, and in a process behind others.
	script early /bin/sh 'onlyonectl hold job && onlyonectl release job' \
		'onlyonectl count job; onlyonectl release job; echo $?' \
		'onlyonectl hold job && sh -c "if :; then onlyonectl release job; fi; :" | cat' \
		'onlyonectl count job'
	prints $'0\nonlyonectl: job is not running\n3\n0' ./early
	over=$(sh -c 'echo $$')
	run -3 onlyonectl hold --owner="$over" job
	run -3 onlyonectl adopt job --pid="$over"
	for bad in x 0; do
		run -64 onlyonectl hold --owner="$bad" job
		run -64 onlyonectl adopt job --pid="$bad"
	done
	run -64 onlyonectl adopt job
	# Process 1 is root's.
	run -77 onlyonectl adopt job --pid=1
	no_slots
}

@test "hold: twice in a shell is 0, keys have holders of their own; nothing is left in the shell, and no child keeps the slot; --self is what onlyone SCRIPT would be; 64 where no script runs" {
	script look /bin/sh 'ls /proc/$$/fd >before; set >set-before' \
		'onlyonectl hold job || exit' 'ls /proc/$$/fd >after' 'set >set-after' \
		'onlyonectl hold job || exit' \
		'onlyonectl hold job one && onlyonectl hold job two || exit' \
		'onlyonectl list job --json | jq -c "map(.key) | sort"' \
		'(while :; do sleep 300; done) >/dev/null 2>&1 &' \
		'echo $! >child; ! grep libonlyone /proc/$$/maps'
	./look >out 3>&-
	assert_equal "$(<out)" '[null,"one","two"]'
	diff before after
	diff set-before set-after
	alive "$(<child)"
	freed
	script self /bin/sh 'mkdir other; : >other/self' \
		'(cd other && onlyonectl hold --self --owner=$$) || exit' \
		'onlyonectl list --json | jq -r ".[].app"; : >held; read -r _ <gate'
	mkfifo gate
	begin sh self >out
	wait_until 'it is held' test -e held
	prints "$PWD/self" cat out
	# The script is the command, however it is started.
	for line in '0 onlyone --skip ./self' '0 onlyone --skip sh self' \
		"75 onlyone -n $PWD/self" '75 bash self' '75 ./self'; do
		echo "$line" >&2
		run "-${line%% *}" ${line#* }
		refute_output --regexp 'was not run|is held by'
		[[ $line != 0* ]] || assert_output ''
	done
	prints --partial './self other" was not run' onlyone --skip ./self other
	echo >gate
	ends "$BEGUN" 0
	prints -64 --partial '--self: the command line of the owner names no script' \
		perl -e 'exit(system("onlyonectl", "hold", "--self") >> 8)'
	run -64 sh -c 'onlyonectl hold --self; status=$?; ls; exit $status'
	run -64 sh -s <<<'onlyonectl hold --self; exit $?'
	# A name with a slash is that path, absolute, with its links.
	ln -s other link
	script path /bin/sh 'onlyonectl hold link/../link/job || exit' \
		'onlyonectl list --json | jq -r ".[].app"'
	prints "$PWD/link/job" ./path
	freed
}

# waits_for PID: its child, or that of one, asks the keeper.
waits_for() {
	local pid
	for pid in $(pgrep -P "$1") $(pgrep -P "$(pgrep -P "$1")"); do
		polls "$pid" && return
	done
}

@test "hold: --wait waits in line for its shell" {
	holder
	first=$BEGUN
	script later /bin/sh 'onlyonectl hold --wait job && echo $$ >later-has' 'read -r _'
	begin ./later <>"$SILENCE"
	for way in 'onlyonectl hold --wait job || exit; :' \
		'(onlyonectl hold --wait --owner=$$ job; exit); :'; do
		script waits /bin/sh "$way"
		begin ./waits 2>err
		wait_until 'it waits' waits_for "$BEGUN"
		kill -KILL "$BEGUN"
		wait_until 'it waits no more' grep -qx "onlyonectl: process $BEGUN,\
 which was to be the instance of job, has ended" err || fail "$way: $(<err)"
	done
	kill -KILL "$first"
	wait_until 'the one that waited has it' test -s later-has
	assert_equal "$(onlyonectl pid job)" "$(<later-has)"
}

# owner_is WORDS LINE: in a script of $SHELL with that line, where HOLD stands
# for `onlyonectl hold job` and WHO tells who has it, these are the words.
owner_is() {
	local want=$1 line=$2
	line=${line//HOLD/onlyonectl hold job}
	script owner "$SHELL" "$line" './who $$ >>told' \
		'until [ "$(onlyonectl count job)" = 0 ] || \
			[ "$(onlyonectl pid job)" = $$ ]; do sleep 0.02; done' \
		'./who $$ >>told' ': end'
	script who /bin/sh 'pid=$(onlyonectl pid job 2>/dev/null)' \
		'case $pid in "") echo none ;; "$1") echo shell ;; *) echo other ;; esac'
	: >told
	timeout -k 5 $LIMIT ./owner >>told 2>out 3>&- </dev/null ||
		fail "$line: $?: $(<out)"
	[ "$(sort -u told | tr '\n' ' ')" = "$want " ] ||
		fail "$SHELL: $line: $(<told) $(<out)"
	freed
}

@test "hold: in each shell: in a group, behind env, timeout, flock it is the script's, until that ends; a subshell, a pipeline, a job, sh -c with more commands hold for themselves" {
	local SHELL line
	for SHELL in "${SHELLS[@]}"; do
		owner_is shell 'f() { eval "if HOLD >/dev/null; then :; fi"; }; f'
		# A child that keeps running does not keep it.
		owner_is shell 'sleep 300 & HOLD'
		# What a subshell sees while it is there is another; then there is none.
		owner_is 'none other' '(HOLD || exit; ./who $$)'
		owner_is 'none other' '{ HOLD || exit; ./who $$; } | cat'
		owner_is 'none other' 'x=$(HOLD || exit; ./who $$); echo "$x"'
		# What waits for it, and exits with it.
		for line in 'env -u X nice HOLD' '/usr/bin/timeout 9 HOLD' \
			'/usr/bin/flock lock -c "cd / && HOLD"'; do
			owner_is shell "$line"
		done
		owner_is none 'sh -c "HOLD || exit; ls >ran"'
	done
}

@test "hold: for a shell line of a program it is that program, for one with a job in it the line; where that cannot be told it is 64, and --owner names it" {
	export LINE='cd / && exec 2>&1; onlyonectl -v hold job; exit $?'
	prints --partial yes timeout $LIMIT /usr/bin/python3 -c '
import os, subprocess
os.system(os.environ["LINE"])
pid = subprocess.getoutput("onlyonectl pid job")
assert not os.system("onlyonectl release job"), "release"
print("yes" if pid == str(os.getpid()) else pid)'
	prints --regexp 'the process behind sh -c is .*yes' timeout $LIMIT perl -e '
		$said = `$ENV{LINE}`; $pid = `onlyonectl pid job 2>&1`;
		print $said, $pid == $$ ? "yes" : $pid;'
	freed job
	# As in cron.
	script who /bin/sh '[ "$(onlyonectl pid job)" = "$1" ]'
	for line in 'onlyonectl hold --skip job || exit 0; ./who $$; ! ./who 1' \
		'if onlyonectl hold job; then ./who $$; onlyonectl release job; fi'; do
		run -0 /bin/sh -ec "$line"
		freed job
	done
	export GUARD='onlyonectl hold job'
	for line in '$GUARD || exit 64; ls' '(onlyonectl hold job; ls)'; do
		prints -64 --partial 'use --owner=$$ for this shell, or --owner=PID' dash -c "$line; exit 64"
	done
	untouched
	GUARD='onlyonectl hold --owner=$$ job' run -0 dash -c 'eval "$GUARD" && ./who $$'
	freed
}

# as_first COMMAND...: with pids of its own, in which it is process 1.
as_first() {
	timeout -k 5 $LIMIT unshare --user --map-current-user --pid --fork --mount-proc \
		--kill-child "$@"
}

@test "hold: process 1 for a parent, as in ExecStartPre=, or none, is 64 and names --owner" {
	wants mount pidns
	prints -64 "onlyonectl: the parent is process 1, which cannot be\
 the instance; say which process with --owner=PID" \
		as_first sh -c 'onlyonectl hold job; exit $?'
	prints -64 "onlyonectl: process 1 cannot be the instance; say which process\
 with --pid=PID" as_first sh -c 'sh -c "onlyonectl adopt job --pid=1; exit \$?"; exit $?'
	untouched
}
