/*
 * lockfile.c: a file that programs which are not ours lock too: --lock-file.
 */
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/key/path.h"
#include "cli/proc.h"
#include "cli/slot/lockfile.h"
#include "cli/text.h"
#include "preload/contract.h"

enum { LOCKS_LIMIT = 4 << 20 };

/* Open the folder of a canonical path, name by name: nobody turns it to another
 * place by a link.  *name is what is left: one name, or ".".  -1: errno. */
static int
folder_open(const char *path, char *copy, const char **name)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), next;
	char *at = copy, *slash;

	strcpy(copy, path);
	for (at += strspn(at, "/"); fd >= 0 && (slash = strchr(at, '/'));
	    at = slash + 1) {
		*slash = '\0';
		next = openat(fd, at, O_PATH | O_DIRECTORY | O_NOFOLLOW |
		    O_CLOEXEC);
		io_close(&fd);
		fd = next;
	}
	*name = *at ? at : ".";
	return fd;
}

/*
 * For reading, as flock(1): a file that may not be written will do, and what
 * is open for reading can be mapped.  A folder is locked as it is.  It is made
 * only where there is nothing: not what another's link leads to.
 */
static int
name_open(int folder, const char *name, int how)
{
	int flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW;
	int fd;

	do {
		fd = openat(folder, name, how | flags);
		if (fd < 0 && errno == EISDIR)
			fd = openat(folder, name, O_RDONLY | flags);
		if (fd < 0 && errno == EACCES && how == O_RDONLY)
			fd = openat(folder, name, O_WRONLY | flags);
		if (fd >= 0 || errno != ENOENT)
			return fd;
		fd = openat(folder, name, how | O_CREAT | O_EXCL | flags,
		    0666);
	} while (fd < 0 && errno == EEXIST);
	return fd;
}

/* In a folder that all may write into a file with a second name may be another
 * file than the one that is meant: EPERM, as of a link. */
static int
file_open(const char *path, int how)
{
	char real[PATH_MAX], copy[PATH_MAX];
	struct stat st, dir;
	const char *name;
	int folder, fd;

	/* The path is canonical, but of another time. */
	if (path_wary(path, real) < 0)
		return -1;
	folder = folder_open(real, copy, &name);
	fd = folder < 0 ? -1 : name_open(folder, name, how);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_nlink > 1 && fstat(folder, &dir) == 0 && path_shared(&dir)) {
		io_close(&fd);
		errno = EPERM;
	}
	io_close(&folder);
	return fd;
}

int
lockfile_foreign(const char *path, struct fault *f)
{
	return fault_set(f, EXIT_STATE, "the lock file ", path, " is a link"
	    " that another user may have put there, or is behind one; name"
	    " the file itself, or use a folder of your own", NULL);
}

static int
open_fault(const char *path, struct fault *f)
{
	if (errno == EPERM)
		return lockfile_foreign(path, f);
	return fault_errno(f, EXIT_STATE, errno, "cannot open the lock file ",
	    path, NULL);
}

/* Whether the path still leads to what is locked. */
static bool
still_there(const char *path, int fd)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat(path, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static void
alarmed(int sig)
{
	(void)sig; /* it has ended flock: that is all it is for */
}

/* flock(2) that waits for at most ms.  0; -1: EINTR when time is up. */
static int
lock_until(int fd, long long ms)
{
	struct sigaction sa = { .sa_handler = alarmed }, was;
	/* It repeats: one signal may come before flock sleeps. */
	struct itimerval it = { .it_interval = { .tv_usec = 50000 } }, old;
	sigset_t one, mask;
	int r;

	it.it_value.tv_sec = ms / 1000;
	it.it_value.tv_usec = ms % 1000 * 1000 + 1;
	sigemptyset(&one);
	sigaddset(&one, SIGALRM);
	sigaction(SIGALRM, &sa, &was);
	sigprocmask(SIG_UNBLOCK, &one, &mask);
	setitimer(ITIMER_REAL, &it, &old);
	r = flock(fd, LOCK_EX);
	setitimer(ITIMER_REAL, &old, NULL);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	sigaction(SIGALRM, &was, NULL);
	return r;
}

/* 0; -1 with EWOULDBLOCK, or why not. */
static int
file_lock(int fd, long long deadline)
{
	long long left = deadline;
	int r;

	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK || !deadline)
		return -1;
	do {
		if (deadline > 0 && (left = deadline - clock_now()) <= 0) {
			errno = EWOULDBLOCK;
			return -1;
		}
		r = deadline < 0 ? flock(fd, LOCK_EX) : lock_until(fd, left);
	} while (r < 0 && errno == EINTR);
	return r;
}

