#!/usr/bin/env bats
# as: user (what a store answers is the same for all)
# cluster-bad.bats: a store that is down, lies, or wants something else; and
# URLs that cannot be.
load lib/leased

@test "a URL that cannot be is 64, and says why; a password never stands in it" {
	refused 64 '*postgresql://*' 'redis://127.0.0.1'
	refused 64 '*postgresql://*' '127.0.0.1:2379'
	refused 64 '*no host*' 'etcd:///p'
	refused 64 '*port*' 'etcd://127.0.0.1:0'
	refused 64 '*port*' 'etcd://127.0.0.1:99999'
	refused 64 '*blank*' 'etcd://127.0.0.1/a b'
	refused 64 '*passfile=*' 'etcd://ann:secret@127.0.0.1'
	run ! grep -q secret <<<"$stderr"
	refused 64 '*passfile=*' 'etcd://127.0.0.1?password=secret'
	refused 64 "*'colour', which is not one*" 'etcd://127.0.0.1?colour=1'
	refused 64 '*both user= and passfile=*' 'etcd://127.0.0.1?user=ann'
	refused 64 '*etcds://*' 'etcd://127.0.0.1?ca=/x'
	refused 64 '*plain text*insecure*' 'etcd://10.1.2.3'
	refused 64 '*plain text*insecure*' 'etcd://127.0.0.1,127.example.org'
	refused 64 '*stands alone*' 'etcd://127.0.0.1:1?insecure=no'
	refused 64 '*absolute*' 'etcd://127.0.0.1?user=a&passfile=secret'
	refused 64 '*cannot read*' 'etcd://127.0.0.1?user=a&passfile=/none'
	echo secret >open
	chmod 644 open
	refused 64 '*chmod 600*' "etcd://127.0.0.1?user=a&passfile=$PWD/open"
	refused 64 '*too long*' "etcd://127.0.0.1/$(printf %03000d 1)"
	refused 64 '*has a *%*' 'etcd://127.0.0.1?user=%0&passfile=%'
	refused 64 '*has a *%*' 'etcd://127.0.0.1/a%zz'
	refused 64 '*no host*' 'postgresql:///postgres?host=here'
	refused 64 "*'host', which is not one*" 'etcd:///p?host=/tmp'
}

@test "a URL's path and words may have %XX for any byte" {
	prints -0 "$PREFIX/v1/l/u/$(id -un)/x" here -a x \
		"--store=etcd://$ETCD/%74${PREFIX#t}" sh -c \
		'echo "$ONLYONE_CLUSTER_KEY"'
}

@test "postgresql: a socket's folder is enough, as libpq has it" {
	[ -e "$CLUSTER/db.url" ] || pg_up db
	PG=$(cat "$CLUSTER/db.url")
	mkdir socket
	ln -s "$CLUSTER/.s.PGSQL.${PG##*:}" socket/.s.PGSQL.5432
	export ONLYONE_CLUSTER="postgresql:///postgres?user=boss&host=$PWD/socket"
	run -0 onlyone-cluster init --make
	run -0 here -a x true
	run -0 here -a x \
		"--store=postgresql:///%70ostgres?user=boss&host=$PWD/socket" true
}

@test "no URL at all is 64; the file in /etc names one" {
	unset ONLYONE_CLUSTER
	prints -64 --partial '--store=URL' here true
	PATH=$BUILD/points:$PATH
	export ONLYONE_TEST_CLUSTER=$PWD/file
	printf '# ours\n\n\tetcd://%s/%s \n' "$ETCD" "$PREFIX" >file
	run -0 here -a x sh -c 'echo "$ONLYONE_CLUSTER_KEY"'
	assert_output --partial "$PREFIX/"
}

@test "the file that names the store belongs to root or us, and others cannot write it" {
	PATH=$BUILD/points:$PATH
	export ONLYONE_TEST_CLUSTER=$PWD/file
	unset ONLYONE_CLUSTER
	echo '# none' >file
	run -64 onlyone-cluster check
	printf 'etcd://%s/%s\n' "$ETCD" "$PREFIX" >file
	chmod 666 file
	for command in '-a b true' check list; do
		run -77 --separate-stderr onlyone-cluster $command
		says "$PWD/file is writable by others"
	done
	chmod 644 file
	# A link, where nobody else can change what it leads to.
	mkdir shared
	mv file shared
	ln -s shared/file file
	run -0 onlyone-cluster list
	chmod 777 shared
	run -77 --separate-stderr onlyone-cluster list
	says "$PWD/shared is writable by others"
}

