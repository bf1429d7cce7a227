/*
 * state.h: what the keeper knows.  (The connected clients: client.h.)
 */
#ifndef KEEPER_STATE_H
#define KEEPER_STATE_H

#include <sys/resource.h>
#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buf.h"
#include "cli/core/keeper/history.h"
#include "cli/core/slot/claim.h"
#include "cli/core/slot/job.h"
#include "cli/core/slot/mapping.h"

/*
 * The state of one keeper, which the files of this folder share.
 *
 * The main loop is in one of five states.  OWNED: an owner is alive.
 * SEEKING_SUCCESSOR: the owner has exited and the keeper looks for its
 * successor; activations wait.  PARENT_HOLDS: the owner has exited and its
 * holding parent keeps the slot, because processes of its tree are left.
 * HANDING_OVER: there is no owner and the keeper offers the slot to the
 * launches in line; activations wait.  VACANT: the slot is released; the keeper
 * only waits for running handlers.
 */

enum keeper_state { OWNED, SEEKING_SUCCESSOR, PARENT_HOLDS, HANDING_OVER,
	VACANT };

/* One state, or stage of a client, in a set of them. */
#define TO(which) (1u << (which))

/* The states that may follow each, a set of TO (tenure.c). */
extern const unsigned state_next[];

/* The word for each in STATE (frame.h), and in JSON. */
extern const char *const state_word[];

/* Exit if the change to this state or stage is not in the set: this is a fault of
 * ours, and the next launch starts a new keeper. */
void change_check(unsigned next, unsigned to);

struct client;

/* The connected clients. */
struct clients {
	struct client *first; /* in order of accept; see client_next */
	size_t n, most;
	bool gone;      /* some are marked, to be swept */
	long long rest; /* accept none until then, on clock_now; 0: accept */
	unsigned long turns;
	bool newcomer;  /* a launch is in line */
	size_t held;    /* bytes of large requests (keeper.c) */
	struct client *oldest; /* that sends one; NULL: none */
};

/* What is polled in this round (keeper.c). */
struct polls {
	struct pollfd *at;
	struct client **client; /* of at[i] */
	size_t attendants; /* from this index on: sockets of attendants */
	size_t n, cap;
};

/* Sockets for a child to close (client.h). */
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
	pid_t of;              /* the owner that it was started for */
	long long give_up;     /* stop waiting for it, on clock_now; 0: never */
	dev_t dev;             /* the file that the owner ran; ino 0: unknown */
	ino_t ino;
	bool file_unread;      /* that could not be read */
	long long instance;  /* when it, or its child, became the instance, on
	                      * clock_now; 0: it did not */
	bool seen;           /* that instance has shown a window */
};

/* The activation that is served; later ones wait for it.  More than a dozen
 * members: whatever they may have to wait for. */
struct serving {
	struct handler *handler; /* NULL: none */
	long long pass;          /* when later ones stop waiting for the
	                          * handler, on clock_now; 0: when it exits */
	int former;              /* pidfd of an earlier keeper's handler, which
	                          * still runs; -1: there is none */
	long long began;         /* on clock_now */
	struct client *listener; /* that has the record of caller; NULL: none */
	struct client *caller;   /* the launch; NULL: it went away */
	long long await;         /* wait until then for a listener to connect,
	                          * on clock_now; 0: do not */
	long long unsure;        /* when to check whether the owner, just
	                          * starting, is graphical, on clock_now; 0:
	                          * no */
	long long dying;         /* wait until then for the owner, about to
	                          * exit, on clock_now; 0: it is not */
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
	char *document; /* of its windows the one that shows this; NULL: any */
	pid_t after;    /* a handler whose window comes first; 0: none */
};

struct raise {
	pid_t pid;          /* of the helper; 0: none runs */
	unsigned long run;  /* number of the current run, or the last one */
	unsigned long done; /* number of the last finished run */
	int outcome;        /* of that run */
	struct raise_job next; /* asked for since the current run began */
};

