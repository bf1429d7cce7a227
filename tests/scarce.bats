#!/usr/bin/env bats
# as: user (each call fails by strace, whoever makes it)
# scarce.bats: one call of the system that fails, or few descriptors.
#
# strace(1) lets the first, the second … call of a kind fail, until a command
# has none left; with ON=+ all from that one on.  Whichever it was: the answer is right, or it is 71, 73 or 69
# with one line that says why; never that there is none.  Each call has one of
# the errors in turn, and all of them with SCARCE_FULL=1.
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2154
load lib/common

ERRORS=(EMFILE EACCES EIO ENOMEM)

own_setup() {
	needs strace strace
	G=$GUESTS/guest
}

# walk CALL CHECK COMMAND...: COMMAND with its first, second … CALL failing;
# each time CHECK, which finds $status, $out, $err and $what.
walk() {
	local call=$1 check=$2 n=0 error errors hit=1
	shift 2
	while [ "$hit" -gt 0 ]; do
		n=$((n + 1))
		errors=("${ERRORS[@]}")
		[ -n "${SCARCE_FULL-}" ] || errors=("${ERRORS[n % ${#ERRORS[@]}]}")
		for error in "${errors[@]}"; do
			what="$call $n $error: $*"
			status=0
			timeout -k 5 $LIMIT strace -qq -o trace -e "trace=$call" \
				-e "inject=$call:error=$error:when=$n${ON-}" \
				"$@" \
				</dev/null >out 2>err 3>&- || status=$?
			hit=$(grep -c INJECTED trace) || true
			out=$(cat out) err=$(cat err)
			"$check"
			TRIED=$((TRIED + hit))
		done
	done
}

# failed_aloud: 69, 71 or 73, and a line says why.
failed_aloud() {
	case $status in
	69 | 71 | 73) [ "$(wc -l <err)" = 1 ] && grep -q '^onlyone' err ;;
	*) false ;;
	esac
}

