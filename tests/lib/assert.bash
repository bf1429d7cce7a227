# assert.bash: assertions about values, and about the last `run`.
#
# The names are those of bats-assert.  A failed one ends the test, and prints the actual
# value.
# shellcheck shell=bash disable=SC2154

# fail WORDS
fail() {
	printf '%s\n' "$*" >&2
	return 1
}

# assert COMMAND...: it succeeds; refute COMMAND...: it fails.
assert() { "$@" || fail "fails: $*"; }

refute() { ! "$@" || fail "succeeds: $*"; }

# assert_equal ACTUAL EXPECTED
assert_equal() { [ "$1" = "$2" ] || fail "expected: $2"$'\n'"but it is: $1"; }

assert_success() { [ "$status" = 0 ] || fail "status $status: $output"; }

# assert_failure [STATUS]
assert_failure() {
	[ "$status" != 0 ] && [ "$status" = "${1-$status}" ] ||
		fail "status $status, not ${1-a failure}: $output"
}

# The output, or a line of it: [--index N] [--partial|--regexp] WANT
assert_output() { text_says "$output" "$@" || fail "output: $output"$'\n'"expected: $*"; }

# prints [-STATUS|!] [--partial|--regexp] TEXT COMMAND...: all its output, on either
# stream, is TEXT; and this is its status.  $output, $status and $lines
# are as of `run`.
prints() {
	local status_is=() how=()
	if [[ $1 == -[0-9]* || $1 == ! ]]; then
		status_is=("$1")
		shift
	fi
	if [[ $1 == --partial || $1 == --regexp ]]; then
		how=("$1")
		shift
	fi
	run "${status_is[@]}" "${@:2}"
	assert_output "${how[@]}" "$1"
}

assert_line() { line_says "$@" || fail "output: $output"$'\n'"expected a line: $*"; }

# Not that: [--partial|--regexp] WHAT
refute_output() { says_not text_says "$output" "$@"; }

refute_line() { says_not line_says "$@"; }

says_not() { # COMMAND...: it says no, which is not to fail (2: what expression?).
	local code=0
	"$@" || code=$?
	[ "$code" = 1 ] || fail "output: $output"$'\n'"not expected: ${*: -1}"
}

text_says() { # TEXT [--partial|--regexp] WANT
	case $2 in
	--partial) [[ $1 == *"$3"* ]] ;;
	--regexp) [[ $1 =~ $3 ]] ;;
	*) [ "$1" = "$2" ] ;;
	esac
}

line_says() { # [--index N] [--partial|--regexp] WANT
	local line
	if [ "$1" = --index ]; then
		text_says "${lines[$2]-}" "${@:3}"
		return
	fi
	for line in "${lines[@]}"; do
		text_says "$line" "$@" && return
		[ $? = 1 ] || return 2
	done
	return 1
}

# wants THING...: the test needs them: mount (namespaces with mounts of
# their own), userns, pidns, netns, fuse, trace, reuse (of a process's number),
# entry (in the password file), ids (all numbers of users), x86-64.  If tests/run has
# found that the machine does not give this user such a thing, the test is left out,
# and reported.
wants() {
	local thing
	for thing; do
		[ ! -e "${ONLYONE_TEST_LACKS-}/$thing" ] ||
			skip "$(cat "$ONLYONE_TEST_LACKS/$thing")"
	done
}
