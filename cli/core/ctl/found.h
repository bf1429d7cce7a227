/*
 * found.h: an instance that has been found.
 */
#ifndef CTL_FOUND_H
#define CTL_FOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "cli/base/buf.h"
#include "cli/base/fields.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/slot.h"
#include "cli/base/fault.h"

/* What lives in a slot. */
enum life {
	LIFE_KEPT,   /* its keeper answers */
	LIFE_NOT_RESPONDING, /* its keeper does not answer in time */
	LIFE_BARE,   /* the owner lives, without a keeper: it can be revived */
	LIFE_HIDDEN, /* no keeper, and an instance may live there that cannot
	              * be seen: the next launch will be refused */
	LIFE_UNREAD, /* not known: it is not wanted, its keeper has not answered
	              * yet, or search.unread says why (ctl.h) */
	LIFE_NONE    /* no instance lives there */
};

struct found {
	struct slot slot;     /* name and hash set, app as in info */
	struct buf record, reply;
	char *room;           /* first storage of both; enough for most */
	struct info info;     /* as the files say; but info.owner is the
	                       * successor, if one lives without a keeper */
	struct fields state;  /* as the keeper says; empty: no answer */
	enum life life;
	bool elsewhere;       /* its pids are of another pid namespace */
	bool debris;          /* no record, and no instance lives there */
};

struct founds {
	struct found *at;
	size_t n;
};

void found_init(struct found *found); /* room for record and reply */
void found_free(struct found *found);
void founds_free(struct founds *fs);

/* Whether the recorded owner lives, even if its folder has been moved; *err:
 * why that cannot be told, else 0. */
bool found_lives(const struct found *found, int *err);

/* When the instance was used last, wall clock, ms. */
long long found_used(const struct found *found);

/* The owner's pid, as the keeper says, else as recorded.  0: it cannot be
 * seen. */
pid_t found_pid(const struct found *found);

/* The pid of the parent that holds the slot for the rest of a tree; 0: none
 * does.  stuck: that parent is stopped, so the slot stays held. */
pid_t found_parent(const struct found *found);
bool found_stuck(const struct found *found);

/* The keeper's pid, even if it is not responding.  0: no keeper lives, or that
 * cannot be told. */
pid_t found_keeper(const struct found *found);

/* Note that we wait for this instance to end. */
void target_say(const struct found *found, pid_t pid);

/* Send a signal through a pidfd; target_end: also CONT (owner_end).  0, also if
 * the process has ended already; -1 with a fault. */
int target_signal(const struct found *found, int pidfd, pid_t pid, int sig,
    struct fault *f);
int target_end(const struct found *found, int pidfd, pid_t pid, int sig,
    struct fault *f);

/* Call target_failed when one of n instances has failed: *code keeps the code
 * of the first; if n > 1 the fault is printed at once.  targets_end then fails
 * with that code; 0: none has failed. */
void target_failed(struct fault *f, size_t n, int *code);
int targets_end(struct fault *f, size_t n, int code);

#endif
