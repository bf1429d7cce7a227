# parent.bash: the launch that stays as the parent of its program.
#
# A file says in $STAYS by which option: -W.
# shellcheck shell=bash disable=SC2153

load lib/common

# child: the pid of the program, once it is in main.
child() {
	wait_until 'the program is in main' grep -q ' main' "$GUEST_LOG"
	sed -n '0,/ main.*/s/ main.*//p' "$GUEST_LOG"
}

# stayed COMMAND...: such a launch in the background; $BEGUN it, $CHILD the
# program.  The shell has background jobs ignore INT and QUIT.
stayed() {
	: >"$GUEST_LOG"
	begin env --default-signal onlyone "$STAYS" "$@"
	CHILD=$(child)
	[ "$CHILD" != "$BEGUN" ]
	assert_equal "$(parent_of "$CHILD")" "$BEGUN"
}

# by_python CODE: with these at hand.
by_python() {
	timeout -k 5 $((10 * LIMIT)) /usr/bin/python3 - "$GUESTS" "$STAYS" <<END
import os, signal, subprocess, sys, time
guests = [sys.argv[1] + "/guest", sys.argv[1] + "/guest-static"]
fatal = [s for s in range(1, 65)
    if s not in (17, 18, 19, 20, 21, 22, 23, 28, 32, 33)]
def defaults():
    for s in range(1, 65):
        if s not in (9, 19, 32, 33):
            signal.signal(s, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
def log():
    with open(os.environ["GUEST_LOG"]) as f:
        return f.read().splitlines()
def until(what):
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end, "in vain"
        time.sleep(0.002)
def run(*args):
    return subprocess.run(["onlyone", sys.argv[2], *args], timeout=20,
        preexec_fn=defaults).returncode
$1
END
}

# passes_on: every signal that can be passed on reaches the program, once.
passes_on() {
	local guest sig words
	for guest in "$GUESTS/guest" "$GUESTS/guest-static"; do
		words=()
		# CHLD and URG are the launch's own.
		for sig in {1..8} {10..16} 18 {20..22} {24..31} {34..64}; do
			words+=(catch "$sig")
		done
		stayed "$guest" "${words[@]}"
		for sig in {1..8} {10..16} 18 {20..22} {24..31} {34..64}; do
			kill "-$sig" "$BEGUN"
			wait_until "signal $sig has reached it" \
				grep -qx "$CHILD signal $sig" "$GUEST_LOG"
		done
		[ -z "$(sort "$GUEST_LOG" | uniq -d)" ]
		alive "$BEGUN"
		kill -KILL "$CHILD"
		ends "$BEGUN" 137
	done
}

# outlived [keeper]: the launch is killed, or its keeper with it: the program is
# the instance as before.
outlived() {
	local guest
	for guest in "$GUESTS/guest" "$GUESTS/guest-static"; do
		stayed --on-activate='echo "<$1>"' "$guest"
		kill -KILL "$BEGUN" ${1:+$(keeper_of "$guest")}
		ends "$BEGUN" 137
		alive "$CHILD"
		prints -0 '<arrives>' launch "$guest" arrives
		pid_is "$guest" "$CHILD"
		assert_equal "$(constructors)" 1
		killed "$CHILD"
		run -5 launch "$guest" exit 5
	done
}

# killed_by_chance N: so often, at any time; never two, and no slot is stuck.
# The witness takes a lock of its own and shouts when two run.
killed_by_chance() {
	local i status
	export GUEST_LOCK=$PWD/lock
	for ((i = 1; i <= $1; i++)); do
		onlyone "$STAYS" "$GUESTS/witness" "first$i" for 40 \
			3>&- 2>/dev/null &
		STARTED+=("$!")
		# Between its first call and, in most cases, the program's end.
		/usr/bin/python3 -c 'import os, random, sys, time
time.sleep(random.random() * 0.02)
os.kill(int(sys.argv[1]), 9)' "$!" 2>/dev/null || true
		status=0
		launch -q "$GUESTS/witness" "next$i" for 0 || status=$?
		assert_equal "$i: $status" "$i: 0"
	done
	never_two
	freed
	run -0 launch "$GUESTS/witness" last for 0
	grep -q ' main last$' "$GUEST_LOG"
	freed
}
