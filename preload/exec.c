/*
 * exec.c: our replacements of libc's nine exec functions.
 *
 * All nine are replaced, since glibc's call each other internally: its execvp
 * does not call our execve.  They do what glibc's do, error for error, and end
 * in system calls: to find libc's functions takes a symbol look-up, which a
 * hook in a vfork child must not do.  Only if another library may hook exec
 * too (fakechroot, snoopy) did the constructor look up its execve and execveat:
 * every call reaches it as one of these.
 */
#include <sys/prctl.h>

#include <errno.h>
#include <limits.h>
#include <paths.h>
#include <stdarg.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include "preload/bytes.h"
#include "preload/contract.h"
#include "preload/elf.h"
#include "preload/entry.h"
#include "preload/lock.h"
#include "preload/own_mapping.h"
#include "preload/shim.h"
#include "preload/sys.h"

/*
 * Following the owner through exec: its next program adopts the slot too.
 *
 * The shim has removed its entry from the owner's LD_PRELOAD.  The program that
 * the owner executes would not load the shim, and exec ends the mapping and its
 * lock.  So if the owner, or its successor, executes a program that can load
 * the shim, we put our entry back into the environment of that one exec.  An
 * exec by a child, of a program that cannot load the shim, or without
 * ONLYONE_SLOT is left unchanged.  The exception is the window library:
 * children in the owner's session get it, since the window may be a child's,
 * and the shim with it as its carrier.  A child with its own session, such as a
 * terminal's shell, gets neither.
 *
 * A vfork child shares the parent's memory, and in the child of a threaded
 * program any lock may be taken: code here must not allocate, lock, look up a
 * symbol or write anywhere but to its own stack.
 */

/* The arguments of execveat(2) except the environment. */
struct target {
	int dir;
	const char *path;
	char *const *argv;
	int flags;
};

/* The environment for one exec; in mapped memory if it does not fit here. */
struct made {
	char *vars[256];
	char value[1024];
	char lock[LOCK_ROOM];
	char entry[PATH_MAX]; /* the shim of the other word size */
	void *mapped;
	size_t mapped_len;
};

/* elf_check's result for programs that load this shim, not the second one. */
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

/* The CPU time of a process in ms; -1 if it sleeps, or cannot be read.  Not
 * from /proc/PID/stat: reading that blocks while the process is inside
 * execve. */
static long
cpu_time(int pid)
{
	enum { PROCESS = 2 }; /* its clock's kind: clock_getcpuclockid(3) */
	static const char state[] = "\nState:\t";
	char text[512] = "/proc/", *at;
	struct sys_time t;
	long n;
	int fd;

	at = text + bytes_len(text);
	n = (long)bytes_number(at, (unsigned int)pid);
	bytes_copy(at + n - 1, "/status", sizeof("/status"));
	fd = sys_open(AT_FDCWD, text, O_RDONLY);
	n = fd < 0 ? 0 : sys_read(fd, text, sizeof(text) - 1, 0);
	if (fd >= 0)
		sys_close(fd);
	text[n > 0 ? n : 0] = '\0';
	for (at = text; *at && !bytes_begin(at, state); at++)
		BYTES_LOOP();
	if (!*at || at[sizeof(state) - 1] == 'S' ||
	    SYS3(SYS_CLOCK, (int)(~(unsigned int)pid << 3 | PROCESS), &t,
	    0) != 0)
		return -1;
	return (long)(t.s * 1000 + t.ns / MS);
}

/* Whether our parent is the middle process of a double fork, between the owner
 * and us, and will exit soon: it leads our session, or it is running.  It may
 * still have to write a pidfile, and the owner waits for it. */
static bool
parent_halfway(int owner)
{
	int parent = (int)SYS1(SYS_getppid, 0);

	return parent > 1 && parent != owner &&
	    (SYS1(SYS_getsid, 0) == parent || cpu_time(parent) >= 0);
}

/* Whether the owner is about to exit.  It may be waiting for a CPU, or be
 * stopped: count the CPU time it uses, and give up if it sleeps. */
static bool
owner_ends(int owner)
{
	enum { ROUNDS = 50 };
	long before = cpu_time(owner), now;

	for (int i = 0; i < ROUNDS; i++) {
		bool half = parent_halfway(owner);

		if (sys_ended(owner, GRACE_MS * MS))
			return true;
		if (half)
			continue;
		now = cpu_time(owner);
		if (now < 0 || (before >= 0 && now - before >= GRACE_MS))
			return false;
	}
	return false;
}

/* Whether we are a vfork child: our parent, which may be the owner, waits for
 * our exec and does not exit.  Only fork makes the kernel clear a word of ours
 * when we exit. */
static bool
is_vforked(void)
{
	unsigned long long at = 0; /* the kernel writes 4 or 8 bytes */

	return SYS3(SYS_prctl, PR_GET_TID_ADDRESS, &at, 0) == 0 && !at;
}

