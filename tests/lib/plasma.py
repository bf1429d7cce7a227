"""plasma.py: as much of KWin as a script sees of it, of Plasma 6.

    plasma.py SOCKET LOG WINDOWS

A compositor (compositor.py), whose child has KWin's name on the session bus
and runs scripts under node, with the objects that it has (plasma.js).
WINDOWS: their properties, a JSON array, the lowest first.  In LOG: "scripts",
when they are taken, "activated ID", "closed ID", "unloaded NAME".  It is named as KWin is.
"""
import ctypes
import json
import os
import runpy
import signal
import subprocess
import sys

SOCKET, LOG, WINDOWS = sys.argv[1:]
HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPTING = "org.kde.kwin.Scripting"


def log(*words):
    with open(LOG, "a") as f:
        print(*words, file=f)


def bus():
    import dbus
    import dbus.service
    from dbus.mainloop.glib import DBusGMainLoop
    from gi.repository import GLib

    session = dbus.SessionBus(mainloop=DBusGMainLoop())

    class Script(dbus.service.Object):
        def __init__(self, number, file):
            # The script lies in a file of the caller's, for as long as that
            # waits.
            with open(file) as f:
                self.code = f.read()
            super().__init__(session, "/Scripting/Script%d" % number)

        @dbus.service.method("org.kde.kwin.Script")
        def run(self):
            self.node = subprocess.Popen(
                ["node", HERE + "/plasma.js", WINDOWS, self.code],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
            GLib.io_add_watch(self.node.stdout, GLib.IO_IN | GLib.IO_HUP,
                              self.said)

        # What it says: a call to make, or what has become of a window.
        def said(self, stream, _):
            line = stream.readline()
            if not line:
                self.node.wait()
                return False
            what = json.loads(line)
            call = what.pop("call", None)
            if call:
                self.call(*call)
            for it in what.items():
                log(*it)
            return True

        def call(self, to, path, interface, member, *args):
            def done(*value):
                answer = json.dumps([str(v) for v in value]) + "\n"
                self.node.stdin.write(answer.encode())

            session.get_object(to, path, introspect=False).get_dbus_method(
                member, interface)(*args, reply_handler=done,
                                   error_handler=lambda e: log("error", e))

    class Scripting(dbus.service.Object):
        count = 0
        all = {}

        @dbus.service.method(SCRIPTING, in_signature="ss", out_signature="i")
        def loadScript(self, file, name):
            self.count += 1
            self.all[name] = Script(self.count, file)
            return self.count

        @dbus.service.method(SCRIPTING, in_signature="s", out_signature="b")
        def unloadScript(self, name):
            self.all.pop(name).remove_from_connection()
            log("unloaded", name)
            return True

    held = dbus.service.BusName("org.kde.KWin", session), Scripting(
        session, "/Scripting")
    log("scripts")
    GLib.MainLoop().run()
    return held


libc = ctypes.CDLL(None)
libc.prctl(15, b"kwin_wayland", 0, 0, 0)  # PR_SET_NAME
if os.fork() == 0:
    libc.prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
    bus()
sys.argv[1:] = [SOCKET, LOG]
runpy.run_path(HERE + "/compositor.py", run_name="__main__")
