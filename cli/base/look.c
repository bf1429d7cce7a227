/*
 * look.c: read files of another process that may block their reader (look.h).
 *
 * Time limits: EACH_MS for one process, ALL_MS for all from look_begin to
 * look_end.  A process that could not be looked at before, or comes after
 * ALL_MS, gets SHORT_MS, or is not looked at (lack_lasts).
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/types.h>

#include <bsd/unistd.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/number.h"
#include "cli/base/proc.h"

/*
 * The looking child: it reads what may block, and can be killed, or left
 * behind, while it is blocked.
 *
 * It has none of our descriptors: questions and answers go through a shared
 * page.  So it keeps no lock and no connection open if it is left behind in the
 * kernel.  Its end sends no SIGCHLD, and a wait(2) for other children does not
 * see it.
 */

enum { LOOKER_DATA = 32768, LOOKER_NAME = 64 };

enum looker_what {
	LOOKER_LINK,  /* data: the link's target */
	LOOKER_STAT,  /* dev, ino: of what the link leads to */
	LOOKER_OPEN,  /* data: the beginning of a file */
	LOOKER_MORE,  /* data: what follows */
	LOOKER_OPENS, /* whether a descriptor's link is data; not dev, ino */
	LOOKER_SOCKETS, /* data: inodes, uint32_t, of its sockets */
	LOOKER_FETCH  /* what fetch returns */
};

struct look_question {
	enum looker_what what;
	pid_t pid;
	const char *name; /* of the file in /proc/PID */
	int (*fetch)(pid_t, const void *data);
	const void *data; /* n bytes */
	size_t n;
	const struct stat *besides; /* of OPENS; may be NULL */
};

/* More than a dozen members: a question and its answer. */
struct looker_page {
	uint32_t asked; /* a futex: 1 until it is answered */
	enum looker_what what;
	pid_t pid;
	char name[LOOKER_NAME];
	int (*fetch)(pid_t, const void *data);
	ssize_t result; /* bytes in data, 0 or 1, or -1 with err */
	int err;
	dev_t dev;
	ino_t ino;
	char data[LOOKER_DATA];
};

struct looker {
	pid_t child; /* 0: none yet */
	struct looker_page *page;
};

struct lack {
	pid_t pid;
	pid_t child; /* left behind by the look; 0: none */
	unsigned int question; /* in which that was */
};

enum { LACKS = 32 };

struct lacks {
	struct lack at[LACKS];
	int n;
	unsigned int question; /* the number of this one */
	pid_t last; /* the last one that could not be looked at; 0 */
};

enum looker_answer {
	LOOKER_ANSWERED,
	LOOKER_STUCK, /* the child is blocked in the kernel */
	LOOKER_GONE   /* another process killed or stopped the child */
};

/*
 * Processes that could not be looked at.
 *
 * They are looked at once per question, from look_begin to look_end, and only
 * for a short time.  Most of what blocks the child ends at a SIGKILL.  Where it
 * does not (a page from a dead file server), the child is left behind, and its
 * process is not looked at again until the child has gone.  If many children
 * have been left behind, no other process is looked at.
 */

enum { LEFT_MOST = LACKS / 2 };

static struct lack *
lack_find(struct lacks *l, pid_t pid)
{
	for (int i = 0; i < l->n; i++) {
		if (l->at[i].pid == pid)
			return &l->at[i];
	}
	return NULL;
}

/* Whether the child that was left behind still exists. */
static bool
is_left(struct lack *one)
{
	if (one->child && proc_ended(one->child, NULL))
		one->child = 0;
	return one->child != 0;
}

/* Note that a process could not be looked at; child: the looking child that was
 * left behind by that, or 0. */
static void
lack_note(struct lacks *l, pid_t pid, pid_t child)
{
	struct lack *one = lack_find(l, pid);

	/* Full: replace one without a child.  lack_full keeps some. */
	for (int i = 0; !one && l->n == LACKS; i++)
		one = l->at[i].child ? NULL : &l->at[i];
	if (!one)
		one = &l->at[l->n++];
	*one = (struct lack){ pid, child, l->question };
	l->last = pid;
}

