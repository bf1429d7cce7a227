#!/usr/bin/python3
"""etcd-liar.py: a proxy before an etcd that gives false answers

usage: etcd-liar.py ETCD HOW PORTFILE

HOW is the kind of answers:

    good        it passes on what etcd says; but no watch comes about, except where
                watches are named
    lost-txn    drops the first answer to each of three transactions: one that puts, one
                that deletes, and, after six seconds, one by which a launch in line takes
                the key
    lost-place  drops the first to one that puts, after six seconds
    late-grant  gives the first to one that puts, after four seconds; watches
    late-turn   of the transactions by which a launch in line takes the key, it obeys the
                first only just before the third, and answers only the others; watches
    late-look   the same, but before a transaction that comes when there is a file "obey";
                watches after the second report nothing
    late-renewal
                prints "at" and the time when it is asked for a renewal, and answers that
                after 1.2 seconds; not at all once there is a file "late-renewal.cut"
    deaf        watches, which report nothing
    restored    the first answer's revision is one that the store has not reached, as
                before it was restored from an older snapshot; watches
    minority    good until there is a file "minority.cut", and then it renews every lease
                and answers nothing else, as a leader that is cut off from the others
    once        good, but closes a connection on which there is a second request
    refuses     good, but refuses that second request
    cut         gives half of an answer
    early       gives one whose status is not at its end, and breaks it off
    proxy       gives one, with a status of HTTP that says that there was none
    two         gives each answer twice
    flood       sends what nobody has asked for, without end
    http1 N     speaks HTTP/1, and answers with status N
    silent      gives none
    3.5.0       good, and of that version

The rest is in `false_answer`.  The port is written to PORTFILE, the path of each request
to standard output.
"""
import os
import socketserver
import struct
import subprocess
import sys
import tempfile
import time

import grpc
import h2.connection
import h2.config
import h2.errors
import h2.events
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

etcd, how, portfile = sys.argv[1:]
WATCHES = "late-grant", "late-turn", "late-look", "deaf", "restored"
dropped, turns = [], []

PROTO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../cli/cluster/etcd.proto")


def message_types():
    """The messages of etcd.proto, by name."""
    with tempfile.NamedTemporaryFile() as made:
        subprocess.run(["protoc-c", "--proto_path", os.path.dirname(PROTO),
                        "--descriptor_set_out", made.name, PROTO], check=True)
        files = descriptor_pb2.FileDescriptorSet.FromString(made.read())
    pool = descriptor_pool.DescriptorPool()
    pool.Add(files.file[0])
    factory = message_factory.MessageFactory(pool)
    return {kind.name: factory.GetPrototype(pool.FindMessageTypeByName("etcd." + kind.name))
            for kind in files.file[0].message_type}


TYPES = message_types()
channel = grpc.insecure_channel(etcd)


def framed(message, packed=0, length=None):
    return struct.pack(">BI", packed, len(message) if length is None else length) + message


def messages(body):
    while body:
        n = struct.unpack(">I", body[1:5])[0]
        yield body[5:5 + n]
        body = body[5 + n:]


def ask(path, body):
    """What etcd says: a message, status, and its text."""
    call = channel.stream_unary(path)
    try:
        return call(messages(body)), 0, ""
    except grpc.RpcError as err:
        return b"", err.code().value[0], err.details()


