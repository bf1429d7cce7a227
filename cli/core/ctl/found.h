/*
 * found.h: an instance that has been found.
 */
#ifndef CTL_FOUND_H
#define CTL_FOUND_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buf.h"
#include "cli/base/fields.h"
#include "cli/core/meet/holds.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/slot.h"
#include "cli/core/slot/waits.h"

struct fault;
struct root;

/* What lives in a slot. */
enum life {
	LIFE_KEPT,   /* its keeper answers */
	LIFE_NOT_RESPONDING, /* its keeper does not answer in time */
	LIFE_BARE,   /* the owner lives, without a keeper: it can be revived */
	LIFE_HIDDEN, /* no keeper, and an instance that we cannot see may live
	              * there: the next launch will be refused */
	LIFE_UNREAD, /* not known: it is not wanted, its keeper has not answered
	              * yet, or search.unread says why */
	LIFE_NONE    /* no instance lives there */
};

struct found {
	struct slot slot;     /* name and hash set, app as in info */
	const struct root *root; /* the root that it is in, one of ctl's */
	struct buf record, reply;
	char *room;           /* first storage of both; enough for most */
	struct info info;     /* from the files; but info.owner is the
	                       * successor, if one lives without a keeper */
	struct fields state;  /* as the keeper says; empty: no answer */
	enum life life;
	bool elsewhere;       /* its pids are of another pid namespace */
	bool debris;          /* no record, and no instance lives there */
	bool passed;          /* its owner went while we looked: what is there
	                       * now is not known */
};

struct founds {
	struct found *at;
	size_t n;
};

void found_init(struct found *found); /* room for record and reply */
void found_free(struct found *found);
void founds_free(struct founds *fs);

/* Whether the recorded owner is alive, even if its folder has been moved; *err:
 * why we cannot tell, else 0. */
bool found_lives(const struct found *found, int *err);

/* Which process holds its slot; whether that is an instance.  If no keeper
 * answers, and an owner may live: INSTANCE. */
enum holds found_holds(const struct found *found);
bool found_runs(const struct found *found);

/* Fault: it is not running, and why; code 3, or 69 if DEAF. -1. */
int found_none(const struct found *found, struct fault *f);

/* Whether the instance waits before its program begins, and what for. */
bool found_waits(const struct found *found, char text[WAITS_TEXT]);

/* When the instance was used last, wall clock, ms. */
long long found_used(const struct found *found);

/* The owner's pid from the keeper, else from the record.  0: unknown here. */
pid_t found_pid(const struct found *found);

/* The pid of the parent that holds the slot for the rest of a tree; 0: none
 * does.  stuck: that parent is stopped, so the slot stays held. */
pid_t found_parent(const struct found *found);
bool found_stuck(const struct found *found);

/* The keeper's pid, even if it is not responding.  0: none, or not known. */
pid_t found_keeper(const struct found *found);

/* Print that we are waiting for this instance to end. */
void target_say(const struct found *found, pid_t pid);

/* Turn the result of sending a signal to pid (r, errno) into 0, also if the
 * process has already exited, or -1 with a fault. */
int target_signalled(const struct found *found, pid_t pid, int r,
    struct fault *f);

/* Call target_failed when one of n instances has failed: *code keeps the code
 * of the first; if n > 1 the fault is printed at once.  targets_end then fails
 * with that code; 0: none has failed. */
void target_failed(struct fault *f, size_t n, int *code);
int targets_end(struct fault *f, size_t n, int code);

#endif
