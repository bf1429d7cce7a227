# as: user (needs no rights)
# early.bats: a plain launch does without libc's start, and no one can tell.
#
# libc's start shows in its first system call (set_tid_address).  Some test files are
# run once more with libc started first (tests/run, late).
load lib/common

# libc_starts: how often libc was started, up to the program.
libc_starts() {
	sed '2,/^execve(/!d' trace | grep -c '^set_tid_address' || true
}

# traced ARG...: a launch, its system calls in trace.
traced() { run timeout -k 5 $LIMIT strace -o trace "$ONLYONE" "$@"; }
ONLYONE=onlyone

# starts N STATUS ARG...: a launch ends so, and has started libc N times.
starts() {
	traced "${@:3}"
	assert_equal "${*:3}: $(libc_starts) $status" "${*:3}: $1 $2"
}

@test "plain: two launches never start libc before the program; others once, in the middle" {
	while read -ra words; do
		starts 0 3 "${words[@]}" "$GUESTS/guest" exit 3
		freed
		begin_guest onlyone "${words[@]}" "$GUESTS/guest" doc
		starts 0 0 "${words[@]}" "$GUESTS/guest" doc
		frees killed "$BEGUN"
	done <<-'END'

		-a name
		--skip
		-k {env:HOME} --signal=WINCH
		--on-activate=:
		-qa name --sig=winch
		--lifetime=main
	END
	starts 1 0 --help
	starts 1 3 -j 2 -v "$GUESTS/guest" exit 3
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

@test "turns: wherever libc is started, one program runs, and arguments are handed over once" {
	local n=0
	# The folder is gone before the next one.
	first() {
		n=$((n + 1))
		frees traced -k '{1}' "$GUESTS/guest" exit 3
		assert_failure 3
		assert_equal "$(constructors)" "$n"
	}
	second() {
		n=$((n + 1))
		traced "$GUESTS/guest" "$n"
		assert_failure 4
		assert_equal "$(tail -n 1 handed)" "$n"
	}
	at_each 60 first
	n=0
	with_handler 'echo "$@" >>handed; exit 4'
	at_each 20 second
	assert_equal "$(<handed)" "$(seq $n)"
}

@test "aarch64: the entry, what comes before libc, and a door" {
	local flags='-std=c11 -D_GNU_SOURCE -I. -O2 -Wall -mbranch-protection=standard'
	local f out=$BATS_TEST_TMPDIR
	flags+=' --target=aarch64-linux-gnu -include cli/core/early/errno.h'
	cd "$BATS_TEST_DIRNAME/.."
	mkdir -p "$out/cli/core/early"
	printf 'DOOR(%s)\n' malloc printf >"$out/cli/core/early/doors.h"
	for f in early bytes; do
		clang $flags -I"$out" -ffreestanding -c -o "$out/$f.o" "cli/core/early/$f.c"
	done
	clang $flags -fstack-protector-all -static \
		-Wl,-e,early_start,--wrap=main,--wrap=malloc,--wrap=printf \
		-o "$out/other" tests/early/other.c "$out"/{early,bytes}.o
	cd "$out"
	export HOME=/
	prints -0 early qemu-aarch64 ./other
	prints -0 $'early\nlate one 3 8 2.5 abc' qemu-aarch64 ./other one two
}
