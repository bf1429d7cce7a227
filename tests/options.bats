# as: user (needs no rights)
# options.bats: what each option of onlyone does, and bad command lines.
#
# Scopes, lifetimes, what is reported beforehand; 64, 126 and 127: one line that
# begins with "onlyone: " and names its subject, and nothing left behind.  Policies are
# in policies.bats, keys in keys.bats.
# shellcheck disable=SC2016,SC2086,SC2154
load lib/place

# usage PATTERN ARG...: 64, said in a line that matches, with a hint.
usage() {
	run -64 onlyone "${@:2}"
	[[ ${lines[0]} == onlyone:*$1* ]] || fail "${*:2}: $output"
	[ "${#lines[@]}" -le 2 ] || fail "says too much: $output"
	[[ $1 == -[jw] || $output == *--help* ]] || fail "no hint: $output"
}

@test "usage: an unknown option, a value too few or too many, a bad word, no command: 64" {
	while IFS='|' read -r pattern line; do
		echo "$line" >&2
		usage "$pattern" $line
	done <<-'END'
		--unknown|-q --unknown=3 true
		command|-n
		|-c
		app|--app
		skip|--skip=1 true
		skip|-n --skip true
		-w|--skip -w 3 true
		24d|-w 30d true
		s, m, h, d or w;|-w 200ms true
		s, m, h, d or w, above 0|--overdue=0.5x:stop true
		-j|--toggle -j2 true
		sometimes|--scope=sometimes true
		--if-running|--if-running=skip true
		--stop-tree|--stop-tree true
		NOSUCH|--signal=NOSUCH true
		256|-E 256 true
		'some' is not all|--help=some
	END
	run -64 onlyone --app= true
	untouched
}

@test "options: stop at the command, -- or not; long and short forms are one; -c is a shell line" {
	run -5 onlyone -- "$GUEST" exit 5
	run -6 onlyone "$GUEST" -E exit 6
	run -3 onlyone -aname -qE9 "$GUEST" exit 3
	prints -12 'A  B' onlyone -c 'echo "a  b" | tr a-z A-Z; exit 12'
	# The status is the program's, or 128 and the signal that ended it.
	run -137 onlyone "$GUEST" kill 9
	run -255 onlyone "$GUEST" exit 255
	# Of a launch that stays too, where SIGCHLD is ignored.
	run -7 env --ignore-signal=CHLD onlyone -W "$GUEST" exit 7
	freed
}

# bats test_tags=check
@test "exec: not found is 127, not executable 126, as execvp finds it on PATH; nothing is left" {
	mkdir a b
	: >plain
	: >a/tool
	printf '#!/bin/sh\nexit 21\n' >b/tool
	echo 'exit 22' >line
	printf '#!/nonexistent/interpreter\n' >broken
	chmod 755 b/tool line broken
	for missing in no-such-command-anywhere ./missing; do
		run -127 onlyone "$missing"
		[[ $output == onlyone:*"$missing"* ]] || fail "$output"
	done
	run -127 onlyone ''
	for bad in ./plain "$PWD" ./broken; do
		run -126 onlyone "$bad"
		[[ $output == onlyone:*"$bad"* ]] || fail "$output"
	done
	# What cannot be executed is passed over.
	PATH=$PWD/a:$PWD/b:$PATH run -21 launch tool
	PATH=$PWD/a:$PATH run -126 launch tool
	# A script without #! is run by sh.
	run -22 onlyone ./line
	freed
}

# bats test_tags=check
@test "help, version: 0, on standard output, in 80 columns; --help in 24 lines; of a verb, its options" {
	run -0 --separate-stderr onlyone --version
	assert_output --regexp '^onlyone [0-9]+\.[0-9]+'
	assert_equal "$stderr" ''
	run -0 onlyonectl --version
	for command in onlyone onlyonectl; do
		run -0 $command --help
		[ "$(wc -l <<<"$output")" -gt 16 ] && [ "$(wc -l <<<"$output")" -le 24 ]
		prints -0 "$output" $command -h
		run -0 $command --help=all
		for line in "${lines[@]}"; do [ "${#line}" -le 80 ] || fail "$line"; done
	done
	run -0 onlyonectl help stop
	prints -0 "$output" onlyonectl stop x -h --json
	prints -64 --partial 'stop does not take --owner: it is for hold, release; see onlyonectl' \
		onlyonectl stop --owner=1 x
	prints -64 --partial "'some' is not all" onlyonectl --help=some
}

@test "help, version, dry-run, list: to a closed or full output is an error, not success" {
	for command in 'onlyone --help' 'onlyone --help=all' 'onlyone --version' \
		'onlyone --dry-run -j 3 true' 'onlyonectl help list' \
		'onlyonectl list --json' 'onlyonectl doctor'; do
		for where in '>&-' '>/dev/full'; do
			run timeout $LIMIT bash -c "$BUILD/$command $where"
			[ "$status" = 71 ] || [ "$status" = 1 ] ||
				fail "$command $where: $status"
			assert_output --partial 'cannot write to standard output: '
		done
	done
	# A report on standard error is no error.
	run -5 timeout $LIMIT bash -c "onlyone --explain sh -c 'exit 5' >&-"
}

