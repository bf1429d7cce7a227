#!/usr/bin/python3
"""day.py: a day's use of desktop programs, and what their users got to see.

	day.py [-j DESKS] [-r ROUNDS] FOLDER [PROGRAM...]

Each program of lib/day.rows has an X server, openbox, a session bus and a state
root of its own, below FOLDER, a few programs side by side.  It is launched,
launched again from behind another window, closed as a window manager does and
launched so many milliseconds later, killed by SIGSEGV and launched, and given
documents.  The delays count in odd rounds from when it is asked to close, in even
ones from when its window has gone.

A launch is lost when it ended with 0, or what it started did, and the program
has no window: none comes, and no instance is left, or fifteen seconds have gone.
The cells of the table are lost launches and all, and the longest time until a
window was there to stay; what else was not as it should be is told too, and either
ends it with 1, but for a document that a program which begins, or ends, does not
show, and for a program that met itself while it ended, and failed.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import zlib

from Xlib import X, display, error
from Xlib.protocol import event

HERE = pathlib.Path(__file__).parent
DELAYS = 0, 50, 300, 1500
STEPS = 'first', 'behind', *DELAYS, 'crash', 'document'
INTERPRETERS = 'python3', 'wish', 'java'
PATIENCE = 30
NOT_SHOWN = 'not shown: '
REFUSED = 'its program refused: '
WINDOWLESS = 15
# No services: nothing that others have begun is on it.
BUS = '''<busconfig><type>session</type><listen>unix:dir=%s</listen>
    <policy context="default"><allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/><allow own="*"/></policy></busconfig>'''
PROGRAMS = {
    'saves.tcl': '''
        wm protocol . WM_DELETE_WINDOW {wm withdraw .; after 3000 exit}''',
    'gtk4.py': '''
import gi
gi.require_version('Gtk', '4.0')
from gi.repository import GLib, Gtk
Gtk.init()
loop = GLib.MainLoop()
window = Gtk.Window(title='gtk4')
window.connect('close-request', lambda _: loop.quit())
window.present()
loop.run()''',
    'Swing.java': '''
        public class Swing {
            public static void main(String[] args) {
                var frame = new javax.swing.JFrame("Swing");
                frame.setDefaultCloseOperation(javax.swing.JFrame.EXIT_ON_CLOSE);
                frame.setSize(200, 100);
                frame.setVisible(true);
            }
        }''',
}


def pdf():
    """A page with nothing on it."""
    objects = (b'<</Type/Catalog/Pages 2 0 R>>',
               b'<</Type/Pages/Kids[3 0 R]/Count 1>>',
               b'<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>')
    text, table = b'%PDF-1.4\n', b'0000000000 65535 f \n'
    for n, what in enumerate(objects, 1):
        table += b'%010d 00000 n \n' % len(text)
        text += b'%d 0 obj%sendobj\n' % (n, what)
    return text + (b'xref\n0 4\n%strailer<</Size 4/Root 1 0 R>>\nstartxref\n%d\n'
                   b'%%%%EOF\n' % (table, len(text)))


def png():
    """Sixteen white dots."""
    text = b'\x89PNG\r\n\x1a\n'
    for name, data in ((b'IHDR', b'\0\0\0\4\0\0\0\4\x08\0\0\0\0'),
                       (b'IDAT', zlib.compress(b'\0\xff\xff\xff\xff' * 4)),
                       (b'IEND', b'')):
        text += (len(data).to_bytes(4, 'big') + name + data +
                 zlib.crc32(name + data).to_bytes(4, 'big'))
    return text


def until(what, seconds=PATIENCE):
    """What it returns, once that is true; the last of it when time is up."""
    end = time.monotonic() + seconds
    while not (result := what()) and time.monotonic() < end:
        time.sleep(0.02)
    return result


class Desk:
    """A display, and what is seen on it."""

    def __init__(self, home):
        self.home = home
        self.servers = []
        home.mkdir()
        for name in 'runtime', 'log', 'tmp', 'state':
            (home / name).mkdir(mode=0o700)
        (home / 'bus.conf').write_text(BUS % (home / 'runtime'))
        (home / 'rc.xml').write_text('<openbox_config/>')
        self.env = os.environ | {
            'HOME': str(home), 'TMPDIR': str(home / 'tmp'),
            'XDG_RUNTIME_DIR': str(home / 'runtime'),
            'ONLYONE_DIR': str(home / 'state'), 'CLASSPATH': str(home.parent),
            'LC_ALL': 'C.UTF-8', 'GSETTINGS_BACKEND': 'memory',
            'GDK_BACKEND': 'x11', 'QT_QPA_PLATFORM': 'xcb', 'NO_AT_BRIDGE': '1',
            'GTK_A11Y': 'none', 'GSK_RENDERER': 'cairo',
            'LIBGL_ALWAYS_SOFTWARE': '1'}
        self.env['DBUS_SESSION_BUS_ADDRESS'] = self.serve(
            'dbus-daemon', f'--config-file={home}/bus.conf', '--print-address')
        self.env['DISPLAY'] = ':' + self.serve(
            'Xvfb', '-displayfd', '1', '-screen', '0', '800x600x24', '-nolisten',
            'tcp', '-noreset')
        self.x = display.Display(self.env['DISPLAY'])
        self.root = self.x.screen().root
        self.serve('openbox', '--config-file', f'{home}/rc.xml', says=False)
        until(lambda: self.values(self.root, '_NET_SUPPORTING_WM_CHECK'))
        self.cover = self.root.create_window(0, 0, 300, 200, 0, X.CopyFromParent)
        self.cover.set_wm_name('cover')
        if not until(lambda: self.managed(self.cover)):
            raise RuntimeError('no window is managed')

    def serve(self, *command, says=True):
        """Begin a server, which may say where it is."""
        server = subprocess.Popen(
            command, env=self.env, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE if says else subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        self.servers.append(server)
        return server.stdout.readline().strip() if says else ''

    def values(self, window, name):
        """What a property has; a window may be just gone."""
        try:
            found = window.get_full_property(self.x.intern_atom(name),
                                             X.AnyPropertyType)
        except error.XError:
            found = None
        return found.value if found else ()

    def stack(self):
        """The windows that are managed, the topmost last."""
        return list(self.values(self.root, '_NET_CLIENT_LIST_STACKING'))

    def managed(self, window):
        window.unmap()
        window.map()
        self.x.flush()
        return until(lambda: window.id in self.stack(), 2)

    def windows(self):
        """Those of the program."""
        return [w for w in self.stack() if w != self.cover.id]

    def titles(self):
        return [bytes(self.values(self.x.create_resource_object('window', w),
                                  '_NET_WM_NAME') or b'').decode('utf-8', 'replace')
                for w in self.windows()]

    def in_front(self, windows):
        active = list(self.values(self.root, '_NET_ACTIVE_WINDOW'))[:1]
        return active == self.stack()[-1:] and bool(set(active) & set(windows))

    def ask(self, window, name, *data):
        """Ask the window manager for something."""
        data = (*data, 0, 0, 0, 0, 0)[:5]
        self.root.send_event(
            event.ClientMessage(window=window, data=(32, data),
                                client_type=self.x.intern_atom(name)),
            event_mask=X.SubstructureRedirectMask | X.SubstructureNotifyMask)
        self.x.flush()

    def covered(self):
        """The other window is in front."""
        def covers():
            if self.in_front([self.cover.id]):
                return True
            self.ask(self.cover.id, '_NET_ACTIVE_WINDOW', 2)
            time.sleep(0.05)
            return False
        return until(covers)

    def ctl(self, *args):
        return subprocess.run(['onlyonectl', *args], env=self.env, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=60, check=False).stdout

    def pids(self):
        return [i['pid'] for i in json.loads(self.ctl('list', '--json') or '[]')]

    def end(self):
        for pid in self.pids():
            os.kill(pid, signal.SIGKILL)
        for server in reversed(self.servers):
            server.terminate()
            server.wait()


class Program:
    """A row, and the day with it."""

    def __init__(self, line):
        _, self.toolkit, self.kind, self.how, *self.command = line.split()
        self.name = next(name for word in self.command
                         if (name := os.path.basename(word)) not in INTERPRETERS)
        self.counts = collections.Counter()
        self.lost = collections.Counter()
        self.faults = []
        self.documents = 0
        self.slowest = 0, ''

    def argv(self, document):
        words = {'rule': [], 'plain': ['onlyone', '-v'], 'doc': ['onlyone', '-v', '-d']}
        return (words.get(self.how, ['onlyone', '-v', f'--on-activate={self.how}']) +
                self.command + ([document] if document else []))

    def launch(self, step, document=None):
        """One launch, and what became of it: the program's windows."""
        if self.how == 'doc':
            document = 'one.' + self.kind
        before = self.desk.windows()
        env = self.desk.env
        if self.how == 'rule':
            env = env | {'ONLYONE_ENFORCE': self.command[0],
                         'LD_PRELOAD': os.environ['BUILD'] + '/libonlyone.so'}
        self.counts[step] += 1
        log = self.desk.home / 'log' / f'{sum(self.counts.values())}.{step}'
        with open(log, 'wb') as file:
            begun = time.monotonic()
            process = subprocess.Popen(self.argv(document), env=env, stderr=file,
                                       stdout=file, stdin=subprocess.DEVNULL,
                                       cwd=self.desk.home, start_new_session=True)
        # A desktop reaps at once what it has launched.
        threading.Thread(target=process.wait, daemon=True).start()
        windows = self.comes(process, before)
        took = time.monotonic() - begun
        self.slowest = max(self.slowest, (took, str(step)))
        if process.returncode not in (0, None):
            # A second process of the program itself says so if it met one that
            # was ending: its user is told, and nothing is lost in silence.
            self.fault(step, (REFUSED if self.how == 'self' else '') +
                       f'ended with {process.returncode}', log)
        elif not windows:
            self.lost[step] += 1
            left = 'it runs' if self.desk.pids() else 'nothing runs'
            self.fault(step, f'LOST after {took:.1f} s, {left}', log)
        elif document and self.how != 'doc' and not until(lambda: any(
                document.split('.')[0] in t for t in self.desk.titles()), WINDOWLESS):
            self.fault(step, f'{NOT_SHOWN}{document}: {self.desk.titles()}', log)
        return windows

    def comes(self, process, before):
        """The windows, when one is there to stay; none when that is hopeless."""
        end = time.monotonic() + WINDOWLESS
        none = shown = None
        while True:
            now = time.monotonic()
            windows = self.desk.windows()
            # What was there may be just closing.
            stays = 0.3 if set(windows) - set(before) else 1.5
            if windows != shown:
                shown, since = windows, now
            elif windows and now - since > stays:
                return windows
            if process.returncode is None:
                # It may become the program, or be waiting for one.
                if now > end + 2 * PATIENCE:
                    return windows
            elif windows or self.desk.pids():
                none = None
                if now > end:
                    return windows
            elif none is None:
                none = now
            elif now - none > 1:
                return windows
            time.sleep(0.05)

    def fault(self, step, what, log=None):
        text = log.read_text(errors='replace').strip().splitlines() if log else []
        self.faults.append(f'{self.name}, {self.how}: {step}: {what}' +
                           ''.join(f'\n    {line}' for line in text[-4:]))

    def closed(self, gone):
        """Its windows are asked to close, as a window manager's user does."""
        def asked():
            for window in self.desk.windows():
                self.desk.ask(window, '_NET_CLOSE_WINDOW', 0, 2)
            # One that begins may not hear it.
            return not gone or until(lambda: not self.desk.windows(), 5)
        if not until(asked):
            self.fault('close', f'stays: {self.desk.titles()}')

    def round(self, number):
        """What a user does with it; where documents are handed over, some of the
        launches after its end have one."""
        handed = self.kind != '-' and self.how != 'doc'
        if not self.desk.windows():
            self.launch('first')
        self.desk.covered()
        windows = self.launch('behind')
        if windows and not until(lambda: self.desk.in_front(self.desk.windows()), 10):
            self.fault('behind', 'it is not in front')
        for delay in DELAYS:
            self.closed(number % 2 == 0)
            time.sleep(delay / 1000)
            self.launch(delay, self.document() if handed and number % 4 > 1 else None)
        for pid in self.desk.pids():
            os.kill(pid, signal.SIGSEGV)
        self.launch('crash')
        if handed:
            self.desk.covered()
            self.launch('document', self.document())

    def document(self):
        self.documents += 1
        name = f'paper{self.documents}.{self.kind}'
        (self.desk.home / name).write_bytes(
            (self.desk.home / ('one.' + self.kind)).read_bytes())
        return name

    def day(self, folder, rounds):
        try:
            self.desk = Desk(folder / f'{self.name}.{self.how}')
            self.use(rounds)
        except Exception as e:  # The others' day goes on.
            self.fault('day', repr(e))

    def use(self, rounds):
        for name, text in (('one.txt', b'text\n'), ('one.pdf', pdf()),
                           ('one.png', png())):
            (self.desk.home / name).write_bytes(text)
        for name, text in PROGRAMS.items():
            (self.desk.home / name).write_text(text)
        try:
            for number in range(1, rounds + 1):
                self.round(number)
        finally:
            self.desk.end()

    def row(self):
        cells = (f'{self.lost[s]}/{self.counts[s]}' if self.counts[s] else '-'
                 for s in STEPS)
        return ' '.join((f'{self.name:18}{self.toolkit:6}{self.how:6}',
                         *(f'{c:>8}' for c in cells),
                         '{:6.1f} s, {}'.format(*self.slowest)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('-j', type=int, default=6)
    parser.add_argument('-r', type=int, default=3)
    parser.add_argument('folder', type=pathlib.Path)
    parser.add_argument('names', nargs='*')
    args = parser.parse_args()
    rows = (HERE / 'day.rows').read_text().splitlines()
    programs = [Program(row) for row in rows if not row.startswith('#')]
    programs = [p for p in programs if not args.names or p.name in args.names]
    (args.folder / 'Swing.java').write_text(PROGRAMS['Swing.java'])
    subprocess.run(['javac', 'Swing.java'], cwd=args.folder, check=True)
    with concurrent.futures.ThreadPoolExecutor(args.j) as pool:
        days = {pool.submit(p.day, args.folder, args.r): p for p in programs}
        for day in concurrent.futures.as_completed(days):
            day.result()
            print(days[day].row(), *days[day].faults, sep='\n', flush=True)
    head = ' ' * 30 + ' '.join(f'{s:>8}' for s in STEPS)
    print('', head + '  slowest', *(p.row() for p in programs), sep='\n| ')
    launches = sum(sum(p.counts.values()) for p in programs)
    lost = sum(sum(p.lost.values()) for p in programs)
    unread = sum(NOT_SHOWN in f for p in programs for f in p.faults)
    refused = sum(REFUSED in f for p in programs for f in p.faults)
    other = sum(len(p.faults) for p in programs) - lost - unread - refused
    print(f'| {len(set(p.name for p in programs))} programs, {launches} launches, '
          f'{lost} lost, {other} other faults, {unread} documents not shown, '
          f'{refused} refused by the program itself')
    sys.exit(bool(lost or other))


main()
