/*
 * job.h: the processes that an instance has started, to end them with it.
 *
 * Its members have the environment mark (env_mark.h).  A process detached on
 * purpose, by setsid(1) or nohup(1), is not in a shell's job, only in the tree.
 * If a process handles the signal, what it starts afterwards is its clean-up:
 * we leave that alone until KILL.
 */
#ifndef JOB_H
#define JOB_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buf.h"
#include "cli/base/text.h"
#include "cli/core/slot/env_mark.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/root.h"

struct job {
	enum ends ends;
	pid_t owner;     /* 0: not started. The caller has a pidfd of it */
	pid_t but;       /* launch that replaces it: do not end; 0 */
	pid_t session;   /* of the first owner */
	bool deaf;       /* the owner ignores HUP, and so do its children */
	int sig;         /* the stop signal; 0: not sent yet */
	int quiet;       /* looks in a row that found none alive (job_over) */
	size_t fresh;    /* members that the last look added */
	pid_t lack;      /* may be a member, but cannot be read */
	bool failed;     /* the last look did not show all */
	const struct marks *seen; /* for many jobs at once; NULL: look again */
	struct buf all;  /* struct member */
};

/* Start with this owner as the process to end, or continue with this next one.
 * The wider of wish and record decides what else to end; if both name only the
 * owner and it runs a shell: its job. */
void job_begin(struct job *j, const struct info *i, pid_t owner,
    enum ends wish);

/* Look for members of the instance in slot `name`.  0; -1: errno, not known. */
int job_look(struct job *j, const struct root *r, const char *name,
    const struct info *i);

/* Call this before the owner gets the stop signal: processes that it starts in
 * response may start at once. */
void job_signalled(struct job *j, int sig);

/* Whether process pid has got the stop signal. */
bool job_was_signalled(const struct job *j, pid_t pid);

/* Send sig to each member to end that has not had a signal yet; KILL to all of
 * them, and to clean-up. */
void job_signal(struct job *j, int sig);

/* How many are alive: members to end, or (apart) the others. */
size_t job_left(const struct job *j, bool apart);

/* Call after each look: whether all members to end have exited.  A process
 * within execve shows no mark, so one look is not enough. */
bool job_over(struct job *j);

/* The same, and their pids: "pid 1, 2". */
size_t job_pids(const struct job *j, bool apart, struct text *t);

void job_free(struct job *j);

#endif
