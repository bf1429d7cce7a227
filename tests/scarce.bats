#!/usr/bin/env bats
# as: user (each call fails by strace, whoever makes it)
# scarce.bats: what cannot be read, a call of the system that fails, few descriptors.
#
# The answer is right, or it is 71, 73 or 69 with one line that says why; never that
# there is none.  (Failing calls of launches, keepers and verbs in any order: sim.)
# shellcheck disable=SC2016,SC2031,SC2086,SC2154
load lib/common

own_setup() { needs strace strace; }

# tried COMMAND...: it, and $status, $out, $err of it.
tried() {
	status=0
	timeout -k 5 $LIMIT "$@" </dev/null >out 2>err 3>&- || status=$?
	out=$(<out) err=$(<err)
}

# walk CALL CHECK COMMAND...: COMMAND with its first, second … CALL failing by strace,
# until it has none left, with one of ${ERRORS[@]} in turn; each time CHECK, which finds
# $status, $out, $err and $what.
walk() {
	local call=$1 check=$2 n=0 error hit=1
	shift 2
	while [ "$hit" -gt 0 ]; do
		n=$((n + 1))
		error=${ERRORS[n % ${#ERRORS[@]}]}
		what="$call $n $error: $*"
		tried strace -qq -o trace -e "trace=$call" \
			-e "inject=$call:error=$error:when=$n" "$@"
		hit=$(grep -c INJECTED trace) || true
		"$check"
		TRIED=$((TRIED + hit))
	done
}

# failed_aloud: 69, 71 or 73, and a line says why.
failed_aloud() {
	[[ $status =~ ^(69|71|73)$ && $err =~ ^onlyone[^$'\n']*$ ]]
}

# answers STATUS [OUT]: that is the answer, or it failed aloud.
answers() {
	[[ $status = "$1" && ($# = 1 || $out = "${2-}") ]] || failed_aloud ||
		fail "$what: $status, '$out', '$err'"
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

@test "scarce: the key of a document, whatever fails: the same, or 71" {
	mkdir real
	ln -s real link
	key_is() { sed -n 's/^key: *//p' "$1"; }
	same_key() {
		answers 0
		[ "$status" != 0 ] || assert_equal "$what: $(key_is out)" "$what: $want"
	}
	ERRORS=(EIO ENOMEM)
	for options in -d '-k {inode:1}' '-k {cwd}'; do
		want=$(launch --dry-run $options "$GUEST" link/doc | key_is -)
		TRIED=0
		for call in readlink newfstatat getcwd; do
			walk "$call" same_key onlyone --dry-run $options "$GUEST" link/doc
		done
		[ "$TRIED" -ge 3 ]
	done
}

@test "few descriptors: a launch ends as its program does, or is refused; a daemon is followed" {
	local n how good=0
	for n in 4 6 8 10 12 14 16 17; do
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
			*) ((n < 16)) && failed_aloud || fail "$what: $status $err" ;;
			esac
			freed
		done
	done
	[ "$good" -ge 6 ]
}
