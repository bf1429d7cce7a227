/*
 * sweep.h: find all processes of a job, and send them a signal.
 *
 * When a lease is lost, another host may start the job at once: anything left
 * here does harm, detached or not.  Our processes are subreapers, so all that
 * COMMAND starts stays below one of them, whatever it does to its parents, its
 * session or its environment.  The kernel lists children without waiting for any
 * process.  A list is read to its end, however long.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buf.h"
#include "cli/cluster/cgroup.h"

enum { SWEEP_OURS = 4 };

struct sweep {
	pid_t root;       /* what is below it is the job's, except: (0: it
	                   * cannot be found) */
	pid_t ours[SWEEP_OURS]; /* our own processes; 0 */
	struct buf known; /* what the last look has found, by pid */
	struct cgroup cgroup;
	int others;       /* of these, another user's: no signal from us */
	long long took;   /* ms: how long that look has taken */
	bool fenced;      /* what is stopped stays stopped: no CONT after
	                   * TERM */
};

/* Append the children of all threads of a process to pids (pid_t).  0; -1:
 * errno. */
int sweep_children(pid_t pid, struct buf *pids);

/* Send sig to all, also to those that have had it; STOP lasts until CONT where
 * there is a cgroup. */
void sweep_signal(struct sweep *s, int sig);

/* The same, without those that have had it last; 0: only look. */
void sweep_more(struct sweep *s, int sig);

/* How long it may take to end all, ms: some times as long as the last look, if
 * the machine gets busier; 0 where a cgroup does it at once. */
long long sweep_needs(const struct sweep *s);

/* KILL until none is left, or until this time (clock_boot).  true: none is. */
bool sweep_kill(struct sweep *s, long long until);

/* Whether all have exited; if not, these have had sig as by sweep_more. */
bool sweep_gone(struct sweep *s, int sig);

/* Process pid is ours; or has exited. */
void sweep_ours(struct sweep *s, pid_t pid);
bool sweep_is_ours(const struct sweep *s, pid_t pid);
void sweep_forget(struct sweep *s, pid_t pid);

/* The pids that the last look has found, as words: "12 13 14 and 3 more". */
const char *sweep_pids(const struct sweep *s, char *buf, size_t cap);

#endif
