#!/usr/bin/env bats
# as: user (letters know no difference)
# cluster-mail.bats: an instance on another host is joined, activated, asked to
# end, listed.
# shellcheck disable=SC2016,SC2086
load lib/leased

# word [OPTION...]: $HELD, a program that ends with 5 when told to.
word() {
	begin onlyone --scope=cluster --ttl=2 "$@" -a nightly sh -c \
		'trap "exit 6" TERM; until [ -e go ]; do sleep .02; done; exit 5'
	wait_until 'it runs' runs nightly
	HELD=$BEGUN
}

# joins: a launch on another host does, $BEGUN.
joins() {
	begin env ONLYONE_DIR="$ONLYONE_DIR.z" onlyone --scope=cluster \
		--join -a nightly touch ran
}

# go_ahead: it is told to, and ends.
go_ahead() {
	touch go
	ends "$HELD" 5
	rm go
}

@test "--join: the status comes from the other host" {
	word
	joiners=()
	for i in 1 2 3; do
		joins
		joiners+=("$BEGUN")
	done
	run -75 --separate-stderr elsewhere --scope=cluster --join -w 0.5 \
		-a nightly touch ran
	says 'nightly: held by *'
	touch go
	all_end 5 "${joiners[@]}"
	ends "$HELD" 5
	[ ! -e ran ]
}

@test "--join: a host that dies leaves no status: 69, and nothing runs" {
	word
	joins
	wait_until 'the letter is taken' none_lie
	kill -KILL "$HELD" "$(holder)"
	ends "$BEGUN" 69
	[ ! -e ran ]
	wait_until 'the program is ended' helpers_gone
}

@test "--join of one that has ended and is held back: its status" {
	run -3 launch --scope=cluster --hold=20 -a nightly sh -c 'exit 3'
	run -3 elsewhere --scope=cluster --join -a nightly touch ran
	[ ! -e ran ]
}

@test "activation: opt-in; arguments, folder and status go over, once" {
	word
	run -75 elsewhere --scope=cluster -a nightly echo a
	go_ahead
	word --cluster-activate --on-activate='printf "<%s>" "$@" >>got
		pwd >>got; exit 9'
	mkdir sub
	cd sub
	run -9 elsewhere --scope=cluster -a nightly sh 'a b' '' "x'y" ü
	cd ..
	assert_equal "$(cat sub/got)" "<a b><><x'y><ü>$PWD/sub"
	run -69 elsewhere --scope=cluster -a nightly sh $'\xff'
	assert_output --partial 'UTF-8'
	# As many as a letter has room for.
	mapfile -t many < <(seq 3000)
	run -9 elsewhere --scope=cluster -a nightly sh "${many[@]}"
	assert_equal "$(head -n 1 got)" "$(printf '<%s>' "${many[@]}")$PWD"
	rm got
	# Who wants something else than to activate does not.
	run -75 elsewhere --scope=cluster -n -a nightly sh x
	[ ! -e got ]
	go_ahead
}

@test "--replace: where there is no room for its record the other host ends nothing" {
	begin onlyone --scope=cluster --cluster-activate -a nightly sleep 1000
	wait_until 'it runs' runs nightly
	# No file may have more than 16 KiB: as if that were all there is.
	ONLYONE_DIR=$ONLYONE_DIR.z run -73 timeout $LIMIT bash -c 'ulimit -f 16
		exec onlyone --scope=cluster --replace --on-activate=": $1" \
			-a nightly touch ran' - "$(printf %030000d 1)"
	assert_output --regexp 'cannot write /.*/nightly-.*: File too large'
	[ ! -e ran ]
	kill -0 "$BEGUN"
}

@test "--replace: the other host ends it, if it lets us; then it runs here" {
	word
	run -75 elsewhere --scope=cluster --replace -a nightly touch ran
	assert_output --partial -- '--cluster-activate'
	[ ! -e ran ]
	go_ahead
	word --cluster-activate
	run -0 elsewhere --scope=cluster --replace -a nightly touch ran
	ends "$HELD" 6
	[ -e ran ]
}

# letter_refused TEXT
letter_refused() {
	n=$((n + 1))
	etcd_ctl one put --lease="$lease" \
		"$PREFIX/v1/m/u/$(id -un)/nightly//a$n" "$1"
	wait_until "$1 is refused" reply_is "a$n" 77
}

@test "a letter that nobody understands, or may send, is refused: 77" {
	word
	lease=$(etcd_ctl one lease grant 20 | cut -d' ' -f2)
	for text in '{"verb":"stop"}' '{"verb":"activate","cwd":"/","args":[]}' \
		'{"verb":"format"}' '{' '[]' '"stop"' ''; do
		letter_refused "$text"
	done
	go_ahead
}

