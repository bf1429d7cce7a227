#!/usr/bin/python3
# compositor.py: as much of a compositor as a window needs, which checks each byte
# that it gets.
#
#	compositor.py SOCKET LOG [WITHOUT...]
#
# LOG has a line for each thing that matters: "shown N TITLE", "activate N TOKEN
# TITLE", "end N"; and "error N WHAT" if a client N (from 1) has broken the
# protocol: a request to an object that does not exist, a length that does not
# fit, a picture without its descriptor.  WITHOUT: globals that it lacks; "torn":
# it sends everything, and pings without end, a few bytes at a time.
import os, selectors, socket, struct, sys

path, log = sys.argv[1:3]
TORN = 44 if "torn" in sys.argv else 0
GLOBALS = [g for g in ("wl_compositor", "wl_shm", "xdg_wm_base",
                       "xdg_activation_v1") if g not in sys.argv[3:]]
log = open(log, "a", buffering=1)
chooser = selectors.DefaultSelector()


class Bad(Exception):
    pass


def take(data, kinds):
    values, at = [], 0
    for kind in kinds:
        if kind == "s":
            (n,) = struct.unpack_from("=I", data, at)
            at += 4
            text = data[at:at + n]
            if len(text) != n or n == 0 or text[-1] != 0:
                raise Bad("string")
            values.append(text[:-1].decode())
            at += (n + 3) & ~3
        else:
            values.append(struct.unpack_from("=I", data, at)[0])
            at += 4
    if at != len(data):
        raise Bad("length %d for %s" % (len(data), kinds))
    return values


# interface: {opcode: (arguments, what the first one is)}
REQUESTS = {
    "wl_display": {0: ("u", "wl_callback"), 1: ("u", "wl_registry")},
    "wl_registry": {0: ("usuu", None)},
    "wl_compositor": {0: ("u", "wl_surface")},
    "wl_shm": {0: ("uu", "wl_shm_pool")},
    "wl_shm_pool": {0: ("uuuuuu", "wl_buffer"), 1: ("", None),
                    2: ("u", None)},
    "wl_buffer": {0: ("", None)},
    "wl_surface": {0: ("", None), 1: ("uuu", None), 2: ("uuuu", None),
                   3: ("u", "wl_callback"), 4: ("u", None), 5: ("u", None),
                   6: ("", None)},
    "xdg_wm_base": {0: ("", None), 2: ("uu", "xdg_surface"), 3: ("u", None)},
    "xdg_surface": {0: ("", None), 1: ("u", "xdg_toplevel"),
                    3: ("uuuu", None), 4: ("u", None)},
    "xdg_toplevel": {0: ("", None), 1: ("u", None), 2: ("s", None),
                     3: ("s", None)},
    "xdg_activation_v1": {0: ("", None), 2: ("su", None)},
}
DESTROYED = {"wl_shm_pool": 1}  # the opcode that does; else 0
LASTING = {"wl_display", "wl_registry", "wl_compositor", "wl_shm"}


