#!/usr/bin/python3
"""proxy.py PORT=HOST:PORT...: connections to a store, that stall, break, and are slow.

It listens on each PORT of all addresses, and passes what comes there on to HOST:PORT and
back.  Commands come on standard input, a line each; the answer is "ok" once they are
in effect.  N is the last byte of the client's address: faults are for those clients.

    stall N...     connections stay, but on some what the client sends is held back, on
                   some what it is sent, on some both
    reset N...     half of the connections are reset; later any of them, by chance, before
                   what comes has been passed on: a request, or the answer to one that
                   has been obeyed
    half N...      half of the connections end in one direction (FIN), and stay in the other
    delay MS N...  what passes takes up to so much longer
    heal           all that ends; what has been reset or ended stays so
"""
import asyncio
import random
import socket
import struct
import sys

RESET = struct.pack("ii", 1, 0)  # SO_LINGER, for 0 seconds


class Connection:
    def __init__(self, client, server):
        """Each a pair of streams; fates are of the client's address."""
        self.ends = {"up": (client[0], server[1]), "down": (server[0], client[1])}
        self.number = int(client[1].get_extra_info("peername")[0].split(".")[-1])
        self.healed, self.ended = asyncio.Event(), set()
        self.heal()

    def heal(self):
        self.dead, self.chance, self.delay = (), 0, 0
        self.healed.set()

    def stall(self):
        self.dead = random.choice((("up",), ("down",), ("up", "down")))
        self.healed.clear()

    def reset(self):
        self.chance = 0.2
        if random.random() < 0.5:
            self.abort()

    def abort(self):
        for _, writer in self.ends.values():
            if not writer.is_closing():
                writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()

    def half(self):
        if random.random() < 0.5:
            self.end(random.choice(("up", "down")))

    def end(self, way):
        self.ended.add(way)
        self.ends[way][1].write_eof()

    async def pump(self, way):
        try:
            await self.pass_on(*self.ends[way], way)
        except OSError:
            self.abort()  # one side was reset

    async def pass_on(self, reader, writer, way):
        while not writer.is_closing():
            data = await reader.read(1 << 16)
            while way in self.dead:
                await self.healed.wait()
            if self.delay:
                await asyncio.sleep(random.random() * self.delay / 1000)
            if random.random() < self.chance:
                return self.abort()
            if not data:
                return self.end(way)
            if way not in self.ended:
                writer.write(data)
                await writer.drain()

    async def run(self):
        await asyncio.gather(self.pump("up"), self.pump("down"))
        for _, writer in self.ends.values():
            writer.close()


connections, fate = set(), None


def obey(command, *numbers):
    """Of those that are there, and of those to come."""
    global fate
    fate = None
    for one in connections:
        one.heal()
    if command == "heal":
        return
    ms, hosts = (numbers[0], numbers[1:]) if command == "delay" else (0, numbers)

    def strike(one):
        if one.number not in hosts:
            return
        if command == "delay":
            one.delay = ms
        else:
            getattr(one, command)()

    fate = strike
    for one in list(connections):
        strike(one)


def serve(host, port):
    async def served(*client):
        try:
            server = await asyncio.open_connection(host, port)
        except OSError:
            client[1].transport.abort()
            return
        one = Connection(client, server)
        connections.add(one)
        if fate:
            fate(one)
        try:
            await one.run()
        finally:
            connections.discard(one)
    return served


async def main():
    for pair in sys.argv[1:]:
        port, target = pair.split("=")
        host, to = target.split(":")
        await asyncio.start_server(serve(host, int(to)), "0.0.0.0", int(port))
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    print("ok", flush=True)
    # The sender waits for the answer: there is one line.
    while line := await commands.readline():
        command, *numbers = line.decode().split()
        obey(command, *map(int, numbers))
        print("ok", flush=True)


asyncio.run(main())