# answers STATUS [OUT]: that is the answer, or it failed aloud.
answers() {
	if [ "$status" = "$1" ] && { [ $# = 1 ] || [ "$out" = "$2" ]; }; then
		return 0
	fi
	failed_aloud || fail "$what: $status, '$out', '$err'"
}

CALLS='openat getdents64 newfstatat fstat read socket connect readlink mmap
	fstatfs pidfd_open access faccessat2'

# verb CHECK ARG...: onlyonectl, with each kind of call.
verb() {
	local check=$1 call before
	shift
	TRIED=0
	for call in $CALLS; do walk "$call" "$check" onlyonectl "$@"; done
	[ "$TRIED" -ge 10 ]
	# And with few descriptors.
	for call in 3 4 5 6 7 8 9 10; do
		what="ulimit -n $call: $*"
		status=0
		(
			ulimit -n "$call"
			exec timeout -k 5 $LIMIT onlyonectl "$@"
		) </dev/null >out 2>err 3>&- || status=$?
		out=$(cat out) err=$(cat err)
		# What cannot even be started is not ours.
		[ "$status" = 125 ] || [ "$status" = 126 ] ||
			[ "$status" = 127 ] || "$check"
	done
}

@test "scarce: list, whatever fails: who runs, or why it cannot be told" {
	begin_guest onlyone -a one "$G"
	listed() {
		if [ "$status" = 0 ]; then
			[ "$(jq -c '[.[] | [.app, .pid]]' out)" = \
				"[[\"one\",$BEGUN]]" ] || fail "$what: $out"
		else
			failed_aloud || fail "$what: $status, '$err'"
		fi
	}
	verb listed list --json
	ON=+ CALLS=newfstatat verb listed list --json
}

@test "scarce: an application by a path, and nobody knows where we are: never none" {
	ln -s "$G" app
	begin_guest onlyone ./app
	ERRORS=(ENOENT EACCES)
	TRIED=0
	is_pid() { answers 0 "$BEGUN"; }
	for ON in '' +; do
		SCARCE_FULL=1 walk getcwd is_pid onlyonectl pid ./app
	done
	[ "$TRIED" -ge 4 ]
	assert_equal "$status" 0
	# A name is one wherever we are.
	run -3 ctl pid ./none
	run -3 ctl pid none/of/these
}

@test "scarce: a seal, whatever fails: what is sealed is never said to be open" {
	begin_guest onlyone -a one "$G"
	ctl seal one
	sealed() { answers 0; }
	verb sealed is-sealed one
	# By the name of a command: then nothing that runs tells its path.
	ctl seal env
	verb sealed is-sealed env
	unsealed() {
		local is=0
		answers 0
		ctl is-sealed env 2>/dev/null || is=$?
		if [ "$status" = 0 ]; then
			[ "$is" = 1 ] || fail "$what: said to be open"
			ctl seal env
		else
			[ "$is" = 0 ] || fail "$what: open after $status"
		fi
	}
	CALLS='openat getdents64 newfstatat readlink faccessat2' \
		verb unsealed unseal env
}

@test "scarce: to forget, whatever fails its keeper: it is forgotten, or it is said why not" {
	for call in unlinkat statx newfstatat; do
		for n in 1 2 3; do
			begin_guest owner= onlyone -a one "$G"
			begin tracer= strace -qq -o trace -e "trace=$call" -e \
				"inject=$call:error=EIO:when=$n+" \
				-p "$(keeper_of one)"
			wait_until 'the keeper is traced' \
				grep -q 'TracerPid:.*[1-9]' \
				"/proc/$(keeper_of one)/status"
			what="$call $n" status=0
			ctl forget one >out 2>err || status=$?
			kill "$tracer" 2>/dev/null || true
			ended "$tracer"
			out=$(cat out) err=$(cat err)
			answers 0
			assert_equal "$what: $(ctl count one)" \
				"$what: $((status > 0))"
			killed "$owner"
			wait_until 'nothing is left' swept
		done
	done
}

@test "scarce: to disable, whatever fails: the rule is gone, or it is said why not" {
	ERRORS=(EIO ENOMEM)
	rule_gone() {
		answers 0
		[ "$status" != 0 ] || [ ! -e "$HOME/.config/onlyone/rules/app" ] ||
			fail "$what: it is there"
		ctl -q enable app --skip
	}
	ctl -q enable app --skip
	for ON in '' +; do
		CALLS='openat newfstatat unlinkat faccessat2' \
			verb rule_gone disable app
	done
	is_listed() {
		answers 0
		[ "$status" != 0 ] || grep -q '^app  *active' out ||
			fail "$what: $out"
	}
	CALLS='openat newfstatat getdents64 read' verb is_listed rules
}

@test "scarce: a slot that cannot be read among others: those are told, and why it is not all" {
	begin_guest one= onlyone -a one "$G"
	begin_guest onlyone -a two "$G"
	slot=$(ctl list two --json | jq -r '.[0].dir')
	chmod g+w "$slot"
	status=0
	ctl list --json >out 2>err || status=$?
	assert_equal "$status" 73
	grep -q "^onlyonectl: .*$slot" err
	assert_equal "$(jq -c '[.[].pid]' out)" "[$one]"
	# It is none of one's.
	assert_equal "$(ctl count one)" 1
	assert_equal "$(ctl pid one)" "$one"
	for verb in count pid status 'wait -w 0' stop activate; do
		run -73 --separate-stderr ctl $verb two
		[[ $stderr == *"$slot"* ]]
	done
	chmod g-w "$slot"
	assert_equal "$(ctl count two)" 1
}

# key_of OPTION...: the key that a launch would have.
key_of() { launch --dry-run "$@" | sed -n 's/^key: *//p'; }

@test "scarce: the key of a document, whatever fails: the same, or 71" {
	mkdir real
	: >real/doc
	ln -s real link
	same_key() {
		if [ "$status" = 0 ]; then
			assert_equal "$what: $(sed -n 's/^key: *//p' out)" \
				"$what: $want"
		else
			failed_aloud || fail "$what: $status, '$err'"
		fi
	}
	TRIED=0
	for options in '-d' '-k {path:1}' '-k {inode:1}' '-k {cwd}'; do
		want=$(key_of $options "$G" link/doc)
		[[ $want == *[/:]* ]]
		ERRORS=(EIO ENOMEM)
		for call in readlink newfstatat; do
			walk "$call" same_key onlyone --dry-run $options "$G" \
				link/doc
		done
		ERRORS=(EACCES EIO ENOMEM)
		walk getcwd same_key onlyone --dry-run $options "$G" link/doc
	done
	[ "$TRIED" -ge 20 ]
	# What is not there is no fault of the system.
	mkdir away
	cd away
	rmdir ../away
	run -0 launch --dry-run -k '{cwd}' "$G"
	assert_line --regexp '^key: *none'
}

# followed: what was started has gone into the background, and is the instance;
# or it was said that it is not; or nothing was started.
followed() {
	local copy=
	if [ "$status" = 0 ]; then
		wait_until "$what: it is in the background" \
			eval '[ -n "$(noted copy)" ]'
		[ -n "$err" ] ||
			wait_until "$what: it is followed" 5 count_is d 1
	elif [ "$status" != 127 ]; then
		failed_aloud || [ "$status" = 126 ] ||
			fail "$what: $status, '$err'"
	fi
	for copy in $(noted main) $(noted copy); do
		gone "$copy" || killed "$copy"
	done
	: >"$GUEST_LOG"
	wait_until 'nothing is left' swept
}

@test "scarce: a program that was there and cannot be opened is tried again, or it is said" {
	for call in openat statx; do
		for error in ENOENT ENOTDIR EPERM EACCES EBADF; do
			for when in 1 1+; do
				what="$call $error $when"
				status=0
				timeout -k 5 $LIMIT strace -qq -o trace -P \
					"$GUESTS/daemonize" -e "trace=$call" \
					-e "inject=$call:error=$error:when=$when" \
					onlyone -a d "$GUESTS/daemonize" libc \
					</dev/null >out 2>err 3>&- || status=$?
				grep -q INJECTED trace || fail "$what: missed"
				err=$(cat err)
				followed
				[ "$when" = 1+ ] || [ -z "$err" ] ||
					fail "$what: $err"
			done
		done
	done
}

@test "scarce: with --on-error=run it runs, and that is said" {
	for call in preadv readlink; do
		status=0
		timeout -k 5 $LIMIT strace -qq -o trace -e "trace=$call" \
			-e "inject=$call:error=EIO" onlyone \
			--on-error=run -a d "$G" exit 5 2>err || status=$?
		assert_equal "$status" 5
		grep -q 'cannot read .*, so a daemon' err
		grep -q 'nothing keeps a second one' err
	done
}

@test "scarce: no memory as it becomes the program: with --on-error=run it runs all the same" {
	local i many=()
	for i in {1..400}; do many+=("V$i=1"); done
	printf '%s\n' '#!/bin/sh' 'exit 5' >script
	chmod +x script
	for program in "$G exit 5" ./script "sh -c 'exit 5'"; do
		status=0
		# libc is not started then, and has no memory to give.
		eval "env \"\${many[@]}\" timeout -k 5 $LIMIT strace -qq -o trace \
			-e trace=mmap,brk,execve,set_tid_address \
			-e inject=mmap:error=ENOMEM:when=1 \
			onlyone --on-error=run -a d $program" 2>err ||
			status=$?
		assert_equal "$program: $status" "$program: 5"
		assert_equal "$(wc -l <err)" 2
		grep -q 'nothing keeps a second one' err
		run sed -n '2,/^execve/p' trace
		refute_output --partial brk
		refute_output --partial set_tid_address
		wait_until 'nothing is left' swept
	done
}

# bats test_tags=check
@test "scarce: a program that may be executed and not read starts, as one that is not followed" {
	as=() place=$PWD
	if [ "$(id -u)" = 0 ]; then # who may read all
		as=(setpriv --reuid=1000 --regid=1000 --clear-groups)
		place=$(mktemp -d /dev/shm/onlyone-test.XXXXXX)
		chmod 755 "$place"
		chown 1000:1000 "$ONLYONE_DIR"
		: >"$place/log"
		chmod 666 "$place/log"
		export GUEST_LOG=$place/log
	fi
	cp "$G" "$place/unread"
	chmod 0111 "$place/unread"
	run -5 --separate-stderr timeout -k 5 $LIMIT "${as[@]}" onlyone -v \
		"$place/unread" exit 5
	[ "$place" = "$PWD" ] || rm -rf "$place"
	[[ $stderr == *'the program cannot be read'* ]]
}

# runs_or_refused: the launch that has begun.
runs_or_refused() { gone "$BEGUN" || count_is one 1; }

@test "few descriptors: a launch ends as its program does, or is refused, and the slot is free" {
	local n how good=0
	for n in 4 6 8 9 10 11 12 13 14 15 16 17; do
		for how in --lifetime=main --lifetime=daemon --lifetime=tree \
			-W '--lifetime=tree --lock-file=lock'; do
			what="ulimit -n $n: $how"
			status=0
			rm -f go
			# shellcheck disable=SC2086
			begin timeout -k 5 $LIMIT bash -c \
				'for fd in {3..15}; do eval "exec $fd>&-"; done
				ulimit -n "$0"; exec "$@"' \
				"$n" onlyone $how -a one sh -c \
				'until [ -e go ]; do sleep 0.02; done; exit 3' \
				</dev/null >out 2>err
			wait_until "$what: it runs, or has ended" \
				runs_or_refused
			touch go
			wait "$BEGUN" || status=$?
			case $n:$status in
			*:3) good=$((good + 1)) ;;
			1[67]:*) fail "$what: $status $(cat err)" ;;
			*) failed_aloud || fail "$what: $status $(cat err)" ;;
			esac
			freed
		done
	done
	[ "$good" -ge 10 ]
}

@test "few descriptors: a daemon is followed, or its launch refused" {
	for n in 9 10 11 12 13 14 15 16 17; do
		: >"$GUEST_LOG"
		what="ulimit -n $n"
		status=0
		(
			ulimit -n "$n"
			exec timeout -k 5 $LIMIT onlyone -a one "$GUESTS/daemonize"
		) </dev/null >out 2>err 3>&- || status=$?
		if [ "$status" != 0 ]; then
			[ "$n" -lt 16 ] || fail "$what: $status $(cat err)"
			failed_aloud || fail "$what: $status $(cat err)"
			continue
		fi
		wait_until "$what: the copy lives" notes copy 1
		wait_until "$what: the copy is the instance" \
			pid_is one "$(noted copy)"
		frees killed "$(noted copy)"
	done
}
