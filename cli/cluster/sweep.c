/*
 * sweep.c: find all processes of a job, and send them a signal.
 *
 * A look goes from the root down.  What it finds in a list may have exited
 * since, and its pid be another process's: so it is opened (pidfd), and then
 * its parent is compared.  One descriptor is open at a time, however many
 * processes there are.
 *
 * The children of a process that exits are given to one of ours, the nearest
 * subreaper.  So where a look finds only zombies, the lists of ours are read
 * again: if nothing is new in them, none is left.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/number.h"
#include "cli/base/proc.h"
#include "cli/base/text.h"
#include "cli/cluster/sweep.h"
#include "cli/core/slot/owner.h"

enum { PAUSE_US = 1000, LIST_MOST = 64 << 20 };

/* A process that a list has named. */
struct listed {
	pid_t pid, parent;
};

/* A process that was found. */
struct member {
	pid_t pid;
	int had; /* last signal that it has had; 0 */
};

/* One look. */
struct look {
	struct sweep *s;
	struct buf list;  /* struct listed, the next ones at the end */
	struct buf found; /* struct member */
	int sig;
	bool again;       /* also to those that have had it */
	bool unseen;      /* it may have missed one */
	int live;
};

/* Append the children of one thread. */
static int
thread_children(pid_t pid, const char *thread, struct buf *pids)
{
	char path[96], *next, *word;
	struct buf text = { 0 };
	int fd, r;
	pid_t child;

	text_join(path, sizeof(path), "/proc/", TEXT_NUM(pid), "/task/",
	    thread, "/children", NULL);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	r = fd < 0 ? -1 : io_slurp(fd, &text, LIST_MOST);
	io_close(&fd);
	if (r == 0)
		r = buf_add(&text, "", 1);
	next = r == 0 ? text.at : NULL;
	while (r == 0 && (word = strsep(&next, " "))) {
		if (number_pid(word, &child) == 0)
			r = buf_add(pids, &child, sizeof(child));
	}
	buf_free(&text);
	return r;
}

int
sweep_children(pid_t pid, struct buf *pids)
{
	char path[64];
	DIR *dir = opendir(proc_path(pid, "task", path, sizeof(path)));
	struct dirent *e;
	int r = dir ? 0 : -1;

	while (dir && (e = io_entry(dir))) {
		/* A thread that has exited has left its children to others. */
		if (*e->d_name != '.' &&
		    thread_children(pid, e->d_name, pids) < 0 &&
		    errno != ENOENT && errno != ESRCH)
			r = -1;
	}
	if (dir)
		closedir(dir);
	return r;
}

bool
sweep_is_ours(const struct sweep *s, pid_t pid)
{
	for (int i = 0; i < SWEEP_OURS; i++) {
		if (s->ours[i] == pid)
			return true;
	}
	return false;
}

/* List what is below a process. */
static void
children_list(struct look *l, pid_t pid)
{
	struct buf pids = { 0 };
	struct listed one = { .parent = pid };

	if (sweep_children(pid, &pids) < 0)
		l->unseen |= errno != ENOENT && errno != ESRCH;
	for (size_t i = 0; i < pids.len / sizeof(pid_t); i++) {
		one.pid = ((pid_t *)(void *)pids.at)[i];
		buf_add(&l->list, &one, sizeof(one));
	}
	l->unseen |= pids.failed || l->list.failed;
	buf_free(&pids);
}

