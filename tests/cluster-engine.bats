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
	run engine 'acquire 5 mine' renew look 'list u/ann/'
	answers OK OK OK OK
	first=$(token)
	assert_line "record $KEY mine $first"
	assert_line --regexp 'ttl 5000 until 5[0-9]{3} OK'
	run engine 'acquire 5 theirs'
	answers BUSY
	assert_line "record $KEY mine $first"
	over
	run engine look 'acquire 5 mine' release look 'acquire 5 mine'
	answers LOST OK OK LOST OK
	[ "$(token)" -gt $((first + 1)) ]
}

@test "a key is taken once, renewed, given back; its token grows" {
	each lives
}

known() {
	run engine 'acquire 5 mine-1'
	first=$(token)
	run engine 'acquire 5 mine-1' release
	answers OK OK
	assert_equal "$(token)" "$first"
	run engine 'acquire 5 mine-1'
	[ "$(token)" -gt "$first" ]
}

@test "an answer that was lost is known by its value, and not taken for another's" {
	each known
}

gives() {
	run engine 'acquire 5 mine' release release
	answers OK OK '(OK|LOST)'
	run engine 'acquire 5 other'
	run engine 'acquire 5 mine' release look
	answers BUSY LOST OK
}

@test "what another has is not given back" {
	each gives
}

runs_out() {
	asker said 'acquire 1 mine' 'until late' renew 'release 0 done' 'ended .'
	wait_until 'it is taken' grep -q token said
	wait_until 'it has ended' run -2 engine look
	: >late
	ends "$BEGUN" 1
	run cat said
	answers OK LOST LOST BUSY
}

@test "a record that ended is lost, though nobody has taken it" {
	each runs_out
}

holds() {
	run engine 'acquire 60 mine' 'release 1 done' 'acquire 5 other'
	answers OK OK BUSY
	first=$(token)
	assert_line "record $KEY done $first"
	run engine 'within 20000' 'win 5 other'
	answers OK
	[ "$(token)" -gt "$first" ]
}

@test "a hold keeps the key under its token, and then ends by itself" {
	each holds
}

hears() {
	run engine 'acquire 60 mine'
	asker said 'within 50000' 'win 60 other' release
	# It finds it taken, and once more in line.
	wait_until 'it waits' eval '[ "$(grep -c record said)" = 2 ]'
	run engine 'acquire 60 mine' release
	answers OK OK
	ends "$BEGUN" 0
	run cat said
	answers OK OK
	took 1 0 20000
	run engine 'acquire 2 mine'
	run engine 'within 50000' 'win 5 third'
	answers OK
	took 1 500 20000
}

@test "who waits hears a release at once, and an expiry when it is due" {
	each hears
}

wishes() {
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
	# One that is older than the watch.
	asker holder 'acquire 60 mine' 'until left' wanted
	wait_until 'it is taken' grep -q token holder
	run engine look 'wish . kill it'
	answers OK OK
	: >left
	ends "$BEGUN" 0
	grep -q 'value kill it' holder
}

@test "a wish comes to the holder whose token it is for, and to no later one" {
	each wishes
}

# joined: by an asker, to a run that another has begun.
joined() {
	asker said 'within 50000' join
	wait_until 'it waits' grep -q record said
}

joins() {
	local after
	for after in look 'acquire 60 next'; do
		asker holder 'acquire 60 mine' 'until go' 'release 0 exit 3' "$after"
		wait_until 'it runs' grep -q token holder
		joined
		: >go
		ends "$BEGUN" 0
		run cat said
		answers OK
		assert_line 'value exit 3'
		over
		rm go
	done
	# Held back.
	asker holder 'acquire 60 mine' 'until go' 'release 60 exit 4'
	wait_until 'it runs' grep -q token holder
	joined
	: >go
	ends "$BEGUN" 0
	assert_equal "$(grep value said)" 'value exit 4'
	over
	# It did not run, or it is not told.
	run engine 'acquire 60 mine' release 'ended .' 'ended 1'
	answers OK OK BUSY BUSY
}

@test "who joins a run is told how it ended, also if the next one has begun" {
	each joins
}

follow() {
	local i pids=()
	book_new
	for i in {1..20}; do
		asker "said.$i" 'within 100000' "win 10 v$i" \
			"run $GUESTS/observer $i for 20" release
		pids+=("$BEGUN")
	done
	all_end 0 "${pids[@]}"
	never_two_at_once
	assert_equal "$RAN" 20
	# In the order of their tokens.
	sort "$OBSERVED" | awk '{ print $7 }' >order
	for i in {1..20}; do
		echo "$(grep -o 'token [0-9]*' "said.$i" | cut -d' ' -f2) $i"
	done | sort -n | cut -d' ' -f2 >by-token
	assert_equal "$(cat order)" "$(cat by-token)"
}

