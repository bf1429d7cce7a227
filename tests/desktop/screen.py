"""screen.py: displays of the table's own, and what they show.

Each has windows(), a dict of id: (pid, title), active(), the id of the window with
the focus, close(id), as its user closes it, front(id), keys(text), typed, and
next_tab().
begin(desk) starts its server or compositor; `environment` has what programs need to
find it.
"""
import json
import os
import re
import socket
import struct
import subprocess
import time


def wait_for(what, seconds, done):
    """Until done() is true; what it returns."""
    end = time.monotonic() + seconds
    while True:
        got = done()
        if got:
            return got
        if time.monotonic() > end:
            raise TimeoutError("waited in vain for " + what)
        time.sleep(0.02)


class X11:
    """Xvfb with openbox."""

    name = "X11"

    def begin(self, desk):
        from Xlib import X, display, error
        from Xlib.ext import res
        self.X, self.error, self.res, self.desk = X, error, res, desk
        number = os.path.join(desk.runtime, "display")
        with open(number, "wb") as out:
            desk.start(["Xvfb", "-displayfd", str(out.fileno()), "-screen",
                        "0", "1280x800x24", "-nolisten", "tcp", "-noreset"],
                       pass_fds=[out.fileno()])
        wait_for("the X server", 30, lambda: os.path.getsize(number))
        with open(number, encoding="ascii") as got:
            self.display = ":" + got.read().strip()
        self.environment = {"DISPLAY": self.display, "GDK_BACKEND": "x11",
                            "QT_QPA_PLATFORM": "xcb"}
        desk.start(["openbox", "--config-file", "/dev/null"],
                   env={**desk.environment, **self.environment})
        self.x = display.Display(self.display)
        self.x.set_error_handler(lambda *_: None)
        self.root = self.x.screen().root
        self.pids = {}
        wait_for("openbox", 30,
                 lambda: self.of(self.root, "_NET_SUPPORTING_WM_CHECK"))

    def of(self, window, name):
        try:
            got = window.get_full_property(self.x.intern_atom(name),
                                           self.X.AnyPropertyType)
        except self.error.XError:
            return None
        return got.value if got is not None else None

    def pid(self, window):
        """What the server says, if the window says nothing."""
        if window.id not in self.pids:
            own = self.of(window, "_NET_WM_PID")
            if own:
                self.pids[window.id] = own[0]
            else:
                spec = [{"client": window.id, "mask": 2}]
                try:
                    ids = self.x.res_query_client_ids(spec).ids
                    self.pids[window.id] = ids[0].value[0] if ids else 0
                except (self.error.XError, AttributeError, IndexError):
                    self.pids[window.id] = 0
        return self.pids[window.id]

    def windows(self):
        found = {}
        for number in self.of(self.root, "_NET_CLIENT_LIST") or []:
            window = self.x.create_resource_object("window", number)
            title = (self.of(window, "_NET_WM_NAME") or
                     self.of(window, "WM_NAME") or b"")
            if isinstance(title, bytes):
                title = title.decode("utf-8", "replace")
            if title.startswith("Openbox Syntax"):
                continue
            found[number] = (self.pid(window), title)
        # Another client gets the numbers of one that has gone.
        self.pids = {n: pid for n, pid in self.pids.items() if n in found}
        return found

    def active(self):
        value = self.of(self.root, "_NET_ACTIVE_WINDOW")
        return value[0] if value else 0

    def send(self, number, name, data):
        from Xlib.protocol import event
        window = self.x.create_resource_object("window", number)
        self.root.send_event(
            event.ClientMessage(window=window,
                                client_type=self.x.intern_atom(name),
                                data=(32, data)),
            event_mask=self.X.SubstructureRedirectMask |
            self.X.SubstructureNotifyMask)
        self.x.sync()

    def close(self, number):
        self.send(number, "_NET_CLOSE_WINDOW", [0, 2, 0, 0, 0])

    def front(self, number):
        self.send(number, "_NET_ACTIVE_WINDOW", [2, 0, 0, 0, 0])

    def keys(self, text):
        subprocess.run(["xdotool", "type", "--delay", "30", text],
                       env=self.desk.environment, check=False)

    def next_tab(self):
        subprocess.run(["xdotool", "key", "ctrl+Tab"],
                       env=self.desk.environment, check=False)

    cover = ["xterm", "-geometry", "200x60+0+0", "-T", "COVER", "-e", "sleep",
             "9999"]


class Sway:
    """sway without a screen; Xwayland only where a program asks for it."""

    name = "sway"

    def begin(self, desk):
        self.desk = desk
        config = os.path.join(desk.runtime, "sway.config")
        ready = os.path.join(desk.runtime, "ready")
        with open(config, "w", encoding="ascii") as out:
            out.write("xwayland enable\nexec printf '%%s\\n' "
                      '"$WAYLAND_DISPLAY" "$SWAYSOCK" "$DISPLAY" >%s\n'
                      % ready)
        desk.start(["sway", "-c", config],
                   env={**desk.environment, "WLR_BACKENDS": "headless",
                        "WLR_LIBINPUT_NO_DEVICES": "1",
                        "WLR_RENDERER": "pixman"})
        wait_for("sway", 60, lambda: os.path.exists(ready) and
                 open(ready, encoding="ascii").read().count("\n") == 3)
        with open(ready, encoding="ascii") as got:
            wayland, self.path, x = got.read().split("\n")[:3]
        self.environment = {"WAYLAND_DISPLAY": wayland,
                            "SWAYSOCK": self.path, "DISPLAY": x,
                            "GDK_BACKEND": "wayland",
                            "QT_QPA_PLATFORM": "wayland"}

    def ask(self, kind, words=b""):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(10)
            s.connect(self.path)
            s.sendall(b"i3-ipc" + struct.pack("=II", len(words), kind) +
                      words)
            got = s.makefile("rb")
            size = struct.unpack("=II", got.read(14)[6:])[0]
            return json.loads(got.read(size))

    def views(self):
        def walk(node):
            if node.get("pid"):
                yield node
            for child in node["nodes"] + node["floating_nodes"]:
                yield from walk(child)

        return list(walk(self.ask(4)))

    def windows(self):
        return {v["id"]: (v["pid"], v["name"] or "") for v in self.views()}

    def active(self):
        return next((v["id"] for v in self.views() if v["focused"]), 0)

    def close(self, number):
        self.ask(0, b"[con_id=%d] kill" % number)

    def front(self, number):
        self.ask(0, b"[con_id=%d] focus" % number)

    def keys(self, text):
        subprocess.run(["wtype", "-d", "30", text],
                       env=self.desk.environment, check=False)

    def next_tab(self):
        subprocess.run(["wtype", "-M", "ctrl", "-k", "Tab", "-m", "ctrl"],
                       env=self.desk.environment, check=False)

    cover = ["guests/window", "-c", "0x993333", "COVER"]


