# leased.bash: launches of --scope=cluster, on hosts that are state roots.
#
# Host a has the test's own root, others have theirs beside it.  What the store
# has for a test lies below a prefix of its own.
# shellcheck shell=bash disable=SC2154,SC2034

setup_file() {
	cluster_begin
	etcd_up one
}

setup() {
	common_setup
	leased_setup
}

teardown() {
	leased_teardown
	common_teardown
}

leased_setup() {
	PREFIX=t$SRANDOM
	export ONLYONE_CLUSTER=etcd://$ETCD/$PREFIX PREFIX
	host_add z
	# A place that refuses a late writer: see onlyone-cluster(7).
	cat >../fence <<-'END'
	fence() {
		printf '%s\n\n%s\n\n\n' \
			"create(\"$ONLYONE_CLUSTER_KEY\") = \"$1\"" \
			"put $PREFIX/result $2" |
			ETCDCTL_API=3 etcdctl --endpoints="$ETCD" txn
	}
	END
}

# What renews a key ends with its program, a moment later.
leased_teardown() {
	thaw one 2>/dev/null || :
}

# host_add NAME
host_add() {
	mkdir -m 700 "$ONLYONE_DIR.$1"
	ROOTS+=("$ONLYONE_DIR.$1")
}

# on HOST COMMAND...: COMMAND is that of onlyone, unless it is ctl.
on() {
	local dir=$ONLYONE_DIR.$1
	[ "$1" != a ] || dir=$ONLYONE_DIR
	shift
	if [ "$1" = ctl ]; then
		ONLYONE_DIR=$dir "$@"
	else
		ONLYONE_DIR=$dir onlyone "$@"
	fi
}

# elsewhere ARG...: onlyone, on another host.
elsewhere() {
	ONLYONE_DIR=$ONLYONE_DIR.z launch "$@"
}

# runs APP: it is an instance here.
runs() {
	ctl pid "$1" >/dev/null 2>&1
}

# held APP [OPTION...]: it runs here, as $PROGRAM, until released.
held() {
	begin onlyone --scope=cluster --ttl=2 "${@:2}" -a "$1" sleep 1000
	HELD=$BEGUN
	wait_until "$1 runs" "$PATIENCE" runs "$1"
	PROGRAM=$(ctl pid "$1")
}

released() {
	kill "$HELD"
	ends "$HELD" 143
}

# helpers: pids of all onlyone-cluster of this test.
helpers() {
	local comm pid
	for comm in $(grep -slx 'onlyone\(-watch\)\?' /proc/[0-9]*/comm); do
		pid=${comm#/proc/}
		pid=${pid%/comm}
		grep -qz '^onlyone-cluster$' "/proc/$pid/cmdline" 2>/dev/null &&
			grep -qz "^ONLYONE_DIR=$ONLYONE_DIR\$" \
				"/proc/$pid/environ" 2>/dev/null &&
			alive "$pid" && echo "$pid"
	done
	return 0
}

# holder, watchdog: those of them whose parent is none, or is one.
holder() {
	local all pid
	all=" $(helpers | tr '\n' ' ')"
	for pid in $all; do
		[[ $all == *" $(parent_of "$pid") "* ]] || echo "$pid"
	done
}

watchdog() {
	local all pid
	all=" $(helpers | tr '\n' ' ')"
	for pid in $all; do
		[[ $all != *" $(parent_of "$pid") "* ]] || echo "$pid"
	done
}

other_watchdog() {
	local now
	now=$(watchdog)
	[ -n "$now" ] && [ "$now" != "$1" ]
}

no_helpers() {
	wait_until 'no onlyone-cluster is left' "$PATIENCE" helpers_gone
}

helpers_gone() {
	[ -z "$(helpers)" ]
}

# members: all processes of the instance of $BEGUN, which is the launch.
members() {
	tree "$BEGUN" | sed 1d
}

# nothing_held: the store has nothing of this test.
nothing_held() {
	assert_equal "$(etcd_ctl one get --prefix --keys-only "$PREFIX")" ''
}