static int
by_pid(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

/* The last signal that a process has had; 0. */
static int
signal_had(const struct sweep *s, pid_t pid)
{
	const struct member key = { .pid = pid }, *m;

	m = s->known.len ? bsearch(&key, s->known.at, s->known.len /
	    sizeof(key), sizeof(key), by_pid) : NULL;
	return m ? m->had : 0;
}

/* Send the signal to a process, which lives.  Whether it counts as alive: it is
 * not another user's.  (launch_run has seen that signals can be sent at all.) */
static bool
member_signal(struct look *l, struct member *m, int pidfd)
{
	int r;

	m->had = signal_had(l->s, m->pid);
	if (!l->sig || (!l->again && m->had == l->sig)) {
		r = owner_signal(pidfd, 0);
	} else {
		r = l->s->fenced ? owner_signal(pidfd, l->sig) :
		    owner_end(pidfd, l->sig);
		m->had = l->sig;
	}
	if (r == 0 || (errno != ESRCH && errno != EPERM))
		return true;
	l->s->others += errno == EPERM;
	return false;
}

/* Look at a process that a list has named. */
static void
listed_look(struct look *l, const struct listed *one)
{
	struct member m = { .pid = one->pid };
	bool ours = sweep_is_ours(l->s, one->pid);
	int pidfd = owner_pidfd(one->pid);
	struct proc p;

	if (pidfd < 0) {
		l->unseen |= !owner_gone();
		return;
	}
	if (owner_ended(pidfd)) {
		;
	} else if (proc_read(one->pid, &p) < 0 || (p.parent != one->parent &&
	    p.parent != l->s->root)) {
		/* It has got another parent meanwhile; or its pid is another
		 * process's, and the next look does not see it. */
		l->unseen |= !owner_ended(pidfd);
	} else {
		/* First its list: a process that ends has none. */
		children_list(l, one->pid);
		if (!ours) {
			l->live += member_signal(l, &m, pidfd);
			l->unseen |= buf_add(&l->found, &m, sizeof(m)) < 0;
		}
	}
	io_close(&pidfd);
}

/* Whether the lists of those to whom orphans are given have nothing new. */
static bool
nothing_new(struct look *l)
{
	const struct listed *at;
	const size_t all = l->list.len / sizeof(*at);
	size_t i, k;

	children_list(l, l->s->root);
	for (i = 0; i < SWEEP_OURS; i++) {
		if (l->s->ours[i] && l->s->ours[i] != l->s->root)
			children_list(l, l->s->ours[i]);
	}
	at = (const struct listed *)(const void *)l->list.at;
	for (i = all; i < l->list.len / sizeof(*at); i++) {
		for (k = 0; k < all && at[k].pid != at[i].pid; k++)
			;
		if (k == all)
			return false;
	}
	return !l->unseen;
}

/* How many live, or may live, without those of another user. */
static int
look_go(struct sweep *s, int sig, bool again)
{
	struct look l = { .s = s, .sig = sig, .again = again };
	const long long began = clock_boot();
	struct listed one;

	s->others = 0;
	children_list(&l, s->root);
	for (size_t i = 0; i < l.list.len / sizeof(one); i++) {
		memcpy(&one, l.list.at + i * sizeof(one), sizeof(one));
		listed_look(&l, &one);
	}
	if (!l.live && !s->others)
		l.unseen |= !nothing_new(&l);
	buf_free(&l.list);
	buf_free(&s->known);
	s->known = l.found;
	if (s->known.len)
		qsort(s->known.at, s->known.len / sizeof(struct member),
		    sizeof(struct member), by_pid);
	s->took = clock_boot() - began;
	return l.live + l.unseen;
}

void
sweep_signal(struct sweep *s, int sig)
{
	if (sig == SIGCONT)
		cgroup_freeze(&s->cgroup, false);
	/* And to what was started meanwhile. */
	if (look_go(s, sig, true))
		look_go(s, sig, false);
	if (sig == SIGSTOP)
		cgroup_freeze(&s->cgroup, true);
}

void
sweep_more(struct sweep *s, int sig)
{
	look_go(s, sig, false);
}

long long
sweep_needs(const struct sweep *s)
{
	enum { LOOKS = 3 };

	return cgroup_lives(&s->cgroup) ? 0 : LOOKS * s->took;
}

bool
sweep_gone(struct sweep *s, int sig)
{
	return s->root && !look_go(s, sig, false) && !s->others;
}

bool
sweep_kill(struct sweep *s, long long until)
{
	int live;

	do {
		cgroup_kill(&s->cgroup);
		live = s->root ? look_go(s, SIGKILL, true) :
		    cgroup_lives(&s->cgroup);
		if (!live)
			return s->root && !s->others;
		clock_sleep(PAUSE_US);
	} while (clock_boot() < until);
	return false;
}

void
sweep_ours(struct sweep *s, pid_t pid)
{
	for (int i = 0; i < SWEEP_OURS; i++) {
		if (!s->ours[i]) {
			s->ours[i] = pid;
			return;
		}
	}
}

void
sweep_forget(struct sweep *s, pid_t pid)
{
	for (int i = 0; i < SWEEP_OURS; i++) {
		if (s->ours[i] == pid)
			s->ours[i] = 0;
	}
}

const char *
sweep_pids(const struct sweep *s, char *buf, size_t cap)
{
	enum { SHOWN = 20 };
	const struct member *m = (const struct member *)(void *)s->known.at;
	size_t n = s->known.len / sizeof(*m);
	struct text t = text_in(buf, cap);

	for (size_t i = 0; i < n && i < SHOWN; i++)
		text_all(&t, i ? " " : "", TEXT_NUM(m[i].pid), NULL);
	if (n > SHOWN)
		text_all(&t, " and ", TEXT_NUM((long long)(n - SHOWN)),
		    " more", NULL);
	return buf;
}
