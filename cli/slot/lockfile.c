/*
 * lockfile.c: a file that programs which are not ours lock too: --lock-file.
 */
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/vfs.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
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

/* Of file systems; <linux/magic.h> has them since Linux 5.18. */
#define CIFS_SUPER 0xff534d42u
#define SMB2_SUPER 0xfe534d42u

/* Open the folder of a canonical path, name by name: nobody turns it to another
 * place by a link.  *name is what is left: one name, or ".".  -1: errno. */
static int
parent_open(const char *path, char *copy, const char **name)
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
 * For both, as fcntl(2) wants it for a lock that is not shared; but a file that
 * may not be written will do, as with flock(1), and a folder.  It is made only
 * where there is nothing: not what another's link leads to.
 */
static int
name_open(int folder, const char *name, bool writing)
{
	int flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW;
	int fd;

	do {
		fd = openat(folder, name, O_RDWR | flags);
		if (fd < 0 && errno != ENOENT && errno != ELOOP &&
		    (!writing || errno == EISDIR))
			fd = openat(folder, name, O_RDONLY | flags);
		if (fd < 0 && errno == EACCES && !writing)
			fd = openat(folder, name, O_WRONLY | flags);
		if (fd >= 0 || errno != ENOENT)
			return fd;
		fd = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | flags,
		    0666);
	} while (fd < 0 && errno == EEXIST);
	return fd;
}

/* In a folder that all may write into a file with a second name may be another
 * file than the one that is meant: EPERM, as of a link. */
static int
file_open(const char *path, bool writing)
{
	char real[PATH_MAX], copy[PATH_MAX];
	struct stat st, dir;
	const char *name;
	int folder, fd;

	/* The path is canonical, but of another time. */
	if (path_wary(path, real) < 0)
		return -1;
	folder = parent_open(real, copy, &name);
	fd = folder < 0 ? -1 : name_open(folder, name, writing);
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

/* NFS and SMB have one kind for both, so that the second would wait for the
 * first. */
static bool
is_remote(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (fs.f_type == NFS_SUPER_MAGIC ||
	    fs.f_type == SMB_SUPER_MAGIC ||
	    (uint32_t)fs.f_type == CIFS_SUPER ||
	    (uint32_t)fs.f_type == SMB2_SUPER);
}

/* The lock of fcntl(2), of the open file: all of it.  One that cannot be is
 * none: flock(2)'s is there. */
static int
record_lock(int fd, short type, bool wait)
{
	struct flock fl = { .l_type = type, .l_whence = SEEK_SET };
	int r;

	if (is_remote(fd))
		return 0;
	r = fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &fl);
	/* Open for reading only: that keeps those out who write. */
	if (r < 0 && errno == EBADF && type == F_WRLCK) {
		fl.l_type = F_RDLCK;
		r = fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &fl);
	}
	if (r < 0 && errno == EACCES)
		errno = EAGAIN;
	return r < 0 && errno != EAGAIN && errno != EINTR ? 0 : r;
}

enum kind { FLOCK, RECORD };

static int
kind_lock(int fd, enum kind kind, bool shared, bool wait)
{
	if (kind == FLOCK)
		return flock(fd, (shared ? LOCK_SH : LOCK_EX) |
		    (wait ? 0 : LOCK_NB));
	return record_lock(fd, shared ? F_RDLCK : F_WRLCK, wait);
}

static void
kind_unlock(int fd, enum kind kind)
{
	if (kind == FLOCK)
		flock(fd, LOCK_UN);
	else
		record_lock(fd, F_UNLCK, false);
}

/* One that waits for at most ms.  0; -1: EINTR when time is up. */
static int
lock_until(int fd, enum kind kind, bool shared, long long ms)
{
	struct sigaction sa = { .sa_handler = alarmed }, was;
	/* It repeats: one signal may come before it sleeps. */
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
	r = kind_lock(fd, kind, shared, true);
	setitimer(ITIMER_REAL, &old, NULL);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	sigaction(SIGALRM, &was, NULL);
	return r;
}

/* One of them, waiting until the deadline.  0; -1 with EWOULDBLOCK, or why
 * not. */
static int
kind_wait(int fd, enum kind kind, bool shared, long long deadline)
{
	long long left;
	int r;

	do {
		if (deadline < 0) {
			r = kind_lock(fd, kind, shared, true);
			continue;
		}
		left = deadline - clock_now();
		if (!deadline || left <= 0) {
			errno = EWOULDBLOCK;
			return -1;
		}
		r = lock_until(fd, kind, shared, left);
	} while (r < 0 && errno == EINTR);
	return r;
}

/* Both.  Whoever else wants both may take them the other way round: so nothing
 * is waited for with the other in hand. */
static int
file_lock(int fd, bool shared, long long deadline)
{
	enum kind first = FLOCK, other;

	if (kind_lock(fd, first, shared, false) < 0 &&
	    (errno != EWOULDBLOCK || kind_wait(fd, first, shared, deadline)))
		return -1;
	for (;; first = other) {
		other = first == FLOCK ? RECORD : FLOCK;
		if (kind_lock(fd, other, shared, false) == 0)
			return 0;
		kind_unlock(fd, first);
		if (errno != EWOULDBLOCK ||
		    kind_wait(fd, other, shared, deadline) < 0)
			return -1;
	}
}

enum lockfile
lockfile_take(const char *path, bool shared, long long deadline, int *fd,
    struct fault *f)
{
	bool writing = false;
	struct stat st;

	for (;;) {
		*fd = file_open(path, writing);
		if (*fd < 0)
			return open_fault(path, f);
		if (fstat(*fd, &st) < 0 || (!S_ISREG(st.st_mode) &&
		    !S_ISDIR(st.st_mode))) {
			io_close(fd);
			return fault_set(f, EXIT_STATE, "the lock file ", path,
			    " is neither a file nor a folder", NULL);
		}
		if (file_lock(*fd, shared, deadline) < 0) {
			int err = errno;

			io_close(fd);
			if (err == EWOULDBLOCK)
				return LOCKFILE_BUSY;
			/* NFS locks only what is open for writing. */
			if (err == EBADF && !writing) {
				writing = true;
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

size_t
lockfile_split(const char *value, bool *shared)
{
	static const char *const how[] = { ":exclusive", ":shared" };
	size_t len = strlen(value), n;

	for (int i = 0; i < 2; i++) {
		n = strlen(how[i]);
		*shared = i;
		if (len >= n && !strcmp(value + len - n, how[i]))
			return len - n;
	}
	*shared = false;
	return len;
}

void
lockfile_release(int *fd)
{
	if (*fd >= 0) {
		kind_unlock(*fd, FLOCK);
		kind_unlock(*fd, RECORD);
	}
	io_close(fd);
}
