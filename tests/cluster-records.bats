#!/usr/bin/env bats
# as: user (what is stored is the same for all)
# cluster-records.bats: records that names fit more or less well, or that
# somebody else has written.
load lib/leased

@test "onlyonectl: one that is called so comes before those whose file is; of several such, none is meant" {
	mkdir one two
	cp "$(command -v sleep)" one/nap
	cp "$(command -v sleep)" two/nap
	begin onlyone --scope=cluster --cluster-activate one/nap 1000
	begin onlyone --scope=cluster --cluster-activate two/nap 1000
	wait_until 'both run' listed nap 2
	for verb in status stop wait activate; do
		run -64 timeout $LIMIT onlyonectl "$verb" --cluster nap
		assert_output --partial "$PWD/one/nap, $PWD/two/nap"
	done
	begin onlyone --scope=cluster --cluster-activate -a nap sleep 1000
	wait_until 'it runs' listed nap 3
	run -0 ctl stop --cluster nap
	ends "$BEGUN" 143
	listed nap 2
}

# listed APP N: so many.
listed() { [ "$(ctl list --cluster --json "$1" | jq length)" = "$2" ]; }

@test "a record that is none of ours, and too long to be one, is there all the same" {
	etcd_ctl one put "$PREFIX/v1/l/u/$(id -un)/x" "$(printf %05000d 1)"
	run -0 ctl list --cluster --json
	assert_equal "$(jq -r '.[].stored' <<<"$output")" "u/$(id -un)/x"
	run -75 --separate-stderr launch --scope=cluster -a x true
	says '*held by*'
	run -75 --separate-stderr launch --scope=cluster -a x --join -w .5 true
	etcd_ctl one del "$PREFIX/v1/l/u/$(id -un)/x"
}

@test "what is stored cannot turn a terminal round: list and status" {
	local app=$'a\xe2\x80\xae\xc2\x9b\x7f' verb
	etcd_ctl one put "$PREFIX/v1/l/u/$(id -un)/x" \
		"{\"state\":\"run\",\"host\":\"h\",\"user\":\"$(id -un)\",\"app\":\"$app\"}"
	for verb in 'list' "status $app"; do
		# shellcheck disable=SC2086
		ctl $verb --cluster --json >shown
		LC_ALL=C run ! grep -P '[\x80-\xff]' shown
	done
	etcd_ctl one del "$PREFIX/v1/l/u/$(id -un)/x"
}

# renewed: once more than in $UNTIL.
renewed() { [ "$(pg_sql db "select expires > '$UNTIL' from onlyone")" = t ]; }

@test "any number of letters at once: the lease is renewed between them" {
	[ -e "$CLUSTER/db.url" ] || pg_up db
	export ONLYONE_CLUSTER="postgresql://$(cat "$CLUSTER/db.url")/postgres?user=boss"
	run -0 ctl cluster init --make
	# Each answer takes its time.
	pg_sql db "create function slow() returns trigger language plpgsql as
		'begin perform pg_sleep(.05); return new; end'"
	pg_sql db 'create trigger slow before update of answer on onlyone_mail
		for each row execute function slow()'
	begin onlyone --scope=cluster --ttl=6 -a x sleep 1000
	wait_until 'it runs' runs x
	pg_sql db "insert into onlyone_mail (id, key, text, expires) select n,
		key, '{\"verb\":\"stop\"}', 'infinity'
		from generate_series(1, 400) n, onlyone"
	pg_sql db "select pg_notify('onlyone', 'm' || key) from onlyone" \
		>notified
	wait_until 'the first is answered' prints t \
		pg_sql db 'select count(answer) > 0 from onlyone_mail'
	UNTIL=$(pg_sql db 'select expires from onlyone')
	wait_until 'its lease is renewed' renewed
	ends_by TERM "$BEGUN" 143
}

@test "-d: a share that another mount has hidden names no document" {
	wants mount
	cat >at <<-'END'
	set -e
	mkdir -p over/share
	mount -t tmpfs server:/export over/share
	mount -t tmpfs here over
	mkdir over/share
	: >over/share/letter
	exec onlyone --scope=cluster -a ed -d "$@" over/share/letter
	END
	# shellcheck disable=SC2016
	printf '#!/bin/sh\necho "$ONLYONE_CLUSTER_KEY"\n' >ed
	chmod +x ed
	run -0 --separate-stderr unshare --user --map-current-user --keep-caps \
		--mount sh at "$PWD/ed"
	refute_output --partial export
	assert_output --partial letter
}