@test "nobody answers: 69 and nothing runs, or by --on-down=local it does" {
	free_port
	refused 69 "*127.0.0.1:$port*" "etcd://127.0.0.1:$port"
	# It has no token, nor that of another that it was started from.
	run -3 --separate-stderr env ONLYONE_TOKEN=5 ONLYONE_CLUSTER_KEY=k \
		onlyone-cluster --on-down=local \
		"--store=etcd://127.0.0.1:$port" -a nightly \
		sh -c 'echo "<$ONLYONE_TOKEN$ONLYONE_CLUSTER_KEY>"; exit 3'
	assert_output '<>'
	says '*this host alone*'
}

@test "--wait: a store that is down, or full, is waited for" {
	lies full
	freeze one
	begin down= onlyone-cluster --wait -a down sh -c 'exit 4'
	begin onlyone-cluster --wait -a full \
		"--store=etcd://$LIAR" touch ran
	run -69 here -w 1 -a x touch ran
	run -69 here -w 1 "--store=etcd://$LIAR" touch ran
	assert_output --partial 'database space exceeded: make room there'
	alive "$BEGUN"
	ends_by TERM "$BEGUN" 143
	thaw one
	ends "$down" 4
	[ ! -e ran ]
}

@test "answers that are none of etcd's: 69, and nothing runs" {
	at=()
	ways=(garbage array empty number negative deep failed teapot elsewhere
		cut silent)
	for how in "${ways[@]}"; do
		lies $how
		begin at+= here -a $how \
			"--store=etcd://$LIAR/$PREFIX" touch ran 2>$how.said
	done
	for i in "${!ways[@]}"; do
		ends "${at[i]}" 69
		grep -q 'etcd at ' "${ways[i]}.said"
	done
	[ ! -e ran ]
	# A redirection is not followed.
	prints -0 /v3/kv/txn sort -u elsewhere.asked
}

@test "no gateway: 69, and what to do is said" {
	lies missing
	refused 69 '*--enable-grpc-gateway*' "etcd://$LIAR"
	[ "$(wc -l <missing.asked)" = 1 ]
}

@test "cluster check: an etcd whose slow leader ends renewed leases is WRONG" {
	for is in 'WRONG 3.4.30' 'ok 3.4.31' 'WRONG 3.5.12' 'ok 3.5.13' 'ok 3.6.0'; do
		lies "${is#* }"
		run -0 onlyone-cluster check "--store=etcd://$LIAR/$PREFIX"
		assert_line --regexp "^${is% *} +etcd at .*: version ${is#* }, "
	done
}

@test "the answer to the put is lost: it is found to be ours, and runs once" {
	lies lost-txn
	run -0 --separate-stderr here -a nightly \
		"--store=etcd://$LIAR/$PREFIX" sh -c 'echo ran >>ran'
	assert_equal "$(cat ran)" ran
	assert_equal "$stderr" ''
	[ "$(grep -c txn lost-txn.asked)" -ge 2 ]
	nothing_held
}

@test "-n, --skip: where another has the key nothing is written" {
	held nightly
	lies good
	ONLYONE_CLUSTER=etcd://$LIAR/$PREFIX
	run -75 elsewhere -n -a nightly touch ran
	run -0 elsewhere --skip -a nightly touch ran
	[ ! -e ran ]
	prints -0 /v3/kv/txn sort -u good.asked
}

@test "a lease is as long as it is, however long it was asked for before" {
	lies late
	run -0 --separate-stderr here --ttl=4 -w 30 \
		-a nightly "--store=etcd://$LIAR/$PREFIX" sh -c 'echo ran >>ran'
	assert_equal "$(cat ran)" ran
	[ "$(grep -c grant late.asked)" -ge 2 ]
}

@test "a leader that is cut off renews leases: that is believed by nobody" {
	lies minority
	observing --ttl=2 "--store=etcd://$LIAR/$PREFIX"
	touch minority.cut
	next_has 76
}

@test "a proxy in the environment is not asked" {
	free_port
	http_proxy=http://127.0.0.1:$port https_proxy=http://127.0.0.1:$port \
		ALL_PROXY=http://127.0.0.1:$port run -0 here \
		-a nightly true
}

