#!/usr/bin/env bats
# cluster-engine.bats: what each engine of a cluster does when it is asked, and
# when its server fails; no launch is in it.
# as: user (a server knows no user of the machine)
load lib/cluster-engine

setup_file() {
	cluster_begin
	etcd_up one
	pg_up db
	URL="postgresql://$PG/postgres?user=boss" KEY=none engine 'init make' \
		>"$CLUSTER/init"
	pg_sql db 'create role ann login in role onlyone'
	pg_sql db 'create role bob login'
	pg_sql db 'grant onlyone to secret'
}

own_setup() {
	KEY=u/ann/$BATS_TEST_NUMBER
	URL="postgresql://$PG/postgres?user=ann" ROLE=ann
	export URL KEY
}

# --- each request, of each engine ---------------------------------------------

lives() {
	run engine 'acquire 5 mine-1' renew look 'list u/ann/'
	answers OK OK OK OK
	first=$(token)
	assert_line "record $KEY mine-1 $first"
	assert_line --regexp 'ttl 5000 until 5[0-9]{3} OK'
	run engine 'acquire 5 theirs' release look
	answers BUSY LOST OK
	assert_line "record $KEY mine-1 $first"
	# One whose answer was lost is known by its value.
	run engine 'acquire 5 mine-1' release
	answers OK OK
	assert_equal "$(token)" "$first"
	run engine look 'acquire 5 mine-1' release look 'acquire 5 mine'
	answers LOST OK OK LOST OK
	[ "$(token)" -gt $((first + 1)) ]
	over
	# A hold keeps it under its token, and then ends by itself.
	run engine 'acquire 60 mine' 'release 1 done' 'acquire 5 other'
	answers OK OK BUSY
	first=$(token)
	assert_line "record $KEY done $first"
	run engine 'within 20000' 'win 5 other' release
	answers OK OK
	[ "$(token)" -gt "$first" ]
	# One that has ended is lost, though nobody has taken it.
	asker said 'acquire 1 mine' 'until late' renew 'release 0 done' 'ended .'
	wait_until 'it is taken' grep -q token said
	wait_until 'it has ended' run -2 engine look
	: >late
	ends "$BEGUN" 1
	run cat said
	answers OK LOST LOST BUSY
}

@test "a key is taken once, renewed, given back, held, and ends; its token grows" {
	each lives
}

hears() {
	run engine 'acquire 60 mine'
	asker said 'within 50000' 'win 60 other' release
	# It finds it taken, and once more in line.
	wait_until 'it waits' eval '[ "$(grep -c record said)" = 2 ]'
	run engine 'acquire 60 mine' release
	answers OK OK
	ends "$BEGUN" 0
	run engine 'acquire 2 mine'
	run engine 'within 50000' 'win 5 third' release
	answers OK OK
	took 1 500 20000

	run engine 'wish 1 too early'
	answers LOST
	asker holder 'acquire 60 mine' wished wanted 'until more' wished \
		'release 0 over' 'acquire 60 mine' wished release
	wait_until 'there is none' grep -q ^BUSY holder
	run engine look 'wish 1 another' 'wish . end it'
	answers OK LOST OK
	wait_until 'it hears' grep -q 'value end it' holder
	run engine look 'wish . first' 'wish . second'
	answers OK OK OK
	: >more
	ends "$BEGUN" 0
	run cat holder
	answers OK BUSY OK OK OK OK BUSY OK
	assert_line 'value second'

	for after in look 'acquire 60 next'; do
		asker holder 'acquire 60 mine' 'until go' 'release 0 exit 3' "$after"
		holds=$BEGUN
		wait_until 'it runs' grep -q token holder
		asker said 'within 50000' join
		wait_until 'it waits' grep -q record said
		: >go
		ends "$BEGUN" 0
		assert_equal "$(grep value said)" 'value exit 3'
		ended "$holds"
		over
		rm go
	done
	# It did not run, or it is not told.
	run engine 'acquire 60 mine' release 'ended .' 'ended 1'
	answers OK OK BUSY BUSY
}

@test "who waits hears a release and an expiry; a wish is for one token; who joins is told how it ended" {
	each hears
}

# --- the line of those that wait ----------------------------------------------

