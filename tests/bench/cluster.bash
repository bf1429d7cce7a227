# cluster.bash: the set "cluster" of the benchmarks: one in a cluster, beside
# what is used for that.
#
# Servers are Debian's, on the loopback, without fsync where that can be had:
# it is the same for all of them.  "Next" is from the end of a program to the
# begin of that which waited, by the observer's book (tests/guests/observer.c).
# "Acquired" is tests/bench/lease.c: most of it is the loading of libcurl, libpq
# and the thirty libraries that these want.
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

# by URL: onlyone-cluster with that, as the words of bench.
by() {
	echo "$(esc "$build/onlyone-cluster") --store=$(esc "$1") -a $2"
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

# acquired NAME URL: how long a launch waits for a key, beside the store's own
# two round trips.
acquired() {
	local trips acquire ratio
	"$build/bench/lease" "$build/onlyone-cluster" "$2" \
		"$((rounds < 100 ? rounds : 100))" >"$work/lease.$1" ||
		broken "acquire by $1"
	trips=$(sed -n 's/^trips //p' "$work/lease.$1")
	acquire=$(sed -n 's/^acquire //p' "$work/lease.$1")
	ratio=$(sed -n 's/^ratio //p' "$work/lease.$1")
	row "two round trips, $1" "${trips%% *} us" 1.000 - - ''
	row "a key is acquired, $1" "${acquire%% *} us" "$ratio" 1.2 - "$ratio"
}

# holder NAME URL: of a program that has a key for the usual time: $LAUNCH, and
# $HOLDER and $DOG by the root that they have in their environment.
holder() {
	local root=$ONLYONE_DIR.$1
	mkdir -m 700 "$root"
	ONLYONE_DIR=$root "$build/onlyone-cluster" "--store=$2" -a held \
		sleep 300 &
	LAUNCH=$!
	wait_until 'it is watched' 10 watched "$root"
	HOLDER=$(parent_of "$DOG")
}

watched() {
	for DOG in $(pgrep -x onlyone-watch); do
		! grep -qzxF "ONLYONE_DIR=$1" "/proc/$DOG/environ" || return 0
	done
	return 1
}

# memory NAME HOLDER DOG
memory() {
	row "holder and watchdog, $1" "$(awk '
		{ n[$1] += $2 }
		END { print n["Private_Dirty:"] " KiB dirty, PSS " n["Pss:"] }' \
		/proc/{"$2","$3"}/smaps_rollup)" - - - ''
}

# carried PID: bytes that all its connections have carried, each way together,
# and the segments with data that it has sent: requests, since they are small.
carried() {
	ss -Htinp | awk -v pid="pid=$1," '
		/users:/ { ours = index($0, pid) }
		ours { for (i = 1; i <= NF; i++) {
			split($i, of, ":")
			if (of[1] ~ /^bytes_(sent|received)$/)
				bytes += of[2]
			if (of[1] == "data_segs_out")
				sent += of[2]
		} }
		END { print bytes + 0, sent + 0 }'
}

# What one that has a key says and hears when nothing happens.
half_minute() {
	local -A of earlier
	local name
	local -A url=([etcd]=$BY_ETCD [postgresql]=$BY_PG)
	for name in etcd postgresql; do
		holder "$name" "${url[$name]}"
		of[$name]="$LAUNCH $HOLDER $DOG"
	done
	sleep 2 # its beginning
	for name in etcd postgresql; do
		read -r _ HOLDER _ <<<"${of[$name]}"
		earlier[$name]=$(carried "$HOLDER")
	done
	sleep 30
	for name in etcd postgresql; do
		read -r LAUNCH HOLDER DOG <<<"${of[$name]}"
		row "idle, $name" "$(awk '{ printf "%.0f bytes, %.2f requests" \
			" a second", ($1 - $3) / 30, ($2 - $4) / 30 }' \
			<<<"$(carried "$HOLDER") ${earlier[$name]}")" - - - ''
		memory "$name" "$HOLDER" "$DOG"
		kill "$LAUNCH"
		wait "$LAUNCH"
	done
}

# --- one release, and all that wait for it ------------------------------------

HERD=200

# What the etcd of the tests, and its PostgreSQL, were asked so far.
etcd_asked() {
	curl -s "http://$ETCD/metrics" | awk '/^grpc_server_started_total/ {
		n += $2 } END { printf "%d\n", n }'
}

