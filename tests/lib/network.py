#!/usr/bin/python3
"""network.py INTERFACE...: a network between hosts, that can be cut, and lose packets.

Each interface is one end of a veth pair, whose other end is in a host's network
namespace and has the address 02:00:00:00:00:NN, NN the number of the interface,
from 1.  Frames go from one to another through packet sockets, under our
control: it needs nothing of the kernel but veth, and no rights beyond those of the
namespace.  Commands come on standard input, a line each; the answer is "ok" once they
are in effect:

    cut N...      nothing passes between these and all others
    drop PERCENT  of all frames, by chance
    heal          end of all that

A frame carries the kernel's notes about checksums and segments (packet(7)): it is
passed on as it was meant.
"""
import random
import select
import socket
import sys

SOL_PACKET, VNET_HDR, IGNORE_OUTGOING, ETH_P_ALL = 263, 15, 23, 3
NOTES, ADDRESS = 10, 6
blocked, drop = set(), 0


def port(name):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
    sock.setsockopt(SOL_PACKET, VNET_HDR, 1)
    sock.setsockopt(SOL_PACKET, IGNORE_OUTGOING, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sock.bind((name, ETH_P_ALL))
    return sock


def passes(source):
    try:
        frame = ports[source].recv(1 << 17)
    except OSError:
        return
    to = frame[NOTES:NOTES + ADDRESS]
    for n, sock in ports.items():
        if n == source or (source, n) in blocked or random.random() < drop / 100 or \
                not (to[0] & 1 or to[-1] == n):
            continue
        try:
            sock.send(frame)
        except OSError:
            pass  # it is lost, as on any wire


def obey(command, *numbers):
    global drop
    if command == "cut":
        blocked.update((a, b) for a in ports for b in ports
                       if (a in numbers) != (b in numbers))
    elif command == "drop":
        drop, = numbers
    else:
        blocked.clear()
        drop = 0


ports = {n: port(name) for n, name in enumerate(sys.argv[1:], 1)}
poll = select.poll()
poll.register(sys.stdin, select.POLLIN)
numbers_of = {sock.fileno(): n for n, sock in ports.items()}
for fd in numbers_of:
    poll.register(fd, select.POLLIN)
print("ok", flush=True)
while True:
    for fd, _ in poll.poll():
        if fd in numbers_of:
            passes(numbers_of[fd])
            continue
        # The sender waits for the answer: there is one line.
        words = sys.stdin.readline().split()
        if not words:
            sys.exit()
        obey(words[0], *map(int, words[1:]))
        print("ok", flush=True)
