/*
 * follow.c: the owner's next image adopts too.
 *
 * LD_PRELOAD in the owner is clean, so an image it becomes by exec would not
 * load the shim, and the image lock would end with the old one.  When the
 * owner itself, or its heir, execs a program that loads the shim, our entry
 * goes back into the environment of that one exec.  Children, programs that
 * do not load it, and environments without ONLYONE_SLOT pass untouched; but the
 * window library, where there is one, goes on into children of the same
 * session (a program's window may be a child's), and the shim with it, as its
 * carrier: not of a session of their own, as a terminal's shell is.
 *
 * A vfork child shares the parent's memory and a fork of a threaded program
 * may hold any lock: nothing here allocates, locks, looks a symbol up or
 * writes anywhere but to its own stack.
 */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <time.h>

#include "preload/bytes.h"
#include "preload/contract.h"
#include "preload/elf.h"
#include "preload/entry.h"
#include "preload/follow.h"
#include "preload/image.h"
#include "preload/lock.h"
#include "preload/shim.h"
#include "preload/sys.h"

/* An environment of our making; on the stack unless it is large. */
struct made {
	char *vars[256];
	char value[1024];
	char slot[sizeof(ENV_SLOT) + PATH_MAX]; /* where it lies now */
	char lock[LOCK_ROOM];
	char entry[PATH_MAX]; /* of the other kind */
	void *mapped;
	size_t mapped_len;
};

/* The programs that load this very shim. */
#ifdef SHIM_32
static const enum elf ours = ELF_I386;
#else
static const enum elf ours = ELF_LOADS;
#endif

static const char *
slot_find(char *const *envp)
{
	for (; envp && *envp; envp++)
		if (bytes_begin(*envp, ENV_SLOT "="))
			return *envp + sizeof(ENV_SLOT);
	return NULL;
}

enum { MS = 1000000, GRACE_MS = 40 };

/* The clock ticks, of 10 ms, that a process has run; -1: it waits for
 * something, or that is not to be read. */
static long
ran(int pid)
{
	enum { UTIME = 14, STIME = 15 };
	char text[512] = "/proc/", *at, *end;
	long n, ticks = 0, value = 0;
	int fd, field = 2;

	at = text + bytes_len(text);
	n = (long)bytes_number(at, (unsigned int)pid);
	bytes_copy(at + n - 1, "/stat", sizeof("/stat"));
	fd = sys_open(AT_FDCWD, text, O_RDONLY);
	n = fd < 0 ? 0 : sys_read(fd, text, sizeof(text), 0);
	if (fd >= 0)
		sys_close(fd);
	end = text + (n > 0 ? n : 0);
	for (at = end; at > text && *at != ')'; at--)
		BYTES_LOOP();
	if (end - at < 3 || at[2] == 'S')
		return -1;
	for (; at < end && field <= STIME; at++) {
		BYTES_LOOP();
		if (*at == ' ') {
			if (field == UTIME || field == STIME)
				ticks += value;
			field++;
			value = 0;
		} else {
			value = value * 10 + *at - '0';
		}
	}
	return ticks;
}

/* Whether an owner ends as soon as it comes to that: it may have to wait for a
 * processor, or have been stopped. */
static bool
owner_ends(int owner)
{
	enum { TICKS = GRACE_MS / 10, ROUNDS = 50 };
	long before = ran(owner), now;

	for (int i = 0; i < ROUNDS; i++) {
		if (sys_ended(owner, GRACE_MS * MS))
			return true;
		now = ran(owner);
		if (now < 0 || (before >= 0 && now - before >= TICKS))
			return false;
	}
	return false;
}

/*
 * A copy of the owner in a session of its own whose parents have just ended,
 * or are about to, is a daemon that goes on by exec (start-stop-daemon): its
 * keeper is settling that, which takes milliseconds, and must find it mapping
 * the image.  Whether the slot is ours then.  An owner that lives on (a
 * terminal that starts a shell) costs its child the grace, once.
 *
 * Without a keeper nobody settles it: then too the next image adopts, and the
 * next launch finds it so.
 */
__attribute__((noinline)) static bool
settled(const char *slot, int pid)
{
	enum { LOOKS = 1000 };
	int owner, last = 0;
	char now[PATH_MAX];

	if (image_slot(shim.image, now, sizeof(now)))
		slot = now;
	for (int i = 0; i < LOOKS; i++) {
		owner = image_owner(slot);
		if (owner == pid)
			return true;
		if (!owner || (owner != last && !owner_ends(owner)))
			return false;
		last = owner;
		sys_sleep(MS);
	}
	return true;
}

/* Whether what gets this environment may be a client of a compositor. */
static bool
wayland(char *const *envp)
{
	for (; *envp; envp++)
		if (bytes_begin(*envp, "WAYLAND_DISPLAY=") ||
		    bytes_begin(*envp, "WAYLAND_SOCKET="))
			return true;
	return false;
}

unsigned int
follow_due(char *const *envp)
{
	bool follows = shim.owner && (shim.how & ENTRY_SHIM);
	const char *slot;
	int pid, session;

	if ((!follows && !(shim.how & ENTRY_WINDOW)) ||
	    !(slot = slot_find(envp)))
		return 0;
	pid = sys_pid();
	if (follows && shim.owner == pid)
		return shim.how;
	/* What stays in the owner's session is a child of it, or an heir that
	 * cannot be told from one: it is not followed. */
	session = (int)SYS1(SYS_getsid, 0);
	if (session == shim.session)
		return wayland(envp) ? shim.how & ENTRY_WINDOW : 0;
	return follows && session != shim.owner && settled(slot, pid) ?
	    shim.how : 0;
}

