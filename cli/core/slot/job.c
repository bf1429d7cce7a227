/*
 * job.c: the processes that an instance has started, to end them with it.
 *
 * The kernel starts no child in a process with a pending signal (fork(2) is
 * restarted): so a look after the signal sees all children from before it.  The
 * oldest members get the signal first: a shell handles a signal only when its
 * child has exited, so it must get it before that, or it runs the next line.
 *
 * A member is known by its pid and its owner_tag.  It is signalled through a
 * pidfd, and only if, with the pidfd open, it is still the same process, of our
 * user.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/proc.h"
#include "cli/core/slot/env_mark.h"
#include "cli/core/slot/holder.h"
#include "cli/core/slot/job.h"
#include "cli/core/slot/owner.h"

enum {
	MOST = 4096, SHOWN = 8,
	/* Looks that must find none: within execve a process shows no mark. */
	QUIET = 3
};

enum part { PART_JOB, PART_APART, PART_CLEANING };

struct member {
	pid_t pid;
	uint64_t tag; /* owner_tag */
	enum part part;
	long long signalled_at; /* clock_boot; 0: not yet */
};

static struct member *
job_members(const struct job *j, size_t *n)
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
	return wish == ENDS_MAIN && successor_shell(owner) ? ENDS_JOB : wish;
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

/* The member with this pid, if it is still the same process. */
static struct member *
member_find(const struct job *j, pid_t pid)
{
	size_t n;
	struct member *m = job_members(j, &n);

	for (size_t k = 0; k < n; k++) {
		if (m[k].pid == pid && owner_tag(pid) == m[k].tag)
			return &m[k];
	}
	return NULL;
}

/* Whether p started after when (on clock_boot), to the precision of ticks. */
static bool
began_after(const struct proc *p, long long when)
{
	return proc_began(p) + 1000 / sysconf(_SC_CLK_TCK) > when;
}

static enum part
member_part(const struct job *j, const struct proc *p)
{
	const struct member *parent = j->sig ? member_find(j, p->parent) : NULL;

	if (parent && (parent->part == PART_CLEANING ||
	    (parent->signalled_at && began_after(p, parent->signalled_at) &&
	    proc_takes(p->parent, j->sig))))
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
	m.tag = owner_tag(p->pid);
	m.part = member_part(j, p);
	if (m.tag && buf_add(&j->all, &m, sizeof(m)) == 0)
		j->fresh++;
}

/* Add all processes of the instance that have the mark of this folder. */
static int
folder_look(struct job *j, const char *folder, const struct info *i)
{
	struct proc *p = malloc(MOST * sizeof(*p));
	pid_t pids[MOST], lack = 0;
	int live = 0, n;

	if (!p)
		return -1;
	look_begin();
	n = j->seen ? env_marks_find(j->seen, folder, i->since, pids, MOST) :
	    env_mark_scan(folder, i->since, pids, MOST, &lack);
	if (lack)
		j->lack = lack;
	for (int k = 0; k < n; k++) {
		/* A process that we cannot read counts, with an unknown age. */
		if (pids[k] != getpid() && pids[k] != i->parent.pid &&
		    pids[k] != j->but && (look_proc(pids[k], &p[live]) == 0 ||
		    errno == ETIMEDOUT) && p[live].state != 'Z')
			live++;
	}
	look_end();
	qsort(p, (size_t)live, sizeof(*p), by_start);
	for (int k = 0; k < live; k++)
		member_add(j, &p[k]);
	free(p);
	return n < 0 ? -1 : 0;
}

int
job_look(struct job *j, const struct root *r, const char *name,
    const struct info *i)
{
	char folder[PATH_MAX];

	j->fresh = 0;
	j->failed = root_folder(r, name, folder) == 0 &&
	    folder_look(j, folder, i) < 0;
	return j->failed ? -1 : 0;
}

void
job_signalled(struct job *j, int sig)
{
	struct member *m = member_find(j, j->owner);

	j->sig = sig;
	if (m)
		m->signalled_at = clock_boot();
}

bool
job_was_signalled(const struct job *j, pid_t pid)
{
	const struct member *m = member_find(j, pid);

	return m && m->signalled_at;
}

static bool
member_lives(const struct member *m)
{
	char state = proc_state(m->pid);

	/* A process that now belongs to another user is not a member. */
	return state && state != 'Z' && state != 'X' &&
	    owner_tag(m->pid) == m->tag && proc_mine(m->pid);
}

static void
member_signal(struct member *m, int sig)
{
	int pidfd = owner_pidfd(m->pid);
	long long now;

	if (pidfd >= 0 && member_lives(m)) {
		now = clock_boot(); /* read before: a new child may start at
		                     * once */
		if (owner_end(pidfd, sig) == 0)
			m->signalled_at = now;
	}
	io_close(&pidfd);
}

void
job_signal(struct job *j, int sig)
{
	size_t n;
	struct member *m = job_members(j, &n);

	for (size_t k = 0; k < n; k++) {
		if (m[k].pid == j->owner || m[k].part == PART_APART)
			continue;
		if (sig == SIGKILL ||
		    (!m[k].signalled_at && m[k].part == PART_JOB))
			member_signal(&m[k], sig);
	}
}

/* It lives, and is of that part. */
static bool
is_left(const struct job *j, const struct member *m, bool apart)
{
	return m->pid != j->owner && (m->part == PART_APART) == apart &&
	    member_lives(m);
}

size_t
job_left(const struct job *j, bool apart)
{
	size_t n, left = 0;
	struct member *m = job_members(j, &n);

	for (size_t k = 0; k < n; k++)
		left += is_left(j, &m[k], apart);
	return left;
}

bool
job_over(struct job *j)
{
	j->quiet = j->failed || job_left(j, false) ? 0 : j->quiet + 1;
	return j->ends == ENDS_MAIN || j->quiet >= QUIET;
}

size_t
job_pids(const struct job *j, bool apart, struct text *t)
{
	size_t n, left = 0;
	struct member *m = job_members(j, &n);

	for (size_t k = 0; k < n; k++) {
		if (!is_left(j, &m[k], apart))
			continue;
		if (left <= SHOWN)
			text_add(t, left ? ", " : "pid ");
		if (left < SHOWN)
			text_num(t, m[k].pid);
		else if (left == SHOWN)
			text_add(t, "...");
		left++;
	}
	return left;
}

void
job_free(struct job *j)
{
	buf_free(&j->all);
	memset(j, 0, sizeof(*j));
}
