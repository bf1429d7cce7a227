# comes.bash: a program comes back when it is launched again: for
# compositor.bash.
# shellcheck shell=bash disable=SC2034,SC2154

# shown_by PID: the window that has the focus is of that process, or of one
# that descends from it: $WINDOW is whose.
shown_by() {
	local pid
	WINDOW=$(focused)
	[ -n "$WINDOW" ] && [ "$WINDOW" != 0 ] || return 1
	for ((pid = WINDOW; pid > 1; pid = $(parent_of "$pid"))); do
		[ "$pid" != "$1" ] || return 0
	done
	return 1
}

# program COMMAND...: a first launch of it, until its window has the focus.
program() {
	PROGRAM=("$@")
	quiet_begin program onlyone "$@"
	STARTS=$BEGUN
	wait_until "the window of $1 has the focus" "$PATIENCE" \
		shown_by "$STARTS"
	OWN=$WINDOW
}

# comes WHERE: a later launch says that it is raised, though it may not answer
# yet, or, where that takes longer than it waits, that it will be; and so it is.
comes() {
	picture "${PROGRAM[0]##*/}-$1-before"
	run -0 --separate-stderr launch -v "${PROGRAM[@]}"
	[[ $stderr == *'): raised'* && $stderr != *'raised=no'* ]] ||
		fail "$1: $stderr"
	wait_until "$1: it has the focus" "$PATIENCE" shown_by "$STARTS"
	raised_out
	picture "${PROGRAM[0]##*/}-$1"
}

# comes_back COMMAND...: from wherever it is.
comes_back() {
	program "$@"
	cover
	comes covered
	minimise "$OWN"
	focus_away
	comes minimised
	other_workspace
	cover
	comes elsewhere
	cover -f
	comes full-screen
	assert_equal "$(ctl list --json | jq length)" 1
}

# focus_away: something else has the focus.
focus_away() {
	wait_until 'it has lost the focus' "$PATIENCE" refute shown_by "$STARTS"
}
