/*
 * state.h: the state of one keeper, shared by the files of this folder.
 *
 * One loop, four states.  OWNED: an owner lives.  SETTLING: it has ended and
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

#include "cli/raise/outcome.h"
#include "cli/slot/claim.h"
#include "cli/slot/image.h"
#include "cli/wire/frame.h"

enum keeper_state { OWNED, SETTLING, HELD, PASSING, VACANT };

enum { STREAMS = 4 }; /* cwd, standard input, output, error */
enum { REQUEST_MS = 5000 }; /* for a client to send what we wait for */
enum { LISTENER_MS = 1000 }; /* for a listener to come, or to come back */
#define STARTUP_ID "DESKTOP_STARTUP_ID"
enum { LOOP_NAME = 40 };    /* "pipe:[123]" */

enum stage {
	READING,  /* its request is not complete yet */
	WAITING,  /* an activation, waiting its turn */
	ASKED,    /* its turn: asked for its streams */
	ANSWERED, /* they have come, and lie unread in the socket */
	SERVED,   /* its handler runs, or a listener has it */
	WATCHING, /* to be told when the instance ends */
	QUEUED,   /* waits for the slot */
	OFFERED,  /* the slot is free, and its turn it is */
	LISTENING, /* a listener: a handler that stays */
	HELPED,   /* waits for what comes of a helper (raise.c) */
	GONE      /* to be freed at the end of the round */
};

/* Of whose world the process at the other end is (peer.c). */
enum peer {
	PEER_UNASKED,
	PEER_OURS,
	PEER_FOREIGN, /* a sandbox, or what may be one */
	PEER_UNKNOWN  /* /proc does not tell */
};

enum wait_mode { WAIT_PLAIN, WAIT_REPLACE, WAIT_QUEUE };

/* Somebody who waits for the slot. */
struct wait {
	enum wait_mode mode;
	long long ticket;  /* when it came, on its monotonic clock, ns */
	char cover[SLOT_HASH + 1]; /* of arguments and folder */
	int stop_signal;   /* of a replacement */
	int kill_ms;       /* -1: never */
	int polite_ms;     /* that windows which were asked have to close */
	pid_t asked;       /* the owner whose windows were; 0: none */
	long long press_at; /* on clock_now, when they had that; 0: not known */
	pid_t pressed;     /* the owner that was told to end; 0: none */
	long long kill_at; /* on clock_now; 0: not, or done */
};

struct client {
	struct client *next;
	int fd;
	pid_t pid; /* of the peer, 0: not of this pid namespace */
	enum peer peer;
	long long came; /* it was accepted, on clock_boot */
	enum stage stage;
	struct buf in;        /* bytes received; the request stays in it */
	size_t room;          /* that it has of what all have; 0: none */
	long long moved;      /* when it last got on with filling that */
	struct frame request; /* from WAITING to SERVED */
	long long deadline;   /* on clock_now; 0: none */
	long long grace;      /* until then no later turn comes before it */
	unsigned long turn;   /* order of arrival of whole requests */
	bool told;            /* that it has to wait */
	bool paused;          /* there is no room for it, for now */
	bool until;           /* stays until the instance ends */
	long long since;      /* of the instance it came to; 0: none yet */
	bool joins;           /* of WATCHING: for its status */
	struct wait wait;     /* of QUEUED and OFFERED */
	bool bare;            /* its streams are given up, for a listener */
	char loop[LOOP_NAME]; /* of LISTENING: the pipe that it writes to */
	int streams[STREAMS];
	unsigned long raise_run; /* whose outcome it wants to know; 0: none */
	int raised;         /* that outcome; -1: not asked for */
	bool closes;        /* of HELPED: for the windows to be asked */
	int status;         /* of HELPED: for the answer */
	bool taken;
	long long tell_by;  /* then at the latest, clock_now; 0: no limit */
};

struct handler {
	pid_t pid;               /* 0: none runs */
	struct client *listener; /* that has caller's record; NULL: none */
	struct client *caller;   /* NULL: it went away */
	long long give_up;       /* on clock_now; 0: never */
};

/* The helper that raises windows, and what it is to do next. */
struct raise {
	pid_t pid;          /* 0: none runs */
	unsigned long run;  /* of the one that runs, or ran last */
	unsigned long done; /* the last one that has ended */
	int outcome;        /* of that */
	bool asked;         /* somebody has, since this one began: */
	struct buf job;     /* env=... of them */
	int ids;            /* how many of those are a STARTUP_ID */
	bool wanted;        /* not just that start-up is complete */
	bool untaken;       /* by a handler: the terminal will do */
	bool notify;        /* on the desktop, where nothing was raised */
	bool lost;          /* there were arguments that nobody took */
	pid_t after;        /* the handler that goes first; 0: none */
};

