"""desk.py: a display, a bus, a home and a state root of one run of the table.

All that it starts, directly or not, has the desk's folder in its environment, and is
killed by pid.  A watcher notes each title that a window gets, and when.
"""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
QUIET = subprocess.DEVNULL


def read(pid, name):
    try:
        with open("/proc/%d/%s" % (pid, name), "rb") as got:
            return got.read()
    except OSError:
        return b""


def numbers():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def parent(pid):
    """0 if it has ended; a zombie has."""
    words = read(pid, "stat").rpartition(b") ")[2].split()
    return int(words[1]) if words and words[0] not in (b"Z", b"X") else 0


def alive(pid):
    return parent(pid) != 0


def below(pid, root):
    while pid > 1:
        if pid == root:
            return True
        pid = parent(pid)
    return False


class Desk:
    def __init__(self, screen, build):
        # Not in TMPDIR: names of sockets are short.
        self.folder = tempfile.mkdtemp(prefix="onlyone-table.", dir="/tmp")
        self.runtime = os.path.join(self.folder, "run")
        self.state = os.path.join(self.folder, "state")
        self.notes = os.path.join(self.folder, "notes")
        self.build = build
        self.children = []
        for name in (self.runtime, self.state):
            os.mkdir(name, 0o700)
        open(self.notes, "wb").close()
        keep = ("PATH", "LANG", "TERM", "USER", "LOGNAME")
        self.environment = {k: os.environ[k] for k in keep if k in os.environ}
        self.environment.update({
            "PATH": build + ":/usr/local/bin:/usr/bin:/bin:/usr/games",
            "LC_ALL": "C.UTF-8", "NO_AT_BRIDGE": "1",
            "LIBGL_ALWAYS_SOFTWARE": "1", "GSETTINGS_BACKEND": "memory",
            "XDG_RUNTIME_DIR": self.runtime, "TMPDIR": self.folder,
            "ONLYONE_DIR": self.state,
            "QTWEBENGINE_DISABLE_SANDBOX": "1", "GUEST_LOG": self.notes,
            "DBUS_SESSION_BUS_ADDRESS": "unix:path=%s/bus" % self.runtime})
        self.home()
        self.start(["dbus-daemon", "--session", "--nofork", "--nopidfile",
                    "--address=unix:path=%s/bus" % self.runtime])
        from screen import wait_for
        self.wait_for = wait_for
        wait_for("a bus", 30,
                 lambda: os.path.exists(self.runtime + "/bus"))
        self.screen = screen
        screen.begin(self)
        self.environment.update(screen.environment)
        self.start(["/usr/bin/python3", os.path.join(HERE, "../lib/service.py"),
                    "notes", "org.freedesktop.Notifications"])
        wait_for("notifications", 30, lambda: os.path.getsize(self.notes))
        self.own = set(self.mine())
        self.cover = None
        self.titles = {}  # (window, title): (first seen, last seen)
        self.now = {}
        self.over = False
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def home(self):
        """A home that nobody has used."""
        home = tempfile.mkdtemp(prefix="home.", dir=self.folder)
        self.environment["HOME"] = self.environment["PWD"] = self.here = home
        os.makedirs(home + "/.local/share/applications")
        os.makedirs(home + "/.config")

    def start(self, words, env=None, **options):
        options.setdefault("stdout", QUIET)
        options.setdefault("stderr", QUIET)
        child = subprocess.Popen(words, stdin=QUIET, cwd=self.folder,
                                 start_new_session=True,
                                 env=env or self.environment, **options)
        self.children.append(child)
        return child

    def reap(self):
        """As a shell does at once: a zombie looks alive to programs."""
        time.sleep(0.02)
        # What is about to end has no environment any more.
        for _ in range(200):
            if not [it for it in self.children if it.poll() is None and
                    not read(it.pid, "environ")]:
                break
            time.sleep(0.01)
        self.children = [it for it in self.children if it.poll() is None]

    # --- windows ----------------------------------------------------------

    def seen(self):
        with self.lock:
            return self.screen.windows()

    def watch(self):
        while not self.over:
            at = time.monotonic()
            try:
                found = self.seen()
            except Exception:  # a window that is gone
                found = {}
            for number, (pid, title) in found.items():
                first = self.titles.get((number, title), (at, 0, 0))[0]
                self.titles[number, title] = (first, at, pid)
            self.now = found
            time.sleep(0.01)

    def windows(self):
        """Of programs: not the cover, not terminals of ours."""
        return {n: (pid, title) for n, (pid, title) in self.now.items()
                if pid not in self.own and title != "COVER" and
                not title.startswith("TERMINAL")}

    def shows(self, stem, since):
        """When it was first shown after that, if it was."""
        times = [first for (n, title), (first, last, _) in
                 list(self.titles.items())
                 if stem in title.lower() and last >= since]
        return max(min(times), since) if times else None

    def active(self):
        with self.lock:
            return self.screen.active()

    def covered(self):
        """A window of somebody else has the focus."""
        if self.cover is None:
            command, *words = self.screen.cover
            if "/" in command:
                command = os.path.join(self.build, command)
            self.start([command, *words])
            self.cover = True

        def there():
            return next((n for n, (_, title) in self.now.items()
                         if title == "COVER"), None)

        number = self.wait_for("the cover", 20, there)

        def up():
            with self.lock:
                if self.screen.active() == number:
                    return True
                self.screen.front(number)
            time.sleep(0.2)
            return False

        self.wait_for("the cover in front", 20, up)
        time.sleep(0.3)  # a window manager may have another request yet
        self.wait_for("the cover in front", 20, up)

    def close(self):
        for number in self.windows():
            with self.lock:
                self.screen.close(number)

    def type(self, number, text):
        with self.lock:
            self.screen.front(number)
        time.sleep(0.4)
        self.screen.keys(text)

    # --- processes --------------------------------------------------------

    def mine(self):
        word = ("XDG_RUNTIME_DIR=%s\0" % self.runtime).encode()
        return [pid for pid in numbers() if pid != os.getpid() and
                word in read(pid, "environ") and alive(pid)]

    def instances(self):
        got = subprocess.run([self.build + "/onlyonectl", "list", "--json"],
                             capture_output=True, text=True, check=False,
                             env=self.environment, timeout=30)
        try:
            return [it["pid"] for it in json.loads(got.stdout or "[]")]
        except ValueError:
            return []

    def clear(self):
        """All programs end, and the home is a new one."""
        for _ in range(100):
            left = [pid for pid in self.mine() if pid not in self.own]
            if not left:
                break
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    pass
            time.sleep(0.03)
        self.reap()
        # Qt's programs that were killed leave shared memory, which says that
        # one runs.
        if "OWN_IPC" in os.environ:
            subprocess.run(["ipcrm", "--all"], check=False,
                           stdout=QUIET, stderr=QUIET)
        self.cover = None
        self.wait_for("no window", 20, lambda: not self.seen())
        self.titles.clear()
        shutil.rmtree(self.environment["HOME"], ignore_errors=True)
        self.home()

    def end(self):
        self.over = True
        self.thread.join()
        self.own = set()
        for _ in range(100):
            left = self.mine()
            for pid in left:
                try:
                    os.kill(pid, signal.SIGTERM if _ == 0 else
                            signal.SIGKILL)
                except OSError:
                    pass
            if not left:
                break
            time.sleep(0.05)
        shutil.rmtree(self.folder, ignore_errors=True)
