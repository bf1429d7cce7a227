#!/usr/bin/env bats
# as: user (each call fails by strace, whoever makes it)
# scarce.bats: one call of the system that fails, few descriptors, no memory.
#
# strace(1) lets the first, the second … call of a kind fail, until a command
# has none left; with ON=+ all from that one on.  Whichever it was: the answer is
# right, or it is 71, 73 or 69 with one line that says why; never that there is
# none.  Each call has one of the errors in turn.  (Failing calls of launches and
# keepers in any order: sim.)
# shellcheck disable=SC2016,SC2031,SC2086,SC2154
load lib/common

ERRORS=(EMFILE EACCES EIO ENOMEM)
CALLS='openat getdents64 newfstatat fstat read socket connect readlink mmap
	fstatfs pidfd_open access faccessat2'

own_setup() { needs strace strace; }

# tried COMMAND...: it, and $status, $out, $err of it.
tried() {
	status=0
	timeout -k 5 $LIMIT "$@" </dev/null >out 2>err 3>&- || status=$?
	out=$(<out) err=$(<err)
}

# walk CALL CHECK COMMAND...: COMMAND with its first, second … CALL failing;
# each time CHECK, which finds $status, $out, $err and $what.
walk() {
	local call=$1 check=$2 n=0 error hit=1
	shift 2
	while [ "$hit" -gt 0 ]; do
		n=$((n + 1))
		error=${ERRORS[n % ${#ERRORS[@]}]}
		what="$call $n $error: $*"
		tried strace -qq -o trace -e "trace=$call" \
			-e "inject=$call:error=$error:when=$n${ON-}" "$@"
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

# verb CHECK ARG...: onlyonectl, with each kind of call, and with few descriptors.
verb() {
	local check=$1 call
	shift
	TRIED=0
	for call in $CALLS; do walk "$call" "$check" onlyonectl "$@"; done
	[ "$TRIED" -ge 10 ]
	for call in 3 4 5 6 7 8 10; do
		what="ulimit -n $call: $*"
		tried sh -c 'ulimit -n "$0"; exec "$@"' "$call" onlyonectl "$@"
		# What cannot even be started is not ours.
		[[ $status == 12[567] ]] || "$check"
	done
}

@test "scarce: list, whatever fails: who runs, or why it cannot be told; so for an application by a path" {
	ln -s "$GUEST" app
	begin_guest onlyone -a one "$GUEST"
	listed() {
		answers 0
		[ "$status" != 0 ] ||
			assert_equal "$what: $(jq -c '[.[] | [.app, .pid]]' out)" \
				"$what: [[\"one\",$BEGUN]]"
	}
	verb listed list --json
	ON=+ CALLS=newfstatat verb listed list --json
	begin_guest onlyone ./app
	is_pid() { answers 0 "$BEGUN"; }
	ERRORS=(ENOENT EACCES)
	walk getcwd is_pid onlyonectl pid ./app
	ON=+ walk getcwd is_pid onlyonectl pid ./app
	assert_equal "$status" 0
	# A name is one wherever we are.
	run -3 ctl pid none/of/these
}

@test "scarce: what cannot be read: of such a slot each verb says so, and tells others; such a program starts, not followed" {
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

@test "few descriptors: a launch ends as its program does, or is refused, and the slot is free; a daemon is followed" {
	local n how good=0
	for n in 4 6 8 10 12 14 16 17; do
		for how in --lifetime=main '--lifetime=tree --lock-file=lock' daemon; do
			what="ulimit -n $n: $how"
			: >"$GUEST_LOG"
			[ "$how" = daemon ] && set -- "$GUESTS/daemonize" ||
				set -- $how "$GUEST" exit 3
			tried bash -c 'for fd in {3..15}; do eval "exec $fd>&-"; done
				ulimit -n "$0"; exec "$@"' "$n" onlyone -a one "$@"
			case $how:$status in
			daemon:0)
				wait_until "$what: the copy lives" notes copy 1
				wait_until "$what: it is the instance" pid_is one "$(noted copy)"
				killed "$(noted copy)"
				;;&
			daemon:0 | -*:3) good=$((good + 1)) ;;
			*) ((n < 16)) && failed_aloud || fail "$what: $status $err" ;;
			esac
			freed
		done
	done
	[ "$good" -ge 6 ]
}
