#!/usr/bin/python3
"""sway-between.py: sway's IPC, with something in between.

	sway-between.py SOCKET OURS COMMAND...

Before sway is told of a focus for the first time, COMMAND is run, and a window more
waited for.
"""

import json
import socket
import struct
import subprocess
import sys
import time

real, path, command = sys.argv[1], sys.argv[2], sys.argv[3:]


def take(s):
    head = s.recv(14, socket.MSG_WAITALL)
    if len(head) < 14:
        return None
    size = struct.unpack("=I", head[6:10])[0]
    return head + s.recv(size, socket.MSG_WAITALL)


def views(node):
    return (node.get("pid") is not None) + sum(map(
        views, node["nodes"] + node["floating_nodes"]))


def count():
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(real)
        s.sendall(b"i3-ipc" + struct.pack("=II", 0, 4))
        return views(json.loads(take(s)[14:]))


with socket.socket(socket.AF_UNIX) as server:
    server.bind(path)
    server.listen()
    while True:
        ours, _ = server.accept()
        sway = socket.socket(socket.AF_UNIX)
        sway.connect(real)
        while asked := take(ours):
            if command and asked.endswith(b" focus"):
                before = count()
                subprocess.run(command, check=True)
                command = None
                while count() == before:
                    time.sleep(0.01)
            sway.sendall(asked)
            ours.sendall(take(sway))
        ours.close()
        sway.close()