/* The helper that asks windows to close. */
struct closing {
	pid_t pid;  /* 0: none runs */
	bool asked; /* there were some */
};

/* An image of this owner that was swept away, and may be mapped still. */
struct past {
	int fd; /* -1: an earlier keeper had it open */
	char id[IMAGE_ID];
};

struct keeper {
	struct claim *c;
	struct slot slot; /* c->slot, once it has got another key */
	bool moved;       /* it has, or has tried: some may mean the other */
	enum keeper_state state;
	struct client *clients; /* in order of accept */
	size_t nclients, max_clients;
	long long rest; /* until then nobody is accepted, on clock_now */
	size_t held;  /* the room that all have together */
	bool crowded; /* somebody who sends waits for room */
	uint64_t pidns; /* of our pids; 0: not asked yet */
	bool marked; /* the folder is locked against cleaners */
	unsigned long turns;
	struct handler handler;
	struct raise raise;
	struct closing closing;
	long long listen_by; /* until then a listener is waited for, on
	                      * clock_now; 0: none is */
	bool unseen;       /* the pidfd is a stand-in for an unseen owner */
	struct past past[IMAGE_PAST];
	int npast;
	bool heal;         /* look after our files */
	int heal_tries;
	long long heal_at; /* not before that, on clock_now; 0: at once */
	ino_t sock;        /* of our socket's file; 0: we have none */
	long long ended;   /* when the owner ended, boot clock */
	bool late;         /* it had ended at our first look: long ago? */
	bool status_known; /* of the owner that has ended */
	int status;
	int guard;         /* pidfd of the instance's guard; -1: none */
	bool guard_dim;    /* not seen for now: it may live */
	bool ending;       /* it is to end, and not to begin again */
	struct buf born;   /* of a promoted launch: what environ points into */
	long long collect; /* PASSING: until then nobody is offered */
	int looks;         /* at an image held by nobody visible */
	long long trial;   /* when to look at a doubtful heir again, on
	                    * clock_now; 0: the owner is beyond doubt */
	int trial_ms;      /* the pause after that */
	sigset_t ignored;  /* signals that were ignored at the launch */
};

/* client.c */
size_t client_most(const struct keeper *k); /* how many there may be */
void client_accept(struct keeper *k);
void client_event(struct keeper *k, struct client *cl, int events);
void client_expire(struct keeper *k); /* drop those whose time is up */
void client_drop(struct keeper *k, struct client *cl);
/* Whether it has yet to get room for its request, and whether there is some. */
bool client_large(const struct client *cl);
bool client_fits(const struct keeper *k, const struct client *cl);
void client_forget(struct keeper *k, struct client *cl); /* its request */
/* Whoever is not served yet has to begin again, but for one. */
void client_turn_away(struct keeper *k, const struct client *but);
/* The one at this stage whose turn comes first; NULL: nobody. */
struct client *client_first(const struct keeper *k, enum stage stage);
/* Whether the instance that a request means (since=) is the one there is; if
 * not, the client has its answer. */
bool client_means(struct keeper *k, struct client *cl, const struct frame *f);
void client_end(struct keeper *k); /* who watches, listens: it is over */
void client_dismiss(struct keeper *k); /* the instance is over: tell all */
void client_sweep(struct keeper *k);   /* free those that are GONE */

/* turn.c */
void turn_serve(struct keeper *k); /* whose turn is it? */

/* peer.c */
/* Whether it is of our world; asked once, and then known. */
bool peer_ours(struct client *cl);
/* The same for a request of more than arguments.  false: refused. */
bool peer_may(struct keeper *k, struct client *cl);
/* Whether NAME=VALUE of its environment is taken (carried.h). */
bool peer_env(struct client *cl, const char *entry);

/* reply.c */
void reply_bare(struct keeper *k, struct client *cl, enum frame_type type);
/* With a descriptor beside it, if that is not -1. */
void reply_file(struct keeper *k, struct client *cl, enum frame_type type,
    int fd);
void reply_refuse(struct keeper *k, struct client *cl, int status,
    const char *why);
void reply_own(struct keeper *k, struct client *cl, pid_t handler);
void reply_accepted(struct keeper *k, struct client *cl);
void reply_done(struct keeper *k, struct client *cl, int status, bool taken);
void reply_state(struct keeper *k, struct client *cl);
void reply_ended(struct keeper *k, struct client *cl);
void reply_covered(struct keeper *k, struct client *cl, pid_t by);
void reply_queued(struct keeper *k, struct client *cl);

void reply_delivered(struct keeper *k, struct client *cl,
    const struct client *listener);

/* child.c: a child that is about to be another program, in a process group of
 * its own.  As fork(2). */
