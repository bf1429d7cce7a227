#!/usr/bin/env bats
# cluster-line.bats: the line of those that wait for a key, in each engine.
# as: user (a server knows no user of the machine)
load lib/cluster-engine

setup_file() {
	cluster_begin
	etcd_up one
	pg_up db
	URL="postgresql://$PG/postgres?user=boss" KEY=none engine 'init make' \
		>"$CLUSTER/init"
	pg_sql db "alter system set log_statement = 'all'"
	pg_sql db 'select pg_reload_conf()'
}

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

# asked: how many requests the server has had so far.
asked() {
	if [ $ENGINE = etcd ]; then
		curl -s "http://$ETCD/metrics" | awk '
			/^grpc_server_started_total/ { n += $2 }
			END { printf "%d\n", n }'
	else
		# Those of psql are no "execute".
		grep -c 'LOG:  execute' "$CLUSTER/db.log"
	fi
}

# written: what changes with each change in the store.
written() {
	if [ $ENGINE = etcd ]; then
		etcd_ctl one get nothing --write-out=json | jq .header.revision
		curl -s "http://$ETCD/metrics" |
			grep '^grpc_server_started_total.*"LeaseGrant"'
	else
		pg_sql db 'select pg_snapshot_xmax(pg_current_snapshot())'
	fi
}

# held: by an asker, until ./go is there.
held() {
	asker holder 'acquire 300 mine' 'until go' 'release 0 done'
	wait_until 'the key is taken' grep -q token holder
}

# wins NAME TTL [COMMAND...]: one more is in line, which says so in ./order when
# it has the key.
wins() {
	asker "$1" 'within 100000' "win $2 $1" "run echo $1 >>order" "${@:3}" \
		'release 0 done'
	# It was told who has it, and once more in line.
	wait_until "$1 is in line" eval '[ "$(grep -c record "'"$1"'")" -ge 2 ]'
}

in_order() {
	local n pids=()
	held
	for n in 1 2 3 4 5 6 7 8; do
		wins $n 300
		pids+=("$BEGUN")
	done
	: >go
	all_end 0 "${pids[@]}"
	assert_equal "$(xargs <order)" '1 2 3 4 5 6 7 8'
	assert_equal "$(places)" 0
}

@test "who waits has it in order of arrival" {
	each in_order
}

woken() {
	local n before pids=()
	held
	for n in {1..24}; do
		wins $n 300 "until go.$n"
		pids+=("$BEGUN")
	done
	before=$(asked)
	: >go
	wait_until 'the first one has it' test -s order
	# The release, what the next one asks, and what counts them.
	n=$(($(asked) - before))
	[ "$n" -le 8 ] || fail "$ENGINE: $n requests"
	before=$(asked)
	touch go.{1..24}
	all_end 0 "${pids[@]}"
	n=$((($(asked) - before) / 24))
	[ "$n" -le 6 ] || fail "$ENGINE: $n requests each"
}

@test "a release wakes one of 24, and each asks a few times" {
	each woken
}

dies() {
	local n pids=()
	held
	for n in 1 2 3 4; do
		wins $n $((n % 2 ? 4 : 300))
		pids+=("$BEGUN")
		[ $((n % 2)) = 0 ] || killed $(tree "$BEGUN")
	done
	: >go
	all_end 0 "${pids[1]}" "${pids[3]}"
	assert_equal "$(xargs <order)" '2 4'
}

@test "one that has died in line is passed over" {
	each dies
}

stands() {
	local pids=()
	held
	wins 1 4
	pids+=("$BEGUN")
	stopped $(tree "$BEGUN")
	wins 2 300
	pids+=("$BEGUN")
	: >go
	ends "${pids[1]}" 0
	assert_equal "$(cat order)" 2
	kill -CONT $(tree "${pids[0]}")
	ends "${pids[0]}" 0
	assert_equal "$(xargs <order)" '2 1'
}

@test "one that is stopped in line is passed over, and waits anew" {
	each stands
}

pushes_in() {
	held
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

@test "who comes when it is free, and another is in line, is told that" {
	each pushes_in
}

only_asks() {
	local before asks=()
	held
	mapfile -t asks < <(printf 'acquire 5 try%d\n' {1..200})
	before=$(written)
	run engine "${asks[@]}"
	assert_equal "$(grep -c ^BUSY <<<"$output")" 200
	assert_equal "$(written)" "$before"
	: >go
}

@test "200 that find it taken write nothing" {
	each only_asks
}

launches() {
	local n pids=()
	begin onlyone-cluster "--store=$URL" --ttl=60 -a line \
		sh -c 'until [ -e go ]; do sleep .05; done'
	pids+=("$BEGUN")
	KEY=u/$(id -un)/line
	wait_until 'it runs' engine look
	for n in 1 2 3 4; do
		mkdir -m 700 "$ONLYONE_DIR.$ENGINE$n"
		ROOTS+=("$ONLYONE_DIR.$ENGINE$n")
		# One is gone again before its turn.
		begin env "ONLYONE_DIR=$ONLYONE_DIR.$ENGINE$n" \
			onlyone-cluster "--store=$URL" --ttl=60 --wait \
			-a line sh -c "echo $n >>order"
		pids+=("$BEGUN")
		wait_until "$n is in line" eval '[ "$(places)" = '$n' ]'
	done
	ends_by TERM "${pids[2]}" 143
	wait_until 'it has given its place up' eval '[ "$(places)" = 3 ]'
	: >go
	all_end 0 "${pids[0]}" "${pids[1]}" "${pids[3]}" "${pids[4]}"
	assert_equal "$(xargs <order)" '1 3 4'
}

@test "launches on several hosts run in order of arrival; one that is told to end leaves it" {
	each launches
}
