/*
 * sweep.c: everything that an instance is, and has started, gets a signal.
 *
 * One look sees all processes; members come first by themselves (mark, image),
 * then by their parents, again until nobody is new.  A pid is signalled by
 * pidfd, and only if, with that in hand, it began when the one did that we saw.
 */
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
#include "cli/ours.h"
#include "cli/proc.h"
#include "cli/procs.h"
#include "cli/slot/image.h"
#include "cli/slot/info.h"
#include "cli/slot/mark.h"
#include "cli/slot/owner.h"
#include "cli/slot/sweep.h"

enum { MAPPERS = 1024, QUIET = 3, PAUSE_US = 2000,
	NEW_MS = 2000 }; /* a process is older than the record of it */

struct seen {
	pid_t pid, parent, session;
	uint64_t start;
	bool member;
	int had; /* the signal that it has had last; 0 */
};

/* All processes of ours that live, in order of their pids. */
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

		if (!ours_maybe(pid) || proc_read(pid, &p) < 0 ||
		    p.state == 'Z' || p.state == 'X')
			continue;
		memset(&s, 0, sizeof(s));
		s.pid = pid;
		s.parent = p.parent;
		s.session = p.session;
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

/* Those that map the image, by the record that there is.  *before, *other: of
 * whoever else lives there by now what began from then on is not ours, nor is
 * he himself. */
static int
mappers(const struct sweep *s, pid_t *pids, long long *before, pid_t *other)
{
	int dir = open(s->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	int image = dir < 0 ? -1 : image_open(dir), n = 0;
	struct info i;
	struct buf b;

	buf_init(&b, NULL, 0);
	if (dir >= 0 && info_read(dir, &b, &i) == 0) {
		if (s->since && i.since != s->since) {
			*before = i.since - clock_wall() + clock_boot() -
			    NEW_MS;
			*other = i.owner.pid;
		}
		n = image_scan(image, &i.all, pids, MAPPERS);
	} else if (image >= 0) {
		n = image_scan(image, NULL, pids, MAPPERS);
	}
	buf_free(&b);
	io_close(&image);
	io_close(&dir);
	return n < 0 ? 0 : n;
}

static bool
began_before(const struct seen *s, long long when)
{
	return (long long)s->start * 1000 / sysconf(_SC_CLK_TCK) < when;
}

/* The same among those that were members before; NULL. */
static struct seen *
known_find(const struct sweep *s, const struct seen *m)
{
	struct seen *at = (void *)s->known.at;
	size_t n = s->known.len / sizeof(*at);

	for (size_t i = 0; i < n; i++) {
		if (at[i].pid == m->pid && at[i].start == m->start)
			return &at[i];
	}
	return NULL;
}

/* Whether it is a member by itself, and not by its parents. */
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
	    m->start >= s->began) || mark_has(s->folder, m->pid);
}

static bool
is_none(const struct sweep *s, const struct seen *m, pid_t other)
{
	return m->pid == s->launch || m->pid == other || m->pid == getpid();
}

static void
members_mark(struct sweep *s, struct seen *at, size_t n)
{
	pid_t pids[MAPPERS];
	struct seen *found, *parent, *leader;
	long long before = s->before ? s->before : LLONG_MAX;
	bool more = true;
	pid_t other = 0;
	int k;

	k = mappers(s, pids, &before, &other);
	for (size_t i = 0; i < n; i++)
		at[i].member = !is_none(s, &at[i], other) &&
		    is_root(s, &at[i], before);
	while (k-- > 0) {
		found = seen_find(at, n, pids[k]);
		if (found && began_before(found, before) &&
		    !is_none(s, found, other))
			found->member = true;
	}
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

static bool
member_signal(const struct seen *m, int sig)
{
	int pidfd = owner_pidfd(m->pid);
	struct proc p;
	bool lives;

	lives = pidfd >= 0 && proc_read(m->pid, &p) == 0 &&
	    p.start == m->start && owner_signal(pidfd, sig) == 0;
	io_close(&pidfd);
	return lives;
}

/* One that takes each signal but KILL only once. */
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

int
sweep_signal(struct sweep *s, int sig)
{
	struct seen *at;
	struct buf all;
	int left = 0, r;
	size_t n;

	/* It does nothing more from here on, but shows whose parent it is. */
	if (sig == SIGKILL && s->pidfd >= 0)
		owner_signal(s->pidfd, SIGSTOP);
	buf_init(&all, NULL, 0);
	r = all_see(&all);
	at = (struct seen *)(void *)all.at;
	n = all.len / sizeof(*at);
	members_mark(s, at, n);
	for (size_t i = 0; i < n; i++) {
		if (at[i].member)
			left += member_take(s, &at[i], sig);
	}
	if (sig == SIGKILL && s->pidfd >= 0)
		owner_signal(s->pidfd, sig);
	buf_free(&all);
	return r < 0 ? -1 : left;
}

int
sweep_kill(struct sweep *s, long long until)
{
	int left, quiet = 0;

	/* One that is just executing shows no mark: so look again. */
	do {
		left = sweep_signal(s, SIGKILL);
		quiet = left ? 0 : quiet + 1;
		if (quiet < QUIET)
			clock_sleep(PAUSE_US);
	} while (quiet < QUIET && clock_boot() < until);
	return left;
}
