# cluster-verbs.bats: what the verbs of onlyone-cluster find, tell and end.
# as: user (the same, for what is tagged otherwise)
load lib/leased
load lib/line

setup_file() { both_up; }

verbs() {
	[ -d "$ONLYONE_DIR.y" ] || host_add y
	run -3 onlyone-cluster status nightly
	held nightly -k a
	assert_equal "$(onlyone-cluster list --json | jq -r \
		'.[] | select(.app == "nightly") | "\(.app) \(.key) \(.pid) \(.state) \(.command)"')" \
		"nightly a $HELD running sleep"
	prints -0 --partial "nightly: running on $(uname -n)" onlyone-cluster status nightly a
	run -3 onlyone-cluster status nightly b
	run -75 onlyone-cluster wait -w .2 nightly a
	run -0 onlyone-cluster stop nightly a
	ends "$HELD" 143
	run -3 onlyone-cluster stop nightly a
	run -0 onlyone-cluster wait nightly a
	# One that does not go is still there, or killed.
	observing --ttl=60
	run -75 onlyone-cluster stop -w 1 nightly
	run -75 onlyone-cluster wait -w 1 nightly
	run -75 elsewhere --replace -w .3 -a nightly touch ran
	alive "$BEGUN"
	run -0 onlyone-cluster stop --kill-after=0 nightly
	ends "$BEGUN" 137
	for host in here elsewhere; do
		observing --ttl=60
		run -0 $host --replace --kill-after=.2 -w "$PATIENCE" -a nightly true
		ends "$BEGUN" 137
	done
	nothing_held
	# It is asked each time.
	begin onlyone-cluster -a twice sh -c 'trap "trap \"exit 5\" TERM" TERM
		: >twice; while :; do sleep .05; done'
	wait_until 'it runs' test -e twice
	run -75 onlyone-cluster stop -w .3 twice
	run -0 onlyone-cluster stop twice
	ends "$BEGUN" 5
	# A joiner exits as it does, as soon as it does.
	for code in 0 7; do
		rm -f go
		begin program= onlyone-cluster --ttl=3000 -a joined sh -c \
			"until [ -e go ]; do sleep .05; done; exit $code"
		wait_until 'it runs' runs joined
		begin joins= elsewhere -v --join -a joined sh -c \
			"until [ -e go ]; do sleep .05; done; exit $code" 2>joins
		wait_until 'it waits for that' file_has joins 'waiting for'
		begin verb= onlyone-cluster wait joined
		run -75 on y --join -w .2 -a joined sh -c \
			"until [ -e go ]; do sleep .05; done; exit $code"
		touch go
		ends "$program" $code
		ends "$joins" $code
		ends "$verb" 0
	done
	[ ! -e ran ]
	# A verb takes its words as onlyone does: paths, and what is very long.
	printf '#!/bin/sh\nsleep 1000\n' >job
	chmod 755 job
	long=$(printf %05000d 1)
	begin far= onlyone-cluster -k "$long" -k b ./job
	wait_until 'it runs' onlyone-cluster status ./job "$long" b
	prints -3 './job x has no instance in the cluster; see onlyone-cluster list' \
		onlyone-cluster status ./job x
	prints -3 --partial 'evil\033' onlyone-cluster status $'evil\e[31m'
	run -0 onlyone-cluster stop ./job "$long" b
	ends "$far" 143
	begin far= onlyone-cluster -a a/b sleep 1000
	wait_until 'it runs' onlyone-cluster status a/b
	run -0 onlyone-cluster stop a/b
	ends "$far" 143
	# Who waits is listed, in order, and is nobody whom a verb means.
	held listed --ttl=60 -k b
	for host in z y; do
		begin "waits$host=" env "ONLYONE_DIR=$ONLYONE_DIR.$host" onlyone-cluster \
			--ttl=60 --wait -a listed -k b sleep 1000
		wait_until 'it is listed' eval '[[ $(states) == *"$BEGUN waiting null" ]]'
	done
	assert_equal "$(states | cut -d' ' -f1,2 | xargs)" "$HELD running $waitsz waiting $waitsy waiting"
	run -0 onlyone-cluster list listed
	assert_equal "$(grep -c '  -  *waiting  ' <<<"$output")" 2
	prints -0 --partial "pid $HELD " onlyone-cluster status listed b
	run -0 onlyone-cluster stop listed b
	ends "$HELD" 143
	wait_until 'the next one runs' eval \
		'[[ $(states | xargs) =~ ^"$waitsz running "[0-9]+" $waitsy waiting null"$ ]]'
	ends_by TERM "$waitsy" 143
	ends_by TERM "$waitsz" 143
}

