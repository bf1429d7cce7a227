/*
 * found.h: an instance that has been found.
 */
#ifndef CTL_FOUND_H
#define CTL_FOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "cli/buf.h"
#include "cli/fields.h"
#include "cli/slot/info.h"
#include "cli/slot/slot.h"

/* What lives in a slot. */
enum life {
	LIFE_KEPT,   /* its keeper answers */
	LIFE_SILENT, /* its keeper does not answer in time */
	LIFE_BARE,   /* the owner lives, without a keeper: it can be revived */
	LIFE_HIDDEN, /* without a keeper, and somebody may live there who
	              * cannot be seen: the next launch will refuse */
	LIFE_UNASKED, /* not one that is meant */
	LIFE_UNREAD,  /* it cannot be told: why, has been noted */
	LIFE_NONE    /* nobody lives there */
};

struct found {
	struct slot slot;     /* name and hash set, app as in info */
	struct buf record, reply;
	char *room;           /* for those; most fit */
	struct info info;     /* as the files say; of an heir that no keeper
	                       * has taken over, info.owner is the heir */
	struct fields state;  /* as the keeper says; empty if it does not */
	enum life life;
	bool elsewhere;       /* its pids are of another pid namespace */
	bool debris;          /* no record, and nobody lives there */
};

struct founds {
	struct found *at;
	size_t n;
};

void found_init(struct found *found); /* room for record and reply */
void found_free(struct found *found);
void founds_free(struct founds *fs);

/* Whether the recorded owner lives, wherever its folder is by now; *err: why
 * that cannot be told, else 0. */
bool found_lives(const struct found *found, int *err);

/* Whether its recorded owner and keeper both do, as far as that can be told
 * without asking. */
bool found_kept(const struct found *found);

/* When it was used last, wall clock, ms. */
long long found_used(const struct found *found);

/* Its pid, as far as known: the keeper's word before the file's.  0: it cannot
 * be seen. */
pid_t found_pid(const struct found *found);

/* The pid of the parent that keeps the slot between two runs, or for what is
 * left of a tree; 0: none does.  Whether that is stopped, and so goes on for
 * ever. */
pid_t found_guard(const struct found *found);
bool found_stuck(const struct found *found);

/* The pid of its keeper, also of one that does not answer.  0: none lives, or
 * it cannot be told. */
pid_t found_keeper(const struct found *found);

#endif
