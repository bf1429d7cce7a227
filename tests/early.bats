#!/usr/bin/env bats
# as: user (no right is asked for)
# early.bats: a plain launch does without libc's start, and nobody can tell.
#
# libc's start is seen by its first request to the system (set_tid_address).
# Some files of the tests are run once more with it first (tests/run, late).
load lib/common

# libc_starts: how often libc was started, up to the program.
libc_starts() {
	sed '2,/^execve(/!d' trace | grep -c '^set_tid_address' || true
}

# traced ARG...: a launch, its system calls in trace.
traced() { run timeout -k 5 $LIMIT strace -o trace "$ONLYONE" "$@"; }
ONLYONE=onlyone

# bats test_tags=check
@test "second: with plain options libc is never started" {
	local case turn=0
	local -a options
	for case in '' '-a name' '--app=name' -n --skip --if-running=skip -q \
		'-k {1}' '-k const' '-k {env:HOME} -k {cwd}' '--key {path:1}' \
		-d '--on-act=:' '--on-activate true' --signal=WINCH \
		'--signal SIGwinch' '-qa name -k{1} --sig=winch'; do
		read -ra options <<<"$case"
		turn=$((turn + 1))
		begin_guest onlyone "${options[@]}" "$GUESTS/guest" "doc$turn"
		traced "${options[@]}" "$GUESTS/guest" "doc$turn"
		if [[ $case == -n ]]; then
			assert_failure 75
		else
			assert_success
		fi
		assert_equal "$case: $(libc_starts)" "$case: 0"
		assert_equal "$(constructors)" "$turn"
		frees killed "$BEGUN"
	done
}

@test "first: with plain options libc is not started before the program" {
	local -a options
	for case in '' '-a name' --skip '-k {1}' '--on-activate=:' \
		--signal=WINCH --lifetime=main; do
		read -ra options <<<"$case"
		traced "${options[@]}" "$GUESTS/guest" exit 3
		assert_failure 3
		freed
		assert_equal "$case: $(libc_starts)" "$case: 0"
	done
}

@test "others: libc is started once, in the middle of the launch" {
	local -a words
	begin_guest onlyone "$GUESTS/guest"
	for case in '0 --help' '0 --key-cmd=echo G' '0 -j 2 -v G exit 0' \
		'0 --version'; do
		read -ra words <<<"${case//G/$GUESTS/guest}"
		traced "${words[@]:1}"
		assert_equal "$case: $status" "$case: ${words[0]}"
		assert_equal "$case: $(libc_starts)" "$case: 1"
	done
	GLIBC_TUNABLES=glibc.malloc.check=0 traced "$GUESTS/guest"
	assert_equal "$(sed -n '2,/^set_tid/p' trace | grep -c '^poll')" 0
}

# at_each LEAST COMMAND...: a launch of the build with test points in COMMAND, with
# libc started at its first call of the system, at its second, and so on, until it
# makes none so late; that are more than LEAST.
at_each() {
	local turn ONLYONE=$BUILD/points/onlyone least=$1
	for turn in {1..150}; do
		ONLYONE_TEST_TURN=$turn "${@:2}"
		[ "$(libc_starts)" = 1 ] || break
	done
	assert_equal "$(libc_starts)" 0
	[ "$turn" -gt "$least" ] || fail "no more than $turn calls"
}

@test "turns: wherever libc is started, one program runs, and ends as ever" {
	local begun=0
	# The folder is gone before the next one.
	one() {
		begun=$((begun + 1))
		frees traced -k '{1}' "$GUESTS/guest" exit 3
		assert_failure 3
		assert_equal "$(constructors)" "$begun"
	}
	at_each 60 one
}

@test "turns: wherever libc is started, arguments are handed over once" {
	local sent=0
	with_handler 'echo "$@" >>handed; exit 4'
	one() {
		sent=$((sent + 1))
		traced "$GUESTS/guest" "$sent"
		assert_failure 4
		assert_equal "$(tail -n 1 handed)" "$sent"
	}
	at_each 20 one
	assert_equal "$(cat handed)" "$(seq $sent)"
	assert_equal "$(constructors)" 1
}

# bats test_tags=check
@test "rules: whether there are any is asked twice, and libc is not started for that" {
	traced -n "$GUESTS/guest" exit 3
	assert_failure 3
	freed
	assert_equal "$(grep -c '/onlyone", F_OK' trace)" 2
	run ! grep -E 'set_tid_address.*' <(sed '2,/^execve(/!d' trace)
	# For a shell line, and where there is no home, less than that.
	HOME='' traced -n "$GUESTS/guest" exit 3
	assert_equal "$(grep -c '/onlyone", F_OK' trace)" 1
	traced -n -c 'exit 3'
	run ! grep '/onlyone", F_OK' trace
}

# reasons PART FILE: those of tests/bench/calls.txt, for a trace.
reasons() {
	"$BATS_TEST_DIRNAME/bench/reasons" "$BATS_TEST_DIRNAME/bench/calls.txt" \
		"$@"
}

@test "calls: each that a launch makes has its reason, and is made" {
	timeout -k 5 $LIMIT strace -ff -qq -s 48 -o first onlyone "$GUEST" exit 0
	run -0 reasons first "$(grep -l '^execve(' first.*)"
	assert_line --regexp '^ *[5-9][0-9]  execve +the program$'
	run -0 reasons helper "$(grep -l '^clone(.*SIGCHLD' first.*)"
	frees run -0 reasons keeper "$(grep -l '^setsid(' first.*)"
	begin_guest onlyone "$GUESTS/guest"
	timeout -k 5 $LIMIT strace -qq -s 48 -o second onlyone "$GUESTS/guest" word
	run -0 reasons second second
	assert_line --regexp '^ *[23][0-9]  exit_group +the end$'
	timeout -k 5 $LIMIT strace -qq -s 48 -o busy onlyone -n "$GUESTS/guest" ||
		assert_equal "$?" 75
	run -0 reasons busy busy
	# It sees one more, and one that is no more.
	sed '/^connect(/i getppid() = 1' second >more
	run ! reasons second more
	assert_line --regexp '^! [0-9]+  getppid\(\) = 1$'
	sed '/^connect(/d' second >less
	run ! reasons second less
	assert_line '! not made: connect sock'
	killed "$BEGUN"
}

@test "aarch64: the entry, what comes before libc, and a door" {
	local own='early bytes' f flags='-std=c11 -D_GNU_SOURCE -I. -O2 -Wall'
	flags+=' -include cli/core/early/errno.h -mbranch-protection=standard'
	cd "$BATS_TEST_DIRNAME/.."
	mkdir -p "$BATS_TEST_TMPDIR/cli/core/early"
	printf 'DOOR(%s)\n' malloc printf \
		>"$BATS_TEST_TMPDIR/cli/core/early/doors.h"
	for f in $own; do
		clang --target=aarch64-linux-gnu $flags -I"$BATS_TEST_TMPDIR" \
			-ffreestanding -c -o "$BATS_TEST_TMPDIR/$f.o" \
			"cli/core/early/$f.c"
	done
	clang --target=aarch64-linux-gnu $flags -fstack-protector-all -static \
		-Wl,-e,early_start,--wrap=main,--wrap=malloc,--wrap=printf \
		-o "$BATS_TEST_TMPDIR/other" tests/early/other.c \
		"$BATS_TEST_TMPDIR"/{early,bytes}.o
	cd "$BATS_TEST_TMPDIR"
	export HOME=/
	prints -0 early qemu-aarch64 ./other
	run -0 qemu-aarch64 ./other one two
	assert_output 'early
late one 3 8 2.5 abc'
}
