#!/usr/bin/python3
"""kliar.py SOCKET LOG SAYS: compositor.py, under the name of KWin, and its service
on the session bus.

SAYS is a file, read anew each time that a script is to run: lines of Python, each a
call that the script makes (member, arguments), or behind "load " a list, which
loadScript answers.  A line "as stranger" makes the calls behind it come from another
connection.
"""
import os
import runpy
import sys

here = os.path.dirname(os.path.abspath(__file__))
socket, log, says = sys.argv[1:4]

if os.fork():
    with open("/proc/self/comm", "w") as comm:
        comm.write("kwin_wayland")
    sys.argv = ["compositor.py", socket, log]
    runpy.run_path(here + "/compositor.py", run_name="__main__")
    sys.exit()

import ctypes
import signal

import dbus
import dbus.bus
import dbus.lowlevel
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
loop = DBusGMainLoop()
BUS = dbus.bus.BusConnection(dbus.bus.BusConnection.TYPE_SESSION, mainloop=loop)
OTHER = dbus.bus.BusConnection(dbus.bus.BusConnection.TYPE_SESSION, mainloop=loop)


def lines():
    with open(says) as file:
        return file.read().splitlines()


def call(bus, to, member, *args):
    message = dbus.lowlevel.MethodCallMessage(to, "/", "org.onlyone.Raise", member)
    message.append(*args)
    bus.send_message(message)


def script(to):
    bus = BUS
    for line in lines():
        if line == "as stranger":
            bus = OTHER
        elif not line.startswith("load "):
            call(bus, to, *eval(line, {"dbus": dbus}))
        bus.flush()


def asked(bus, message):
    answer = dbus.lowlevel.MethodReturnMessage(message)
    to = message.get_sender()
    if message.get_member() == "loadScript":
        load = [line[5:] for line in lines() if line.startswith("load ")]
        answer.append(*eval(load[0] if load else "[dbus.Int32(7)]", {"dbus": dbus}))
    bus.send_message(answer)
    if message.get_member() == "run":
        with open(log, "a") as file:
            file.write("runs\n")
        script(to)


for path in "/Scripting", "/Scripting/Script7":
    BUS._register_object_path(path, asked)
BUS.request_name("org.kde.KWin")
with open(log, "a") as file:
    file.write("service\n")
GLib.MainLoop().run()
