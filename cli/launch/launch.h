/*
 * launch.h: one run of onlyone, from the options to exec or to the answer.
 */
#ifndef LAUNCH_H
#define LAUNCH_H

#include <limits.h>
#include <signal.h>
#include <stdbool.h>

#include "cli/fault.h"
#include "cli/key/key.h"
#include "cli/slot/claim.h"
#include "cli/launch/handover.h"
#include "cli/launch/identity.h"
#include "cli/launch/options.h"
#include "cli/slot/root.h"
#include "cli/slot/slot.h"
#include "cli/wire/sock.h"

struct launch {
	const struct options *o;
	const char *rule;    /* by which it was enforced; NULL: it was not */
	char **command;      /* what to exec */
	const char *program; /* its file, where the first word does not tell;
	                      * NULL: it does */
	char **args;         /* what is handed over: after COMMAND */
	char *shell[4];      /* sh -c STRING */
	unsigned int closed; /* what plug_closed said */
	sigset_t mask;       /* the caller's, for the program */
	struct sigaction chld; /* and for SIGCHLD */
	bool blocked;        /* all signals are, and mask is the caller's */
	pid_t held;          /* a process that is there already and is to own
	                      * the slot (hold, adopt); 0: the program does */
	int held_fd;         /* a pidfd of it */
	bool explained;      /* the plan has been shown */
	bool met;            /* somebody lives there: running is no way out */
	struct identity id;
	struct handover handover;
	struct key_step steps[KEY_STEPS]; /* of options, and a document's */
	size_t nsteps;
	struct key key;
	struct root root;
	struct slot slot;
	char scope[256];
	char folder[PATH_MAX]; /* the slot's */
	char lock_path[PATH_MAX]; /* --lock-file, canonical; "": none */
	int file;            /* that, locked; -1: not */
	struct claim claim;
	char record[4096]; /* storage of claim.record */
};

/* Run it.  Returns an exit status, or -1 with a fault; a launch that starts
 * the program does not return. */
int launch_run(struct launch *l, struct fault *f);

/* One command line, one slot: id, command, args and steps are there.  As
 * launch_run. */
int launch_one(struct launch *l, struct fault *f);

/* The same in two steps: what it is (id, command and args), 0 or -1; and the
 * rest. */
int launch_begin(struct launch *l, struct fault *f);
int launch_begun(struct launch *l, struct fault *f);

/* The instance whose environment we have, by ONLYONE_SLOT: its folder, open,
 * and its record, which points into b; -1: there is none.  The root is open
 * afterwards. */
int launch_around(struct launch *l, struct buf *b, struct info *i);

/* Its key and slot.  0 or -1. */
int launch_slot(struct launch *l, struct fault *f);

/* The slot of this index of the same key. */
int launch_index(struct launch *l, int index, struct fault *f);

/* From the slot to the end: hand over, or start.  As launch_run. */
int launch_slotted(struct launch *l, struct fault *f);

/* How long, and how often, a launch goes on trying. */
struct tries {
	long long patience; /* end of it, clock_now */
	int revivals;
	long pause;
	bool last;  /* patience is spent, but for one more look */
};

/* Begin; be patient anew, with somebody who has answered; pause, each time
 * longer; ms that are left, 0: none. */
void tries_begin(struct tries *t);
void tries_renew(struct tries *t);
void tries_pause(struct tries *t);
int tries_left(struct tries *t);

/* Nobody answers for the slot: claim it, and start.  What became of that: */
enum claimed {
	CLAIMED_FAILED = -1, /* fault */
	CLAIMED_NOT,         /* swept away meanwhile: again at once */
	CLAIMED_BUSY,        /* somebody else is at it */
	CLAIMED_LOCKED,      /* free, but somebody else has the lock file */
	CLAIMED_REVIVED,     /* it has a keeper again */
	CLAIMED_OURS,        /* it is ours already, and has a keeper */
	CLAIMED_ENDED        /* started and ended: *status */
};
/* queued: it has waited in line, as pid self (0: not offered yet): a free
 * slot gets a keeper without an owner, which collects the line. */
enum claimed launch_claim(struct launch *l, struct tries *t, bool queued,
    pid_t self, int *status, struct fault *f);

/* start.c: with the claim in hand. */
enum started {
	START_FAILED,
	START_AGAIN, /* swept away meanwhile */
	START_ENDED  /* the parent's end: *status */
};
enum started launch_start(struct launch *l, int *status, struct fault *f);

/* Whether a sealed application lets the one of the record start: 0 or a fault.
 * Asked when that has been published. */
int launch_seal_ask(struct launch *l, struct fault *f);

/* Parts of it.  Whether the launch stays as the parent of its program, and
 * whether it holds the slot when that has ended. */
bool launch_stays(const struct launch *l);
bool launch_guards(const struct launch *l);

/* The shim for the program in *shim, NULL: without one; path has PATH_MAX
 * bytes.  0, or -1 where that cannot be told. */
int launch_shim(struct launch *l, char *path, const char **shim,
    struct fault *f);

/* The process that was to own the slot has ended.  -1. */
int launch_held_ended(const struct launch *l, struct fault *f);

/* The record of the instance that process pid is to be, in claim.record and
 * claim.info.  since: of one that goes on; 0: of one that begins.  0 or -1. */
int launch_record(struct launch *l, pid_t pid, long long since);

/* The same in a request, TAKE or RENEW.  0 or -1. */
int launch_record_put(struct launch *l, enum frame_type type, pid_t pid,
    long long since, bool image, struct buf *b);

/* Become the program; returns -1 with a fault.  The same in a child, which
 * has no record yet. */
int launch_become(struct launch *l, const char *shim, struct fault *f);
_Noreturn void launch_become_child(struct launch *l, const char *shim);