@test "a letter that is half understood is refused: 77" {
	word --cluster-activate --on-activate='touch got'
	begin onlyone --scope=cluster --ttl=2 -a nightly -k other sleep 1000
	wait_until 'the other runs' ctl pid nightly other
	lease=$(etcd_ctl one lease grant 20 | cut -d' ' -f2)
	for text in '{"verb":"stop","args":["other"]}' \
		'{"verb":"activate","args":["a",5,"b"]}' \
		'{"verb":"activate","args":"a"}' \
		'{"verb":"activate","args":{"a":"b"}}'; do
		letter_refused "$text"
	done
	[ ! -e got ]
	ctl pid nightly other
	ends_by TERM "$BEGUN" 143
	go_ahead
}

@test "what is run for a letter has nothing of onlyone-cluster's own" {
	word --cluster-activate --on-activate='until [ -e on ]; do sleep .02; done'
	begin env ONLYONE_DIR="$ONLYONE_DIR.z" onlyone --scope=cluster \
		-a nightly sh a
	wait_until 'the letter is acted upon' acts
	of=$(holder)
	for fd in 3 4; do
		link=$(readlink "/proc/$of/fd/$fd") || continue
		[[ $link == socket:* || $link == /memfd:* ]] || continue
		run ! grep -F "$link" <<<"$(readlink "/proc/$ACTS/fd"/*)"
	done
	touch on
	ends "$BEGUN" 0
	go_ahead
}

# acts: an onlyonectl of onlyone-cluster's, $ACTS.
acts() {
	local pid
	for pid in $(cat "/proc/$(holder)/task/"*/children); do
		[[ $(tr '\0' ' ' <"/proc/$pid/cmdline") != onlyonectl* ]] ||
			ACTS=$pid
	done
	[ -n "${ACTS-}" ]
}

@test "names that look like options reach the one that is meant" {
	held other
	# Nobody could say which one that is.
	begin onlyone --scope=cluster --cluster-activate -a nightly -k -- sh -c \
		'until [ -e go ]; do sleep .02; done; exit 5'
	wait_until 'it runs' runs nightly
	run -77 elsewhere --scope=cluster -a nightly -k -- sh x
	touch go
	ends "$BEGUN" 5
	rm go
	for key in --all -w -h --json; do
		for app in nightly -x; do
			begin onlyone --scope=cluster --cluster-activate \
				--on-activate='printf "<%s>" "$@" >got; exit 9' \
				-a "$app" -k "$key" sleep 1000
			wait_until 'it runs' ctl -- pid "$app" "$key"
			run -9 elsewhere --scope=cluster -a "$app" -k "$key" sh \
				-w --
			assert_equal "$(cat got)" '<-w><-->'
			run -0 elsewhere --scope=cluster --replace -a "$app" \
				-k "$key" true
			ends "$BEGUN" 143
		done
	done
	alive "$PROGRAM"
	released
}

@test "-d: on a share, mounted elsewhere, it is activated and replaced too" {
	wants mount
	cat >at <<-'END'
	set -e
	mkdir -p "$1"
	mount -t tmpfs server:/export "$1"
	cd "$1"
	shift
	exec onlyone --scope=cluster -a ed -d "$@"
	END
	share() {
		unshare --user --map-current-user --keep-caps --mount sh at "$@"
	}
	printf '#!/bin/sh\nexec sleep 1000\n' >ed
	chmod +x ed
	begin share here --cluster-activate \
		--on-activate="printf '<%s>' \"\$@\" >$PWD/got; exit 9" \
		"$PWD/ed" letter
	wait_until 'it runs' runs ed
	export ONLYONE_DIR=$ONLYONE_DIR.z
	run -9 share there "$PWD/ed" letter
	assert_equal "$(cat got)" '<letter>'
	run -0 share there --replace -w "$PATIENCE" true letter
	ends "$BEGUN" 143
}

@test "any number of joins that nobody waits for any more keep out nobody" {
	word --cluster-activate
	lease=$(etcd_ctl one lease grant 60 | cut -d' ' -f2)
	for n in {1..65}; do
		etcd_ctl one put --lease="$lease" \
			"$PREFIX/v1/m/u/$(id -un)/nightly//a$n" \
			'{"verb":"join"}'
	done
	wait_until 'they are taken' none_lie
	joins
	run -0 ctl stop --cluster nightly
	all_end 6 "$HELD" "$BEGUN"
	[ ! -e ran ]
}

