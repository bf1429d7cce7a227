#!/usr/bin/env bats
# as: user (programs of a desktop run as one)
# run: desktop
# day.bats: a day's use of real programs, launched again and again: after each
# launch that program has a window.  lib/day.py does it, lib/day.rows has them.
load lib/common

own_setup() {
	DAY=$(mktemp -d /tmp/onlyone-day.XXXXXX)
	LITTER+=("$DAY")
}

own_teardown() { ROOTS+=("$DAY"/*/state); }

@test "programs of GTK, Qt, Tk, Swing and none: no launch is lost, on X11" {
	run -0 /usr/bin/python3 \
		"$BATS_TEST_DIRNAME/lib/day.py" "$DAY"
	# Shown if all is well, and again, as bats does, if something is not.
	printf '# %s\n' "${lines[@]}" >&3
	printf '%s\n' "${lines[@]}"
	[[ ${lines[-1]} =~ \ ([0-9]+)\ launches,\ 0\ lost ]]
	[ "${BASH_REMATCH[1]}" -ge 500 ]
}
