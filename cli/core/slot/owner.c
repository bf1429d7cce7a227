/*
 * owner.c: the recorded owner.
 *
 * A recorded process is alive only if a pidfd for its pid has the recorded
 * inode (else: the process has the recorded start time), and has not exited.  A
 * pid of another pid namespace means nothing here: that process is dead only if
 * its namespace is seen to be empty.  In doubt it is UNKNOWN or ELSEWHERE,
 * never DEAD.
 */
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/compat.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/ours.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/base/procs.h"
#include "cli/core/slot/owner.h"

int
owner_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

bool
owner_ended(int pidfd)
{
	return io_wait(pidfd, POLLIN, 0) == IO_READY;
}

bool
owner_lives(int pidfd)
{
	return pidfd >= 0 && io_wait(pidfd, POLLIN, 0) == IO_LATE;
}

bool
owner_ending(int pidfd, pid_t pid)
{
	/* Check its exit last: a process that exited in between shows no
	 * signals. */
	return proc_dying(pid) || owner_ended(pidfd);
}

/* Field 52 of /proc/PID/stat.  It is also 0 for a process that we may not read:
 * a program that is set-user-ID or set-group-ID, has capabilities or is not
 * dumpable.  Then exe cannot be read either (EACCES); else there is none any
 * more.  A process that has exited is not in execve: the read returns. */
static bool
status_of_zombie(pid_t pid, int *status)
{
	char path[64], stat[1024], *s;

	if (io_file(proc_path(pid, "stat", path, sizeof(path)), stat,
	    sizeof(stat)) < 0)
		return false;
	s = strrchr(stat, ')');
	*status = (int)proc_stat_num(stat, 52);
	return s && !strncmp(s, ") Z ", 4) &&
	    (*status || (readlink(proc_path(pid, "exe", path, sizeof(path)),
	    stat, sizeof(stat)) < 0 && errno == ENOENT));
}

/* Linux 6.15 reports it through the pidfd once the process is reaped; until
 * then /proc shows the zombie's.  Try both. */
bool
owner_status(int pidfd, pid_t pid, int *status)
{
	for (int i = 0; i < 2 && pidfd >= 0 && owner_ended(pidfd); i++) {
		struct pidfd_info info = { .mask = PIDFD_INFO_EXIT };

		if (!point_old("exitinfo") &&
		    ioctl(pidfd, PIDFD_GET_INFO, &info) == 0 &&
		    info.mask & PIDFD_INFO_EXIT) {
			*status = info.exit_code;
			return true;
		}
		/* Not of another process that reused the pid. */
		if (status_of_zombie(pid, status) &&
		    (owner_signal(pidfd, 0) == 0 || errno == EPERM))
			return true;
	}
	return false;
}

int
owner_signal(int pidfd, int sig)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0);
}

int
owner_end(int pidfd, int sig)
{
	int r = owner_signal(pidfd, sig);

	switch (sig) {
	case SIGKILL:
	case SIGCONT:
	case SIGSTOP:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		break;
	default:
		if (r == 0)
			owner_signal(pidfd, SIGCONT);
	}
	return r;
}

bool
owner_tells_exit(void)
{
	struct utsname u;
	int major, minor;
	char *end;

	if (point_old("exitinfo"))
		return false;
	uname(&u);
	major = (int)strtol(u.release, &end, 10);
	minor = *end == '.' ? (int)strtol(end + 1, NULL, 10) : 0;
	return major > 6 || (major == 6 && minor >= 15);
}

/* Our pid namespace by ioctl, since Linux 6.11: cheaper than /proc, which
 * creates a process's files at the first look. */
static uint64_t
pidns_asked(void)
{
	int pidfd = owner_pidfd(getpid()), ns = -1;
	struct stat st;
	bool known;

	if (pidfd >= 0)
		ns = ioctl(pidfd, PIDFD_GET_PID_NAMESPACE, 0);
	known = ns >= 0 && fstat(ns, &st) == 0;
	io_close(&ns);
	io_close(&pidfd);
	return known ? st.st_ino : 0;
}

/* The pid namespace of a process never changes: cached. */
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
	if (io_file("/proc/sys/kernel/random/boot_id", boot, BOOT_ID + 1) !=
	    BOOT_ID)
		boot[0] = '\0';
}

/* The inode of a pidfd if it identifies the process, else 0. */
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

/* Start time of a process; 0: errno. */
static uint64_t
start_time(pid_t pid)
{
	struct proc p;

	return look_proc(pid, &p) < 0 ? 0 : p.start;
}

uint64_t
owner_tag(pid_t pid)
{
	int pidfd = owner_pidfd(pid);
	uint64_t tag = pidfd < 0 ? 0 : pidfs_inode(pidfd);

	if (pidfd >= 0 && !tag)
		tag = start_time(pid);
	io_close(&pidfd);
	return tag;
}

/* Whether process pid is in that pid namespace, or may be: it is in a child
 * namespace of ours but does not show which, or cannot be read now. */
static bool
is_within(pid_t pid, uint64_t pidns)
{
	char status[PROC_STATUS];
	struct stat st;

	if (proc_text(pid, status) < 0)
		return ours_unread(errno) < 0;
	if (!proc_inner(status))
		return false;
	return look_stat(pid, "ns/pid", &st) < 0 || st.st_ino == pidns;
}

/* Whether process pid is the first one of that pid namespace, and younger than
 * the owner: then the owner's namespace had the same number, and is gone. */