# places: how many are in line.
places() {
	if [ $ENGINE = etcd ]; then
		etcd_ctl one get --prefix --keys-only "onlyone/v1/q/$KEY/" |
			grep -c . || :
	else
		pg_sql db "select count(*) from onlyone_line where key = '$KEY'
			and expires > clock_timestamp()"
	fi
}

# taken: by an asker, until ./go is there.
taken() {
	rm -f go order
	asker holder 'acquire 300 mine' 'until go' 'release 0 done'
	wait_until 'the key is taken' grep -q token holder
}

# wins NAME TTL: one more is in line, which says so in ./order when it has the key.
wins() {
	asker "$1" 'within 100000' "win $2 $1" "run echo $1 >>order" 'release 0 done'
	# It was told who has it, and once more in line.
	wait_until "$1 is in line" eval '[ "$(grep -c record "'"$1"'")" -ge 2 ]'
}

lines_up() {
	local n pids=()
	taken
	for n in {1..8}; do
		wins $n 300
		pids+=("$BEGUN")
	done
	: >go
	all_end 0 "${pids[@]}"
	assert_equal "$(xargs <order)" '1 2 3 4 5 6 7 8'
	assert_equal "$(places)" 0
	# Who has died, or stands still, is passed over; that one waits anew.
	taken
	wins 1 4
	stopped=$(tree "$BEGUN") waits=$BEGUN
	stopped $stopped
	wins 2 4
	killed $(tree "$BEGUN")
	wins 3 300
	: >go
	ends "$BEGUN" 0
	assert_equal "$(<order)" 3
	kill -CONT $stopped
	ends "$waits" 0
	assert_equal "$(xargs <order)" '3 1'
	# Who comes when it is free, and another is in line, is told that.
	taken
	wins 1 300
	stopped $(tree "$BEGUN")
	: >go
	wait_until 'it is given back' eval '[ "$(grep -c OK holder)" = 2 ]'
	run engine 'acquire 5 other'
	answers BUSY
	assert_line --regexp "^record .* 1 "
	kill -CONT $(tree "$BEGUN")
	ends "$BEGUN" 0
}

@test "line: in order of arrival, the dead and the stopped are passed over" {
	each lines_up
}

# --- what an administrator did, or did not do ---------------------------------

@test "postgresql: what an administrator has not done is told, with what to do; check tells of each thing" {
	run engine 'acquire 5 mine'
	answers OK
	pg_sql db 'create table odd(key text primary key, holder text)'
	pg_sql db 'create sequence odd_token'
	pg_sql db 'grant all on odd to ann'
	pg_sql db 'create role carl login'
	pg_sql db 'create database carls owner carl'
	echo wrong >wrong
	echo 'open sesame' | tee pass >open
	chmod 600 wrong pass
	chmod 640 open
	while IFS='|' read -r is of what want; do
		echo "$of: $what" >&2
		URL="postgresql://$PG/$of" run "-$is" engine "$what"
		assert_output --regexp "$want"
	done <<-END
		5|postgres?user=ann&table=public.nowhere|acquire 5 mine|SETUP PostgreSQL at 127.*nowhere.* does not exist.*onlyone-cluster init
		5|postgres?user=ann&table=odd|acquire 5 mine|SETUP .*of another version.*onlyone-cluster init
		5|postgres?user=ann&table=odd|check 5|bad: public.odd says: nothing; is it ours\?
		5|nobody?user=ann|look|SETUP .*database "nobody" does not exist
		4|postgres?user=bob|acquire 5 mine|DENIED .*permission denied for .*grant onlyone
		4|postgres?user=bob|init make|DENIED .*permission denied
		0|carls?user=carl|init make|OK
		4|postgres?user=nobody|look|DENIED .*role "nobody" does not exist
		4|postgres?user=secret|look|DENIED .*no password supplied: the URL needs passfile=FILE
		4|postgres?user=secret&passfile=$PWD/wrong|look|DENIED .*password authentication failed
		0|postgres?user=secret&passfile=$PWD/pass|acquire 5 mine|OK
		5|postgres?user=secret&passfile=$PWD/open|look|^SETUP the password in $PWD/open can be read by others: chmod 600\$
		5|postgres?sslmode=require|look|SETUP .*server does not support SSL, but SSL was required
		5|postgres?user=bob|check 5|bad: .*permission denied
	END
	for words in sslmode=prefer sslmode=disable 'table=a;b' table=A table= \
		password=x nonsense=x; do
		URL=postgresql://10.1.2.3/db?$words run -5 engine look
		assert_output --partial 'SETUP'
		refute_output --partial ' ms' # it was not asked
	done
	# The tests' server may forget what it was told; a real one must not.
	run -5 engine 'check 5'
	assert_line --regexp '^ok: PostgreSQL 1[0-9]'
	assert_line --regexp '^ok: 127.*is asked in plain text'
	assert_line --partial 'bad: fsync is off there'
	assert_line 'ok: public.onlyone says: onlyone tables, version 3'
	assert_line --partial 'ok: a key was taken, renewed and given back'
	assert_equal "$(grep -c ^bad <<<"$output")" 1
	# What libpq finds in the environment sends nothing elsewhere.
	run -0 env PGHOST=10.1.2.3 PGHOSTADDR=10.1.2.3 PGPORT=1 PGUSER=nobody \
		PGDATABASE=nothing PGSERVICE=none PGSERVICEFILE=/none \
		PGOPTIONS='-c search_path=x' PGSSLMODE=require PGPASSWORD=x \
		PGTARGETSESSIONATTRS=standby PGREQUIREPEER=nobody timeout $LIMIT \
		"$BUILD/cluster/engine" "$URL" "$KEY" 'acquire 5 mine' release
	answers OK OK
}

