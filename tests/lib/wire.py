#!/usr/bin/python3
"""wire.py: a client that is no launch, for wire.bats.

wire.py FOLDER CODE: runs the Python CODE against the socket in the slot
folder, with what is defined here.  The format is that of cli/wire/frame.h,
written down once more: a change of one of them that the other does not know
is seen.
"""
import array
import os
import socket
import struct
import sys

folder = sys.argv[1]
HASH = os.path.basename(folder)[-32:]
ACTIVATE, QUERY, WATCH, STREAMS = 1, 2, 3, 4
FORGET, REKEY, WAIT, TAKE, JOIN, RENEW, ENDING = range(5, 12)
LINE, CANCEL, WAITERS = 15, 16, 75
ACCEPTED, NEED, DELIVERED, DONE, AGAIN, REFUSED, STATE, ENDED = range(64, 72)


def frame(kind, *fields, slot=HASH, version=1, length=None, magic=b"1one"):
    """A frame; its fields are bytes or text, "name=value"."""
    if slot is not None:
        fields = ("slot=" + slot,) + fields
    body = b"".join(f.encode() + b"\0" if isinstance(f, str) else f + b"\0"
        for f in fields)
    return raw(kind, body, version, length, magic)


def raw(kind, body, version=1, length=None, magic=b"1one"):
    return magic + struct.pack("=HHI", version, kind,
        len(body) if length is None else length) + body


class Conn:
    def __init__(self):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.settimeout(20)
        here = os.getcwd()
        os.chdir(folder)  # however long its path is
        self.s.connect("sock")
        os.chdir(here)
        self.had = b""

    def send(self, data, fds=()):
        if fds:
            self.s.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                array.array("i", fds))])
        else:
            self.s.sendall(data)

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
        answer = self.reply()
        if answer and answer[0] == ACCEPTED:
            answer = self.reply()
        return answer is not None and answer[0] == NEED

    def closed(self):
        """Whether the keeper closes, answering nothing."""
        return self.reply() is None

    def refused(self):
        """Whether it is refused with a reason, then closed."""
        answer = self.reply()
        return (answer is not None and answer[0] == REFUSED
            and answer[1]["why"] and self.closed())


def send(data, fds=()):
    c = Conn()
    try:
        c.send(data, fds)
    except (BrokenPipeError, ConnectionResetError):
        pass  # it may close before all has been sent
    return c


exec(sys.argv[2])
