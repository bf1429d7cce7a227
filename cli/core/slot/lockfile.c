/*
 * lockfile.c: a file that other programs lock too: --lock-file.
 *
 * The file is ours when we have each lock that its file system supports, and
 * the path still names the file that we have locked.  We never wait for one
 * lock while we hold the other.  We write nothing into it, so its other names
 * do not matter.  In a folder like /tmp we follow no other user's link
 * (named_file.h): with fs.protected_symlinks 0, that user could have root make
 * an empty file anywhere.
 */
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/vfs.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/ids.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/number.h"
#include "cli/base/proc.h"
#include "cli/base/text.h"
#include "cli/core/slot/lockfile.h"
#include "cli/core/slot/mount.h"
#include "cli/core/slot/named_file.h"
#include "cli/core/slot/owner.h"
#include "preload/contract.h"
#include "preload/parcel.h"

/*
 * The lock file's open file, packed into a socket for the program, and fetched
 * from there.
 *
 * The socket is one end of a pair, whose other end is closed: the unread
 * message in it keeps the file open.  A fetched descriptor is of the same open
 * file, so it shares the lock.
 */

int
lockfile_pack(int *file)
{
	char word[] = PARCEL_WORD;
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} side;
	struct iovec part = { word, sizeof(word) };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1,
		.msg_control = &side, .msg_controllen = sizeof(side) };
	int ends[2];
	ssize_t n;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	memset(&side, 0, sizeof(side));
	side.head.cmsg_level = SOL_SOCKET;
	side.head.cmsg_type = SCM_RIGHTS;
	side.head.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&side.head), file, sizeof(*file));
	n = sendmsg(ends[1], &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(ends[1]);
	if (n < 0) {
		close(ends[0]);
		return -1;
	}
	close(*file);
	*file = ends[0];
	return 0;
}

/* The file in the parcel at descriptor `number` of another process; -1: that is
 * not a parcel, or has another file. */
static int
parcel_fetch(int pidfd, int number, const struct stat *file)
{
	struct stat st;
	int there = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0), fd;

	if (there < 0)
		return -1;
	fd = parcel_look(there);
	close(there);
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_dev == file->st_dev &&
	    st.st_ino == file->st_ino)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* A list of descriptors, read without opendir(3), which allocates. */
struct numbers {
	int dir; /* -1: it cannot be listed */
	ssize_t len, at;
	_Alignas(struct dirent64) char some[1024];
};

static void
numbers_begin(struct numbers *s, const char *folder)
{
	s->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	s->len = s->at = 0;
}

/* The next descriptor that is a socket; most are not.  -1: no more. */
static int
numbers_next(struct numbers *s)
{
	static const char socket[] = "socket:";
	const struct dirent64 *e;
	char to[sizeof(socket)];
	long long number;

	for (;; s->at += e->d_reclen) {
		if (s->at == s->len) {
			s->at = 0;
			s->len = s->dir < 0 ? 0 : getdents64(s->dir, s->some,
			    sizeof(s->some));
			if (s->len <= 0)
				return -1;
		}
		e = (const void *)(s->some + s->at);
		if (readlinkat(s->dir, e->d_name, to, sizeof(to)) ==
		    (ssize_t)sizeof(to) &&
		    !memcmp(to, socket, sizeof(socket) - 1) &&
		    number_parse(e->d_name, &number) == 0) {
			s->at += e->d_reclen;
			return (int)number;
		}
	}
}

int
lockfile_own(void)
{
	int number, fd = -1;
	struct numbers s;

	numbers_begin(&s, "/proc/self/fd");
	while (fd < 0 && (number = numbers_next(&s)) >= 0)
		fd = parcel_look(number);
	io_close(&s.dir);
	if (fd >= 0)
		close(fd);
	return number;
}

/* Runs in a child of ours (look_fetch), since reading process pid may block. */
static int
fetch_from(pid_t pid, const void *file)
{
	int pidfd = owner_pidfd(pid), fd = -1, number;
	struct numbers s = { .dir = -1 };
	char path[64];

	if (pidfd >= 0)
		numbers_begin(&s, proc_path(pid, "fd", path, sizeof(path)));
	while (fd < 0 && (number = numbers_next(&s)) >= 0)
		fd = parcel_fetch(pidfd, number, file);
	io_close(&s.dir);
	io_close(&pidfd);
	return fd;
}

int
lockfile_fetch(pid_t pid, const struct stat *file)
{
	return look_fetch(pid, fetch_from, file, sizeof(*file));
}

/*
 * Which process has locked a file.
 */

/* The table has all locks of the machine, and the kernel goes through all of
 * them for each part of 4 KiB that is read: with a hundred thousand locks, that
 * takes 15 seconds. */
enum { TABLE_MS = 90, TABLE_PART = 4096, TABLE_LINE = 256 };

