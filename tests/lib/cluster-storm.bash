# cluster-storm.bash: the observer, launched on hosts as the one of a cluster; and
# rounds of random faults, while five hosts want to run it.
#
# A fault is a function fault_NAME, which causes it, waits a while, and repairs it;
# $HOLDER is the host that has the key at the start.  $STORM_SEED makes the same choices
# again.
#
# The observer writes through a fence (onlyone-cluster(1)): one that was stopped and
# wakes up may run beside another for a moment, and is refused there.
# shellcheck shell=bash disable=SC2034,SC2046,SC2154

load lib/cluster

WANTING=(a b c d e)

# one OPTION...: what a launch by the cluster $URL begins with.
one() {
	ONE=(onlyone-cluster "--store=$URL" "--ttl=${TTL-2}" --grace=.5 -a job
		"$@" "$GUESTS/observer")
}

# one_at HOST WORD [OPTION...]: it is launched there.
one_at() {
	local ONE
	one "${@:3}"
	begin_at "$1" "${ONE[@]}" "$2" 2>"said.$2"
}

# runs_at HOST WORD: the same, and it has started.
runs_at() { one_at "$@"; comes_to "$1" "$2"; }

# comes_to HOST WORD: it starts there sooner or later.
comes_to() { wait_until "$2 runs at $1" observed " $1 .* $2\$" || fail "$(cat "said.$2")"; }

# waits_at HOST WORD: a launch waits there for the key; as far as we can see: the
# process that asks the store is there.
waits_at() {
	one_at "$1" "$2" --wait
	wait_until "$2 waits at $1" is_waiting "$1"
}

is_waiting() { [ -n "$(ours "$1" launch)" ]; }

# ours HOST WHAT: the pids there of: program, launch (its parent), cluster (what
# renews), watchdog, keeper.
ours() {
	local pid comm words
	for pid in $(host_processes "$1"); do
		comm=$(comm_of "$pid")
		mapfile -d '' -t words 2>/dev/null <"/proc/$pid/cmdline"
		case $2,$comm in
		program,*) [[ ${words-} != */observer ]] || echo "$pid" ;;
		keeper,*) [[ ${words[*]-} != onlyone\ keeper\ of* ]] || echo "$pid" ;;
		cluster,onlyone-keep | watchdog,onlyone-watch) echo "$pid" ;;
		launch,onlyone-cluster) # a child is to become the program
			[[ $(comm_of "$(parent_of "$pid")") == onlyone-* ]] || echo "$pid" ;;
		esac
	done
}

comm_of() { cat "/proc/$1/comm" 2>/dev/null; }

nobody_at() { [ -z "$(host_processes "$1")" ]; }

# woken HOST...: all that runs there.  (nsenter stops as its child does.)
woken() {
	local host
	for host; do
		kill -CONT $(host_processes "$host") "${STARTED[@]}" 2>/dev/null || :
	done
}

# token_of WORD: the last field but one of its line in the book.
token_of() { awk -v word="$1" '$NF == word { print $6 }' "$OBSERVED"; }

# the_end: stops what still runs; then nothing is left, and nothing overlapped.
the_end() {
	local host pid
	heal
	for host in "${WANTING[@]}"; do
		for pid in $(ours "$host" launch) $(ours "$host" program); do
			kill "$pid" 2>/dev/null || :
		done
	done
	for host in "${WANTING[@]}"; do
		wait_until "all at $host have ended" nobody_at "$host"
	done
	never_two_at_once
}

# --- rounds -------------------------------------------------------------------

