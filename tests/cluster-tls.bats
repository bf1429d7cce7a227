#!/usr/bin/env bats
# cluster-tls.bats: a store that is asked by TLS, and certificates that are of
# no use; of both engines.
# as: user (what a store answers is the same for all)
load lib/cluster-engine
load lib/certificates

setup_file() {
	cluster_begin
	cd "$CLUSTER" || return
	certificates
	etcds good server --client-cert-auth "--trusted-ca-file=$CLUSTER/ca.pem"
	etcds bad nobody
	pg_up db
	AS=()
	pg_as
	for file in server.pem ca.pem server.key; do
		"${AS[@]}" tee "$CLUSTER/db.data/$file" >/dev/null \
			<"$CLUSTER/$file"
		"${AS[@]}" chmod 600 "$CLUSTER/db.data/$file"
		set -- "$@" "$CLUSTER/db.data/$file"
	done
	pg_sql db "alter system set ssl_cert_file = '$1'"
	pg_sql db "alter system set ssl_ca_file = '$2'"
	pg_sql db "alter system set ssl_key_file = '$3'"
	pg_sql db 'alter system set ssl = on'
	pg_sql db 'select pg_reload_conf()' >/dev/null
	wait_until 'it speaks TLS' env "PGSSLMODE=require" \
		$PGBIN/psql -w -qAtX "postgresql://boss@$PG/postgres" -c ''
	URL="postgresql://$PG/postgres?user=boss" KEY=none engine 'init make' \
		>"$CLUSTER/init"
}

own_setup() {
	export KEY=u/ann/$BATS_TEST_NUMBER
	GOOD=$(cat "$CLUSTER/good.url") BAD=$(cat "$CLUSTER/bad.url")
	CA="ca=$CLUSTER/ca.pem"
	OURS="$CA&cert=$CLUSTER/client.pem&key=$CLUSTER/client.key"
	THEIRS="$CA&cert=$CLUSTER/alien.pem&key=$CLUSTER/alien.key"
	DB="$PG/postgres?user=boss"
}

# etcds NAME CERTIFICATE [OPTION...]: an etcd of one member, with TLS.
etcds() {
	free_port
	echo "127.0.0.1:$port" >"$CLUSTER/$1.url"
	etcd_single "$1" "https://127.0.0.1:$port" "${@:3}" \
		--cert-file "$CLUSTER/$2.pem" --key-file "$CLUSTER/$2.key"
	wait_until "$1 listens" bash -c "</dev/tcp/127.0.0.1/$port"
}

# ca and another one; of the first a server, one of another name, and a client,
# and of the other the client alien.  etcd's gateway takes no client's that has
# a common name.
certificates() {
	authority ca
	authority other
	certificate ca server /CN=server IP:127.0.0.1
	certificate ca nobody /CN=nobody DNS:nobody.example
	certificate ca client /O=client DNS:client
	certificate other alien /O=alien DNS:alien
}

# taken URL; refused RESULT WORDS URL
taken() {
	URL=$1 run -0 engine 'acquire 5 mine' release
	answers OK OK
}

refused() {
	URL=$3 run ! engine 'acquire 5 mine'
	[[ $output == $1\ *$2* ]] || fail "$3: $output"
}

@test "etcd: by its CA and a certificate; not by another CA, or none, or in plain text" {
	taken "etcds://$GOOD?$OURS"
	refused SETUP certificate "etcds://$GOOD"
	refused SETUP certificate "etcds://$GOOD?${OURS/ca.pem/client.pem}"
	refused DOWN etcds:// "etcd://$GOOD"
}

@test "etcd: one whose certificate is of no use is passed over, and its reason told where all are so" {
	taken "etcds://$BAD,$GOOD?$OURS"
	refused SETUP 'certificate subject name' "etcds://$BAD,$BAD?$OURS"
}

@test "postgresql: one whose certificate is of no use is passed over, and its reason told where all are so" {
	local other=localhost:${PG##*:}
	taken "postgresql://$other,$DB&sslmode=verify-full&$CA"
	refused SETUP 'does not match host name' \
		"postgresql://$other,$other/postgres?sslmode=verify-full&$CA"
}

@test "a client's certificate that is missing, or of another authority: what to do is said" {
	refused DENIED 'cert=FILE and key=FILE' "etcds://$GOOD?$CA"
	refused DENIED 'cert=FILE and key=FILE' "etcds://$GOOD?$THEIRS"
	refused DENIED 'cert=FILE and key=FILE' \
		"postgresql://$DB&sslmode=verify-full&$THEIRS"
}

@test "postgresql: whoever names an authority gets no plain text, on this host neither" {
	refused SETUP 'certificate verify failed: it has expired, or ' \
		"postgresql://$DB&ca=$CLUSTER/other.pem"
	taken "postgresql://$DB&$CA"
	URL="postgresql://$DB&$CA" run engine 'check 5'
	assert_line --partial 'is asked by TLS'
}
