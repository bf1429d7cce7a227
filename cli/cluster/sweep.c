/*
 * sweep.c: send a signal to all that an instance is, and has started.
 *
 * One look sees all processes.  Members are found first by their own mark,
 * then by their parents, until no member is new.  A pid is signalled
 * through a pidfd, and only if, with that open, it is the process that we saw.
 * Of a process that cannot be looked at (look.h) we know only the parents.
 *
 * A look takes time, the more the more processes there are.  So a child of ours
 * looks ahead, and sends us pidfds of the members: what has to be signalled at
 * a deadline is signalled by these, and the look comes after that.
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/number.h"
#include "cli/base/proc.h"
#include "cli/base/procs.h"
#include "cli/cluster/sweep.h"
#include "cli/core/slot/env_mark.h"
#include "cli/core/slot/owner.h"

enum { QUIET = 3, PAUSE_US = 2000, FRESH_MS = 500 };

struct seen {
	pid_t pid, parent, session;
	uint64_t tag;   /* owner_tag */
	uint64_t start; /* 0: not known */
	bool member;
	int had; /* last signal that it has had; 0 */
	int pidfd; /* of a known member; -1 */
};

/* All living processes of ours, sorted by pid. */
static int
all_see(struct buf *all)
{
	struct procs list;
	struct proc p;
	int err;
	pid_t pid;

	if (procs_begin(&list) < 0)
		return -1;
	while (procs_next(&list, &pid)) {
		struct seen s;

		if ((look_proc(pid, &p) < 0 && errno != ETIMEDOUT) ||
		    p.state == 'Z' || p.state == 'X')
			continue;
		memset(&s, 0, sizeof(s));
		s.pidfd = -1;
		s.pid = pid;
		s.parent = p.parent;
		s.session = p.session;
		s.tag = owner_tag(pid);
		s.start = p.start;
		buf_add(all, &s, sizeof(s));
	}
	err = all->failed ? ENOMEM : list.error;
	procs_end(&list);
	errno = err;
	return err ? -1 : 0;
}

static int
by_pid(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static struct seen *
seen_find(struct seen *at, size_t n, pid_t pid)
{
	struct seen wanted = { .pid = pid };

	return n ? bsearch(&wanted, at, n, sizeof(*at), by_pid) : NULL;
}

static bool
began_before(const struct seen *s, long long when)
{
	return (long long)s->start * 1000 / sysconf(_SC_CLK_TCK) < when;
}

/* This process among the members found earlier; NULL. */
static struct seen *
known_find(const struct sweep *s, const struct seen *m)
{
	struct seen *at = (void *)s->known.at;
	size_t n = s->known.len / sizeof(*at);

	for (size_t i = 0; i < n; i++) {
		if (at[i].pid == m->pid && at[i].tag == m->tag)
			return &at[i];
	}
	return NULL;
}

/* Whether m is a member by itself, not by its parents. */
static bool
is_root(struct sweep *s, const struct seen *m, long long before)
{
	if (m->pid == s->owner && !s->began)
		s->began = m->start;
	if (known_find(s, m))
		return true;
	if (!began_before(m, before))
		return false;
	return (m->pid == s->owner && m->start == s->began) ||
	    (s->parent && m->parent == s->parent && s->began &&
	    m->start >= s->began) || env_mark_has(s->folder, s->since, m->pid);
}

static bool
is_none(const struct sweep *s, const struct seen *m)
{
	return m->pid == s->parent || m->pid == getpid() ||
	    m->pid == s->scout.of;
}

/* Add the children of members, and the sessions that members lead. */
static void
members_spread(const struct sweep *s, struct seen *at, size_t n)
{
	struct seen *parent, *leader;
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < n; i++) {
			if (at[i].member || is_none(s, &at[i]))
				continue;
			parent = seen_find(at, n, at[i].parent);
			leader = seen_find(at, n, at[i].session);
			if ((parent && parent->member) ||
			    (leader && leader->member))
				more = at[i].member = true;
		}
	}
}

static void
members_mark(struct sweep *s, struct seen *at, size_t n)
{
	long long before = s->before ? s->before : LLONG_MAX;

	for (size_t i = 0; i < n; i++)
		at[i].member = !is_none(s, &at[i]) &&
		    is_root(s, &at[i], before);
	members_spread(s, at, n);
}

int
sweep_end(const struct sweep *s, int pidfd, int sig)
{
	return s->fenced ? owner_signal(pidfd, sig) : owner_end(pidfd, sig);
}

static bool
member_signal(const struct sweep *s, const struct seen *m, int sig)
{
	int pidfd = owner_pidfd(m->pid);
	bool lives;

	lives = pidfd >= 0 && m->tag && owner_tag(m->pid) == m->tag &&
	    sweep_end(s, pidfd, sig) == 0;
	io_close(&pidfd);
	return lives;
}

