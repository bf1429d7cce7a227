# cluster-observed.bash: the observer, launched on hosts as the one of a cluster.
#
# $URL names the store, $WANTING the hosts that want to run it.
# shellcheck shell=bash disable=SC2034,SC2046,SC2154

load lib/cluster

WANTING=(a b c d)

# one OPTION...: what a launch by the cluster $URL begins with.
one() {
	ONE=(onlyone-cluster "--store=$URL" "--ttl=${TTL-2}" --grace=.5 -a job
		"$@" "$GUESTS/observer")
}

# one_at HOST WORD [OPTION...]: it is launched there.
one_at() {
	local ONE
	one "${@:3}"
	begin_at "$1" "${ONE[@]}" "$2" 2>"said.$2"
}

# runs_at HOST WORD: the same, and it has started.
runs_at() { one_at "$@"; comes_to "$1" "$2"; }

# comes_to HOST WORD: it starts there sooner or later.
comes_to() { wait_until "$2 runs at $1" observed " $1 .* $2\$" || fail "$(cat "said.$2")"; }

# waits_at HOST WORD: a launch waits there for the key; as far as we can see: the
# process that asks the store is there.
waits_at() {
	one_at "$1" "$2" --wait
	wait_until "$2 waits at $1" is_waiting "$1"
}

is_waiting() { [ -n "$(ours "$1" launch)" ]; }

# ours HOST WHAT: the pids there of: program, launch (its parent), cluster (what
# renews), watchdog, keeper.
ours() {
	local pid comm words
	for pid in $(host_processes "$1"); do
		# It may have exited.
		read -r comm 2>/dev/null <"/proc/$pid/comm" &&
			mapfile -d '' -t words 2>/dev/null <"/proc/$pid/cmdline" || continue
		case $2,$comm in
		program,*) [[ ${words-} != */observer ]] || echo "$pid" ;;
		keeper,*) [[ ${words[*]-} != onlyone\ keeper\ of* ]] || echo "$pid" ;;
		cluster,onlyone-keep | watchdog,onlyone-watch) echo "$pid" ;;
		launch,onlyone-cluster) # a child is to become the program
			[[ $(comm_of "$(parent_of "$pid")") == onlyone-* ]] || echo "$pid" ;;
		esac
	done
}

comm_of() { cat "/proc/$1/comm" 2>/dev/null; }

nobody_at() { [ -z "$(host_processes "$1")" ]; }

# woken HOST...: all that runs there.  (nsenter stops as its child does.)
woken() {
	local host
	for host; do
		kill -CONT $(host_processes "$host") "${STARTED[@]}" 2>/dev/null || :
	done
}

# token_of WORD: the last field but one of its line in the book.
token_of() { awk -v word="$1" '$NF == word { print $6 }' "$OBSERVED"; }

# the_end: stops what still runs; then nothing is left, and nothing overlapped.
the_end() {
	local host pid
	heal
	for host in "${WANTING[@]}"; do
		for pid in $(ours "$host" launch) $(ours "$host" program); do
			kill "$pid" 2>/dev/null || :
		done
	done
	all_gone
	never_two_at_once
}

all_gone() {
	local host
	for host in "${WANTING[@]}"; do
		wait_until "all at $host have ended" nobody_at "$host"
	done
}
