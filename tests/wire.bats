# as: user (which connections: fields.bats, foreign.bats)
# wire.bats: whatever connects to the socket, no harm is done.
#
# Foreign and malformed clients are refused or dropped; slow and silent ones cost only
# themselves: the keeper stays the same, uses no more descriptors, and serves.  A false
# keeper is not believed either.  A keeper never holds descriptors that a client sends:
# closing the last one of an open file may block forever, as with the connections
# here, which linger for an hour.
load lib/common

# kept [CMD [OPTION...]]: an instance of the guest with this handler, or one that
# prints its arguments.
kept() {
	local handler=${1-'printf "<%s>\n" "$@"'}
	with_handler "$handler" "${@:2}"
	owner=$BEGUN
	keeper=$(keeper_of guest)
	slot=$(the_slot)
	# Where it lies before anything has happened: those who asked have gone,
	# and it has slept since.
	wait_until 'the keeper sleeps' has_state "$keeper" S
	fds=(/proc/"$keeper"/fd/*)
	count=${#fds[@]}
}

# wire CODE: the client of lib/wire.py does this.
wire() {
	keeper=$keeper owner=$owner timeout -k 5 $((2 * LIMIT)) \
		"$BATS_TEST_DIRNAME/lib/wire.py" "$slot" "$1"
}

# unharmed: the same keeper, the same descriptors, and it serves; the instance ends.
unharmed() {
	prints -0 $'<still>\n<there>' launch "$GUEST" still there
	assert_equal "$(keeper_of guest)" "$keeper"
	same_fds() { fds=(/proc/"$keeper"/fd/*) && [ "${#fds[@]}" = "$count" ]; }
	wait_until 'its descriptors are as before' same_fds
	assert_equal "$(constructors)" 1
	kill "$owner"
	wait_until 'the keeper has ended' gone "$keeper"
	freed
}

# bats test_tags=check
@test "malformed: garbage is dropped, unknown fields are ignored; another version, slot, or none, is refused; descriptors that nobody asked for too" {
	kept
	# The client is understood.
	run -0 wire '
kind, state = send(frame(QUERY, "new=1", "slot=x", "new=\xff", "x=" * 9)).reply()
assert kind == STATE, kind
print(state["pid"], state["keeper"], flush=True)
c = send(frame(ACTIVATE, "arg=a", "arg=b c"))
assert c.turn()
c.send(frame(STREAMS, "open=1", slot=None), [here, 1])
assert c.reply()[0] == DELIVERED
kind, done = c.reply()
assert kind == DONE and done["status"] == "0", done'
	assert_output "$owner $keeper"$'\n<a>\n<b c>'
	wire '
for data in (b"GET / HTTP/1.0\r\n\r\n", b"\0" * 100000, b"\xff" * 12,
    os.urandom(100000), b"1onf" + b"\0" * 100, b"ONE1" * 1000, b"\n"):
    assert send(data).closed(), data[:20]
for version in (0, 2, 65535):
    assert send(frame(QUERY, version=version)).refused(), version
for slot in ("0" * 32, "", HASH[:-1], HASH + "0", HASH.upper() + " ", None):
    for kind in (ACTIVATE, QUERY, WATCH):
        assert send(frame(kind, slot=slot)).refused(), (kind, slot)
why = send(frame(TAKE, "held=1")).reply()[1]["why"]
assert why == "not what its keeper asked for", why
assert {send(frame(x, "since=1")).reply()[0] for x in (FORGET, JOIN)} == {ENDED}  # earlier
# Not many: they stay on their way for seconds, and the user has so many there.
for n in (1, 4, 10, 64):
    for words in frame(QUERY), b"1", frame(ACTIVATE, "arg=x"):
        assert send(words, [null] * n).closed()
c = Conn()
for byte in frame(QUERY):
    c.send(bytes([byte]))
assert c.reply()[0] == STATE
for n in range(0, len(whole) + 1, 5):  # gone at every point
    send(whole[:n]).s.close()
for i in range(50):
    c = send(whole)
    assert c.turn()
    c.s.close()'
	unharmed
}

@test "length: a frame says another one than it has, with descriptors too: it is refused, or ends where it says, and others are served" {
	kept
	wire '
def lies(words, n):
    return words[:8] + struct.pack("=I", n) + words[12:]
for n in ((16 << 20) + 1, 1 << 31, (1 << 32) - 1):
    for words in frame(QUERY), whole:
        assert send(lies(words, n)).closed(), n
for n in range(0, len(whole) - 12, 3):
    c = send(lies(whole, n))
    assert c.reply() is None or c.closed(), n
streams = frame(STREAMS, "open=012", slot=None)
for fds in (4, 5, 64):
    for n in ((1 << 32) - 1, 16 << 20, len(streams) - 11, 3):
        c = send(whole)
        assert c.turn()
        c.send(lies(streams, n), [here] + [null] * (fds - 1))
        assert c.refused(), (fds, n)
    c = send(whole)
    assert c.turn()
    c.send(streams, [here, null, 1] + [null] * (fds - 3))  # the first are taken
    assert c.reply()[0] == DELIVERED
    assert c.reply()[1]["status"] == "0"
assert served("other") == "<other>\n"'
	unharmed
}

@test "slow: half a frame, answers that nobody reads, a turn without streams, all connections there may be: each loses only its own" {
	kept
	wire '
waiting = [send(whole[:n]) for n in (1, 4, 11, 12, 20, len(whole) - 1)]
assert served("other") == "<other>\n"
for c in waiting:
    assert c.closed()
c = send(frame(WAIT, "ticket=1", "mode=wait"))
assert c.reply()[0] == ACCEPTED
c.s.sendall(frame(TAKE, "mapping=0"))  # an answer to no offer
assert c.closed()
assert send(frame(QUERY)).reply()[0] == STATE  # and then: words keep nobody busy
assert subprocess.call(["pgrep", "-P", str(keeper), "-f", "closing"]) == 1
c = send(whole)
assert c.turn()
assert served("other") == "<other>\n"
assert c.closed()
c = Conn()
c.s.settimeout(5 * LIMIT / 60)
try:
    for i in range(20000):
        c.send(frame(QUERY))
except (BrokenPipeError, ConnectionResetError, TimeoutError):
    pass
idle = []
try:
    for i in range(220):
        idle.append(Conn())
except OSError:
    pass
assert served("other") == "<other>\n"'
	unharmed
}

# Once the one in its place has gone all is well; he starts the program at most once.
@test "keeper: one that answers garbage, or nothing, is not believed, and holds nobody up" {
	for answer in garbage nothing long short files; do
		kept
		killed "$keeper" "$owner"
		rm -f "$slot/sock"
		answer=$answer begin liar= "$BATS_TEST_DIRNAME/lib/wire.py" "$slot" '
os.chdir(folder)
server = socket.socket(socket.AF_UNIX)
server.bind("sock")
server.listen(50)
kept = []
while True:
    c = server.accept()[0]
    kept.append(c)
    try:
        says = {"garbage": b"HTTP/1.1 200 OK\r\n\r\n",
            "long": whole[:8] + b"\xff" * 4 + whole[12:],
            "short": frame(STATE, "pid=1", slot=None)[:8] + bytes(4),
            "files": frame(NEED, slot=None) * 3}.get(os.environ["answer"])
        if says:
            socket.send_fds(c, [says], [null] * 64)
            c.close()
    except OSError:  # it does not wait for it
        pass'
		wait_until 'the liar sits there' test -S "$slot/sock"
		run timeout $LIMIT onlyone "$GUEST" exit 5
		[ "$status" = 5 ] || [ "$status" = 69 ] || fail "status $status: $output"
		killed "$liar"
		frees run -6 launch "$GUEST" exit 6
	done
}

@test "unasked: descriptors beside words, half of them, garbage, in line: launches are served" {
	kept
	wire '
all_late(send, frame(QUERY), whole, whole[:7], b"1",
    b"GET / HTTP/1.0\r\n\r\n", frame(QUERY) * 20, frame(STREAMS),
    frame(WAIT, "ticket=1", "mode=wait"))
def urgent(data, fds):
    c = Conn()
    c.s.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
        struct.pack("i", *fds))], socket.MSG_OOB)
    c.send(b"more")
    return c
urging = all_late(urgent, b"1")
c = send(frame(WAIT, "ticket=1", "mode=wait"))
c.reply()
kept = late(c.send, b"more")
assert served("other") == "<other>\n"'
	unharmed
	# In connections that were not accepted when the program exits.
	: >"$GUEST_LOG"
	kept
	wire '
def queue(fds):
    kept = [send(b"x", fds) for i in range(10)]
    os.kill(owner, signal.SIGKILL)
    ended(owner)
    return kept
kept = late(queue)
ended(keeper)'
	freed
}

@test "streams: a lingering one as folder, input, output, error; more than were asked for; an answer that is none: refused, or handled, and others served" {
	kept 'printf "<%s>\n" "$@"; [ "$1" != x ] || exit 3'
	wire '
kept = []
for place in range(4):
    fds = [here, null, null, null]
    fds[place] = None
    c = send(whole)
    assert c.turn()
    _, bad = late(c.send, frame(STREAMS, "open=012", slot=None), fds=fds)
    kept += [c, bad]
    kind, fields = c.reply()
    if place:
        assert kind == DELIVERED, kind
        assert c.reply()[1]["status"] == "3"
    else:  # it is no folder, and has to be closed
        assert (kind, fields["status"]) == (REFUSED, "69"), fields
    assert served("other") == "<other>\n"
for n, words in (4, "open=0"), (40, "open=012"):
    c = send(whole)
    assert c.turn()
    _, bad = late(c.send, frame(STREAMS, words, slot=None),
        fds=[here, null] + [None] * (n - 2))
    kept += [c, bad]
    assert served("other") == "<other>\n"
    kind, fields = c.reply()
    assert (kind, fields["status"]) == (REFUSED, "69"), (kind, fields)
    assert "does not answer" in fields["why"], fields
c = send(whole)
assert c.turn()
kept += [c, late(c.send, b"GARBAGE" * 9)]
assert c.refused()
def gone(words, fds):
    c.send(words, fds)
    c.s.close()
c = send(whole)
assert c.turn()
kept += late(gone, frame(STREAMS, "open=012", slot=None))
assert served("other") == "<other>\n"'
	unharmed
}

@test "streams: their child stands still: its launch is told why, the next one is served, stop works; it has nothing of its keeper's" {
	begin_guest owner= env ONLYONE_TEST_POINTS=streams-taken=stop \
		"$BUILD/points/onlyone" -a app --on-activate='echo "<$1>"' \
		env -u ONLYONE_TEST_POINTS "$GUEST"
	keeper=$(keeper_of app)
	run -69 eval 'launch -a app "$GUEST" one >said 2>&1'
	file_has said 'its folder, or one of its streams, is a file that does not answer'
	childless() { ! pgrep -P "$keeper"; }
	wait_until 'it is ended' childless
	begin onlyone -a app "$GUEST" two >two 2>&1
	stuck_is() { stuck=$(pgrep -P "$keeper") && has_state "$stuck" T; }
	wait_until 'its child stands still' stuck_is
	prints '' find "/proc/$stuck/fd" -lname "$ONLYONE_DIR*"
	kill -CONT "$stuck"
	ends "$BEGUN" 0
	assert_equal "$(<two)" '<two>'
	begin onlyone -a app "$GUEST" three
	wait_until 'its child stands still' stuck_is
	run -0 ctl stop app
	wait_until 'the keeper has ended' gone "$keeper"
	ended "$stuck"
	# There is no instance any more: it is the next one.
	wait_until 'it runs the program' in_main 2
}
