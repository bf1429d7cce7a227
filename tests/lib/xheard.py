#!/usr/bin/python3
"""xheard.py FILE: write down each message of startup notification, a line.

As a panel hears it: messages of 20 bytes to the root, put together again.
FILE begins with "ready".
"""
import ctypes
import ctypes.util
import sys

xcb = ctypes.CDLL("libxcb.so.1")
libc = ctypes.CDLL(None)
P, U32 = ctypes.c_void_p, ctypes.c_uint32
for name, result, *args in (
        ("xcb_connect", P, P, P), ("xcb_get_setup", P, P),
        ("xcb_wait_for_event", P, P), ("xcb_get_atom_name_name", P, P),
        ("xcb_get_atom_name_name_length", ctypes.c_int, P)):
    getattr(xcb, name).restype = result
    getattr(xcb, name).argtypes = args


class Iterator(ctypes.Structure):
    _fields_ = [("data", ctypes.POINTER(U32)), ("rem", ctypes.c_int),
                ("index", ctypes.c_int)]


class Cookie(ctypes.Structure):
    _fields_ = [("sequence", ctypes.c_uint)]


xcb.xcb_setup_roots_iterator.restype = Iterator
xcb.xcb_setup_roots_iterator.argtypes = [P]
xcb.xcb_get_atom_name.restype = Cookie
xcb.xcb_get_atom_name.argtypes = [P, U32]
xcb.xcb_get_atom_name_reply.restype = P
xcb.xcb_get_atom_name_reply.argtypes = [P, Cookie, P]
xcb.xcb_get_input_focus.restype = Cookie
xcb.xcb_get_input_focus.argtypes = [P]
xcb.xcb_get_input_focus_reply.restype = P
xcb.xcb_get_input_focus_reply.argtypes = [P, Cookie, P]
xcb.xcb_change_window_attributes.argtypes = [P, U32, U32, P]

c = xcb.xcb_connect(None, None)
root = xcb.xcb_setup_roots_iterator(xcb.xcb_get_setup(c)).data[0]
PROPERTY_CHANGE, CW_EVENT_MASK, CLIENT_MESSAGE = 1 << 22, 1 << 11, 33
xcb.xcb_change_window_attributes(c, root, CW_EVENT_MASK,
                                 ctypes.byref(U32(PROPERTY_CHANGE)))
xcb.xcb_get_input_focus_reply(c, xcb.xcb_get_input_focus(c), None)


def atom_name(atom):
    r = xcb.xcb_get_atom_name_reply(c, xcb.xcb_get_atom_name(c, atom), None)
    return ctypes.string_at(xcb.xcb_get_atom_name_name(r),
                            xcb.xcb_get_atom_name_name_length(r)).decode()


with open(sys.argv[1], "wb", 0) as heard:
    heard.write(b"ready\n")
    texts = {}
    while event := xcb.xcb_wait_for_event(c):
        raw = ctypes.string_at(event, 32)
        libc.free(P(event))
        if raw[0] & 0x7f != CLIENT_MESSAGE or raw[1] != 8:
            continue
        window, kind = raw[4:8], int.from_bytes(raw[8:12], sys.byteorder)
        name = atom_name(kind)
        if name == "_NET_STARTUP_INFO_BEGIN":
            texts[window] = b""
        elif name != "_NET_STARTUP_INFO" or window not in texts:
            continue
        texts[window] += raw[12:]
        if b"\0" in texts[window]:
            heard.write(texts.pop(window).split(b"\0")[0] + b"\n")
