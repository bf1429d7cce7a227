# cluster-hosts.bash: hosts with a network between them that can fail.
#
# A host is a network, pid, mount and UTS namespace, with the address 10.9.0.N; N is its
# place in the list given to hosts_up.  Between them is network.py, which cuts and drops
# as it is told.  An ordinary user gets a user namespace around it all, with his own uid.
# shellcheck shell=bash disable=SC2046,SC2154

# hosts_up NAME...: a test that needs them begins with "wants mount".
hosts_up() {
	local users=()
	[ "$(id -u)" = 0 ] || users=(--user --map-current-user --keep-caps)
	mkfifo "$CLUSTER/wire.in" "$CLUSTER/wire.out"
	printf '%s\n' "$@" >"$CLUSTER/hosts"
	# Keep both open: writers and readers come and go.
	# shellcheck disable=SC2016
	server wire unshare "${users[@]}" --net --mount --propagation private \
		bash -euc 'exec 8<>"$CLUSTER/wire.in" 9<>"$CLUSTER/wire.out"
		n=0 ports=()
		ip link set lo up
		for name; do
			n=$((n + 1)) ports+=("p$n")
			# Process 1 takes in the orphans.
			unshare --net --pid --mount --uts --fork --mount-proc \
				--kill-child sh -c "sleep infinity & wait" &
			pid=$!
			# It begins one when it is where it is to be.
			until [ -n "$(<"/proc/$pid/task/$pid/children")" ]; do
				read -rt .01 _ <>"$SILENCE" || :
			done
			echo "$pid" >"$CLUSTER/host.$name"
			ip link add "p$n" type veth peer name eth0 netns "$pid" \
				address "$(printf 02:00:00:00:00:%02x "$n")"
			ip link set "p$n" up
			nsenter --target "$pid" --net --uts sh -euc "
				hostname $name
				ip link set lo up
				ip link set eth0 up
				ip address add 10.9.0.$n/24 dev eth0"
		done
		exec "$0" "${ports[@]}" <&8 >&9' "$BATS_TEST_DIRNAME/lib/network.py" "$@"
	answers wire
}

# answers NAME: network.py, or proxy.py, says that it has obeyed.
answers() {
	local said
	read -rt "$PATIENCE" said <>"$CLUSTER/$1.out" && [ "$said" = ok ] ||
		fail "$1 does not answer: $(cat "$CLUSTER/$1.log")"
}

# tell NAME COMMAND...: tells it that, with numbers of hosts; it holds then.
tell() {
	# Open for reading, too: without a reader it must not block.
	echo "${*:2}" 1<>"$CLUSTER/$1.in"
	answers "$1"
}

wire() { tell wire "$@"; }

# address HOST
address() { echo "10.9.0.$(host_number "$1")"; }

# host_number HOST...
host_number() {
	local name
	for name; do
		grep -nxF -- "$name" "$CLUSTER/hosts" | cut -d: -f1
	done
}

# cut_off HOST...: cuts these off from all others, but not from each other.
cut_off() { wire cut $(host_number "$@"); }

heal() { wire heal; }

# host_add NAME: its state root.
host_add() {
	mkdir -m 700 "$ONLYONE_DIR.$1"
	ROOTS+=("$ONLYONE_DIR.$1")
}

# hosts_setup: for setup, after common_setup: each host has a state root.
hosts_setup() {
	local name
	while read -r name; do host_add "$name"; done <"$CLUSTER/hosts"
}

# at HOST COMMAND...: there, in the same folder, as oneself and without further
# rights.
at() {
	local AT
	there "$1"
	"${AT[@]}" env -C "$PWD" "ONLYONE_DIR=$ONLYONE_DIR.$1" "${@:2}"
}

# begin_at HOST COMMAND...: in the background; $BEGUN exits as the command does.
begin_at() {
	local AT
	there "$1"
	begin "${AT[@]}" env -C "$PWD" "ONLYONE_DIR=$ONLYONE_DIR.$1" "${@:2}"
}

# there NAME: $AT runs a command at the host of this name, or here if there is none.
there() {
	local pid users=()
	AT=()
	[ -e "$CLUSTER/host.$1" ] || return 0
	read -r pid <"$CLUSTER/host.$1"
	[ "$(id -u)" = 0 ] || users=("--user=/proc/$pid/ns/user"
		--preserve-credentials)
	AT=(nsenter "${users[@]}"
		"--net=/proc/$pid/ns/net" "--uts=/proc/$pid/ns/uts"
		"--mount=/proc/$pid/ns/mnt"
		"--pid=/proc/$pid/ns/pid_for_children")
}

# host_processes HOST: the pids of all that runs there, but for its first, and
# what that waits for.
host_processes() {
	local pid own file title SAID
	read -r pid <"$CLUSTER/host.$1"
	own=$(readlink "/proc/$pid/ns/pid_for_children")
	for file in $(find /proc/[0-9]*/ns/pid -lname "${own//[\[\]]/?}" 2>/dev/null); do
		title=()
		mapfile -d '' -t title 2>/dev/null <"${file%ns/pid}cmdline"
		file=${file#/proc/}
		[ "${title[*]-}" != 'sleep infinity' ] || continue
		status_look "${file%%/*}" PPid && [ "$SAID" != "$pid" ] || continue
		echo "${file%%/*}"
	done
}
