#!/usr/bin/env bats
# cluster-postgresql.bats: one in a cluster of hosts, by PostgreSQL: whatever
# fails, never two at once.
# as: user (the same, for what is tagged otherwise)
load lib/cluster-engine
load lib/cluster-launch

own_teardown() { all_woken; }

own_setup() {
	wants mount
	[ -e "$CLUSTER/hosts" ] || cluster_make
	hosts_setup
	heal
	URL=$(cat "$CLUSTER/cluster.url")
	book_new
	export URL
}

cluster_make() {
	hosts_up db other a b c d e
	pg_up db
	echo "postgresql://$PG/postgres?user=ann&insecure" \
		>"$CLUSTER/cluster.url"
	at db "$BUILD/cluster/engine" "postgresql://$PG/postgres?user=boss&insecure" \
		none 'init make' >"$CLUSTER/init"
	pg_sql db 'create role ann login in role onlyone'
	pg_sql db 'create table work(host text, token bigint)'
	pg_sql db 'grant select, insert on work to ann'
}

# bats test_tags=both
@test "postgresql: a second host is told who has it, and runs when that has ended" {
	TTL=20
	runs_at a first
	pid=$BEGUN
	one_at b second
	ends "$BEGUN" 75
	assert_equal "$(sed 's/pid [0-9]* ([a-z]*), since [0-9:]*, token [0-9]*/-/' said.second)" \
		"onlyone: job: held by $(id -un)@a, - (PostgreSQL)"
	waits_at c third
	kill "$(ours a program)"
	ends "$pid" 0
	comes_to c third
	[ "$(token_of third)" -gt "$(token_of first)" ]
	the_end a b c
}

@test "postgresql: another host is asked in plain text only where the URL says so" {
	URL=${URL%&insecure}
	one_at a first
	ends "$BEGUN" 69
	grep -q 'server does not support SSL, but SSL was required' said.first
	[ ! -s "$OBSERVED" ]
}

@test "postgresql: a server that stops for a moment ends nothing; for longer it ends the program in time" {
	TTL=4 runs_at a first
	freeze db
	sleep 1
	thaw db
	TTL=4 one_at b second
	ends "$BEGUN" 75
	the_end a b
	# And for longer.
	book_new
	runs_at a first
	token=$BEGUN
	waits_at b second
	freeze db
	ends "$token" 76
	thaw db
	comes_to b second
	the_end a b
	grep -q 'the program is ended' said.first
}

# bats test_tags=both
@test "postgresql: a host that is cut off ends its program before another begins it" {
	WORDS=under runs_at a first
	pid=$BEGUN
	waits_at b second
	cut_off a
	comes_to b second
	ends "$pid" 76
	the_end a b
	assert_equal "$RAN" 2
}

@test "postgresql: slow and bad wires end nothing" {
	TTL=8 runs_at a first
	wire delay 100
	sleep 2
	wire heal
	wire drop 20
	sleep 4
	heal
	TTL=8 one_at b second
	ends "$BEGUN" 75
	the_end a b
	assert_equal "$RAN" 1
}

@test "postgresql: init prints what makes the tables, and check tells of each thing" {
	pg_sql db 'create role carl login'
	pg_sql db 'create database fresh owner carl'
	local url="postgresql://$(cat "$CLUSTER/db.url")/fresh?insecure"
	run -69 at a onlyone-cluster check "--store=$url&user=carl"
	assert_output --partial 'onlyone-cluster init'
	at a onlyone-cluster init "--store=$url&user=boss" >sql
	pg_sql db '\i sql' -d fresh
	pg_sql db 'grant onlyone to carl' -d fresh
	run at a onlyone-cluster check "--store=$url&user=carl"
	assert_line --regexp '^ok +a key was taken, renewed and given back'
	run -0 at a onlyone-cluster init --make "--store=$url&user=boss"
	run -0 at a onlyone-cluster "--store=$url&user=carl" true
}

@test "pgbouncer: in transaction mode all is as without it" {
	pool_up pool db ann
	URL="postgresql://$POOL/postgres?user=ann&insecure"
	runs_at a first
	one_at b second
	ends "$BEGUN" 75
	waits_at c third
	kill "$(ours a program)"
	comes_to c third
	waits_at b fourth
	cut_off c
	comes_to b fourth
	the_end a b c
	assert_equal "$RAN" 3
}

@test "postgresql: a synchronous standby takes over, and the program goes on under its token" {
	standby_make
	TTL=8 runs_at a first
	token=$(token_of first)
	slain db
	pg_promote other
	TTL=8 one_at b second
	ends "$BEGUN" 75
	grep -q "token $token " said.second
	the_end a b
	assert_equal "$RAN" 1
	standby_unmake
}

standby_make() {
	pg_standby other db
	URL="postgresql://$(cat "$CLUSTER/db.url"),$(cat \
		"$CLUSTER/other.url")/postgres?user=ann&insecure"
}

# The first one again, as it was; and what it still knows is over.
standby_unmake() {
	slain other
	gone "$(pid db)" || slain db
	rm -rf "$CLUSTER/other.data"
	pg_begin_alone db
	pg_sql db "update onlyone set expires = '-infinity'"
}

@test "postgresql: the server and the holder's host are cut off together, the standby takes over: never two" {
	standby_make
	runs_at a first
	pid=$BEGUN
	waits_at b second
	cut_off db a
	pg_promote other
	comes_to b second
	ends "$pid" 76
	never_two_at_once
	assert_equal "$RAN" 2
	heal
	the_end a b
	standby_unmake
}