class Client:
    count = 0

    def __init__(self, sock):
        Client.count += 1
        self.n = Client.count
        self.sock = sock
        self.data = self.out = b""
        self.fds = 0
        self.objects = {1: "wl_display"}
        self.surface_of = {}  # of an xdg_surface, and of an xdg_toplevel
        self.title = {}
        self.configured = set()
        self.shown = set()
        self.attached = set()
        self.roles = {}  # of a surface: its xdg_surface

    def say(self, what, *rest):
        print(what, self.n, *rest, file=log)

    def event(self, id, opcode, data=b""):
        event = struct.pack("=IHH", id, opcode, 8 + len(data)) + data
        if TORN:
            self.out += event
        else:
            self.sock.sendall(event)

    def tear(self):
        if not self.out and self.shown:
            base = [o for o, k in self.objects.items() if k == "xdg_wm_base"]
            self.event(base[0], 0, struct.pack("=I", 1))
        self.sock.sendall(self.out[:TORN])
        self.out = self.out[TORN:]

    def read(self):
        try:
            data, fds, _, _ = socket.recv_fds(self.sock, 65536, 28)
        except ConnectionError:
            data, fds = b"", []
        self.fds += len(fds)
        for fd in fds:
            os.close(fd)
        if not data:
            if self.data:
                self.say("error", "ends in the middle of a request")
            raise EOFError
        self.data += data
        while len(self.data) >= 8:
            id, opcode, size = struct.unpack_from("=IHH", self.data)
            if size < 8 or size % 4:
                raise Bad("a request of %d bytes" % size)
            if len(self.data) < size:
                break
            body, self.data = self.data[8:size], self.data[size:]
            self.request(id, opcode, body)

    def request(self, id, opcode, body):
        kind = self.objects.get(id)
        if kind is None or opcode not in REQUESTS[kind]:
            raise Bad("request %d of %d, %s" % (opcode, id, kind))
        kinds, makes = REQUESTS[kind][opcode]
        args = take(body, kinds)
        if makes:
            if args[0] in self.objects:
                raise Bad("number %d is taken" % args[0])
            self.objects[args[0]] = makes
        if kind not in LASTING and opcode == DESTROYED.get(kind, 0):
            self.destroy(id, kind)
        else:
            getattr(self, "on_%s_%d" % (kind, opcode), lambda *_: None)(id, *args)

    def destroy(self, id, kind):
        if kind in ("wl_surface", "xdg_surface", "xdg_toplevel"):
            for seen in self.shown, self.configured:
                seen.discard(self.surface_of.get(id, id))
        del self.objects[id]
        self.event(1, 1, struct.pack("=I", id))

    def on_wl_display_0(self, id, callback):
        self.event(callback, 0, struct.pack("=I", 0))
        del self.objects[callback]
        self.event(1, 1, struct.pack("=I", callback))

    def on_wl_display_1(self, id, registry):
        for n, name in enumerate(GLOBALS):
            text = name.encode() + b"\0"
            self.event(registry, 0, struct.pack("=II", n + 1, len(text)) +
                       text.ljust((len(text) + 3) & ~3, b"\0") +
                       struct.pack("=I", 1))

    def on_wl_registry_0(self, id, name, interface, version, new):
        if interface not in GLOBALS or new in self.objects:
            raise Bad("bind of %s as %d" % (interface, new))
        self.objects[new] = interface

    def on_wl_shm_0(self, id, pool, size):
        if not self.fds:
            raise Bad("a pool without a descriptor")
        self.fds -= 1

    def on_xdg_wm_base_2(self, id, new, surface):
        if self.objects.get(surface) != "wl_surface":
            raise Bad("no surface")
        self.surface_of[new] = surface
        self.roles[surface] = new

    def on_xdg_surface_1(self, id, new):
        self.surface_of[new] = self.surface_of[id]

    def on_xdg_surface_4(self, id, serial):
        self.configured.add(self.surface_of[id])

    def on_xdg_toplevel_2(self, id, title):
        self.title[self.surface_of[id]] = title

    def on_wl_surface_1(self, id, buffer, x, y):
        (self.attached.add if buffer else self.attached.discard)(id)

    def on_wl_surface_6(self, id):
        if id not in self.roles:
            return
        if id not in self.attached:
            self.shown.discard(id)
            for top in [o for o, s in self.surface_of.items() if s == id and
                        self.objects.get(o) == "xdg_toplevel"][-1:]:
                self.event(top, 0, struct.pack("=III", 0, 0, 0))
                self.event(self.roles[id], 0, struct.pack("=I", 1))
        elif id not in self.shown:
            if id not in self.configured:
                raise Bad("shown before it is configured")
            self.shown.add(id)
            self.say("shown", self.title.get(id, "-"))

    def on_xdg_activation_v1_2(self, id, token, surface):
        if self.objects.get(surface) != "wl_surface":
            raise Bad("activation of %d" % surface)
        self.say("activate", token, self.title.get(surface, "-"))


def serve(client, readable=True):
    try:
        client.read() if readable else client.tear()
        return
    except (EOFError, ConnectionError):
        client.say("end")
    except Bad as e:
        client.say("error", e)
    except (OSError, struct.error) as e:
        client.say("error", repr(e))
    chooser.unregister(client.sock)
    client.sock.close()


listener = socket.socket(socket.AF_UNIX)
listener.bind(path + ".new")
listener.listen(16)
os.rename(path + ".new", path)
chooser.register(listener, selectors.EVENT_READ)
while True:
    for key, _ in chooser.select(0.002 if TORN else None):
        if key.fileobj is listener:
            sock, _ = listener.accept()
            chooser.register(sock, selectors.EVENT_READ, Client(sock))
        else:
            serve(key.data)
    for key in list(chooser.get_map().values()) if TORN else ():
        if key.data:
            serve(key.data, False)