static bool
is_another(pid_t pid, const struct owner *o)
{
	char status[PROC_STATUS];
	struct stat st;
	int pidfd;
	uint64_t pidfs;

	if (proc_text(pid, status) < 0 || proc_inner(status) != 1 ||
	    look_stat(pid, "ns/pid", &st) < 0 || st.st_ino != o->pidns)
		return false;
	if (!o->pidfs)
		return start_time(pid) > o->start;
	pidfd = owner_pidfd(pid);
	pidfs = pidfd < 0 ? 0 : pidfs_inode(pidfd); /* they only grow */
	io_close(&pidfd);
	return pidfs > o->pidfs;
}

/*
 * Whether no process of ours lives in the owner's, another, pid namespace.
 * Only the first namespace shows all others.
 */
static bool
pidns_empty(const struct owner *o)
{
	bool lives = false, another = false;
	struct procs all;
	pid_t pid;
	char state;

	if (procs_begin(&all) < 0)
		return false;
	while (!another && procs_next(&all, &pid)) {
		if (!is_within(pid, o->pidns))
			continue;
		state = proc_state(pid); /* a zombie has exited */
		lives |= state ? state != 'Z' : ours_unread(errno) < 0;
		another = is_another(pid, o);
	}
	lives |= all.error; /* we have not seen all */
	procs_end(&all);
	return another || !lives;
}

bool
owner_sees_all(void)
{
	enum { PIDNS_FIRST = 0xEFFFFFFC }; /* Linux, proc_ns.h */

	return owner_pidns() == PIDNS_FIRST;
}

static bool
pidns_ended(const struct owner *o)
{
	enum { TRIES = 5, PAUSE_US = 3000 };
	bool ended = false;

	/* An exiting process shows no namespace: look again. */
	for (int i = 0; owner_sees_all() && !ended && i < TRIES; i++) {
		if (i)
			clock_sleep(PAUSE_US);
		ended = pidns_empty(o);
	}
	return ended;
}

int
owner_record(struct owner *o, pid_t pid, int pidfd, bool lasting)
{
	memset(o, 0, sizeof(*o));
	o->pid = pid;
	/* From /proc, as the shim takes it (preload/own_mapping.c). */
	o->pidns = owner_pidns_shown();
	if (!o->pidns)
		o->pidns = owner_pidns();
	if (!o->pidns && errno != ENOENT)
		return -1;
	o->pidfs = pidfs_inode(pidfd);
	if (!o->pidfs && !(o->start = start_time(pid)))
		return -1;
	if (lasting)
		owner_boot(o->boot);
	return 0;
}

/* Whether the process was recorded in another boot than this one. */
static bool
is_past(const struct owner *o)
{
	char boot[BOOT_ID + 1];

	if (!o->boot[0])
		return false;
	owner_boot(boot);
	return boot[0] && strcmp(boot, o->boot);
}

bool
owner_gone(void)
{
	/* EINVAL, ENOENT since 6.15: now the pid is a thread's. */
	return errno == ESRCH || errno == EINVAL || errno == ENOENT;
}

enum owner_state
owner_open(const struct owner *o, int *pidfd)
{
	enum owner_state dead, state = OWNER_ALIVE;
	uint64_t pidns, pidfs, start;
	int err;

	*pidfd = -1;
	if (!o->pid)
		return OWNER_DEAD; /* not visible: the mapping tells */
	if (is_past(o))
		return OWNER_DEAD;
	pidns = owner_pidns();
	if (o->pidns && !pidns && errno != ENOENT)
		return OWNER_UNKNOWN; /* our namespace is unknown */
	if (o->pidns && pidns && pidns != o->pidns)
		return pidns_ended(o) ? OWNER_DEAD : OWNER_ELSEWHERE;
	/* If only the record or only we know the namespace, they may differ. */
	dead = !o->pidns == !pidns ? OWNER_DEAD : OWNER_ELSEWHERE;
	*pidfd = owner_pidfd(o->pid);
	if (*pidfd < 0)
		return owner_gone() ? dead : OWNER_UNKNOWN;
	errno = ENODATA; /* of a record that tells neither inode nor time */
	pidfs = pidfs_inode(*pidfd);
	if (o->pidfs && pidfs) {
		if (o->pidfs != pidfs)
			state = dead;
	} else if (o->start) {
		start = start_time(o->pid);
		if (!start)
			state = OWNER_UNKNOWN;
		else if (start != o->start)
			state = dead;
	} else {
		state = OWNER_UNKNOWN;
	}
	err = errno;
	switch (io_wait(*pidfd, POLLIN, 0)) {
	case IO_READY:
		state = state == OWNER_ALIVE ? OWNER_DEAD : dead;
		break;
	case IO_FAILED:
		err = errno;
		state = state == OWNER_ALIVE ? OWNER_UNKNOWN : state;
		break;
	case IO_LATE:
		break;
	}
	errno = err;
	if (state != OWNER_ALIVE)
		io_close(pidfd);
	return state;
}

bool
owner_runs(const struct owner *o)
{
	struct stat st;
	bool lives;
	int pidfd;

	if (o->pidfs) {
		pidfd = owner_pidfd(o->pid);
		lives = pidfd >= 0 && fstat(pidfd, &st) == 0 &&
		    st.st_ino == o->pidfs && owner_lives(pidfd) &&
		    !is_past(o);
	} else {
		lives = owner_open(o, &pidfd) == OWNER_ALIVE;
	}
	io_close(&pidfd);
	return lives;
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