/* The process has been looked at: forget that an earlier look failed. */
static void
lack_forget(struct lacks *l, pid_t pid)
{
	struct lack *one = lack_find(l, pid);

	if (one)
		*one = l->at[--l->n];
}

/* Whether to skip the process for now. */
static bool
lack_lasts(struct lacks *l, pid_t pid)
{
	struct lack *one = lack_find(l, pid);
	bool lasts = one && (is_left(one) || one->question == l->question);

	if (lasts)
		l->last = pid;
	return lasts;
}

/* Whether too many children have been left behind. */
static bool
lack_full(struct lacks *l)
{
	int left = 0;

	for (int i = 0; i < l->n; i++)
		left += is_left(&l->at[i]);
	return left >= LEFT_MOST;
}

enum {
	AGAIN_MS = 50,  /* after the limit, between looks at the child */
	TRACED_MS = 10000
};

/* What LOOKER_OPEN has opened: in the child, or here for our own process. */
static int opened = -1;

/* Everything from here to looker_do may block. */

/* DONT_SYNC: cached attributes will do, do not ask a file server. */
static ssize_t
stat_do(const char *path, struct looker_page *p)
{
	struct statx st;

	if (io_statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, &st) < 0)
		return -1;
	p->dev = makedev(st.stx_dev_major, st.stx_dev_minor);
	p->ino = st.stx_ino;
	return 0;
}

static ssize_t
more_do(struct looker_page *p)
{
	return opened < 0 ? 0 : io_read(opened, p->data, LOOKER_DATA);
}

static ssize_t
open_do(const char *path, struct looker_page *p)
{
	io_close(&opened);
	opened = open(path, O_RDONLY | O_CLOEXEC);
	return opened < 0 ? -1 : more_do(p);
}

/* Read the link of a descriptor, one of the list d, into link, with a NUL.  Its
 * length; 0: it has been closed, or is no descriptor; -1: errno, EACCES from
 * another user namespace, where one sees but the numbers. */
static ssize_t
fd_link(DIR *d, const struct dirent *e, char *link, size_t cap)
{
	ssize_t n = *e->d_name == '.' ? 0 :
	    readlinkat(dirfd(d), e->d_name, link, cap - 1);

	if (n < 0 && errno == ENOENT)
		n = 0;
	link[n > 0 ? n : 0] = '\0';
	return n;
}

/* Whether a descriptor's link is the name; as look_opens. */
static bool
link_fits(char *link, const char *name)
{
	size_t len, n = strlen(name) - 1;

	if (*name != '*')
		return !strcmp(link, name);
	len = strlen(proc_undeleted(link));
	return len >= n && !strcmp(link + len - n, name + 1);
}

static ssize_t
opens_do(const char *path, struct looker_page *p)
{
	char link[PATH_MAX];
	struct dirent *e;
	ssize_t found = 0, n;
	DIR *d = opendir(path);
	struct stat st;
	int err = 0;

	if (!d)
		return -1;
	while (!found && (e = io_entry(d))) {
		n = fd_link(d, e, link, sizeof(link));
		if (n < 0)
			err = errno;
		found = n > 0 && link_fits(link, p->data);
		if (found && p->ino && fstatat(dirfd(d), e->d_name, &st, 0) == 0)
			found = st.st_dev != p->dev || st.st_ino != p->ino;
	}
	if (!e && errno)
		err = errno;
	closedir(d);
	errno = err;
	return found || !err ? found : -1;
}