# storm: each fault once, or $CLUSTER_ROUNDS, the rest by chance; then the book is read,
# and what came through the fence, in the order of tokens.
storm() {
	local round fault host PICKED rounds=${CLUSTER_ROUNDS-${#FAULTS[@]}}
	: "${STORM_SEED:=$SRANDOM}"
	RANDOM=$((STORM_SEED % 32768))
	for host in "${WANTING[@]}"; do
		launching "$host"
	done
	for ((round = 1; round <= rounds; round++)); do
		pick "${FAULTS[@]}"
		fault=${FAULTS[round - 1]-$PICKED}
		wait_until 'somebody has it' somebody_has
		echo "$(cut -d' ' -f1 /proc/uptime) round $round," \
			"seed $STORM_SEED: $fault, at $HOLDER" >>storm.log
		"fault_$fault"
		wait_until "somebody has it after $fault" somebody_has
	done
	touch "${WANTING[@]/#/stop.}"
	the_end
	fenced >through
	[ -s through ] || fail 'nothing came through the fence'
	sort -nc through
	# If program and keeper were killed, the next launch sweeps.
	for host in "${WANTING[@]}"; do
		at "$host" onlyonectl list >/dev/null
	done
}

# launching HOST: again and again there; it exits on its own or not.
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

# somebody_has: some host has the key: $HOLDER.
somebody_has() {
	HOLDER=$(awk -v now="$(cut -d' ' -f1 /proc/uptime)" '
		$3 == "alive" && $2 > now - .25 { print $4 }' "$OBSERVED")
	[[ $HOLDER == ? ]]
}

# a_while: up to four seconds, which is twice a lease.
a_while() { sleep "$((RANDOM % 4)).$((RANDOM % 10))"; }

# pick WORD...: one of them, $PICKED.
pick() { PICKED=${@:RANDOM % $# + 1:1}; }

# --- faults of any engine -----------------------------------------------------

fault_cut() { cut_off "$HOLDER"; a_while; heal; }
fault_drop() { wire drop $((RANDOM % 30 + 5)); a_while; heal; }

# One of our processes is killed, or stopped for a while; by now it may have
# exited.
fault_hurt() {
	pick cluster watchdog keeper launch program
	local what=$PICKED
	pick KILL STOP
	kill "-$PICKED" $(ours "$HOLDER" "$what") 2>/dev/null || :
	a_while
	woken "$HOLDER"
}

# --- etcd: three members ------------------------------------------------------

storm_etcd() {
	FAULTS=(cut drop hurt leader_killed leader_cut majority_lost)
	URL="etcd://$(<"$CLUSTER/etcd")/storm?insecure"
	cat >"$CLUSTER/fence" <<-END
		printf '%s\n\n%s\n\n\n' \
			"create(\"\$ONLYONE_CLUSTER_KEY\") = \"\$ONLYONE_TOKEN\"" \
			"put result/\$\$.\$(date +%s%N) \$ONLYONE_TOKEN" |
			ETCDCTL_API=3 etcdctl --command-timeout=20s \
			--endpoints=$(<"$CLUSTER/etcd") txn 2>/dev/null |
			grep -qx SUCCESS
	END
	fenced() {
		etcd_ctl m1 get --prefix --print-value-only --sort-by=CREATE \
			--order=ASCEND result/ | grep .
	}
}

fault_leader_killed() {
	local leader
	leader=$(etcd_leader m1 m2 m3) || return 0
	slain "$leader"
	a_while
	etcd_begin "$leader"
}

fault_leader_cut() {
	local leader
	leader=$(etcd_leader m1 m2 m3) || return 0
	cut_off "$leader" "$HOLDER"
	a_while
	heal
}

fault_majority_lost() {
	pick 'm1 m2' 'm2 m3' 'm3 m1'
	slain $PICKED
	a_while
	for server in $PICKED; do
		etcd_begin "$server"
	done
}

# --- PostgreSQL: a server and its standby -------------------------------------

storm_postgresql() {
	FAULTS=(cut drop hurt server_stopped failover_cut)
	FIRST=db SECOND=other
	local url
	url="postgresql://$(<"$CLUSTER/db.url"),$(<"$CLUSTER/other.url")/postgres?user=ann"
	URL="$url&insecure"
	url+='&target_session_attrs=read-write&connect_timeout=2'
	cat >"$CLUSTER/fence" <<-END
		test -n "\$(timeout 5 $PGBIN/psql -qAtX '$url' \
			-v key="\$ONLYONE_CLUSTER_KEY" \
			-v token="\$ONLYONE_TOKEN" 2>/dev/null <<-'SQL'
			insert into result (token) select :token from onlyone
			where key = :'key' and token = :token
			and expires > clock_timestamp() for share
			returning token
			SQL
		)"
	END
	fenced() { pg_sql "$FIRST" 'select token from result order by n'; }
}

storm_postgresql_make() {
	pg_up db
	at db onlyone-cluster init --make \
		"--store=postgresql://$PG/postgres?user=boss&insecure" >"$CLUSTER/init"
	pg_sql db 'create role ann login in role onlyone; create table result
		(n serial, token bigint); grant all on result, result_n_seq to ann'
	pg_standby other db
}

fault_server_stopped() { freeze "$FIRST"; a_while; thaw "$FIRST"; }

# The standby becomes the first, and the first the standby.
fault_failover_cut() {
	local was=$FIRST
	cut_off "$FIRST" "$HOLDER"
	a_while
	pg_promote "$SECOND"
	FIRST=$SECOND SECOND=$was
	a_while
	# It comes back for a moment, as it was.
	heal
	slain "$was"
	rm -rf "$CLUSTER/$was.data"
	pg_standby "$was" "$FIRST"
}
