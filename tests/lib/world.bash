# world.bash: scripts in a world of their own, for files that run as root.
#
# A script gets a mount and a pid namespace, so that whatever it mounts and
# starts ends with it.
# shellcheck shell=bash disable=SC2154

world_setup() {
	place=$(mktemp -d "${ONLYONE_DIR%/*}/onlyone-test.XXXXXX")
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
				((SECONDS < end)) || {
					echo "line ${BASH_LINENO[*]}: in vain: $*"
					exit 1
				}
				sleep 0.02
			done
		}
		constructors() { grep -c constructor "$GUEST_LOG" || true; }
		empty() { [ -z "$(ls "$ONLYONE_DIR")" ]; }
		has() { grep -qE "$1" "$GUEST_LOG"; }
		pid_is() { [ "$(onlyonectl pid "$1")" = "$2" ]; }
		count_is() { [ "$(onlyonectl count "$1")" = "$2" ]; }
		keeper_of() { onlyonectl list "$1" --json | jq ".[0].keeper"; }
		gone() {
			! kill -0 "$1" 2>/dev/null ||
				[[ $(ps -o stat= -p "$1") == Z* ]]
		}
		killed() {
			kill -KILL "$@"
			for pid; do until_true gone "$pid"; done
		}
		user() { setpriv --reuid=1000 --regid=1000 --clear-groups "$@"; }
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
		# launch [ARG...]: its status in $code, what it says in $mine.said.
		launch() {
			code=0
			timeout 60 onlyone "$GUESTS/guest" "$@" 2>"$mine.said" ||
				code=$?
		}
		# refused CODE WORDS [COMMAND...]: so, and in one line.
		refused() {
			code=0
			timeout 60 "${@:3}" onlyone "$GUESTS/guest" exit 5 \
				2>"$mine.said" || code=$?
			is "$code" "$1"
			is "$(wc -l <"$mine.said")" 1
			grep -q "^onlyone: .*$2" "$mine.said" ||
				{ cat "$mine.said"; exit 1; }
		}
		# found [COMMAND...]: a launch, behind that, finds the instance.
		found() {
			code=0
			timeout 60 "$@" onlyone "$GUESTS/guest" exit 5 \
				2>"$mine.said" || code=$?
			is "$code" 0
			is "$(constructors)" 1
		}
		# started [COMMAND...]: a launch, behind that, starts it.
		started() {
			: >"$GUEST_LOG"
			code=0
			timeout 60 "$@" onlyone "$GUESTS/guest" exit 5 \
				2>"$mine.said" || code=$?
			is "$code" 5
			is "$(constructors)" 1
		}
	END
}

world_teardown() {
	rm -rf "$place"
}

# within SCRIPT: run it by bash -eu; $mine is an empty folder, its root.
within() {
	local mine
	mine=$(mktemp -d "$place/mine.XXXXXX")
	run timeout -k 5 150 unshare --mount --propagation private --pid \
		--fork --mount-proc --kill-child bash -c \
		"mine=$mine; $(cat "$place/prelude")
{
$1
} 2>&1"
	[ "$status" = 0 ] || fail "status $status: $output"
}
