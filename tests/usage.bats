#!/usr/bin/env bats
# as: user (words alone)
# usage.bats: a command line that cannot be, and a command that cannot run.
#
# 64, 126 and 127: one line that begins with "onlyone: " and names what it is
# about, a hint for usage errors, and nothing left behind.
load lib/common

# wrong PATTERN ARG...: 64, said in one line that matches, nothing touched.
wrong() {
	local pattern=$1
	shift
	run -64 --separate-stderr launch "$@"
	assert_output ''
	[[ ${stderr_lines[0]} == onlyone:* ]] || fail "says: $stderr"
	[[ ${stderr_lines[0]} == *$pattern* ]] || fail "says: $stderr"
	[ "${#stderr_lines[@]}" -le 2 ] || fail "says too much: $stderr"
	untouched
}

# usage PATTERN ARG...: wrong, and there is a hint.
usage() {
	wrong "$@"
	[[ $stderr == *--help* ]] || fail "no hint: $stderr"
}

# bats test_tags=check
@test "usage: an unknown option, one without its value or with one too many, a bad word, no command: 64" {
	while IFS='|' read -r pattern line; do
		echo "$line" >&2
		eval "usage \"\$pattern\" $line"
	done <<-'END'
		--unknown|--unknown true
		Z|-Z true
		--unknown|-q --unknown=3 true
		command|
		command|-n
		command|--app=x --
		|-c
		app|--app
		E|-E
		on-activate|--on-activate
		signal|--signal
		skip|--skip=1 true
		must-deliver|--must-deliver=yes true
		sometimes|--if-running=sometimes true
		planet|--scope=planet true
		forever|--lifetime=forever true
		maybe|--on-error=maybe true
		NOSUCH|--signal=NOSUCH true
		|--signal= true
	END
	for bad in 300 256 -1 1x x '' ' 1' 1.5 0x10 99999999999999999999 +1; do
		usage "${bad:-E}" -E "$bad" true
	done
	wrong --app --app= true
}

# bats test_tags=check
@test "usage: two different policies are 64, the same twice is not" {
	wrong fail -n --skip true
	wrong fail --if-running=activate -n true
	wrong skip --skip --if-running=fail true
	run -4 launch -n --if-running=fail -n "$GUESTS/guest" exit 4
	run -4 launch --skip --if-running=skip "$GUESTS/guest" exit 4
}

# bats test_tags=check
@test "exec: a command that is not found is 127, and nothing is left" {
	run -127 --separate-stderr launch no-such-command-anywhere
	says no-such-command-anywhere
	run -127 --separate-stderr launch ./missing
	says ./missing
	run -127 --separate-stderr launch /nonexistent/dir/prog
	says /nonexistent/dir/prog
	run -127 --separate-stderr launch ''
	untouched
}

# bats test_tags=check
@test "exec: a command that cannot be executed is 126, and nothing is left" {
	: >plain
	chmod 644 plain
	run -126 --separate-stderr launch ./plain
	says ./plain
	run -126 --separate-stderr launch "$PWD"
	says "$PWD"
	run --separate-stderr launch ./plain/below
	[ "$status" = 126 ] || [ "$status" = 127 ]
	says ./plain/below
	untouched
}

# bats test_tags=check
@test "exec: on PATH as execvp finds it: what cannot be executed is passed over" {
	mkdir a b
	: >a/tool
	printf '#!/bin/sh\nexit 21\n' >b/tool
	chmod 644 a/tool
	chmod 755 b/tool
	PATH=$PWD/a:$PWD/b:$PATH run -21 launch tool
	freed
	PATH=$PWD/a:$PATH run --separate-stderr launch tool
	assert_equal "$status" 126
	untouched
}

# bats test_tags=check
@test "exec: a script without #! is run by sh, as execvp does" {
	echo 'exit 22' >plain
	chmod 755 plain
	run -22 launch ./plain
}

@test "exec: a script whose interpreter is missing is told, and nothing is left" {
	printf '#!/nonexistent/interpreter\n' >broken
	chmod 755 broken
	run -126 --separate-stderr launch ./broken
	says broken
	freed
}

@test "exec: a file that no kernel loads is told, and nothing is left" {
	printf '\177ELFbroken' >broken
	chmod 755 broken
	run -127 launch ./broken
	[ -n "$output" ]
	freed
}

