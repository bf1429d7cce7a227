#!/usr/bin/env bats
# as: user (what a store lets its users do is the same for all)
# cluster-users.bats: an etcd that asks who one is, and changes its mind.
load lib/cluster-engine

own_setup() {
	export KEY="u/$(id -un)/x"
	(umask 077; echo a >password)
}

# users NAME: an etcd of this name, with the user root; asked by $ETCD.
users() {
	local line
	etcd_up "$1"
	for line in 'user add root:r' 'role add root' 'user grant-role root root'
	do
		etcd_ctl "$1" $line
	done
	export URL="etcd://$ETCD/ours?user=ann&passfile=$PWD/password"
}

# as_told NAME: users, and ann, by what init prints; then one has to say who one
# is.
as_told() {
	users "$1"
	KEY=- URL=${URL%&*} run -0 engine init # no password is needed yet
	sed -n 's/^ok: \(etcdctl .*\)/\1/p' <<<"$output" |
		sed 's/ user add ann$/&:a/' >commands
	grep -q ' role ' commands
	ETCDCTL_API=3 ETCDCTL_ENDPOINTS=$ETCD sh -ex commands
	etcd_ctl "$1" auth enable
}

@test "init prints commands that make a role which is enough, and for no other's keys" {
	as_told fresh
	KEY=check/x run -0 engine 'check 5'
	assert_line --partial 'ok: a key was taken, renewed and given back'
	run -0 engine 'queue 5 mine' 'acquire 5 mine' renew 'wish . end it' wished \
		'release 1 done' 'list u/'"$(id -un)"/
	run -0 engine 'win 5 mine' watch 'heard 5000' 'release 0 done' 'ended .'
	URL=${URL/ours/theirs} run -4 engine 'acquire 5 x'
	answers 'DENIED .*permission denied'
	KEY=u/other/x run -4 engine 'acquire 5 x'
	run -0 engine 'init make'
	refute_output --partial etcdctl
}

# Its tokens are long, and good only until the next change of a user or a role.
@test "tokens of JWT: a change of users ends nothing, and keeps nobody waiting" {
	needs openssl openssl
	openssl genrsa -out jwt.key 4096 2>/dev/null
	openssl rsa -in jwt.key -pubout -out jwt.pub 2>/dev/null
	ETCD_AUTH_TOKEN="jwt,pub-key=$PWD/jwt.pub,priv-key=$PWD/jwt.key,sign-method=RS256" \
		as_told jwt
	begin holds= engine 'acquire 60 mine' 'until changed' renew renew watch \
		'until go' 'release 0 done' >holds
	wait_until 'it has the key' grep -q token holds
	asker waits 'within 50000' 'win 60 other' release
	wait_until 'it waits' eval '[ "$(grep -c record waits)" = 2 ]'
	etcd_ctl jwt --user root:r user add "more$SRANDOM:x"
	touch changed
	wait_until 'it is renewed' eval '[ "$(grep -c OK holds)" = 4 ]'
	etcd_ctl jwt --user root:r user add "more$SRANDOM:x"
	touch go
	all_end 0 "$holds" "$BEGUN"
}

@test "rights that are taken away: who waits is told, and who has it" {
	as_told robbed
	begin has= engine 'acquire 60 mine' 'until robbed' renew >has
	wait_until 'it has the key' grep -q token has
	asker waits 'queue 60 mine' 'until robbed' renew 'acquire 60 mine'
	wait_until 'it waits' grep -q BUSY waits
	etcd_ctl robbed --user root:r user revoke-role ann ann
	touch robbed
	all_end 4 "$has" "$BEGUN"
	grep 'DENIED .*permission denied' has
	grep 'DENIED .*permission denied' waits
}
