# cluster-storm.bash: four hosts want to run eight jobs (wanting.py), while one fault
# follows another; what became of it is read at the end (history.py).
#
# A fault is a function fault_NAME, which causes it, waits a while, and repairs it, except
# in the network and the proxy, which storm repairs; it strikes the host $HOST, which is
# chosen by chance, and has some of the jobs.
# $STORM_SEED: the same faults and jobs again, at other times.
#
# Half of the launches reach the store through a proxy on a host of its own (proxy.py).
#
# The jobs write through a fence (onlyone-cluster(1)): one that was stopped and
# wakes up may run beside another for a moment, and is refused there.
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2154

load lib/cluster-observed

KEYS=(1 2 3 4 5 6 7 8)

# storm STORE: each fault once, then more of them by chance until there have been
# $CLUSTER_RUNS instances (300), or for $CLUSTER_MINUTES.
storm() {
	local round=0 fault PICKED HOST wanting=() clock
	clock=$(clock_ahead)
	: "${STORM_SEED:=$SRANDOM}"
	RANDOM=$((STORM_SEED % 32768))
	for HOST in "${WANTING[@]}"; do
		begin_at "$HOST" "$BATS_TEST_DIRNAME/lib/wanting.py" "$HOST" \
			"$STORM_SEED" "$CLUSTER/fence" "$URL" "$BY_PROXY"
		wanting+=("$BEGUN")
	done
	storm_began=$SECONDS
	until [ "$round" -ge "${#FAULTS[@]}" ] && has_been_enough; do
		all_go_on
		pick "${WANTING[@]}"
		HOST=$PICKED
		pick "${FAULTS[@]}"
		fault=${FAULTS[round]-$PICKED}
		round=$((round + 1))
		echo "$(now) round $round, seed $STORM_SEED: $fault, at $HOST" >>storm.log
		weather
		fault_$fault
		tell proxy heal
		heal
	done
	all_go_on
	each_host_runs
	touch stop
	all_get_their_turn "${wanting[@]}"
	all_end 0 "${wanting[@]}"
	all_gone
	wait_until 'the store has nothing of it' nothing_stored
	fenced >"$OBSERVED.fenced"
	[ -s "$OBSERVED.fenced" ] || fail 'nothing came through the fence'
	"$BATS_TEST_DIRNAME/lib/history.py" "${KEYS[@]/#/$OBSERVED.}" >verdict ||
		fail "it is not as it has to be: $(<verdict); this machine's clock was set\
 by $(($(clock_ahead) - clock)) ms meanwhile (PostgreSQL's leases go by it)"
	echo "# | $1, $round faults: $(<verdict)" >&3
	# If program and keeper were killed, the next launch sweeps.
	for HOST in "${WANTING[@]}"; do
		at "$HOST" onlyonectl list >/dev/null
	done
}

# clock_ahead: of the time since boot, in ms; it stays the same, but for the clock
# being set.
clock_ahead() { awk -v now="$(date +%s%3N)" '{ printf "%d", now - 1000 * $1 }' /proc/uptime; }

