# cluster-engine.bats: the line in each store, what an administrator has set up for
# one or not, TLS, and servers that fail.
# as: user (servers know no users of this machine)
load lib/leased
load lib/line
load lib/tls

setup_file() {
	both_up
	pg_sql db 'create role bob login; grant onlyone to secret'
}

own_setup() { DB="postgresql://$PG/postgres"; }

lines_up() {
	local n at=()
	held line --ttl=60
	for n in 1 2 3 4 5; do
		host_add "$STORE$n"
		begin at+= env "ONLYONE_DIR=$ONLYONE_DIR.$STORE$n" onlyone-cluster --ttl=4 \
			--wait -a line sh -c "echo $n >>order"
		wait_until "$n is in line" places $n
	done
	still=$(tree "${at[0]}")
	stopped $still
	ends_by TERM "${at[1]}" 143
	killed $(tree "${at[2]}")
	wait_until 'who does not renew its place has none' places 2
	released
	all_end 0 "${at[3]}" "${at[4]}"
	kill -CONT $still
	ends "${at[0]}" 0
	assert_equal "$(xargs <order)" '4 5 1'
	places 0
	# The key is free, and the first in line is stopped: others are told, and a joiner
	# waits for that one.
	held line
	begin first= env "ONLYONE_DIR=$ONLYONE_DIR.${STORE}1" onlyone-cluster --wait \
		-a line sh -c 'until [ -e go ]; do sleep .05; done; exit 6'
	wait_until 'it is in line' places 1
	still=$(tree "$first")
	stopped $still
	released
	prints -75 --regexp "next in line is [^,]*, pid $first \\(sh\\), since [^,]* \\(" \
		elsewhere -n -a line touch ran
	begin env "ONLYONE_DIR=$ONLYONE_DIR.${STORE}2" onlyone-cluster --join \
		-a line sh -c 'until [ -e go ]; do sleep .05; done; exit 6'
	lined_up "$BEGUN"
	kill -CONT $still
	wait_until 'for whom it waits is told anew' \
		grep -rqs "held by .*pid $first " "$ONLYONE_DIR.${STORE}2"
	touch go
	all_end 6 "$first" "$BEGUN"
	rm go
}

@test "line: in order of arrival; the dead are passed over, and the stopped, who wait anew" {
	each lines_up
}

# table: of each line, STATUS|URL|REGEX OF WHAT IS SAID|COMMAND (a launch, where there
# is none).
table() {
	local is url want command
	while IFS='|' read -r is url want command; do
		echo "$url" >&2
		if [ -n "$command" ]; then
			run "-$is" here $command "--store=$url"
		else
			run "-$is" here -n -a "x$SRANDOM" "--store=$url" true
		fi
		assert_output --regexp "$want"
	done
}

