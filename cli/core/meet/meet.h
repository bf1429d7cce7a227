/*
 * meet.h: meet the process that lives in a slot, and hand over to it.
 */
#ifndef MEET_H
#define MEET_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/base/buf.h"
#include "cli/base/fault.h"
#include "cli/base/fields.h"
#include "cli/core/meet/command.h"
#include "cli/core/slot/claim.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/info.h"
#include "cli/core/wire/frame.h"
#include "cli/core/wire/sock.h"
#include "cli/windows/outcome.h"
#include "preload/contract.h"

/*
 * meet.c: connect to the instance of a slot, or claim the slot if it is free.
 *
 * Connect first: while a keeper answers, no lock is needed.  If nothing
 * answers, claim the slot: an owner that is still alive gets a new keeper, and
 * a free slot is ours.  If another process is claiming it at the same moment,
 * pause and begin again, until the time limit (struct patience) has passed.  A
 * launch believes that the slot is taken only if a live keeper says so or, if
 * it needs to know no more (asks_lock), if the lock and the record show it.
 */

enum { PATIENCE_MS = 5000 };

struct patience {
	long long end; /* end of the time limit, clock_now; 0: not started */
	long long until; /* no limit is later: the end of -w; 0: none */
	long pause;    /* the next pause, us */
	long long waited; /* at the last patience_slow: proc_starved */
	int revivals;  /* of keepers: too many, and we give up */
	pid_t keeper;  /* the process that the last patience_slow checked; 0: it
	                * found none; -1: no check since the limit was
	                * renewed */
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
	MET_ELSEWHERE,   /* an instance lives where processes see other files:
	                  * fault says so; claim.name_holder is its keeper, with
	                  * its pidfd open until the next look or meeting_end */
	MET_NOBODY       /* nothing answers: from meet_keeper only */
};

