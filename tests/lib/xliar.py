#!/usr/bin/python3
"""xliar.py NUMBER LOG HOW...: an X server that lies about lengths.

The number of its display, a free one, is written to NUMBER.  LOG has the number of
each window that a client asks about, a line each, except the root and the window
manager's: a number that the server has never named comes from the client's memory.
Each client gets the next HOW, and all later ones the last:

ok             there are no windows
value LEN      the list of windows has LEN, but none is sent
wraps LEN      the same, and the reply says that it is 2^32 bytes longer
format N LEN   the same, with values of N bits
machine LEN    a window, whose WM_CLIENT_MACHINE has LEN bytes
tree LEN       without a manager: the root has LEN children
subtree LEN    the root has a child, and that has LEN
clients LEN    a window; XRes tells LEN clients
client LEN     a window; XRes tells one client, with a value of LEN bytes
roots LEN      there are LEN screens, but one is sent
depths LEN     before the wanted screen there is one with LEN depths
vendor LEN     the vendor's name has LEN bytes
seed N         replies at random, by this seed
"""
import os
import random
import socket
import struct
import sys
import threading

number, log, *hows = sys.argv[1:]
log = open(log, "a", buffering=1)
hows = " ".join(hows).split(",")
ROOT, MANAGER, WINDOW, BASE = 0x100, 0x200, 0x300001, 0x400000
ATOMS = ["_NET_SUPPORTING_WM_CHECK", "_NET_CLIENT_LIST",
         "_NET_CLIENT_LIST_STACKING", "WM_CLIENT_MACHINE"]
XRES = 130


