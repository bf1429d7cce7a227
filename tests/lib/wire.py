#!/usr/bin/python3
"""wire.py: a client of the keeper that is not a launch.

wire.py FOLDER CODE: runs the Python CODE against the socket in the slot
folder, with the definitions here.  The format is that of cli/core/wire/frame.h,
written down once more: if only one of them changes, tests fail.  $keeper and
$owner are their pids.
"""
import errno
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time

folder = sys.argv[1]
HASH = os.path.basename(folder)[-32:]
ACTIVATE, QUERY, WATCH, STREAMS = 1, 2, 3, 4
FORGET, WAIT, TAKE, JOIN = 5, 7, 8, 9
ACCEPTED, NEED, DELIVERED, DONE, AGAIN, REFUSED, STATE, ENDED = range(64, 72)
LIMIT = int(os.environ.get("LIMIT", 60))


def frame(kind, *fields, slot=HASH, version=1):
    """A frame; its fields are bytes or text, "name=value"."""
    if slot is not None:
        fields = ("slot=" + slot,) + fields
    body = b"".join((f.encode() if isinstance(f, str) else f) + b"\0" for f in fields)
    return b"1one" + struct.pack("=HHI", version, kind, len(body)) + body


class Conn:
    def __init__(self):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.settimeout(LIMIT)
        here = os.getcwd()
        os.chdir(folder)  # however long its path is
        self.s.connect("sock")
        os.chdir(here)
        self.had = b""

    def send(self, data, fds=()):
        """All tests of a user share what he may have on its way."""
        end = time.monotonic() + LIMIT
        while True:
            try:
                if fds:
                    socket.send_fds(self.s, [data], fds)
                else:
                    self.s.sendall(data)
                return
            except OSError as e:
                if e.errno != errno.ETOOMANYREFS or time.monotonic() > end:
                    raise
            time.sleep(0.05)

    def take(self, n):
        while len(self.had) < n:
            try:
                more = self.s.recv(65536)
            except ConnectionResetError:
                more = b""
            if not more:
                return None
            self.had += more
        data, self.had = self.had[:n], self.had[n:]
        return data

    def reply(self):
        """(type, {name: value}) of the next reply; None at the end."""
        head = self.take(12)
        if head is None:
            return None
        magic, version, kind, length = struct.unpack("=4sHHI", head)
        assert magic == b"1one" and version == 1, head
        body = self.take(length)
        fields = dict(f.split(b"=", 1) for f in body.split(b"\0") if f)
        return kind, {k.decode(): v.decode() for k, v in fields.items()}

    def turn(self):
        """Whether its turn comes; it may be told to wait before."""
        kind = (self.reply() or [None])[0]
        return (self.reply()[0] if kind == ACCEPTED else kind) == NEED

    def closed(self):
        """Whether the keeper closes, answering nothing."""
        return self.reply() is None

    def refused(self):
        """Whether it is refused with a reason, then closed."""
        answer = self.reply()
        return (answer is not None and answer[0] == REFUSED
            and answer[1]["why"] and self.closed())


class Lingering:
    """A descriptor whose last close waits for an hour: a connection to one that
    reads nothing, with bytes on their way."""

    def __init__(self):
        with socket.socket() as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            server.bind(("127.0.0.1", 0))
            server.listen()
            self.s = socket.create_connection(server.getsockname())
            self.other = server.accept()[0]
        self.s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self.s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
            struct.pack("ii", 1, 3600))
        self.s.setblocking(False)
        while select.select([], [self.s], [], 0.05)[1]:
            try:
                self.s.send(b"x" * 65536)
            except BlockingIOError:
                pass

    def fileno(self):
        return self.s.fileno()


def handed(pid, lingering, send, *args):
    """What send(*args) returns, in which these are sent: process pid reads
    nothing before we have closed them, so that it is the last that has them."""
    os.kill(pid, signal.SIGSTOP)
    state = "/proc/%d/stat" % pid
    while open(state).read().rpartition(")")[2].split()[0] not in "Tt":
        time.sleep(0.01)
    try:
        return send(*args)
    except:  # nobody has them but us
        for one in lingering:
            one.s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                struct.pack("ii", 0, 0))
        raise
    finally:
        for one in lingering:
            one.s.close()
        os.kill(pid, signal.SIGCONT)


def send(data, fds=()):
    c = Conn()
    try:
        c.send(data, fds)
    except (BrokenPipeError, ConnectionResetError):
        pass  # it may close before all has been sent
    return c


def reader():
    """Who reads what the client sends: its attendant, else the keeper."""
    with open("/proc/%d/task/%d/children" % (keeper, keeper)) as f:
        for child in f.read().split():
            with open("/proc/%s/cmdline" % child, "rb") as title:
                if title.read().startswith(b"onlyone attending"):
                    return int(child)
    return keeper


def late(call, *args, fds=(None,)):
    """What call says, and such descriptors for None that it got with args."""
    bad = [spare.pop() if spare else Lingering() for fd in fds if fd is None]
    each = iter(bad)
    fds = [next(each).fileno() if fd is None else fd for fd in fds]
    return handed(reader(), bad, call, *args, fds), bad


def ended(pid):
    """Wait until that process has."""
    try:
        end = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    assert select.select([end], [], [], LIMIT)[0], "process %d has not ended" % pid


def served(*more):
    """What a launch with these arguments prints, which ends with 0."""
    run = subprocess.run(["onlyone", os.environ["GUESTS"] + "/guest", *more],
        capture_output=True, timeout=LIMIT)
    assert run.returncode == 0, run
    return run.stdout.decode()


def all_late(call, *words):
    """Each of these, late; launches are served meanwhile."""
    kept = []
    for each in words:
        kept.append(late(call, each))
        assert served("other") == "<other>\n", each
    return kept


keeper, owner = (int(os.environ.get(name, 0)) for name in ("keeper", "owner"))
null = os.open("/dev/null", os.O_RDWR)
here = os.open(".", os.O_PATH)
whole = frame(ACTIVATE, "arg=x")
spare = []  # it takes time to make some
exec(sys.argv[2])
