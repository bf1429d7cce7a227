#!/usr/bin/env bats
# cluster-fixtures.bats: the servers, hosts and the observer that the tests of
# clusters rest upon do what those believe.
load lib/cluster

# the_hosts: those of this file, begun by the first test that asks.
the_hosts() {
	wants mount
	[ -e "$CLUSTER/hosts" ] || hosts_up a b c
	heal
	hosts_setup
}

# line BEGAN LAST STATE: in the observer's book.
line() { echo "$1 $2 $3 a 1 - -" >>"$OBSERVED"; }

@test "book: the longest time between two instances is told, in any order" {
	book_new
	line 0000000005.000000 0000000006.000000 ended
	line 0000000001.000000 0000000002.000000 ended
	line 0000000002.250000 0000000004.000000 'alive'
	never_two_at_once
	assert_equal "$RAN $GAP" '3 1000'
}

@test "book: two at once are found, by their times and by their lock" {
	book_new
	line 0000000001.000000 0000000005.000000 ended
	line 0000000002.000000 0000000003.000000 ended
	# Not only beside the one before it.
	line 0000000004.000000 0000000006.000000 ended
	run -0 book_read
	assert_line --partial '2 overlaps'
	run -1 never_two_at_once
	book_new
	line 0000000001.000000 0000000001.000000 TWO
	run -1 never_two_at_once
}

@test "book: a host that stood still counts up to then, if it has ended when that was over" {
	book_new
	line 0000000001.000000 0000000005.100000 alive
	line 0000000004.000000 0000000004.000000 MET
	line 0000000004.000000 0000000006.000000 ended
	prints -1 --partial MET never_two_at_once
	echo "2.00 5.20 a" >"$OBSERVED.frozen"
	never_two_at_once
	assert_equal "$RAN $GAP" '2 2000'
	# Another one stood still, or this one lived on.
	echo "2.00 5.20 b" >"$OBSERVED.frozen"
	run -1 never_two_at_once
	echo "2.00 5.00 a" >"$OBSERVED.frozen"
	run -1 never_two_at_once
	# They met before.
	echo "4.50 5.20 a" >"$OBSERVED.frozen"
	run -1 never_two_at_once
}

@test "observer: who follows one that stands still is alive, and writes once it is woken" {
	book_new
	begin first= "$GUESTS/observer" first write 'echo first >>written'
	wait_until 'it has written' file_has written first
	stopped "$first"
	begin "$GUESTS/observer" second follow write 'echo second >>written'
	wait_until 'the other follows' file_has written second
	assert_equal "$(cut -d' ' -f3 "$OBSERVED" | xargs)" 'alive MET alive'
	: >written
	kill -CONT "$first"
	wait_until 'it writes again' file_has written first
	kill "$first" "$BEGUN"
	all_end 0 "$first" "$BEGUN"
	run -1 never_two_at_once
	assert_equal "$(cut -d' ' -f3 "$OBSERVED" | xargs)" 'ended MET ended'
}

@test "observer: two that run at once are in the book, one of them stopped" {
	book_new
	begin "$GUESTS/observer" first
	wait_until 'it has begun' observed first
	never_two_at_once
	stopped "$BEGUN"
	run -95 "$GUESTS/observer" second
	prints -1 --partial TWO never_two_at_once
}

@test "observer: it ends by TERM or by time, with a status; a kill is no end" {
	book_new
	run -7 "$GUESTS/observer" one for 30 exit 7
	begin "$GUESTS/observer" two
	wait_until 'it has begun' observed two
	ends_by TERM "$BEGUN" 0
	begin "$GUESTS/observer" three ignore
	wait_until 'it has begun' observed three
	kill "$BEGUN"
	killed "$BEGUN"
	begin "$GUESTS/observer" four under
	wait_until 'it has begun' observed four
	pid=$(sed -n 's/.* \([0-9]*\) - four$/\1/p' "$OBSERVED")
	assert_equal "$(parent_of "$(parent_of "$pid")")" "$BEGUN"
	killed "$pid"
	ends "$BEGUN" 96
	never_two_at_once
	assert_equal "$RAN $(cut -d' ' -f3 "$OBSERVED" | xargs)" \
		'4 ended ended alive alive'
}

@test "hosts: they have names, pids and a clock; they hear each other, and one that is cut off does not" {
	the_hosts
	assert_equal "$(at b hostname) $(at b pwd)" "b $PWD"
	# shellcheck disable=SC2016
	assert_equal "$(at b sh -c 'echo $PPID')" 0
	begin_at b socat TCP-LISTEN:7000,fork,reuseaddr EXEC:cat
	wait_until 'b answers a' hears a b
	hears c b
	cut_off b
	deafens a b
	heal
	hears a b
	cut_off a b
	hears a b
	deafens c b
	heal
	deaf a b
	deafens a b
	hears c b
	heal
	hears a b
	killed "$INNER"
	ended "$BEGUN"
}

