#!/usr/bin/env bats
# as: user (letters know no difference)
# cluster-mail.bats: an instance on another host is joined, activated, asked to
# end, listed.
load lib/common
load lib/cluster
load lib/leased

setup_file() {
	cluster_begin
	etcd_up one
}

teardown_file() {
	cluster_end
}

setup() {
	common_setup
	leased_setup
}

teardown() {
	leased_teardown
	common_teardown
}

# word [OPTION...]: $HELD, a program that ends with 5 when told to.
word() {
	begin onlyone --scope=cluster --ttl=2 "$@" -a nightly sh -c \
		'trap "exit 6" TERM; until [ -e go ]; do sleep .02; done; exit 5'
	wait_until 'it runs' "$PATIENCE" runs nightly
	HELD=$BEGUN
}

# joined: no letter waits to be taken.
joined() {
	[ -z "$(etcd_ctl one get --prefix --keys-only "$PREFIX/v1/m/")" ]
}

@test "--join: the status comes from the other host" {
	word
	joiners=()
	for i in 1 2 3; do
		begin env ONLYONE_DIR="$ONLYONE_DIR.z" onlyone --scope=cluster \
			--join -a nightly touch ran
		joiners+=("$BEGUN")
	done
	run -75 --separate-stderr elsewhere --scope=cluster --join -w 0.5 \
		-a nightly touch ran
	says 'nightly: held by *'
	touch go
	for pid in "${joiners[@]}"; do
		ends "$pid" 5
	done
	ends "$HELD" 5
	[ ! -e ran ]
}

@test "--join: a host that dies leaves no status: 69, and nothing runs" {
	word
	begin env ONLYONE_DIR="$ONLYONE_DIR.z" onlyone --scope=cluster \
		--join -a nightly touch ran
	wait_until 'the letter is taken' "$PATIENCE" joined
	kill -KILL "$HELD" "$(holder)"
	ends "$BEGUN" 69
	[ ! -e ran ]
	wait_until 'the program is ended' "$PATIENCE" helpers_gone
}

@test "--join of one that has ended and is held back: its status" {
	run -3 launch --scope=cluster --hold=20 -a nightly sh -c 'exit 3'
	run -3 elsewhere --scope=cluster --join -a nightly touch ran
	[ ! -e ran ]
}

@test "activation: opt-in; arguments, folder and status go over, once" {
	word
	run -75 elsewhere --scope=cluster -a nightly echo a
	touch go
	ends "$HELD" 5
	rm go
	# shellcheck disable=SC2016
	word --cluster-activate --on-activate='printf "<%s>" "$@" >>got
		pwd >>got; exit 9'
	mkdir sub
	cd sub
	run -9 elsewhere --scope=cluster -a nightly sh 'a b' '' "x'y" ü
	cd ..
	assert_equal "$(cat sub/got)" "<a b><><x'y><ü>$PWD/sub"
	run -69 elsewhere --scope=cluster -a nightly sh $'\xff'
	assert_output --partial 'UTF-8'
	# Who wants something else than to activate does not.
	run -75 elsewhere --scope=cluster -n -a nightly sh x
	[ ! -e got ]
	touch go
	ends "$HELD" 5
}

@test "--replace: the other host ends it, if it lets us; then it runs here" {
	word
	run -75 elsewhere --scope=cluster --replace -a nightly touch ran
	assert_output --partial -- '--cluster-activate'
	[ ! -e ran ]
	touch go
	ends "$HELD" 5
	rm go
	word --cluster-activate
	run -0 elsewhere --scope=cluster --replace -a nightly touch ran
	ends "$HELD" 6
	[ -e ran ]
}

@test "a letter that nobody understands, or may send, is refused: 77" {
	word
	lease=$(etcd_ctl one lease grant 20 | cut -d' ' -f2)
	for text in '{"verb":"stop"}' '{"verb":"activate","cwd":"/","args":[]}' \
		'{"verb":"format"}' '{' '[]' '"stop"' ''; do
		n=$((n + 1))
		etcd_ctl one put --lease="$lease" \
			"$PREFIX/v1/m/u/$(id -un)/nightly//aa$n" "$text"
		wait_until 'it is refused' "$PATIENCE" reply_is "aa$n" 77
	done
	touch go
	ends "$HELD" 5
}