# bats test_tags=check
@test "version and help are 0, on standard output" {
	run -0 --separate-stderr launch --version
	assert_output --regexp '^onlyone [0-9]+\.[0-9]+'
	assert_equal "$stderr" ''
	run -0 --separate-stderr launch --help
	assert_equal "$stderr" ''
	run -0 --separate-stderr ctl --version
	run -0 --separate-stderr ctl --help
}

@test "help, version, dry-run: to a closed or full output is an error, not success" {
	for command in 'onlyone --help' 'onlyone --help=all' 'onlyone --version' \
		'onlyone --dry-run true' 'onlyone --dry-run -j 3 true' \
		'onlyone --dry-run -d cat one two' 'onlyone --dry-run -d cat' \
		'onlyonectl --help' 'onlyonectl --version' 'onlyonectl help list' \
		'onlyonectl list --json' 'onlyonectl doctor' \
		'onlyone-cluster --version'; do
		[ -x "$BUILD/${command%% *}" ] || continue # built without it
		for where in '>&-' '>/dev/full'; do
			run timeout $LIMIT bash -c "$BUILD/$command $where"
			[ "$status" = 71 ] || [ "$status" = 1 ] ||
				fail "$command $where: $status"
			[[ $output == *'cannot write to standard output: '* ||
				$command == onlyone-cluster* ]] ||
				fail "$command $where: $output"
		done
	done
	# Where it is told on standard error, that is no error.
	run -5 timeout $LIMIT bash -c "onlyone --explain sh -c 'exit 5' >&-"
}

# bats test_tags=check
@test "names: an option's long and short forms are one" {
	run -3 launch -a name -q "$GUESTS/guest" exit 3
	run -3 launch -aname "$GUESTS/guest" exit 3
	run -3 launch -qE9 "$GUESTS/guest" exit 3
	run launch --must-del "$GUESTS/guest" exit 3
	[ "$status" = 3 ] || [ "$status" = 64 ]
}

# bats test_tags=check
@test "help: of both fits 80 columns, and without all of it 40 lines" {
	prints '' awk 'length > 80' <(launch --help) <(ctl --help) <(launch \
		--help=all) <(ctl --help=all)
	local lines
	for lines in "$(launch --help | wc -l)" "$(ctl --help | wc -l)"; do
		[ "$lines" -gt 20 ] && [ "$lines" -le 40 ] || fail "$lines lines"
	done
}

@test "help: six options are told first, and the others by name, each once" {
	launch --help >short
	sed '1,/^Needed first:$/d; /^$/,$d' short >first
	[ "$(grep -c '^ *-' first)" = 6 ]
	# What each of these means stands there as in all of it.
	launch --help=all >all
	local line
	while IFS= read -r line; do
		grep -qxF -- "$line" all || fail "$line"
	done <first
	diff <(grep '^ *-' all | grep -oE '^ +(-[a-zA-Z])?(, )?(--[a-z-]+)?' |
		tr -d ' ' | sort) <({
			grep -oE '^ +(-[a-zA-Z])?(, )?(--[a-z-]+)?' first
			sed -n '/^Which instance:/,/^$/s/^  //p' short |
				tr ';' '\n'
		} | tr -d ' ' | grep . | sort)
	# In the same groups.
	diff <(grep -E '^[A-Z].*:$' all | grep -v Usage) \
		<(grep -E '^[A-Z].*:$' short | grep -v 'Needed first')
}

@test "help: --help takes all, or nothing" {
	usage "'some' is not all" --help=some
	prints -64 --partial "'some' is not all" ctl --help=some
	# The letter takes none.
	diff <(launch -h) <(launch --help)
	diff <(launch -qh true) <(launch --help)
	diff <(ctl -h) <(ctl --help)
}

# bats test_tags=check
@test "help: of a verb has its options; an option of others is 64, and says whose" {
	for line in 'stop --help' '--help stop x' 'stop x -h --json' '-h -- stop'; do
		diff <(ctl $line) <(ctl help stop) || fail "$line"
	done
	ctl enable --link --help | grep -q '^  *--link '
	prints -64 'onlyonectl: stop does not take --owner: it is for hold, release; see onlyonectl stop --help' \
		ctl stop --owner=1 x
}
