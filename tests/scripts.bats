#!/usr/bin/env bats
# as: user (no right is asked for)
# scripts.bats: what people write in shell scripts, and the line instead.
#
# Of the table IDIOMS in onlyone(7), what is weak; idioms.bats has that of the
# tools.  What is wrong with the old line is shown: the pid in the file is
# another's, a child keeps the descriptor.  The new line is then put to the same.
load lib/script

own_setup() {
	# A name that no other process has.
	APP=oa$$
	cp "$GUESTS/guest" "$APP"
	PATH=$PWD:$PATH
	export APP
	printf '%s\n' '#!/bin/sh' 'echo $$ >>ran; : <gate' >job
	chmod +x job
	mkfifo gate
	: >ran
}

# bats test_tags=check
@test "kill \$(cat pidfile): a stale one ends a stranger; onlyonectl stop app" {
	script old /bin/sh 'echo $$ >pidfile' 'exec $APP'
	begin ./old
	guest_runs "$BEGUN"
	kill "$(cat pidfile)"
	ends "$BEGUN" 143
	# Its number is somebody else's by now.
	begin other= sleep 300
	echo "$other" >pidfile
	kill "$(cat pidfile)"
	ends "$other" 143
	begin_guest onlyone "$APP"
	ctl stop "$APP"
	ends "$BEGUN" 143
	run -3 ctl stop "$APP"
	begin other= sleep 300
	begin_guest onlyone "$APP"
	echo "$other" >"$(the_slot)/pid"
	killed "$(keeper_of "$APP")"
	ends_by KILL "$BEGUN" 137
	run -3 ctl stop "$APP"
	alive "$other"
}

# held_by SCRIPT: it holds its lock, a second one is turned away with 75, and
# has it when the first has ended: 0, unless its child still keeps it.
held_by() {
	local tool=$1 first
	rm -f child has
	begin first= "$tool" </dev/null >>out 2>&1
	wait_until 'it has it' test -e has
	run -75 timeout $LIMIT "$tool"
	exec 7<>gate
	ends "$first" 0
	exec 7<&-
	alive "$(cat child)"
}

# leaky LINE...: a script that leaves a child behind.
leaky() {
	script "$1" /bin/sh "${@:2}" \
		'sleep 300 </dev/null >/dev/null 2>&1 &' \
		'echo $! >child; : >has; : <gate'
}

# bats test_tags=check
@test "( flock -n 200 || exit; ... ) 200>lock: a child keeps descriptor 200; onlyonectl hold and release" {
	# dash knows no descriptors of more than one digit.
	script old /bin/bash '(flock -n 200 || exit 75' \
		'sleep 300 </dev/null >/dev/null 2>&1 &' \
		'echo $! >child; : >has; : <gate) 200>lock'
	held_by ./old
	run -75 timeout $LIMIT ./old
	killed "$(cat child)"
	leaky new 'onlyonectl hold job || exit'
	printf '%s\n' 'onlyonectl release job' >>new
	held_by ./new
	count_is job 0
	held_by ./new
}

@test "flock -n \$0 \$0: a script that is saved anew runs twice, a child keeps it; onlyonectl hold --self" {
	leaky old '[ "$ME" = "$0" ] || exec env ME="$0" flock -n -E 75 "$0" "$0"'
	held_by ./old
	run -75 timeout $LIMIT ./old
	killed "$(cat child)"
	leaky new 'onlyonectl hold --self || exit'
	held_by ./new
	# As an editor saves.
	for name in old new; do
		rm -f has
		begin "./$name" </dev/null >>out 2>&1
		wait_until 'it has it' test -e has
		cp "$name" saved
		mv saved "$name"
		rm has
		if [ "$name" = old ]; then
			begin ./old </dev/null >>out 2>&1
			wait_until 'the second has it too' test -e has
		else
			run -75 timeout $LIMIT ./new
		fi
	done
}