pid_t child_fork(struct keeper *k);

/* handler.c */
bool handler_busy(const struct keeper *k); /* somebody has an activation */
int handler_start(struct keeper *k, struct client *cl); /* 0 or -1 */
void handler_reap(struct keeper *k); /* has it ended? */
void handler_orphan(struct keeper *k); /* its caller went away */
void handler_leave(struct keeper *k);  /* stop waiting for it */

/* helper.c: onlyone-raise for the instance, as the job of k->raise says, and to
 * ask its windows to close.  As fork(2). */
pid_t helper_raise(struct keeper *k);
pid_t helper_close(struct keeper *k);
/* Whether there is a display to ask, by our environment or a request's (NULL:
 * none); a multiplexer whose pane can be selected. */
bool helper_display(const struct fields *body);
bool helper_pane(void);
/* A variable of the request's environment; NULL: none, or empty. */
const char *helper_env(const struct fields *body, const char *name);

/* raise.c */
/* Re-display the instance for an activation whose request is still there;
 * taken: a handler, process after (0: none), has the arguments. */
void raise_ask(struct keeper *k, struct client *cl, bool taken, pid_t after);
/* The end of an activation: at once, or, for those who want to know, when it is
 * known what came of raising. */
void raise_answer(struct keeper *k, struct client *cl, int status,
    bool taken);
bool raise_reap(struct keeper *k, pid_t pid, int status); /* was it ours? */
void raise_over(struct keeper *k, int outcome);
void raise_expire(struct keeper *k);
long long raise_due(const struct keeper *k);
void raise_end(struct keeper *k); /* the instance is over */
/* Ask its windows to close.  false: there is no display to ask. */
bool closing_start(struct keeper *k);
void closing_serve(struct keeper *k, struct client *cl, const struct frame *f);

/* listener.c */
void listener_take(struct keeper *k, struct client *cl,
    const struct frame *f);
void listener_answer(struct keeper *k, struct client *cl,
    const struct frame *f);
void listener_note(struct keeper *k); /* on record: for the next keeper */
void listener_await(struct keeper *k); /* recorded: it may come (back) */
void listener_expire(struct keeper *k); /* none comes back: time is up? */
bool listener_above(const struct keeper *k, pid_t pid, pid_t *listener);
void listener_give(struct keeper *k, struct client *to, struct client *cl);
void listener_leave(struct keeper *k, struct client *cl); /* it goes */

/* tenure.c */
void tenure_check(struct keeper *k);  /* has the owner ended? */
void tenure_settle(struct keeper *k); /* heir or vacancy */
long long tenure_due(const struct keeper *k); /* to look again; 0: never */
void tenure_trial(struct keeper *k);  /* a new owner: is it one? */

void tenure_begin(struct keeper *k);  /* a new instance, by promotion */
void tenure_guard(struct keeper *k);  /* open the guard of the record */
void tenure_ending(struct keeper *k); /* it is not to begin again */
void tenure_release(struct keeper *k); /* nobody wants the slot */
void tenure_forget(struct keeper *k); /* the slot goes, the owner stays */

/* queue.c */
void queue_take(struct keeper *k, struct client *cl, const struct frame *f);
void queue_promote(struct keeper *k, struct client *cl,
    const struct frame *f);
void queue_pass(struct keeper *k);  /* whose turn is it to own the slot? */
void queue_press(struct keeper *k); /* replacements: end the owner */
void queue_renew(struct keeper *k, struct client *cl, const struct frame *f);
bool queue_waits(const struct keeper *k);
long long queue_due(const struct keeper *k);

/* rekey.c */
void rekey_serve(struct keeper *k, struct client *cl, const struct frame *f);
void forget_serve(struct keeper *k, struct client *cl, const struct frame *f);

/* heal.c */
void heal_watch(struct keeper *k);
void heal_files(struct keeper *k);

/* past.c: the images of the owner that were swept away. */
void past_begin(struct keeper *k); /* those that the record names */
void past_add(struct keeper *k, int image); /* one more, which is ours then */
void past_forget(struct keeper *k); /* another instance begins */
/* The image there is and those, as heir_find takes them; their number. */
int past_images(const struct keeper *k, int images[1 + IMAGE_PAST]);

/* keeper.c */
void keeper_title(pid_t pid);

/* born.c: an environment out of a launch's fields `environ`, in b: 0 or -1 with
 * errno.  It is the one for handlers from now on, and b the keeper's.  Take
 * spent tokens out of ours. */
int born_make(struct buf *b, const struct fields *f);
void born_take(struct keeper *k, const struct buf *b);
void born_clean(void);

/* loop.c */
_Noreturn void loop_run(struct keeper *k);

#endif