# states: of each line, a pid, its state and its token.
states() {
	onlyone-cluster list --json | jq -r '.[] | select(.app == "listed") |
		"\(.pid) \(.state) \(.token)"'
}

# bats test_tags=both
@test "list, status, wait, stop, --join, --replace: another host's instance" { each verbs; }

@test "records: of several that a name fits none is meant; forged ones are there, and safe" {
	mkdir one two
	cp "$(command -v sleep)" one/nap
	cp "$(command -v sleep)" two/nap
	begin onlyone-cluster one/nap 1000
	begin onlyone-cluster two/nap 1000
	wait_until 'both run' eval '[ "$(onlyone-cluster list --json nap | jq length)" = 2 ]'
	prints -64 --partial "$PWD/one/nap, $PWD/two/nap" onlyone-cluster stop nap
	ours=$PREFIX/v1/l/u/$(id -un)
	etcd_ctl one put "$ours/x" "$(printf %05000d 1)"
	onlyone-cluster list --json | jq -e "any(.stored == \"u/$(id -un)/x\")"
	for how in -n '--join -w .5'; do
		prints -75 --partial 'held by' here $how -a x true
	done
	host=$'h\xe2\x80\xae\xc2\x9b\x7f'
	etcd_ctl one put "$ours/x%e2%80%ae%1b%0a/%/#" \
		"{\"state\":\"run\",\"host\":\"$host\",\"user\":\"$(id -un)\"}"
	onlyone-cluster list --json >shown
	run ! grep -E ': [0-9]+\.[0-9]{4}' shown
	onlyone-cluster list >>shown
	LC_ALL=C run ! grep -P '[\x80-\xff\x1b]' shown
}

@test "names: what list --json prints, and what was launched, is what the verbs take" {
	local long name
	long=$(printf %03000d 1)
	begin onlyone-cluster -a 'my job' -k $'a "b"\t\xc3\xa9/' sleep 1000
	begin onlyone-cluster -a tuple -k {3} -k {4} sh -c 'exec sleep 1000' first 'the second'
	begin onlyone-cluster -a long -k "$long" sleep 1000
	wait_until 'they run' eval '[ "$(onlyone-cluster list --json | jq length)" = 3 ]'
	mapfile -d '' -t name < <(onlyone-cluster list --json |
		jq -j '.[] | select(.app == "my job") | .app, "\u0000", .key, "\u0000"')
	assert_equal "${name[1]}" $'a "b"\t\xc3\xa9/'
	run -0 onlyone-cluster stop "${name[@]}"
	assert_equal "$(onlyone-cluster list --json tuple | jq -c '.[].key')" \
		'["first","the second"]'
	run -0 onlyone-cluster stop tuple first 'the second'
	run -3 onlyone-cluster status long "$long."
	run -75 onlyone-cluster wait -w 0 long "$long"
	run -0 onlyone-cluster stop long "$long"
	# Of one that is cut, what is left can be read; also by the application alone.
	begin onlyone-cluster -a "${long:0:420}" -k $'a b\xc3\xa9' sleep 1000
	begin onlyone-cluster -a chars -k "$(printf 'a b\303\251%.0s' {1..300})" sleep 1000
	wait_until 'they run' eval '[ "$(onlyone-cluster list --json | jq length)" = 2 ]'
	run ! grep % <<<"$(onlyone-cluster list --json | jq '.[].app, .[].key')"
	run -0 onlyone-cluster stop "${long:0:420}"
	run -0 onlyone-cluster stop chars
}
