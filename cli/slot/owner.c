/*
 * owner.c: the recorded owner.
 */
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/compat.h"
#include "cli/io.h"
#include "cli/points.h"
#include "cli/proc.h"
#include "cli/procs.h"
#include "cli/slot/owner.h"

int
owner_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

bool
owner_ended(int pidfd)
{
	return io_wait(pidfd, POLLIN, 0) == 1;
}

int
owner_signal(int pidfd, int sig)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0);
}

bool
owner_tells_exit(void)
{
	struct utsname u;
	int major, minor;
	char *end;

	if (point_old("exitinfo") || uname(&u) < 0)
		return false;
	major = (int)strtol(u.release, &end, 10);
	minor = *end == '.' ? (int)strtol(end + 1, NULL, 10) : 0;
	return major > 6 || (major == 6 && minor >= 15);
}

/* Since Linux 6.11, and the cheaper way: /proc makes its files of a process
 * when they are looked at first. */
static uint64_t
pidns_asked(void)
{
	int pidfd = point_old("pidns") ? -1 : owner_pidfd(getpid()), ns = -1;
	struct stat st;
	bool known;

	if (pidfd >= 0)
		ns = ioctl(pidfd, PIDFD_GET_PID_NAMESPACE, 0);
	known = ns >= 0 && fstat(ns, &st) == 0;
	io_close(&ns);
	io_close(&pidfd);
	return known ? st.st_ino : 0;
}

/* It is the same all our life. */
uint64_t
owner_pidns(void)
{
	static uint64_t known;

	if (!known)
		known = pidns_asked();
	if (!known)
		known = owner_pidns_shown();
	return known;
}

uint64_t
owner_pidns_shown(void)
{
	static uint64_t shown;
	struct stat st;

	if (!shown && stat("/proc/self/ns/pid", &st) == 0)
		shown = st.st_ino;
	return shown;
}

void
owner_boot(char boot[BOOT_ID + 1])
{
	if (io_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", boot,
	    BOOT_ID + 1) != BOOT_ID)
		boot[0] = '\0';
}

/* The inode of a pidfd where it tells processes apart, else 0. */
static uint64_t
pidfs_inode(int pidfd)
{
	struct statfs fs;
	struct stat st;

	/* Before Linux 6.9 all pidfds share one inode of anon_inodefs. */
	if (point_old("pidfs") || fstatfs(pidfd, &fs) < 0 ||
	    fs.f_type != PIDFS_MAGIC || fstat(pidfd, &st) < 0)
		return 0;
	return st.st_ino;
}

/*
 * Whether a pid namespace that is not ours has ended, with all in it.  Only
 * from the first namespace are all others seen; and a process of ours that
 * does not show its own is taken for one of them.
 */
static bool
pidns_empty(uint64_t pidns)
{
	bool ended = true;
	const char *digits;
	struct procs all;
	struct proc p;
	struct stat st;
	char name[64];
	pid_t pid;

	if (procs_begin(&all) < 0)
		return false;
	while (ended && (digits = procs_next(&all, &pid))) {
		if (pid == 1)
			continue; /* init is in the first one */
		if (stat(proc_path(pid, "ns/pid", name, sizeof(name)),
		    &st) == 0)
			ended = st.st_ino != pidns;
		else if (fstatat(dirfd(all.dir), digits, &st, 0) == 0)
			ended = st.st_uid != geteuid();
		if (!ended) /* a zombie is nobody */
			ended = proc_read(pid, &p) < 0 || p.state == 'Z';
	}
	if (all.error)
		ended = false; /* not all have been seen */
	procs_end(&all);
	return ended;
}

static bool
pidns_ended(uint64_t pidns)
{
	enum { PIDNS_FIRST = 0xEFFFFFFC, /* Linux, proc_ns.h */
		TRIES = 5, PAUSE_US = 3000 };
	bool ended = false;

	/* A process that is just ending shows no namespace: look again. */
	for (int i = 0; owner_pidns() == PIDNS_FIRST && !ended && i < TRIES;
	    i++) {
		if (i)
			clock_sleep(PAUSE_US);
		ended = pidns_empty(pidns);
	}
	return ended;
}