enum lockfile
lockfile_take(const char *path, long long deadline, int *fd, struct fault *f)
{
	int how = O_RDONLY;
	struct stat st;

	for (;;) {
		*fd = file_open(path, how);
		if (*fd < 0)
			return open_fault(path, f);
		if (fstat(*fd, &st) < 0 || (!S_ISREG(st.st_mode) &&
		    !S_ISDIR(st.st_mode))) {
			io_close(fd);
			return fault_set(f, EXIT_STATE, "the lock file ", path,
			    " is neither a file nor a folder", NULL);
		}
		if (file_lock(*fd, deadline) < 0) {
			int err = errno;

			io_close(fd);
			if (err == EWOULDBLOCK)
				return LOCKFILE_BUSY;
			/* NFS locks only what is open for writing. */
			if (err == EBADF && how == O_RDONLY) {
				how = O_RDWR;
				continue;
			}
			return fault_errno(f, EXIT_STATE, err, "cannot lock"
			    " the lock file ", path, NULL);
		}
		/* Removed or replaced meanwhile: that excludes nobody. */
		if (still_there(path, *fd))
			return LOCKFILE_OURS;
		lockfile_release(fd);
	}
}

void
lockfile_release(int *fd)
{
	if (*fd >= 0)
		flock(*fd, LOCK_UN);
	io_close(fd);
}

/* The pid in a line of /proc/locks if that is a flock of this file:
 * "1: FLOCK  ADVISORY  WRITE 42 00:1f:123 0 EOF".  0: it is not. */
static pid_t
line_pid(char *line, const char *file)
{
	char *rest = NULL, *word[6];

	for (int i = 0; i < 6; i++) {
		word[i] = strtok_r(i ? NULL : line, " ", &rest);
		if (!word[i])
			return 0;
	}
	/* Those who wait have an arrow for their second word. */
	return !strcmp(word[1], "FLOCK") && !strcmp(word[5], file) ?
	    (pid_t)atoi(word[4]) : 0;
}

/* The same in all of it, which is taken apart. */
static pid_t
table_pid(char *table, const char *file)
{
	char *rest = NULL, *line;
	pid_t by = 0;

	for (line = strtok_r(table, "\n", &rest); line && !by;
	    line = strtok_r(NULL, "\n", &rest))
		by = line_pid(line, file);
	return by;
}

/* The device and inode as /proc/locks has them. */
static void
file_name(const struct stat *st, char *buf, size_t cap)
{
	unsigned int ids[2] = { major(st->st_dev), minor(st->st_dev) };
	unsigned char byte;
	struct text t;

	text_init(&t, buf, cap);
	for (int i = 0; i < 2; i++) {
		if (ids[i] > 0xff) {
			byte = (unsigned char)(ids[i] >> 8);
			text_hex(&t, &byte, 1);
		}
		byte = (unsigned char)ids[i];
		text_hex(&t, &byte, 1);
		text_add(&t, ":");
	}
	text_num(&t, (long long)st->st_ino);
}

bool
lockfile_locked(const struct stat *st, pid_t *pid)
{
	char file[64];
	struct buf b;
	int fd = open("/proc/locks", O_RDONLY | O_CLOEXEC);
	pid_t by = 0;

	buf_init(&b, NULL, 0);
	if (fd >= 0 && io_slurp(fd, &b, LOCKS_LIMIT) == 0 &&
	    buf_string(&b, "") == 0) {
		file_name(st, file, sizeof(file));
		by = table_pid(b.at, file);
	}
	io_close(&fd);
	buf_free(&b);
	*pid = by > 0 && kill(by, 0) == 0 ? by : 0;
	return by != 0;
}

const char *
lockfile_holder(const char *path, char *buf)
{
	char comm[32], name[48];
	struct text t;
	struct stat st;
	pid_t pid = 0;

	if (stat(path, &st) == 0)
		lockfile_locked(&st, &pid);
	text_init(&t, name, sizeof(name));
	text_add(&t, "/proc/");
	text_num(&t, pid);
	text_add(&t, "/comm");
	text_init(&t, buf, LOCKFILE_HOLDER);
	if (!pid || io_file(AT_FDCWD, name, comm, sizeof(comm)) <= 0) {
		text_add(&t, "another process");
		return buf;
	}
	text_add(&t, "pid ");
	text_num(&t, pid);
	text_add(&t, " (");
	text_show(&t, comm, strcspn(comm, "\n"));
	text_add(&t, ")");
	return buf;
}
