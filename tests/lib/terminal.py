#!/usr/bin/python3
"""terminal.py: a user at a terminal.

terminal.py COMMAND STEP...: runs `sh -c COMMAND` as the leader of a session
of its own on a new pseudo-terminal of 80 x 24, and takes the steps in order:

  <REGEX   read until the output since the last such step matches
  >TEXT    type TEXT; \\r \\x03 and so on are understood
  !COMMAND run a shell command beside it; it must succeed
  ~        hang up: close the terminal
  .        wait until the session's leader has exited

If a step takes longer than $LIMIT seconds (60), it exits with status 1.  All that was
read goes to standard output.
"""
import os
import pty
import re
import select
import subprocess
import sys
import time

LIMIT = int(os.environ.get("LIMIT", 60))


def fail(step, seen):
    sys.stdout.buffer.flush()
    print(f"\nterminal: in vain: {step}\nsince then: {seen!r}", file=sys.stderr)
    sys.exit(1)


def read(master):
    """What has come, b"" at the end; it is shown, too."""
    try:
        data = os.read(master, 65536)
    except OSError:
        data = b""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
    return data


def main():
    command, steps = sys.argv[1], sys.argv[2:]
    pid, master = pty.fork()
    if pid == 0:
        import fcntl
        import struct
        import termios
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        os.execv("/bin/sh", ["sh", "-c", command])
    seen = b""
    for step in steps:
        end = time.monotonic() + LIMIT
        kind, rest = step[:1], step[1:]
        if kind == ">":
            os.write(master, rest.encode().decode("unicode_escape").encode())
        elif kind == "!":
            try:
                subprocess.run(["sh", "-c", rest], timeout=LIMIT, check=True)
            except subprocess.SubprocessError:
                while select.select([master], [], [], 0)[0]:
                    data = read(master)
                    seen += data
                    if not data:
                        break
                fail(step, seen)
        elif kind == "~":
            os.close(master)
            master = -1
        elif kind == ".":
            while os.waitpid(pid, os.WNOHANG) == (0, 0):
                if (master < 0 or not select.select([master], [], [], 0.02)[0]
                        or not read(master)):
                    time.sleep(0.02)
                if time.monotonic() > end:
                    fail(step, seen)
            # What it wrote last may still be on its way.
            while (master >= 0 and select.select([master], [], [], 0)[0]
                    and read(master)):
                pass
        elif kind == "<":
            while not (found := re.search(rest.encode(), seen)):
                left = end - time.monotonic()
                if left <= 0 or not select.select([master], [], [], left)[0]:
                    fail(step, seen)
                data = read(master)
                if not data:
                    fail(step + " (ended)", seen)
                seen += data
            seen = seen[found.end():]
        else:
            sys.exit(f"terminal: no such step: {step}")
    sys.stdout.buffer.flush()


main()
