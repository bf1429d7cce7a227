/*
 * evidence.c: whether a second start of the program would hand over to the
 * running one.
 *
 * Nothing is started to find that out, and the program is not asked.  A second
 * start that hands over finds the first by something with a fixed name: a name
 * on the session bus, a Unix socket on which it listens, or shared memory with a key.
 * The bus tells which process owns a name, the kernel which one has the others.
 *
 * Three answers: THERE, NONE, and UNKNOWN where bus or kernel did not tell
 * everything.  An error is never NONE.
 */
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/look.h"
#include "cli/base/number.h"
#include "cli/base/ours.h"
#include "cli/base/proc.h"
#include "cli/windows/windows.h"

enum { OWNERS = 16, MAPS_LIMIT = 4 << 20, LINE_LIMIT = 1 << 20 };

/*
 * Which processes count: the instance itself; if that is only a launcher, such
 * as a script, the processes below it in its process group.
 *
 * What a program with windows has started is another program: a terminal's
 * editor, a file manager's viewer.
 */

/* Whether a process has loaded no library that talks to a display. false if we
 * may not read it: it protects secrets, and scripts do not.  *unread: it cannot
 * be read now. */
static bool
is_launcher(pid_t pid, bool *unread)
{
	struct buf b = { 0 };
	bool has = look_file(pid, "maps", &b, MAPS_LIMIT) < 0;

	*unread |= has && errno != EACCES && errno != EPERM;
	has = has || proc_maps_display(b.at, b.len);
	buf_free(&b);
	return !has;
}

/* Add the children of a process in its process group to n pids.  How many there
 * are now. */
static size_t
children_add(pid_t pid, pid_t *pids, size_t n, size_t cap)
{
	pid_t children[OWNERS];
	size_t found = proc_children(pid, children, OWNERS);
	struct proc parent, child;

	if (proc_read(pid, &parent) < 0)
		return n;
	for (size_t k = 0; k < found && n < cap; k++) {
		if (proc_read(children[k], &child) == 0 &&
		    child.group == parent.group)
			pids[n++] = children[k];
	}
	return n;
}

size_t
evidence_owners(const struct instance *i, pid_t *pids, size_t cap,
    bool *unread)
{
	bool ignored = false;
	size_t n = 0;

	for (size_t k = 0; k < i->npids && n < cap; k++)
		pids[n++] = i->pids[k];
	look_begin();
	for (size_t k = 0; k < n && n < cap; k++) {
		if (is_launcher(pids[k], unread ? unread : &ignored))
			n = children_add(pids[k], pids, n, cap);
	}
	look_end();
	return n;
}

/*
 * Names that are no evidence.
 *
 * Those of a role: programs of many kinds have them, and no second start looks
 * for the first by them.  Those that contain the pid: a second start cannot know
 * it.
 */

static const char *const bus_roles[] = {
	"org.mpris.MediaPlayer2.*", /* remote controls: each player has one */
	"*StatusNotifier*", "org.ayatana.*", /* icons in a tray, and the tray */
	"com.canonical.AppMenu.*", "com.canonical.Unity*", /* menus */
	"org.a11y.*", "ca.desrt.dconf", "org.gtk.vfs.*", "org.gtk.Settings",
	/* File managers: dolphin shows folders by this, but starts each time. */
	"org.freedesktop.FileManager1",
	"org.freedesktop.Notifications", "org.gtk.Notifications",
	"*.ScreenSaver", "*.screensaver", "org.freedesktop.PowerManagement*",
	"org.freedesktop.secrets", "org.gnome.keyring*", "org.kde.kwalletd*",
	"org.freedesktop.portal.*", "org.freedesktop.impl.portal.*",
	"org.freedesktop.thumbnails.*", "org.freedesktop.Tracker*",
	"org.freedesktop.IBus*", "org.fcitx.*", "org.freedesktop.Telepathy.*",
	"org.freedesktop.systemd1", "org.gnome.SessionManager", "org.bluez.*",
	"org.kde.kuiserver", "org.kde.JobViewServer", "org.kde.kglobalaccel",
	/* Sound: a device is reserved, a server found. */
	"org.freedesktop.ReserveDevice1.*", "org.pulseaudio.*",
	"org.PulseAudio*", "org.jackaudio.*",
	"com.github.chjj.compton.*", /* picom: for tools that steer it */
};

