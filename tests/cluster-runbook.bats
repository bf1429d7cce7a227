# cluster-runbook.bats: each entry of the RUNBOOK in onlyone-cluster(1), done as it is
# written there, on hosts with a network between them.  A test is named as its entry.
# as: user (the same, for what is tagged otherwise)
load lib/cluster-observed
load lib/manual
load lib/tls

WANTING=(a b)

own_setup() {
	wants mount
	if [ ! -e "$CLUSTER/hosts" ]; then
		hosts_up m1 db a b
		etcd_up m1
		echo "$ETCD" >"$CLUSTER/etcd"
		pg_up db
		at db onlyone-cluster init --make \
			"--store=postgresql://$PG/postgres?user=boss&insecure" >"$CLUSTER/init"
		pg_sql db 'create role ann login in role onlyone; grant onlyone to secret'
	fi
	hosts_setup
}

own_teardown() { [ ! -e "$CLUSTER/hosts" ] || thaw m1 db; }

# each COMMAND...: by etcd, then by PostgreSQL: $STORE and $URL, with a new book.
each() {
	for STORE in etcd postgresql; do
		echo "$STORE" >&2
		case $STORE in
		etcd) URL="etcd://$(<"$CLUSTER/etcd")/t$SRANDOM?insecure" SERVER=m1 ;;
		*)
			URL="postgresql://$(<"$CLUSTER/db.url")/postgres?user=ann&insecure" SERVER=db
			pg_sql db 'delete from onlyone' # or "job" stays the first role's
			;;
		esac
		book_new
		mkdir $STORE
		cd $STORE
		"$@"
		cd ..
	done
}

# tool HOST VERB [ARG...]: onlyone-cluster there, with the store.
tool() { at "$1" timeout -k 5 $LIMIT onlyone-cluster "${@:2}" "--store=$URL"; }

failover() {
	runs_at a first
	first=$BEGUN
	waits_at b second
	prints -0 --partial 'running on a,' tool b status job
	program=$(ours a program)
	killed $(ours a cluster)
	ended "$program"
	ends "$first" 76
	comes_to b second
	second=$BEGUN
	# A host that is halted: nothing of it is left, and nobody has been told.
	waits_at a third
	killed $(host_processes b)
	ended "$second"
	comes_to a third
	# With a lease that no test waits for: it follows at once.
	kill "$(ours a program)"
	ends "$BEGUN" 0
	TTL=3000 runs_at a fourth
	fourth=$BEGUN
	TTL=3000 waits_at b fifth
	run -0 tool b stop job
	ends "$fourth" 0
	comes_to b fifth
	the_end
	assert_equal "$RAN" 5
}

# bats test_tags=both
@test "Test a failover: the next host follows, within the lease or at once" { each failover; }

drained() {
	local ONE words=(env "ONLYONE_TEST_DRAINED=$PWD/mark" "PATH=$BUILD/points:$PATH")
	# This host's mark, and no other's.
	own() { at a "${words[@]}" timeout -k 5 $LIMIT onlyone-cluster "$@" "--store=$URL"; }
	TTL=3000 one --wait
	begin_at a "${words[@]}" "${ONE[@]}" first ignore 2>said.first
	first=$BEGUN
	comes_to a first
	TTL=3000 waits_at b second
	run -0 own drain --kill-after=1
	ends "$first" 137
	comes_to b second
	# Nothing but its keeper, for a moment, is there: it can be halted.
	wait_until 'nothing is left there' nobody_at a
	run -75 at a "${words[@]}" onlyone-cluster "--store=$URL" -n -a other true
	run -0 at a "${words[@]}" onlyone-cluster undrain
	# What waits there leaves the line.
	begin_at a "${words[@]}" "${ONE[@]}" third 2>said.third
	wait_until 'it waits' eval '[[ $(tool b list) == *" waiting "* ]]'
	run -0 own drain
	[[ $(tool b list) != *' waiting '* ]]
	run -0 at a "${words[@]}" onlyone-cluster undrain
	kill "$(ours b program)"
	comes_to a third
	run -0 at a "${words[@]}" onlyone-cluster "--store=$URL" -n -a other true
	the_end
}

# bats test_tags=both
@test "Drain a host: its command is handed over, and it takes none until undrain" {
	needs_points
	each drained
}

# accept AUTHORITY...: the store and its clients accept what these have issued, and
# nothing else, from the next connection on.
accept() {
	local file
	cat "${@/%/.pem}" >accepted.new
	cp accepted.new ours.new
	mv accepted.new accepted
	mv ours.new ours
	if [ $STORE = etcd ]; then
		[ ! -e "$CLUSTER/sealed.pid" ] || slain sealed
		there m1
		server sealed "${AT[@]}" etcd --name sealed --data-dir "$CLUSTER/sealed.data" \
			--listen-client-urls "https://$SEALED" \
			--advertise-client-urls "https://$SEALED" \
			--listen-peer-urls http://127.0.0.1:0 --log-level error \
			--cert-file "$PWD/server.pem" --key-file "$PWD/server.key" \
			--client-cert-auth --trusted-ca-file "$PWD/accepted" \
			--heartbeat-interval 50 --election-timeout 500
		wait_until 'it answers' sealed_ctl get nothing
		return
	fi
	for file in server.pem server.key accepted; do
		"${AS[@]}" tee "$CLUSTER/db.data/$file" >/dev/null <$file
		"${AS[@]}" chmod 600 "$CLUSTER/db.data/$file"
	done
	loaded=$(pg_sql db 'select pg_conf_load_time()')
	pg_sql db 'select pg_reload_conf()' >/dev/null
	wait_until 'it has read that' eval \
		'[ "$(pg_sql db "select pg_conf_load_time()")" != "$loaded" ]'
	pg_sql db "select pg_terminate_backend(pid) from pg_stat_activity
		where usename = 'secret'"
}

