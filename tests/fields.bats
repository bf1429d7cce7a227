# as: user (any client of the same world)
# fields.bats: every field of every request, with wrong values.
#
# The keeper believes a client of our own world only about the client itself.  It
# refuses a number out of range, another process's record, or a process that is not
# the client's, whatever a launch would have checked before it sent them.
load lib/common

own_setup() {
	with_handler 'printf "<%s>" "$@"' --stop-signal=TERM
	owner=$BEGUN
	slot=$(the_slot)
	keeper=$(keeper_of guest)
}

# wire CODE: the client of lib/wire.py does this.
wire() {
	timeout -k 5 $((2 * LIMIT)) "$BATS_TEST_DIRNAME/lib/wire.py" "$slot" "
OFFER, GO, ANSWER = 72, 73, 13
WORDS = ['', '-1', '-0', '00', '1e3', '0x1', ' 1', '2147483648', '4294967295',
    '4294967296', '-2147483649', '9223372036854775807', '9223372036854775808',
    '-9223372036854775808', '9' * 4000, 'x', '\x7f', '../..', '%s%n', 'a=b']
since = 'since=' + send(frame(QUERY)).reply()[1]['since']
def ends(data):
    c = send(data)
    c.s.settimeout(5 * LIMIT / 60)
    try:
        r = c.reply()
    except TimeoutError:
        r = 'waits', {}
    c.s.close()
    return r and r[0]
def record(pid, *change):
    # What the instance has on record, for another process.
    old = open(folder + '/info', errors='surrogateescape').read()
    fields = [f.split('=', 1) for f in old.split('\0') if f]
    new = {'pid': pid, 'first': pid, 'start': 0, 'pidfs': 0,
        'since': int(time.time() * 1000)}
    new.update(c.split('=', 1) for c in change)
    body = ['%s=%s' % (n, new.pop(n, v)) for n, v in fields]
    body[-1:-1] = ['%s=%s' % i for i in new.items()
        if i[0] not in ('start', 'pidfs')]
    return body
def take(*fields):
    return frame(TAKE, *fields)
$1"
}

@test "answer, wait: an id, a signal, a time or a limit that is none is refused" {
	owner=$owner wire '
for word in WORDS:
    got = ends(frame(ANSWER, "id=1.1", "status=" + word))
    assert got == REFUSED, (word, got)
    for name in ("stop-signal", "kill-after", "polite", "since", "room"):
        if word in ("00", "-0") and name != "stop-signal":
            continue  # nought
        if name == "since" and word.isdigit() and int(word) < 2 ** 63:
            continue  # the start of another
        got = ends(frame(WAIT, "ticket=1", "mode=replace",
            "%s=%s" % (name, word)))
        assert got == REFUSED, (name, word, got)
for word in ("0", "65", "64000"):
    assert ends(frame(WAIT, "ticket=1", "mode=replace",
        "stop-signal=" + word)) == REFUSED
for kind in range(1, 20):
    send(frame(kind) * 3 + frame(QUERY)).s.close()
# Whoever is covered by another has said something that can be compared.
first = send(frame(WAIT, "ticket=1", "mode=queue"))
assert first.reply()[0] == ACCEPTED
# One that lost an offer is not in its own way; one that lost its GO gets it.
assert ends(frame(WAIT, "ticket=1", "mode=queue")) == ACCEPTED
assert ends(frame(WAIT, "ticket=1", "pid=" + os.environ["owner"])) == GO
for word in WORDS:
    assert ends(frame(WAIT, "ticket=" + word, "mode=queue", "max=" + word,
        "cover=" + word)) in (ACCEPTED, REFUSED), word'
	# Nothing has happened, and a launch is served.
	prints -0 '<still><there>' launch "$GUEST" still there
	assert_equal "$(keeper_of guest)" "$keeper"
	prints "$owner" ctl pid guest
	run -1 grep signal "$GUEST_LOG"
}

# The owner ends, and who waits says what is to be next.  Who has let his
# second go by, on a busy machine, is behind all others; so is who asks anew.
offered='
pid = os.getpid()
def wait():
    line.append(send(frame(WAIT, "ticket=1", "mode=wait")))
    got = line[-1].reply()
    assert got[0] == ACCEPTED, got
line = []
for i in range(40):
    wait()
os.kill(int(os.environ["owner"]), signal.SIGKILL)
for c in line.pop(0), line.pop(0):  # who does not answer, and the next
    while c.reply()[0] != OFFER:
        pass
c.s.close()
def asked(*fields):
    data = take(*fields)
    for i in range(3):
        c = line.pop(0)
        r = c.reply()
        while r and r[0] == ACCEPTED:  # it has moved up
            r = c.reply()
        if r:
            assert r[0] == OFFER, r
            try:
                c.send(data)
                r = c.reply()
            except BrokenPipeError:
                r = None
        if r:
            break
        wait()
    return r
def refuses(*fields):
    r = asked(*fields)
    assert r is None or r[0] == REFUSED, (fields, r)
'

# bats test_tags=both
@test "take: a record that is not what this launch makes of this slot is refused; held by another user" {
	[ "$(id -u)" = 0 ] && begin setpriv --reuid=1000 --regid=1000 \
		--clear-groups sleep 300 || begin sleep 300
	other=$BEGUN owner=$owner wire "$offered"'
refuses()
refuses("mapping=1")
refuses("mapping=1", *record(pid)[:-1])
refuses("mapping=1", *record(1))
for change in ("app=other", "scope=session:1", "index=1", "key=x",
    "parent=1", "parent=%d" % os.getppid(),
    "parent=-1", "next=1", "next=-1", "stop-signal=65", "stop-signal=-9",
    "signal=4294967296", "kill-after=4294967296", "kill-after=-5",
    "lock-file=here", "stamp=here", "since=0", "since=-1", "first=1", "listeners=-1",
    "guess=1", "guess=2", "guess=3", "handler=1",
    "index=99999999999", "pid=1", "pid=%d" % os.getppid(), "pid=0", "pid=-1", "pid=99999999999"):
    refuses("mapping=1", *record(pid, change))
refuses("mapping=1", *record(pid, "x=" + "y" * (9 << 20)))
# Held names a process of this user, which there is.
other = int(os.environ["other"]) if os.getuid() == 0 else 1
for held in (0, 2 ** 22 + 1, other):
    refuses("held=1", "mapping=0", *record(held))
assert asked("mapping=0", *record(pid))[0] == GO
assert send(frame(QUERY)).reply()[1]["pid"] == str(pid)'
}