@test "of several servers the one that answers is enough" {
	free_port
	lies silent
	for url in "127.0.0.1:$port,$ETCD" "$ETCD,127.0.0.1:$port" \
		"$LIAR,$ETCD"; do
		run -0 here -a nightly \
			"--store=etcd://$url/$PREFIX" true
	done
}

@test "a dead name server: 69, not much later than for a dead host" {
	wants mount
	echo 'nameserver 127.0.0.1' >resolv.conf
	echo 'hosts: dns' >nsswitch.conf
	# It hears, and never says a word.
	cat >deaf.py <<-'END'
	import os, signal, socket
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	s.bind(("127.0.0.1", 53))
	open("deaf", "w").close()
	signal.pause()
	END
	begin unshare --user --map-root-user --mount --net --fork \
		--kill-child sh -ec 'mount --bind resolv.conf /etc/resolv.conf
		mount --bind nsswitch.conf /etc/nsswitch.conf
		ip link set lo up
		python3 deaf.py &
		until [ -e deaf ]; do sleep .05; done
		status=0
		onlyone-cluster -a nightly \
			"--store=etcd://store.example?insecure" touch ran ||
			status=$?
		kill $!
		exit $status' 2>said
	ends "$BEGUN" 69
	grep -q 'etcd at store.example: its name has no address' said
	[ ! -e ran ]
}

@test "users and roles: without, with a wrong password, without the right: 77" {
	guarded guarded
	(umask 077; echo b >wrong)
	refused 77 '*user and a password*' "etcd://$ETCD/$PREFIX"
	refused 77 '*' "etcd://$ETCD/$PREFIX?user=ann&passfile=$PWD/wrong"
	refused 77 '*permission denied*' \
		"etcd://$ETCD/other?user=ann&passfile=$PWD/password"
	begin onlyone-cluster -a nightly --ttl=2 sh -c \
		'echo >ran; until [ -e go ]; do sleep .05; done; exit 4'
	wait_until 'it runs' test -e ran
	# The password stands nowhere but in its file.
	run ! grep -lz '^a$' /proc/"$(holder)"/environ /proc/"$BEGUN"/environ
	touch go
	ends "$BEGUN" 4
}

@test "an address of IPv6" {
	free_port
	local port=$port
	[ -e /proc/sys/net/ipv6/conf/lo/disable_ipv6 ] &&
		[ "$(cat /proc/sys/net/ipv6/conf/lo/disable_ipv6)" = 0 ] ||
		skip 'no IPv6 here'
	etcd_single six "http://[::1]:$port"
	wait_until 'it answers' here -a nightly \
		"--store=etcd://[::1]:$port/$PREFIX" true
	run -0 onlyone-cluster check "--store=etcd://[::1]:$port/$PREFIX"
}

@test "few descriptors: its lease is renewed, and the program runs on" {
	for most in 24 64; do
		run -7 --separate-stderr bash -c 'ulimit -n "$1"; shift
			exec timeout $LIMIT "$@"' - "$most" onlyone-cluster \
			--ttl=1 -a few sh -c 'sleep 3; exit 7'
		assert_equal "$stderr" ''
	done
}

@test "an answer that is later than the lease is long: it is renewed first" {
	freeze one
	begin onlyone-cluster --ttl=2 -a nightly sh -c 'echo ran >>ran'
	wait_until 'it is asked' asks
	read -rt 3 _ <>"$SILENCE" || :
	thaw one
	ends "$BEGUN" 0
	assert_equal "$(cat ran)" ran
}

# asks: it has a socket.
asks() { readlink "/proc/$BEGUN/fd"/* | grep -q ^socket:; }

@test "the longest --hold that is let through is taken" {
	run -0 --separate-stderr here --hold=31622400 \
		-a nightly true
	assert_equal "$stderr" ''
	run -75 elsewhere -n -a nightly true
}

@test "the store grants more than was asked for: that is reckoned with" {
	free_port
	local url=127.0.0.1:$port
	etcd_single slow "http://$url" --heartbeat-interval 200 \
		--election-timeout 2000
	observing --ttl=1 -w 30 "--store=etcd://$url/$PREFIX"
	killed "$(holder)"
	next_has 76 "--store=etcd://$url/$PREFIX"
}
