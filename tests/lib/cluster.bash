# cluster.bash: servers and hosts that the tests of a file share.
#
# A file starts them in its setup_file, or when a test first needs them, and kills them
# by pid in its teardown_file (cluster_end), whatever a test did.  All of it lies in
# $CLUSTER, in memory; so does what tests need to know of it, a file each: "name.pid",
# "name.url".
#
#   hosts_up, at, cut_off, heal  (cluster-hosts)     etcd_up  (cluster-etcd)
#   pg_up, pool_up  (cluster-pg)                     never_two_at_once  (here)
# shellcheck shell=bash disable=SC2154
load lib/common
load lib/cluster-hosts
load lib/cluster-etcd
load lib/cluster-pg

setup_file() { cluster_begin; }
teardown_file() { cluster_end; }

# cluster_begin: for setup_file.
cluster_begin() {
	local in=/dev/shm
	[ -w "$in" ] || in=$BATS_FILE_TMPDIR
	CLUSTER=$(mktemp -d "$in/onlyone-test.cluster.XXXXXX")
	chmod 755 "$CLUSTER"
	silence
	export CLUSTER SILENCE
}

# server NAME COMMAND...: a process of the file's; its output is in NAME.log.
# It has nothing of the test that starts it, or that test would kill it.
server() {
	local name=$1
	shift
	env -u ONLYONE_DIR -u GUEST_LOG "$@" </dev/null >>"$CLUSTER/$name.log" 2>&1 3>&- &
	echo "$!" >"$CLUSTER/$name.pid"
	echo "$! $(born "$!")" >>"$CLUSTER/pids"
}

# pid NAME: of a server.
pid() { cat "$CLUSTER/$1.pid"; }

# tree PID: it, and all that it has started and that is still below it.
tree() {
	local child
	echo "$1"
	for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do
		tree "$child"
	done
}

# freeze NAME..., thaw NAME...: a server with all its processes.  Short-lived ones
# exit on their own, or stop.
freeze() {
	local name pid
	for name; do
		stopped "$(pid "$name")"
		for pid in $(tree "$(pid "$name")"); do
			kill -STOP "$pid" 2>/dev/null || :
			wait_until "process $pid has stopped" is_still "$pid"
		done
	done
}

is_still() { gone "$1" || has_state "$1" T; }

thaw() {
	local name
	for name; do
		# shellcheck disable=SC2046
		kill -CONT $(tree "$(pid "$name")") 2>/dev/null || :
	done
}

# slain NAME...: killed with -9, with all that is below it.
slain() {
	local name pid pids
	for name; do
		mapfile -t pids < <(tree "$(pid "$name")")
		kill -KILL "${pids[@]}" 2>/dev/null || :
		ended "${pids[@]}"
	done
}

# cluster_end: for teardown_file.  Servers start others: from the last one back.
cluster_end() {
	local pid since pids=()
	while read -r pid since; do
		[ "$(born "$pid")" = "$since" ] || continue
		mapfile -t -O "${#pids[@]}" pids < <(tree "$pid")
	done < <(tac "$CLUSTER/pids")
	[ "${#pids[@]}" = 0 ] || kill -KILL "${pids[@]}" 2>/dev/null || :
	for pid in "${pids[@]}"; do
		wait_until "server $pid has ended" gone "$pid"
	done
	rm -rf "$CLUSTER"
}

# age MS: so much time has passed since it was first asked ($FIRST_ASKED, in ms),
# whatever the wall clock is set to.
age() {
	local now
	now=$(cut -d' ' -f1 /proc/uptime | tr -d .)0
	: "${FIRST_ASKED:=$now}"
	[ $((now - FIRST_ASKED)) -ge "$1" ]
}

# --- the observer's book ------------------------------------------------------

# book_new: an empty one, in $OBSERVED, which all hosts' observers write.
book_new() {
	OBSERVED=${CLUSTER-$BATS_TEST_TMPDIR}/book.$SRANDOM
	export OBSERVED
	: >"$OBSERVED"
	: >"$OBSERVED.lock"
	chmod 666 "$OBSERVED" "$OBSERVED.lock"
}

# never_two_at_once: the book says so; the number of instances is $RAN.
never_two_at_once() {
	local words
	if words=$("$BATS_TEST_DIRNAME/lib/history.py" "$OBSERVED"); then
		RAN=${words%% *}
	else
		fail "$words"
	fi
}

# observed REGEX [N]: (N) lines of the book match, for wait_until.
observed() { [ "$(grep -cE -- "$1" "$OBSERVED")" -ge "${2-1}" ]; }