@test "postgresql: what an administrator has not done is told, with what to do; check" {
	pg_sql db 'create table odd(key text primary key, holder text); grant all on odd to ann'
	pg_sql db 'create sequence odd_token; create role carl login'
	pg_sql db 'create database carls owner carl'
	echo wrong >wrong
	echo 'open sesame' | tee pass >open
	chmod 600 wrong pass
	chmod 640 open
	table <<-END
		69|$DB?user=ann&table=public.nowhere|nowhere.* does not exist.*onlyone-cluster init|check
		69|$DB?user=ann&table=odd|public.odd says: nothing; is it ours\?|check
		77|$DB?user=bob|permission denied for .*grant onlyone|status x
		77|$DB?user=bob|permission denied for schema public: the database's owner .*init --make|init --make
		77|$DB?user=nobody|role "nobody" does not exist|status x
		0|${DB%/*}/carls?user=carl||init --make
		77|$DB?user=secret|no password supplied: the URL needs passfile=FILE|status x
		77|$DB?user=secret&passfile=$PWD/wrong|password authentication failed|status x
		3|$DB?user=secret&passfile=$PWD/pass||status x
		64|$DB?user=secret&passfile=$PWD/open|the password in $PWD/open can be read by others: chmod 600|status x
		69|$DB?sslmode=require|server does not support SSL, but SSL was required|status x
		64|postgresql://10.1.2.3/db?sslmode=prefer|plain text|status x
		64|postgresql://10.1.2.3/db?password=x|passfile=|status x
	END
	# The tests' server may lose writes; a real one must not.
	run onlyone-cluster check "--store=$DB?user=ann"
	assert_line --regexp '^ok +PostgreSQL 1[0-9]'
	assert_line --regexp '^ok +127.*uses plain text'
	assert_line --partial 'fsync is off there'
	assert_line --regexp '^ok +public.onlyone says: onlyone tables, version 5'
	assert_line --regexp '^ok +a key was taken, renewed and given back'
	assert_equal "$(grep -c ^WRONG <<<"$output")" 1
	run -1 --separate-stderr onlyone-cluster check --json "--store=$DB?user=ann"
	assert_equal "$(jq -c 'map(.level) | unique' <<<"$output")" '["ok","wrong"]'
	assert_equal "$(jq -r '.[] | select(.level == "wrong").text' <<<"$output" | cut -c1-19)" \
		'fsync is off there:'
	# What libpq finds in the environment sends nothing elsewhere.
	run -0 env PGHOST=10.1.2.3 PGHOSTADDR=10.1.2.3 PGPORT=1 PGUSER=nobody \
		PGDATABASE=nothing PGSERVICE=none PGSERVICEFILE=/none \
		PGOPTIONS='-c search_path=x' PGSSLMODE=require PGPASSWORD=x \
		PGTARGETSESSIONATTRS=standby PGREQUIREPEER=nobody timeout $LIMIT \
		onlyone-cluster "--store=$DB?user=ann" -n -a x true
}

@test "etcd: init prints commands that make a role; users and rights change meanwhile" {
	etcd_up guarded
	for line in 'user add root:r' 'role add root' 'user grant-role root root'; do
		etcd_ctl guarded $line
	done
	(umask 077; echo a >password; echo b >wrong; echo $'\344' >odd)
	url="etcd://$ETCD/ours?user=ann&passfile=$PWD/password"
	prints -0 --partial 'root is the administrator' onlyone-cluster init \
		"--store=etcd://$ETCD/ours?user=root&passfile=$PWD/password"
	prints -0 --partial 'nothing to make' onlyone-cluster init --make "--store=$url"
	onlyone-cluster init "--store=$url" |
		sed -n 's/.*\(etcdctl .*\)/\1/p' | sed 's/ user add ann$/&:a/' >commands
	grep -q ' role ' commands
	ETCDCTL_API=3 ETCDCTL_ENDPOINTS=$ETCD sh -ex commands
	etcd_ctl guarded auth enable
	refused 77 '*user and a password*' "etcd://$ETCD/ours"
	refused 77 '*' "${url%password}wrong"
	refused 77 '*authentication failed*(user ann)' "${url%password}odd"
	refused 77 '*permission denied: user ann needs a role*' "${url/ours/theirs}"
	export ONLYONE_CLUSTER=$url
	prints --partial 'a lease lasts 15 s' onlyone-cluster check
	held nightly --ttl=15 2>has
	# The password is nowhere but in its file.
	run ! grep -lz '^a$' "/proc/$(holder)/environ" "/proc/$HELD/environ"
	begin elsewhere --wait -a nightly touch ran 2>waits
	etcd_ctl guarded --user root:r user add more:x
	wait_until 'it was renewed' age 6000
	alive "$PROGRAM" || fail "it has ended: $(<has)"
	alive "$BEGUN" || fail "who waits has ended: $(<waits)"
	etcd_ctl guarded --user root:r user revoke-role ann ann
	ends "$BEGUN" 77
	ends "$HELD" 76
	grep 'permission denied' waits
}

@test "postgresql: a server that is stopped, or killed: 69, and it has forgotten nothing" {
	export ONLYONE_CLUSTER="$DB?user=ann"
	held nightly --ttl=120
	pg_sql db "select pg_terminate_backend(pid) from pg_stat_activity
		where usename = 'ann'"
	freeze db
	run -69 elsewhere -n -a nightly true
	thaw db
	slain db
	run -69 elsewhere -n -a nightly true
	pg_begin db
	wait_until 'PostgreSQL answers again' pg_answers db
	run -75 elsewhere -n -a nightly true
	released
	# A socket's folder is enough, as libpq has it.
	mkdir socket
	ln -s "$CLUSTER/.s.PGSQL.${PG##*:}" socket/.s.PGSQL.5432
	run -0 elsewhere -w "$PATIENCE" -a nightly \
		"--store=postgresql:///%70ostgres?user=ann&host=$PWD/socket" true
	# A name server that does not answer.
	export WRONG_NAMES=1 LD_PRELOAD=$GUESTS/wrong.so
	prints -69 --partial 'db.example: no answer from the name server' \
		elsewhere -n -a nightly \
		"--store=postgresql://db.example:${PG#*:}/postgres?insecure" true
}

# as_role ROLE SQL: by psql, as a member would.
as_role() {
	timeout -k 5 $LIMIT $PGBIN/psql -qAtX -v ON_ERROR_STOP=1 -h "$CLUSTER" \
		-p "${PG#*:}" -U "$1" -d postgres -c "$2" </dev/null
}

# what_ann_has: without the time that is left.
what_ann_has() {
	pg_sql db "select key, value, token, wish, last, done, owner, expires > now() from onlyone
		order by key"
	pg_sql db "select n, id, key, value, owner, expires > now() from onlyone_line order by n"
}

# waiting N: so many sessions wait for a lock.
waiting() {
	assert_equal "$(pg_sql db "select count(*) from pg_stat_activity
		where usename = 'ann' and wait_event_type = 'Lock'")" "$1"
}

@test "postgresql: a key is of the role that has used it first: no other changes it, with psql either" {
	export ONLYONE_CLUSTER="$DB?user=ann" STORE=postgresql
	pg_sql db 'create role dora login in role onlyone'
	# It may be run again.
	onlyone-cluster init --make "--store=$DB?user=boss" >again
	diff again "$CLUSTER/init"
	held mine --ttl=60
	begin waits= elsewhere --wait --ttl=60 -a mine true
	wait_until 'it is in line' places 1
	what_ann_has >before
	while read -r sql; do
		echo "$sql" >&2
		run as_role dora "$sql"
	done <<-END
		update onlyone set wish = 'stop,x'
		update onlyone set expires = '-infinity'
		update onlyone set token = 1
		update onlyone set value = '{}'
		update onlyone set owner = 'dora'
		delete from onlyone
		truncate onlyone
		insert into onlyone (key, value, token, expires) select key, '{}', 1, 'infinity' from onlyone on conflict (key) do update set value = '{}'
		update onlyone set done = '{}' where expires < now()
		insert into onlyone (key, value, token, expires, owner) values ('u/x', '{}', 1, 'infinity', 'ann')
		update onlyone_line set expires = '-infinity'
		update onlyone_line set n = 9 - n
		delete from onlyone_line
		insert into onlyone_line (n, id, key, value, expires) select -1, 'x', key, '{}', 'infinity' from onlyone
		insert into onlyone_line (id, key, value, expires) select 'x', key, '{}', 'infinity' from onlyone
		insert into onlyone_line (id, key, value, expires, owner) values ('x', 'u/x', '{}', 'infinity', 'ann')
		select setval('onlyone_token', 1)
		alter table onlyone disable row level security
		drop policy keep on onlyone
	END
	what_ann_has | diff before -
	host_add y
	dora=(env "ONLYONE_CLUSTER=$DB?user=dora" "ONLYONE_DIR=$ONLYONE_DIR.y" onlyone-cluster)
	prints -75 --partial 'held by' "${dora[@]}" -n -a mine touch ran
	for command in 'stop mine' '--replace -a mine touch ran' '--wait -a mine touch ran'; do
		prints -77 --partial 'the key is of the role ann' "${dora[@]}" $command
	done
	alive "$PROGRAM"
	released
	ends "$waits" 0
	prints -77 --partial 'the key is of the role ann' "${dora[@]}" -n -a mine touch ran
	[ ! -e ran ]
	pg_sql db "update onlyone set owner = 'dora' where key like '%/mine'"
	run -0 "${dora[@]}" -n -a mine true
	# Nor does another hold up one that ann has never used.
	as_role dora "insert into onlyone_line (id, key, value, expires)
		values ('y', 'u/$(id -un)/fresh', '{}', 'infinity')"
	run -0 here -n -a fresh true
	held fresh
	begin waits= elsewhere --wait -a fresh true
	wait_until 'it waits' waiting 1
	released
	ends "$waits" 0
	pg_sql db "delete from onlyone_line where id = 'y'"
	# Each role has a key of its own for check.
	run "${dora[@]}" check
	assert_line --regexp '^ok +a key was taken'
}

# asked: how many statements ann's sessions have sent, but for those that a holder
# sends when it has had the key for a while.
asked() {
	grep 'LOG:  \(execute\|statement\)' "$CLUSTER/db.log" | grep -vc 'listen\|standby, wish'
}

# sleeper_ended: the session of the psql that sleeps, or is about to.
sleeper_ended() {
	assert_equal "$(pg_sql db "select count(pg_terminate_backend(pid)) from pg_stat_activity
		where query = 'select pg_sleep(1000)'")" 1
}

# logged TEXT: how often it is in the server's log.
logged() { grep -c -- "$1" "$CLUSTER/db.log" || :; }

@test "postgresql: a release wakes the next one alone; six statements for a launch that waits" {
	export ONLYONE_CLUSTER="$DB?user=ann" STORE=postgresql
	pg_sql db "alter role ann set log_statement = 'all'"
	for n in 1 2 3; do
		begin onlyone-cluster --ttl=300 -a "other$n" sleep 1000
	done
	wait_until 'each hears of wishes' eval '[ "$(logged "listen onlyone_")" = 3 ]'
	held line --ttl=300
	began=$(asked)
	at=()
	for n in 1 2 3; do
		host_add "w$n"
		begin at+= env "ONLYONE_DIR=$ONLYONE_DIR.w$n" onlyone-cluster --ttl=300 \
			--wait -a line true
		wait_until "$n waits" waiting "$n"
	done
	# TAKE, HOLDER, JOIN, WAIT with what it prepares.
	assert_equal "$(($(asked) - began))" $((3 * 4))
	# The verb: LIST, LOOK, WAIT.
	begin verb= onlyone-cluster wait line
	wait_until 'it waits, too' waiting 4
	assert_equal "$(($(asked) - began))" $((3 * 4 + 3))
	released
	all_end 0 "$verb" "${at[@]}"
	# RELEASE of the holder; TAKE and RELEASE of each; LOOK of the verb.
	assert_equal "$(($(asked) - began))" $((3 * 6 + 1 + 4))
	# These are neither parsed nor planned then.
	assert_equal "$(logged 'LOG:  execute onlyone_take')" 3
	assert_equal "$(logged 'LOG:  execute onlyone_release')" 3
	pg_sql db "alter role ann reset log_statement"
	# Who is interrupted leaves nothing behind, neither a place nor a session.
	held line --ttl=300
	begin env "ONLYONE_DIR=$ONLYONE_DIR.z" onlyone-cluster --wait --ttl=300 -a line true
	wait_until 'it waits' waiting 1
	ends_by TERM "$BEGUN" 143
	wait_until 'its session has ended' waiting 0
	wait_until 'its place is gone' places 0
	run -75 onlyone-cluster wait -w .3 line
	wait_until 'nor does the verb' waiting 0
	released
	# Nobody holds a key up by a lock.
	n=$(pg_sql db 'select last_value from onlyone_token')
	begin $PGBIN/psql -qAtX -h "$CLUSTER" -p "${PG#*:}" -U secret -d postgres -c "
		select max(pg_advisory_lock(hashtextextended('public.onlyone ' || n, 0))::text)
			from generate_series($n, $n + 300) n" -c '\! touch locked' -c 'select pg_sleep(1000)'
	wait_until 'all locks are taken' test -e locked
	for n in 1 2 3; do run -0 here -n -a line true; done
	wait_until 'they are free' sleeper_ended
}

@test "postgresql: a launch that cannot prepare its statements waits, and runs" {
	export ONLYONE_CLUSTER="$DB?user=ann&table=ready"
	run -0 onlyone-cluster init --make "--store=$DB?user=boss&table=ready"
	pg_sql db "alter role ann set log_statement = 'all'"
	held line --ttl=300
	tried=$(logged 'statement: begin; set local') used=$(logged 'LOG:  execute onlyone_take')
	pg_sql db 'alter table ready rename done to gone'
	begin waits= elsewhere --wait --ttl=300 -a line true
	wait_until 'it waits' waiting 1
	pg_sql db 'alter table ready rename gone to done'
	released
	ends "$waits" 0
	assert_equal "$(logged 'statement: begin; set local')" $((tried + 1))
	assert_equal "$(logged 'LOG:  execute onlyone_take')" "$used"
	pg_sql db "alter role ann reset log_statement"
}

# waits_for SQL: one waits for the lock of this number.
waits_for() {
	assert_equal "$(pg_sql db "select count(*) from pg_locks, ($1) this(n)
		where locktype = 'advisory' and not granted
		and (classid::bigint << 32 | objid::bigint) = hashtextextended('public.onlyone ' || n, 0)")" 1
}

@test "postgresql: a place taken at the same moment is waited for, and not what was before both" {
	needs_points
	export ONLYONE_CLUSTER="$DB?user=ann" STORE=postgresql
	app='at@ #~%'
	held "$app" --ttl=300
	key=$(pg_sql db "select key from onlyone where key ~ '/at@'")
	begin $PGBIN/psql -qAtX -h "$CLUSTER" -p "${PG#*:}" -U ann -d postgres -c begin -c "
		insert into onlyone_line (id, key, value, expires)
		values ('x', '$key', '{}', 'infinity')" -c "
		select pg_advisory_lock(hashtextextended('public.onlyone ' || n, 0))
		from onlyone_line where id = 'x'" -c '\! touch placed' \
		-c '\! until [ -e go ]; do sleep .01; done' -c commit -c 'select pg_sleep(1000)'
	wait_until 'it has taken its place' test -e placed
	host_add w
	begin waits= env "ONLYONE_DIR=$ONLYONE_DIR.w" ONLYONE_TEST_POINTS=cluster-waits=stop \
		"$BUILD/points/onlyone-cluster" --wait --ttl=300 -a "$app" true
	wait_until 'so has ours' places 1
	keeps=$(ONLYONE_DIR=$ONLYONE_DIR.w helpers onlyone-keep)
	wait_until 'it has not begun to wait' has_state "$keeps" T
	touch go
	wait_until 'the other one is before it' places 2
	kill -CONT "$keeps"
	wait_until 'it waits for that' waits_for "select n from onlyone_line where id = 'x'"
	released
	pg_sql db "delete from onlyone_line where id = 'x'"
	wait_until 'that one is gone' sleeper_ended
	wait_until 'it has run' continued "$waits" "$keeps"
	ends "$waits" 0
}

@test "postgresql: one that waits keeps no table locked: init can be run again" {
	export ONLYONE_CLUSTER="$DB?user=ann" STORE=postgresql
	held line --ttl=300
	begin waits= elsewhere --wait --ttl=300 -a line true
	wait_until 'it waits' waiting 1
	assert_equal "$(pg_sql db "select count(*) from pg_locks where locktype = 'relation'
		and pid in (select pid from pg_stat_activity where usename = 'ann')")" 0
	run -0 onlyone-cluster init --make "--store=$DB?user=boss"
	released
	ends "$waits" 0
}

# renewed: what a holder has sent to renew its lease, as psql takes it: $late.
renewed() {
	late=$(sed -nE '/LOG:  execute .*: update.*value = \$4/{
		N
		s/.*execute [^:]*: (.*)\n.*DETAIL:  parameters: (.*)/prepare late as \1; execute late(\2)/
		s/\$[0-9]+ = //g
		p
	}' "$CLUSTER/db.log" | tail -n 1)
	[ "$late" ]
}

@test "postgresql: a renewal that is obeyed after the run's end does not shorten --hold" {
	export ONLYONE_CLUSTER="$DB?user=ann"
	pg_sql db "alter role ann set log_statement = 'all'"
	held kept --ttl=2 --hold=60
	wait_until 'it has renewed' renewed
	pg_sql db "alter role ann reset log_statement"
	assert_equal "$(pg_sql db "$late")" '|f'
	released
	assert_equal "$(pg_sql db "$late")" ''
	assert_equal "$(pg_sql db "select expires > now() + interval '30 s' from onlyone
		where key like '%/kept'")" t
}

@test "TLS: by a CA and a certificate; by another CA, or none, it is refused, and why" {
	cd "$CLUSTER"
	authority ca
	authority other
	certificate ca server /CN=server IP:127.0.0.1
	certificate ca named-server /CN=server DNS:localhost
	certificate ca client /O=client DNS:client
	certificate ca named /CN=root DNS:named
	certificate other alien /O=alien DNS:alien
	free_port
	GOOD=localhost:$port
	server good etcd --name good --data-dir "$CLUSTER/good.data" \
		--listen-client-urls "https://127.0.0.1:$port" --advertise-client-urls "https://$GOOD" \
		--listen-peer-urls http://127.0.0.1:0 --log-level error \
		--cert-file named-server.pem --key-file named-server.key \
		--client-cert-auth --trusted-ca-file ca.pem
	wait_until 'it listens' bash -c "</dev/tcp/127.0.0.1/$port"
	# So does the other server from now on.
	pg_as
	for file in server.pem ca.pem server.key; do
		"${AS[@]}" tee "$CLUSTER/db.data/$file" >/dev/null <"$file"
		"${AS[@]}" chmod 600 "$CLUSTER/db.data/$file"
	done
	for setting in "ssl_cert_file = '$CLUSTER/db.data/server.pem'" \
		"ssl_ca_file = '$CLUSTER/db.data/ca.pem'" \
		"ssl_key_file = '$CLUSTER/db.data/server.key'" 'ssl = on'; do
		pg_sql db "alter system set $setting"
	done
	pg_sql db 'select pg_reload_conf()' >/dev/null
	wait_until 'it speaks TLS' env PGSSLMODE=require \
		$PGBIN/psql -w -qAtX "postgresql://boss@$PG/postgres" -c ''
	CA="ca=$PWD/ca.pem"
	OURS="$CA&cert=$PWD/client.pem&key=$PWD/client.key"
	THEIRS="$CA&cert=$PWD/alien.pem&key=$PWD/alien.key"
	ELSE=localhost:${PG##*:}
	FULL="sslmode=verify-full&$CA"
	table <<-END
		0|etcds://$GOOD?$OURS|
		0|etcds://$GOOD?${OURS/ca.pem/named-server.pem}|
		69|etcds://127.0.0.1:${GOOD##*:}?$OURS|IP address mismatch
		69|etcds://$GOOD|certificate
		69|etcds://$GOOD?${OURS/ca.pem/client.pem}|certificate
		69|etcds://$GOOD?${OURS/ca.pem/other.pem}|ca=FILE in the URL has to name the authority
		69|etcds://$GOOD?${OURS/client.key/named.key}|key=FILE has to fit the certificate
		69|etcd://$GOOD|if it expects TLS, write etcds://
		69|etcds://$ETCD?$CA|if it does not speak TLS, write etcd://
		77|etcds://$GOOD?$CA|cert=FILE and key=FILE
		77|etcds://$GOOD?$THEIRS|does not accept the certificate in $PWD/alien.pem
		0|$DB?user=boss&$CA|
		0|postgresql://$ELSE,$PG/postgres?user=boss&$FULL|
		69|postgresql://$ELSE,$ELSE/postgres?user=boss&$FULL|does not match host name
		77|$DB?user=boss&sslmode=verify-full&$THEIRS|does not accept the certificate in $PWD/alien.pem
		69|$DB?user=boss&ca=$PWD/other.pem|certificate verify failed: it has expired, or
	END
	# The authority that is named replaces the system's.
	run -69 strace -f -e trace=file -o calls onlyone-cluster status x \
		"--store=etcds://$GOOD?${OURS/ca.pem/other.pem}"
	grep -q '/other\.pem"' calls
	run ! grep -F '"/etc/ssl/certs' calls
	# Where etcd has users, the certificate's common name is one of them.
	for words in 'user add root:pw' 'role add root' 'user grant-role root root' 'auth enable'; do
		ETCDCTL_API=3 etcdctl --endpoints "https://$GOOD" --cacert ca.pem --cert client.pem \
			--key client.key $words
	done
	table <<-END
		77|etcds://$GOOD?$OURS|permission denied: the user that the client certificate names .CN. needs a role
		0|etcds://$GOOD?${OURS//client/named}|
	END
}