pg_asked() {
	grep -c 'LOG:  \(execute\|statement\)' "$CLUSTER/db.log"
}

# herd_etcd PREFIX N, herd_pg SQL N: so many are in line.
herd_etcd() {
	[ "$(etcd_ctl one get --prefix --keys-only "$1" | grep -c .)" = "$2" ]
}

herd_pg() {
	[ "$(pg_sql db "$1")" = "$2" ]
}

# herd NAME ASKED IN-LINE... -- COMMAND...: one has it, $HERD wait, it is given
# back: the time until all have run, and the requests for each from its start on.
herd() {
	local name=$1 asked=$2 line=() begun before pids=() i ratio
	shift 2
	while [ "$1" != -- ]; do
		line+=("$1")
		shift
	done
	shift
	: >"$work/herd"
	rm -f "$work/go"
	cat >"$work/herd.sh" <<-END
		echo \$1 >>$work/herd
		until [ \$1 != 0 ] || [ -e $work/go ]; do sleep .01; done
	END
	ONLYONE_DIR=$ONLYONE_DIR.0 "$@" sh "$work/herd.sh" 0 &
	pids+=("$!")
	wait_until 'it is taken' 20 [ -s "$work/herd" ]
	before=$($asked)
	for ((i = 1; i <= HERD; i++)); do
		mkdir -p -m 700 "$ONLYONE_DIR.$i"
		ONLYONE_DIR=$ONLYONE_DIR.$i "$@" sh "$work/herd.sh" "$i" &
		pids+=("$!")
	done
	wait_until 'all are in line' 300 "${line[@]}"
	begun=$(date +%s%3N)
	touch "$work/go"
	wait_until 'all have run' 300 herd_ran
	begun=$(($(date +%s%3N) - begun))
	wait "${pids[@]}"
	ratio=$(calc "$begun / ${peer-$begun}")
	row "$HERD wait, $name" "$begun ms, $(calc "($($asked) - $before) \
		/ $HERD") requests each" "$ratio" 1.2 - "$ratio"
	HERD_MS=$begun
}

herd_ran() {
	[ "$(wc -l <"$work/herd")" = $((HERD + 1)) ]
}

# In a shell of its own, for the names of the fixtures.
set_herd() {
	title "one release for all that wait: $(mode_text usual)"
	(
		cluster_servers
		trap cluster_end EXIT
		pg_sql db "alter system set max_connections = $((3 * HERD))"
		pg_sql db "alter system set log_statement = 'all'"
		slain db
		pg_begin db
		wait_until 'PostgreSQL answers' 20 pg_answers db
		root herd
		mkdir -p -m 700 "$ONLYONE_DIR.0"
		herd etcdctl etcd_asked herd_etcd k/ $((HERD + 1)) -- \
			env ETCDCTL_API=3 etcdctl "--endpoints=$ETCD" lock k
		peer=$HERD_MS
		herd by-etcd etcd_asked herd_etcd bench/v1/q/ $HERD -- \
			"$build/onlyone-cluster" "--store=$BY_ETCD" \
			--ttl=600 -a herd --wait
		unset peer
		herd psql pg_asked herd_pg "select count(*) from pg_locks
			where locktype = 'advisory' and not granted" $HERD -- \
			advisory
		peer=$HERD_MS
		herd by-postgresql pg_asked herd_pg \
			'select count(*) from onlyone_line' $HERD -- \
			"$build/onlyone-cluster" "--store=$BY_PG" \
			--ttl=600 -a herd --wait
	) || status=1
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
		next by-etcd "$build/onlyone-cluster" "--store=$BY_ETCD" \
			-a n --wait
		next by-postgresql "$build/onlyone-cluster" \
			"--store=$BY_PG" -a n --wait
		acquired etcd "$BY_ETCD"
		acquired postgresql "$BY_PG"
		half_minute
	) || status=1
}
