# cluster-storm.bats: clusters of hosts whose network is cut, slow and bad, and
# servers that stop or change: never two at once.
#
# Each fault once here; `make check-cluster` runs two hundred (CLUSTER_ROUNDS), at
# random.
# as: user (the same, for what is tagged otherwise)
load lib/cluster-storm

own_setup() {
	wants mount
	if [ ! -e "$CLUSTER/hosts" ]; then
		hosts_up m1 m2 m3 db other a b c d e
		etcd_up m1 m2 m3
		echo "$ETCD" >"$CLUSTER/etcd"
		storm_postgresql_make
	fi
	hosts_setup
	heal
	book_new
}

own_teardown() {
	[ -n "${BATS_TEST_COMPLETED-}" ] ||
		tail -n 20 storm.log "$OBSERVED" through >&2 2>/dev/null || :
	# What has been stopped must be able to end.
	[ ! -e "$CLUSTER/hosts" ] || woken "${WANTING[@]}"
}

# by etcd|postgresql: the store of what follows.
by() {
	case $1 in
	etcd)
		wait_until 'all members answer' all_answer
		URL="etcd://$(<"$CLUSTER/etcd")/t$SRANDOM?insecure"
		;;
	postgresql)
		URL="postgresql://$(<"$CLUSTER/db.url"),$(<"$CLUSTER/other.url")"
		URL+="/postgres?user=ann&insecure"
		;;
	esac
}

all_answer() { etcd_answers m1 && etcd_answers m2 && etcd_answers m3; }

# refused_at HOST WORD: a launch there learns that another has it.
refused_at() { one_at "$@"; ends "$BEGUN" 75; }

# bats test_tags=both
@test "a second host is told who has it, and runs when that has ended, or is cut off" {
	while read -r store named; do
		echo "$store" >&2
		book_new
		by $store
		TTL=20 runs_at a first
		pid=$BEGUN
		if [ $store = etcd ]; then # nobody notices
			leader=$(etcd_leader m1 m2 m3)
			slain "$leader"
			etcd_begin "$leader"
		fi
		TTL=20 refused_at b second
		assert_equal "$(sed 's/pid [0-9]* ([a-z]*), since [0-9:]*, token [0-9]*/-/' said.second)" \
			"onlyone: job: held by $(id -un)@a, - ($named)"
		waits_at c third
		third=$BEGUN
		kill "$(ours a program)"
		ends "$pid" 0
		comes_to c third
		[ "$(token_of third)" -gt "$(token_of first)" ]
		waits_at b fourth
		cut_off c
		comes_to b fourth
		ends "$third" 76
		the_end
		assert_equal "$RAN" 3
	done <<-'END'
		etcd etcd
		postgresql PostgreSQL
	END
}

@test "postgresql: init prints what makes the tables; through pgbouncer all is the same" {
	pg_sql db 'create role carl login'
	pg_sql db 'create database fresh owner carl'
	url="postgresql://$(<"$CLUSTER/db.url")/fresh?insecure"
	prints -69 --partial 'onlyone-cluster init' \
		at a onlyone-cluster check "--store=$url&user=carl"
	at a onlyone-cluster init "--store=$url&user=boss" >sql
	pg_sql db '\i sql' -d fresh
	pg_sql db 'grant onlyone to carl' -d fresh
	run at a onlyone-cluster check "--store=$url&user=carl"
	assert_line --regexp '^ok +a key was taken, renewed and given back'
	run -0 at a onlyone-cluster init --make "--store=$url&user=boss"
	run -0 at a onlyone-cluster "--store=$url&user=carl" true
	pool_up pool db ann
	URL="postgresql://$POOL/postgres?user=ann&insecure"
	runs_at a first
	refused_at b second
	waits_at c third
	kill "$(ours a program)"
	comes_to c third
	the_end
	assert_equal "$RAN" 2
}

@test "etcd, three members: one fault after the other, never two at once" {
	storm_etcd
	storm
}

@test "postgresql, with a standby: it takes over; one fault after the other, never two at once" {
	storm_postgresql
	storm
}

@test "the observer, which all of this rests upon: two at once are found" {
	printf '%s ended a 1 - -\n' '0000000001.000000 0000000005.000000' \
		'0000000002.000000 0000000003.000000' >"$OBSERVED"
	prints --partial '1 overlaps' book_read
	book_new
	begin first= "$GUESTS/observer" first write 'echo first >>written'
	wait_until 'it has written' file_has written first
	never_two_at_once
	stopped "$first"
	begin second= "$GUESTS/observer" second follow write 'echo second >>written'
	wait_until 'the other follows' file_has written second
	assert_equal "$(cut -d' ' -f3 "$OBSERVED" | xargs)" 'alive MET alive'
	run -95 "$GUESTS/observer" third
	prints -1 --partial TWO never_two_at_once
	kill -CONT "$first"
	kill "$first" "$second"
	all_end 0 "$first" "$second"
}