def false_answer(path):
    """The body, the status and its text."""
    if how == "negative":
        said = TYPES["TxnResponse"]()
        said.header.revision = 9
        if path.endswith("LeaseGrant"):
            said = TYPES["LeaseGrantResponse"](ID=1, TTL=-5)
        return framed(said.SerializeToString()), 0, ""
    return {
        "garbage": (framed(b"\x00\xff<html>no</html>"), 0, ""),
        # The fields of every answer, as strings.
        "number": (framed(b"\x12\x01x\x1a\x01y"), 0, ""),
        "page": (b"<html>no</html>", None, ""),
        "packed": (framed(b"", packed=1), 0, ""),
        "huge": (framed(b"", length=0xffffffff), 0, ""),
        "nothing": (b"", 0, ""),
        "failed": (b"", 14, "etcdserver: no leader"),
        "full": (b"", 8, "etcdserver: mvcc: database space exceeded"),
        "missing": (b"", 12, "unknown service etcdserverpb.KV"),
    }.get(how)


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        """Requests come one at a time: the program has a connection for its calls, and one
        for its watch."""
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        self.h2.initiate_connection()
        if how.startswith("http1 "):
            self.request.sendall(b"HTTP/1.1 %s No\r\n\r\n" % how[6:].encode())
        else:
            self.send()
        paths, bodies = {}, {}
        try:
            while data := self.request.recv(65536):
                for event in self.h2.receive_data(data):
                    if isinstance(event, h2.events.RequestReceived):
                        paths[event.stream_id] = dict(event.headers)[b":path"].decode()
                        bodies[event.stream_id] = b""
                    elif isinstance(event, h2.events.DataReceived):
                        bodies[event.stream_id] += event.data
                    elif isinstance(event, h2.events.StreamEnded):
                        self.id = event.stream_id
                        if not self.answer(paths.pop(self.id), bodies.pop(self.id)):
                            return
                self.send()
        except OSError:
            pass

    def send(self):
        self.request.sendall(self.h2.data_to_send())

    def begin(self, status=b"200", *fields):
        self.h2.send_headers(self.id, [(b":status", status), (
            b"content-type", b"application/grpc"), *fields])

    def end(self, body, status, text="", http=b"200"):
        self.begin(http)
        self.h2.send_data(self.id, body, end_stream=status is None)
        if status is not None:
            self.h2.send_headers(self.id, [("grpc-status", str(status)), (
                "grpc-message", text)], end_stream=True)
        self.send()

    def held_back(self, turn, path, body):
        """Whether this is the first by which a launch in line takes the key."""
        if turn:
            turns.append(body)
            print("turn", len(turns), flush=True)
        if how == "late-turn" and len(turns) == 3 or os.path.exists("obey"):
            ask(path, turns[0])
        return turn and len(turns) == 1

    def stream(self, path, body):
        deaf = how == "deaf" or how == "late-look" and len(turns) > 1
        self.begin()
        for said in channel.stream_stream(path)(messages(body)):
            if not deaf or TYPES["WatchResponse"].FromString(said).created:
                self.h2.send_data(self.id, framed(said))
                self.send()

    def answer(self, path, body):
        """False: the connection is to be closed."""
        print(path, flush=True)
        if how == "once" and self.id > 1:
            return False
        if how == "refuses" and self.id > 1:
            self.h2.reset_stream(self.id, h2.errors.ErrorCodes.REFUSED_STREAM)
            self.send()
            return True
        while how == "flood":
            self.request.sendall(1000 * b"\0\0\5\2\0\0\0\0\7\0\0\0\0\1")
        if false := false_answer(path):
            self.end(*false)
            return True
        if how == "elsewhere":
            self.begin(b"307", (b"location", b"http://%s%s" % (
                etcd.encode(), path.encode())))
            self.h2.end_stream(self.id)
            self.send()
            return True
        if how == "minority" and os.path.exists("minority.cut"):
            if path.endswith("KeepAlive"):
                kept = TYPES["LeaseKeepAliveResponse"](TTL=2)
                self.end(framed(kept.SerializeToString()), 0)
                return True
            time.sleep(60)
            return False
        if how == "late-renewal" and path.endswith("KeepAlive"):
            if os.path.exists("late-renewal.cut"):
                time.sleep(60)
                return False
            print("at", time.time(), flush=True)
        if how == "silent":
            return True
        puts = deletes = turn = False
        if path.endswith("Txn"):
            txn = TYPES["TxnRequest"].FromString(next(messages(body)))
            kinds = [op.WhichOneof("request") for op in [*txn.success, *txn.failure]]
            puts = "request_put" in kinds
            deletes = "request_delete_range" in kinds
            turn = any(c.result == c.GREATER for c in txn.compare)
            if how in ("late-turn", "late-look") and self.held_back(turn, path, body):
                return False
        if path.endswith("Watch"):
            if how in WATCHES:
                self.stream(path, body)
            return True
        said, status, text = ask(path, body)
        if how.startswith("3.") and path.endswith("Status"):
            shown = TYPES["StatusResponse"].FromString(said)
            shown.version = how
            said = shown.SerializeToString()
        if how == "cut":
            self.begin()
            self.h2.send_data(self.id, framed(said)[:len(said) // 2])
            self.send()
            return False
        if how == "lost-txn" and path.endswith("Txn") and (
                kind := [puts, deletes, turn]) not in dropped:
            dropped.append(kind)
            time.sleep(6 * turn)
            return False
        if how == "lost-place" and puts and not dropped:
            dropped.append(body)
            time.sleep(6)
            return False
        if how == "late-grant" and puts and not dropped:
            dropped.append(body)
            print("granted", flush=True)
            time.sleep(4)
        elif how == "late-renewal" and path.endswith("KeepAlive"):
            time.sleep(1.2)
        elif how == "restored" and not dropped:
            dropped.append(body)
            early = TYPES["TxnResponse"].FromString(said)
            early.header.revision *= 1000
            said = early.SerializeToString()
        if how == "early":
            self.begin(b"200", (b"grpc-status", b"0"))
            self.h2.send_data(self.id, framed(said))
            self.h2.reset_stream(self.id, h2.errors.ErrorCodes.INTERNAL_ERROR)
            self.send()
        elif how == "proxy":
            self.end(framed(said), status, text, http=b"503")
        else:
            self.end(framed(said) * (2 if how == "two" else 1), status, text)
        return True


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


server = Server(("127.0.0.1", 0), Handler)
with open(portfile + ".new", "w", encoding="ascii") as file:
    file.write(str(server.server_address[1]))
os.rename(portfile + ".new", portfile)
server.serve_forever()
