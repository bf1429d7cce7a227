"""kwin-picture.py FILE: what KWin shows, as a PNG, for kwin.bash."""
import os
import struct
import sys
import zlib

import dbus

NAME = "org.kde.KWin"
OBJECT = dbus.SessionBus().get_object(NAME, "/org/kde/KWin/ScreenShot2")
END, START = os.pipe()
WHAT = dbus.Interface(OBJECT, "org.kde.KWin.ScreenShot2").CaptureWorkspace(
    {}, dbus.types.UnixFd(START))
os.close(START)
with os.fdopen(END, "rb") as pixels:
    RAW = pixels.read()
WIDTH, HEIGHT, STRIDE = (int(WHAT[k]) for k in ("width", "height", "stride"))


def chunk(kind, data):
    return (struct.pack(">I", len(data)) + kind + data +
            struct.pack(">I", zlib.crc32(kind + data)))


ROWS = bytearray()
for y in range(HEIGHT):
    row = bytearray(RAW[y * STRIDE:y * STRIDE + WIDTH * 4])
    row[0::4], row[2::4] = row[2::4], row[0::4]  # blue is first
    ROWS += b"\0" + row
with open(sys.argv[1], "wb") as out:
    out.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(
        ">IIBBBBB", WIDTH, HEIGHT, 8, 6, 0, 0, 0)) +
        chunk(b"IDAT", zlib.compress(bytes(ROWS))) + chunk(b"IEND", b""))
