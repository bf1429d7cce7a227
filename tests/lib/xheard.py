#!/usr/bin/python3
"""xheard.py FILE: write down each message of startup notification, a line.

As a panel gets it: messages of 20 bytes to the root, reassembled.
FILE begins with "ready".
"""
import sys

from Xlib import X, display

screen = display.Display()
BEGIN = screen.intern_atom("_NET_STARTUP_INFO_BEGIN")
MORE = screen.intern_atom("_NET_STARTUP_INFO")
screen.screen().root.change_attributes(event_mask=X.PropertyChangeMask)
screen.sync()
texts = {}
with open(sys.argv[1], "wb", 0) as heard:
    heard.write(b"ready\n")
    while True:
        event = screen.next_event()
        if event.type != X.ClientMessage:
            continue
        if event.client_type == BEGIN:
            texts[event.window.id] = b""
        elif event.client_type != MORE or event.window.id not in texts:
            continue
        texts[event.window.id] += bytes(event.data[1])
        if b"\0" in texts[event.window.id]:
            heard.write(texts.pop(event.window.id).split(b"\0")[0] + b"\n")
