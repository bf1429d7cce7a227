# cluster.bash: the set "cluster" of the benchmarks: one in a cluster, beside
# what is used for that.
#
# Servers are Debian's, on the loopback, without fsync where that can be had:
# it is the same for all of them.  "Next" is from the end of a program to the
# begin of that which waited, by the observer's book (tests/guests/observer.c).
# shellcheck shell=bash disable=SC2034,SC2154

cluster_servers() {
	# What the tests' fixtures take from bats.
	bats_require_minimum_version() { :; }
	load() {
		# shellcheck disable=SC1090
		. "$BATS_TEST_DIRNAME/$1.bash"
	}
	BATS_TEST_DIRNAME=$(realpath "$(dirname "$0")/..")
	BATS_FILE_TMPDIR=$work BUILD=$build
	set +u
	load lib/common
	load lib/cluster
	cluster_begin
	etcd_up one
	pg_up db
	"$build/cluster/engine" "postgresql://$PG/postgres?user=boss" none \
		'init make' >/dev/null
	BY_ETCD=etcd://$ETCD/bench
	BY_PG="postgresql://$PG/postgres?user=boss"
}

# by URL: onlyone with that, as the words of bench.
by() {
	echo "$(esc "$onlyone") --scope=cluster --cluster=$(esc "$1") -a $2"
}

# next NAME COMMAND...: of several times that one ends and another, which waited,
# begins, the median, in a row.
next() {
	local name=$1 gaps=$work/gaps.$1 pid
	shift
	: >"$gaps"
	for _ in {1..11}; do
		book_new
		ONLYONE_DIR=$ONLYONE_DIR.a "$@" "$build/guests/observer" first \
			for 300 &
		pid=$!
		wait_until 'the first one runs' 10 observed first
		ONLYONE_DIR=$ONLYONE_DIR.b "$@" "$build/guests/observer" second \
			for 10
		wait "$pid"
		never_two_at_once
		echo "$GAP" >>"$gaps"
	done
	row "the next one starts, $name" "$(sort -n "$gaps" | sed -n 6p) ms" \
		- 15 - "$(sort -n "$gaps" | sed -n 6p)"
}

# What psql gives: a session that has the lock runs it.
advisory() {
	PGOPTIONS='' $PGBIN/psql -qAtX "$BY_PG" -c \
		'select pg_advisory_lock(7)' -c "\\! $*" >/dev/null
}

cluster_memory() {
	local dog before launch
	before=$(pgrep -n -x onlyone-watch)
	"$onlyone" --scope=cluster "--cluster=$1" -a memory sleep 30 &
	launch=$!
	wait_until 'it is watched' 10 eval 'dog=$(pgrep -n -x onlyone-watch) &&
		[ "$dog" != "$before" ]'
	row "onlyone-cluster and its watchdog, by $2" "$(awk '
		$1 == "Private_Dirty:" || $1 == "Private_Clean:" { n += $2 }
		END { print n " KiB of their own" }' \
		/proc/{"$dog","$(parent_of "$dog")"}/smaps_rollup)" - - - ''
	kill "$launch"
	wait "$launch"
}

# In a shell of its own, for the names of the fixtures.
set_cluster() {
	title "one in a cluster: $(mode_text usual)"
	(
		cluster_servers
		trap cluster_end EXIT
		root cluster
		mkdir -m 700 "$ONLYONE_DIR.a" "$ONLYONE_DIR.b"
		measure cluster -b etcdctl \
			"flock: flock -n $(esc "$work/lock") true" \
			"etcdctl: ETCDCTL_API=3 etcdctl --endpoints=$ETCD lock k true" \
			"psql: $PGBIN/psql -qAtX $(esc "$BY_PG") -c select\\ pg_advisory_lock(7) -c \\\\!\\ true" \
			"by-etcd: $(by "$BY_ETCD" e) true" \
			"by-postgresql: $(by "$BY_PG" p) true"
		for name in flock etcdctl psql by-etcd by-postgresql; do
			row "one in a cluster, $name" "$(us cluster "$name")" \
				"$(cell cluster "$name" ratio)" - - ''
		done
		next etcdctl env ETCDCTL_API=3 etcdctl "--endpoints=$ETCD" \
			lock k
		next psql advisory
		next by-etcd "$onlyone" --scope=cluster "--cluster=$BY_ETCD" \
			-a n --wait
		next by-postgresql "$onlyone" --scope=cluster \
			"--cluster=$BY_PG" -a n --wait
		cluster_memory "$BY_ETCD" etcd
		cluster_memory "$BY_PG" PostgreSQL
	) || status=1
}
