# leased.bash: onlyone-cluster, on hosts that are state roots.
#
# Host a has the test's own root, the others have theirs beside it.  A test's data in the
# store lies below a prefix of its own.
# shellcheck shell=bash disable=SC2154,SC2034

load lib/cluster

setup_file() {
	cluster_begin
	etcd_up one
}

# pg_store: a PostgreSQL server "db" beside that, with tables, and a role for them.
pg_store() {
	pg_up db
	# As administrators who are careful have it.
	pg_sql db 'alter default privileges revoke execute on functions from public'
	onlyone-cluster init --make "--store=postgresql://$PG/postgres?user=boss" >"$CLUSTER/init"
	pg_sql db 'create role ann login in role onlyone'
}

# both_up: for setup_file: both stores.
both_up() {
	cluster_begin
	etcd_up one
	pg_store
}

# each COMMAND...: by etcd, then by PostgreSQL: $STORE, in a folder of its own.
each() {
	for STORE in etcd postgresql; do
		echo "$STORE" >&2
		[ $STORE = etcd ] || ONLYONE_CLUSTER="postgresql://$PG/postgres?user=ann"
		mkdir $STORE
		cd $STORE
		"$@"
		cd ..
	done
}

PARTS+=(leased)

leased_setup() {
	PREFIX=t$SRANDOM
	export ONLYONE_CLUSTER=etcd://$ETCD/$PREFIX PREFIX
	host_add z
}

# What is stopped must be able to end.  The holder of a key exits after its program, a
# moment later.
leased_teardown() {
	thaw one db 2>/dev/null || :
	kill -CONT $(helpers) "${STARTED[@]}" 2>/dev/null || :
}

# on HOST ARG...: onlyone-cluster, there.
on() { ONLYONE_DIR=$ONLYONE_DIR.$1 onlyone-cluster "${@:2}"; }

# here ARG...: onlyone-cluster, killed if it hangs; elsewhere: on another host.
here() { timeout -k 5 $LIMIT onlyone-cluster "$@"; }
elsewhere() { ONLYONE_DIR=$ONLYONE_DIR.z here "$@"; }

# program_of APP: the pid of the program that its --take has started here.
program_of() {
	local pid self
	pid=$(ctl pid "$1" 2>/dev/null) || return
	self=$(readlink "/proc/$pid/exe")
	for pid in $(tree "$pid"); do
		[ "$(readlink "/proc/$pid/exe")" = "$self" ] ||
			[ "$(readlink "/proc/$(parent_of "$pid")/exe")" != "$self" ] ||
			echo "$pid"
	done
}

# runs APP: it does here.
runs() { [ -n "$(program_of "$1")" ]; }

# held APP [OPTION...]: it runs here, as $PROGRAM, until released.
held() {
	begin onlyone-cluster --ttl=2 "${@:2}" -a "$1" sleep 1000
	HELD=$BEGUN
	wait_until "$1 runs" runs "$1"
	PROGRAM=$(program_of "$1")
}

# observing OPTION...: an observer that is one in the cluster, in a book of its
# own; the output of its launch, $BEGUN, is in ./said.
observing() {
	book_new
	begin onlyone-cluster "$@" -a nightly "$GUESTS/observer" x ignore 2>said
	wait_until 'it runs' observed 'alive.* x$'
}

# next_has STATUS [OPTION...]: another host has it next; the launch $BEGUN has
# exited with STATUS, and there were never two.
next_has() {
	run -0 elsewhere -w "$PATIENCE" "${@:2}" -a nightly "$GUESTS/observer" y for 20
	ends "$BEGUN" "$1"
	never_two_at_once
	assert_equal "$RAN" 2
}

# halted PID: it is stopped, or its cgroup is frozen.
halted() {
	has_state "$1" T ||
		grep -qs '^frozen 1' /sys/fs/cgroup{,/unified}"$(sed -n s/^0:://p "/proc/$1/cgroup")/cgroup.events"
}

# places N: so many are in line.
places() {
	local now
	case ${STORE-etcd} in
	etcd) now=$(etcd_ctl one get --prefix --keys-only "$PREFIX/v1/q/" | grep -c . || :) ;;
	postgresql) now=$(pg_sql db "select count(*) from onlyone_line
		where expires > clock_timestamp()") ;;
	esac
	assert_equal "$now" "$1"
}

# refused STATUS WORDS URL: nothing runs, and a message says so.
refused() {
	run --separate-stderr here -a nightly "--store=$3" touch ran
	[ "$status" = "$1" ] || fail "$3: status $status: $stderr"
	says "$2"
	[ ! -e ran ]
	no_helpers
}

released() { ends_by TERM "$HELD" 143; }

# helpers [COMM]: pids of the holders and watchdogs of this test (of one kind).
helpers() {
	local comm pid
	for comm in $(grep -slx "${1-onlyone-\(keep\|watch\)}" /proc/[0-9]*/comm); do
		pid=${comm#/proc/}
		pid=${pid%/comm}
		grep -qz "^ONLYONE_DIR=$ONLYONE_DIR\$" "/proc/$pid/environ" 2>/dev/null &&
			grep -q "^NSsid:	$pid\b" "/proc/$pid/status" 2>/dev/null &&
			alive "$pid" && echo "$pid"
	done
	return 0
}

holder() { helpers onlyone-keep; }
watchdog() { helpers onlyone-watch; }

# holds_still [HOST]: the holder there, $keeps, has stopped at a point.
holds_still() {
	keeps=$(ONLYONE_DIR=$ONLYONE_DIR${1:+.$1} holder)
	[ -n "$keeps" ] && has_state "$keeps" T
}

no_helpers() { wait_until 'no onlyone-cluster is left' eval '[ -z "$(helpers)" ]'; }

# members: all processes of the instance of $BEGUN, which is the launch.
members() {
	local self pid
	self=$(readlink "/proc/$BEGUN/exe")
	for pid in $(tree "$BEGUN"); do
		[ "$(readlink "/proc/$pid/exe")" = "$self" ] || echo "$pid"
	done
}

# nothing_held: the store has nothing of this test except results of runs, which
# expire.
nothing_held() {
	if [ "${STORE-}" = postgresql ]; then
		assert_equal "$(onlyone-cluster list --json |
			jq 'map(select(.state != "done")) | length')" 0
		return
	fi
	run ! grep -v "^$PREFIX/v1/d/\|^$" <(etcd_ctl one get --prefix --keys-only "$PREFIX")
}