@test "of 20 that want a key one has it, and then the next" {
	each follow
}

@test "etcd: taking and giving back are done once where their answers are lost" {
	lies lost-txn
	URL=etcd://$LIAR run engine 'acquire 60 mine' 'release 0 done' 'ended .' look
	answers OK OK OK LOST
	assert_equal "$(grep -c txn lost-txn.asked)" 6
}

# --- what an administrator did not do, or did ---------------------------------

# told: of each line, STATUS|THE URL'S REST|COMMAND|REGEX: what comes of it.
told() {
	local is of what want
	while IFS='|' read -r is of what want; do
		URL="postgresql://$PG/$of" run "-$is" engine "$what"
		assert_output --regexp "$want"
	done
}

@test "postgresql: a table that is not there, or is another one, is told with what to do" {
	run engine 'acquire 5 mine'
	answers OK
	pg_sql db 'create table odd(key text primary key, holder text)'
	pg_sql db 'create sequence odd_token'
	pg_sql db 'grant all on odd to ann'
	told <<-'END'
		5|postgres?user=ann&table=public.nowhere|acquire 5 mine|SETUP PostgreSQL at 127.*nowhere.* does not exist.*onlyone-cluster init
		5|postgres?user=ann&table=private.lease|acquire 5 mine|SETUP .*private.lease.* does not exist.*onlyone-cluster init
		5|postgres?user=ann&table=odd|acquire 5 mine|SETUP .*of another version.*onlyone-cluster init
		5|postgres?user=ann&table=odd|check 5|bad: public.odd says: nothing; is it ours\?
		5|nobody?user=ann|look|SETUP .*database "nobody" does not exist
	END
}

@test "postgresql: who may not is told so: no grant, no such role, a wrong password" {
	pg_sql db 'create role carl login'
	pg_sql db 'create database carls owner carl'
	echo wrong >wrong
	echo 'open sesame' | tee pass >open
	chmod 600 wrong pass
	chmod 640 open
	told <<-END
		4|postgres?user=bob|acquire 5 mine|DENIED .*permission denied for .*grant onlyone
		4|postgres?user=bob|init make|DENIED .*permission denied
		0|carls?user=carl|init make|OK
		4|postgres?user=nobody|look|DENIED .*role "nobody" does not exist
		4|postgres?user=secret|look|DENIED .*no password supplied: the URL needs passfile=FILE
		4|postgres?user=secret&passfile=$PWD/wrong|look|DENIED .*password authentication failed
		0|postgres?user=secret&passfile=$PWD/pass|acquire 5 mine|OK
		5|postgres?user=secret&passfile=$PWD/open|look|^SETUP the password in $PWD/open can be read by others: chmod 600\$
		5|postgres?passfile=$PWD/none|look|cannot read the password
	END
	# That of libpq is one, too.
	echo '*:*:*:secret:open sesame' >.pgpass
	chmod 600 .pgpass
	HOME=$PWD URL="postgresql://$PG/postgres?user=secret" run -0 engine \
		'acquire 5 mine' release
}

@test "postgresql: plain text to another host, and a URL that cannot be, are refused unasked" {
	for words in sslmode=prefer sslmode=disable 'table=a;b' table=A table=.x \
		table= password=x nonsense=x; do
		URL=postgresql://10.1.2.3/db?$words run -5 engine look
		assert_output --partial 'SETUP'
		refute_output --partial ' ms'
	done
	URL=postgresql:///db run -5 engine look
	# Who has no TLS is told no password.
	URL="postgresql://$PG/postgres?sslmode=require" run -5 engine look
	answers 'SETUP .*server does not support SSL, but SSL was required'
}

@test "postgresql: what libpq finds in the environment sends nothing elsewhere" {
	run -0 env PGHOST=10.1.2.3 PGHOSTADDR=10.1.2.3 PGPORT=1 PGUSER=nobody \
		PGDATABASE=nothing PGSERVICE=none PGSERVICEFILE=/none \
		PGOPTIONS='-c search_path=x' PGSSLMODE=require PGPASSWORD=x \
		PGTARGETSESSIONATTRS=standby PGREQUIREPEER=nobody \
		timeout $LIMIT "$BUILD/cluster/engine" "$URL" "$KEY" 'acquire 5 a' \
		release
	answers OK OK
	run -0 env PGUSER=nobody PGHOSTADDR=10.1.2.3 timeout $LIMIT \
		"$BUILD/cluster/engine" "${URL%\?*}?user=boss" "$KEY" look \
		'acquire 5 a'
}