/* What the table shows about a file. */
struct shown {
	const char *file; /* " 00:1f:123 ", as the table has it */
	bool exclusive;   /* only a lock that is not shared counts */
	pid_t by;         /* -1: an open file's lock of fcntl(2); 0: none */
};

/* Take a line: "1: FLOCK  ADVISORY  WRITE 42 00:1f:123 0 EOF".  An arrow is a
 * process that waits. */
static void
line_take(struct shown *s, char *line)
{
	char *at = strstr(line, s->file);

	if (!at || strstr(line, " -> ") || (s->exclusive &&
	    strstr(line, " READ ") && !strstr(line, " LEASE ")))
		return;
	*at = '\0';
	at = strrchr(line, ' ');
	s->by = at ? (pid_t)atoi(at) : s->by;
}

/* Read the table until a line shows the holder, for at most TABLE_MS.  0; -1:
 * it could not be read to its end. */
static int
table_look(struct shown *s)
{
	long long deadline = clock_now() + TABLE_MS;
	char part[TABLE_LINE + TABLE_PART + 1], *line, *end;
	int fd = open("/proc/locks", O_RDONLY | O_CLOEXEC);
	size_t kept = 0;
	ssize_t n = -1;

	while (fd >= 0 && s->by <= 0 && clock_left(deadline) &&
	    (n = IO_RETRY(read(fd, part + kept, TABLE_PART))) > 0) {
		kept += (size_t)n;
		part[kept] = '\0';
		for (line = part; s->by <= 0 && (end = strchr(line, '\n'));
		    line = end + 1) {
			*end = '\0';
			line_take(s, line);
		}
		/* Ignore a line that is too long. */
		kept = strlen(line) <= TABLE_LINE ? strlen(line) : 0;
		memmove(part, line, kept);
	}
	io_close(&fd);
	return s->by > 0 || n == 0 ? 0 : -1;
}

enum lockfile_seen
lockfile_locked(const struct stat *st, bool exclusive, pid_t *pid)
{
	char file[64];
	struct shown s = { .file = file, .exclusive = exclusive };
	int r;

	snprintf(file, sizeof(file), " %02x:%02x:%llu ", major(st->st_dev),
	    minor(st->st_dev), (unsigned long long)st->st_ino);
	r = table_look(&s);
	*pid = s.by > 0 && (kill(s.by, 0) == 0 || errno == EPERM) ? s.by : 0;
	return s.by ? LOCKFILE_LOCKED : r == 0 ? LOCKFILE_FREE :
	    LOCKFILE_UNSEEN;
}

const char *
lockfile_holder(const char *path, char *buf)
{
	char comm[32] = "";
	struct text t;
	struct stat st;
	pid_t pid = 0;

	if (stat(path, &st) == 0)
		lockfile_locked(&st, false, &pid);
	t = text_in(buf, LOCKFILE_HOLDER);
	if (!pid || !*proc_comm(pid, comm, sizeof(comm))) {
		text_add(&t, "another process");
		return buf;
	}
	text_all(&t, "pid ", TEXT_NUM(pid), " (", NULL);
	text_show(&t, comm, strlen(comm));
	text_add(&t, ")");
	return buf;
}

/* <linux/magic.h> has these since Linux 5.18. */
#define CIFS_SUPER 0xff534d42u
#define SMB2_SUPER 0xfe534d42u

/*
 * Open for reading and writing, which an exclusive fcntl(2) lock needs.  A file
 * that we may not write, or a folder, is opened for reading, as flock(1) does.
 * Create it only if there is none: fs.protected_regular forbids O_CREAT for
 * another user's file.
 */
static int
file_open(int folder, const char *name, int flags)
{
	int fd;

	flags |= O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	fd = openat(folder, name, O_RDWR | flags, 0);
	if (fd < 0 && errno != ENOENT && errno != ELOOP &&
	    errno != EWOULDBLOCK)
		fd = openat(folder, name, O_RDONLY | flags, 0);
	if (fd < 0 && errno == EACCES)
		fd = openat(folder, name, O_WRONLY | flags, 0);
	if (fd < 0 && errno == ENOENT)
		fd = openat(folder, name, O_RDWR | O_CREAT | flags, 0666);
	return fd;
}

bool
lockfile_is(const char *path, int fd)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat(path, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static void
alarm_note(int sig)
{
	(void)sig; /* SIGALRM only interrupts the lock call */
}

/* On NFS and SMB both locks are the same kind: the second would wait for the
 * first. */
static bool
is_remote(int fd)
{
	struct statfs fs;

	return mount_fstatfs(fd, &fs) == 0 && (fs.f_type == NFS_SUPER_MAGIC ||
	    fs.f_type == SMB_SUPER_MAGIC ||
	    (uint32_t)fs.f_type == CIFS_SUPER ||
	    (uint32_t)fs.f_type == SMB2_SUPER);
}

/* Whether a file system, or Linux, has no such lock: then flock(2)'s has to do.
 * Any other error tells nothing: another process may have the lock. */
static bool
is_lacking(int err)
{
	return err == EINVAL || err == ENOSYS || err == EOPNOTSUPP;
}

/* The fcntl(2) lock of the open file, on all of it; 0 also where there is
 * none. */
static int
record_lock(int fd, short type, bool wait)
{
	struct flock fl = { .l_type = type, .l_whence = SEEK_SET };
	int r;

	if (is_remote(fd))
		return 0;
	r = fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &fl);
	/* fd is open for reading only: a read lock keeps out writers. */
	if (r < 0 && errno == EBADF && type == F_WRLCK) {
		fl.l_type = F_RDLCK;
		r = fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &fl);
	}
	if (r < 0 && errno == EACCES)
		errno = EAGAIN;
	return r < 0 && is_lacking(errno) ? 0 : r;
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