@test "a letter is taken at once where a password is wanted" {
	guarded guarded
	word --ttl=90 --cluster-activate
	run -0 ctl stop --cluster -w 8 nightly
	ends "$HELD" 6
}

reply_is() {
	[[ $(etcd_ctl one get --print-value-only \
		"$PREFIX/v1/r/u/$(id -un)/nightly//$1") == "{\"status\":$2"[,}]* ]]
}

@test "list and status --cluster: who has what, on which host" {
	word -k 'a b'
	run -0 ctl list --cluster
	assert_line --index 0 --regexp '^APP +KEY +HOST +USER +PID +SINCE +TOKEN +STATE +COMMAND$'
	assert_line --index 1 --regexp \
		"^nightly +'a b' +$(uname -n) +$(id -un) +[0-9]+ +20..-.* +[0-9]+ +running +sh$"
	prints -0 '' ctl list --cluster other
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
	assert_output --regexp "^nightly: running on $(uname -n), .*, pid [0-9]+ \(sh\), .* token [0-9]+ \(etcd\)$"
	run -3 ctl status --cluster nightly b
	# One that list shows otherwise than it is written.
	for name in "it's" 'ä ö' "$(printf 'a%0300d' 1)"; do
		begin onlyone --scope=cluster -a "$name" -k "$name" sleep 1000
		wait_until 'it is there' ctl status --cluster "$name" "$name"
		ends_by TERM "$BEGUN" 143
	done
	go_ahead
	run -3 ctl status --cluster nightly
	assert_output 'nightly has no instance in the cluster'
	launch --scope=cluster --hold=20 -a tick true
	prints -3 --partial 'tick: done, exit 0 on ' ctl status --cluster tick
}

@test "list --cluster: no argument is stored, and no odd word reaches a terminal" {
	name=$'odd\e[31m\nname'
	ln -s "$(command -v sleep)" ./odd
	begin onlyone --scope=cluster --ttl=2 -a "$name" -k $'\xff' ./odd 1000
	wait_until 'it is there' listed_n 1
	run etcd_ctl one get --prefix "$PREFIX"
	refute_output --partial 1000
	run -0 ctl list --cluster
	refute_output --partial $'\e'
	[ "${#lines[@]}" = 2 ]
	run -0 ctl list --cluster --json
	jq . <<<"$output"
}

@test "stop, activate and wait --cluster reach the other host, if it lets us" {
	word
	run -77 ctl stop --cluster nightly
	assert_output --partial -- '--cluster-activate'
	run -77 ctl activate --cluster nightly -- a
	run -75 ctl wait --cluster -w 0.3 nightly
	go_ahead
	run -0 ctl wait --cluster nightly
	run -3 ctl stop --cluster nightly
	word --cluster-activate --on-activate='echo "$@" >got; exit 9'
	run -9 ctl activate --cluster nightly -- a b
	assert_equal "$(cat got)" 'a b'
	mkdir $'odd\xff'
	cd $'odd\xff'
	run -64 ctl activate --cluster nightly -- a b
	assert_output --partial 'folder whose name'
	cd ..
	run -0 ctl stop --cluster nightly
	ends "$HELD" 6
}

@test "cluster check says what is well, and what is wrong" {
	run -0 ctl cluster check
	assert_line --regexp '^(ok|WRONG) +etcd at 127.0.0.1:[0-9]+: version 3\.'
	assert_line --partial "may write below $PREFIX/v1/"
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
		etcd_ctl fresh $line
	done
	url="etcd://$ETCD/ours?user=ann&passfile=$PWD/pass"
	# No password is needed yet.
	run -0 ctl cluster init "${url%&*}"
	without=$output
	prints -0 "$without" ctl cluster init "$url"
	(umask 077; echo secret >pass)
	sed 's/^etcdctl user add ann$/&:secret/' <<<"$output" >commands
	grep -q '^etcdctl role' commands
	ETCDCTL_API=3 ETCDCTL_ENDPOINTS=$ETCD sh -ex commands
	etcd_ctl fresh auth enable
	run -0 ctl cluster check "$url"
	run -0 launch --scope=cluster "--cluster=$url" --hold=1 true
	run -77 launch --scope=cluster "--cluster=${url/ours/theirs}" true
	# Nor that of another user.
	run -4 "$BUILD/cluster/engine" "$url" u/other/true 'acquire 5 x'
	run -0 ctl cluster init --make "$url"
	refute_output --partial etcdctl
}