@test "postgresql: check tells of each thing, and of what is wrong" {
	# The tests' server may forget what it was told; a real one must not.
	run -5 engine 'check 5'
	assert_line --regexp '^ok: PostgreSQL 1[0-9]'
	assert_line --regexp '^ok: 127.*is asked in plain text'
	assert_line --partial 'bad: fsync is off there'
	assert_line 'ok: public.onlyone says: onlyone tables, version 3'
	assert_line --partial 'ok: a key was taken, renewed and given back'
	assert_equal "$(grep -c ^bad <<<"$output")" 1
	URL="postgresql://$PG/postgres?user=bob" run -5 engine 'check 5'
	assert_line --regexp '^bad: .*permission denied'
	URL="postgresql://127.0.0.1:1/postgres?user=bob" run -5 engine \
		'within 400' 'check 5'
	assert_line --regexp '^bad: .*127.0.0.1:1: '
	assert_line 'bad: no server can be written to'
}

# --- the server fails ---------------------------------------------------------

@test "postgresql: a server that is stopped is given up at the deadline, and met again" {
	asker said 'acquire 60 mine' 'within 700' 'until frozen' renew release \
		'until thawed' 'within 20000' renew
	wait_until 'it has the key' grep -q token said
	freeze db
	: >frozen
	wait_until 'both were given up' eval '[ "$(grep -c DOWN said)" = 2 ]'
	thaw db
	: >thawed
	wait "$BEGUN" || :
	run cat said
	# What was sent to it, it does when it wakes: perhaps the release, too.
	answers OK 'DOWN .*no answer in time' 'DOWN .*no answer in time' '(OK|LOST)'
	took 2 600 6000
	took 3 600 6000
}

@test "postgresql: a server that is killed and begun again has forgotten nothing" {
	asker said 'acquire 60 mine' 'until again' 'within 30000' renew release
	wait_until 'it has the key' grep -q token said
	slain db
	run -3 engine 'within 300' look
	answers 'DOWN .*'
	pg_begin db
	: >again
	ends "$BEGUN" 0
	run cat said
	answers OK OK OK
}

@test "postgresql: a session that the server ends, or a statement that it cancels, is begun again" {
	asker said 'acquire 60 mine' 'until ended' renew 'until cancelled' \
		'within 30000' renew 'until locked' 'within 400' renew
	pid=$BEGUN
	wait_until 'it has the key' grep -q token said
	pg_sql db "select pg_terminate_backend(pid) from pg_stat_activity
		where usename = 'ann'"
	: >ended
	wait_until 'it is renewed' eval '[ "$(grep -c OK said)" = 2 ]'
	# The row is locked, so that a statement waits, and is cancelled.
	row_lock
	: >cancelled
	wait_until 'one waits, and is cancelled' eval '[ "$(pg_sql db \
		"select pg_cancel_backend(pid) from pg_stat_activity
		where usename = '\''ann'\'' and wait_event_type = '\''Lock'\''")" = t ]'
	echo 'commit;' >&5
	wait_until 'it is renewed' eval '[ "$(grep -c OK said)" = 3 ]'
	row_lock
	: >locked
	ends "$pid" 3
	run cat said
	answers OK OK OK 'DOWN .*'
	took 4 300 6000
	echo 'commit;' >&5
	exec 5>&-
}

# row_lock: a session that has locked the row of the key; what it is to do comes by
# descriptor 5.
row_lock() {
	if [ ! -p lock ]; then
		mkfifo lock
		exec 5<>lock
		begin $PGBIN/psql -qAtX -h "$CLUSTER" -p "${PG#*:}" -U boss \
			-d postgres <lock >/dev/null
	fi
	echo "begin; select from onlyone where key = '$KEY' for update;" >&5
	wait_until 'the row is locked' eval 'run ! pg_sql db \
		"select from onlyone where key = '\''$KEY'\'' for update nowait"'
}

@test "postgresql: a token is larger than that of one who came and went while we waited for the row" {
	run engine 'acquire 60 mine' release
	row_lock
	asker said 'within 50000' 'acquire 60 late'
	pid=$BEGUN
	wait_until 'it waits for the row' eval '[ "$(pg_sql db \
		"select count(*) from pg_stat_activity where usename = '\''ann'\''
		and wait_event_type = '\''Lock'\''")" = 1 ]'
	between=$(pg_sql db "select nextval('onlyone_token')")
	echo "update onlyone set token = $between where key = '$KEY'; commit;" >&5
	ends "$pid" 0
	run cat said
	[ "$(token)" -gt "$between" ]
	exec 5>&-
}

@test "postgresql: too many sessions are waited out up to the deadline" {
	pg_sql db 'alter role ann connection limit 0'
	run engine 'within 3000' look
	asker said 'within 50000' look
	pg_sql db 'alter role ann connection limit -1'
	ends "$BEGUN" 2
	assert_equal "$status" 3
	answers 'DOWN .*too many connections for role "ann".*pgbouncer.*'
}