/* Leaves errno as it is. */
static void
kind_unlock(int fd, enum kind kind)
{
	int err = errno;

	if (kind == FLOCK)
		flock(fd, LOCK_UN);
	else
		record_lock(fd, F_UNLCK, false);
	errno = err;
}

/* Wait for a lock for at most ms.  0; -1: EINTR on timeout. */
static int
lock_until(int fd, enum kind kind, bool shared, int ms)
{
	struct sigaction sa = { .sa_handler = alarm_note }, was;
	/* Repeat: the first signal may come before the call sleeps. */
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

/* Take one lock, waiting until the deadline.  0; -1: EWOULDBLOCK, or another
 * errno. */
static int
kind_wait(int fd, enum kind kind, bool shared, long long deadline)
{
	int left, r;

	do {
		if (deadline < 0) {
			r = kind_lock(fd, kind, shared, true);
			continue;
		}
		left = clock_left(deadline);
		if (!left) {
			errno = EWOULDBLOCK;
			return -1;
		}
		r = lock_until(fd, kind, shared, left);
	} while (r < 0 && errno == EINTR);
	return r;
}

/* Take both locks.  Another program may take them in the other order, so never
 * wait for one while holding the other. */
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

/* The file cannot be opened.  Another user may have made it before us, with an
 * umask that keeps us out. */
static int
open_fault(const char *path, const struct named_file *n, int err,
    struct fault *f)
{
	struct stat st;
	char mode[16];

	fault_errno(f, EXIT_STATE, err, "cannot open the lock file ", path,
	    NULL);
	if (err == EACCES && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid != ids_own()) {
		snprintf(mode, sizeof(mode), "%04o", st.st_mode & 07777);
		return fault_more(f, "; it is uid ", TEXT_NUM(st.st_uid),
		    "'s, mode ", mode, TEXT_HINT, "use a file that all can open"
		    " (chmod 666), or a folder of your own", NULL);
	}
	return fault_more(f, n->theirs ? NAMED_FILE_WAY : NULL, NULL);
}

/* Open the file and lock it once; it may have been replaced meanwhile. */
static enum lockfile
file_take(const char *path, bool shared, long long deadline, int *fd,
    struct fault *f)
{
	struct named_file n;
	struct stat st;
	int err;

	/* With a lease on it we wait as flock(1) does. */
	*fd = named_file(path, file_open, deadline, &n);
	if (*fd < 0 && errno == EWOULDBLOCK)
		return LOCKFILE_BUSY;
	if (*fd < 0 && n.link)
		return fault_set(f, EXIT_STATE, "the lock file ", path, " is a"
		    " link that another user may have put there, or is behind"
		    " one; name the file itself, or use a folder of your own",
		    NULL);
	if (*fd < 0)
		return open_fault(path, &n, errno, f);
	if (fstat(*fd, &st) < 0 || (!S_ISREG(st.st_mode) &&
	    !S_ISDIR(st.st_mode))) {
		io_close(fd);
		return fault_set(f, EXIT_STATE, "the lock file ", path,
		    " is neither a file nor a folder", n.theirs ?
		    NAMED_FILE_WAY : NULL, NULL);
	}
	if (file_lock(*fd, shared, deadline) == 0)
		return LOCKFILE_OURS;
	err = errno;
	io_close(fd);
	if (err == EWOULDBLOCK)
		return LOCKFILE_BUSY;
	/* NFS locks only files open for writing, and this may not be. */
	return fault_errno(f, EXIT_STATE, err == EBADF ? EACCES : err,
	    "cannot lock the lock file ", path, NULL);
}

enum lockfile
lockfile_take(const char *path, bool shared, long long deadline, int *fd,
    struct fault *f)
{
	enum { TRIES = 1000 }; /* another user may replace it again and again */
	enum lockfile r;

	for (int i = 0; i < TRIES; i++) {
		r = file_take(path, shared, deadline, fd, f);
		if (r != LOCKFILE_OURS || lockfile_is(path, *fd))
			return r;
		lockfile_release(fd);
	}
	return fault_set(f, EXIT_STATE, "the lock file ", path, " is replaced"
	    " again and again", NULL);
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