/* Signal a member, with each signal but KILL only once.  Whether it lives. */
static bool
member_take(struct sweep *s, const struct seen *m, int sig)
{
	struct seen *known = known_find(s, m);

	if (m->pid == s->owner && s->had == sig && sig != SIGKILL)
		return true;
	if (!known) {
		if (buf_add(&s->known, m, sizeof(*m)) == 0)
			known = known_find(s, m);
	} else if (known->had == sig && sig != SIGKILL) {
		return true;
	}
	if (known)
		known->had = sig;
	return member_signal(s, m, sig);
}

/* Forget members that have ended, and their descriptors. */
static void
known_tidy(struct sweep *s)
{
	struct seen *at = (void *)s->known.at;
	size_t n = s->known.len / sizeof(*at), kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (at[i].pidfd >= 0 && owner_ended(at[i].pidfd))
			io_close(&at[i].pidfd);
		else
			at[kept++] = at[i];
	}
	s->known.len = kept * sizeof(*at);
}

static void
scout_end(struct sweep *s)
{
	if (!s->scout.pid)
		return;
	kill(s->scout.pid, SIGKILL);
	IO_RETRY(waitpid(s->scout.pid, NULL, 0));
	io_close(&s->scout.fd);
	s->scout.pid = s->scout.next = 0;
}

void
sweep_forget(struct sweep *s)
{
	struct seen *at = (void *)s->known.at;
	size_t n = s->known.len / sizeof(*at);

	scout_end(s);
	for (size_t i = 0; i < n; i++)
		io_close(&at[i].pidfd);
	buf_free(&s->known);
}

/* Note a member, with a pidfd, which is the sweep's from now on. */
static void
known_note(struct sweep *s, const struct seen *m, int pidfd)
{
	struct seen *known = known_find(s, m);

	if (!known && buf_add(&s->known, m, sizeof(*m)) == 0) {
		known = (struct seen *)(void *)(s->known.at + s->known.len) -
		    1;
		known->pidfd = -1;
	}
	if (known && known->pidfd < 0) {
		known->pidfd = pidfd;
		pidfd = -1;
	}
	if (known && m->had)
		known->had = m->had;
	io_close(&pidfd);
}

static void threads_note(struct sweep *s, pid_t pid, int levels, int sig);

/* Note what thread tid of process pid has started, and stop it (sig STOP). */
static void
children_note(struct sweep *s, pid_t pid, pid_t tid, int levels, int sig)
{
	enum { CHILDREN = 512 };
	pid_t children[CHILDREN];
	struct seen m = { .member = true, .had = sig };
	size_t n = proc_children(tid, children, CHILDREN);
	struct proc p;

	while (n--) {
		int pidfd = owner_pidfd(children[n]);

		/* With its pidfd open: whether it is still a child. */
		if (pidfd < 0 || proc_read(children[n], &p) < 0 ||
		    p.parent != pid) {
			io_close(&pidfd);
			continue;
		}
		if (sig)
			owner_signal(pidfd, sig);
		m.pid = children[n];
		m.parent = pid;
		known_note(s, &m, pidfd);
		if (levels)
			threads_note(s, children[n], levels - 1, sig);
	}
}

/* The same for all its threads, and all that these have started.  The kernel
 * lists children, and we wait for no process. */
static void
threads_note(struct sweep *s, pid_t pid, int levels, int sig)
{
	char path[64];
	DIR *dir = opendir(proc_path(pid, "task", path, sizeof(path)));
	struct dirent *e;
	pid_t tid;

	while (dir && (e = io_entry(dir))) {
		if (number_pid(e->d_name, &tid) == 0)
			children_note(s, pid, tid, levels, sig);
	}
	if (dir)
		closedir(dir);
}

/* What the program has started is known only while it lives: once it has ended
 * its children have another parent, and only a look at all processes finds
 * them, which takes seconds where there are thousands. */
static void
family_note(struct sweep *s, int sig)
{
	enum { LEVELS = 32 };

	if (s->owner && s->pidfd >= 0 && !owner_ended(s->pidfd))
		threads_note(s, s->owner, LEVELS, sig);
}

void
sweep_now(struct sweep *s, int sig)
{
	struct seen *at;

	if (sig == SIGTERM)
		family_note(s, 0);
	if (s->pidfd >= 0)
		sweep_end(s, s->pidfd, sig);
	s->had = sig;
	at = (void *)s->known.at;
	for (size_t i = 0; i < s->known.len / sizeof(*at); i++) {
		if (at[i].pidfd < 0 || at[i].pid == s->owner)
			continue;
		sweep_end(s, at[i].pidfd, sig);
		at[i].had = sig;
	}
}

/* Stop at once all members that we know: so they start nothing more, and do
 * nothing, while we look for the rest. */
static void
family_stop(struct sweep *s)
{
	sweep_now(s, SIGSTOP);
	family_note(s, SIGSTOP);
}

