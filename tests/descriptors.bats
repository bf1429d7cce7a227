#!/usr/bin/env bats
# as: user (no right is asked for, and a user has the smaller limits)
# descriptors.bats: what a client sends beside its words, its keeper never has.
#
# Who closes the last of an open file may have to wait for it, for ever: a
# connection that lingers, a file whose server is away.  Such ones are sent here
# in every way there is; then launches are served as before, by the same keeper,
# and an instance ends as it should.  Nothing here is quick: a keeper that waits
# does so for an hour.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common

# kept [CMD [OPTION...]]: an instance of the guest, with this handler or none.
kept() {
	if [ $# -gt 0 ]; then
		with_handler "$@"
	else
		begin_guest onlyone "$GUESTS/guest"
	fi
	known
}

known() {
	owner=$BEGUN
	keeper=$(keeper_of "${1-guest}")
	slot=$(the_slot)
}

# wire CODE: the client of lib/wire.py does this.
wire() {
	keeper=$keeper owner=$owner timeout -k 5 $((2 * LIMIT)) \
		"$BATS_TEST_DIRNAME/lib/wire.py" "$slot" "$1"
}

# unharmed: the same keeper serves, and the instance ends.
unharmed() {
	run -0 launch "$GUESTS/guest" still
	assert_equal "$(keeper_of guest)" "$keeper"
	kill "$owner"
	wait_until 'the keeper has ended' gone "$keeper"
	freed
}

@test "unasked: beside a question, or half of one, beside garbage: launches are served" {
	kept 'echo "<$1>"'
	wire '
all_late(send, frame(QUERY), whole, whole[:7], b"1",
    b"GET / HTTP/1.0\r\n\r\n", frame(QUERY) * 20, frame(STREAMS),
    frame(WAIT, "ticket=1", "mode=wait"))'
	unharmed
}

@test "unasked: out of band" {
	kept 'echo "<$1>"'
	wire '
def urgent(words, fds):
    c = Conn()
    c.s.sendmsg([b"!"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
        array.array("i", fds))], socket.MSG_OOB)
    if words:
        c.s.sendall(words)
    return c
try:
    urgent(b"", [null])
except OSError:
    sys.exit(0)  # before Linux 5.15 there is no such thing
all_late(urgent, frame(QUERY), whole, b"", b"1one")'
	unharmed
}

@test "unasked: behind a request whose answer ends the connection" {
	kept
	wire '
def behind(words, fds):
    c = Conn()
    c.send(words)
    c.send(b"more", fds)
    return c
kept = []
for words in (whole, frame(FORGET, "since=1"), frame(QUERY, slot="x")):
    c, bad = late(behind, words)
    kept += [c, bad]
    assert served() == ""'
	unharmed
}

@test "unasked: by one that waits, listens, joins or watches" {
	kept 'echo "<$1>"'
	wire '
kept = []
for words in (frame(WAIT, "ticket=1", "mode=wait"), frame(12),
    frame(JOIN), frame(WATCH)):
    c = send(words)
    c.s.settimeout(0.5)
    try:
        c.reply()  # some say nothing until the end
    except TimeoutError:
        pass
    kept += [c, late(c.send, b"more")]
    assert served("other") == "<other>\n", words'
	unharmed
}

@test "on their way: a launch waits while its user has too many descriptors on their way" {
	kept 'echo "<$1>"'
	wants trace
	begin crowd= python3 -c '
import array, signal, socket
a, b = socket.socketpair()
a.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
    array.array("i", [0] * 150))])
print("crowded", flush=True)
signal.pause()' >crowd
	wait_until 'there are many' file_has crowd crowded
	# More than this one may have open.
	begin strace -qq -o trace -e trace=sendmsg prlimit --nofile=64 \
		onlyone "$GUEST" later >said 2>&1
	wait_until 'it waits' file_has trace ETOOMANYREFS
	killed "$crowd"
	ends "$BEGUN" 0
	assert_equal "$(cat said)" '<later>'
	unharmed
}