@test "postgresql: where no name server answers the deadline is kept" {
	URL="postgresql://db.example:${PG#*:}/postgres?insecure" \
		WRONG_NAMES=60 LD_PRELOAD=$GUESTS/wrong.so run -3 engine \
		'within 500' look
	answers 'DOWN PostgreSQL at db.example: no answer from the name server'
	took 1 400 10000
	# One who can be asked is asked all the same.
	URL="postgresql://db.example,$PG/postgres?insecure&user=ann" \
		WRONG_NAMES=60 LD_PRELOAD=$GUESTS/wrong.so run -0 engine \
		'within 10000' 'acquire 5 mine'
	answers OK
}

# --- a standby, and a pooler --------------------------------------------------

@test "postgresql: a standby is passed over; when it takes over, it knows who has the key" {
	WRONG_CLOCK=30 LD_PRELOAD=$GUESTS/wrong.so pg_standby other db
	OTHER=$(cat "$CLUSTER/other.url")
	URL="postgresql://$OTHER/postgres?user=ann" run -3 engine 'within 400' \
		look 'acquire 5 mine' 'watch key'
	# It is asked again until time is up, and the last one may be too late.
	answers 'DOWN .*' 'DOWN .*' 'DOWN .*'
	assert_output --partial 'it is a standby'
	URL="postgresql://$OTHER,$PG/postgres?user=ann"
	asker said 'within 20000' 'acquire 60 mine' 'until over' renew look
	wait_until 'it has the key' grep -q token said
	run cat said
	first=$(token)
	run -5 engine 'check 5'
	assert_line --partial ', a standby'
	refute_line --partial 'synchronous_standby_names is empty'
	assert_line --regexp \
		"^bad: the servers' clocks are apart by (29|30)[0-9]{3} ms"
	slain db
	URL="postgresql://$PG,$OTHER/postgres?user=ann" \
		run -3 engine 'within 1500' look
	refute_output --partial standby
	pg_promote other
	: >over
	ends "$BEGUN" 0
	run cat said
	answers OK OK OK
	assert_line "record $KEY mine $first"
	run -1 engine 'within 20000' 'acquire 5 other'
	run -5 engine 'within 2000' 'check 5'
	assert_line --partial 'bad: synchronous_standby_names is empty'
	slain other
	pg_begin_alone db
	rm -rf "$CLUSTER/other.data"
	run -0 engine 'within 20000' look
}

@test "postgresql: what the standby has not got is no answer, also where somebody cancels the wait, or the role would not wait" {
	pg_standby third db
	pg_sql db 'alter role ann set synchronous_commit = off'
	run engine 'acquire 60 mine'
	answers OK
	freeze third
	asker said 'within 2000' 'acquire 60 mine'
	wait_until 'it waits for the standby, and is cancelled' eval \
		'[ "$(pg_sql db "select pg_cancel_backend(pid)
		from pg_stat_activity where usename = '\''ann'\''
		and wait_event = '\''SyncRep'\''")" = t ]'
	ends "$BEGUN" 3
	run cat said
	answers 'DOWN .*'
	thaw third
	pg_sql db 'alter role ann reset synchronous_commit'
	run -0 engine 'within 20000' 'acquire 60 mine' renew release
	slain third db
	pg_begin_alone db
}

@test "postgresql: while a standby is gone, those who want a key leave no more than one session behind" {
	local pids=() pid i
	pg_standby fourth db
	freeze fourth
	for i in 1 2 3 4; do
		asker "said.$i" 'within 4000' "acquire 60 mine.$i"
		pids+=("$BEGUN")
	done
	all_end 3 "${pids[@]}"
	# It may still wait for the row, and then give up.
	wait_until 'one waits for the standby, and nobody for that one' \
		sessions_of ann 1
	# The key is its own, as long as it was asked for, and nobody is left.
	thaw fourth
	wait_until 'it has not waited in vain' sessions_of ann 0
	slain fourth db
	pg_begin_alone db
}

sessions_of() {
	[ "$(pg_sql db "select count(*) from pg_stat_activity
		where usename = '$1'")" = "$2" ]
}

@test "pgbouncer: all requests go through it; who waits looks" {
	pool_up pool db ann
	URL="postgresql://$POOL/postgres?user=ann"
	run engine 'acquire 60 mine' renew look 'list u/'
	answers OK OK OK OK
	asker said 'within 50000' 'win 60 other' wanted 'release 0 yes'
	wait_until 'it waits' eval '[ "$(grep -c record said)" -ge 2 ]'
	run engine 'acquire 60 mine' release
	answers OK OK
	wait_until 'it has the key' grep -q token said
	asker sender 'within 50000' look 'wish . end it' join
	ends "$BEGUN" 0
	grep -q 'value end it' said
	grep -q 'value yes' sender
}