/* Asking the owner's windows to close. */
struct closing {
	pid_t pid;   /* of the helper that asks them; 0: none runs */
	bool wanted;
	bool asked;  /* they were or are being asked; false: not, or there is no
	              * such window */
};

/* Whether the instance is a graphical program, and has had a window. */
struct graphical {
	pid_t of;       /* the owner that was checked; 0: none */
	bool is;
	bool seen;      /* it has had a window */
	long long anew; /* when to look again, on clock_now */
	pid_t watcher;  /* the helper that awaits its first window; 0: none */
	bool watched;   /* it runs: we would know of a window */
	bool windowless; /* it has been awaited long enough */
	long long looked; /* when no helper awaited it yet, on clock_now */
	long long watch; /* when to await it, on clock_now */
	int pause;      /* ms from that to the next time */
};

/* The launches that left before it was clear that the program keeps running. */
struct left {
	char what[256];  /* that they have handed over */
	long long until; /* its exit matters until then, clock_now; 0: none */
};

/* The change from one owner to the next.  More than a dozen members: the
 * results of each search for a successor. */
struct tenure {
	bool unseen;       /* owner invisible: pidfd is a stand-in's; the record
	                    * may name a guess (successor_guess) */
	int parent;         /* pidfd of the holding parent; -1: none */
	bool watched;      /* the parent only waits, holds no slot */
	bool ending;       /* a launch is replacing the instance */
	bool forgotten;    /* the slot was given up while the owner lived */
	long long ended;   /* earliest time of the owner's exit, boot clock; -1:
	                    * not known */
	long long noted;   /* latest time of it */
	bool status_known; /* of the owner that exited; --lifetime=tree: of the
	                    * launched process */
	int status;
	pid_t helper;      /* a copy, by its time alone no successor; 0 */
	bool unbegun;      /* it was killed before it executed its program */
	int looks;         /* for a successor so far */
	long long again;   /* when the next look counts, on clock_now */
	int hidden;        /* looks in a row, up to now, that gave
	                    * SUCCESSOR_HIDDEN (holder.h) */
	long long trial;   /* when to check an uncertain successor again, on
	                    * clock_now; 0: the owner is certain */
	int trial_ms;      /* the pause before that check */
	long long offer_from; /* no OFFER before that, on clock_now: launches
	                       * connect again, the lock file is not free, or
	                       * GO could not be sent; 0: none waits for it */
	int locked_ms;     /* the pause before the lock file is tried again */
	struct buf locked; /* that file's path, while another program has it
	                    * locked and the next launch waits for it; empty: no
	                    * wait */
	pid_t locked_for;  /* that launch: between two tries it is not
	                    * connected */
	long long collect_most; /* at most until then, if launches keep
	                         * coming */
};

/* An earlier mapping of this owner: its file was removed, and may still be
 * mapped. */
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
	struct rlimit files; /* RLIMIT_NOFILE */
};

/* More than a dozen members: the whole keeper, in parts. */
struct keeper {
	struct claim *c;
	enum keeper_state state;
	struct polls polls;
	struct clients clients;
	struct waste waste;
	struct handler *handlers;
	struct serving serving;
	struct raise raise;
	struct closing closing;
	struct graphical graphical;
	struct left left;
	struct job job; /* ends with a replaced owner */
	int job_ms;     /* ms between looks at job */
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
	int status;   /* the keeper's exit status (keeper_status) */
};

/*
 * A sandbox whose first process is not ours may report the status of the
 * process that exits last in it, as firejail(1) does.  That may be the keeper:
 * so it exits with the program's status (-1 if unknown), not with 0.
 */
int keeper_status(int program);

/* Whether the owner is invisible, and there is no guess either. */
bool instance_nameless(const struct keeper *k);

/* As owner_signal or owner_end (send), for the owner, possibly a guess.  0; -1:
 * errno, ESRCH if there is none. */
int instance_signal(const struct keeper *k, int (*send)(int pidfd, int sig),
    int sig);

/* Whether nothing is running, and the next launch waits for its lock file,
 * which another program has locked. */
bool next_is_locked(const struct keeper *k);

#endif
