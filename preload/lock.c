/*
 * lock.c: keeping the lock of --lock-file in the program.
 *
 * The program maps the open file that has the lock, and has the socket that
 * carries it (parcel.h); no other process has it.  So the kernel drops the lock
 * when the program ends, before others can see its end and whatever the keeper
 * does.  A forked copy that goes on as a daemon has the lock from its start.
 * The mapping remains if the program closes all descriptors; the socket remains
 * across exec.
 *
 * A copy of a shell is never a daemon and must not keep the lock: the mapping
 * is MADV_DONTFORK, and the copy closes the socket before fork returns in the
 * parent.
 */
#include <sys/prctl.h>

#include <limits.h>
#include <linux/futex.h>

#include "preload/bytes.h"
#include "preload/contract.h"
#include "preload/lock.h"
#include "preload/parcel.h"
#include "preload/sys.h"

enum {
	CLOSED_NS = 20000000, /* one wait for a copy to close its socket */
	CLOSED_LOOKS = 50     /* at most so many waits */
};

static struct {
	int fd;             /* the socket that carries the file */
	unsigned long long ino; /* its inode; 0: there is no socket */
	int *closed;        /* shared: copies that have closed their socket */
	int before;         /* *closed when the fork began */
	bool main;          /* --lifetime=main: no copy is a successor */
} lock;

static unsigned long long
socket_inode(int fd)
{
	struct statx st;

	return sys_status(fd, "", AT_EMPTY_PATH, &st) == 0 &&
	    S_ISSOCK(st.stx_mode) ? st.stx_ino : 0;
}

bool
lock_held(void)
{
	/* The program may have closed fd and opened another file with the same
	 * number. */
	return lock.ino && socket_inode(lock.fd) == lock.ino;
}

void
lock_name(char *to)
{
	size_t len;

	to = bytes_copy(to, ENV_LOCK "=", sizeof(ENV_LOCK "=") - 1);
	len = bytes_number(to, (unsigned int)lock.fd << 1 |
	    (unsigned int)lock.main);
	to[len - 1] = '\0';
}

void
lock_inherit(bool on)
{
	SYS3(SYS_fcntl, lock.fd, F_SETFD, on ? 0 : FD_CLOEXEC);
}

static void
fork_prepare(void)
{
	lock.before = __atomic_load_n(lock.closed, __ATOMIC_ACQUIRE);
}

static void
fork_parent(void)
{
	struct sys_time t = {0, CLOSED_NS};

	/* If fork has failed there is no copy: this then waits a second. */
	for (int i = 0; i < CLOSED_LOOKS && lock.ino &&
	    __atomic_load_n(lock.closed, __ATOMIC_ACQUIRE) == lock.before; i++)
		SYS5(SYS_FUTEX, lock.closed, FUTEX_WAIT, lock.before, &t,
		    NULL);
}

static void
fork_child(void)
{
	if (!lock.ino) /* the parent did not have the socket either */
		return;
	if (lock_held())
		sys_close(lock.fd);
	lock.ino = 0;
	__atomic_add_fetch(lock.closed, 1, __ATOMIC_RELEASE);
	SYS3(SYS_FUTEX, lock.closed, FUTEX_WAKE, 1);
}

/* Have copies of this process close the socket. */
static void
keep_alone(lock_forks *at_fork)
{
	lock.closed = sys_map(sizeof(int), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1);
	if (lock.closed && at_fork)
		at_fork(fork_prepare, fork_parent, fork_child, NULL);
}

/* Whether the program is a shell, by the name of its file. */
static bool
is_shell(void)
{
	static const char *const shells[] = {"sh", "bash", "rbash", "dash",
		"ash", "zsh", "rzsh", "ksh", "ksh93", "rksh", "mksh", "lksh",
		"posh", "yash", "csh", "tcsh", "bsd-csh", "fish", "busybox",
		"toybox"};
	char path[PATH_MAX + 1], *name = path;
	long n = SYS5(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", path,
	    sizeof(path) - 1, 0);

	if (n <= 0)
		return false;
	path[n] = '\0';
	for (char *s = path; *s; s++)
		if (*s == '/')
			name = s + 1;
	for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++) {
		const char *rest = name + bytes_len(shells[i]);

		/* "bash-static", "zsh5", "mksh (deleted)". */
		if (bytes_begin(name, shells[i]) && (!*rest || *rest == '-' ||
		    *rest == ' ' || *rest == '.' ||
		    (*rest >= '0' && *rest <= '9')))
			return true;
	}
	return false;
}

/* Move fd to a high number, which programs rarely use, as RLIMIT_NOFILE allows.
 * The new number, close-on-exec. */
static int
fd_raise(int fd)
{
	static const int least[] = {500, 100, 10};
	long to = -1;

	for (size_t i = 0; i < 3 && to < 0; i++)
		to = SYS3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, least[i]);
	if (to < 0) {
		SYS3(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);
		return fd;
	}
	sys_close(fd);
	return (int)to;
}

void
lock_keep(const char *value, lock_forks *at_fork)
{
	unsigned int n = 0;
	int fd, file;
	bool alone;
	void *at;

	for (; *value; value++) {
		BYTES_LOOP();
		if (*value < '0' || *value > '9' || n > 0xfffff)
			return;
		n = n * 10 + (unsigned int)(*value - '0');
	}
	fd = (int)(n >> 1);
	lock.main = n & 1;
	file = parcel_look(fd);
	alone = lock.main || is_shell();
	at = sys_map(1, PROT_NONE, MAP_SHARED, file >= 0 ? file : fd);
	if (at && alone)
		SYS3(SYS_madvise, at, 1, MADV_DONTFORK);
	if (file < 0) { /* no socket could be made: fd is the file itself */
		sys_close(fd);
		return;
	}
	sys_close(file);
	lock.fd = fd_raise(fd);
	lock.ino = socket_inode(lock.fd);
	if (alone)
		keep_alone(at_fork);
}
