#!/usr/bin/env bats
# as: user (whose connection it is stands in fields.bats and foreign.bats)
# wire.bats: whoever talks to the socket, nobody comes to harm.
#
# Foreign and malformed clients are refused or dropped; slow and silent ones
# cost only themselves: after each, the keeper is the same one, has no
# descriptor more, and a launch is handled.  A keeper that is none is not
# believed either.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common

own_setup() {
	with_handler 'printf "<%s>" "$@"'
	owner=$BEGUN
	keeper=$(keeper_of guest)
	slot=$(the_slot)
	# Where it lies before anything has happened: those who asked have gone,
	# and it has slept since.
	wait_until 'the keeper sleeps' has_state "$keeper" S
	fds=$(ls "/proc/$keeper/fd")
}

# wire CODE: the client of lib/wire.py does this.
wire() { timeout -k 5 $((2 * LIMIT)) "$BATS_TEST_DIRNAME/lib/wire.py" "$slot" "$1"; }

# unharmed: the same keeper, the same descriptors, and it serves.
unharmed() {
	prints -0 '<still><there>' launch "$GUESTS/guest" still there
	assert_equal "$(keeper_of guest)" "$keeper"
	wait_until 'its descriptors are as before' same_fds
	assert_equal "$(constructors)" 1
	prints "$owner" ctl pid guest
}

same_fds() { [ "$(ls "/proc/$keeper/fd")" = "$fds" ]; }

# bats test_tags=check
@test "wire: the client of these tests is understood" {
	run -0 wire '
c = send(frame(QUERY))
kind, state = c.reply()
assert kind == STATE, kind
print(state["pid"], state["keeper"])'
	assert_output "$owner $keeper"
	run -0 wire '
c = send(frame(ACTIVATE, "arg=a", "arg=b c"))
assert c.turn()
c.send(frame(STREAMS, "open=1", slot=None), [os.open("/", os.O_PATH), 1])
assert c.reply()[0] == DELIVERED
kind, done = c.reply()
assert kind == DONE and done["status"] == "0", done'
	assert_output '<a><b c>'
	unharmed
}

# bats test_tags=check
@test "wire: unknown fields are ignored" {
	wire '
c = send(frame(QUERY, "new=1", "slot=x", "new=\xff", "=".join(["x"] * 9)))
assert c.reply()[0] == STATE'
	unharmed
}

# bats test_tags=check
@test "wire: garbage is dropped" {
	wire '
for data in (b"GET / HTTP/1.0\r\n\r\n", b"\0" * 100000, b"\xff" * 12,
    os.urandom(100000), b"1onf" + b"\0" * 100, b"ONE1" * 1000, b"\n"):
    assert send(data).closed(), data[:20]'
	unharmed
}

# bats test_tags=check
@test "wire: another version is answered with the reason" {
	wire '
for version in (0, 2, 65535):
    assert send(frame(QUERY, version=version)).refused(), version'
	unharmed
}

# bats test_tags=check
@test "wire: another slot, or none, is refused" {
	wire '
for slot in ("0" * 32, "", HASH[:-1], HASH + "0", HASH.upper() + " ", None):
    for kind in (ACTIVATE, QUERY, WATCH):
        assert send(frame(kind, slot=slot)).refused(), (kind, slot)'
	unharmed
}

@test "wire: an answer to an offer that nobody made, or garbage in line, harms nobody" {
	wire '
c = send(frame(WAIT, "ticket=1", "mode=wait"))
assert c.reply()[0] == ACCEPTED
c.s.sendall(frame(TAKE, "mapping=0"))
assert c.closed()
c = send(frame(WAIT, "ticket=x", "mode=nonsense", "cover=" + "x" * 5000))
assert c.reply()[0] == ACCEPTED
c.s.close()'
	unharmed
}

