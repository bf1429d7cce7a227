#!/usr/bin/python3
"""sway-liar.py: somebody at sway's socket who is no compositor, or a bad one.

	sway-liar.py SOCKET WHAT PID

WHAT: nothing magic type size half words: what is wrong with the answer; full: none
comes, and nobody can connect; refuses, lies: it knows a window of PID, and does
not obey.
"""

import socket
import struct
import sys
import time

s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
what = sys.argv[2]
s.listen(0)
full = []
if what == "full":
    for i in range(8):
        c = socket.socket(socket.AF_UNIX)
        c.setblocking(False)
        c.connect_ex(sys.argv[1])
        full.append(c)
open("ready", "w").close()
while what == "full":
    time.sleep(60)
while True:
    c, _ = s.accept()
    if what in ("refuses", "lies"):
        while data := c.recv(4096):
            kind = data[10:14]
            said = (('{"nodes": [{"pid": %s, "id": 7, "focused": %s}]}'
                % (sys.argv[3], "true" if what == "refuses"
                else "false")) if kind[0] == 4 else
                '[{"success": %s, "error": "\\"success\\":true"}]'
                % ("false" if what == "refuses" else "true"))
            c.sendall(b"i3-ipc" + struct.pack("=I", len(said)) +
                kind + said.encode())
        continue
    data = c.recv(14)
    kind = data[10:]
    head = b"i3-ipc" + struct.pack("=I", 9) + kind
    c.sendall({
        "nothing": b"",
        "magic": b"I3-IPC" + head[6:] + b'{"id": 1}',
        "type": head[:10] + b"\1\0\0\0" + b'{"id": 1}',
        "size": head[:6] + b"\xff\xff\xff\xff" + kind,
        "half": head + b'{"id"',
        "words": head + b'{"id":1 x',
    }[what])
    c.close()
