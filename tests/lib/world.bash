# world.bash: scripts in a world of their own, for files that run as root.
#
# A script gets a mount and a pid namespace, so that all its mounts and processes end
# with it.
# shellcheck shell=bash disable=SC2154

load lib/common

PARTS+=(world)

world_setup() {
	wants mount pidns
	place=$(mktemp -d "${ONLYONE_DIR%/*}/onlyone-test.XXXXXX")
	LITTER+=("$place")
	chmod 755 "$place"
	cat >"$place/prelude" <<-'END'
		set -eu
		exec 3>&-
		export ONLYONE_DIR=$mine GUEST_LOG=$mine.log
		: >"$GUEST_LOG"
		chmod 666 "$GUEST_LOG"
		is() {
			[ "$1" = "$2" ] && return
			echo "line ${BASH_LINENO[*]}: not $2 but $1"
			cat "$mine.said"
			exit 1
		}
		until_true() {
			local end=$((SECONDS + 30))
			until "$@"; do
				sleep 0.02
				((SECONDS < end)) && continue
				echo "line ${BASH_LINENO[*]}: in vain: $*"
				exit 1
			done
		}
		empty() { [ -z "$(ls "$ONLYONE_DIR")" ]; }
		has() { grep -qE "$1" "$GUEST_LOG"; }
		keeper_of() { onlyonectl list "$1" --json | jq ".[0].keeper"; }
		gone() { ! kill -0 "$1" 2>/dev/null || [[ $(ps -o stat= -p "$1") == Z* ]]; }
		killed() {
			local p
			kill -KILL "$@"
			for p; do until_true gone "$p"; done
		}
		me=(setpriv --reuid=1000 --regid=1000 --clear-groups)
		user() { "${me[@]}" "$@"; }
		# start [COMMAND...]: the guest as $owner, its $slot, $keeper.
		start() {
			(($#)) || set -- onlyone "$GUESTS/guest"
			: >"$GUEST_LOG"
			"$@" &
			owner=$!
			until_true has "^$owner main"
			slot=$(onlyonectl list --json | jq -r ".[0].dir")
			keeper=$(onlyonectl list --json | jq ".[0].keeper")
		}
		# gives STATUS COMMAND...: what it says is in $mine.said.
		gives() {
			code=0
			"${@:2}" >"$mine.said" 2>&1 || code=$?
			is "$code" "$1"
		}
		# launch [ARG...]: its status in $code, what it says in $mine.said.
		launch() {
			code=0
			timeout $LIMIT onlyone "$GUESTS/guest" "$@" 2>"$mine.said" ||
				code=$?
		}
		# refused CODE WORDS [COMMAND...]: so, and in one line.
		refused() {
			gives "$1" "${@:3}" timeout $LIMIT onlyone "$GUESTS/guest" exit 5
			is "$(wc -l <"$mine.said")" 1
			grep -q "^onlyone: .*$2" "$mine.said" ||
				{ cat "$mine.said"; exit 1; }
		}
		# found, started [COMMAND...]: a launch, behind that, does so.
		found() { meets_one 0 "$@"; }
		started() {
			: >"$GUEST_LOG"
			meets_one 5 "$@"
		}
		meets_one() {
			gives "$1" timeout $LIMIT "${@:2}" onlyone "$GUESTS/guest" exit 5
			is "$(constructors)" 1
		}
		# theirs: the state is that of uid 1000.
		theirs() { chown 1000:1000 "$mine" "$mine.log"; }
		keepers() { grep -lsz "^onlyone keeper of " /proc/[0-9]*/cmdline | tr -dc "0-9\n"; }
		has_keeper() { [ -n "$(keepers)" ]; }
		no_keepers() { ! has_keeper; }
		# It has its name a moment after its birth.
		the_keeper() { until_true has_keeper; keepers; }
		# ends PID STATUS: a process of this shell exits with it; ends_by SIGNAL.
		ends() { code=0; wait "$1" || code=$?; is "$code" "$2"; }
		ends_by() { kill -"$1" "$2"; ends "$2" "$3"; }
		# daemonise PROGRAM STEP...: the launch exits with 0, and leads
		# to $daemon, which is the instance.
		daemonise() {
			: >"$GUEST_LOG"
			timeout $LIMIT onlyone "$@" </dev/null >"$mine.said" 2>&1
			until_true notes here 1
			daemon=$(noted here)
			until_true pid_is "$1" "$daemon"
		}
		# orphaned PROGRAM PID [COMMAND...]: a launch of it, behind that, starts
		# nothing, and the instance is PID; nor with its keeper killed.
		orphaned() {
			local app=$1 pid=$2 round
			shift 2
			for round in 1 2; do
				gives 0 timeout $LIMIT "$@" onlyone -q "$app" end 5 </dev/null
				is "$(noted main | wc -l)" 1
				is "$("$@" onlyonectl pid "$app")" "$pid"
				((round == 2)) || killed $(the_keeper)
			done
		}
		# dismissed PID: it ends, and the slot is free.
		dismissed() { killed "$1"; until_true empty; until_true no_keepers; }
	END
	declare -f ctl constructors count_is noted notes pid_is >>"$place/prelude"
}

# within SCRIPT: run it by bash -eu; $mine is an empty folder, its root.
within() {
	local mine
	mine=$(mktemp -d "$place/mine.XXXXXX")
	run timeout -k 5 $((10 * LIMIT)) unshare --mount --propagation private --pid \
		--fork --mount-proc --kill-child bash -c \
		"mine=$mine; $(cat "$place/prelude")
{
$1
} 2>&1"
	[ "$status" = 0 ] || fail "status $status: $output"
}