@test "unasked: in connections that nobody has accepted when the program ends" {
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

@test "streams: as input, output, error, folder: the handler runs, or is refused" {
	kept 'echo "$1" >>runs; [ "$1" != x ] || exit 3'
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
    served("other")'
	assert_equal "$(tr '\n' ' ' <runs)" 'other x other x other x other '
	unharmed
}

@test "streams: more than were asked for: others are served, and then it is refused" {
	kept 'echo "<$1>"'
	wire '
c = send(whole)
assert c.turn()
_, bad = late(c.send, frame(STREAMS, "open=0", slot=None),
    fds=[here, null, None, None])
assert served("other") == "<other>\n"
spare = [Lingering() for i in range(40)]
many = send(whole)
assert many.turn()
_, more = late(many.send, frame(STREAMS, "open=012", slot=None),
    fds=[None] * 40)
assert served("other") == "<other>\n"
for one in c, many:
    kind, fields = one.reply()
    assert (kind, fields["status"]) == (REFUSED, "69"), (kind, fields)
    assert "does not answer" in fields["why"], fields'
	unharmed
}

@test "streams: an answer that is none, or comes after its time" {
	kept 'echo "<$1>"'
	wire '
kept = []
for words in (b"GARBAGE" * 9, frame(QUERY), frame(STREAMS, slot=None)[:9]):
    c = send(whole)
    assert c.turn()
    kept += [c, late(c.send, words)]
    assert c.refused(), words
    assert served("other") == "<other>\n", words
def gone(words, fds):
    c.send(words, fds)
    c.s.close()
c = send(whole)
assert c.turn()
kept += late(gone, frame(STREAMS, "open=012", slot=None))
assert served("other") == "<other>\n"'
	unharmed
}

@test "streams: not taken yet when the program ends" {
	kept 'echo "<$1>"'
	wire '
c = send(whole)
assert c.turn()
def last(words, fds):
    c.send(words, fds)
    os.kill(owner, signal.SIGKILL)
    ended(owner)
_, bad = late(last, frame(STREAMS, "open=012", slot=None),
    fds=[here, None, None, None])
ended(keeper)'
	freed
}

# taken_slowly: an instance, app, whose handlers-to-be stop once they have their
# streams.
taken_slowly() {
	begin_guest env ONLYONE_TEST_POINTS=streams-taken=stop \
		"$BUILD/points/onlyone" -a app --on-activate='echo "<$1>"' \
		env -u ONLYONE_TEST_POINTS "$GUESTS/guest"
	known app
}

stuck_is() { stuck=$(pgrep -P "$keeper") && has_state "$stuck" T; }

@test "child: it stands still: its launch is told why, after its time" {
	taken_slowly
	run -69 --separate-stderr launch -a app "$GUESTS/guest" one
	assert_output ''
	says 'its folder, or one of its streams, is a file that does not answer'
	wait_until 'it is ended' childless
	frees kill "$owner"
}

childless() { ! pgrep -P "$keeper"; }

@test "child: it stands still: those behind it are served, stop works, its launch begins anew" {
	taken_slowly
	begin LAUNCH= onlyone -a app "$GUESTS/guest" one >one 2>&1
	wait_until 'its child stands still' stuck_is
	first=$stuck
	begin onlyone -a app "$GUESTS/guest" two >two 2>&1
	next_is() {
		stuck=$(pgrep -P "$keeper" | grep -vx "$first") &&
			has_state "$stuck" T
	}
	wait_until 'so does the next one' next_is
	kill -CONT "$stuck"
	ends "$BEGUN" 0
	assert_equal "$(cat two)" '<two>'
	alive "$LAUNCH"
	run -0 ctl stop app
	wait_until 'the keeper has ended' gone "$keeper"
	ended "$first"
	# There is no instance any more: it is the next one.
	wait_until 'it runs the program' in_main 2
}

@test "child: it has nothing of its keeper's but the connection" {
	taken_slowly
	begin onlyone -a app "$GUESTS/guest" one
	wait_until 'its child stands still' stuck_is
	prints '' find "/proc/$stuck/fd" -lname "$ONLYONE_DIR*"
	# Its folder; the connection, and the pair with its keeper.
	run find "/proc/$stuck/fd" -lname 'socket:*' ! -path '*/fd/[012]'
	assert_equal "${#lines[@]}" 2
	# So a keeper that is killed leaves the slot to the next one.
	killed "$keeper"
	run -0 launch -a app "$GUESTS/guest" two
	# Its own launch, too: it would be the next instance.
	ends "$BEGUN" 0
	frees kill "$owner"
	# The system ends one that is stopped when nobody is left to go on with it.
	gone "$stuck" || killed "$stuck"
}

@test "keeper: it receives no descriptor, and an activation without a handler costs no child" {
	for handler in '' yes; do
		kept ${handler:+'echo "<$1>"'}
		begin tracer= strace -qq -o trace -p "$keeper"
		wait_until 'it is traced' grep -q TracerPid:.[1-9] \
			"/proc/$keeper/status"
		for i in 1 2 3; do run -0 launch "$GUESTS/guest" $handler; done
		cp trace calls
		wire '
for words in (frame(QUERY), whole, b"x"):
    send(words, [null]).reply()'
		kill "$owner"
		ended "$tracer"
		# Room for some is what recvmsg needs to receive one.
		run ! grep -E 'recvm?msg\(.*msg_control(=|len=[1-9])' trace
		[ -n "$handler" ] || refute grep -qE '^(clone|v?fork)' calls
		freed
	done
}

@test "launch, list: a process in a keeper's place that sends descriptors holds nobody up" {
	kept
	killed "$keeper" "$owner"
	rm -f "$slot/sock"
	begin /usr/bin/python3 - "$slot" "$BATS_TEST_DIRNAME/lib/wire.py" <<'END'
import os, socket, sys
place, lib = sys.argv[1:]
sys.argv[1:] = [place, ""]
exec(open(lib).read())
os.chdir(place)
server = socket.socket(socket.AF_UNIX)
server.bind("sock")
server.listen()
while True:
    c = server.accept()[0]
    bad = Lingering()
    try:
        c.sendmsg([frame(DONE, "status=0", "taken=1")], [(socket.SOL_SOCKET,
            socket.SCM_RIGHTS, array.array("i", [bad.fileno()]))])
    except OSError:  # Linux 6.16: they do not want any
        bad.s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
            struct.pack("ii", 0, 0))
    bad.s.close()
    c.close()
END
	wait_until 'it sits there' test -S "$slot/sock"
	liar=$BEGUN
	run launch "$GUESTS/guest"
	[ "$status" != 124 ]
	run ctl list
	[ "$status" != 124 ]
	killed "$liar"
}
