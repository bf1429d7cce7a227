# patience.bash: how long a test waits for a condition.
#
# No test may fail because the machine is slow.  $ONLYONE_TEST_SLOW says how many times
# slower than a good one it is (tests/run measures that), and each limit grows with it.
# In seconds: PATIENCE, for any condition; LIMIT, for a command to exit (`timeout
# $LIMIT`), also in the scripts of a test.
# shellcheck shell=bash
SLOW=${ONLYONE_TEST_SLOW:-1}
PATIENCE=${PATIENCE-$((30 * SLOW))}
export LIMIT=$((60 * SLOW))

# silence: for setup.  What wait_until reads in its pauses: it is never written.
silence() {
	SILENCE=$BATS_FILE_TMPDIR/silence
	[ -p "$SILENCE" ] || mkfifo "$SILENCE"
}

# wait_until WHAT [SECONDS] COMMAND...: until COMMAND succeeds, or fail.  (The
# pause is a read of a file that is never written: no process for each.  It grows: what
# takes long is not asked for often, which would take the processor from it.)
# The time is over when it has passed and COMMAND was asked as often as an idle
# machine asks in half of it: beside others each time takes longer.
wait_until() {
	local what=$1 for=$PATIENCE pauses=(.01 .02 .03 .05 .07 .1) n=0 end
	shift
	if [[ $1 != *[!0-9]* ]]; then
		for=$(($1 * SLOW))
		shift
	fi
	end=$((SECONDS + for))
	until "$@" >/dev/null 2>&1; do
		if [ "$SECONDS" -ge "$end" ] && [ "$n" -ge $((for * 5)) ]; then
			echo "waited in vain until $what" >&2
			return 1
		fi
		read -rt "${pauses[n < 5 ? n : 5]}" _ <>"$SILENCE" || :
		n=$((n + 1))
	done
}
