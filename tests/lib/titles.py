#!/usr/bin/python3
"""titles.py FILE: write down each title that a window of this display gets.

One a line, as they come, even those that are gone a moment later.  FILE begins
with "ready".
"""
import sys

from Xlib import X, Xatom, display, error

screen = display.Display()
NAMES = screen.intern_atom("_NET_WM_NAME"), Xatom.WM_NAME
out = open(sys.argv[1], "w", encoding="utf-8", buffering=1)


def tell(window):
    for name in NAMES:
        value = window.get_full_property(name, X.AnyPropertyType)
        if value:
            text = value.value
            if isinstance(text, bytes):
                text = text.decode("utf-8", "replace")
            print(text.replace("\n", " "), file=out)


screen.set_error_handler(lambda *_: None)  # of a window that is gone
screen.screen().root.change_attributes(event_mask=X.SubstructureNotifyMask)
screen.sync()
print("ready", file=out)
while True:
    event = screen.next_event()
    try:
        if event.type == X.CreateNotify:
            event.window.change_attributes(event_mask=X.PropertyChangeMask)
            tell(event.window)
        elif event.type == X.PropertyNotify and event.atom in NAMES:
            tell(event.window)
    except error.XError:
        pass
