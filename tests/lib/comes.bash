# comes.bash: a program comes back when it is launched again: for
# compositor.bash.
# shellcheck shell=bash disable=SC2034,SC2154

load lib/compositor

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
	# It may be large, and slow to start.
	wait_until "the window of $1 has the focus" "$((PATIENCE * 4))" \
		shown_by "$STARTS"
	OWN=$WINDOW
}

# asked_for WHERE: a later launch says that it is raised, though it may not
# answer yet, or, where that takes longer than it waits, that it will be.
asked_for() {
	run -0 --separate-stderr launch -v "${PROGRAM[@]}"
	[[ $stderr == *'): raised'* && $stderr != *'raised=no'* ]] ||
		fail "$1: $stderr"
}

# comes WHERE: and so it is.  (If a slow machine has taken all of the helper's
# time, it is launched again.)
comes() {
	asked_for "$1"
	wait_until "$1: it has the focus" "$((PATIENCE * 2))" shown_or_asked "$1"
}

shown_or_asked() {
	raised_out
	shown_by "$STARTS" || { asked_for "$1" && false; }
}

# comes_back COMMAND...: from wherever it is.
comes_back() {
	program "$@"
	cover
	comes covered
	minimise "$OWN"
	wait_until 'it has lost the focus' refute shown_by "$STARTS"
	comes minimised
	other_workspace
	cover
	comes elsewhere
	cover -f
	comes full-screen
	assert_equal "$(ctl list --json | jq length)" 1
}

# each_program COMMAND...: COMMAND with each program that a line of standard
# input names, begun anew; all that it has started has ended before the next.
each_program() {
	local line program pid before BIRTH=0
	before=" $(offspring | tr '\n' ' ')"
	while read -r line; do
		echo "$line" >&2
		read -ra program <<<"$line"
		"$@" "${program[@]}" </dev/null
		alive "$STARTS" || fail "$line: it has ended"
		for pid in $(offspring); do
			# Its X server is the compositor's.
			[[ $before == *" $pid "* ]] ||
				[ "$(parent_of "$pid")" = "$COMPOSITOR_PID" ] ||
				killed "$pid" 2>/dev/null || :
		done
		freed
	done
}
