/*
 * meet.h: whoever lives in a slot is met; where nobody does, it is claimed.
 *
 * Connect first: who is served by a keeper needs no lock.  Where nobody
 * answers, claim: an owner that lives gets a new keeper, and a slot that is
 * free is ours.  Where somebody else claims at the same moment, pause and begin
 * again, until the patience is spent.  That it is busy is believed only when a
 * live keeper says so.
 */
#ifndef MEET_H
#define MEET_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/fault.h"
#include "cli/meet/patience.h"
#include "cli/meet/place.h"
#include "cli/slot/claim.h"

struct meeting {
	struct place *place;
	struct patience patience;
	struct claim claim; /* in hand with MET_FREE */
	pid_t offered;      /* the process offered as the next instance; 0 */
	bool seen;          /* somebody lives there, or did a moment ago */
	long long busy_end; /* until then others may have the lock, one after
	                     * the other: clock_now; 0 */
	char record[4096];  /* storage of claim.record */
};

enum met {
	MET_FAILED = -1, /* fault */
	MET_KEEPER,      /* *fd is a connection to its keeper */
	MET_FREE,        /* nobody lives there: the claim is ours */
	MET_OURS,        /* the process we offered is the instance already */
	MET_SLOW,        /* somebody is there, and does not answer */
	MET_BUSY,        /* somebody else claims at this moment */
	MET_AGAIN,       /* it has changed: again at once */
	MET_NOBODY       /* nobody answers: of meet_keeper alone */
};

/* Begin to meet whoever lives at p, with patience.  meeting_end frees what is
 * left: nothing as long as a launch becomes its program. */
void meeting_begin(struct meeting *m, struct place *p);
void meeting_end(struct meeting *m);

/* A connection to the keeper at p, within ms, and no more: KEEPER, SLOW, NOBODY
 * or FAILED. */
enum met meet_keeper(const struct place *p, int ms, int *fd, struct fault *f);

/* One look, at most ms for a connection.  Any of the above but NOBODY; the root
 * is open only with FREE. */
enum met meet_once(struct meeting *m, int ms, int *fd, struct fault *f);

/* Until somebody is met, or nobody: KEEPER, FREE, OURS or FAILED, which is 69
 * where somebody is silent until the patience is spent. */
enum met meet(struct meeting *m, int *fd, struct fault *f);

/* The same for those who start nothing: with FREE, nothing is in hand.  since:
 * when the instance began that is looked for, which is followed to another key;
 * 0: it is not. */
enum met meet_instance(struct meeting *m, long long since, int *fd,
    struct fault *f);

/* FREE, but not for us alone: a keeper without an owner collects those who
 * wait.  0, also where it was swept away meanwhile, or -1. */
int meet_vacant(struct meeting *m, struct fault *f);

/* A keeper that was met at that moment (clock_now) is gone, or asks to begin
 * again: be patient anew, and pause where that came at once. */
void meet_lost(struct meeting *m, long long met_at);

/* What a claim finds where nobody answers, as one look: FREE (with nothing in
 * hand), BUSY, AGAIN or FAILED.  A dead slot is swept away by that. */
enum met meet_claim(struct meeting *m, struct fault *f);

#endif
