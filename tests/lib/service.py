#!/usr/bin/python3
"""service.py KIND NAME [KIND NAME]...: a D-Bus service.

It owns the names, says so in $GUEST_LOG, and writes there one line for each call,
with "may start" if the call has the auto-start flag.  KIND: application; refuses, an
application that answers with an error; bare, no application; notes, a notification
server; markup, one that supports markup in bodies.
"""
import os
import sys

import dbus
import dbus.lowlevel
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib


def note(line):
    with open(os.environ["GUEST_LOG"], "a") as log:
        log.write(line + "\n")


def application(call, kind):
    words = [call.get_destination(), call.get_member()]
    if call.get_auto_start():
        words.append("may start")
    *files, platform = call.get_args_list()
    words += ["<%s>" % uri for uris in files for uri in uris]
    words += ["%s=%s" % it for it in platform.items()]
    note(" ".join(words))
    if kind == "refuses":
        return dbus.lowlevel.ErrorMessage(call, "org.freedesktop.DBus.Error.AccessDenied", "no")
    return dbus.lowlevel.MethodReturnMessage(call)


def notifications(call, kind):
    answer = dbus.lowlevel.MethodReturnMessage(call)
    if call.get_member() == "GetCapabilities":
        answer.append(["body", "body-markup"][:1 + (kind == "markup")], signature="as")
    else:
        note("Notify %s %d <%s> <%s> <%s>" % tuple(call.get_args_list()[:5]))
        answer.append(1, signature="u")
    return answer


def serve(kind, name):
    serves = notifications if kind in ("notes", "markup") else application
    if kind != "bare":
        BUS._register_object_path(
            "/" + name.replace(".", "/").replace("-", "_"),
            lambda bus, call: bus.send_message(serves(call, kind)))
    BUS.request_name(name)


BUS = dbus.SessionBus(mainloop=DBusGMainLoop())
for at in range(1, len(sys.argv), 2):
    serve(*sys.argv[at:at + 2])
note("%d main" % os.getpid())
GLib.MainLoop().run()