# bats test_tags=check
@test "dry-run: says application, key, slot, policy, and what would be; --explain goes on" {
	guest=$(readlink -f "$GUEST")
	run -0 onlyone --dry-run "$GUEST" a
	assert_line --index 0 "application: $guest (path of the program)"
	assert_line --index 1 'key:         none (a singleton)'
	assert_line 'scope:       user'
	assert_line --regexp "^slot:        $ONLYONE_DIR/guest-"
	assert_line 'if running:  activate'
	assert_line "would:       start $GUEST"
	untouched
	assert_equal "$(onlyone --explain "$GUEST" exit 0 2>said)" ''
	[[ $(<said) == *"$guest"*"slot:        $ONLYONE_DIR"* ]]
	with_handler 'echo ran >>ran'
	prints -0 --partial "activate pid $BEGUN" onlyone --dry-run "$GUEST" a
	[ ! -e ran ]
}

# bats test_tags=check
@test "ONLYONE_DISABLE=1 switches everything off; dry-run runs nothing, nor then" {
	export ONLYONE_DISABLE=1
	begin_guest onlyone "$GUEST"
	ONLYONE_DIR=relative run -6 onlyone -n "$GUEST" exit 6
	no_slots
	# The program has no variable of ours, as if it had been run bare.
	run ! grep -z '^ONLYONE_SLOT=' "/proc/$BEGUN/environ"
	prints -0 --partial 'would:       run it, as without' onlyone --dry-run "$GUEST"
	assert_equal "$(constructors)" 2
}

@test "left: -v and -W say that a script left a daemon, which is not followed" {
	mkfifo daemon
	printf '%s\n' '#!/bin/sh' 'setsid sh -c "echo \$\$ >daemon; exec sleep 300
		" >/dev/null 2>&1 3>&- &' 'read -r pid <daemon' 'echo "$pid"' >script
	printf '#!/bin/sh\nsleep 300 >/dev/null 2>&1 3>&- &\n' >other
	chmod +x script other
	run -0 --separate-stderr launch ./script
	assert_equal "$stderr" ''
	# What an earlier one has left, and what this one has.
	first=$output
	run -0 --separate-stderr launch -v ./script
	[[ $stderr == *"pid $first ("*'does not count'* ]] || fail "$stderr"
	run -0 --separate-stderr launch -W ./script
	[[ $stderr == *"pid $output ("*'does not count'* ]] || fail "$stderr"
	# A job in the background of the same session is usual.
	prints -0 '' launch -W ./other
}

@test "scope: a session, a display has an instance of its own, none too; the user's crosses them" {
	XDG_SESSION_ID=a from --scope=session "$GUEST"
	XDG_SESSION_ID=a DISPLAY=:1 meets --scope=session "$GUEST"
	XDG_SESSION_ID=b differs --scope=session "$GUEST"
	# The kernel's number, where there is one.
	differs --scope=session "$GUEST"
	XDG_SESSION_ID=a differs --scope=display "$GUEST"
	XDG_SESSION_ID=a differs "$GUEST"
	DISPLAY=:0 from --scope=display "$GUEST"
	DISPLAY=:1 differs --scope=display "$GUEST"
	differs "$GUEST"
	from "$GUEST"
	XDG_SESSION_ID=b DISPLAY=:1 meets --scope=user "$GUEST"
}

@test "lifetime: the copy of a program that daemonises itself is not the instance with main, nor ever a subshell, or a worker of what crashed" {
	run -0 launch --lifetime=main "$FORKER" daemon
	wait_until 'the copy runs' notes here 1
	freed
	run -0 launch -c '( sleep 100; true ) >/dev/null 2>&1 & :'
	freed
	begin onlyone "$FORKER" worker kill 6
	ends "$BEGUN" 134
	wait_until 'the worker runs' file_has "$GUEST_LOG" ' worker$'
	freed
}

@test "lifetime: auto: a helper that was forked long before the end is none; with daemon it is" {
	# Longer than all that comes before it, on a slow machine too.
	local copy helper="linger $((2000 * SLOW)) fork setsid"
	launch "$FORKER" $helper >out 2>&1
	wait_until 'the copy runs' notes here 1
	freed
	: >"$GUEST_LOG"
	launch --lifetime=daemon "$FORKER" $helper >out 2>&1
	copy=$(noted here)
	wait_until 'it is the instance' pid_is forker "$copy"
	run -75 launch -n "$FORKER" $helper
	frees kill -KILL "$copy"
}
