#!/usr/bin/env bats
# as: user (no right is asked for)
# early.bats: a plain launch runs before libc is started, and nobody can tell.
#
# libc's start is seen by its first request to the system (set_tid_address).
# Some files of the tests are run once more with it first (tests/run, late).
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2154
load lib/common

# traced ARG...: a launch, its system calls in trace.
traced() { run timeout -k 5 $LIMIT strace -o trace onlyone "$@"; }

# functions: the names of their sections, whatever part of them it is.
functions() {
	grep -oE '\.text\.[a-zA-Z_][a-zA-Z0-9_.]*' |
		sed -E 's/\.(part|constprop|isra|cold)\..*//; s/\.$//' | sort -u
}

libc_started() { grep -q '^set_tid_address' trace; }

# bats test_tags=check
@test "reach: nothing that comes before libc needs it, or is behind a point of no return" {
	run -0 "$BATS_TEST_DIRNAME/early/reach" "$BUILD/onlyone"
	[[ $output =~ ^([0-9]+)' functions before libc'$ ]]
	[ "${BASH_REMATCH[1]}" -gt 300 ]
	# It sees what does, and follows what it is told to.
	run ! "$BATS_TEST_DIRNAME/early/reach" "$BUILD/onlyone" options_help
	assert_output --partial 'waits for libc: options_help -> '
	run -0 "$BATS_TEST_DIRNAME/early/reach" "$BUILD/onlyone" option_next
}

@test "order: each function that order.ld puts together is one of an object" {
	run -0 comm -23 <(functions <"$BATS_TEST_DIRNAME/../cli/core/early/order.ld") \
		<(find "$BUILD/cli" "$BUILD/preload" -name '*.o' \
			-exec objdump -h {} + | functions)
	assert_output ''
}

@test "second: with plain options libc is never started" {
	local case turn=0
	local -a options
	for case in '' '-a name' '--app=name' -n --skip --if-running=skip -q \
		'-k {1}' '-k const' '-k {env:HOME} -k {cwd}' '--key {path:1}' \
		-d '--on-activate=:' '--on-activate true' --signal=WINCH \
		'--signal SIGwinch' '-q -a name -k {1} --signal=winch'; do
		read -ra options <<<"$case"
		turn=$((turn + 1))
		begin_guest onlyone "${options[@]}" "$GUESTS/guest" "doc$turn"
		traced "${options[@]}" "$GUESTS/guest" "doc$turn"
		if [[ $case == -n ]]; then
			assert_failure 75
		else
			assert_success
		fi
		run ! libc_started
		assert_equal "$(constructors)" "$turn"
		frees killed "$BEGUN"
	done
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

@test "first: with plain options libc is not started before the program" {
	local -a options
	for case in '' '-a name' --skip '-k {1}' '--on-activate=:' \
		--signal=WINCH --lifetime=main; do
		read -ra options <<<"$case"
		traced "${options[@]}" "$GUESTS/guest" exit 3
		assert_failure 3
		freed
		# From our execve to the program's.
		prints --partial 'execve("' sed -n '2,/^execve(/p' trace
		assert_output --partial 'clone('
		refute_output --partial set_tid_address
	done
}

@test "unusual: what is not plain starts as ever, and ends as ever" {
	local -a words
	begin_guest onlyone "$GUESTS/guest"
	for case in '0 --help' '0 --version' '0 --dry-run G' \
		'64 --no-such G' '64' '126 /' '75 -w 0 -v G' \
		'64 -k {1 G' '0 --ski G' '75 -qn G' '0 -j 1 --scope=user -q G' \
		'65 --strict-key -k {1} G'; do
		read -ra words <<<"${case//G/$GUESTS/guest}"
		traced "${words[@]:1}"
		assert_equal "$status" "${words[0]}"
		case $case in
		*-j* | *-w*) ;; # as plain as others
		*) libc_started || fail "$case" ;;
		esac
	done
	assert_equal "$(constructors)" 1
}

@test "unusual: what is said before is said once" {
	begin_guest onlyone "$GUESTS/guest"
	run -0 --separate-stderr launch -k '{1}' "$GUESTS/guest"
	assert_equal "$(grep -c 'cannot make the key' <<<"$stderr")" 1
	run -0 --separate-stderr launch -v "$GUESTS/guest" word
	assert_equal "$(grep -c 'was not run' <<<"$stderr")" 1
}

