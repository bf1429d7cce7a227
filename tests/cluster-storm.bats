# cluster-storm.bats: clusters of hosts whose network is cut, slow and bad, and
# servers that stop or change: never two at once.
#
# Three hundred instances by each store here; `make check-cluster` is an hour of each.
# as: user (the same, for what is tagged otherwise)
load lib/cluster-storm

own_setup() {
	wants mount
	if [ ! -e "$CLUSTER/hosts" ]; then
		hosts_up m1 m2 m3 db other proxy a b c d
		etcd_up m1 m2 m3
		echo "$ETCD" >"$CLUSTER/etcd"
		storm_postgresql_make
		proxy_up 7001="$(<"$CLUSTER/m1.url")" 7002="$(<"$CLUSTER/m2.url")" \
			7003="$(<"$CLUSTER/m3.url")" 7004="$(<"$CLUSTER/db.url")" \
			7005="$(<"$CLUSTER/other.url")"
	fi
	hosts_setup
	heal
	tell proxy heal
	book_new
}

own_teardown() {
	if [ -z "${BATS_TEST_COMPLETED-}" ]; then
		tail -n 9 storm.log "$OBSERVED"* >&2 2>/dev/null || :
		at a timeout $LIMIT onlyone-cluster list "--store=${URL-}" >&2 || :
	fi
	# What has been stopped must be able to end.
	[ ! -e "$CLUSTER/hosts" ] || woken "${WANTING[@]}"
	[ -n "${BATS_TEST_COMPLETED-}" ] || cleared
}

# cleared: a test has failed: the next one finds servers that answer, and no processes.
cleared() {
	local host
	thaw m1 m2 m3 db other
	for host in "${WANTING[@]}"; do
		kill -KILL $(host_processes "$host") 2>/dev/null || :
		wait_until "all at $host have ended" nobody_at "$host"
	done
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
	pg_sql db "alter role ann set log_statement = 'all'"
	pool_up pool db ann
	URL="postgresql://$POOL/postgres?user=ann&insecure"
	runs_at a first
	refused_at b second
	waits_at c third
	kill "$(ours a program)"
	comes_to c third
	ended_by TERM "$(ours c program)"
	# With a long lease it looks less often whether it is to be stopped.
	TTL=60 runs_at a fourth
	since=$(now) asked=$(statements)
	wait_until 'a while has passed' age 6000
	asked=$(($(statements) - asked))
	[ "$asked" -le "$(awk -v since="$since" '{ print int(($1 - since) / 5) + 4 }' /proc/uptime)" ] ||
		fail "$asked statements"
	run -0 at a onlyone-cluster stop "--store=$URL" -w "$PATIENCE" job
	pg_sql db 'alter role ann reset log_statement'
	the_end
	assert_equal "$RAN" 3
}

# statements: how many the server has been sent.
statements() { grep -c 'LOG:  execute' "$CLUSTER/db.log"; }

# grown COMMAND...: such a job runs on a, then that is done, and on b it runs next.
grown() {
	local first
	echo "$*" >&2
	book_new
	begin_at a onlyone-cluster "--store=$URL" --ttl=9 -a job \
		"$GUESTS/observer" first grow of 3000 2>said.first
	first=$BEGUN
	comes_to a first
	TTL=9 waits_at b second
	"$@"
	comes_to b second
	woken a
	the_end
	ends "$first" 76
	assert_equal "$RAN" 2
}

@test "thousands that a job makes when it gets TERM have ended before another host runs it" {
	by postgresql
	grown cut_off a
	grown holder_stopped
}

holder_stopped() { stopped "$(ours a cluster)"; }

@test "etcd, three members: eight jobs, one fault after the other, never two at once" {
	wants trace
	storm_etcd
	storm etcd
}

@test "postgresql, with a standby: eight jobs, one fault after the other, never two at once" {
	wants trace
	storm_postgresql
	storm PostgreSQL
}

