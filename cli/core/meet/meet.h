/*
 * meet.h: connect to the instance of a slot, or claim the slot if it is free.
 *
 * Connect first: while a keeper answers, no lock is needed.  If nothing
 * answers, claim the slot: an owner that is still alive gets a new keeper, and
 * a free slot is ours.  If another process is claiming it at the same moment,
 * pause and begin again.  That has no time limit, as long as the process that we
 * wait for may answer (patience_look).  A launch believes that the slot is taken
 * only if a live keeper says so or, if it needs to know no more (asks_lock), if
 * the lock and the record show it.
 */
#ifndef MEET_MEET_H
#define MEET_MEET_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/core/slot/claim.h"

struct buf;
struct fault;
struct frame;
struct place;

enum { PATIENCE_MS = 5000 };

struct patience {
	long long look;  /* when to look whom we wait for, on clock_now; 0: not
	                  * started */
	long long until; /* the end of -w, on clock_now; 0: none */
	long pause;      /* the next pause, us */
	int silent;      /* looks in a row that found nobody who may answer */
	int connects;    /* to a keeper, since the last look */
	pid_t keeper;    /* whom the last look found; 0: nobody, -1: no look
	                  * yet */
	int revivals;    /* of keepers: too many, and we give up */
	bool said;       /* the user knows whom we wait for */
};

struct meeting {
	struct place *place;
	struct patience patience;
	struct claim claim; /* ours after MET_FREE */
	pid_t offered;      /* the process this launch offers as the next
	                     * instance; 0 */
	bool seen;          /* an instance is there, or was a moment ago */
	bool asks_lock;     /* we only need to know whether an instance is
	                     * alive: ask lock and record first, then the
	                     * keeper */
	bool parent_only;   /* MET_LOCKED: only the parent lives */
	bool elsewhere;     /* the last look was MET_ELSEWHERE */
	char record[4096];  /* storage of claim.record */
};

enum met {
	MET_FAILED = -1, /* fault */
	MET_KEEPER,      /* *fd is connected to the keeper */
	MET_LOCKED,      /* an instance lives: claim.info is its record */
	MET_FREE,        /* no instance lives there: the claim is ours */
	MET_SLOW,        /* the keeper does not answer in time */
	MET_BUSY,        /* another process is claiming the slot: pause */
	MET_AGAIN,       /* the slot has changed: retry at once */
	MET_ELSEWHERE    /* an instance lives where processes see other files:
	                  * fault says so; claim.name_holder is its keeper, with
	                  * its pidfd open until the next look or meeting_end */
};

/* What a launch waiting for its turn has seen and printed. */
struct await {
	bool held; /* the last look found only a holding parent */
	bool wait_said; /* the user knows what we wait for */
	bool quiet; /* -q */
};

enum awaited {
	AWAIT_ON,    /* wait on */
	AWAIT_SLOW,  /* the keeper answers no connection */
	AWAIT_FAILED /* fault: no running instance could take it */
};

/* How a watch ended. */
enum watched {
	WATCHED_FAULT = -1,
	WATCHED_ENDED, /* the instance has ended */
	WATCHED_ALARM, /* the alarm descriptor became readable first */
	WATCHED_LOST   /* from talk: the keeper is gone, or asks to start
		        * over */
};

/* A connection to the keeper of an instance, and to each keeper after it, for
 * as long as the instance lasts. */
struct watch {
	struct place *place; /* of the instance */
	long long since;     /* the instance's start */
	int alarm;           /* end early when it is readable; -1: none */
	/* Send the request.  0 or -1. */
	int (*ask)(const struct watch *w, int fd);
	/* Read the replies to the request. */
	enum watched (*talk)(const struct watch *w, int fd, struct fault *f);
	void *arg; /* the caller's */
	long long until; /* end of -w, while no keeper answers, clock_now; 0: none */
};

/* Begin a meeting at p, with a fresh time limit.  meeting_end frees everything;
 * a launch that executes its program need not call it. */
void meeting_begin(struct meeting *m, struct place *p);
void meeting_end(struct meeting *m);