@test "again: a keeper that says so is asked anew, with libc started" {
	# It answers the first launch so, and is gone for the second.
	begin_guest onlyone "$GUESTS/guest"
	local slot
	slot=$(the_slot)
	frees killed "$BEGUN"
	mkdir -m 700 "$slot"
	begin /usr/bin/python3 -c 'if 1:
		import os, socket, struct, sys
		os.chdir(sys.argv[1])
		s = socket.socket(socket.AF_UNIX)
		s.bind("sock")
		s.listen(5)
		open("ready", "w").close()
		c = s.accept()[0]
		c.recv(65536)
		os.unlink("ready")
		os.unlink("sock")
		c.sendall(b"1one" + struct.pack("=HHI", 1, 68, 0))
		os.rmdir(sys.argv[1])
		c.close()' "$slot"
	wait_until 'it listens' test -e "$slot/ready"
	traced "$GUESTS/guest" exit 7
	assert_equal "$status" 7
	libc_started
	assert_equal "$(constructors)" 2
}

@test "again: what has been waited before libc is not waited once more" {
	begin_guest onlyone "$GUESTS/guest"
	keeper=$(keeper_of guest)
	stopped "$keeper"
	traced "$GUESTS/guest" word
	assert_failure 69
	libc_started
	# No more than the last looks.
	while read -r ms; do
		[ "$ms" -le 200 ] || fail "$ms ms"
	done < <(sed -En '/^set_tid_address/,$s/^poll\(.*, ([0-9]+)\) .*/\1/p' \
		trace)
	kill -CONT "$keeper"
	killed "$BEGUN"
}

@test "descriptors: what was opened before libc is closed, what was given stays" {
	begin_guest onlyone "$GUESTS/guest"
	for fd in 4 5 6 7 8 9; do
		# 5 and 7 are the caller's; at its gate it has a connection.
		run bash -c 'exec 3>&- 4>&- 6>&- 8>&- 9>&- 5>&1 7</dev/null &&
			exec timeout $LIMIT strace -o trace onlyone --join \
			-j 1 readlink /proc/self/fd/"$1"' bash "$fd"
		case $fd in
		5 | 7) assert_success ;;
		*) assert_failure 1 ;;
		esac
		libc_started
	done
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

@test "pages: a launch touches few of its program's" {
	# The least of five: a page that is not in memory costs one more.
	faults() {
		/usr/bin/python3 -c 'if 1:
			import os, sys
			least = 1000
			for i in range(5):
				p = os.posix_spawn(sys.argv[1], sys.argv[1:],
				    os.environ)
				least = min(least, os.wait4(p, 0)[2].ru_minflt)
			print(least)' "$@" 2>/dev/null
	}
	local n
	begin_guest onlyone "$GUESTS/guest"
	n=$(faults "$BUILD/onlyone" -q "$GUESTS/guest")
	echo "a second launch: $n"
	[ "$n" -lt 22 ]
	killed "$BEGUN"
}

@test "aarch64: the entry, what comes before libc, and the way to its start" {
	local cc='clang --target=aarch64-linux-gnu' flags
	flags='-std=c11 -D_GNU_SOURCE -DEARLY -I. -O2 -Wall -Wextra -Werror'
	cd "$BATS_TEST_DIRNAME/.."
	# As the Makefile builds them for that processor.
	make -s CC="$cc" B="$BATS_TEST_TMPDIR" BRANCHES=-mbranch-protection=standard \
		"$BATS_TEST_TMPDIR"/cli/core/early/{early,bytes}.o
	$cc $flags -fstack-protector-strong -static -Wl,-e,early_start \
		-o "$BATS_TEST_TMPDIR/other" tests/early/other.c \
		"$BATS_TEST_TMPDIR"/cli/core/early/{early,bytes}.o
	cd "$BATS_TEST_TMPDIR"
	export HOME=/
	prints -0 early bash -c 'exec qemu-aarch64 ./other 3>&-'
	run -7 bash -c 'exec qemu-aarch64 ./other one two 3>&-'
	assert_output 'early
late 3 closed'
}
