/*
 * sweep.c: send a signal to all that an instance is, and has started.
 *
 * Each member that was found is kept by a pidfd, and what it starts is found
 * below it, even if it has lost its parents and its mark since.  All that can be
 * found by the kernel's lists of children gets a signal before anything is
 * looked at that takes time.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/number.h"
#include "cli/base/proc.h"
#include "cli/cluster/sweep.h"
#include "cli/core/slot/env_mark.h"
#include "cli/core/slot/owner.h"

enum { QUIET = 3, PAUSE_US = 2000, CHILDREN = 512 };

struct member {
	pid_t pid;
	int pidfd;
	int had; /* last signal that it has had; 0 */
};

static size_t
known_count(const struct sweep *s)
{
	return s->known.len / sizeof(struct member);
}

static struct member *
known_at(const struct sweep *s, size_t i)
{
	return (struct member *)(void *)s->known.at + i;
}

/* A look has failed with this errno: may there be a member that it has missed? */
static void
unseen_note(struct sweep *s, int err)
{
	s->unseen |= err != ENOENT && err != ESRCH;
}

static bool
take_ended(struct sweep *s)
{
	if (s->take_fd >= 0 && owner_ended(s->take_fd))
		io_close(&s->take_fd);
	return s->take_fd < 0;
}

static bool
is_spared(const struct sweep *s, pid_t pid)
{
	for (size_t i = 0; i < s->nspared; i++) {
		if (s->spared[i] == pid)
			return true;
	}
	return false;
}

/* Note process pid; parent: only if it is a child of that; 0: only if it has the
 * mark; -1: in any case. */
static void
member_note(struct sweep *s, pid_t pid, pid_t parent)
{
	struct member m = { .pid = pid };
	struct proc p;

	if (pid == s->take || pid == getpid())
		return;
	for (size_t i = 0; i < known_count(s); i++) {
		if (known_at(s, i)->pid == pid &&
		    !owner_ended(known_at(s, i)->pidfd))
			return;
	}
	m.pidfd = owner_pidfd(pid);
	if (m.pidfd < 0) {
		unseen_note(s, errno);
		return;
	}
	/* With its pidfd open: whether it is still the one that was seen. */
	if (!owner_ended(m.pidfd) && (parent < 0 ||
	    (parent ? proc_read(pid, &p) == 0 && p.parent == parent :
	    env_mark_has(s->folder, s->since, pid)))) {
		if (buf_add(&s->known, &m, sizeof(m)) == 0)
			return;
		unseen_note(s, ENOMEM);
	}
	io_close(&m.pidfd);
}

/* Note the children of all threads of a process. */
static void
children_note(struct sweep *s, pid_t pid)
{
	char path[64];
	DIR *dir = opendir(proc_path(pid, "task", path, sizeof(path)));
	pid_t tid, children[CHILDREN];
	struct dirent *e;
	size_t n;

	if (!dir)
		unseen_note(s, errno);
	while (dir && (e = io_entry(dir))) {
		errno = 0;
		n = number_pid(e->d_name, &tid) < 0 ? 0 :
		    proc_children(tid, children, CHILDREN);
		if (!n && errno)
			unseen_note(s, errno);
		for (size_t i = 0; i < n; i++) {
			if (pid != s->take || !is_spared(s, children[i]))
				member_note(s, children[i], pid);
		}
	}
	if (dir)
		closedir(dir);
}

/* Forget members that have exited, and note all that the kernel lists below the
 * others. */
static void
family_note(struct sweep *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < known_count(s); i++) {
		if (owner_ended(known_at(s, i)->pidfd))
			io_close(&known_at(s, i)->pidfd);
		else
			*known_at(s, kept++) = *known_at(s, i);
	}
	s->known.len = kept * sizeof(struct member);
	if (s->pidfd >= 0 && !owner_ended(s->pidfd))
		member_note(s, s->owner, -1);
	if (!take_ended(s))
		children_note(s, s->take);
	for (size_t i = 0; i < known_count(s); i++)
		children_note(s, known_at(s, i)->pid);
}

/* Note what has the mark, if --take has exited: else it is below that. */
static void
marked_note(struct sweep *s)
{
	pid_t pids[CHILDREN] = { 0 }, lack;

	if (!take_ended(s))
		return;
	if (env_mark_scan(s->folder, s->since, pids, CHILDREN, &lack) < 0)
		unseen_note(s, errno);
	for (size_t i = 0; i < CHILDREN && pids[i]; i++)
		member_note(s, pids[i], 0);
	family_note(s);
}

/* Send sig to all that are known; fresh: to those that have not had it last. */
static int
known_signal(struct sweep *s, int sig, bool fresh)
{
	struct member *m;
	int live = 0, r;

	for (size_t i = 0; i < known_count(s); i++) {
		m = known_at(s, i);
		if (owner_ended(m->pidfd))
			continue;
		if (!sig || (fresh && m->had == sig)) {
			r = owner_signal(m->pidfd, 0);
		} else {
			r = s->fenced ? owner_signal(m->pidfd, sig) :
			    owner_end(m->pidfd, sig);
			m->had = sig;
		}
		/* EPERM: another user's.  (run_fork has seen that signals can be
		 * sent at all.) */
		live += r == 0 || (errno != ESRCH && errno != EPERM);
	}
	return live + s->unseen;
}

int
sweep_now(struct sweep *s, int sig)
{
	s->unseen = false;
	family_note(s);
	return known_signal(s, sig, false);
}

int
sweep_signal(struct sweep *s, int sig)
{
	sweep_now(s, sig);
	marked_note(s);
	return known_signal(s, sig, true);
}

int
sweep_more(struct sweep *s, int sig)
{
	s->unseen = false;
	family_note(s);
	marked_note(s);
	return known_signal(s, sig, true);
}

void
sweep_kill(struct sweep *s, long long until)
{
	int quiet = 0;

	/* A stopped process starts nothing more. */
	sweep_now(s, SIGSTOP);
	/* A process within execve shows no mark: look again. */
	do {
		quiet = sweep_signal(s, SIGKILL) ? 0 : quiet + 1;
		if (quiet < QUIET)
			clock_sleep(PAUSE_US);
	} while (quiet < QUIET && clock_boot() < until);
}

void
sweep_add(struct sweep *s, pid_t pid)
{
	member_note(s, pid, -1);
}