class Kwin:
    """KWin without a screen.  A script in it prints all windows to its log at each
    change; a command to it is a script, too."""

    name = "KWin"
    SCRIPT = """
    function tell() {
        var all = workspace.clientList().filter(function (c) {
            return c.normalWindow || c.dialog; });
        print("TABLE " + JSON.stringify({
            active: workspace.activeClient ?
                workspace.activeClient.internalId.toString() : "",
            windows: all.map(function (c) {
                return [c.internalId.toString(), c.pid, c.caption]; })}));
    }
    function watch(c) { c.captionChanged.connect(tell); tell(); }
    workspace.clientAdded.connect(watch);
    workspace.clientRemoved.connect(tell);
    workspace.clientActivated.connect(tell);
    workspace.clientList().forEach(watch);
    tell();
    """

    def begin(self, desk):
        from Xlib import error  # noqa: F401 (the same packages everywhere)
        self.desk = desk
        binary = os.path.join(desk.runtime, "kwin_wayland")
        # The file's capability cannot be had in a container: a copy has none.
        with open("/usr/bin/kwin_wayland", "rb") as src, \
                open(binary, "wb") as out:
            out.write(src.read())
        os.chmod(binary, 0o755)
        x = os.path.join(desk.runtime, "x11")
        self.log = os.path.join(desk.runtime, "kwin.log")
        with open(self.log, "wb") as out:
            desk.start(
                [binary, "--virtual", "--width", "1280", "--height", "800",
                 "--no-lockscreen", "--no-global-shortcuts", "--xwayland",
                 "-s", "wayland-table", "sh -c 'echo $DISPLAY $XAUTHORITY >"
                 + x + "'"], stdout=out, stderr=out,
                env={**desk.environment, "QT_LOGGING_RULES":
                     "kwin_scripting.debug=true;js.debug=true"})
        self.asked = 0
        wait_for("KWin", 120, lambda: os.path.exists(x) and
                 open(x, encoding="ascii").read().strip())
        with open(x, encoding="ascii") as got:
            words = got.read().split()
        self.environment = {"WAYLAND_DISPLAY": "wayland-table",
                            "DISPLAY": words[0], "GDK_BACKEND": "wayland",
                            "QT_QPA_PLATFORM": "wayland",
                            "XDG_CURRENT_DESKTOP": "KDE"}
        if len(words) > 1:
            self.environment["XAUTHORITY"] = words[1]
        self.got = open(self.log, encoding="utf-8", errors="replace")
        self.state = {"active": "", "windows": []}
        self.part = ""
        wait_for("KWin's scripts", 60, lambda: self.run(self.SCRIPT))
        wait_for("its answer", 30, lambda: self.look() or self.heard)

    heard = False

    def run(self, code):
        self.asked += 1
        path = os.path.join(self.desk.runtime, "kwin%d.js" % self.asked)
        with open(path, "w", encoding="utf-8") as out:
            out.write(code)

        def call(where, method, *words):
            return subprocess.run(
                ["gdbus", "call", "--session", "-d", "org.kde.KWin", "-o",
                 where, "-m", method, *words], capture_output=True,
                text=True, env=self.desk.environment, check=False)

        got = call("/Scripting", "org.kde.kwin.Scripting.loadScript", path,
                   "table%d" % self.asked)
        number = re.search(r"\d+", got.stdout)
        return number and call("/" + number.group(),
                               "org.kde.kwin.Script.run").returncode == 0

    def look(self):
        for line in self.got.readlines():
            self.part += line
            if not line.endswith("\n"):
                return
            at = self.part.find("TABLE {")
            if at >= 0:
                try:
                    self.state = json.loads(self.part[at + 6:])
                    self.heard = True
                except ValueError:
                    pass
            self.part = ""

    def windows(self):
        self.look()
        return {w[0]: (w[1], w[2]) for w in self.state["windows"]}

    def active(self):
        self.look()
        return self.state["active"]

    def each(self, number, code):
        self.run("workspace.clientList().forEach(function (c) {"
                 'if (c.internalId.toString() == "%s") { %s } })'
                 % (number, code))

    def close(self, number):
        self.each(number, "c.closeWindow();")

    def front(self, number):
        self.each(number, "workspace.activeClient = c;")

    def keys(self, text):
        """It has no keyboard here."""

    next_tab = list  # does nothing

    cover = ["guests/window", "-c", "0x993333", "COVER"]


SCREENS = {"x11": X11, "sway": Sway, "kwin": Kwin}
