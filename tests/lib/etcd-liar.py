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
    deaf        watches, which report nothing
    restored    the first answer's revision is one that the store has not reached, as
                before it was restored from an older snapshot; watches
    minority    good until there is a file "minority.cut", and then it renews every lease
                and answers nothing else, as a leader that is cut off from the others
    3.5.0       good, and of that version

The rest is below.  The port is written to PORTFILE, the path of each request to standard
output.
"""
import http.server
import json
import os
import socketserver
import sys
import time
import urllib.error
import urllib.request

etcd, how, portfile = sys.argv[1:]
WATCHES = "late-grant", "late-turn", "late-look", "deaf", "restored"
dropped, turns = [], []

BODIES = {
    "garbage": (200, b"\x00\xff<html>no</html>"),
    "number": (200, b'{"ID":7,"TTL":"x","succeeded":"yes","header":[]}'),
    "negative": (200, b'{"ID":"1","TTL":"-5","header":{"revision":"9"}}'),
    "failed": (500, b'{"error":"etcdserver: no leader","code":14}'),
    "full": (500, b'{"error":"etcdserver: mvcc: database space exceeded",'
             b'"code":8}'),
    "missing": (404, b"404 page not found\n"),
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body, length=None):
        self.send_response(status)
        self.send_header("Content-Length", str(length or len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def forward(self, body):
        return urllib.request.urlopen(urllib.request.Request(
            "http://%s%s" % (etcd, self.path), body))

    def ask(self, body):
        try:
            with self.forward(body) as reply:
                return reply.read(), 200
        except urllib.error.HTTPError as err:
            return err.read(), err.code

    def held_back(self, body):
        """Whether this is the first by which a launch in line takes the key."""
        if b"GREATER" in body:
            turns.append(body)
            print("turn", len(turns), flush=True)
        if how == "late-turn" and len(turns) == 3 or os.path.exists("obey"):
            self.ask(turns[0])
        return b"GREATER" in body and len(turns) == 1

    def stream(self, body):
        self.close_connection = True
        deaf = how == "deaf" or how == "late-look" and len(turns) > 1
        with self.forward(body) as reply:
            self.send_response(200)
            self.end_headers()
            for line in reply:
                if not deaf or b"created" in line:
                    self.wfile.write(line)

    def do_POST(self):
        n = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(n)
        print(self.path, flush=True)
        if how in BODIES:
            return self.answer(*BODIES[how])
        if how == "elsewhere":
            self.send_response(307)
            self.send_header("Location", "http://%s%s" % (etcd, self.path))
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if how == "minority" and os.path.exists("minority.cut"):
            if self.path.endswith("keepalive"):
                lease = json.loads(body)["ID"]
                return self.answer(200, json.dumps(
                    {"result": {"ID": lease, "TTL": "2"}}).encode())
            time.sleep(60)
            return
        if how == "silent":
            self.rfile.read(1)
            return
        if how.startswith("late-") and self.path.endswith("txn") and self.held_back(body):
            self.close_connection = True
            return
        if how in WATCHES and self.path.endswith("watch"):
            return self.stream(body)
        said, status = self.ask(body)
        if how.startswith("3.") and self.path.endswith("status"):
            said = json.dumps(dict(json.loads(said), version=how)).encode()
        if how == "cut":
            self.answer(status, said[:len(said) // 2], len(said))
            self.close_connection = True
        elif how == "lost-txn" and self.path.endswith("txn") and (kind := [
                w in body for w in (b"_put", b"_delete", b"GREATER")]) not in dropped:
            dropped.append(kind)
            time.sleep(6 * kind[2])
            self.close_connection = True
        elif how == "late-grant" and b"_put" in body and not dropped:
            dropped.append(body)
            print("granted", flush=True)
            time.sleep(4)
            self.answer(status, said)
        elif how == "restored" and not dropped:
            dropped.append(body)
            answer = json.loads(said)
            answer["header"]["revision"] += "000"
            self.answer(status, json.dumps(answer).encode())
        elif how == "lost-place" and b"_put" in body and not dropped:
            dropped.append(body)
            time.sleep(6)
            self.close_connection = True
        else:
            self.answer(status, said)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


server = Server(("127.0.0.1", 0), Handler)
with open(portfile + ".new", "w", encoding="ascii") as file:
    file.write(str(server.server_port))
os.rename(portfile + ".new", portfile)
server.serve_forever()
