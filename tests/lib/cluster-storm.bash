# cluster-storm.bash: rounds of faults, picked by chance, while five hosts want to
# run the one of a cluster.
#
# A fault is a function fault_NAME, which makes it, waits a while, and mends it;
# $HOLDER is the host that has the key when it begins.  Those of each engine are
# in $FAULTS, or those in $STORM_FAULTS.  $STORM_SEED makes the same choices
# again.
#
# What runs writes through a fence (onlyone-cluster(1)): one that stands still and
# wakes may run beside another for a moment, and is refused there.
# shellcheck shell=bash disable=SC2034,SC2154

load lib/cluster-launch

WANTING=(a b c d e)

# storm ROUNDS [FAULT]: that many, the first one with this fault; then the book is
# read.
storm() {
	local round fault=${2-} host
	: "${STORM_SEED:=$SRANDOM}"
	RANDOM=$((STORM_SEED % 32768))
	[ -z "${STORM_FAULTS-}" ] || read -ra FAULTS <<<"$STORM_FAULTS"
	for host in "${WANTING[@]}"; do
		launching "$host"
	done
	for ((round = 1; round <= $1; round++)); do
		wait_until 'somebody has it' somebody_has
		[ "$round" = 1 ] && [ -n "$fault" ] ||
			fault=${FAULTS[RANDOM % ${#FAULTS[@]}]}
		echo "$(cut -d' ' -f1 /proc/uptime) round $round," \
			"seed $STORM_SEED: $fault, at $HOLDER" >>storm.log
		"fault_$fault"
		wait_until "somebody has it after $fault" somebody_has
	done
	for host in "${WANTING[@]}"; do
		: >"stop.$host"
	done
	the_end "${WANTING[@]}"
	in_order "$ENGINE"
	# Where program and keeper were killed, who comes next sweeps.
	for host in "${WANTING[@]}"; do
		at "$host" onlyonectl list >/dev/null
	done
}

# launching HOST: again and again there, and it ends by itself or not.
launching() {
	local ONE
	one --wait
	# shellcheck disable=SC2016
	begin_at "$1" bash -c 'host=$1 n=0
		shift
		until [ -e "stop.$host" ]; do
			n=$((n + 1))
			"$@" "$host.$n" for $((RANDOM % 8000 + 500)) follow \
				write "sh $CLUSTER/fence" 2>>"said.$host"
			read -rt .05 _ <>"$SILENCE"
		done' wants "$1" "${ONE[@]}"
}

# somebody_has: the host is $HOLDER.
somebody_has() {
	HOLDER=$(awk -v now="$(cut -d' ' -f1 /proc/uptime)" '
		$3 == "alive" && $2 > now - .25 { print $4 }' "$OBSERVED")
	[[ $HOLDER == ? ]]
}

# a_while: up to four seconds, which is twice a lease.
a_while() {
	sleep "$((RANDOM % 4)).$((RANDOM % 10))"
}

# --- faults of any engine -----------------------------------------------------

fault_cut() {
	cut_off "$HOLDER"
	a_while
	heal
}

fault_deaf() {
	local server
	for server in "${SERVERS[@]}"; do
		deaf "$server" "$HOLDER"
	done
	a_while
	heal
}

fault_drop() {
	wire drop $((RANDOM % 30 + 5))
	a_while
	heal
}

fault_names() {
	names_dead
	cut_off "$HOLDER"
	a_while
	heal
	storm_names
}

# fault_kill, fault_stop: of one of our processes, by chance.
fault_kill() {
	local pid
	pid=$(ours "$HOLDER" "$(one_of cluster watchdog keeper launch program)")
	# By now it may have ended.
	[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || :
	a_while
}

fault_stop() {
	local pid
	pid=$(ours "$HOLDER" "$(one_of cluster watchdog keeper launch program)")
	[ -n "$pid" ] || return 0
	kill -STOP "$pid" 2>/dev/null || :
	a_while
	woken "$HOLDER"
}

# in_order ENGINE: what came through the fence, in the order of tokens.
in_order() {
	"fenced_$1" >through
	[ -s through ] || fail 'nothing came through the fence'
	sort -nc through
}

one_of() {
	shift $((RANDOM % $#))
	echo "$1"
}

# --- etcd: three members ------------------------------------------------------

storm_etcd() {
	ENGINE=etcd
	SERVERS=(m1 m2 m3)
	FAULTS=(cut deaf drop names kill stop leader_killed
		leader_cut member_stopped majority_lost restarted)
	[ -e "$CLUSTER/m1.pid" ] || etcd_up m1 m2 m3
	storm_names
	URL="etcd://m1:2379,m2:2379,m3:2379/storm?insecure"
	cat >"$CLUSTER/fence" <<-'END'
		printf '%s\n\n%s\n\n\n' \
			"create(\"$ONLYONE_CLUSTER_KEY\") = \"$ONLYONE_TOKEN\"" \
			"put result/$$.$(date +%s%N) $ONLYONE_TOKEN" |
			ETCDCTL_API=3 etcdctl --command-timeout=20s \
			--endpoints=m1:2379,m2:2379,m3:2379 txn 2>/dev/null |
			grep -qx SUCCESS
	END
}

fenced_etcd() {
	etcd_ctl m1 get --prefix --print-value-only --sort-by=CREATE \
		--order=ASCEND result/ | grep .
}

# All are known by a name; addresses are the hosts'.
storm_names() {
	local host
	names_known
	for host in "${SERVERS[@]}"; do
		echo "$(address "$host") $host" >>"$CLUSTER/etc.hosts"
	done
}

again() {
	etcd_begin "$1"
}

fault_leader_killed() {
	local leader
	leader=$(etcd_leader m1 m2 m3) || return 0
	slain "$leader"
	a_while
	again "$leader"
}

fault_leader_cut() {
	local leader
	leader=$(etcd_leader m1 m2 m3) || return 0
	cut_off "$leader" "$HOLDER"
	a_while
	heal
}

fault_member_stopped() {
	local member
	member=$(one_of m1 m2 m3)
	freeze "$member"
	a_while
	thaw "$member"
}

fault_majority_lost() {
	local alive
	alive=$(one_of 1 2 3)
	slain "m$((alive % 3 + 1))" "m$(((alive + 1) % 3 + 1))"
	a_while
	again "m$((alive % 3 + 1))"
	again "m$(((alive + 1) % 3 + 1))"
}

fault_restarted() {
	slain m1 m2 m3
	for server in m1 m2 m3; do
		again "$server"
	done
}

# --- PostgreSQL: a server and its standby -------------------------------------

storm_postgresql() {
	ENGINE=postgresql
	SERVERS=(db other)
	FAULTS=(cut deaf drop names kill stop server_stopped
		server_restarted session_ended failover failover_cut)
	FIRST=db SECOND=other
	[ -e "$CLUSTER/db.pid" ] || storm_postgresql_make
	storm_names
	URL="postgresql://db:$(cut -d: -f2 "$CLUSTER/db.url"),other:$(cut -d: \
		-f2 "$CLUSTER/other.url")/postgres?user=ann&insecure"
	cat >"$CLUSTER/fence" <<-END
		test -n "\$(timeout 5 $PGBIN/psql -qAtX "host=db,other \
			port=$(cut -d: -f2 "$CLUSTER/db.url"),$(cut -d: -f2 \
			"$CLUSTER/other.url") user=ann dbname=postgres \
			target_session_attrs=read-write connect_timeout=2" \
			-v key="\$ONLYONE_CLUSTER_KEY" \
			-v token="\$ONLYONE_TOKEN" 2>/dev/null <<-'SQL'
			insert into result (token) select :token from onlyone
			where key = :'key' and token = :token
			and expires > clock_timestamp() for share
			returning token
			SQL
		)"
	END
}

fenced_postgresql() {
	pg_sql "$FIRST" 'select token from result order by n'
}

storm_postgresql_make() {
	pg_up db
	at db onlyone-cluster init --make \
		"--store=postgresql://$PG/postgres?user=boss&insecure" >"$CLUSTER/init"
	pg_sql db 'create role ann login in role onlyone'
	pg_sql db 'create table result (n serial, token bigint)'
	pg_sql db 'grant all on result, result_n_seq to ann'
	pg_standby other db
}

fault_server_stopped() {
	freeze "$FIRST"
	a_while
	thaw "$FIRST"
}

fault_server_restarted() {
	slain "$FIRST"
	a_while
	pg_begin "$FIRST"
	wait_until 'PostgreSQL answers again' pg_answers "$FIRST"
}

fault_session_ended() {
	pg_sql "$FIRST" "select pg_terminate_backend(pid) from pg_stat_activity
		where usename = 'ann'" >/dev/null
}

# The standby becomes the first, and the first the standby.
fault_failover() {
	slain "$FIRST"
	failed_over
}

fault_failover_cut() {
	cut_off "$FIRST" "$HOLDER"
	a_while
	failed_over
}

failed_over() {
	local was=$FIRST
	pg_promote "$SECOND"
	FIRST=$SECOND SECOND=$was
	a_while
	# It comes back for a moment, as it was.
	heal
	gone "$(pid "$was")" || slain "$was"
	rm -rf "$CLUSTER/$was.data"
	pg_standby "$was" "$FIRST"
}