/* "APP does not answer": -1, with a fault of 69 or 73. */
int launch_silent(struct launch *l, struct fault *f);

/* hand.c: the second launch.  What became of handing over: */
enum hand_result {
	HAND_DONE,   /* *status is the exit status */
	HAND_NOBODY, /* nobody lives there, or a stranger: claim */
	HAND_AGAIN,  /* nothing ran: again after a pause */
	HAND_BACK,   /* the same, after it was made to wait */
	HAND_SLOW,   /* somebody lives there, and does not answer in time */
	HAND_FAILED  /* fault */
};

/* counted.c: --max: the instances of one key; as launch_slotted. */
int counted_run(struct launch *l, struct fault *f);

/* The same as hand_over, if all N run: NOBODY otherwise. */
enum hand_result counted_hand(struct launch *l, int ms, int *status,
    struct fault *f);

/* documents.c: --per-document: an instance for each; as launch_run. */
int documents_run(struct launch *l, struct fault *f);

/* Plug descriptors 0 to 2 where they are closed, with what exec closes: ours
 * must not become the program's.  Bit i: descriptor i was closed. */
unsigned int plug_closed(void);

/* Do what the policy says if the instance runs; at most ms for an answer. */
enum hand_result hand_over(struct launch *l, int ms, int *status,
    struct fault *f);

/* "APP (pid 123 on pts/4)" of a reply, in out. */
const char *hand_instance_text(const struct fields *b, char *out, size_t cap);

/* What it means that a keeper was not met: r is not SOCK_OK. */
enum hand_result hand_unmet(enum sock_result r, struct fault *f);

/* A refusal as a fault: -1. */
int hand_refused(const struct launch *l, const struct fields *b,
    struct fault *f);

/* locked.c: --lock-file.  Where it lies; 0 or -1. */
int locked_path(struct launch *l, struct fault *f);
/* Take it, if there is one, with a claim in hand.  0; 1: somebody else has
 * it; -1: fault. */
int locked_take(struct launch *l, struct fault *f);
/* Somebody else has it: the end of a launch that does not wait. */
int locked_end(const struct launch *l, struct fault *f);
/* Wait for it, until deadline (clock_now; 0: for ever).  0, or -1. */
int locked_wait(struct launch *l, long long deadline, struct fault *f);

/* join.c: wait for the end of the instance, and end as it did. */
enum hand_result join_instance(struct launch *l, int ms, int *status,
    struct fault *f);

/* wait.c: wait for the slot, in line with others, of the n indexes from
 * first on; as launch_slotted. */
int wait_run(struct launch *l, int first, int n, struct fault *f);

/* watch.c: a connection to the keeper of an instance, whoever that is, as long
 * as the instance lasts.  What came of it: */
enum watched {
	WATCHED_FAULT = -1,
	WATCHED_ENDED, /* the instance has */
	WATCHED_ALARM, /* that was readable before */
	WATCHED_LOST   /* of talk: the keeper is gone, or asks to begin again */
};
struct watch {
	struct root *root;
	const struct slot *slot;
	long long since; /* of the instance */
	int alarm;       /* end early when it is readable; -1: none */
	/* Send the request, as one of slot s.  0 or -1. */
	int (*ask)(const struct watch *w, int fd, const struct slot *s);
	/* All that follows. */
	enum watched (*talk)(const struct watch *w, int fd, struct fault *f);
	void *arg; /* the caller's */
};

/* Go on until talk says something else than LOST, reviving the keeper if need
 * be.  fd: a connection on which it was asked already, or -1. */
int watch_run(const struct watch *w, int *fd, struct fault *f);

/* Wait until the instance that began at `since` has ended, through its
 * heirs.  fd as above; it is closed.  ENDED, ALARM or FAULT. */
int watch_instance(struct root *r, const struct slot *s, long long since,
    int *fd, int alarm, struct fault *f);

/* Revive: if the owner lives without a keeper, start one. */
enum revived {
	REVIVE_FAILED = -1, /* fault */
	REVIVED,            /* it has a new keeper */
	REVIVE_NOBODY,      /* nobody lives */
	REVIVE_AGAIN        /* somebody else is at it: it has paused */
};
/* Start a keeper for a claim that found an owner alive, and let go of it.
 * 0 or -1. */
int keeper_revive(struct claim *c, struct fault *f);

enum revived revive(struct root *r, const struct slot *s, struct fault *f);

/* request.c: send a request, which is put together, to the keeper of a slot,
 * reviving that if need be.  0 and the reply, which points into b; 1: nobody
 * lives there; -1: fault.  The root may be closed then. */
int request_put(struct root *r, const struct slot *s,
    const struct buf *request, struct buf *b, struct frame *reply,
    struct fault *f);

/* parent.c: a launch that has to stay beside its program. */
/* Whether it has to (pid 1, subreaper), for the keeper must not become the
 * application's child. */
bool parent_needed(void);

/* Fork a child that waits for parent_go before it execs.  Its pid, 0 in the
 * child once it may go, with the caller's signal mask; -1.  In the parent all
 * signals are blocked afterwards, until parent_forget, which is for a child
 * that came to nothing. */
pid_t parent_fork(struct launch *l, int *go);
void parent_go(const struct launch *l, int *go);
void parent_forget(struct launch *l, int *go, pid_t child);

/* Stay until child and instance have ended; returns the exit status.  shim is
 * for programs that are begun again. */
int parent_stay(struct launch *l, pid_t child, long long since,
    const char *shim);

/* leftover.c: say what an instance of this slot that has ended left running;
 * daemons: those only that have a session of their own. */
void leftover_tell(const struct launch *l, bool daemons);

/* plan.c: --dry-run and --explain. */
int plan_show(struct launch *l, int fd, struct fault *f);

#endif
