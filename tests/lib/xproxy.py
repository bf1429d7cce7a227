#!/usr/bin/python3
"""xproxy.py [--mute|--full]: a display that is a way to $DISPLAY, as
ssh -X is one.

The server sees this process in the place of the programs.  With --mute: a
server that lets one connect, and says nothing; --full: does not let one
connect.  The first line of output is what DISPLAY is to be.
"""
import os
import signal
import socket
import sys
import threading

kept = []
mute = "--mute" in sys.argv
server = "\0/tmp/.X11-unix/X" + os.environ.get("DISPLAY", ":0")[1:]


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the other one has gone


listener = socket.socket(socket.AF_UNIX)
for number in range(2000 + os.getpid() % 1000, 9000):
    try:
        listener.bind(f"\0/tmp/.X11-unix/X{number}")
        break
    except OSError:
        pass
listener.listen(0 if "--full" in sys.argv else 64)
while "--full" in sys.argv:
    waiting = socket.socket(socket.AF_UNIX)
    waiting.setblocking(False)
    kept.append(waiting)
    if waiting.connect_ex(listener.getsockname()):
        break
print(f":{number}", flush=True)
while "--full" in sys.argv:
    signal.pause()
while True:
    client = listener.accept()[0]
    if mute:
        kept.append(client)
        continue
    through = socket.socket(socket.AF_UNIX)
    through.connect(server)
    for ends in ((client, through), (through, client)):
        threading.Thread(target=pump, args=ends, daemon=True).start()
