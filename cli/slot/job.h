/*
 * job.h: what an instance has started, to be ended with it.
 *
 * Its members carry the mark (mark.h).  One that was put apart on purpose, by
 * setsid(1) or nohup(1), is no part of the job of a shell; it is of the tree.
 * What begins only when its parent has had the signal, and takes it, is the
 * parent's cleaning up: that is let be, until KILL.
 */
#ifndef JOB_H
#define JOB_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "cli/buf.h"
#include "cli/slot/info.h"
#include "cli/slot/marks.h"
#include "cli/slot/root.h"
#include "cli/text.h"

struct job {
	enum ends ends;
	pid_t owner;     /* 0: not begun.  Whoever ends it has a pidfd of it */
	pid_t but;       /* who replaces it, and may be of it; 0 */
	pid_t session;   /* of the first one */
	bool deaf;       /* that ignores HUP: it tells nothing of the others */
	int sig;         /* the stop signal; 0: not sent yet */
	int quiet;       /* so many times none of them lived (job_over) */
	size_t fresh;    /* so many were new at the last look */
	const struct marks *seen; /* for many at once; NULL: look anew */
	struct buf all;  /* struct member */
};

/* Begin with this process, the owner, as the one to end, or go on with
 * another one.  What the signal is for: the wish, or the record if that says
 * more; else what is usual for the owner: of a shell its job. */
void job_begin(struct job *j, const struct info *i, pid_t owner,
    enum ends wish);

/* Look for members of the instance in slot `name`.  0; -1: they cannot be
 * told, errno. */
int job_look(struct job *j, const struct root *r, const char *name,
    const struct info *i);

/* Those that were new at the last look are none: the slot is another's. */
void job_unlook(struct job *j);

/* The owner gets the stop signal now: to be said before, since what it begins
 * then may begin at once. */
void job_told(struct job *j, int sig);

/* Whether a process has had it. */
bool job_had(const struct job *j, pid_t pid);

/* Send it to each that is to end and has not had it; KILL to all of these. */
void job_signal(struct job *j, int sig);

/* How many live: of those that are to end; apart: of the others. */
size_t job_left(const struct job *j, bool apart);

/* To be asked after each look: whether all that are to end have ended.  One
 * that is just executing shows no mark, so once is not enough. */
bool job_over(struct job *j);

/* Their pids, "pid 1, 2". */
void job_pids(const struct job *j, bool apart, struct text *t);

void job_free(struct job *j);

#endif