def setup(how, n):
    vendor, roots, depths = b"fake", 1, 1
    if how == "roots":
        roots = n
    screen = struct.pack("<5I6HI4B", ROOT, 0x20, 0xFFFFFF, 0, 0, 1000, 1000, 300,
                         300, 1, 1, 0x21, 0, 0, 24, n & 255 if how == "depths" else 1)
    screen += struct.pack("<BxH4x", 24, 1)
    screen += struct.pack("<IBBHIII4x", 0x21, 4, 8, 256, 0xFF0000, 0xFF00, 0xFF)
    body = struct.pack("<4IHH8BI", 11000000, BASE, 0x1FFFFF, 256,
                       n if how == "vendor" else len(vendor), 65535, roots, 1, 0, 0,
                       32, 32, 8, 255, 0)
    body += vendor + struct.pack("<BBB5x", 24, 32, 32) + screen
    return struct.pack("<BxHHH", 1, 11, 0, len(body) // 4) + body


class Client:
    def __init__(self, connection, how):
        self.c = connection
        self.how, *n = how.split()
        self.n = int(n[-1]) if n else 0
        self.format = int(n[0]) if len(n) == 2 else 32
        self.chance = random.Random(self.n)
        self.atoms, self.seq = {}, 0

    def read(self, n):
        data = b""
        while len(data) < n:
            more = self.c.recv(n - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def reply(self, one=0, head=b"", data=b"", more=0):
        """more: words that the reply says it has, and has not."""
        if self.how == "seed":
            one, head, data = self.lie(one, head, data)
        self.c.sendall((struct.pack("<BBHI", 1, one, self.seq & 0xFFFF,
                                    len(data) // 4 + more) +
                        head).ljust(32, b"\0") + data)

    def lie(self, one, head, data):
        """The same with a word of it at random, or more words, or fewer."""
        chance = self.chance
        head = bytearray(head.ljust(24, b"\0"))
        for _ in range(chance.choice([0, 0, 1, 2])):
            word = chance.choice([0, 1, 2, 3000, 65535, 0x7FFFFFFF, 0x20000000,
                                  0xFFFFFFFF, WINDOW, chance.getrandbits(32)])
            struct.pack_into("<I", head, 4 * chance.randrange(6), word)
        if chance.random() < 0.3:
            data = data[:4 * chance.randrange(len(data) // 4 + 1)]
        if chance.random() < 0.3:
            data += struct.pack("<I", WINDOW) * chance.randrange(40)
        return (chance.choice([one, one, one, 0, 8, 16, 32, 255]), bytes(head), data)

    def see(self, window):
        if window not in (0, ROOT, MANAGER, WINDOW):
            log.write("%#x\n" % window)

    def property(self, window, name):
        managed = self.how not in ("tree", "subtree", "ok")
        listed = name == "_NET_CLIENT_LIST_STACKING" and window == ROOT
        if name == "_NET_SUPPORTING_WM_CHECK" and managed:
            values = [MANAGER]
        elif listed and self.how in ("machine", "clients", "client", "seed"):
            values = [WINDOW]
        elif listed and self.how in ("value", "wraps", "format"):
            self.reply(self.format, struct.pack("<III", 33, 0, self.n),
                       more=0x40000000 * (self.how == "wraps"))
            return
        elif name == "WM_CLIENT_MACHINE" and self.how == "machine":
            self.reply(8, struct.pack("<III", 31, 0, self.n), b"host")
            return
        else:
            self.reply(0, bytes(12))
            return
        self.reply(32, struct.pack("<III", 33, 0, len(values)),
                   struct.pack("<%dI" % len(values), *values))

    def tree(self, window):
        n, data = 0, b""
        if self.how == "tree" and window == ROOT:
            n = self.n
        elif self.how == "subtree":
            n, data = (1, struct.pack("<I", WINDOW)) if window == ROOT else (self.n, b"")
        self.reply(0, struct.pack("<IIH", ROOT, 0, n), data)

    def answer(self, op, rest):
        words = struct.unpack("<%dI" % (len(rest) // 4), rest)
        if op == 16:  # InternAtom
            name = rest[4:4 + words[0] % 65536].decode()
            # 67 and others are of the protocol itself.
            self.atoms[1000 + len(self.atoms)] = name
            self.how, how = "", self.how  # a name is a number, whatever else
            self.reply(0, struct.pack("<I", 999 + len(self.atoms)))
            self.how = how
        elif op == 20:  # GetProperty
            self.see(words[0])
            self.property(words[0], self.atoms.get(words[1], {
                36: "WM_CLIENT_MACHINE"}.get(words[1], "")))
        elif op == 15:  # QueryTree
            self.see(words[0])
            self.tree(words[0])
        elif op == 3:  # GetWindowAttributes: it is to be seen
            self.see(words[0])
            self.reply(0, struct.pack("<IHBBIIBBBBI", 0x21, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0),
                       bytes(12))
        elif op == 98:  # QueryExtension
            there = b"X-Resource" in rest and self.how in ("clients", "client", "seed")
            self.how, how = "", self.how
            self.reply(0, struct.pack("<BBBB", there, XRES, 0, 0))
            self.how = how
        elif op == XRES:
            one = self.how == "client"
            self.reply(0, struct.pack("<I", 1 if one else self.n if
                                      self.how == "clients" else 1),
                       b"" if self.how == "clients" else
                       struct.pack("<IIII", BASE, 2, self.n if one else 4, 1))
        elif op == 43:  # GetInputFocus
            self.reply(0, struct.pack("<I", ROOT))
        elif op == 14:  # GetGeometry
            self.reply(24, struct.pack("<I", ROOT))

    def serve(self):
        try:
            head = self.read(12)
            a, b = struct.unpack("<HH", head[6:10])
            self.read(((a + 3) & ~3) + ((b + 3) & ~3))
            self.c.sendall(setup(self.how, self.n))
            while True:
                op, _, n = struct.unpack("<BBH", self.read(4))
                rest = self.read(4 * n - 4)
                self.seq += 1
                self.answer(op, rest)
        except (EOFError, OSError):
            self.c.close()


server = socket.socket(socket.AF_UNIX)
for display in range(1000 + os.getpid() % 30000, 65000):
    try:
        server.bind("\0/tmp/.X11-unix/X%d" % display)
        break
    except OSError:
        continue
server.listen(64)
with open(number + ".new", "w") as file:
    file.write("%d\n" % display)
os.rename(number + ".new", number)
while True:
    connection = server.accept()[0]
    how = hows.pop(0) if len(hows) > 1 else hows[0]
    threading.Thread(target=Client(connection, how).serve, daemon=True).start()
