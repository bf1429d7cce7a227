"""stores: etcd and PostgreSQL of a benchmark's own, on the loopback, in a folder."""
import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

PGBIN = "/usr/lib/postgresql/15/bin/"
LIMIT = 120  # s
QUIET = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(condition, limit=LIMIT):
    end = time.time() + limit
    while not condition():
        if time.time() > end:
            sys.exit("waited in vain")
        time.sleep(0.02)


def output(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, **options).stdout


class Server:
    """Processes that are one store, and URL, which names it."""

    def __init__(self, folder):
        os.mkdir(folder)
        os.chmod(folder, 0o711)
        self.folder, self.processes, self.url = folder, [], None

    def begin(self, *command):
        # Where sessions get an equal part of the processors (sched(7), autogroup), it is
        # not one among thousands.
        self.processes.append(subprocess.Popen(command, start_new_session=True, **QUIET))

    def stop(self):
        for one in reversed(self.processes):
            one.send_signal(signal.SIGINT)
            one.wait()


class Etcd(Server):
    def start(self, members=1):
        names = ["m%d" % i for i in range(members)]
        self.clients, peers = (["127.0.0.1:%d" % free_port() for _ in names]
                               for _ in range(2))
        self.url = "etcd://%s/bench" % ",".join(self.clients)
        for name, client, peer in zip(names, self.clients, peers):
            client, peer = "http://" + client, "http://" + peer
            self.begin("etcd", "--name", name, "--data-dir", self.folder + "/" + name,
                       "--listen-client-urls", client, "--advertise-client-urls", client,
                       "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                       "--initial-cluster",
                       ",".join("%s=http://%s" % pair for pair in zip(names, peers)))
        wait_until(lambda: output(*self.ctl("endpoint", "health", "-w", "json"),
                                  env=self.env()).count('"health":true') == members)

    @staticmethod
    def env():
        return dict(os.environ, ETCDCTL_API="3")

    def ctl(self, *words):
        return ("etcdctl", "--endpoints=" + ",".join(self.clients), *words)

    def keys(self, prefix):
        """How many keys begin with the prefix; 0 if it is too busy to say."""
        first, last = (base64.b64encode(text.encode()).decode()
                       for text in (prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)))
        ask = urllib.request.Request("http://%s/v3/kv/range" % self.clients[0], json.dumps(
            {"key": first, "range_end": last, "count_only": True}).encode())
        try:
            with urllib.request.urlopen(ask) as answer:
                return int(json.load(answer).get("count", 0))
        except urllib.error.HTTPError:
            return 0


class Postgresql(Server):
    # Its server refuses root.
    account = [] if os.getuid() else [
        "setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]

    def start(self, build, connections=400):
        data, self.port = self.folder + "/pg", free_port()
        os.mkdir(data)
        if self.account:
            shutil.chown(data, "postgres")
        subprocess.run([*self.account, PGBIN + "initdb", "-D", data, "-A", "trust", "-U", "boss",
                        "--no-sync"], check=True, **QUIET)
        self.url = "postgresql://127.0.0.1:%d/postgres?user=boss" % self.port
        self.begin(*self.account, PGBIN + "postgres", "-D", data, "-h", "127.0.0.1", "-p",
                   str(self.port), "-c", "unix_socket_directories=" + data, "-c",
                   "max_connections=%d" % connections)
        wait_until(lambda: self.sql("select 1") == "1")
        subprocess.run([build + "/onlyone-cluster", "init", "--make",
                        "--store=" + self.url], check=True, **QUIET)

    def sql(self, text):
        return output("psql", "-qAtX", "-h", "127.0.0.1", "-p", str(self.port), "-U", "boss",
                      "postgres", "-c", text).strip()
