# hung.bash: whether it was the compositor that stood still, and not we.
#
# One that draws by the processor may hang.  It is asked by a client that has
# nothing to do with us, and only where a test has failed.  What its answer would
# have been is then not known: tests/lib/run-one says so, and runs that test with
# another compositor.
# shellcheck shell=bash disable=SC2154

# Before anything is ended.
hung_teardown() {
	local status=0
	[ -z "${BATS_TEST_COMPLETED-}" ] && [ -n "${ONLYONE_TEST_HUNG-}" ] &&
		[ -S "${XDG_RUNTIME_DIR-}/${WAYLAND_DISPLAY-}" ] || return 0
	timeout $LIMIT "$GUESTS/window" -q >/dev/null 2>&1 || status=$?
	[ "$status" != 124 ] || echo "$BATS_TEST_DESCRIPTION" >>"$ONLYONE_TEST_HUNG"
}
