/*
 * sweep.c: send a signal to all that an instance is, and has started.
 *
 * One look sees all processes.  Members are found first by their own mark or
 * mapping, then by their parents, until no member is new.  A pid is signalled
 * through a pidfd, and only if, with that open, it is the process that we saw.
 * Of a process that cannot be looked at (look.h) we know only the parents.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/proc.h"
#include "cli/base/procs.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/mapping.h"
#include "cli/core/slot/env_mark.h"
#include "cli/core/slot/owner.h"
#include "cli/core/slot/sweep.h"

enum { MAPPERS = 1024, QUIET = 3, PAUSE_US = 2000,
	NEW_MS = 2000 }; /* a process begins before its record is made */

struct seen {
	pid_t pid, parent, session;
	uint64_t tag;   /* owner_tag */
	uint64_t start; /* 0: not known */
	bool member;
	int had; /* last signal that it has had; 0 */
};

/* All living processes of ours, sorted by pid.  looks: with their start times,
 * which takes a look (look.h). */
static int
all_see(struct buf *all, bool looks)
{
	struct procs list;
	struct proc p;
	int err;
	pid_t pid;

	if (procs_begin(&list) < 0)
		return -1;
	while (procs_next(&list, &pid)) {
		struct seen s;

		if (((looks ? look_proc(pid, &p) : proc_read(pid, &p)) < 0 &&
		    errno != ETIMEDOUT) || p.state == 'Z' || p.state == 'X')
			continue;
		memset(&s, 0, sizeof(s));
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

/* Processes that map the slot's file, by the record in the folder.  If that is
 * another instance's by now, its owner (*other) is no member, and no process
 * that began since (*before). */
static int
mappers(const struct sweep *s, pid_t *pids, long long *before, pid_t *other)
{
	int dir = open(s->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	int mapping = dir < 0 ? -1 : mapping_open(dir), n = 0;
	struct info i;
	struct buf b = { 0 };

	if (dir >= 0 && info_read(dir, &b, &i) == 0) {
		if (s->since && i.since != s->since) {
			*before = i.since - clock_wall() + clock_boot() -
			    NEW_MS;
			*other = i.owner.pid;
		}
		n = mapping_scan(mapping, &i.all, pids, MAPPERS, NULL);
	} else if (mapping >= 0) {
		n = mapping_scan(mapping, NULL, pids, MAPPERS, NULL);
	}
	buf_free(&b);
	io_close(&mapping);
	io_close(&dir);
	return n < 0 ? 0 : n;
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
	    (s->launch && m->parent == s->launch && s->began &&
	    m->start >= s->began) || env_mark_has(s->folder, m->pid);
}

static bool
is_none(const struct sweep *s, const struct seen *m, pid_t other)
{
	return m->pid == s->launch || m->pid == other || m->pid == getpid();
}

/* Add the children of members, and the sessions that members lead. */
static void
members_spread(const struct sweep *s, struct seen *at, size_t n, pid_t other)
{
	struct seen *parent, *leader;
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < n; i++) {
			if (at[i].member || is_none(s, &at[i], other))
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
	pid_t pids[MAPPERS];
	struct seen *found;
	long long before = s->before ? s->before : LLONG_MAX;
	pid_t other = 0;
	int k = mappers(s, pids, &before, &other);

	for (size_t i = 0; i < n; i++)
		at[i].member = !is_none(s, &at[i], other) &&
		    is_root(s, &at[i], before);
	while (k-- > 0) {
		found = seen_find(at, n, pids[k]);
		if (found && began_before(found, before) &&
		    !is_none(s, found, other))
			found->member = true;
	}
	members_spread(s, at, n, other);
}

static bool
member_signal(const struct seen *m, int sig)
{
	int pidfd = owner_pidfd(m->pid);
	bool lives = pidfd >= 0 && m->tag && owner_tag(m->pid) == m->tag &&
	    owner_signal(pidfd, sig) == 0;

	io_close(&pidfd);
	return lives;
}

/* Signal a member, with each signal but KILL only once.  Whether it lives. */
static bool
member_take(struct sweep *s, const struct seen *m, int sig)
{
	struct seen *known = known_find(s, m);

	if (!known) {
		if (buf_add(&s->known, m, sizeof(*m)) == 0)
			known = known_find(s, m);
	} else if (known->had == sig && sig != SIGKILL) {
		return true;
	}
	if (known)
		known->had = sig;
	return member_signal(m, sig);
}

/*
 * Stop the owner and its descendants, as far as parents tell: they start
 * nothing more, and still show their parents.  The look at all processes that
 * follows takes time, if one of them does not let itself be looked at.
 */
static void
family_stop(const struct sweep *s)
{
	struct seen *at;
	struct buf all = { 0 };
	size_t n;

	if (s->pidfd < 0 || owner_ended(s->pidfd))
		return;
	owner_signal(s->pidfd, SIGSTOP);
	all_see(&all, false);
	at = (struct seen *)(void *)all.at;
	n = all.len / sizeof(*at);
	for (size_t i = 0; i < n; i++)
		at[i].member = at[i].pid == s->owner;
	members_spread(s, at, n, 0);
	for (size_t i = 0; i < n; i++) {
		if (at[i].member)
			member_signal(&at[i], SIGSTOP);
	}
	buf_free(&all);
}

int
sweep_signal(struct sweep *s, int sig)
{
	struct seen *at;
	struct buf all = { 0 };
	int left = 0, r;
	size_t n;

	if (sig == SIGKILL || sig == SIGSTOP)
		family_stop(s);
	look_begin();
	r = all_see(&all, true);
	at = (struct seen *)(void *)all.at;
	n = all.len / sizeof(*at);
	members_mark(s, at, n);
	for (size_t i = 0; i < n; i++) {
		if (at[i].member)
			left += member_take(s, &at[i], sig);
	}
	look_end();
	if (sig == SIGKILL && s->pidfd >= 0)
		owner_signal(s->pidfd, sig);
	buf_free(&all);
	return r < 0 ? -1 : left;
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