/* Execute it as it stands. */
static int
pass(const struct target *t, char *const *envp)
{
	long r;

	if (t->dir == AT_FDCWD && !t->flags) {
		if (shim.next.execve)
			return shim.next.execve(t->path, t->argv, envp);
		r = SYS3(SYS_execve, t->path, t->argv, envp);
	} else {
		if (shim.next.execveat)
			return shim.next.execveat(
			    t->dir, t->path, t->argv, envp, t->flags);
		r = SYS5(
		    SYS_execveat, t->dir, t->path, t->argv, envp, t->flags);
	}
	errno = (int)-r;
	return -1;
}

/* Where ONLYONE_SLOT stands, if the slot lies elsewhere now: m->slot says so
 * then.  Else SIZE_MAX. */
static size_t
moved(struct made *m, char *const *envp)
{
	size_t n, name = sizeof(ENV_SLOT);
	char *to;

	for (n = 0; envp[n] && !bytes_begin(envp[n], ENV_SLOT "="); n++)
		BYTES_LOOP();
	if (!envp[n] || image_owner(envp[n] + name) == sys_pid())
		return SIZE_MAX;
	to = bytes_copy(m->slot, ENV_SLOT "=", name);
	return image_slot(shim.image, to, PATH_MAX) ? n : SIZE_MAX;
}

/* The slot is another's by now (onlyonectl forget): it does not name us, and
 * the image that we map has no place.  That it names nobody may also mean that
 * its files have just been swept away, and are about to come back. */
static bool
forgotten(struct made *m, char *const *envp)
{
	enum { LOOKS = 100, PAUSE = 2000000 };
	const char *slot = slot_find(envp);
	int owner;

	if (!slot)
		return true;
	for (int look = 1;; look++) {
		owner = image_owner(slot);
		if (owner == sys_pid() ||
		    image_slot(shim.image, m->slot, PATH_MAX))
			return false;
		if (owner || look == LOOKS)
			return true;
		sys_sleep(PAUSE);
	}
}

/* envp with our entry in it; envp itself if that cannot be. */
static char *const *
make(struct made *m, const char *entry, unsigned int how, char *const *envp,
    bool lock)
{
	/* cppcheck-suppress ctuuninitvar ; it is filled here */
	char **vars = m->vars;
	char *value = m->value;
	size_t at, n, need, slot;

	/* In a sandbox, or another root, the loader would complain. */
	if (SYS3(SYS_faccessat, AT_FDCWD, entry, R_OK) != 0)
		return envp;
	need = entry_plan(value, sizeof(m->value), entry, how, envp, &at);
	if (!need || ((how & ENTRY_SHIM) && forgotten(m, envp)))
		return envp;
	for (n = 0; envp[n]; n++)
		BYTES_LOOP();
	n += 3;
	if (need > sizeof(m->value) || n > sizeof(m->vars) / sizeof(*vars)) {
		m->mapped_len = n * sizeof(*vars) + need;
		m->mapped = sys_map(m->mapped_len, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1);
		if (!m->mapped)
			return envp;
		vars = m->mapped;
		value = (char *)(vars + n);
		entry_plan(value, need, entry, how, envp, &at);
	}
	for (n = 0; envp[n]; n++) {
		BYTES_LOOP();
		vars[n] = envp[n];
	}
	n += at == n;
	vars[at] = value;
	if (lock) {
		lock_name(m->lock);
		vars[n++] = m->lock;
	}
	vars[n] = NULL;
	slot = how & ENTRY_SHIM ? moved(m, envp) : SIZE_MAX;
	if (slot != SIZE_MAX)
		vars[slot] = m->slot;
	return vars;
}

/* Apart, so that whoever passes needs no stack for an environment. */
__attribute__((noinline)) static int
pass_made(const struct target *t, bool alike, unsigned int how,
    char *const *envp, bool lock)
{
	const char *entry = shim.entry;
	struct made m;
	int r;

	m.mapped = NULL;
	if (!alike) {
		entry = entry_sibling(m.entry, sizeof(m.entry), entry) ?
		    m.entry : NULL;
		how &= ENTRY_SHIM; /* the window library has no second */
	}
	r = pass(t, entry && how ? make(&m, entry, how, envp, lock) : envp);
	if (m.mapped)
		sys_unmap(m.mapped, m.mapped_len);
	return r;
}

int
follow_exec(const struct target *t, char *const *envp)
{
	unsigned int how = follow_due(envp);
	enum elf e = ELF_STATIC;
	bool lock;
	int r;

	/* What cannot have us loaded has the lock for better or worse. */
	lock = (how & ENTRY_SHIM ||
	    (shim.owner && shim.owner == sys_pid())) && lock_held();
	if (lock)
		lock_inherit(true);
	if (how)
		e = elf_check(t->dir, t->path, t->flags, NULL);
	if (e == ELF_LOADS || e == ELF_I386)
		r = pass_made(t, e == ours, how, envp, lock);
	else
		r = pass(t, envp);
	if (lock)
		lock_inherit(false);
	return r;
}
