#!/usr/bin/env bats
# as: user (what a store lets its users do is the same for all)
# cluster-users.bats: an etcd that asks who one is, and changes its mind.
load lib/leased

# Its tokens are long, and good only until the next change of a user or a role.
@test "tokens of JWT: a change of users ends nothing, and keeps nobody waiting" {
	needs openssl openssl
	openssl genrsa -out jwt.key 4096 2>/dev/null
	openssl rsa -in jwt.key -pubout -out jwt.pub 2>/dev/null
	ETCD_AUTH_TOKEN="jwt,pub-key=$PWD/jwt.pub,priv-key=$PWD/jwt.key,sign-method=RS256" \
		guarded jwt
	begin holds= onlyone --scope=cluster -a nightly --ttl=9 \
		sh -c 'trap "exit 7" TERM; until [ -e go ]; do sleep .05; done'
	wait_until 'it runs' runs nightly
	begin env ONLYONE_DIR="$ONLYONE_DIR.z" onlyone --scope=cluster --wait \
		-a nightly sh -c 'exit 3'
	etcd_ctl jwt --user root:r user add "more$SRANDOM:x"
	sleep 10 # longer than its lease
	touch go
	ends "$holds" 0
	ends "$BEGUN" 3
}

@test "rights that are taken away: who waits is told, 77, and who has it, why it ends" {
	guarded robbed
	begin has= onlyone --scope=cluster -a nightly --ttl=3 sleep 1000 2>has
	wait_until 'it runs' runs nightly
	begin env ONLYONE_DIR="$ONLYONE_DIR.z" onlyone --scope=cluster --wait \
		-a nightly touch ran 2>waits
	wait_until 'another host asks' \
		eval 'ONLYONE_DIR=$ONLYONE_DIR.z helpers | grep .'
	etcd_ctl robbed --user root:r user revoke-role ann ours
	ends "$has" 76
	ends "$BEGUN" 77
	grep 'permission denied; the program is ended' has
	grep 'permission denied' waits
	[ ! -e ran ]
}