/* The inode in "socket:[INODE]"; 0: it is no socket. */
static uint32_t
socket_inode(char *link)
{
	static const char before[] = "socket:[";
	char *end = link + strlen(link) - 1;
	long long n;

	if (strncmp(link, before, sizeof(before) - 1) != 0 || *end != ']')
		return 0;
	*end = '\0';
	return number_parse(link + sizeof(before) - 1, &n) == 0 && n > 0 &&
	    n <= UINT32_MAX ? (uint32_t)n : 0;
}

static ssize_t
sockets_do(const char *path, struct looker_page *p)
{
	char link[LOOKER_NAME];
	struct dirent *e;
	ssize_t n, len = 0;
	DIR *d = opendir(path);
	uint32_t inode;
	int err = 0;

	if (!d)
		return -1;
	while (!err && (e = io_entry(d))) {
		n = fd_link(d, e, link, sizeof(link));
		if (n < 0)
			err = errno;
		inode = n > 0 ? socket_inode(link) : 0;
		if (inode && len + (ssize_t)sizeof(inode) > LOOKER_DATA) {
			err = EFBIG;
		} else if (inode) {
			memcpy(p->data + len, &inode, sizeof(inode));
			len += (ssize_t)sizeof(inode);
		}
	}
	if (!e && errno)
		err = errno;
	closedir(d);
	errno = err;
	return err ? -1 : len;
}

/* Put a question into the page; looker_do answers it, in the child or, about
 * our own process, here. */
static void
looker_put(struct looker_page *p, const struct look_question *q)
{
	p->what = q->what;
	p->dev = q->besides ? q->besides->st_dev : 0;
	p->ino = q->besides ? q->besides->st_ino : 0;
	p->pid = q->pid;
	p->fetch = q->fetch;
	strcpy(p->name, q->name);
	if (q->n)
		memcpy(p->data, q->data, q->n);
}

static void
looker_do(struct looker_page *p)
{
	char path[LOOKER_NAME + 32];

	proc_path(p->pid, p->name, path, sizeof(path));
	errno = 0;
	switch (p->what) {
	case LOOKER_LINK:
		p->result = readlink(path, p->data, LOOKER_DATA - 1);
		break;
	case LOOKER_STAT:
		p->result = stat_do(path, p);
		break;
	case LOOKER_OPEN:
		p->result = open_do(path, p);
		break;
	case LOOKER_MORE:
		p->result = more_do(p);
		break;
	case LOOKER_OPENS:
		p->result = opens_do(path, p);
		break;
	case LOOKER_SOCKETS:
		p->result = sockets_do(path, p);
		break;
	case LOOKER_FETCH:
		p->result = p->fetch(p->pid, p->data);
		break;
	}
	p->err = errno;
}

static bool
is_asked(struct looker_page *p)
{
	return __atomic_load_n(&p->asked, __ATOMIC_ACQUIRE);
}