reply_is() {
	[ "$(etcd_ctl one get --print-value-only \
		"$PREFIX/v1/r/u/$(id -un)/nightly//$1")" = "{\"status\":$2}" ]
}

@test "list and status --cluster: who has what, on which host" {
	word -k 'a b'
	run -0 ctl list --cluster
	assert_line --index 0 --regexp '^APP +KEY +HOST +USER +PID +SINCE +TOKEN +STATE$'
	assert_line --index 1 --regexp \
		"^nightly +'a b' +$(uname -n) +$(id -un) +[0-9]+ +20..-.* +[0-9]+ +running$"
	run -0 ctl list --cluster other
	assert_output ''
	run -0 bash -c 'onlyonectl list --cluster --json |
		jq -r ".[] | .app, .key, .host, .pid, .state, .command, .stored"'
	assert_output "nightly
'a b'
$(uname -n)
$(ctl pid nightly)
running
sh
u/$(id -un)/nightly/a%20b"
	run -0 ctl status --cluster nightly 'a b'
	assert_output --regexp "^nightly: running on $(uname -n), .* token [0-9]+ \(etcd\)$"
	run -3 ctl status --cluster nightly b
	touch go
	ends "$HELD" 5
	run -3 ctl status --cluster nightly
	assert_output 'nightly has no instance in the cluster'
	launch --scope=cluster --hold=20 -a tick true
	run -3 ctl status --cluster tick
	assert_output --partial 'tick: done, exit 0 on '
}

@test "list --cluster: no argument is stored, and no odd word reaches a terminal" {
	name=$'odd\e[31m\nname'
	ln -s "$(command -v sleep)" ./odd
	begin onlyone --scope=cluster --ttl=2 -a "$name" -k $'\xff' ./odd 1000
	wait_until 'it is there' "$PATIENCE" listed_n 1
	run etcd_ctl one get --prefix "$PREFIX"
	refute_output --partial 1000
	run -0 ctl list --cluster
	refute_output --partial $'\e'
	[ "${#lines[@]}" = 2 ]
	run -0 ctl list --cluster --json
	jq . <<<"$output"
}

listed_n() {
	[ "$(ctl list --cluster --json | jq length)" = "$1" ]
}

@test "stop, activate and wait --cluster reach the other host, if it lets us" {
	word
	run -77 ctl stop --cluster nightly
	assert_output --partial -- '--cluster-activate'
	run -77 ctl activate --cluster nightly -- a
	run -75 ctl wait --cluster -w 0.3 nightly
	touch go
	ends "$HELD" 5
	rm go
	run -0 ctl wait --cluster nightly
	run -3 ctl stop --cluster nightly
	# shellcheck disable=SC2016
	word --cluster-activate --on-activate='echo "$@" >got; exit 9'
	run -9 ctl activate --cluster nightly -- a b
	assert_equal "$(cat got)" 'a b'
	run -0 ctl stop --cluster nightly
	ends "$HELD" 6
}

@test "cluster check says what is well, and what is wrong" {
	run -0 ctl cluster check
	assert_line --regexp '^ok +etcd at 127.0.0.1:[0-9]+: version 3\.'
	assert_line --partial "may write below $PREFIX/v1/"
	refute_output --partial WRONG
	nothing_held
	free_port
	run -69 ctl cluster check "etcd://$ETCD,127.0.0.1:$port"
	assert_line --regexp "^WRONG .*127.0.0.1:$port"
	assert_line --regexp '^ok .*may write'
	run -64 ctl cluster check 'etcd://10.0.0.1'
	run -64 ctl cluster tidy
	run -64 ctl list --cluster --all
}

@test "cluster init prints commands that make a role which is enough" {
	etcd_up fresh
	for line in 'user add root:r' 'role add root' \
		'user grant-role root root'; do
		# shellcheck disable=SC2086
		etcd_ctl fresh $line
	done
	(umask 077; echo secret >pass)
	url="etcd://$ETCD/ours?user=ann&passfile=$PWD/pass"
	run -0 ctl cluster init "$url"
	sed 's/^etcdctl user add ann$/&:secret/' <<<"$output" >commands
	grep -q '^etcdctl role' commands
	ETCDCTL_API=3 ETCDCTL_ENDPOINTS=$ETCD sh -ex commands
	etcd_ctl fresh auth enable
	run -0 ctl cluster check "$url"
	run -0 launch --scope=cluster "--cluster=$url" --hold=1 true
	run -77 launch --scope=cluster "--cluster=${url/ours/theirs}" true
	run -0 ctl cluster init --make "$url"
	refute_output --partial etcdctl
}
