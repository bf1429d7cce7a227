/*
 * state.h: the state of one keeper, which the files of this folder share.
 *
 * The main loop is in one of five states.  OWNED: an owner lives.
 * SEEKING_SUCCESSOR: the owner has ended and the keeper looks for its
 * successor; activations wait.  PARENT_HOLDS: the owner has ended and its
 * holding parent keeps the slot, because processes of its tree are left.
 * HANDING_OVER: there is no owner and the
 * keeper offers the slot to the launches in line; activations wait.  VACANT:
 * the slot is released; the keeper only waits for handlers that still run.
 */
#ifndef STATE_H
#define STATE_H

#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/core/keeper/history.h"
#include "cli/core/slot/claim.h"
#include "cli/core/slot/job.h"
#include "cli/core/slot/mapping.h"
#include "cli/core/wire/frame.h"

enum keeper_state { OWNED, SEEKING_SUCCESSOR, PARENT_HOLDS, HANDING_OVER,
	VACANT };

struct client;

/* The connected clients. */
struct clients {
	struct client *first; /* in order of accept; see client_next */
	size_t n, most;
	bool gone;      /* some are marked, to be swept */
	long long rest; /* accept none until then, on clock_now; 0: accept */
	unsigned long turns;
	bool newcomer;  /* a launch has got in line */
	size_t held;    /* bytes of large requests (keeper.c) */
	struct client *oldest; /* that sends one; NULL: none */
};

/* Sockets to be closed by a child (client.h). */
struct waste {
	int *at;
	size_t n, cap;
	long long next; /* earliest time of the next child, on clock_now */
};

/* A running handler. */
struct handler {
	struct handler *next;
	pid_t pid;
	struct client *caller; /* NULL: the launch went away */
	long long give_up;     /* stop waiting for it, on clock_now; 0: never */
	dev_t dev;             /* the file that the owner ran; ino 0: unknown */
	ino_t ino;
	long long instance;  /* when it, or a process that it started, became
	                      * the instance, on clock_now; 0: it did not */
	bool seen;           /* that instance has shown a window */
};

/* The activation that is served; later ones wait for it. */
struct serving {
	struct handler *handler; /* NULL: none */
	long long pass;          /* when later ones stop waiting for the
	                          * handler, on clock_now; 0: when it ends */
	long long began;         /* on clock_now */
	struct client *listener; /* that has the record of caller; NULL: none */
	struct client *caller;   /* the launch; NULL: it went away */
	long long await;         /* wait until then for a listener to connect,
	                          * on clock_now; 0: do not */
	long long dying;         /* wait until then for the owner, which is
	                          * about to end, on clock_now; 0: it is not */
};

/* The next run of the helper that raises windows. */
struct raise_job {
	bool asked;     /* an activation has asked for it */
	struct buf env; /* env= of requests */
	int ids;        /* number of IDs and tokens in env */
	bool wanted;    /* raise; else only complete the start-up */
	bool untaken;   /* no handler ran: raising a terminal is enough */
	bool patient;   /* a launch waits for a window */
	bool say;       /* a launch waits for the outcome */
	pid_t after;    /* a handler whose window comes first; 0: none */
};

struct raise {
	pid_t pid;          /* of the helper; 0: none runs */
	unsigned long run;  /* number of the current run, or the last one */
	unsigned long done; /* number of the last run that has ended */
	int outcome;        /* of that run */
	struct raise_job next; /* asked for since the current run began */
};

/* Whether the owner's windows are to close. */
struct closing {
	pid_t pid;   /* of the helper that asks them; 0: none runs */
	bool wanted;
	bool asked;  /* they were asked, or are just asked; false: not, or there
	              * is none that can be */
};

/* The look whether the instance shows a window. */
struct window {
	pid_t pid;         /* of the helper that looks; 0: none runs */
	long long began;   /* of that or the last look, on clock_now */
	long long next;    /* earliest time of the next look, on clock_now */
};

/* Whether the instance is a graphical program, and has had a window. */
struct graphical {
	pid_t of;       /* the owner that was looked at; 0: none */
	bool is;
	bool seen;      /* it has had a window */
	bool unsure;    /* its libraries cannot be read */
	long long anew; /* when to look again, on clock_now */
	pid_t watcher;  /* the helper that awaits its first window; 0: none */
	bool watched;   /* that has begun: we would know of a window */
	bool windowless; /* it has been awaited for long */
	long long watch; /* when to await it, on clock_now */
	int pause;      /* ms from that to the next time */
};

/* The launches that left before it was clear that the program goes on. */
struct left {
	char what[256];  /* that they have handed over */
	long long until; /* its end tells until then, on clock_now; 0: none */
};

/* The change from one owner to the next.  More than a dozen members: the
 * results of each look for a successor. */
struct tenure {
	bool unseen;       /* owner not seen: pidfd is a stand-in's */
	int parent;         /* pidfd of the holding parent; -1: none */
	bool parent_dim;    /* parent cannot be seen now, and may live */
	bool watched;      /* the parent only waits, holds no slot */
	bool ending;       /* the instance is to end: one replaces it */
	long long ended;   /* when the owner ended, boot clock */
	bool late;         /* ended at an unknown time before our look */
	bool status_known; /* of the ended owner */
	int status;
	bool main_ended;   /* --lifetime=tree: what was launched has ended,
	                    * with main_exit; -1: not known */
	int main_exit;
	int looks;         /* for a successor, so far */
	long long again;   /* when the next look counts, on clock_now */
	int hidden;        /* number of the last looks, in a row, that gave
	                    * SUCCESSOR_HIDDEN (holder.h) */
	long long trial;   /* when to check an uncertain successor again, on
	                    * clock_now; 0: the owner is certain */
	int trial_ms;      /* the pause before that check */
	long long collect; /* no offer until then, on clock_now; 0: offer */
	long long collect_most; /* at most until then, if launches keep
	                         * coming */
};

/* An earlier mapping of this owner: its file was swept away, and may be mapped
 * still. */
struct past {
	int fd; /* -1: only an earlier keeper had it open */
	char id[MAPPING_ID];
};

struct pasts {
	int n;
	struct past at[MAPPING_PAST];
};

/* The repair of the slot's files. */
struct heal {
	bool wanted;  /* check them */
	int tries;
	long long at; /* not before that, on clock_now; 0: at once */
	ino_t sock;   /* of our socket's file; 0: we have none */
	bool marked;  /* the folder is locked against cleaners */
};

/* What handlers inherit from the launch that started the keeper; environ also
 * from one that it promoted. */
struct born {
	struct buf environ; /* of a promoted launch: what environ points to */
	sigset_t ignored;   /* signals that were ignored then */
};

/* More than a dozen members: all of a keeper, in parts. */
struct keeper {
	struct claim *c;
	enum keeper_state state;
	uid_t uid;      /* ours */
	uint64_t pidns; /* our pid namespace; 0: not read yet */
	struct clients clients;
	struct waste waste;
	struct handler *handlers;
	struct serving serving;
	struct raise raise;
	struct closing closing;
	struct window window;
	struct graphical graphical;
	struct left left;
	struct job job; /* what ends with a replaced owner */
	int job_ms;     /* ms between two looks at job */
	struct tenure tenure;
	struct pasts past;
	struct heal heal;
	struct born born;
	struct log log;
	struct {
		pid_t of; /* the owner whose terminal this is; 0: none */
		int number;
	} tty;
	bool lockfile_away; /* in the program: tenure.c */
	bool revived; /* an earlier keeper may have had the lock file */
};

#endif
