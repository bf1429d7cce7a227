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