@test "wire: half a frame, then silence, delays nobody" {
	wire '
whole = frame(ACTIVATE, "arg=never")
waiting = [send(whole[:n]) for n in (1, 4, 11, 12, 20, len(whole) - 1)]
run = subprocess.run(["onlyone", os.environ["GUESTS"] + "/guest", "other"],
    capture_output=True, timeout=50)
assert (run.returncode, run.stdout) == (0, b"<other>"), run
for c in waiting:
    assert c.closed()'
	unharmed
}

# bats test_tags=check
@test "wire: one byte at a time is slow, but a request" {
	wire '
c = Conn()
for byte in frame(QUERY):
    c.send(bytes([byte]))
assert c.reply()[0] == STATE'
	unharmed
}

@test "wire: one that reads no answers is dropped" {
	wire '
c = Conn()
c.s.settimeout(5 * LIMIT / 60)
try:
    for i in range(20000):
        c.send(frame(QUERY))
except (BrokenPipeError, ConnectionResetError, TimeoutError):
    pass'
	unharmed
}

@test "wire: one that has its turn and sends no streams only loses it" {
	wire '
c = send(frame(ACTIVATE, "arg=never"))
assert c.turn()
run = subprocess.run(["onlyone", os.environ["GUESTS"] + "/guest", "other"],
    capture_output=True, timeout=50)
assert (run.returncode, run.stdout) == (0, b"<other>"), run
assert c.closed()'
	unharmed
}

# bats test_tags=check
@test "wire: who sends descriptors that nobody asked for is dropped" {
	wire '
for n in (1, 4, 10, 100, 253):
    for words in frame(QUERY), b"1", frame(ACTIVATE, "arg=x"):
        assert send(words, [null] * n).closed()'
	unharmed
}

@test "wire: idle connections, as many as may be, keep nobody out for ever" {
	wire '
idle = []
try:
    for i in range(220):
        idle.append(Conn())
except OSError:
    pass
run = subprocess.run(["onlyone", os.environ["GUESTS"] + "/guest", "other"],
    capture_output=True, timeout=50)
assert (run.returncode, run.stdout) == (0, b"<other>"), run'
	unharmed
}

# bats test_tags=check
@test "wire: a client that goes away at every point is forgotten" {
	wire '
whole = frame(ACTIVATE, "arg=x")
for n in range(0, len(whole) + 1, 5):
    send(whole[:n]).s.close()
for i in range(50):
    c = send(whole)
    assert c.turn()
    c.s.close()
c = send(whole)
assert c.turn()
c.s.shutdown(socket.SHUT_WR)
answer = c.reply()
assert answer is None, answer'
	unharmed
}

# A keeper that is none: owner and keeper are gone, somebody of the same user
# sits on the socket.
liar() {
	killed "$keeper" "$owner"
	wait_until 'the keeper has ended' gone "$keeper"
	rm -f "$slot/sock"
	begin /usr/bin/python3 -c '
import os, socket, sys, time
os.chdir(sys.argv[1])
s = socket.socket(socket.AF_UNIX)
s.bind("sock")
s.listen(50)
keep = []
while True:
    c, _ = s.accept()
    keep.append(c)
    answer = eval(sys.argv[2])
    try:
        if answer is None:
            pass
        else:
            c.sendall(answer)
            c.close()
    except OSError:
        pass
' "$slot" "$1"
	wait_until 'the liar sits there' test -S "$slot/sock"
	liar=$BEGUN
}

# A launch comes to an end, starts the program at most once, and once the liar
# has gone all is well.
not_believed() {
	run timeout $LIMIT onlyone "$GUESTS/guest" exit 5
	[ "$status" = 5 ] || [ "$status" = 69 ] || fail "status $status: $output"
	killed "$liar"
	frees run -6 launch "$GUESTS/guest" exit 6
}

@test "wire: a keeper that answers garbage is not believed" {
	liar 'b"HTTP/1.1 200 OK\r\n\r\n"'
	not_believed
}

@test "wire: a keeper that never answers is given up" {
	liar None
	not_believed
}
