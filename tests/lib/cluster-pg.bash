# cluster-pg.bash: Debian's PostgreSQL, with a standby, and pgbouncer.
#
# The server refuses root: then the account postgres runs it.  It listens on the
# loopback (a port of its own) or on a host's address, and on a socket in $CLUSTER.  Any
# client may connect as any role, except the role "secret", which needs a password (over
# TCP; the password is "open sesame").
# shellcheck shell=bash disable=SC2154

PGBIN=/usr/lib/postgresql/15/bin

# pg_as: $AS runs a command as the server's account, which needs a name.
pg_as() {
	local so
	AS=()
	if [ "$(id -u)" = 0 ]; then
		AS=(setpriv --reuid=postgres --regid=postgres --clear-groups)
		return
	fi
	! getent passwd "$(id -u)" >/dev/null || return 0
	so=$(echo /usr/lib/*/libnss_wrapper.so)
	[ -e "$so" ] || fail 'needs Debian package libnss-wrapper'
	cat /etc/passwd - >"$CLUSTER/names" <<<"me:x:$(id -u):65534::/:/bin/sh"
	AS=(env "LD_PRELOAD=$so${LD_PRELOAD:+:$LD_PRELOAD}" "NSS_WRAPPER_PASSWD=$CLUSTER/names"
		NSS_WRAPPER_GROUP=/etc/group)
}

# pg_up NAME [SETTING]...: a server; at the host of this name, where there is one.
# $PG: what a URL has of it, "HOST:PORT"; also in NAME.url.  Its owner is "boss", its
# database "postgres".
pg_up() {
	local AS
	needs postgresql $PGBIN/postgres
	pg_as
	pg_place "$1"
	timeout $LIMIT "${AS[@]}" $PGBIN/initdb -D "$CLUSTER/$1.data/db" -A trust \
		--no-sync -U boss --no-locale -E UTF8 >"$CLUSTER/$1.log" 2>&1 </dev/null 3>&- ||
		fail "initdb: $(cat "$CLUSTER/$1.log")"
	"${AS[@]}" tee "$CLUSTER/$1.data/db/pg_hba.conf" >/dev/null <<-'END'
		local all,replication all trust
		host replication all all trust
		host all secret all scram-sha-256
		host all all all trust
	END
	"${AS[@]}" tee -a "$CLUSTER/$1.data/db/postgresql.conf" >/dev/null <<-END
		unix_socket_directories = '$CLUSTER'
		fsync = off
		full_page_writes = off
		shared_buffers = 4MB
		dynamic_shared_memory_type = mmap
		max_connections = 100
		max_wal_senders = 4
		max_wal_size = 32MB
		min_wal_size = 32MB
		autovacuum = off
		jit = off
		timezone = UTC
		$(printf '%s\n' "${@:2}")
	END
	pg_begin "$1"
	wait_until "PostgreSQL $1 answers" pg_answers "$1"
	pg_sql "$1" "create role secret login password 'open sesame'"
	PG=$(cat "$CLUSTER/$1.url")
	export PG
}

# pg_place NAME: a folder and an address for it.
pg_place() {
	local port=5432 host=127.0.0.1
	if [ -e "$CLUSTER/host.$1" ]; then
		host=$(address "$1")
		# Sockets are files that all hosts share.
		port=$((5432 + $(host_number "$1")))
	else
		free_port
	fi
	echo "$host:$port" >"$CLUSTER/$1.url"
	mkdir -m 700 "$CLUSTER/$1.data"
	if [ "$(id -u)" = 0 ]; then
		chmod 1777 "$CLUSTER"
		chown postgres: "$CLUSTER/$1.data"
	fi
}

# pg_begin NAME: for the first time, or again.
pg_begin() {
	local AT AS url
	url=$(cat "$CLUSTER/$1.url")
	there "$1"
	pg_as
	# A leftover of a killed one: its pid may have been reused by now.
	rm -f "$CLUSTER/$1.data/db/postmaster.pid" "$CLUSTER/.s.PGSQL.${url#*:}.lock"
	server "$1" "${AT[@]}" "${AS[@]}" $PGBIN/postgres \
		-D "$CLUSTER/$1.data/db" -h "${url%:*}" -p "${url#*:}"
}

# pg_sql NAME SQL [PSQL-ARG...]: as its owner, over the socket.
pg_sql() {
	local url
	url=$(cat "$CLUSTER/$1.url")
	PGOPTIONS='-c statement_timeout=20s' timeout -k 5 $LIMIT $PGBIN/psql -qAtX \
		-v ON_ERROR_STOP=1 -h "$CLUSTER" -p "${url#*:}" -U boss \
		-d postgres -c "$2" "${@:3}" </dev/null
}

pg_answers() { [ "$(pg_sql "$1" 'select 1' 2>/dev/null)" = 1 ]; }

# pg_standby NAME OF: a standby, at a host, of OF, which waits from now on for it to
# have applied what it commits.
pg_standby() {
	local AS url
	url=$(cat "$CLUSTER/$2.url")
	pg_as
	pg_place "$1"
	timeout $LIMIT "${AS[@]}" $PGBIN/pg_basebackup --no-sync -c fast -R \
		-D "$CLUSTER/$1.data/db" -U boss \
		-d "host=$CLUSTER port=${url#*:} application_name=$1" \
		>"$CLUSTER/$1.log" 2>&1 </dev/null 3>&- ||
		fail "pg_basebackup: $(cat "$CLUSTER/$1.log")"
	# Over the wire, which may be cut; sockets are files.
	"${AS[@]}" tee -a "$CLUSTER/$1.data/db/postgresql.auto.conf" >/dev/null <<-END
		primary_conninfo = 'host=${url%:*} port=${url#*:} user=boss application_name=$1'
	END
	pg_begin "$1"
	pg_sql "$2" "alter system set synchronous_standby_names = '$1'"
	pg_sql "$2" "alter system set synchronous_commit = 'remote_apply'"
	pg_sql "$2" 'select pg_reload_conf()' >/dev/null
	wait_until "standby $1 is synchronous" pg_is_synchronous "$2"
}

pg_is_synchronous() {
	[ "$(pg_sql "$1" 'select sync_state from pg_stat_replication')" = sync ]
}

# pg_promote NAME: makes it the server that can be written to, which waits for none.
pg_promote() {
	pg_sql "$1" 'select pg_promote(true, 30)' >/dev/null
	pg_sql "$1" "alter system reset all"
	pg_sql "$1" 'select pg_reload_conf()' >/dev/null
}

# pool_up NAME OF ROLE: pgbouncer in transaction mode before the server OF, at its
# host; $POOL: "HOST:PORT".  Every client is that role to it, so that there is one
# pool.
pool_up() {
	local AS AT url host
	needs pgbouncer pgbouncer
	url=$(cat "$CLUSTER/$2.url")
	there "$2"
	host=$(address "$2")
	POOL=$host:6432
	cat >"$CLUSTER/$1.ini" <<-END
		[databases]
		postgres = host=${url%:*} port=${url#*:} user=$3
		[pgbouncer]
		listen_addr = $host
		listen_port = 6432
		unix_socket_dir =
		auth_type = any
		auth_file = $CLUSTER/$1.users
		pool_mode = transaction
		default_pool_size = 4
		max_client_conn = 100
	END
	echo "\"$3\" \"\"" >"$CLUSTER/$1.users"
	chmod 644 "$CLUSTER/$1.ini" "$CLUSTER/$1.users"
	pg_as
	server "$1" "${AT[@]}" "${AS[@]}" pgbouncer "$CLUSTER/$1.ini"
	wait_until 'pgbouncer answers' "${AT[@]}" $PGBIN/pg_isready -q -h "$host" -p 6432
}
