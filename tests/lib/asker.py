#!/usr/bin/python3
# asker.py: what onlyone-raise does with a page (preload/window/page.h), as a
# program of its own, for tests.
#
#	asker.py FOLDER list
#	asker.py FOLDER PID ask|close TOKEN [TIMES [MS]]
#	asker.py FOLDER PID stop TOKEN      ask, and end without an answer
#
# list: a line for each page: pid windows used server activation app title.
# Else the answer to each request, summed up; MS is how far ahead the
# deadline lies (1000).
import ctypes, collections, fcntl, mmap, os, re, struct, sys, time

ANSWERS = "none written gone unbound refused invalid silent".split()
ANSWER, ANSWERED, REQUEST, WHAT, DEADLINE, TOKEN = 552, 556, 560, 564, 568, 576
SIZE, KINDS = 1088, {"ask": 0, "close": 1}
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


# magic size pid change windows server, used, activation pongs, app_id title
HEAD = struct.Struct("=6IQ2I256s256s")
assert HEAD.size == ANSWER


def text(b):
    return b.split(b"\0")[0].decode("utf-8", "backslashreplace")


class Page:
    def __init__(self, folder, pid):
        self.file = open(os.path.join(folder, "window-%s" % pid), "r+b")
        fcntl.flock(self.file, fcntl.LOCK_EX)
        self.pid = pid
        self.map = mmap.mmap(self.file.fileno(), SIZE)
        self.at = ctypes.addressof(ctypes.c_char.from_buffer(self.map))

    def word(self, at):
        return ctypes.c_uint32.from_address(self.at + at)

    def futex(self, at, op, value, seconds=None):
        t = None
        if seconds is not None:
            t = (ctypes.c_long * 2)(int(seconds), int(seconds % 1 * 1e9))
        libc.syscall(202, ctypes.c_void_p(self.at + at), op, value, t, None, 0)

    def lives(self):
        try:
            with open("/proc/%s/stat" % self.pid) as f:
                return f.read().rsplit(")", 1)[1].split()[0] != "Z"
        except OSError:
            return False

    def put(self, token, ms, what=0):
        token = token.encode() + b"\0"
        token = token.ljust(512, b"x")[:512]
        self.word(WHAT).value = what
        ctypes.memmove(self.at + TOKEN, token, 512)
        ctypes.c_uint64.from_address(self.at + DEADLINE).value = (
            time.monotonic_ns() + ms * 1000000
        )
        request = self.word(REQUEST)
        request.value += 1
        self.futex(REQUEST, 1, 2**31 - 1)
        return request.value

    def ask(self, token, ms, what=0):
        request = self.put(token, ms, what)
        end = time.monotonic() + int(os.environ.get("LIMIT", 60))
        while self.word(ANSWERED).value != request:
            if time.monotonic() > end or not self.lives():
                return "silent"
            self.futex(ANSWERED, 0, self.word(ANSWERED).value, 0.5)
        return ANSWERS[self.word(ANSWER).value]


def show(folder):
    for name in sorted(os.listdir(folder)):
        if not re.fullmatch("window-[0-9]+", name):
            continue
        with open(os.path.join(folder, name), "rb") as f:
            p = HEAD.unpack(f.read(HEAD.size))
        assert p[0] == 0x4F4E5734 and p[1] == SIZE, p
        print(p[2], p[4], p[6], p[5], p[7], text(p[9]) or "-",
              text(p[10]) or "-")


def main():
    folder = sys.argv[1]
    if sys.argv[2] == "list":
        show(folder)
        return
    page = Page(folder, sys.argv[2])
    token = sys.argv[4]
    if sys.argv[3] == "stop":
        page.put(token, 1000)
        return
    times = int(sys.argv[5]) if len(sys.argv) > 5 else 1
    ms = int(sys.argv[6]) if len(sys.argv) > 6 else 1000
    seen = collections.Counter(page.ask(token, ms, KINDS[sys.argv[3]])
                               for _ in range(times))
    print(*("%s %d" % (k, n) for k, n in sorted(seen.items())))


main()