# hears FROM TO: an echo comes; deafens: within a time in which it would.
hears() { [ "$(echo_at "$1" "$2" 5)" = word ]; }

deafens() { [ "$(echo_at "$1" "$2" .5)" = '' ]; }

echo_at() {
	at "$1" timeout "$3" socat -t "$3" - "TCP:$(address "$2"):7000" \
		<<<word 2>/dev/null || :
}

@test "hosts: what is sent comes later when the wire is slow, and much is lost when it is bad" {
	the_hosts
	begin_at b socat TCP-LISTEN:7000,fork,reuseaddr EXEC:cat
	wait_until 'b answers a' hears a b
	wire delay 150
	before=${EPOCHREALTIME/./}
	hears a b
	after=${EPOCHREALTIME/./}
	# There and back, and there and back for the connection.
	[ $((after - before)) -ge 600000 ]
	wire heal
	wire drop 100 "$(host_number a)"
	deafens a b
	wait_until 'b answers c' hears c b
	wire drop 100
	deafens c b
	wire drop 20
	wait_until 'b answers a' hears a b
}

@test "hosts: all that runs there can be stopped, and ends with the host's first" {
	the_hosts
	begin_at c sleep 300
	assert_equal "$(host_processes c)" "$INNER"
	pid=$INNER
	alive "$pid"
	killed "$pid"
	wait_until 'nothing runs there' eval '[ -z "$(host_processes c)" ]'
}

@test "etcd: one member keeps a lease of a second" {
	[ -e "$CLUSTER/single.pid" ] || etcd_up single
	prints -0 --partial 'TTL(1s)' etcd_ctl single lease grant 1
	run -0 etcd_ctl single put key value
	freeze single
	run ! etcd_ctl single --command-timeout=300ms get key
	thaw single
	wait_until 'it answers again' etcd_answers single
	slain single
	etcd_begin single
	wait_until 'it answers again' etcd_answers single
	prints -0 value etcd_ctl single get key --print-value-only
}

@test "etcd: of three members on hosts the leader may be cut off, and not two" {
	the_hosts
	etcd_up a b c
	wait_until 'there is a leader' etcd_leader a b c
	leader=$(etcd_leader a b c)
	other=$([ "$leader" = a ] && echo b || echo a)
	run -0 etcd_ctl "$other" put key value
	cut_off "$leader"
	wait_until 'the others go on' etcd_answers "$other"
	run ! etcd_answers "$leader"
	prints -0 value etcd_ctl "$other" get key --print-value-only
	cut_off "$other"
	wait_until 'nobody has a majority' eval '! etcd_answers "$other"'
	heal
	wait_until 'all of them answer' etcd_answers "$leader"
}

@test "postgresql: it is asked, frozen, killed, and begun again" {
	[ -e "$CLUSTER/db.pid" ] || pg_up db
	pg_sql db 'create table t(i int); insert into t values (4)'
	freeze db
	run ! timeout .5 $PGBIN/psql -h "${PG%:*}" -p "${PG#*:}" -U boss \
		-d postgres -c 'select 1'
	thaw db
	assert_equal "$(pg_sql db 'select i from t')" 4
	slain db
	run ! pg_answers db
	pg_begin db
	wait_until 'it answers again' pg_answers db
	assert_equal "$(pg_sql db 'select i from t')" 4
	run ! timeout $LIMIT $PGBIN/psql -w "postgresql://secret@$PG/postgres" \
		-c 'select 1'
	run -0 env PGPASSWORD='open sesame' timeout $LIMIT $PGBIN/psql -w \
		"postgresql://secret@$PG/postgres" -c 'select 1'
}

@test "postgresql: a synchronous standby has all, and takes over" {
	[ -e "$CLUSTER/db.pid" ] || pg_up db
	pg_standby other db
	pg_sql db 'create table u(i int)'
	pg_sql db 'insert into u values (5)'
	# It has what is committed, and shows it a moment later.
	wait_until 'it is shown there' eval \
		'[ "$(pg_sql other "select i from u")" = 5 ]'
	run ! pg_sql other 'insert into u values (6)'
	slain db
	pg_promote other
	pg_sql other 'insert into u values (6)'
	assert_equal "$(pg_sql other 'select sum(i) from u')" 11
	slain other
	pg_begin_alone db
}

@test "pgbouncer: it gives one server's connection to one transaction after the other" {
	[ -e "$CLUSTER/db.pid" ] || pg_up db
	pool_up pool db
	# Two clients of it, one after the other: the same process of the server.
	run -0 $PGBIN/psql -qAtX "postgresql://boss@$POOL/postgres" \
		-c 'select pg_backend_pid()'
	assert_equal "$($PGBIN/psql -qAtX "postgresql://boss@$POOL/postgres" \
		-c 'select pg_backend_pid()')" "$output"
}