/* Look at all processes; signal the members (0: none).  How many live, -1. */
static int
look_signal(struct sweep *s, int sig, void (*found)(const struct sweep *,
    const struct seen *))
{
	struct seen *at;
	struct buf all = { 0 };
	int left = 0, r;
	size_t n;

	look_begin();
	r = all_see(&all);
	at = (struct seen *)(void *)all.at;
	n = all.len / sizeof(*at);
	members_mark(s, at, n);
	for (size_t i = 0; i < n; i++) {
		if (!at[i].member)
			continue;
		left += sig ? member_take(s, &at[i], sig) : 1;
		at[i].had = sig;
		if (found)
			found(s, &at[i]);
	}
	look_end();
	buf_free(&all);
	return r < 0 ? -1 : left;
}

int
sweep_signal(struct sweep *s, int sig)
{
	if (sig == SIGKILL || sig == SIGSTOP)
		family_stop(s);
	if (sig != SIGSTOP)
		sweep_now(s, sig);
	scout_end(s);
	return look_signal(s, sig, NULL);
}

int
sweep_kill(struct sweep *s, long long until)
{
	int left, quiet = 0;

	/* A process within execve shows no mark: look again. */
	do {
		left = sweep_signal(s, SIGKILL);
		quiet = left ? 0 : quiet + 1;
		if (quiet < QUIET)
			clock_sleep(PAUSE_US);
	} while (quiet < QUIET && clock_boot() < until);
	return left;
}

/*
 * The scout: a child that looks.  Each message is a member, with a pidfd; the
 * last one has pid 0, and what came of the look.
 */

struct report {
	struct seen seen;
	int left;
	long long took;
};

static void
report_send(int fd, const struct report *r, int pidfd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { (void *)r, sizeof(*r) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (pidfd >= 0) {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &pidfd, sizeof(int));
	}
	IO_RETRY(sendmsg(fd, &msg, MSG_NOSIGNAL));
}

/* In the scout: tell of a member. */
static void
member_report(const struct sweep *s, const struct seen *m)
{
	struct report r = { .seen = *m };
	int pidfd = owner_pidfd(m->pid);

	r.seen.pidfd = -1;
	if (pidfd >= 0 && m->tag && owner_tag(m->pid) == m->tag)
		report_send(s->scout.fd, &r, pidfd);
	io_close(&pidfd);
}

static _Noreturn void
scout_run(struct sweep *s, int sig)
{
	struct seen *at = (void *)s->known.at;
	long long begun = clock_boot();
	struct report end = { .left = -1 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != s->scout.of)
		_exit(0);
	prctl(PR_SET_NAME, "onlyone-look");
	if (dup2(s->scout.fd, 3) < 0)
		_exit(0);
	s->scout.fd = 3;
	closefrom(4);
	for (size_t i = 0; i < s->known.len / sizeof(*at); i++)
		at[i].pidfd = -1;
	end.left = look_signal(s, sig, member_report);
	end.took = clock_boot() - begun;
	report_send(s->scout.fd, &end, -1);
	_exit(0);
}

void
sweep_scout(struct sweep *s, int sig)
{
	int ends[2];

	if (s->scout.pid) {
		if (sig)
			s->scout.next = sig;
		return;
	}
	known_tidy(s);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return;
	s->scout.of = getpid();
	s->scout.born = clock_boot();
	s->scout.fd = ends[1];
	s->scout.pid = fork();
	if (s->scout.pid == 0)
		scout_run(s, sig);
	close(ends[1]);
	s->scout.fd = ends[0];
	if (s->scout.pid < 0) {
		close(ends[0]);
		s->scout.pid = 0;
	}
}

long long
sweep_fresh(struct sweep *s)
{
	enum { TIMES = 10 };
	long long due = s->scout.born ? s->scout.born + FRESH_MS +
	    TIMES * s->scout.took : 0;

	if (clock_boot() >= due) {
		sweep_scout(s, 0);
		due = clock_boot() + FRESH_MS;
	}
	return due;
}

int
sweep_scout_fd(const struct sweep *s)
{
	return s->scout.pid ? s->scout.fd : -1;
}

/* Receive a report.  Its length; 0: the scout has ended; -1: none is here. */
static ssize_t
report_take(struct sweep *s, struct report *r, int *pidfd)
{
	alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { r, sizeof(*r) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control) };
	ssize_t n = IO_RETRY(recvmsg(s->scout.fd, &msg, MSG_DONTWAIT |
	    MSG_CMSG_CLOEXEC));
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;

	*pidfd = -1;
	if (c && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(pidfd, CMSG_DATA(c), sizeof(int));
	return n;
}

bool
sweep_heard(struct sweep *s)
{
	struct report r = { .left = 0 };
	ssize_t n = -1;
	bool done = false;
	int pidfd, next;

	while (s->scout.pid && !done &&
	    (n = report_take(s, &r, &pidfd)) == sizeof(r)) {
		done = !r.seen.pid;
		if (!done)
			known_note(s, &r.seen, pidfd);
	}
	if (done) {
		s->scout.took = r.took;
		s->scout.left = r.left;
		s->scout.done = s->scout.born;
	}
	if (s->scout.pid && (done || n >= 0 || errno != EAGAIN)) {
		next = s->scout.next;
		scout_end(s);
		if (next)
			sweep_scout(s, next);
	}
	return done;
}