static void
asked_set(struct looker_page *p, uint32_t asked)
{
	__atomic_store_n(&p->asked, asked, __ATOMIC_RELEASE);
	syscall(SYS_futex, &p->asked, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* Wait while p->asked equals asked; ms < 0: no limit. */
static void
asked_wait(struct looker_page *p, uint32_t asked, long long ms)
{
	const struct timespec limit = { 0, ms * 1000000L };

	syscall(SYS_futex, &p->asked, FUTEX_WAIT, asked, ms < 0 ? NULL :
	    &limit, NULL, 0);
}

static _Noreturn void
child_serve(struct looker_page *p, pid_t parent)
{
	sigset_t all;

	/* First: this child must not outlive its parent. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	prctl(PR_SET_NAME, "onlyone-look");
	/* The child shares its parent's descriptor table (CLONE_FILES).  Change
	 * to an empty table, not to a copy: to close what is in a copy may
	 * block. */
	if (syscall(SYS_close_range, 0, ~0U, 1U << 1) < 0) {
		if (unshare(CLONE_FILES) < 0)
			_exit(0);
		closefrom(0); /* before Linux 5.9 */
	}
	opened = -1;
	for (;;) {
		while (!is_asked(p))
			asked_wait(p, 0, -1);
		looker_do(p);
		asked_set(p, 0);
	}
}

/* Make the shared page, if there is none; looker_begin: the child too.  0,
 * -1. */
static int
looker_page(struct looker *l)
{
	if (l->page)
		return 0;
	l->page = mmap(NULL, sizeof(*l->page), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (l->page != MAP_FAILED)
		return 0;
	l->page = NULL;
	return -1;
}

static int
looker_begin(struct looker *l)
{
	pid_t parent = getpid(), child;

	if (l->child)
		return 0;
	if (looker_page(l) < 0)
		return -1;
	l->page->asked = 0;
	child = (pid_t)syscall(SYS_clone, CLONE_FILES, 0, 0, 0, 0);
	if (child == 0)
		child_serve(l->page, parent);
	if (child > 0)
		l->child = child;
	return child > 0 ? 0 : -1;
}

/* Let the child answer within ms.  One that only waits for a processor gets one
 * at some time, however slow the machine is.  One that is traced ('t') is about
 * to continue: give it longer.  So too if its state cannot be read: we may lack
 * a descriptor for that. */
static enum looker_answer
looker_ask(struct looker *l, long long ms)
{
	struct looker_page *p = l->page;
	long long begun = clock_now(), waited = 0;
	char state = 'R';

	asked_set(p, 1);
	while (waited < ms || state == 'R' || ((!state || state == 't') &&
	    waited < TRACED_MS)) {
		asked_wait(p, 1, waited < ms ? ms - waited : AGAIN_MS);
		if (!is_asked(p))
			return LOOKER_ANSWERED;
		state = proc_state(l->child);
		if (state == 'T')
			return LOOKER_GONE;
		if (proc_ended(l->child, NULL)) {
			l->child = 0; /* another process may get its number */
			return LOOKER_GONE;
		}
		waited = clock_now() - begun;
	}
	return is_asked(p) ? LOOKER_STUCK : LOOKER_ANSWERED;
}

/* Kill the child. 0, or its PID if it cannot be killed: then it keeps the
 * page. */
static pid_t
looker_end(struct looker *l)
{
	pid_t child = l->child;

	l->child = 0;
	if (!child || proc_end(child))
		return 0;
	l->page = NULL;
	return child;
}

/* Unmap the page. */
static void
looker_free(struct looker *l)
{
	io_close(&opened);
	if (l->page)
		munmap(l->page, sizeof(*l->page));
	l->page = NULL;
}

enum {
	EACH_MS = 200, ALL_MS = 400, SHORT_MS = 20,
	TRIES = 3, /* if another process ends the child */
	CHUNK = 4096, ENVIRON_LIMIT = 16 << 20
};

/* The looks of this process. */
static struct {
	pid_t of;          /* PID of the process: a fork begins afresh */
	int depth;         /* of nested look_begin */
	struct looker child;
	long long left_ms; /* of ALL_MS */
	long long begun, late_ms; /* look_late */
	size_t at, len;    /* of the page's data: read so far, and all */
	struct lacks lacks;
} look;

/* Let the child answer the question in the page.  0; 1: it is gone, start
 * another one; -1. */
static int
child_ask(pid_t pid)
{
	long long begun = clock_now(), ms;
	pid_t left;

	ms = look.left_ms < EACH_MS ? look.left_ms : EACH_MS;
	if (lack_find(&look.lacks, pid) || ms < SHORT_MS)
		ms = SHORT_MS;
	switch (looker_ask(&look.child, ms)) {
	case LOOKER_ANSWERED:
		lack_forget(&look.lacks, pid);
		return 0;
	case LOOKER_GONE:
		if (!looker_end(&look.child))
			return 1;
		errno = EAGAIN;
		return -1;
	default:
		left = looker_end(&look.child);
		look.left_ms -= clock_now() - begun;
		lack_note(&look.lacks, pid, left);
		errno = ETIMEDOUT;
		return -1;
	}
}

/* Ask a question: the page with the answer; NULL: errno. */
static struct looker_page *
question_ask(const struct look_question *q)
{
	struct looker_page *p = NULL;
	bool self;
	int r = 1;

	look.at = look.len = 0;
	self = q->pid == getpid() && proc_ours();
	if (!self && !proc_mine(q->pid)) {
		errno = errno ? errno : EACCES;
		return NULL;
	}
	if (!self && lack_lasts(&look.lacks, q->pid)) {
		errno = ETIMEDOUT;
		return NULL;
	}
	for (int i = 0; r > 0; i++) {
		errno = EAGAIN;
		/* Do not ask MORE again: the open file went with the child. */
		if (i == TRIES || (i && q->what == LOOKER_MORE) ||
		    (!self && lack_full(&look.lacks)) ||
		    (self ? looker_page : looker_begin)(&look.child) < 0)
			return NULL;
		p = look.child.page;
		looker_put(p, q);
		if (self)
			looker_do(p);
		r = self ? 0 : child_ask(q->pid);
	}
	if (r < 0)
		return NULL;
	errno = p->err;
	return p->result < 0 ? NULL : p;
}

void
look_begin(void)
{
	if (look.of != getpid()) {
		/* We were forked: the looks are our parent's. */
		memset(&look, 0, sizeof(look));
		look.of = getpid();
	}
	if (!look.depth++) {
		look.begun = clock_now();
		look.left_ms = ALL_MS;
		look.lacks.question++;
	}
}

void
look_end(void)
{
	long long took;
	int err = errno;

	if (--look.depth == 0) {
		looker_end(&look.child);
		looker_free(&look.child);
		took = clock_now() - look.begun;
		look.late_ms += took > EACH_MS ? took : 0;
	}
	errno = err;
}

long long
look_late(void)
{
	return look.of == getpid() ? look.late_ms : 0;
}

ssize_t
look_link(pid_t pid, const char *file, char *buf, size_t cap)
{
	const struct look_question q = { .what = LOOKER_LINK, .pid = pid,
		.name = file };
	const struct looker_page *p;
	ssize_t n = -1;

	look_begin();
	p = question_ask(&q);
	if (p)
		n = p->result < (ssize_t)cap ? p->result : (ssize_t)cap - 1;
	if (n > 0)
		memcpy(buf, p->data, (size_t)n);
	buf[n > 0 ? n : 0] = '\0';
	look_end();
	return n;
}

int
look_stat(pid_t pid, const char *file, struct stat *st)
{
	const struct look_question q = { .what = LOOKER_STAT, .pid = pid,
		.name = file };
	const struct looker_page *p;

	look_begin();
	memset(st, 0, sizeof(*st));
	p = question_ask(&q);
	if (p) {
		st->st_dev = p->dev;
		st->st_ino = p->ino;
	}
	look_end();
	return p ? 0 : -1;
}

/* Ask for more of a file, and note how much there is. */
static int
more_take(const struct look_question *q)
{
	const struct looker_page *p = question_ask(q);

	look.at = 0;
	look.len = p ? (size_t)p->result : 0;
	return p ? 0 : -1;
}

int
look_open(pid_t pid, const char *file)
{
	return more_take(&(struct look_question){ .what = LOOKER_OPEN,
	    .pid = pid, .name = file });
}

ssize_t
look_read(void *buf, size_t n)
{
	if (look.at == look.len) {
		/* The last answer did not fill the page: that was the end of
		 * the file. */
		if (look.len < LOOKER_DATA)
			return 0;
		if (more_take(&(struct look_question){ .what = LOOKER_MORE,
		    .pid = look.child.page->pid, .name = "" }) < 0)
			return -1;
	}
	if (n > look.len - look.at)
		n = look.len - look.at;
	memcpy(buf, look.child.page->data + look.at, n);
	look.at += n;
	return (ssize_t)n;
}

int
look_file(pid_t pid, const char *file, struct buf *b, size_t limit)
{
	size_t begin = b->len;
	ssize_t n;

	look_begin();
	n = look_open(pid, file) < 0 ? -1 : 1;
	while (n > 0) {
		if (b->len - begin > limit) {
			errno = EFBIG;
			n = -1;
		} else {
			n = buf_room(b, CHUNK) < 0 ? -1 :
			    look_read(b->at + b->len, CHUNK);
		}
		b->len += n > 0 ? (size_t)n : 0;
	}
	look_end();
	return (int)n;
}

int
look_environ(pid_t pid, struct buf *b)
{
	return look_file(pid, "environ", b, ENVIRON_LIMIT);
}

int
look_proc(pid_t pid, struct proc *p)
{
	char stat[1024];
	ssize_t n = -1;

	if (proc_read(pid, p) < 0)
		return -1;
	look_begin();
	if (look_open(pid, "stat") == 0)
		n = look_read(stat, sizeof(stat) - 1);
	look_end();
	if (n < 0)
		return -1;
	stat[n] = '\0';
	return proc_stat_parse(stat, p);
}

const char *
look_exe(pid_t pid, char *buf, size_t cap)
{
	look_link(pid, "exe", buf, cap);
	return buf;
}

const char *
look_cwd(pid_t pid, char *buf, size_t cap)
{
	if (pid == getpid())
		return io_cwd(buf, cap) ? buf : "";
	look_link(pid, "cwd", buf, cap);
	return buf;
}

int
look_opens(pid_t pid, const char *name, const struct stat *besides)
{
	const struct look_question q = { .what = LOOKER_OPENS, .pid = pid,
		.name = "fd", .data = name, .n = strlen(name) + 1,
		.besides = besides };
	const struct looker_page *p;
	int r;

	look_begin();
	p = question_ask(&q);
	r = p ? (int)p->result : -1;
	look_end();
	return r;
}

int
look_sockets(pid_t pid, struct buf *inodes)
{
	const struct look_question q = { .what = LOOKER_SOCKETS, .pid = pid,
		.name = "fd" };
	const struct looker_page *p;
	int r;

	look_begin();
	p = question_ask(&q);
	r = p ? buf_add(inodes, p->data, (size_t)p->result) : -1;
	look_end();
	return r;
}

bool
look_inodes_have(const struct buf *inodes, uint32_t inode)
{
	uint32_t one;

	for (size_t k = 0; k < inodes->len; k += sizeof(one)) {
		memcpy(&one, inodes->at + k, sizeof(one));
		if (one == inode)
			return true;
	}
	return false;
}

int
look_has_socket(pid_t pid, const struct buf *inodes)
{
	struct buf all = { 0 };
	int has = look_sockets(pid, &all);
	uint32_t one;

	for (size_t k = 0; has == 0 && k < all.len; k += sizeof(one)) {
		memcpy(&one, all.at + k, sizeof(one));
		has = look_inodes_have(inodes, one);
	}
	buf_free(&all);
	return has;
}

int
look_fetch(pid_t pid, int (*fetch)(pid_t, const void *), const void *arg,
    size_t n)
{
	const struct look_question q = { .what = LOOKER_FETCH, .pid = pid,
		.name = "", .fetch = fetch, .data = arg, .n = n };
	const struct looker_page *p;
	int pidfd = -1, fd = -1;

	look_begin();
	p = question_ask(&q);
	if (p && look.child.child)
		pidfd = (int)syscall(SYS_pidfd_open, look.child.child, 0);
	if (pidfd >= 0)
		fd = (int)syscall(SYS_pidfd_getfd, pidfd, (int)p->result, 0);
	io_close(&pidfd);
	look_end();
	return fd;
}

bool
look_is(pid_t pid)
{
	return look.child.child == pid && look.of == getpid();
}

pid_t
look_last(void)
{
	return look.lacks.last;
}
