#!/usr/bin/python3
"""wanting.py HOST SEED FENCE URL...: a host that wants to run each of eight jobs, again
and again, by onlyone-cluster: with any policy, for any time, of any number of processes.
It makes two launches at a time of each.

Each job, key K, is the observer with $OBSERVED.K as its book.  What becomes of each launch
is a line of $OBSERVED.launches:

    BEGAN ENDED KEY WORD POLICY STATUS

(seconds of CLOCK_BOOTTIME; STATUS is negative after a signal).  Its messages are in
said.HOST.  It exits when there is a file "stop" and all its launches have ended, or with
1 when it cannot launch.
SEED: the same jobs and policies again.
"""
import os
import random
import shlex
import subprocess
import sys
import threading
import time

KEYS = "12345678"
SLOW = int(os.environ.get("ONLYONE_TEST_SLOW", "1"))
WAITING = ["--wait", "--queue=3", "-w3", "--replace", "--join"]
POLICIES = 4 * ["--wait"] + WAITING + ["-n", "--skip"]
# Two jobs are large.  KILL comes at most a third of the lease before its end, which
# thousands need more of.
MOST = {"7": 300, "8": 3000}
FEW = 30
LEASE = {"8": 6}
SHORT = 2


def now():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def launch(chance, key, word):
    """Returns the policy, and the exit status."""
    policy = chance.choice(POLICIES)
    size = 1 if chance.random() < 0.4 else chance.randint(2, MOST.get(key, FEW))
    job = [word, "for", str(chance.randint(500, 6000)), "of", str(size), "follow",
           "write", "sh " + fence]
    if chance.random() < 0.3:
        job.append("ignore")
    lease = LEASE.get(key, SHORT) * SLOW
    command = ["onlyone-cluster", "--store=" + chance.choice(urls), "--ttl=%d" % lease,
               "--grace=%g" % (lease / 4), "-a", "job", "-k", key, policy,
               "sh", "-c", 'eval "exec $GUESTS/observer $JOB"']
    # --skip and --join are for the same command line.
    env = dict(os.environ, OBSERVED="%s.%s" % (book, key), JOB=shlex.join(job))
    return policy, subprocess.run(command, env=env, stdin=subprocess.DEVNULL,
                                  stdout=said, stderr=said).returncode


def want(key, which):
    chance = random.Random(seed + host + key + which)
    n = 0
    while not os.path.exists("stop"):
        n += 1
        word = "%s%s.%s.%d" % (host, which, key, n)
        began = now()
        policy, status = launch(chance, key, word)
        os.write(launches, b"%.6f %.6f %s %s %s %d\n" % (
            began, now(), key.encode(), word.encode(), policy.encode(), status))
        time.sleep(chance.uniform(0.05, 0.5))


def give_up(args):
    sys.excepthook(args.exc_type, args.exc_value, args.exc_traceback)
    os._exit(1)


host, seed, fence, *urls = sys.argv[1:]
book = os.environ["OBSERVED"]
said = os.open("said." + host, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
launches = os.open(book + ".launches", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
threading.excepthook = give_up
threads = [threading.Thread(target=want, args=(key, which)) for key in KEYS for which in "xy"]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
