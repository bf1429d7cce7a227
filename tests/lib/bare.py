#!/usr/bin/python3
"""bare.py TITLE [WORD...]: a Wayland client without libwayland.so, as if it were
linked statically.

It writes its requests itself, with sendmsg(2), and ignores the answers.
half=FILE: half a request, and the rest when FILE exists.  pieces: one byte at a time.
"""
import os
import socket
import struct
import sys
import time

title, *words = sys.argv[1:]
sock = socket.socket(socket.AF_UNIX)
sock.connect("%s/%s" % (os.environ["XDG_RUNTIME_DIR"], os.environ["WAYLAND_DISPLAY"]))
piece = 1 if "pieces" in words else 1 << 20


def request(id, opcode, *args):
    body = b""
    for arg in args:
        if isinstance(arg, str):
            text = arg.encode() + b"\0"
            body += struct.pack("=I", len(text)) + text.ljust((len(text) + 3) & ~3, b"\0")
        else:
            body += struct.pack("=I", arg)
    return struct.pack("=IHH", id, opcode, 8 + len(body)) + body


def drain():
    try:
        while sock.recv(4096, socket.MSG_DONTWAIT):
            pass
    except BlockingIOError:
        pass


def send(data, size=piece, fd=None):
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", fd))] if fd else []
    while data:
        part = data[:size]
        middle = len(part) // 2 if len(part) >= 64 else 0
        sent = sock.sendmsg([part[:middle], part[middle:]][not middle:], rights)
        data, rights = data[sent:], []
        drain()


def wait_for(name):
    while not os.path.exists(name):
        time.sleep(0.01)
        drain()


send(request(1, 1, 2), 100)  # get_registry; by how it begins a connection is known
names = "wl_compositor wl_shm xdg_wm_base xdg_activation_v1".split()
send(b"".join(request(2, 0, n, name, 1, 2 + n) for n, name in enumerate(names, 1)) +
     request(3, 0, 7) +  # create_surface
     request(5, 2, 8, 7) + request(8, 1, 9) + request(9, 2, title) + request(7, 6))
picture = os.memfd_create("picture")
os.ftruncate(picture, 4096)
send(request(4, 0, 10, 4096), fd=picture)  # create_pool
send(request(10, 0, 11, 0, 4, 4, 16, 1) + request(8, 4, 1) +  # ack_configure
     request(7, 1, 11, 0, 0) + request(7, 6))
for word in words:
    what, _, name = word.partition("=")
    if what == "half":
        damage = request(7, 2, 0, 0, 4, 4)
        send(damage[:-10])
        open("half", "w").close()
        wait_for(name)
        send(damage[-10:])
    elif what == "touch":
        open(name, "w").close()
    elif what == "await":
        wait_for(name)
wait_for("/nowhere")