/*
 * Whether we become the owner.  A copy of the owner in its own session, whose
 * parents have exited or are about to, is a daemon that continues by exec
 * (start-stop-daemon).  The keeper is looking for a successor, which takes
 * milliseconds, and must find that this copy maps the slot's file: so wait
 * until the pidfile names us.  If the owner lives on (a terminal that starts a
 * shell), its child waits for the grace time, once.
 *
 * Without a keeper the pidfile never changes: true, so that the next program
 * adopts the slot and the next launch finds it.
 *
 * In another pid namespace (a sandbox that the owner has made) we cannot see
 * the owner, though it may be alive; and no process there becomes the owner.
 */
__attribute__((noinline)) static bool
becomes_owner(const char *slot, int pid)
{
	enum { LOOKS = 1000 };
	int owner, last = 0;

	if (mapping_elsewhere(slot))
		return false;
	for (int i = 0; i < LOOKS; i++) {
		owner = mapping_owner(slot);
		if (owner == pid)
			return true;
		if (!owner || (owner != last && !owner_ends(owner)))
			return false;
		last = owner;
		sys_sleep(MS);
	}
	return true;
}

/* Whether a program with this environment may be a Wayland client. */
static bool
may_be_wayland(char *const *envp)
{
	for (; *envp; envp++)
		if (bytes_begin(*envp, "WAYLAND_DISPLAY=") ||
		    bytes_begin(*envp, "WAYLAND_SOCKET="))
			return true;
	return false;
}

/* What the next program should load of our libraries (ENTRY_SHIM, ENTRY_WINDOW,
 * or 0).  The owner and its successor pass on those they were started with; a
 * child in the owner's session the window library, other children nothing.
 * envp is the environment of the exec. */
static unsigned int
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
	/* A successor in the owner's session cannot be told from a child: do
	 * not follow it. */
	session = (int)SYS1(SYS_getsid, 0);
	if (session == shim.session)
		return may_be_wayland(envp) ? shim.how & ENTRY_WINDOW : 0;
	return follows && session != shim.owner && !is_vforked() &&
	    becomes_owner(slot, pid) ? shim.how : 0;
}

/* Execute the target with exactly this environment.  -1, with errno. */
static int
target_exec(const struct target *t, char *const *envp)
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

/* Whether the slot is no longer ours (onlyonectl forget): its pidfile does not
 * name us, and the file that we map is not in it.  If there is no pidfile, a
 * cleaner may have just removed the files: wait for them to be restored. */
static bool
slot_forgotten(char *const *envp)
{
	enum { LOOKS = 100, PAUSE = 2000000 };
	const char *slot = slot_find(envp);
	int owner;

	if (!slot)
		return true;
	for (int look = 1;; look++) {
		owner = mapping_owner(slot);
		if (owner == sys_pid() ||
		    mapping_stays(slot, shim.mapping))
			return false;
		if (owner || look == LOOKS)
			return true;
		sys_sleep(PAUSE);
	}
}

/* envp with our LD_PRELOAD entry added; envp itself if that is impossible. */
static char *const *
environment_make(struct made *m, const char *entry, unsigned int how,
    char *const *envp, bool lock)
{
	/* cppcheck-suppress ctuuninitvar ; it is filled here */
	char **vars = m->vars;
	char *value = m->value;
	size_t at, n, need;

	/* The shim is absent in a sandbox or chroot: ld.so would complain. */
	if (SYS3(SYS_faccessat, AT_FDCWD, entry, R_OK) != 0)
		return envp;
	need = entry_plan(value, sizeof(m->value), entry, how, envp, &at);
	if (!need || ((how & ENTRY_SHIM) && slot_forgotten(envp)))
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
	return vars;
}

/* Not inlined: an exec without our entry needs no stack for struct made. */
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
		how &= ENTRY_SHIM; /* there is no 32-bit window library */
	}
	r = target_exec(t, entry && how ?
	    environment_make(&m, entry, how, envp, lock) : envp);
	if (m.mapped)
		sys_unmap(m.mapped, m.mapped_len);
	return r;
}

/* Execute the target, with our entry if it is due.  Returns as exec does: -1,
 * with nothing changed but errno.  envp may be NULL. */
static int
follow_exec(const struct target *t, char *const *envp)
{
	unsigned int how = follow_due(envp);
	enum elf e = ELF_STATIC;
	bool lock;
	int r;

	/* A program that does not load the shim inherits the lock too: it keeps
	 * the lock as long as it keeps the socket open. */
	lock = (how & ENTRY_SHIM ||
	    (shim.owner && shim.owner == sys_pid())) && lock_held();
	if (lock)
		lock_inherit(true);
	if (how)
		e = elf_check(t->dir, t->path, t->flags, NULL);
	if (e == ELF_LOADS || e == ELF_I386)
		r = pass_made(t, e == ours, how, envp, lock);
	else
		r = target_exec(t, envp);
	if (lock)
		lock_inherit(false);
	return r;
}

#define EXPORT __attribute__((visibility("default")))

static int
errno_fail(int error)
{
	errno = error;
	return -1;
}

static int
run_path(const char *path, char *const *argv, char *const *envp)
{
	struct target t = {AT_FDCWD, path, argv, 0};

	return follow_exec(&t, envp);
}