has_been_enough() {
	if [ "${CLUSTER_MINUTES-}" ]; then
		[ $((SECONDS - storm_began)) -ge $((CLUSTER_MINUTES * 60)) ]
	else
		[ "$(cat "${KEYS[@]/#/$OBSERVED.}" | wc -l)" -ge "${CLUSTER_RUNS-300}" ]
	fi
}

nothing_stored() {
	[ "$(at a onlyone-cluster list "--store=$URL" --json)" = '[]' ]
}

# all_go_on: each job has run on beyond the leases that there are now (but for the
# largest, wanting.py), so the store renews or grants them.
all_go_on() {
	local key since
	since=$(awk -v lease=$((2 * SLOW)) '{ print $1 + lease }' /proc/uptime)
	for key in "${KEYS[@]}"; do
		wait_until "$key runs after ${fault-the start}" beats_since "$since" "$key"
	done
}

# beats_since TIME KEY: an instance of it has run since then.
beats_since() { awk -v since="$1" '$2 > since { exit yes = 1 } END { exit !yes }' "$OBSERVED.$2"; }

# each_host_runs: each host has begun one of them after all that.
each_host_runs() {
	local since
	since=$(now)
	for HOST in "${WANTING[@]}"; do
		wait_until "$HOST runs one again" begins_since "$since" "$HOST"
	done
}

begins_since() {
	awk -v since="$1" -v host="$2" '$1 > since && $4 == host { exit yes = 1 }
		END { exit !yes }' "${KEYS[@]/#/$OBSERVED.}"
}

# all_get_their_turn PID...: until these have exited, one launch after the other ends: each
# of the jobs exits on its own, so each launch that waits gets its turn.
all_get_their_turn() {
	local pid n
	for pid; do
		while alive "$pid"; do
			n=$(wc -l <"$OBSERVED.launches")
			wait_until 'another launch has ended' one_more_ended "$n" "$pid"
		done
	done
}

one_more_ended() { [ "$(wc -l <"$OBSERVED.launches")" -gt "$1" ] || gone "$2"; }

# weather: what else there is to a fault: some hosts' proxy is slow, packets are lost; or
# nothing.
weather() {
	pick "${WANTING[*]}" "$HOST" ''
	tell proxy delay $((RANDOM % 400)) $(host_number $PICKED)
	pick 0 0 $((RANDOM % 10))
	wire drop "$PICKED"
}

now() { cut -d' ' -f1 /proc/uptime; }

# a_while: up to eight seconds, or longer on a slow machine; a lease is two (six for the
# largest job).
a_while() {
	local PICKED
	pick 0 0 1 2 3 7
	sleep "$((PICKED * SLOW)).$((RANDOM % 10))"
}

# pick WORD...: one of them, $PICKED.
pick() { PICKED=${@:RANDOM % $# + 1:1}; }

# excusing HOST FAULT...: while it lasts two may run, and history.py excuses that.
excusing() {
	local since
	since=$(now)
	"${@:2}"
	echo "$since $(now) $1" >>"$OBSERVED.excused"
}

# --- faults of hosts and of the network ---------------------------------------

FAULTS=(cut drop stall reset half delay paused
	'hurt KILL '{cluster,watchdog,keeper,launch,program}
	'hurt STOP '{cluster,watchdog,keeper,launch,program})

fault_cut() { cut_off "$HOST"; a_while; }
fault_drop() { wire drop $((RANDOM % 30 + 5)); a_while; }

fault_stall() { by_proxy stall; }
fault_reset() { by_proxy reset; }
fault_half() { by_proxy half; }
fault_delay() { by_proxy delay $((RANDOM % 1000)); }

# by_proxy WORD [ARG]: to this host, or to all.
by_proxy() {
	pick "$HOST" "${WANTING[*]}"
	tell proxy "$@" $(host_number $PICKED)
	a_while
}

# fault_hurt SIGNAL WHAT: one of our processes there, or all of that kind, are killed, or
# stopped for a while.  By now they may have exited.
fault_hurt() {
	local victims
	wait_until "there is a $2" one_to_hurt "$2"
	mapfile -t victims < <(ours "$HOST" "$2")
	pick "${victims[0]}" "${victims[*]}"
	echo "$(wc -w <<<"$PICKED") of ${#victims[@]}" >>storm.log
	kill "-$1" $PICKED 2>/dev/null || :
	a_while
	woken "$HOST"
}

# one_to_hurt WHAT: there is one at $HOST, or else at another host, which is $HOST then.
one_to_hurt() {
	local host
	for host in "$HOST" "${WANTING[@]}"; do
		if [ -n "$(ours "$host" "$1")" ]; then
			HOST=$host
			return
		fi
	done
	return 1
}

# The host stands still, longer than a short lease, or than any.
fault_paused() { excusing "$HOST" paused; }
paused() {
	local PICKED processes='' more
	pick 3 7
	while more=$(host_processes "$HOST") && [ "$more" != "$processes" ]; do
		processes=$more
		kill -STOP $processes 2>/dev/null || :
	done
	sleep $((PICKED * SLOW))
	woken "$HOST"
}

# slow_disk NSENTER SERVER PID...: what these, and all that they begin, write to disk
# takes longer for a while.  Those after the server may exit meanwhile.
slow_disk() {
	local ms=$((RANDOM % 400 + 20)) tracer
	begin strace -fqqo /dev/null $(printf -- '-p %s ' "$@") \
		-e trace=fsync,fdatasync -e inject=fsync,fdatasync:delay_enter=${ms}ms
	tracer=$BEGUN
	wait_until 'the disk is slow' traced "$2"
	a_while
	kill "$tracer"
	ended "$tracer"
}

# --- etcd: three members ------------------------------------------------------

# storm_etcd: for storm.
storm_etcd() {
	FAULTS+=(leader_killed leader_cut leader_frozen member_frozen majority_lost slow_disk)
	URL="etcd://$(<"$CLUSTER/etcd")/storm?insecure"
	BY_PROXY="etcd://$(proxied 7001 7002 7003)/storm?insecure"
	cat >"$CLUSTER/fence" <<-END
		printf '%s\n\n%s\n\n\n' \
			"create(\"\$ONLYONE_CLUSTER_KEY\") = \"\$ONLYONE_TOKEN\"" \
			"put result/\$\$.\$(date +%s%N) \${ONLYONE_CLUSTER_KEY##*/}=\$ONLYONE_TOKEN" |
			ETCDCTL_API=3 etcdctl --command-timeout=20s \
			--endpoints=$(<"$CLUSTER/etcd") txn 2>/dev/null |
			grep -qx SUCCESS
	END
	fenced() {
		etcd_ctl m1 get --prefix --print-value-only --sort-by=CREATE \
			--order=ASCEND result/ | sed -n 's/=/ /p'
	}
}

# leader: waits until there is one, $LEADER.
leader() { wait_until 'etcd has a leader' leader_there; }
leader_there() { LEADER=$(etcd_leader m1 m2 m3); }

fault_leader_killed() {
	leader
	slain "$LEADER"
	a_while
	etcd_begin "$LEADER"
}

# With a host, and maybe the proxy.
fault_leader_cut() {
	leader
	pick '' proxy
	cut_off "$LEADER" "$HOST" $PICKED
	a_while
}

fault_leader_frozen() {
	leader
	excusing - stale frozen "$LEADER"
}

# stale COMMAND...: what happens to a leader.  As old as Debian's, it may end leases that
# were renewed at the next one meanwhile: sixteen at a time, and the next ones when it
# has had no answer for five seconds and two election timeouts.
stale() {
	"$@"
	sleep 7
}

fault_member_frozen() {
	leader
	case $LEADER in
	m1) pick m2 m3 ;;
	m2) pick m1 m3 ;;
	m3) pick m1 m2 ;;
	esac
	frozen "$PICKED"
}

frozen() { freeze "$1"; a_while; thaw "$1"; }

fault_majority_lost() {
	pick 'm1 m2' 'm2 m3' 'm3 m1'
	local member members=$PICKED
	slain $members
	a_while
	for member in $members; do
		etcd_begin "$member"
	done
}

fault_slow_disk() {
	leader
	excusing - stale slow_disk $(tree "$(pid "$LEADER")")
}

# --- PostgreSQL: a server and its standby -------------------------------------

storm_postgresql() {
	FAULTS+=(server_frozen server_killed session_killed standby_frozen slow_disk
		failover_cut)
	FIRST=db SECOND=other
	local url
	url="postgresql://$(<"$CLUSTER/db.url"),$(<"$CLUSTER/other.url")/postgres?user=ann"
	URL="$url&insecure"
	BY_PROXY="postgresql://$(proxied 7004 7005)/postgres?user=ann&insecure"
	url+='&target_session_attrs=read-write&connect_timeout=2'
	cat >"$CLUSTER/fence" <<-END
		test -n "\$(timeout 5 $PGBIN/psql -qAtX '$url' \
			-v key="\$ONLYONE_CLUSTER_KEY" \
			-v token="\$ONLYONE_TOKEN" 2>/dev/null <<-'SQL'
			insert into result (job, token) select :'key', :token from onlyone
			where key = :'key' and token = :token
			and expires > clock_timestamp() for share
			returning token
			SQL
		)"
	END
	fenced() {
		pg_sql "$FIRST" "select regexp_replace(job, '.*/', '') || ' ' || token
			from result order by n"
	}
	fault_slow_disk() { slow_disk $(tree "$(pid "$FIRST")"); }
}

