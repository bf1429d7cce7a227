/*
 * cgroup.h: a cgroup of its own for a job, where we may make one.
 *
 * In it the kernel ends or freezes all processes at once, and knows whether one
 * is left, whatever they have forked meanwhile.  We may make one as root, in a
 * unit of systemd that is delegated (Delegate=yes), and in what systemd-run
 * --user --scope has started; cgroups(7), version 2, Linux 5.14.  Without one the
 * processes are found by the kernel's lists (sweep.h).
 */
#ifndef CGROUP_H
#define CGROUP_H

#include <sys/types.h>

#include <stdbool.h>

struct cgroup {
	int above; /* the folder of ours; -1: there is none for the job */
	int dir;   /* the job's, below it; -1 */
	char name[40];
};

#define CGROUP_NONE { -1, -1, "" }

/* Make one, if we may, and the kernel is not too old. */
void cgroup_make(struct cgroup *c);

/* As fork(2); the child is in the cgroup, if there is one.  If that fails, there
 * is none from here on. */
pid_t cgroup_fork(struct cgroup *c);

/* KILL all; freeze all, or let them go on.  Without a cgroup nothing. */
void cgroup_kill(const struct cgroup *c);
void cgroup_freeze(const struct cgroup *c, bool freeze);

/* Whether a process is in it, zombies apart. */
bool cgroup_lives(const struct cgroup *c);

/* Remove it.  Processes that are left go back to our own cgroup. */
void cgroup_remove(struct cgroup *c);

#endif
