/*
 * meet.h: connect to the instance of a slot, or claim the slot if it is free.
 *
 * Connect first: while a keeper answers, no lock is needed.  If nothing
 * answers, claim the slot: an owner that still lives gets a new keeper, and a
 * free slot is ours.  If another process is claiming it at the same moment,
 * pause and begin again, until the time limit (struct patience) has passed.  A
 * launch believes that the slot is taken only if a live keeper says so or,
 * where it asks for no more than that (asks_lock), if the lock and the record
 * show it.
 */
#ifndef MEET_H
#define MEET_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/base/buf.h"
#include "cli/base/fault.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/claim.h"
#include "cli/core/wire/frame.h"

enum { PATIENCE_MS = 5000 };

struct patience {
	long long end; /* end of the time limit, clock_now; 0: not begun */
	long pause;    /* the next pause, us */
	unsigned long long waited; /* at the last patience_slow: proc_starved */
	int revivals;
	bool last;     /* the limit has passed: this is the last look */
};

struct meeting {
	struct place *place;
	struct patience patience;
	struct claim claim; /* ours after MET_FREE */
	pid_t offered;      /* the process this launch offers as the next
	                     * instance; 0 */
	bool seen;          /* an instance lives there, or did a moment ago */
	bool asks_lock;     /* only whether an instance lives matters: ask lock
	                     * and record first, then the keeper */
	bool parent_only;       /* MET_LOCKED: only the parent lives */
	bool elsewhere;     /* the last look was MET_ELSEWHERE */
	char record[4096];  /* storage of claim.record */
};

enum met {
	MET_FAILED = -1, /* fault */
	MET_KEEPER,      /* *fd is connected to the keeper */
	MET_LOCKED,      /* an instance lives: claim.info is its record */
	MET_FREE,        /* no instance lives there: the claim is ours */
	MET_OURS,        /* the process we offered is the instance already */
	MET_SLOW,        /* the keeper does not answer in time */
	MET_BUSY,        /* another process is claiming the slot: pause */
	MET_AGAIN,       /* the slot has changed: again at once */
	MET_ELSEWHERE,   /* an instance lives where other files are seen: fault
	                  * says so; claim.name_holder is its keeper, and its
	                  * pidfd open until the next look or meeting_end */
	MET_NOBODY       /* nothing answers: from meet_keeper only */
};

/* What a launch that waits for its turn has seen and said. */
struct await {
	bool held; /* the last look found only a holding parent */
	bool told; /* the user knows what we wait for */
	bool quiet; /* -q */
};

enum awaited {
	AWAIT_ON,    /* wait on */
	AWAIT_SLOW,  /* the keeper answers no connection */
	AWAIT_FAILED /* fault: no instance runs that could take it */
};

/* What ended a watch. */
enum watched {
	WATCHED_FAULT = -1,
	WATCHED_ENDED, /* the instance has ended */
	WATCHED_ALARM, /* the alarm descriptor became readable first */
	WATCHED_LOST   /* from talk: the keeper is gone, or asks to begin
	                * again */
};

/* A connection to the keeper of an instance, and to each keeper after it, for
 * as long as the instance lasts. */
struct watch {
	struct place *place; /* of the instance */
	long long since;     /* when the instance began */
	int alarm;           /* end early when it is readable; -1: none */
	/* Send the request.  0 or -1. */
	int (*ask)(const struct watch *w, int fd);
	/* Read what follows the request. */
	enum watched (*talk)(const struct watch *w, int fd, struct fault *f);
	void *arg; /* the caller's */
};

/* Begin a meeting at p, with a fresh time limit.  meeting_end frees what is
 * left; a launch that executes its program need not call it. */
void meeting_begin(struct meeting *m, struct place *p);
void meeting_end(struct meeting *m);

/* Connect to the keeper at p within ms, and do nothing else: KEEPER, SLOW,
 * NOBODY or FAILED. */
enum met meet_keeper(const struct place *p, int ms, int *fd, struct fault *f);

/* Whether lock and record alone show that an instance lives (MET_LOCKED). */
bool meet_locked(struct meeting *m);

/* Look once, at most ms for a connection.  Any enum met but NOBODY; the root is
 * open only with FREE. */
enum met meet_once(struct meeting *m, int ms, int *fd, struct fault *f);

/* Look again until the result is KEEPER, LOCKED, FREE, OURS, ELSEWHERE or
 * FAILED, which is a fault of 69 or 73 if the keeper does not answer within the
 * time limit. */
enum met meet(struct meeting *m, int *fd, struct fault *f);

/* The same for callers that start nothing: FREE leaves no claim. */
enum met meet_instance(struct meeting *m, int *fd, struct fault *f);

/* After FREE: hand the claim to a keeper without an owner, which collects the
 * launches that wait.  0, also if the slot was swept away meanwhile, or -1. */
int meet_vacant(struct meeting *m, struct fault *f);

/* The keeper met at met_at (clock_now) is gone, or asks to begin again: restart
 * the time limit, and pause if that happened at once. */
void meet_lost(struct meeting *m, long long met_at);

/* Claim once where nothing answers, and drop the claim: FREE, BUSY, AGAIN or
 * FAILED.  This removes the folder of a dead slot. */
enum met meet_claim(struct meeting *m, struct fault *f);

/* How long to wait for a reply before the next await_look, ms. */
int await_ms(const struct await *t);

/* No reply came within await_ms: find out whether to wait on. */
enum awaited await_look(struct await *t, const struct place *p,
    struct fault *f);

/* Begin: the limit runs from the first patience_left or patience_end.  Restart
 * the limit, since the keeper has answered. */
void patience_begin(struct patience *p);
void patience_renew(struct patience *p);

/* Pause, each time longer: from 0.1 to 25 ms. */
void patience_pause(struct patience *p);

/* The limit has passed.  Whether to go on, with a fresh one: the keeper works, or
 * we have waited for a processor for so long that the other side must have, too.
 * All our limits for our own processes go by proc_works, and have no end then. */
bool patience_slow(struct patience *p, const struct place *place);

/* ms that are left; 0: none.  The end of the limit, as clock_now. */
int patience_left(struct patience *p);
long long patience_end(struct patience *p);

/* Ask and talk, again with each new keeper, which is revived if need be, until
 * talk returns something other than LOST.  *fd: a connection on which the
 * request was sent already, or -1. */
enum watched watch_run(const struct watch *w, int *fd, struct fault *f);

/* Wait until the instance that began at `since` has ended, its successors
 * included.  *fd as above; it stays open with ALARM. */
enum watched watch_instance(struct place *p, long long since, int *fd,
    int alarm, struct fault *f);

/* Send a complete request to the keeper at p, which is revived if need be.  0
 * and the reply, which points into b; 1: no instance lives there; -1: fault. */
int request_put(struct place *p, const struct buf *request, struct buf *b,
    struct frame *reply, struct fault *f);

#endif
