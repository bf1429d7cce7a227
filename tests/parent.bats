#!/usr/bin/env bats
# as: user (no right is asked for)
# parent.bats: the launch that stays as the parent of its program.
#
# With -W the first launch waits beside the program: every signal goes on to
# it, or to its successor, and the launch ends exactly as the program ended.  Killed
# -9 it takes nothing with it.  As process 1 it does the same: container.bats.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/parent

STAYS=-W

@test "status: is the program's, from 0 to 255, dynamic or static" {
	for guest in "$GUESTS/guest" "$GUESTS/guest-static"; do
		for code in 0 1 2 3 42 64 65 69 71 73 75 76 77 99 125 126 127 \
			128 129 130 137 143 192 254 255; do
			run -"$code" launch -W "$guest" exit "$code"
			assert_output ''
		done
	done
	freed
}

# bats test_tags=check
@test "status: a program that cannot be executed is 126, and leaves no slot" {
	# Its interpreter is there, so it is found, and cannot run.
	printf '#!/etc/passwd\n' >broken
	chmod +x broken
	run --separate-stderr launch ./broken
	without=$status
	run -126 --separate-stderr launch -W ./broken
	assert_equal "$status" "$without"
	says broken
	freed
}

@test "status: whatever signal ends the program, the launch ends by it too" { ends_alike; }

# bats test_tags=check
@test "signals: sent to the launch, one that ends the program ends both, and frees the slot" {
	by_python '
for s in fatal:
    if s == 9:
        continue
    n = len(log())
    p = subprocess.Popen(["onlyone", "-W", guests[0]],
        preexec_fn=defaults)
    until(lambda: [l for l in log()[n:] if " main" in l])
    p.send_signal(s)
    assert p.wait(20) == -s, (s, p.returncode)
    assert run(guests[0], "exit", "5") == 5, s'
	freed
}

@test "signals: sent to the launch, every one that can be reaches the program, once" { passes_on; }

@test "signals: one sent before the program runs reaches it" {
	for i in {1..20}; do
		: >"$GUEST_LOG"
		begin env --default-signal onlyone -W "$GUESTS/guest"
		wait_until 'the launch has forked' pgrep -P "$BEGUN"
		ends_by TERM "$BEGUN" 143
	done
	freed
}

@test "signals: the terminal's stop stops the launch as well; continued, both go on" {
	stayed "$GUESTS/guest"
	for sig in TSTP TTIN TTOU; do
		kill "-$sig" "$CHILD"
		wait_until 'the launch has stopped' has_state "$BEGUN" T
		has_state "$CHILD" T
		kill -CONT "$BEGUN"
		wait_until 'the program goes on' has_state "$CHILD" S
		wait_until 'the launch goes on' has_state "$BEGUN" S
	done
	# A process that stops the program is the one to continue it.
	stopped "$CHILD"
	run -0 launch -q "$GUESTS/guest" exit 5
	has_state "$BEGUN" S
	kill -CONT "$CHILD"
	wait_until 'the program goes on' has_state "$CHILD" S
	ends_by TERM "$BEGUN" 143
}

# bats test_tags=check
@test "successor: is waited for, has the signals, and the status stays the program's" {
	# Quietly: what a daemon keeps of our streams must hang nobody.
	stayed "$FORKER" wait "$PWD/gate" daemon </dev/null >>out 2>&1
	: >gate
	wait_until 'the daemon runs' grep -q ' here$' "$GUEST_LOG"
	successor=$(sed -n 's/ here$//p' "$GUEST_LOG")
	wait_until 'the program has ended' gone "$CHILD"
	wait_until 'the daemon is the instance' pid_is "$FORKER" "$successor"
	run -0 launch -q "$FORKER" end 5
	alive "$BEGUN"
	kill -TERM "$BEGUN"
	ended "$successor"
	frees ends "$BEGUN" 0
}

@test "successor: is waited for, also when its keeper is killed again and again" {
	stayed "$FORKER" wait "$PWD/gate" daemon </dev/null >>out 2>&1
	: >gate
	wait_until 'the daemon runs' grep -q ' here$' "$GUEST_LOG"
	successor=$(sed -n 's/ here$//p' "$GUEST_LOG")
	wait_until 'the daemon is the instance' pid_is "$FORKER" "$successor"
	for i in {1..10}; do
		kill -KILL "$(keeper_of "$FORKER")"
		wait_until 'it has another one' keeper_of "$FORKER"
		alive "$BEGUN"
	done
	kill -KILL "$successor"
	frees ends "$BEGUN" 0
}

# bats test_tags=check
@test "killed: the parent alone: the program is the instance as before" { outlived; }
@test "killed: parent and keeper together: the program is the instance as before" { outlived keeper; }

@test "killed: at any time, sixty times: no duplicate, no slot stuck" { killed_by_chance 60; }
