"""gnome-keys.py: a keyboard of GNOME's, for gnome.bash.

A remote desktop's, for as long as this runs: it says "ready", and types the
keys whose numbers (linux/input-event-codes.h) are on its standard input; A+B:
the latter while the former is held.
"""
import sys

import dbus

NAME = "org.gnome.Mutter.RemoteDesktop"


def at(path, interface):
    return dbus.Interface(BUS.get_object(NAME, path), interface)


BUS = dbus.SessionBus()
SESSION = at(at("/org/gnome/Mutter/RemoteDesktop", NAME).CreateSession(),
             NAME + ".Session")
SESSION.Start()


def press(*codes):
    for code in codes:
        SESSION.NotifyKeyboardKeycode(code, True)
    for code in reversed(codes):
        SESSION.NotifyKeyboardKeycode(code, False)


press(42)  # a shift: there is no seat before the first key
print("ready", flush=True)
for line in sys.stdin:
    for word in line.split():
        press(*map(int, word.split("+")))
