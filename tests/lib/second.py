#!/usr/bin/python3
"""second.py DOCUMENT...: a program that hands over to the running one.

The first listens on the socket "sock" in $GUEST_FOLDER, has a window (not with
$GUEST_TRAY; "hide": for two seconds; with $GUEST_TITLE one that names the last
document), and writes what it gets to the file "given" there, a line for each;
"quit" makes it exit.  A second start does what $GUEST_WAY says:

	hand	hands over, and exits
	fork	the same, in a child, while it exits itself
	flash	shows a window for a moment, and hands over
	helper	leaves "sleep" behind, and hands over
	window	shows a window of its own
	forked	the same, in a child, while it exits itself
	stay	hands over, and does not exit
	fail	says so, and exits with 3
	crash	is killed by a signal
	wx	hands over, and exits with 255, as all with wxWidgets do
	next	makes the first one exit, then shows a window of its own
"""
import ctypes
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time

home = os.environ["GUEST_FOLDER"]
x = ctypes.CDLL("libX11.so.6")


def note(name, line):
    with open(os.path.join(home, name), "a") as file:
        file.write(line + "\n")


def show(title):
    x.XOpenDisplay.restype = ctypes.c_void_p
    server = ctypes.c_void_p(x.XOpenDisplay(None))
    window = x.XCreateSimpleWindow(server, ctypes.c_ulong(
        x.XDefaultRootWindow(server)), 0, 0, 90, 90, 0, 0, 0)
    x.XStoreName(server, ctypes.c_ulong(window), title.encode())
    x.XMapWindow(server, ctypes.c_ulong(window))
    x.XSync(server, 0)
    return server, window


def stay():
    while True:
        time.sleep(99)


def hand(first, words):
    first.sendall("\n".join(words or ["again"]).encode())
    first.shutdown(socket.SHUT_WR)
    first.recv(1)


def again(first, way, words):
    note("starts", str(os.getpid()))
    if way in ("fork", "forked") and os.fork():
        os._exit(0)
    if way in ("fork", "forked"):
        time.sleep(0.5)
    if way == "helper":
        subprocess.Popen(["sleep", "600"], start_new_session=True,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if way in ("window", "forked"):
        kept = show("second")
        stay()
    if way == "flash":
        kept = show("flash")
        time.sleep(0.2)
    if way == "fail":
        sys.exit(print("it failed", file=sys.stderr) or 3)
    if way == "crash":
        os.kill(os.getpid(), signal.SIGKILL)
    pid, = struct.unpack("i8x", first.getsockopt(
        socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    ended = os.pidfd_open(pid)
    hand(first, ["quit"] if way == "next" else words)
    if way == "wx":
        sys.exit(255)
    if way == "next":
        select.select([ended], [], [])
        kept = show("next")
    if way in ("next", "stay"):
        stay()


first = socket.socket(socket.AF_UNIX)
try:
    os.chdir(home)
    first.connect("sock")
    again(first, os.environ["GUEST_WAY"], sys.argv[1:])
    sys.exit()
except (FileNotFoundError, ConnectionRefusedError):
    pass
if not os.environ.get("GUEST_SILENT"):
    first.bind(os.path.join(home, "sock"))
    first.listen(9)
tray = os.environ.get("GUEST_TRAY")
kept = None if tray not in (None, "hide") else show("first")
if tray == "hide":
    time.sleep(2)
    x.XDestroyWindow(kept[0], ctypes.c_ulong(kept[1]))
    x.XSync(kept[0], 0)
while True:
    if os.environ.get("GUEST_SILENT"):
        stay()
    second, _ = first.accept()
    words = b""
    while more := second.recv(4096):
        words += more
    second.close()
    if words == b"quit":
        sys.exit()
    if words:
        note("given", words.decode())
        if os.environ.get("GUEST_TITLE"):
            x.XStoreName(kept[0], ctypes.c_ulong(kept[1]), b"on " + words)
            x.XSync(kept[0], 0)