/* What a launch waiting for its turn has seen and printed. */
struct await {
	bool held; /* the last look found only a holding parent */
	bool told; /* the user knows what we wait for */
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

/* Connect to the keeper at p within ms, and do nothing else: KEEPER, SLOW,
 * NOBODY or FAILED. */
enum met meet_keeper(const struct place *p, int ms, int *fd, struct fault *f);

/* Whether lock and record alone show that an instance lives (MET_LOCKED). */
bool meet_locked(struct meeting *m);

/* Look once, at most ms for a connection.  Any enum met but NOBODY; the root is
 * open only with FREE. */
enum met meet_once(struct meeting *m, int ms, int *fd, struct fault *f);

/* Look again until the result is KEEPER, LOCKED, FREE, ELSEWHERE or
 * FAILED, which is a fault of 69 or 73 if the keeper does not answer within the
 * time limit. */
enum met meet(struct meeting *m, int *fd, struct fault *f);

/* The same for callers that start nothing: FREE leaves no claim. */
enum met meet_instance(struct meeting *m, int *fd, struct fault *f);

/* After FREE: undo the claim. */
void meet_drop(struct meeting *m);

/* After FREE: hand the claim to a keeper without an owner, which collects the
 * launches that wait.  0, also if the slot was swept away meanwhile, or -1. */
int meet_vacant(struct meeting *m, struct fault *f);

/* The keeper met at met_at (clock_now) is gone, or asks to start over: restart
 * the time limit, after a pause. */
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

/* Begin: the limit runs from the first patience_left or patience_end.  Restart
 * the limit, since the keeper has answered.  Both leave -w as it is. */
void patience_begin(struct patience *p);
void patience_renew(struct patience *p);

/* The time of -w ends then.  But a keeper may take a second to answer. */
void patience_limit(struct patience *p, long long until);

/* Pause, each time longer: from 0.1 to 25 ms. */
void patience_pause(struct patience *p);

enum patience_result {
	PATIENCE_SPENT,
	PATIENCE_FRESH,  /* wait on, with a fresh limit */
	PATIENCE_ANOTHER /* connect again, for one more look */
};

/* The limit has passed.  FRESH: the keeper is working, or we have waited for a
 * CPU for so long that the other side must have, too.  ANOTHER: the keeper may
 * not be the one that we have waited for, or there is none.  All limits for our
 * own processes use proc_works, and are extended then. */
enum patience_result patience_slow(struct patience *p,
    const struct place *place);

/* ms that are left; 0: none.  The end of the limit, as clock_now. */
int patience_left(struct patience *p);
long long patience_end(struct patience *p);

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

/* activation.c: what a second launch hands over, and how it is sent. */

/* More than a dozen members: what a launch sends about itself. */
struct activation {
	char **args;         /* ends with NULL */
	struct launched launched; /* the command that is not run */
	unsigned int closed; /* bit i: stream i was closed at our start */
	int output;          /* passed as streams 1 and 2; 0: none */
	bool no_stdin;       /* pass /dev/null as stream 0 */
	bool until_exit;     /* wait for the instance's end as well */
	bool must_deliver;   /* fail if no handler takes the arguments */
	const char *raise;   /* this launch's --raise; NULL: the instance's */
	const char *handler; /* this launch's --on-activate; NULL */
	bool off;            /* --on-activate=none */
	int asks;            /* enum asks of handover/way.h */
	bool opens;          /* the program's row opens documents */
	const char *const *valued; /* lists of --value-options */
	size_t nvalued;
	bool apart;          /* -d: an instance for each document */
	bool verbose, quiet; /* -v, -q */
};

/* How the request was sent. */
struct sent {
	bool large; /* so large that the keeper may read it late: a sandbox
	             * can fill its room with halves of requests */
	bool kept;  /* the keeper was late in reading it */
};

/* Send the request to the keeper of p over fd.  0, or -1 with errno; EAGAIN:
 * the keeper neither reads it nor answers other connections. */
int activation_send(const struct activation *a, const struct place *p, int fd,
    struct sent *sent);

/* Answer NEED with the working directory and the open streams; err replaces
 * standard error unless it is -1.  0 or -1. */
int activation_streams(const struct activation *a, int fd, int err);

/* The arguments that are lost if no handler takes args, except those that
 * identify the application, and an open document; u is zero before. */
void untaken_find(const struct launched *l, char *const *args,
    struct untaken *u);

/* hand.c: handing arguments over to an instance: the second launch. */

/* The result of the hand-over. */
enum hand_result {
	HAND_DONE,   /* *status is the exit status */
	HAND_NOBODY, /* no keeper answers for the slot: claim it */
	HAND_AGAIN,  /* nothing ran: try again after a pause */
	HAND_BACK,   /* the same, after the keeper made us wait */
	HAND_SLOW,   /* the keeper does not answer in time */
	HAND_FAILED  /* fault */
};

/* Hand over on fd, a connection to the keeper of m's place, within what is left
 * of m's time limit; closes fd.  Any result but HAND_NOBODY. */
enum hand_result hand_activate(struct meeting *m, int fd,
    const struct activation *a, int *status, struct fault *f);

/* Prepare the next try: pause, or restart the time limit. */
void hand_again(struct meeting *m, enum hand_result r);

/* messages.c: what a launch says about the instance that it met. */

enum { WORDS_INSTANCE = NAME_SHOWN + 128 };

/* "APP (pid 123 on pts/4)" from a reply, in out, WORDS_INSTANCE bytes;
 * words_awaited, for a launch that waits: "..., stopped)" if it is stopped. */
const char *words_instance(const struct fields *b, char *out);
const char *words_awaited(const struct fields *b, char *out);

/* The same from the record of a living instance (owner_runs). */
const char *words_recorded(const struct info *i, char *out);

/* Whether the instance is stopped, and the words for " is running" then. */
bool words_stopped(const struct fields *b);

/* A shell or script holds the slot; false: it is a program. b: a reply or a
 * record. */
bool words_is_held(const struct fields *b);

#define WORDS_OVERDUE " is overdue" /* --overdue */
#define WORDS_NOT_RUN "; this command was not run", TEXT_HINT, \
	"use --wait to run it afterwards"

/* Whether the keeper would let this launch wait (request.c).  b, a reply or a
 * record, tells which keeper it is. */
bool words_waits(const struct fields *b);
#define WORDS_NO_RECORD \
	"its record was removed; launch it again to have a new one"

/* The keeper does not respond: name the process that holds the slot, by its
 * files, if it is alive. -1, with a fault of 69 or 73; 75: it does respond, and
 * hands the slot to another launch. */
int words_not_responding(struct place *p, struct fault *f);

/* If another process has taken over the instance: which, and since when, after
 * a blank; else "".  b: a STATE or a record; out has WORDS_PASSED bytes. */
enum { WORDS_PASSED = 128 };
const char *words_passed(const struct fields *b, char *out);

/* The command line of a process: the bytes in line, ended by a NUL, and as one
 * would type it in t, cut if long.  False: it cannot be read. */
struct text;
bool words_command(pid_t pid, struct buf *line, struct text *t);

/* A keeper of ours has the name lock and sees other files: the fault (69).
 * -1. */
int words_elsewhere(const struct place *p, pid_t keeper, struct fault *f);

/* The fault for a REFUSED reply: -1. */
int words_refused(const struct place *p, const struct fields *b,
    struct fault *f);

/* The fault (75): the windows of an instance, process pid (0: not known), were
 * asked to close, but it has not exited in this time; with the open windows.
 * -1. */
int words_unclosed(const char *who, pid_t pid, long long ms, struct fault *f);

/* After ACCEPTED: we wait for a window of the instance; over, after DONE: none
 * has appeared. */
void words_unshown(const struct fields *b, bool over);

/* With -v: say whether a window was raised, if the reply tells. */
void words_raised(const struct fields *b, const char *who);

/* Whether a reply says that no window was raised. */
bool words_unraised(const struct fields *b);

/* Whether a launch notifies its user; quiet: -q. */
enum notify {
	NOTIFY_NOT,  /* no: -q, or there is no display */
	NOTIFY_NOW,  /* there is no terminal, as when started from a menu */
	NOTIFY_AFTER /* only about events after the launch has exited */
};
enum notify words_notifies(bool quiet);

/* With NOTIFY_NOW: show this text on the desktop. */
void words_notify(bool quiet, const struct fields *b, const char *text);

/* Print what an accepted launch is waiting for: with -v; late: always, and on
 * the desktop. */
void words_waiting(const struct fields *b, bool late, bool quiet);

/*
 * evidence.c: whether a program without a handler hands over on its own.
 */

/* Ask onlyone-raise for the evidence of process pid: THERE, and what it is (may be
 * NULL). */
enum evidence evidence_find(pid_t pid, struct text *what);

/* What happens to a document opened later in this instance, in words; nothing,
 * if there is nothing to say. */
void evidence_tell(struct text *t, const struct info *i);

/*
 * The rest of messages.c.
 */

/* The fault for a slot that a parent holds, for the rest of a tree. */
void words_held(const struct fields *b, const char *app, struct fault *f);

/* A living process of a tree that we cannot read, so that only the holding
 * parent's list of children shows it; 0: none. */
pid_t words_rest(const struct fields *b);

/* Name the processes of an ended instance that keep running for more than a
 * moment, if any; how: text that says how to end them too. */
struct job;
void words_left(const char *app, const struct job *j, const char *how);

#endif
