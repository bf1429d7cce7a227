# cluster-launch.bash: the observer, launched on hosts as the one of a cluster.
#
# $URL is the cluster's; $TTL and $GRACE are small: two seconds, and a half.
# shellcheck shell=bash disable=SC2154

load lib/cluster

TTL=2 GRACE=.5

# one OPTION...: what a launch of $JOB begins with.
one() {
	ONE=(onlyone-cluster "--store=$URL" "--ttl=$TTL" "--grace=$GRACE"
		-a "${JOB-job}" "$@" "$GUESTS/observer")
}

# one_at HOST WORD [OPTION...]: it is launched there; $BEGUN and $INNER.  The
# observer gets $WORDS, too.
one_at() {
	local ONE
	one "${@:3}"
	# shellcheck disable=SC2086
	begin_at "$1" "${ONE[@]}" "$2" ${WORDS-} 2>"said.$2"
}

# runs_at HOST WORD: and it has begun.
runs_at() {
	one_at "$@"
	comes_to "$1" "$2"
}

# waits_at HOST WORD: a launch waits there for the one that has it.
waits_at() {
	one_at "$1" "$2" --wait
	wait_until "$2 waits at $1" is_waiting "$1"
}

# is_waiting HOST: as far as can be seen here: what asks the store is there.  A
# file may know it better.
is_waiting() {
	[ -n "$(ours "$1" launch)" ]
}

# comes_to HOST WORD: sooner or later.
comes_to() {
	wait_until "$2 runs at $1" observed " $1 .* $2\$" ||
		fail "$(cat "said.$2")"
}

# ours HOST WHAT: the pids there of: program, launch (its parent), cluster (what
# renews), watchdog, keeper.
ours() {
	local pid comm words
	for pid in $(host_processes "$1"); do
		comm=$(comm_of "$pid")
		mapfile -d '' -t words 2>/dev/null <"/proc/$pid/cmdline"
		case $2,$comm in
		program,*) [[ ${words-} != */observer ]] || echo "$pid" ;;
		keeper,*) [[ ${words[*]-} != onlyone\ keeper\ of* ]] || echo "$pid" ;;
		cluster,onlyone-keep | watchdog,onlyone-watch) echo "$pid" ;;
		launch,onlyone-cluster) # a child is to become the program
			[ "$(comm_of "$(parent_of "$pid")")" = "$comm" ] ||
				echo "$pid" ;;
		esac
	done
}

comm_of() { cat "/proc/$1/comm" 2>/dev/null; }

# nobody_at HOST...: all of ours and the programs there have ended.
nobody_at() {
	local host
	for host; do
		[ -z "$(host_processes "$host")" ] || return
	done
}

# woken HOST: all that runs there.  (nsenter stops as its child does.)
woken() {
	# shellcheck disable=SC2046
	kill -CONT $(host_processes "$1") "${STARTED[@]}" 2>/dev/null || :
}

# all_woken: on every host, for own_teardown: what a test that failed has stopped
# must be able to end.
all_woken() {
	local host
	[ ! -e "$CLUSTER/hosts" ] || while read -r host; do
		woken "$host"
	done <"$CLUSTER/hosts"
}

# token_of WORD: the last field but one of its line in the book.
token_of() {
	grep " $1\$" "$OBSERVED" | awk '{ print $6 }'
}

# the_end: whoever runs is told to go; nobody is left, and nothing overlapped.
the_end() {
	local host pid
	heal
	while read -r host; do
		for pid in $(ours "$host" launch) $(ours "$host" program); do
			kill "$pid" 2>/dev/null || :
		done
	done <"$CLUSTER/hosts"
	# shellcheck disable=SC2046
	wait_until 'all have ended' nobody_at "$@"
	never_two_at_once
}