@test "the observer, which all of this rests upon: two at once are found" {
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
	# The first of three is killed, and two are left.
	book_new
	begin first= "$GUESTS/observer" first of 3
	wait_until 'there are three' is_parent_of_two "$first"
	stopped $others
	killed "$first"
	run -95 "$GUESTS/observer" second
	killed ${others% *} ${others#* }
	begin first= "$GUESTS/observer" third of 3
	wait_until 'there are three' is_parent_of_two "$first"
	kill "$first"
	ends "$first" 0
	wait_until 'all three have ended' "$GUESTS/observer" fourth for 1
}

# is_parent_of_two PID: these are $others.
is_parent_of_two() {
	others=$(<"/proc/$1/task/$1/children")
	others=${others% }
	[[ $others == *' '* ]]
}

# found FAULTS RUNS LAUNCHES WRITES EXCUSED: of such books these are the faults.
found() {
	local run launch token
	book_new
	for run in $2; do
		IFS=, read -ra run <<<"$run"
		printf '%s.0 %s.0 %s %s 1 %s %s\n' "${run[@]}" >>"$OBSERVED.1"
	done
	for launch in $3; do
		IFS=, read -ra launch <<<"$launch"
		printf '1.0 9.0 1 %s %s %s\n' "${launch[@]}" >>"$OBSERVED.launches"
	done
	for token in $4; do
		echo "1 $token" >>"$OBSERVED.fenced"
	done
	printf '%s\n' "$5" >"$OBSERVED.excused"
	run env ONLYONE_TEST_SLOW=1 "$BATS_TEST_DIRNAME/lib/history.py" "$OBSERVED.1"
	assert_equal "$1" "$(sed -n 's/^\([A-Z]*\) 1: .*/\1/p' <<<"$output" | xargs)"
	assert_equal "$status" "$((${#1} != 0))"
}

@test "the history, too: whatever may be wrong in it is found" {
	each=10,19,alive,a,7,x
	after=20,25,ended,b,8,y
	found '' "${each/alive/ended} $after" 'x,--wait,0 y,-n,76 z,-n,75' '7 7 8' ''
	found TWO "$each 15,25,ended,b,8,y" '' '' ''
	found TWO "$each 20,20,MET,b,8,y $after" '' '' ''
	found '' "$each 20,20,MET,b,8,y $after" '' '' '18 20 a'
	found '' "$each 15,25,ended,b,8,y" '' '' '14 18 -'
	found TWO "$each 15,25,ended,b,8,y" '' '' '14 16 -'
	found '' "17,18,alive,a,7,x 17,25,ended,b,8,y" '' '' '14 16 -'
	found TWO "17,18,alive,a,7,x 17,25,ended,b,8,y" '' '' '14 16 a'
	found TWO "10,90,alive,a,7,x 15,25,ended,b,8,y" '' '' '14 18 a'
	found '' "$each 12,16,alive,b,6,y" '' '' '11 14 b'
	found TWO "$each 15,25,ended,b,8,y" '' '' '14 16 b'
	found TWO "$each 15,25,ended,b,8,y" '' '' '2 4 a'
	found TOKEN "$each 20,25,ended,b,7,y" '' '' ''
	found TOKEN "$each 20,25,ended,b,6,y" '' '' ''
	found AGAIN "$each 20,25,ended,b,8,x" 'x,--wait,76' '' ''
	found LATE "$each $after" '' '7 8 7' ''
	found LATE "$each $after" '' '6' ''
	found TOKEN 10,19,ended,a,-,x 'x,--wait,0' '' ''
	found LOST "$after" 'x,--wait,0 y,--wait,0' '' ''
	found LOST "$each" 'x,--wait,0' '' ''
	found '' "$each" 'y,--skip,0 z,--join,0 v,--replace,143 w,-w3,69' '' ''
	found WRONG "$each" 'x,-n,75' '' ''
	found WRONG "$each" 'x,-n,97' '' ''
}
