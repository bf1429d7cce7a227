"""forger.py SLOT WHAT: in the place of a keeper, a user of onlyonectl's is made
to say something.

The process that asks at SLOT's socket is found by SO_PEERCRED.  It is the same
user's, so its standard output can be had, and written into.
"""
import ctypes
import os
import signal
import socket
import struct
import sys
import threading

PIDFD_GETFD = 438
RECORD = b'{"app":"a"},'
SAID = {
    'nothings': b'[' + b'{},' * 2600000,
    'deep': b'[' + (b'{"app":"a","argv":' + b'[' * 1900 + b']' * 1900 + b'},') * 2000,
    'wide': b'[{"app":"a","argv":[' + b'[],' * 2600000,
    'many': b'[' + RECORD * 500000,
    'long': b'[' + (b'{"app":"' + b'a' * 100000 + b'"},') * 500,
    'escaped': b'[' + (b'{"app":"' + b'\x7f' * 100000 + b'"},') * 500,
    'empty': b'[' + (b'{"app":"a","argv":[' + b'"",' * 60000 + b'""]},') * 100,
    'some': b'[{"app":"first"},{"app":"sec',
    'endless': b'[',
    'turning': b'[{"app":"\xc2\x9b31m\x7f\xe2\x80\xae\xf3\xa0\x81\x81\xc3\xa9"}]\n',
}


def say(client, what):
    pid = struct.unpack('3i', client.getsockopt(
        socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
    if what == 'some':
        os.kill(pid, signal.SIGSTOP)
    try:
        out = ctypes.CDLL(None).syscall(PIDFD_GETFD, os.pidfd_open(pid), 1, 0)
        text = SAID[what]
        while text:
            text = text[os.write(out, text):]
        if what == 'endless':
            os.kill(pid, signal.SIGKILL)
        while what == 'endless':
            os.write(out, b' ' * 4096)
    except OSError:
        pass


os.chdir(sys.argv[1])
server = socket.socket(socket.AF_UNIX)
server.bind('sock')
server.listen(64)
open('up', 'w').close()
while True:
    threading.Thread(target=say, args=(server.accept()[0], sys.argv[2]),
                     daemon=True).start()