# storm_postgresql_make: the servers, and what storm_postgresql needs of them.
storm_postgresql_make() {
	pg_up db 'fsync = on'
	at db onlyone-cluster init --make \
		"--store=postgresql://$PG/postgres?user=boss&insecure" >"$CLUSTER/init"
	pg_sql db 'create role ann login in role onlyone;
		create table result (n serial, job text, token bigint);
		grant all on result, result_n_seq to ann'
	pg_standby other db
}

fault_server_frozen() { frozen "$FIRST"; }
fault_standby_frozen() { frozen "$SECOND"; }

fault_server_killed() {
	slain "$FIRST"
	a_while
	pg_begin "$FIRST"
}

# One of the server's processes is killed, and it ends all the others, or itself.  (The
# first two are nsenter and the server.)
fault_session_killed() {
	pick $(tree "$(pid "$FIRST")" | tail -n +3)
	kill -KILL "$PICKED" 2>/dev/null || :
	a_while
	! gone "$(pid "$FIRST")" || pg_begin "$FIRST"
}

# The standby becomes the first, and the first the standby.
fault_failover_cut() {
	local was=$FIRST
	cut_off "$FIRST" "$HOST"
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

# --- the proxy ----------------------------------------------------------------

# proxy_up PORT=HOST:PORT...: at the host "proxy".
proxy_up() {
	local AT
	there proxy
	mkfifo "$CLUSTER/proxy.in" "$CLUSTER/proxy.out"
	# Keep both open: writers and readers come and go.
	# shellcheck disable=SC2016
	server proxy "${AT[@]}" sh -c 'exec "$@" <>"$CLUSTER/proxy.in" 1<>"$CLUSTER/proxy.out"' \
		sh "$BATS_TEST_DIRNAME/lib/proxy.py" "$@"
	answers proxy
}

# proxied PORT...: what a URL has of it.
proxied() {
	local port all=()
	for port; do all+=("$(address proxy):$port"); done
	(IFS=,; echo "${all[*]}")
}
