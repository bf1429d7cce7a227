/*
 * state.h: the state of one keeper, which the files of this folder share.
 *
 * One loop, five states.  OWNED: an owner lives.  SETTLING: it has ended and
 * its heir is being settled; activations are held.  HELD: it has ended, and its
 * guard holds the slot, to begin it again or for what is left of its tree.
 * PASSING: there is none, and
 * the slot is being offered to whoever waits for it; activations are held.
 * VACANT: slot released, only a handler that still runs is seen to its end.
 */
#ifndef STATE_H
#define STATE_H

#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/keeper/log.h"
#include "cli/slot/claim.h"
#include "cli/slot/image.h"
#include "cli/slot/job.h"
#include "cli/wire/frame.h"

enum keeper_state { OWNED, SETTLING, HELD, PASSING, VACANT };

struct client;

/* Those who are connected. */
struct clients {
	struct client *first; /* in order of accept; see client_next */
	size_t n, most;
	bool gone;      /* there are some to be swept */
	long long rest; /* until then nobody is accepted, on clock_now */
	unsigned long turns;
	bool newcomer;  /* somebody has got in line */
	size_t held;    /* the room that all have together */
	bool crowded;   /* somebody who sends waits for room */
};

/* A handler that runs. */
struct handler {
	struct handler *next;
	pid_t pid;
	struct client *caller; /* NULL: it went away */
	long long began;       /* on clock_now */
	long long give_up;     /* on clock_now; 0: never */
	dev_t dev;             /* the file that the owner ran; ino 0: unknown */
	ino_t ino;
	bool instance;         /* it is that now, and nobody's handler */
};

/* Who has an activation, for which later ones wait. */
struct serving {
	struct handler *handler; /* NULL: none */
	long long pass;          /* then they wait no longer, on clock_now; 0:
	                          * as long as it runs */
	long long began;         /* on clock_now */
	struct client *listener; /* that has caller's record; NULL: none */
	struct client *caller;   /* NULL: it went away */
	long long await;         /* until then a listener is waited for, on
	                          * clock_now; 0: none is */
};

/* What a helper that raises windows is to do. */
struct raise_job {
	bool asked;     /* somebody has */
	struct buf env; /* env=... of them, and lost=, what nobody took */
	int ids;        /* how many of those are a STARTUP_ID */
	bool wanted;    /* not just that start-up is complete */
	enum raise_mode how; /* as the last of them wants it */
	bool untaken;   /* by a handler: the terminal will do */
	bool notify;    /* on the desktop, where nothing was raised */
	bool waits;     /* for the handler of an earlier launch */
	bool say;       /* somebody wants to know how it came about */
	pid_t after;    /* the handler that goes first; 0: none */
};

struct raise {
	pid_t pid;          /* of the helper; 0: none runs */
	unsigned long run;  /* of the one that runs, or ran last */
	unsigned long done; /* the last one that has ended */
	int outcome;        /* of that */
	int words;          /* a file: what the one that runs says; -1 */
	char how[512];      /* what that said of its outcome; "" */
	struct raise_job next; /* asked for since that one began */
};

/* The helpers that ask windows to close, and see what comes of it. */
enum closing_step {
	CLOSING_NOT,    /* nobody wanted that of this owner */
	CLOSING_ASK,    /* one asks them */
	CLOSING_WATCH,  /* one waits for a question to the user */
	CLOSING_ANSWER, /* one waits for the answer */
	CLOSING_OVER
};

struct closing {
	pid_t pid;  /* 0: none runs */
	enum closing_step step;
	enum closed status; /* what is known, from CLOSING_WATCH on */
	bool asks;  /* who is in line has been told of a question */
	int tries;  /* that helpers did not survive */
};

/* The helpers that look whether it shows a window. */
struct doubt {
	pid_t pid;         /* 0: none runs */
	unsigned long run; /* of the one that runs, or ran last */
};

/* From one owner to the next.  More than a dozen members: what each look at
 * those who may follow has shown. */
struct tenure {
	bool unseen;       /* the pidfd is a stand-in for an unseen owner */
	int guard;         /* pidfd of the instance's guard; -1: none */
	bool guard_dim;    /* not seen for now: it may live */
	bool ending;       /* it is to end, and not to begin again */
	long long ended;   /* when the owner ended, boot clock */
	bool late;         /* it had ended at our first look: long ago? */
	bool status_known; /* of the owner that has ended */
	int status;
	int looks;         /* for the next owner */
	long long again;   /* when the next one counts, on clock_now */
	int hidden;        /* of these the last, that found the image held by
	                    * nobody who is to be seen */
	long long trial;   /* when to look at a doubtful heir again, on
	                    * clock_now; 0: the owner is beyond doubt */
	int trial_ms;      /* the pause after that */
	long long collect; /* until then the slot is offered to nobody; 0:
	                    * that is over */
	long long collect_most; /* if they keep coming */
};

/* An image of this owner that was swept away, and may be mapped still. */
struct past {
	int fd; /* -1: an earlier keeper had it open */
	char id[IMAGE_ID];
};

struct pasts {
	int n;
	struct past at[IMAGE_PAST];
};

/* Our own files. */
struct heal {
	bool wanted;  /* look after them */
	int tries;
	long long at; /* not before that, on clock_now; 0: at once */
	ino_t sock;   /* of our socket's file; 0: we have none */
	bool marked;  /* the folder is locked against cleaners */
};

/* What a keeper has for its handlers from its birth, or from the launch that
 * it promoted. */
struct born {
	struct buf environ; /* of a promoted launch: what environ points to */
	sigset_t ignored;   /* signals that were */
};

/* The slot by another key. */
struct moved {
	struct slot slot; /* c->slot, then */
	bool tried;       /* or has it: some may mean the other */
};

/* More than a dozen members: all of a keeper, in parts. */
struct keeper {
	struct claim *c;
	enum keeper_state state;
	uint64_t pidns; /* of our pids; 0: not asked yet */
	struct clients clients;
	struct handler *handlers;
	struct serving serving;
	struct raise raise;
	struct closing closing;
	struct doubt doubt;
	struct job job; /* what goes with an owner that is replaced */
	int job_ms;     /* the pause between two looks at it */
	struct tenure tenure;
	struct pasts past;
	struct heal heal;
	struct born born;
	struct moved moved;
	struct log log;
	bool lent;    /* the program has the lock file: see lent.h */
	bool revived; /* the keeper before us may have had it */
};

#endif
