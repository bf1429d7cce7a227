#!/usr/bin/python3
"""asker.py: what onlyone-raise does with a page (preload/window/page.h), for tests.

asker.py FOLDER list
asker.py FOLDER PID ask|close TOKEN [TIMES [MS]]
asker.py FOLDER PID stop TOKEN      ask, and exit without an answer

list: a line for each page: pid windows used server activation app title.
Else the answers to the requests, counted; MS is how far ahead the deadline lies
(1000).
"""
import collections
import ctypes
import fcntl
import glob
import mmap
import os
import struct
import sys
import time

ANSWERS = "none written gone unbound refused invalid silent".split()
ANSWER, ANSWERED, REQUEST, WHAT, DEADLINE, TOKEN = 552, 556, 560, 564, 568, 576
SIZE, MAGIC, FUTEX, WAIT, WAKE = 1088, 0x4F4E5734, 202, 0, 1
# magic size pid change windows server, used, activation pongs, app_id title
HEAD = struct.Struct("=6IQ2I256s256s")
libc = ctypes.CDLL(None, use_errno=True)


class Page:
    def __init__(self, path):
        self.file = open(path, "r+b")
        fcntl.flock(self.file, fcntl.LOCK_EX)
        self.pid = path.rpartition("-")[2]
        self.map = mmap.mmap(self.file.fileno(), SIZE)
        self.at = ctypes.addressof(ctypes.c_char.from_buffer(self.map))

    def word(self, at):
        return ctypes.c_uint32.from_address(self.at + at)

    def futex(self, at, how, value, seconds):
        libc.syscall(ctypes.c_long(FUTEX), ctypes.c_void_p(self.at + at), how, value,
                     (ctypes.c_long * 2)(0, int(seconds * 1e9)), None, 0)

    def lives(self):
        try:
            with open("/proc/%s/stat" % self.pid) as stat:
                return stat.read().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    def put(self, token, ms, closes):
        token = (token.encode() + b"\0").ljust(512, b"x")[:512]
        self.word(WHAT).value = closes
        ctypes.memmove(self.at + TOKEN, token, 512)
        ctypes.c_uint64.from_address(self.at + DEADLINE).value = \
            time.monotonic_ns() + ms * 1000000
        self.word(REQUEST).value += 1
        self.futex(REQUEST, WAKE, 2**31 - 1, 0)

    def ask(self, *words):
        self.put(*words)
        end = time.monotonic() + int(os.environ.get("LIMIT", 60))
        while self.word(ANSWERED).value != self.word(REQUEST).value:
            if time.monotonic() > end or not self.lives():
                return "silent"
            self.futex(ANSWERED, WAIT, self.word(ANSWERED).value, 0.5)
        return ANSWERS[self.word(ANSWER).value]


def text(data):
    return data.split(b"\0")[0].decode("utf-8", "backslashreplace") or "-"


folder, what, *rest = sys.argv[1:]
if what == "list":
    for name in sorted(glob.glob(folder + "/window-*")):
        with open(name, "rb") as page:
            p = HEAD.unpack(page.read(HEAD.size))
        assert p[0] == MAGIC and p[1] == SIZE, p
        print(p[2], p[4], p[6], p[5], p[7], text(p[9]), text(p[10]))
else:
    how, token, times, ms = *rest, *("1", "1000")[len(rest) - 2:]
    request = token, int(ms), how == "close"
    page = Page("%s/window-%s" % (folder, what))
    if how == "stop":
        page.put(*request)
    else:
        seen = collections.Counter(page.ask(*request) for _ in range(int(times)))
        print(*("%s %d" % it for it in sorted(seen.items())))