/* Whether lock and record alone show that an instance lives (MET_LOCKED). */
bool meet_locked(struct meeting *m);

/* Look once, at most ms for a connection.  The root is open only with
 * FREE. */
enum met meet_once(struct meeting *m, int ms, int *fd, struct fault *f);

/* Look again until the result is KEEPER, LOCKED, FREE, ELSEWHERE or
 * FAILED, which is a fault of 69 or 73 if the keeper does not answer within the
 * time limit. */
enum met meet_slot(struct meeting *m, int *fd, struct fault *f);

/* The same for callers that start nothing: FREE leaves no claim. */
enum met meet_instance(struct meeting *m, int *fd, struct fault *f);

/* After FREE: undo the claim. */
void meet_drop(struct meeting *m);

/* After FREE: hand the claim to a keeper without an owner, which collects the
 * launches that wait.  0, also if the slot was swept away meanwhile, or -1. */
int meet_vacant(struct meeting *m, struct fault *f);

/* The keeper met at met_at (clock_now) is gone, or asks to start over: pause.  If
 * it had served us, patience with the next one begins. */
void meet_lost(struct meeting *m, long long met_at);

/* The limit has passed: what does not answer; the fault is of 75 if it was that of
 * -w.  -1. */
int meet_late(struct meeting *m, struct fault *f);

/* Claim once if nothing answers, and drop the claim: FREE, BUSY, AGAIN or
 * FAILED.  This removes the folder of a dead slot. */
enum met meet_claim(struct meeting *m, struct fault *f);

/* How long to wait for a reply before the next await_look, ms. */
int await_ms(const struct await *t);

/* No reply came within await_ms: find out whether to keep waiting. */
enum awaited await_look(struct await *t, const struct place *p,
    struct fault *f);

/* Begin to wait.  Begin again, since the keeper has answered.  Both keep -w, and
 * what the user knows. */
void patience_begin(struct patience *p);
void patience_renew(struct patience *p);

/* The time of -w ends then.  But a keeper may take a second to answer. */
void patience_limit(struct patience *p, long long until);

/* Pause, each time longer: from 0.1 to 25 ms. */
void patience_pause(struct patience *p);

enum patience_result {
	PATIENCE_ENDS = 0, /* nobody may answer, or the keeper is of a version with
	                    * another protocol, or the time of -w is over */
	PATIENCE_LASTS,
	PATIENCE_MOVES /* the same, but on another connection: the process of
	                * this one may not be the keeper any more */
};

/* Whether to wait on.  Once a second this looks at the process that has the slot:
 * one that lives, and is not stopped, will answer, however busy the machine is.
 * (Its death ends the wait: the connection closes, or the lock is free.)  Five
 * looks in a row that find no such process end it, too. */
enum patience_result patience_look(struct patience *p,
    const struct place *place);

/* ms until patience_look looks next; 0: now.  That time, on clock_now. */
int patience_left(struct patience *p);
long long patience_end(struct patience *p);

/* Whether the keeper of p lives, and is not stopped: it will answer. */
bool keeper_lives(const struct place *p);

/* As sock_recv, as long as m's patience lasts.  SOCK_SLOW: it has ended;
 * SOCK_NOBODY: also if it moves.  Then the keeper's later replies fail. */
enum sock_result meet_recv(struct meeting *m, int fd, struct buf *b,
    struct frame *f);

/* Ask and talk, again with each new keeper, which is revived if need be, until
 * talk returns something other than LOST. *fd: a connection on which the
 * request was already sent, or -1. */
enum watched watch_run(const struct watch *w, int *fd, struct fault *f);

/* Wait until the instance started at `since` has ended, its successors
 * included.  *fd as above; it stays open with ALARM.  until: as in struct watch. */
enum watched watch_instance(struct place *p, long long since, int *fd,
    int alarm, long long until, struct fault *f);

/* Send a complete request to the keeper at p, which is revived if need be.  0
 * and the reply, which points into b; 1: no instance lives there; -1: fault. */
int request_put(struct place *p, const struct buf *request, struct buf *b,
    struct frame *reply, struct fault *f);

#endif
