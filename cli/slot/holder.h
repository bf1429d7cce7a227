/*
 * holder.h: whose a slot is that no keeper answers for.
 *
 * A keeper that was killed takes lock and witness with it, but the instance
 * may live on: as the recorded owner, a copy of it that went on in the
 * background, what is left of its tree, or a parent that begins it again.
 * The claim asks with the lock; whoever only looks asks without, and gets the
 * answer that the next launch will get.
 */
#ifndef HOLDER_H
#define HOLDER_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/buf.h"
#include "cli/fault.h"
#include "cli/slot/info.h"
#include "cli/slot/root.h"
#include "cli/slot/slot.h"

enum holder_result {
	HOLDER_NONE,      /* nobody: the slot is free */
	HOLDER_OWNER,     /* info->owner lives, pidfd is open on it */
	HOLDER_GUARD,     /* it ended; its parent lives and keeps the slot */
	HOLDER_PASSED,    /* it has ended while we looked: ask again */
	HOLDER_HIDDEN,    /* the image is held by nobody who can be seen */
	HOLDER_ELSEWHERE, /* recorded in another pid namespace: doubt */
	HOLDER_UNKNOWN,   /* cannot be told whether doubt lives: errno */
	HOLDER_UNREAD,    /* the file unread cannot be read: errno */
	HOLDER_CLOSED     /* holder_peek: the folder cannot be opened, errno */
};

struct holder {
	bool recorded;      /* the record was there, and could be read */
	int image;          /* with OWNER and GUARD, where there is one: open */
	int pidfd;          /* with OWNER: open */
	pid_t doubt;
	const char *unread; /* static */
};

/*
 * Ask for slot s, whose folder is open.  record (set up by the caller) and
 * info get what the folder has; an heir, or what is left of the tree, is put
 * into info->owner.  May pause for a fifth of a second where an answer is not
 * final.  holder_close closes h's descriptors, -1 where not named above.
 */
enum holder_result holder_find(const struct root *r, const struct slot *s,
    int folder, struct buf *record, struct info *info, struct holder *h);

/* The same for whoever only looks: nothing is open before or after. */
enum holder_result holder_peek(const struct root *r, const struct slot *s,
    struct buf *record, struct info *info, struct holder *h);

/* Why a launch that finds HIDDEN, ELSEWHERE, UNKNOWN or UNREAD, with errno as
 * it was left, does not start: a fault of 69, 71 or 73. */
void holder_fault(enum holder_result found, const struct root *r,
    const struct slot *s, const struct holder *h, struct fault *f);

/* Close what h has open. */
void holder_close(struct holder *h);

/* With --lifetime=tree: the process that began first of those that the
 * instance has started and that live, its guard not counted; 0: none; -1: it
 * cannot be told.  *pidfd is open on it; -1: it has ended meanwhile, ask
 * again. */
pid_t holder_rest(const struct root *r, const char *name,
    const struct info *info, int *pidfd);

#endif