/* A file without "#!" is a script for the shell (POSIX execlp). */
__attribute__((noinline)) static int
run_script(const char *path, char *const *argv, char *const *envp)
{
	size_t n = 0, i;
	char **args;

	while (argv && argv[n])
		n++;
	args = __builtin_alloca((n + 3) * sizeof(*args));
	args[0] = (char *)_PATH_BSHELL;
	args[1] = (char *)path;
	args[2] = NULL;
	for (i = 1; i < n; i++) {
		BYTES_LOOP();
		args[i + 1] = argv[i];
		args[i + 2] = NULL;
	}
	return run_path(_PATH_BSHELL, args, envp);
}

static int
run_or_script(const char *path, char *const *argv, char *const *envp)
{
	run_path(path, argv, envp);
	return errno == ENOEXEC ? run_script(path, argv, envp) : -1;
}

static const char *
search_path(void)
{
	char **e;

	for (e = environ; e && *e; e++)
		if (bytes_begin(*e, "PATH="))
			return *e + sizeof("PATH=") - 1;
	return "/bin:/usr/bin";
}

/* Search PATH as glibc's execvpe does, error for error (posix/execvpe.c). */
__attribute__((noinline)) static int
path_search(const char *file, char *const *argv, char *const *envp)
{
	const char *path = search_path(), *end, *s;
	size_t len = bytes_len(file), room = bytes_len(path);
	bool denied = false;
	char *name, *to;

	if (!len)
		return errno_fail(ENOENT);
	for (s = file; *s; s++)
		if (*s == '/')
			return run_or_script(file, argv, envp);
	if (len > NAME_MAX)
		return errno_fail(ENAMETOOLONG);
	if (room > PATH_MAX - 1)
		room = PATH_MAX - 1;
	name = __builtin_alloca(room + 1 + len + 1);
	errno = ENOENT;
	for (;; path = end + 1) {
		for (end = path; *end && *end != ':'; end++)
			BYTES_LOOP();
		if ((size_t)(end - path) <= room) {
			to = bytes_copy(name, path, (size_t)(end - path));
			if (to != name)
				*to++ = '/';
			bytes_copy(to, file, len + 1);
			run_or_script(name, argv, envp);
			if (errno == EACCES)
				denied = true;
			else if (errno != ENOENT && errno != ESTALE &&
			    errno != ENOTDIR && errno != ENODEV &&
			    errno != ETIMEDOUT)
				return -1;
		}
		if (!*end)
			break;
	}
	return denied ? errno_fail(EACCES) : -1;
}

/* Not in fexecve itself: glibc declares that its pointers are not NULL. */
static int
run_fd(const struct target *t, char *const *envp)
{
	if (t->dir < 0 || !t->argv || !envp)
		return errno_fail(EINVAL);
	return follow_exec(t, envp);
}

EXPORT int
execve(const char *path, char *const argv[], char *const envp[])
{
	return run_path(path, argv, envp);
}

EXPORT int
execv(const char *path, char *const argv[])
{
	return run_path(path, argv, environ);
}

EXPORT int
execvp(const char *file, char *const argv[])
{
	return path_search(file, argv, environ);
}

EXPORT int
execvpe(const char *file, char *const argv[], char *const envp[])
{
	return path_search(file, argv, envp);
}

EXPORT int
execveat(int dir, const char *path, char *const argv[], char *const envp[],
    int flags)
{
	struct target t = {dir, path, argv, flags};

	return follow_exec(&t, envp);
}

EXPORT int
fexecve(int fd, char *const argv[], char *const envp[])
{
	struct target t = {fd, "", argv, AT_EMPTY_PATH};

	return run_fd(&t, envp);
}

/* The arguments of an execl as an array on the caller's stack, as in glibc; ap
 * then stands after the final NULL. */
#define LIST(argv, first, ap)                                               \
	do {                                                                \
		size_t n_ = 0, i_;                                          \
		va_start(ap, first);                                        \
		for (const char *s_ = (first); s_; s_ = va_arg(ap, char *)) \
			n_++;                                               \
		va_end(ap);                                                 \
		(argv) = __builtin_alloca((n_ + 1) * sizeof(*(argv)));      \
		va_start(ap, first);                                        \
		(argv)[0] = (char *)(first);                                \
		for (i_ = 1; i_ <= n_; i_++)                                \
			(argv)[i_] = va_arg(ap, char *);                    \
	} while (0)

EXPORT int
execl(const char *path, const char *arg, ...)
{
	char **argv;
	va_list ap;

	LIST(argv, arg, ap);
	va_end(ap);
	return run_path(path, argv, environ);
}

EXPORT int
execlp(const char *file, const char *arg, ...)
{
	char **argv;
	va_list ap;

	LIST(argv, arg, ap);
	va_end(ap);
	return path_search(file, argv, environ);
}

EXPORT int
execle(const char *path, const char *arg, ...)
{
	char *const *envp;
	char **argv;
	va_list ap;

	LIST(argv, arg, ap);
	envp = va_arg(ap, char *const *);
	va_end(ap);
	return run_path(path, argv, envp);
}
