# default.bash: the default root, in a mount namespace with a /run and a /tmp of its
# own, for uid 0 and uid 1000 in turn, and in a pid namespace, so that nothing survives
# it.  Only root can make one, so files with this run only as root.
# shellcheck shell=bash disable=SC2016,SC2154

load lib/common

PARTS+=(default)

default_setup() {
	wants mount pidns netns
	export LIB=$BATS_TEST_DIRNAME/lib
	cat >prelude <<-'END'
		set -eu
		liar=$(cat "$LIB/liar.py")
		tree=$(mktemp -d /var/tmp/onlyone-test.XXXXXX)
		mount --bind "$BUILD" "$tree"
		mount -t tmpfs -o mode=1777 none /tmp
		mount -t tmpfs -o mode=755 none /run
		mkdir /run/build
		mount --move "$tree" /run/build
		rmdir "$tree"
		printf '%s\n' "$liar" >/run/liar.py
		# A bare system knows root alone; with $entry uid 1000 too.
		grep "^root:" /etc/passwd >/run/passwd || :
		[ -z "$entry" ] || echo "tester:x:1000:1000::/:/bin/sh" >>/run/passwd
		mount --bind /run/passwd /etc/passwd
		unset ONLYONE_DIR
		PATH=/run/build:$PATH GUESTS=/run/build/guests GUEST_LOG=/tmp/log
		export PATH GUESTS GUEST_LOG
		cd /
		me() { setpriv --reuid="$1" --regid="$1" --clear-groups "${@:2}"; }
		# lie FOLDER BACKING [OPTION...]: liar.py there, as $liar; it says that
		# all is $uid's.  It is $owner's, or $other's.
		lie() {
			rm -f /run/lies
			/usr/bin/python3 /run/liar.py "$1" "$2" "${owner:-$other}" \
				"$uid" "${@:3}" >/run/lies 3>&- &
			liar=$!
			awaits grep -qs mounted /run/lies
		}
		# awaits COMMAND...: until it succeeds.
		awaits() { until "$@"; do sleep 0.02; done; }
		# ends STATUS COMMAND...: as $uid, with this status, before it is
		# taken for hung; what it says is in /run/said.
		ends() {
			local code=0 pid end=$((SECONDS + 30))
			me "$uid" "${@:2}" >/run/said 2>&1 3>&- &
			pid=$!
			while kill -0 "$pid" 2>/dev/null; do
				sleep 0.02
				((SECONDS < end)) || { echo "hangs: ${*:2}"; exit 1; }
			done
			wait "$pid" || code=$?
			[ "$code" = "$1" ] ||
				{ echo "not $1 but $code: ${*:2}"; cat /run/said; exit 1; }
		}
		said() { grep -q -e "$1" /run/said || { cat /run/said; exit 1; }; }
		# start UID [OPTION...]: an instance of the guest, in the background.
		start() {
			rm -f /tmp/log
			setpriv --reuid="$1" --regid="$1" --clear-groups \
				onlyone "${@:2}" "$GUESTS/guest" 3>&- &
			awaits grep -qs main /tmp/log
		}
		# root UID: the root of the one instance that runs.
		root() { me "$1" onlyonectl list --json | jq -r '.[].dir|sub("/[^/]*$";"")'; }
		is() { [ "$1" = "$2" ] || { echo "not $2 but $1"; exit 1; }; }
		# stop UID: it ends, and its slot is gone.  (This shell, pid 1 here,
		# would say that it was terminated.)
		stop() {
			local dir
			exec 2>/dev/null
			dir=$(me "$1" onlyonectl list --json | jq -r '.[].dir')
			me "$1" onlyonectl stop guest
			while [ -e "$dir" ]; do sleep 0.02; done
		}
	END
}

# world_once UID OTHER ENTRY SCRIPT: in a network namespace too: name locks of others do
# not meet ours.
world_once() {
	run -0 timeout -k 5 $((5 * LIMIT)) unshare --mount --propagation private --net --pid \
		--fork --mount-proc --kill-child bash -c "uid=$1 other=$2 entry=$3
$(cat prelude)
$4"
	assert_output ''
}

# world SCRIPT: in a world of its own, once for each user as $uid, $other
# being the other one; the ordinary user has no entry in the password file.
world() {
	world_once 0 1000 '' "$1"
	world_once 1000 0 '' "$1"
}
