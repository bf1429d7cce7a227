#!/usr/bin/python3
"""liar.py: a FUSE file system that says its files are another user's, or hangs.

liar.py FOLDER BACKING OWNER CLAIMED [--private] [--silent] [--broken]
        [--stuck=SOCKET --for=SECONDS]

Mounts itself on FOLDER as fusermount3 would for uid OWNER, who then serves
it: the files of BACKING, each said to be uid CLAIMED's, without group or other
write.  --private: without allow_other.  --silent: answers nothing but the
mount itself, forever.  --broken: what was mounted as a folder is a file.
--stuck: the close of a file is not answered, and appends "PID stuck" to
$GUEST_LOG; each client of SOCKET, which exists when all is ready, gets
FOLDER/file, open (tests/guests/stuck.c).  It exits after SECONDS, or with its
parent, and so does every wait for it.
Prints a line when it is mounted.  Speaks the protocol of <linux/fuse.h>
itself, so no library and no helper is needed.
"""
import ctypes
import errno
import os
import signal
import socket
import stat
import struct
import sys
import time

folder, backing, owner, claimed = sys.argv[1:5]
flags = sys.argv[5:]
stuck, seconds = ([f.partition('=')[2] for f in flags if f.startswith(o)]
                  for o in ('--stuck=', '--for='))
claimed = int(claimed)
paths = {1: backing}
numbers = {}


def node(path):
    st = os.lstat(path)
    n = numbers.setdefault((st.st_dev, st.st_ino), len(numbers) + 2)
    if path == backing:
        n = 1
    paths[n] = path
    return n, st


def attr(n, st):
    mode = st.st_mode & ~0o022
    if n == 1 and '--broken' in flags:
        mode = stat.S_IFREG | 0o700
    return struct.pack('<6Q10I', n, st.st_size, st.st_blocks, 0, 0, 0, 0, 0, 0,
                       mode, st.st_nlink, claimed, claimed, 0, 4096, 0)


def entry(path):
    n, st = node(path)
    return struct.pack('<4Q2I', n, 0, 0, 0, 0, 0) + attr(n, st)


def attributes(path):
    return struct.pack('<Q2I', 0, 0, 0) + attr(*node(path))


OPENED = struct.pack('<QII', 0, 0, 0)


def words(data):
    return [w.decode() for w in data.split(b'\0')[:-1]]


def change(path, data):
    valid, _, _, size = struct.unpack_from('<IIQQ', data)
    if valid & 1:
        os.chmod(path, stat.S_IMODE(struct.unpack_from('<I', data, 68)[0]))
    if valid & 8:
        os.truncate(path, size)
    return attributes(path)


def read(path, data):
    _, at, size = struct.unpack_from('<QQI', data)
    with open(path, 'rb') as f:
        f.seek(at)
        return f.read(size)


def write(path, data):
    _, at, size = struct.unpack_from('<QQI', data)
    fd = os.open(path, os.O_WRONLY)
    os.pwrite(fd, data[40:40 + size], at)
    os.close(fd)
    return struct.pack('<II', size, 0)


def listing(path, data):
    _, at, size = struct.unpack_from('<QQI', data)
    out = b''
    for i, name in enumerate(['.', '..'] + sorted(os.listdir(path))):
        raw = name.encode()
        one = struct.pack('<QQII', i + 1, i + 1, len(raw), 0) + raw
        one += bytes(-len(one) % 8)
        if i >= at and len(out) + len(one) <= size:
            out += one
    return out


def make(path, data, head, how):
    name = words(data[head:])[0]
    how(f'{path}/{name}', struct.unpack_from('<I', data)[0])
    return entry(f'{path}/{name}')


def create(path, data):
    mode = struct.unpack_from('<I', data, 4)[0] | 0o600
    return make(path, data, 16, lambda new, _: os.close(
        os.open(new, os.O_CREAT | os.O_WRONLY, mode))) + OPENED


def answer(op, path, data):
    match op:
        case 1:
            return entry(f'{path}/{words(data)[0]}')
        case 3:
            return attributes(path)
        case 4:
            return change(path, data)
        case 8:
            return make(path, data, 16, os.mknod)
        case 9:
            return make(path, data, 8, os.mkdir)
        case 10 | 11:
            (os.unlink if op == 10 else os.rmdir)(f'{path}/{words(data)[0]}')
            return b''
        case 12 | 45:
            old, new = words(data[8 if op == 12 else 16:])
            to = paths[struct.unpack_from('<Q', data)[0]]
            os.rename(f'{path}/{old}', f'{to}/{new}')
            return b''
        case 14 | 27:
            return OPENED
        case 15:
            return read(path, data)
        case 16:
            return write(path, data)
        case 17:
            return struct.pack('<5Q4I6I', *[9999] * 5, 4096, 255, 4096, *[0] * 7)
        case 18 | 29:
            return b''
        case 26:
            return struct.pack('<4IHHIIHHI7I', 7, 31, 65536, 0, 16, 12, 65536,
                               1, 0, 0, 0, *[0] * 7)
        case 28:
            return listing(path, data)
        case 35:
            return create(path, data)
    raise OSError(errno.ENOSYS, '')


def sent(sock, fds):
    try:
        return socket.send_fds(sock, [b'x'], fds)
    except OSError as e:  # others of the user may have too many on their way
        if e.errno != errno.ETOOMANYREFS:
            raise
    return 0


def files_open():
    """Never in the server, which would wait for itself; none is closed here."""
    server, files = socket.socket(socket.AF_UNIX), []
    server.bind(stuck[0] + '.new')
    server.listen(64)
    os.chmod(stuck[0] + '.new', 0o666)
    os.rename(stuck[0] + '.new', stuck[0])
    while True:
        with server.accept()[0] as one:
            files.append(os.open(f'{folder}/file', os.O_RDONLY))
            while not sent(one, files[-1:]):
                time.sleep(0.01)


dev = os.open(stuck and os.environ.get('FUSE_DEVICE') or '/dev/fuse', os.O_RDWR)
libc = ctypes.CDLL(None, use_errno=True)
options = f'fd={dev},rootmode=40000,user_id={owner},group_id={owner}'
if '--private' not in flags:
    options += ',allow_other'
if libc.mount(b'liar', folder.encode(), b'fuse', 6, options.encode()) < 0:
    sys.exit(f'liar.py: {folder}: {os.strerror(ctypes.get_errno())}')
if int(owner):
    os.setgroups([])
    os.setresgid(int(owner), int(owner), int(owner))
    os.setresuid(int(owner), int(owner), int(owner))
os.umask(0)
opener = -1
if stuck:
    libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    signal.alarm(int(seconds[0]))
    opener = os.fork()
    if opener == 0:
        libc.prctl(1, signal.SIGKILL)
        os.close(dev)
        files_open()
print('mounted', flush=True)
while True:
    try:
        request = os.read(dev, 1 << 20)
    except OSError as e:
        if e.errno in (errno.ENOENT, errno.EINTR):
            continue
        sys.exit(0)
    _, op, unique, number, _, _, pid = struct.unpack_from('<IIQQ3I', request)
    if op in (2, 42) or '--silent' in flags and op != 26:
        continue
    if stuck and op == 25 and pid != opener:
        with open(os.environ.get('GUEST_LOG', '/dev/null'), 'a') as log:
            log.write(f'{pid} stuck\n')
        continue
    try:
        error, body = 0, answer(op, paths.get(number, '/nowhere'), request[40:])
    except OSError as e:
        error, body = e.errno, b''
    try:
        os.write(dev, struct.pack('<IiQ', 16 + len(body), -error, unique) + body)
    except OSError:
        pass