# sealed_ctl ARG...: etcdctl, as root, by the certificate that is accepted now.
sealed_ctl() {
	ETCDCTL_API=3 timeout -k 5 $LIMIT "${AT[@]}" etcdctl --endpoints "https://$SEALED" \
		--command-timeout=2s --cacert "$PWD/ours" --cert "$PWD/client.pem" --key "$PWD/client.pem" \
		${ROOT_IS:+--user "$ROOT_IS"} "$@" 2>&1
}

sealed_etcd() {
	SEALED=$(address m1):2479
	certificate old server /CN=server "IP:${SEALED%:*}"
	accept old
	for words in 'user add root:r' 'role add root' 'user grant-role root root' \
		'user add ann:one' 'role add ann' \
		'role grant-permission --prefix ann readwrite sealed/' 'user grant-role ann ann' \
		'auth enable'; do
		sealed_ctl $words
	done
	ROOT_IS=root:r
	URL="etcds://$SEALED/sealed?user=ann"
}

sealed_postgresql() {
	local setting host
	pg_as
	host=$(<"$CLUSTER/db.url")
	certificate old server /CN=server "IP:${host%:*}"
	{
		echo 'hostssl all secret all scram-sha-256 clientcert=verify-ca'
		"${AS[@]}" cat "$CLUSTER/db.data/db/pg_hba.conf"
	} >hba
	"${AS[@]}" tee "$CLUSTER/db.data/db/pg_hba.conf" <hba >/dev/null
	for setting in "ssl_cert_file = '$CLUSTER/db.data/server.pem'" \
		"ssl_ca_file = '$CLUSTER/db.data/accepted'" \
		"ssl_key_file = '$CLUSTER/db.data/server.key'" 'ssl = on'; do
		pg_sql db "alter system set $setting"
	done
	password_postgresql one
	accept old
	URL="postgresql://$host/postgres?user=secret"
}

password_etcd() { sealed_ctl user passwd ann --interactive=false <<<"$1"; }
password_postgresql() { pg_sql db "alter role secret password '$1'"; }

# ours_is AUTHORITY NAME: the certificate and the key of a client, in one file.
ours_is() {
	certificate "$1" "$2" "/O=$2" DNS:client
	(umask 077; cat "$2.pem" "$2.key" >"$2.both")
}

replaced() {
	authority old
	authority new
	ours_is old before
	(umask 077; cp before.both client.pem; echo one >password)
	sealed_$STORE
	URL+="&passfile=$PWD/password&ca=$PWD/ours&cert=$PWD/client.pem&key=$PWD/client.pem"
	TTL=8 runs_at a first
	first=$BEGUN
	# The store accepts both; our new ones; the store's; then only the new ones.
	accept old new
	ours_is new after
	mv after.both client.pem
	run tool a check
	assert_line --partial 'a key was taken, renewed and given back'
	certificate new server /CN=server "IP:$(address $SERVER)"
	accept new
	URL=${URL//client.pem/before.both} run -77 tool a status job
	# The password.
	(umask 077; echo two >password.new)
	mv password.new password
	password_$STORE two
	accept new
	run tool a check
	assert_line --partial 'a key was taken, renewed and given back'
	FIRST_ASKED=''
	wait_until 'a lease has passed' age 9000
	[ -n "$(ours a program)" ] || fail "it has ended: $(<said.first)"
	local ONE
	TTL=8 one
	run -75 at b timeout -k 5 $LIMIT "${ONE[@]}" second
	# An authority that is replaced is not trusted any more, at the next connection.
	cp old.pem ours.new
	mv ours.new ours
	cut_off a
	FIRST_ASKED='' wait_until 'a renewal has come to nothing' age 4000
	heal
	ends "$first" 76
	the_end
	assert_equal "$RAN" 1
}

# bats test_tags=both
@test "Replace a certificate or password: what runs goes on, and the old one is refused" {
	each replaced
}

lost() {
	runs_at a first
	first=$BEGUN
	freeze $SERVER
	ends "$first" 76
	grep -q '^onlyone: job: the cluster could not be reached in time; ' said.first || fail "$(<said.first)"
	run tool a check
	assert_output --regexp '^WRONG.*(timed out|no answer in time)'
	thaw $SERVER
	wait_until 'its lease has ended' eval '[[ $(tool a status job) != *running* ]]'
	run -3 tool a status job
	runs_at b second
	prints -0 --partial 'running on b,' tool a status job
	[ "$(token_of second)" -gt "$(token_of first)" ]
	the_end
}

# bats test_tags=both
@test "Exit status 76: the message says why, check says more, status whether another runs it" {
	each lost
}

@test "the runbook has no entry that is not tried here" {
	sed -n '/^.Sh RUNBOOK/,/^.Sh EXIT/s/^\.It //p' "$(page onlyone-cluster.1)" >entries
	sed -n 's/^@test "\(.*\): .*/\1/p' "$BATS_TEST_FILENAME" >tried
	[ -s entries ]
	diff entries tried
}