static const char *const socket_roles[] = {
	"*/.X11-unix/*", "*/.ICE-unix/*", "*/wayland-[0-9]*", /* displays */
	"*/at-spi2-*/socket", /* accessibility: each program with GTK */
	"*/dbus-*", /* two programs that have met elsewhere */
	"*kioworker.socket", "*slave-socket", /* workers of KIO */
	"*/emacs*/server", /* only emacsclient asks */
	"*/discord-ipc-*", "*/pulse/native", "*/pipewire-*", /* services */
	"*/agent.*", "*/S.gpg-agent*", "*/keyring/*", "*/tmux-*/*",
};

static bool
is_role(const char *name, const char *const *roles, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		if (fnmatch(roles[k], name, 0) == 0)
			return true;
	}
	return false;
}

/* Whether name contains n as a number of its own. */
static bool
has_number(const char *name, pid_t n)
{
	char digits[24];
	size_t len;

	text_join(digits, sizeof(digits), TEXT_NUM(n), NULL);
	for (; n > 0 && *name; name += len ? len : 1) {
		len = strspn(name, "0123456789");
		if (len && len == strlen(digits) && !memcmp(name, digits, len))
			return true;
	}
	return false;
}

/* The name of a socket behind "/run/user/UID", which may be equal to a pid. */
static const char *
name_own(const char *name)
{
	static const char before[] = "/run/user/";

	return strncmp(name, before, sizeof(before) - 1) == 0 ?
	    name + strcspn(name + sizeof(before) - 1, "/") +
	    sizeof(before) - 1 : name;
}

/* Whether name contains the pid of a process, as we see it, or as the process
 * does, in a pid namespace of its own. */
static bool
has_pid(const char *name, pid_t pid)
{
	char status[PROC_STATUS];

	return has_number(name, pid) || (proc_text(pid, status) > 0 &&
	    has_number(name, proc_inner(status)));
}

/* A name that the kernel has chosen (unix(7), autobind): 5 hex digits. */
static bool
is_autobind(const char *name)
{
	return *name == '@' && strlen(name) == 6 &&
	    strspn(name + 1, "0123456789abcdef") == 5;
}

/* What is searched for, and what is found. */
struct search {
	pid_t owners[OWNERS];
	size_t n;
	struct text *what;
	bool there, unknown;
	long long deadline;

	/* Of the process whose sockets are looked for: */
	pid_t pid;
	struct buf inodes, parents; /* of its sockets; of its parent's */
};

static bool
is_owner(const struct search *s, pid_t pid)
{
	for (size_t k = 0; k < s->n; k++) {
		if (s->owners[k] == pid)
			return true;
	}
	return false;
}

/* Note what was found, escaped, between two words. */
static void
found(struct search *s, const char *before, const char *name,
    const char *after)
{
	text_add(s->what, before);
	text_show(s->what, name, strlen(name));
	text_add(s->what, after);
	s->there = true;
}

/* Whether the errno of sdbus_open says that there is no bus here for a second
 * start to ask. */
static bool
is_busless(int err)
{
	return err == ENOENT || err == ECONNREFUSED || err == EINVAL ||
	    err == EACCES || err == EPERM;
}

static void
bus_search(struct search *s)
{
	sd_bus_message *list;
	struct sdbus bus;
	const char *name;
	int more = -1;
	pid_t pid;

	if (sdbus_open(&bus, clock_half(s->deadline)) < 0) {
		s->unknown |= !is_busless(errno);
		return;
	}
	list = sdbus_knows(&bus) ? sdbus_names(&bus) : NULL;
	while (list && !s->there &&
	    (more = sdbus_name(&bus, list, &name, &pid)) > 0) {
		s->unknown |= pid < 0;
		if (pid > 0 && is_owner(s, pid) && !has_pid(name, pid) &&
		    !is_role(name, bus_roles,
		    sizeof(bus_roles) / sizeof(*bus_roles)))
			found(s, "", name, " on the session bus");
	}
	s->unknown |= more < 0;
	bus.message_unref(list);
	sdbus_close(&bus);
}

