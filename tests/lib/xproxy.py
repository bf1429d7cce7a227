#!/usr/bin/python3
"""xproxy.py: a display that is a way to $DISPLAY, as ssh -X is one.

The server sees this process in the place of the programs.  The first line of
output is what DISPLAY is to be.
"""
import os
import socket
import threading

server = "\0/tmp/.X11-unix/X" + os.environ["DISPLAY"][1:]


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
listener.listen()
print(f":{number}", flush=True)
while True:
    client = listener.accept()[0]
    through = socket.socket(socket.AF_UNIX)
    through.connect(server)
    for ends in ((client, through), (through, client)):
        threading.Thread(target=pump, args=ends, daemon=True).start()