# users NAME: an etcd that asks who one is, and ann, by what init prints.
users() {
	local line
	(umask 077; echo a >password)
	export KEY="u/$(id -un)/x"
	etcd_up "$1"
	for line in 'user add root:r' 'role add root' 'user grant-role root root'; do
		etcd_ctl "$1" $line
	done
	export URL="etcd://$ETCD/ours?user=ann&passfile=$PWD/password"
	KEY=- URL=${URL%&*} run -0 engine init # no password is needed yet
	sed -n 's/^ok: \(etcdctl .*\)/\1/p' <<<"$output" |
		sed 's/ user add ann$/&:a/' >commands
	grep -q ' role ' commands
	ETCDCTL_API=3 ETCDCTL_ENDPOINTS=$ETCD sh -ex commands
	etcd_ctl "$1" auth enable
}

# Tokens of JWT are long, and good only until the next change of a user or a role.
@test "etcd: init prints commands that make a role which is enough; users and rights change meanwhile" {
	needs openssl openssl
	openssl genrsa -out jwt.key 4096 2>/dev/null
	openssl rsa -in jwt.key -pubout -out jwt.pub 2>/dev/null
	ETCD_AUTH_TOKEN="jwt,pub-key=$PWD/jwt.pub,priv-key=$PWD/jwt.key,sign-method=RS256" \
		users guarded
	KEY=check/x run -0 engine 'check 5'
	assert_line --partial 'ok: a key was taken, renewed and given back'
	run -0 engine 'queue 5 mine' 'acquire 5 mine' renew 'wish . end it' wished \
		'release 1 done' 'list u/'"$(id -un)"/
	run -0 engine 'win 5 mine' watch 'heard 5000' 'release 0 done' 'ended .'
	URL=${URL/ours/theirs} run -4 engine 'acquire 5 x'
	answers 'DENIED .*permission denied'
	KEY=u/other/x run -4 engine 'acquire 5 x'
	run -0 engine 'init make'
	refute_output --partial etcdctl

	asker has 'acquire 60 mine' 'until changed' renew 'until robbed' renew
	holds=$BEGUN
	wait_until 'it has the key' grep -q token has
	asker waits 'queue 60 mine' 'until robbed' renew 'acquire 60 mine'
	wait_until 'it waits' grep -q BUSY waits
	etcd_ctl guarded --user root:r user add more:x
	touch changed
	wait_until 'it is renewed' eval '[ "$(grep -c OK has)" = 2 ]'
	etcd_ctl guarded --user root:r user revoke-role ann ann
	touch robbed
	all_end 4 "$holds" "$BEGUN"
	grep 'DENIED .*permission denied' has
	grep 'DENIED .*permission denied' waits
}

# --- the server fails ---------------------------------------------------------