int
owner_record(struct owner *o, pid_t pid, int pidfd, bool lasting)
{
	struct proc p;

	memset(o, 0, sizeof(*o));
	o->pid = pid;
	/* The program will look there as well (preload/image.c). */
	o->pidns = owner_pidns_shown();
	if (!o->pidns)
		o->pidns = owner_pidns();
	if (!o->pidns && errno != ENOENT)
		return -1;
	o->pidfs = pidfs_inode(pidfd);
	if (!o->pidfs) {
		if (proc_read(pid, &p) < 0)
			return -1;
		o->start = p.start;
	}
	if (lasting)
		owner_boot(o->boot);
	return 0;
}

enum owner_state
owner_open(const struct owner *o, int *pidfd)
{
	enum owner_state dead, state = OWNER_ALIVE;
	char boot[BOOT_ID + 1];
	uint64_t pidns, pidfs;
	struct proc p;
	int err;

	*pidfd = -1;
	if (!o->pid)
		return OWNER_DEAD; /* unseen: the image tells, not this */
	if (o->boot[0]) {
		owner_boot(boot);
		if (boot[0] && strcmp(boot, o->boot))
			return OWNER_DEAD;
	}
	pidns = owner_pidns();
	if (o->pidns && !pidns && errno != ENOENT)
		return OWNER_UNKNOWN; /* whose number that is */
	if (o->pidns && pidns && pidns != o->pidns)
		return pidns_ended(o->pidns) ? OWNER_DEAD : OWNER_ELSEWHERE;
	/* Where one of them could not tell its namespace, it may be another. */
	dead = !o->pidns == !pidns ? OWNER_DEAD : OWNER_ELSEWHERE;
	*pidfd = owner_pidfd(o->pid);
	if (*pidfd < 0)
		/* EINVAL, ENOENT since 6.15: it is a thread's now. */
		return errno == ESRCH || errno == EINVAL || errno == ENOENT ?
		    dead : OWNER_UNKNOWN;
	errno = 0;
	pidfs = pidfs_inode(*pidfd);
	if (o->pidfs && pidfs) {
		if (o->pidfs != pidfs)
			state = dead;
	} else if (o->start) {
		if (proc_read(o->pid, &p) < 0)
			state = OWNER_UNKNOWN;
		else if (p.start != o->start)
			state = dead;
	} else {
		if (!errno)
			errno = ENODATA;
		state = OWNER_UNKNOWN;
	}
	err = errno;
	if (owner_ended(*pidfd))
		state = state == OWNER_ALIVE ? OWNER_DEAD : dead;
	errno = err;
	if (state != OWNER_ALIVE)
		io_close(pidfd);
	return state;
}

void
owner_put(struct buf *b, const struct owner *o)
{
	fields_put_num(b, "pid", o->pid);
	fields_put_num(b, "start", (long long)o->start);
	fields_put_num(b, "pidfs", (long long)o->pidfs);
	fields_put_num(b, "pidns", (long long)o->pidns);
	fields_put(b, "boot", o->boot);
}

int
owner_get(const struct fields *f, struct owner *o)
{
	const char *boot = fields_get(f, "boot");

	memset(o, 0, sizeof(*o));
	o->pid = (pid_t)fields_num(f, "pid", 0);
	o->start = (uint64_t)fields_num(f, "start", 0);
	o->pidfs = (uint64_t)fields_num(f, "pidfs", 0);
	o->pidns = (uint64_t)fields_num(f, "pidns", 0);
	if (!boot || strlen(boot) > BOOT_ID || o->pid < 0 ||
	    !fields_get(f, "pidns"))
		return -1;
	strcpy(o->boot, boot);
	return 0;
}
