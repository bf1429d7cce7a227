/*
 * job.c: what an instance has started, to be ended with it.
 *
 * The kernel begins no child in a process that has a signal to take (fork(2)
 * is begun anew): so whoever looks after it has sent one sees all that were
 * there before.  The oldest have it first: a shell that takes the signal only
 * when its child has ended takes it before it goes on to the next line.
 *
 * A member is known by pid and start time.  It is signalled through a pidfd,
 * and only if, with that in hand, it is that process still and wholly ours.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/ours.h"
#include "cli/proc.h"
#include "cli/slot/heir.h"
#include "cli/slot/job.h"
#include "cli/slot/mark.h"
#include "cli/slot/owner.h"

enum { MOST = 4096, SHOWN = 8, QUIET = 3 };

enum part { PART_JOB, PART_APART, PART_CLEANING };

struct member {
	pid_t pid;
	uint64_t start;
	enum part part;
	long long told; /* clock_boot; 0: it has not had the signal */
};

static struct member *
members(const struct job *j, size_t *n)
{
	*n = j->all.len / sizeof(struct member);
	return (struct member *)(void *)j->all.at;
}

static enum ends
ends_of(const struct info *i, pid_t owner, enum ends wish)
{
	if (i->terms.lifetime == LIFETIME_TREE)
		return ENDS_TREE;
	if (wish < i->terms.ends)
		wish = i->terms.ends;
	return wish == ENDS_MAIN && heir_shell(owner) ? ENDS_JOB : wish;
}

void
job_begin(struct job *j, const struct info *i, pid_t owner, enum ends wish)
{
	struct proc p;

	if (!j->owner) {
		j->ends = ends_of(i, owner, wish);
		j->session = proc_read(owner, &p) == 0 ? p.session : -1;
		j->deaf = proc_ignores(owner, SIGHUP);
	}
	j->owner = owner;
}

/* The one that pid is, if that is not another process by now. */
static struct member *
member_find(const struct job *j, pid_t pid)
{
	struct member *m;
	struct proc p;
	size_t n;

	m = members(j, &n);
	for (size_t k = 0; k < n; k++) {
		if (m[k].pid == pid && proc_read(pid, &p) == 0 &&
		    p.start == m[k].start)
			return &m[k];
	}
	return NULL;
}

/* Whether p has begun after a time on clock_boot, as far as ticks tell. */
static bool
began_after(const struct proc *p, long long when)
{
	long long tick = 1000 / sysconf(_SC_CLK_TCK);

	return (long long)p->start * tick + tick > when;
}

static enum part
member_part(const struct job *j, const struct proc *p)
{
	const struct member *parent = j->sig ? member_find(j, p->parent) : NULL;

	if (parent && (parent->part == PART_CLEANING || (parent->told &&
	    began_after(p, parent->told) && proc_takes(p->parent, j->sig))))
		return PART_CLEANING;
	if (j->ends == ENDS_TREE)
		return PART_JOB;
	return j->ends == ENDS_JOB && p->session == j->session &&
	    (j->deaf || !proc_ignores(p->pid, SIGHUP)) ? PART_JOB : PART_APART;
}

static int
by_start(const void *a, const void *b)
{
	const struct proc *x = a, *y = b;

	return x->start != y->start ? (x->start > y->start) -
	    (x->start < y->start) : x->pid - y->pid;
}

static void
member_add(struct job *j, const struct proc *p)
{
	struct member m;

	if (member_find(j, p->pid))
		return;
	memset(&m, 0, sizeof(m));
	m.pid = p->pid;
	m.start = p->start;
	m.part = member_part(j, p);
	if (buf_add(&j->all, &m, sizeof(m)) == 0)
		j->fresh++;
}

/* All that carry the mark of one folder. */
static int
folder_look(struct job *j, const char *folder, pid_t guard)
{
	struct proc *p = malloc(MOST * sizeof(*p));
	pid_t pids[MOST];
	int live = 0, n = j->seen ? marks_find(j->seen, folder, pids, MOST) :
	    mark_scan(folder, pids, MOST);

	for (int k = 0; p && k < n; k++) {
		if (pids[k] != getpid() && pids[k] != guard &&
		    pids[k] != j->but &&
		    proc_read(pids[k], &p[live]) == 0 && p[live].state != 'Z')
			live++;
	}
	if (p)
		qsort(p, (size_t)live, sizeof(*p), by_start);
	else
		errno = ENOMEM;
	for (int k = 0; p && k < live; k++)
		member_add(j, &p[k]);
	free(p);
	return n < 0 || !p ? -1 : 0;
}

int
job_look(struct job *j, const struct root *r, const char *name,
    const struct info *i)
{
	const char *was = NULL;
	char folder[PATH_MAX];

	j->fresh = 0;
	do { /* what began under an earlier name has the mark of that */
		if (root_folder(r, name, folder) == 0 &&
		    folder_look(j, folder, i->guard.pid) < 0)
			return -1;
		was = name = fields_next(&i->all, "was", was);
	} while (name);
	return 0;
}

void
job_unlook(struct job *j)
{
	j->all.len -= j->fresh * sizeof(struct member);
	j->fresh = 0;
}

void
job_told(struct job *j, int sig)
{
	struct member *m = member_find(j, j->owner);

	j->sig = sig;
	if (m)
		m->told = clock_boot();
}

bool
job_had(const struct job *j, pid_t pid)
{
	const struct member *m = member_find(j, pid);

	return m && m->told;
}

static bool
member_lives(const struct member *m)
{
	struct proc p;

	/* Whoever has become another user meanwhile is no part of us. */
	return proc_read(m->pid, &p) == 0 && p.start == m->start &&
	    p.state != 'Z' && p.state != 'X' && ours_maybe(m->pid);
}

static void
member_signal(struct member *m, int sig)
{
	int pidfd = owner_pidfd(m->pid);
	long long now;

	if (pidfd >= 0 && member_lives(m) && ours(m->pid)) {
		now = clock_boot(); /* what it begins then may begin at once */
		if (owner_signal(pidfd, sig) == 0)
			m->told = now;
	}
	io_close(&pidfd);
}

void
job_signal(struct job *j, int sig)
{
	struct member *m;
	size_t n;

	m = members(j, &n);
	for (size_t k = 0; k < n; k++) {
		if (m[k].pid == j->owner || m[k].part == PART_APART)
			continue;
		if (sig == SIGKILL || (!m[k].told && m[k].part == PART_JOB))
			member_signal(&m[k], sig);
	}
}

size_t
job_left(const struct job *j, bool apart)
{
	size_t n, left = 0;
	struct member *m = members(j, &n);

	for (size_t k = 0; k < n; k++)
		left += m[k].pid != j->owner &&
		    (m[k].part == PART_APART) == apart && member_lives(&m[k]);
	return left;
}

bool
job_over(struct job *j)
{
	j->quiet = job_left(j, false) ? 0 : j->quiet + 1;
	return j->ends == ENDS_MAIN || j->quiet >= QUIET;
}

void
job_pids(const struct job *j, bool apart, struct text *t)
{
	int shown = 0;
	size_t n;
	struct member *m = members(j, &n);

	for (size_t k = 0; k < n && shown <= SHOWN; k++) {
		if (m[k].pid == j->owner ||
		    (m[k].part == PART_APART) != apart || !member_lives(&m[k]))
			continue;
		text_add(t, shown ? ", " : "pid ");
		if (shown++ == SHOWN)
			text_add(t, "...");
		else
			text_num(t, m[k].pid);
	}
}

void
job_free(struct job *j)
{
	buf_free(&j->all);
	memset(j, 0, sizeof(*j));
}
