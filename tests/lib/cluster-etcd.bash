# cluster-etcd.bash: Debian's etcd, one member or several, quick to elect.
#
# On the loopback with ports of its own, or each on a host (cluster-hosts).  The times
# below give a minimum of a second for a lease, which a busy machine must be able to
# keep; Debian's own make it two.
# shellcheck shell=bash disable=SC2154

# etcd_up NAME...: members of one cluster; on the loopback, or, where there are
# hosts of these names, at those.  $ETCD: the addresses, with commas; each one's
# is in NAME.url.
etcd_up() {
	local name port peers='' all=()
	needs etcd-server etcd
	needs etcd-client etcdctl
	for name; do
		if [ -e "$CLUSTER/host.$name" ]; then
			port=$(address "$name"):2380
			echo "$(address "$name"):2379" >"$CLUSTER/$name.url"
		else
			free_port
			echo "127.0.0.1:$port" >"$CLUSTER/$name.url"
			free_port
			port=127.0.0.1:$port
		fi
		echo "http://$port" >"$CLUSTER/$name.peer"
		peers+=${peers:+,}$name=$(<"$CLUSTER/$name.peer")
		all+=("$(cat "$CLUSTER/$name.url")")
	done
	ETCD=$(IFS=,; echo "${all[*]}")
	export ETCD
	for name; do
		echo "$peers" >"$CLUSTER/$name.peers"
		etcd_begin "$name"
	done
	for name; do
		wait_until "etcd member $name answers" etcd_answers "$name"
	done
}

# etcd_begin NAME: a member, for the first time or again.
etcd_begin() {
	local AT url peer
	url=http://$(<"$CLUSTER/$1.url") peer=$(<"$CLUSTER/$1.peer")
	there "$1"
	server "$1" "${AT[@]}" etcd --name "$1" --data-dir "$CLUSTER/$1.data" \
		--listen-client-urls "$url" --advertise-client-urls "$url" \
		--listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" \
		--initial-cluster "$(<"$CLUSTER/$1.peers")" --initial-cluster-state new \
		--heartbeat-interval 50 --election-timeout 500 --log-level error
}

# etcd_ctl NAME ARG...: etcdctl, to this member alone, from where it is.
etcd_ctl() {
	local AT
	there "$1"
	ETCDCTL_API=3 timeout -k 5 $LIMIT "${AT[@]}" etcdctl \
		"--endpoints=$(cat "$CLUSTER/$1.url")" "${@:2}"
}

# etcd_answers NAME: it, with a majority.
etcd_answers() { etcd_ctl "$1" --command-timeout=1s get nothing >/dev/null 2>&1; }

# etcd_leader NAME...: which of them is the leader.
etcd_leader() {
	local name
	for name; do
		if [[ $(etcd_ctl "$name" --command-timeout=1s endpoint status \
			2>/dev/null) == *', true, '* ]]; then
			echo "$name"
			return
		fi
	done
	return 1
}

# lies HOW: a liar before the etcd: $LIAR.
lies() {
	/usr/bin/python3 -c 'import google.protobuf, grpc, h2' ||
		fail 'needs python3-grpcio python3-h2 python3-protobuf'
	begin /usr/bin/python3 "$BATS_TEST_DIRNAME/lib/etcd-liar.py" "$ETCD" "$1" "$1.port" >"$1.asked"
	wait_until 'it listens' test -e "$1.port"
	LIAR=127.0.0.1:$(cat "$1.port")
}
