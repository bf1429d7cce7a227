#!/usr/bin/env bats
# as: user (what root may read and open is the same here, or said)
# scarce.bats: of what cannot be read, and with few descriptors, the answer is right, or
# it is 71, 73 or 69 with one line that says why; never that there is none.  (Failing
# calls of launches, keepers and verbs in any order: sim.)
# shellcheck disable=SC2016,SC2031,SC2086,SC2154
load lib/common

# tried COMMAND...: it, and $status, $out, $err of it.
tried() {
	status=0
	timeout -k 5 $LIMIT "$@" </dev/null >out 2>err 3>&- || status=$?
	out=$(<out) err=$(<err)
}

@test "scarce: of a slot that cannot be read each verb says so; a program that cannot be read starts" {
	begin_guest one= onlyone -a one "$GUEST"
	begin_guest onlyone -a two "$GUEST"
	slot=$(first_listed dir two)
	chmod g+w "$slot"
	tried onlyonectl list --json
	assert_equal "$status" 73
	[[ $err == "onlyonectl: "*"$slot"* && $out == *"\"pid\": $one,"* ]]
	# It is none of one's.
	prints "$one" ctl pid one
	for verb in count pid 'wait -w 0' stop activate; do
		prints -73 --partial "$slot" ctl $verb two
	done
	chmod g-w "$slot"
	prints 1 ctl count two
	cp "$GUEST" unread
	chmod 0111 unread
	run -5 launch -v ./unread exit 5
	# (Root reads it.)
	[ "$(id -u)" = 0 ] || [[ $output == *'the program cannot be read'* ]]
}

@test "few descriptors: a launch ends as its program does, or is refused; a daemon is followed" {
	good=0
	for n in 4 8 12 14 16 17; do
		for how in --lifetime=main '--lifetime=tree --lock-file=lock' daemon; do
			what="ulimit -n $n: $how"
			: >"$GUEST_LOG"
			[ "$how" = daemon ] && set -- "$GUESTS/forker" daemon ||
				set -- $how "$GUEST" exit 3
			tried bash -c 'for fd in {3..15}; do eval "exec $fd>&-"; done
				ulimit -n "$0"; exec "$@"' "$n" onlyone -a one "$@"
			case $how:$status in
			daemon:0)
				wait_until "$what: the copy lives" notes here 1
				wait_until "$what: it is the instance" pid_is one "$(noted here)"
				killed "$(noted here)"
				;;&
			daemon:0 | -*:3) good=$((good + 1)) ;;
			# 69, 71 or 73, and a line says why.
			*)
				((n < 16)) && [[ $status =~ ^(69|71|73)$ && $err =~ ^onlyone[^$'\n']*$ ]] ||
					fail "$what: $status $err"
				;;
			esac
			freed
		done
	done
	[ "$good" -ge 6 ]
}