/* Whether a socket's name is on the command line of its process: it was named by
 * the user, for other programs.  A second start does not know it. */
static bool
is_given(struct search *s, const char *name)
{
	struct buf line = { 0 };
	bool given = false;

	name += *name == '@';
	if (look_file(s->pid, "cmdline", &line, LINE_LIMIT) < 0)
		s->unknown = given = true;
	else if (line.len)
		given = memmem(line.at, line.len, name, strlen(name));
	buf_free(&line);
	return given;
}

static void
listener_take(void *into, const struct unix_socket *socket)
{
	struct search *s = into;
	const char *name = socket->name;

	if (s->there || !*name ||
	    !look_inodes_have(&s->inodes, socket->inode) ||
	    look_inodes_have(&s->parents, socket->inode) || is_autobind(name) ||
	    has_pid(name_own(name), s->pid) ||
	    is_role(name, socket_roles,
	    sizeof(socket_roles) / sizeof(*socket_roles)) ||
	    is_given(s, name))
		return;
	found(s, "the socket ", name, "");
}

/* Whether a process sees the sockets that we see. */
static bool
is_same_net(pid_t pid)
{
	struct stat its, own;

	return look_stat(pid, "ns/net", &its) == 0 &&
	    look_stat(getpid(), "ns/net", &own) == 0 &&
	    its.st_dev == own.st_dev && its.st_ino == own.st_ino;
}

/* The sockets on which a process of the instance listens, but those that it has
 * inherited: a launcher's are looked at there. */
static void
sockets_search(struct search *s, pid_t pid)
{
	struct proc p;

	s->pid = pid;
	s->inodes.len = s->parents.len = 0;
	if (look_sockets(pid, &s->inodes) < 0 || proc_read(pid, &p) < 0 ||
	    !is_same_net(pid)) {
		s->unknown = true;
		return;
	}
	if (!s->inodes.len)
		return;
	/* If the parent is another user's, so are its sockets. */
	if (p.parent && look_sockets(p.parent, &s->parents) < 0 &&
	    ours_unread(errno) < 0)
		s->unknown = true;
	else if (!sockets_listening(listener_take, s, s->deadline))
		s->unknown = true;
}

/* Whether a process has mapped shared memory (sysvipc(7)) with a key of
 * QSharedMemory: its first byte is 'Q', and the others come from a file with
 * the name that the program chose. Memory without a key, or of other libraries,
 * holds data. */
static void
memory_search(struct search *s, pid_t pid)
{
	static const char name[] = "/SYSV51";
	struct buf maps = { 0 };
	char key[sizeof("/SYSV") + 8] = "";
	const char *at;

	if (look_file(pid, "maps", &maps, MAPS_LIMIT) < 0) {
		s->unknown = true;
	} else if (maps.len && (at = memmem(maps.at, maps.len, name,
	    sizeof(name) - 1)) && at + sizeof(key) <= maps.at + maps.len) {
		memcpy(key, at, sizeof(key) - 1);
		found(s, "the shared memory ", key, "");
	}
	buf_free(&maps);
}

enum evidence
evidence_look(const struct instance *i, struct text *what, long long deadline)
{
	struct search s = { .what = what, .deadline = deadline };

	look_begin();
	s.n = evidence_owners(i, s.owners, OWNERS, &s.unknown);
	bus_search(&s);
	for (size_t k = 0; k < s.n && !s.there; k++)
		sockets_search(&s, s.owners[k]);
	for (size_t k = 0; k < s.n && !s.there; k++)
		memory_search(&s, s.owners[k]);
	look_end();
	buf_free(&s.inodes);
	buf_free(&s.parents);
	return s.there ? EVIDENCE_THERE :
	    s.unknown ? EVIDENCE_UNKNOWN : EVIDENCE_NONE;
}