@test "postgresql: a server that is stopped is given up at the deadline, killed and begun again it has forgotten nothing" {
	asker said 'acquire 60 mine' 'until ended' renew 'within 700' 'until frozen' \
		renew 'until again' 'within 30000' renew release
	wait_until 'it has the key' grep -q token said
	# A session that the server ends is begun again.
	pg_sql db "select pg_terminate_backend(pid) from pg_stat_activity
		where usename = 'ann'"
	: >ended
	wait_until 'it is renewed' eval '[ "$(grep -c OK said)" = 2 ]'
	freeze db
	: >frozen
	wait_until 'it is given up' grep -q DOWN said
	thaw db
	slain db
	run -3 engine 'within 300' look
	answers 'DOWN .*'
	pg_begin db
	: >again
	ends "$BEGUN" 0
	run cat said
	answers OK OK 'DOWN .*no answer in time' OK OK
	# Too many sessions are waited out.
	pg_sql db 'alter role ann connection limit 0'
	run -3 engine 'within 3000' look
	answers 'DOWN .*too many connections for role "ann".*pgbouncer.*'
	asker said 'within 50000' look
	pg_sql db 'alter role ann connection limit -1'
	ends "$BEGUN" 2
	# A name server that does not answer; one who can be asked is asked all the same.
	export WRONG_NAMES=60 LD_PRELOAD=$GUESTS/wrong.so
	URL="postgresql://db.example:${PG#*:}/postgres?insecure" run -3 engine \
		'within 500' look
	answers 'DOWN PostgreSQL at db.example: no answer from the name server'
	URL="postgresql://db.example,$PG/postgres?insecure&user=ann" \
		run -0 engine 'within 10000' 'acquire 5 mine'
	answers OK
}

# --- TLS ----------------------------------------------------------------------

# authority NAME; certificate AUTHORITY NAME SUBJECT FOR, in the current folder.
authority() {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" \
		-out "$1.pem" -subj "/CN=$1" -days 2 2>/dev/null
}

certificate() {
	openssl req -newkey rsa:2048 -nodes -keyout "$2.key" -out "$2.csr" \
		-subj "$3" 2>/dev/null
	openssl x509 -req -in "$2.csr" -CA "$1.pem" -CAkey "$1.key" \
		-CAcreateserial -days 2 -extfile <(echo "subjectAltName=$4") \
		-out "$2.pem" 2>/dev/null
}

# pg_tls: the server speaks it from now on.
pg_tls() {
	local AS=() file setting
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
}

@test "TLS: by a CA and a certificate; one of no use is passed over, and its reason told where all are so" {
	needs openssl openssl
	cd "$CLUSTER"
	authority ca
	authority other
	certificate ca server /CN=server IP:127.0.0.1
	# etcd's gateway takes no client's that has a common name.
	certificate ca client /O=client DNS:client
	certificate other alien /O=alien DNS:alien
	free_port
	GOOD=127.0.0.1:$port
	etcd_single good "https://$GOOD" --cert-file server.pem --key-file server.key \
		--client-cert-auth --trusted-ca-file ca.pem
	wait_until 'it listens' bash -c "</dev/tcp/127.0.0.1/$port"
	pg_tls
	CA="ca=$PWD/ca.pem"
	OURS="$CA&cert=$PWD/client.pem&key=$PWD/client.key"
	THEIRS="$CA&cert=$PWD/alien.pem&key=$PWD/alien.key"
	DB="$PG/postgres?user=boss" ELSE=localhost:${PG##*:}
	while IFS='|' read -r url want; do
		echo "$url" >&2
		URL=$url run engine 'acquire 5 mine' release
		[[ $output == $want* ]] || fail "$output"
	done <<-END
		etcds://$GOOD?$OURS|token * OK
		etcds://$GOOD|SETUP *certificate
		etcds://$GOOD?${OURS/ca.pem/client.pem}|SETUP *certificate
		etcd://$GOOD|DOWN *etcds://
		etcds://$GOOD?$CA|DENIED *cert=FILE and key=FILE
		etcds://$GOOD?$THEIRS|DENIED *cert=FILE and key=FILE
		postgresql://$DB&$CA|token * OK
		postgresql://$ELSE,$DB&sslmode=verify-full&$CA|token * OK
		postgresql://$ELSE,$ELSE/postgres?sslmode=verify-full&$CA|SETUP *does not match host name
		postgresql://$DB&sslmode=verify-full&$THEIRS|DENIED *cert=FILE and key=FILE
		postgresql://$DB&ca=$PWD/other.pem|SETUP *certificate verify failed: it has expired, or 
	END
	URL="postgresql://$DB&$CA" run engine 'check 5'
	assert_line --partial 'is asked by TLS'
}
