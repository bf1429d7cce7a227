/*
 * state.h: what the keeper knows, and what its files share, in the order of
 * their names.  (The connected clients: client.h.)
 */
#ifndef STATE_H
#define STATE_H

#include <sys/resource.h>
#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/base/fault.h"
#include "cli/base/fields.h"
#include "cli/core/keeper/history.h"
#include "cli/core/slot/claim.h"
#include "cli/core/slot/job.h"
#include "cli/core/slot/mapping.h"
#include "cli/core/wire/frame.h"

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
	long long give_up;     /* stop waiting for it, on clock_now; 0: never */
	dev_t dev;             /* the file that the owner ran; ino 0: unknown */
	ino_t ino;
	bool dim;              /* that could not be read */
	long long instance;  /* when it, or its child, became the instance, on
	                      * clock_now; 0: it did not */
	bool seen;           /* that instance has shown a window */
};

/* The activation that is served; later ones wait for it. */
struct serving {
	struct handler *handler; /* NULL: none */
	long long pass;          /* when later ones stop waiting for the
	                          * handler, on clock_now; 0: when it exits */
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

/* Looking whether the instance shows a window. */
struct window {
	pid_t pid;         /* of the helper that looks; 0: none runs */
	long long began;   /* of that or the last look, on clock_now */
	long long next;    /* earliest time of the next look, on clock_now */
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
	long long ended;   /* earliest time of the owner's exit, boot clock; -1:
	                    * not known */
	long long noted;   /* latest time of it */
	bool status_known; /* of the owner that exited; --lifetime=tree: of the
	                    * launched process */
	int status;
	bool unbegun;      /* it was killed before it executed its program */
	int looks;         /* for a successor so far */
	long long again;   /* when the next look counts, on clock_now */
	int hidden;        /* looks in a row, up to now, that gave
	                    * SUCCESSOR_HIDDEN (holder.h) */
	long long trial;   /* when to check an uncertain successor again, on
	                    * clock_now; 0: the owner is certain */
	int trial_ms;      /* the pause before that check */
	long long collect; /* no offer until then, on clock_now; 0: offer */
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
	struct clients clients;
	struct waste waste;
	struct handler *handlers;
	struct serving serving;
	struct raise raise;
	struct closing closing;
	struct window window;
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

/* child.c: fork a child of the keeper, and close descriptors. */

/* As fork(2).  The child has the instance's initial signals, limits and
 * environment, and its own process group. */
pid_t child_fork(struct keeper *k);

/* Close all descriptors from this number on but those in fds (-1: none). */
void fds_keep(unsigned int from, const int *fds, size_t n);

/* close_windows.c: ask the windows of the instance to close. */

/* Ask the windows, unless a helper is doing so. */
void closing_start(struct keeper *k);

/* The request CLOSE: ask the windows, and answer whether there are any. */
void closing_serve(struct keeper *k, struct client *cl,
    const struct frame *f);

bool closing_reap(struct keeper *k, pid_t pid, int status); /* our helper? */
void closing_end(struct keeper *k); /* the instance is over */

/* closing_check.c: whether a launch waits for a window of the instance. */

/* Answer an activation that asks for a window and is done: at once if there is
 * one or none is due, else when it appears or on timeout.  If the instance ends
 * first, the arguments are lost: the launch starts over. */
void window_answer(struct keeper *k, struct client *cl, int status,
    bool taken);
void window_late(struct keeper *k, struct client *cl); /* its time is up */

/* Was it a helper that looks for a window? */
bool window_reap(struct keeper *k, pid_t pid, int status);

/* When the next look for a window is due, on clock_now; 0: none is. */
long long window_due(struct keeper *k);
void window_round(struct keeper *k);           /* look, if it is time */
void window_end(struct keeper *k);             /* the instance is over */

/* The owner has exited: notify the users of launches that did not wait. */
void left_tell(struct keeper *k);

/* gather.c: the owner has exited; if it has handed its document over to another
 * instance of the program, note that there. */
void gather_tell(struct keeper *k);

/*
 * graphical.c: whether the instance is a graphical program, and whether it has
 * had a window.
 */

bool graphical(struct keeper *k);

/* When to look again, on clock_now: it has just started, and may become one; 0:
 * it is known. */
long long graphical_unsure(struct keeper *k);
void graphical_seen(struct keeper *k);   /* it shows a window */
void graphical_window(struct keeper *k); /* the same, or one that hangs */

/* Whether the owner, which has exited, certainly never had a window. */
bool graphical_never(struct keeper *k);

/* When to start awaiting its first window, on clock_now; 0: we do, or need
 * not. */
long long graphical_due(struct keeper *k);
void graphical_round(struct keeper *k); /* do it, if it is time */

/* Was it the helper that awaits its first window? */
bool graphical_reap(struct keeper *k, pid_t pid, int outcome);
void graphical_end(struct keeper *k); /* the instance is over */

/* handler.c: the processes that receive activations. */

/* Whether an activation is being served, for which others wait. */
bool handler_busy(const struct keeper *k);

/* Tell the child that has taken the streams to run the handler.  0; -1: nothing
 * has run, and the client was answered. */
int handler_start(struct keeper *k, struct client *cl);

/* Let no activation wait for the running handler any longer. */
void handler_pass(struct keeper *k);

/* Give up on handlers that take too long; when next, on clock_now, 0: never. */
void handler_expire(struct keeper *k);
long long handler_due(const struct keeper *k);

/* Reap children that have exited. */
void handler_reap(struct keeper *k);

/* A client has gone: it may be the caller of a handler. */
void handler_orphan(struct keeper *k, const struct client *cl);

/* The owner has exited without a successor: find the process of handler *h that
 * is the program itself; if an earlier keeper started the handler, *h is NULL.
 * *pidfd becomes the caller's.  0: there is none; -1: not known now. */
pid_t handler_find_instance(struct keeper *k, struct handler **h, int *pidfd);

/*
 * heal.c: a keeper that finds its own files gone puts them back; the mappings
 * that were removed.
 */

/* Ask the kernel for SIGURG when our files are removed. */
void heal_watch(struct keeper *k);

/* Write the changed record again.  heal_files looks later whether it is there.
 * -1, errno: it could not be written. */
int heal_record(struct keeper *k);

/* Put back missing files.  k->heal says whether to try again. */
void heal_files(struct keeper *k);

/* The owner's mappings whose files were removed: take those in the record;
 * another instance starts. */
void old_mappings_begin(struct keeper *k);
void old_mappings_forget(struct keeper *k);

/* How many: the mapping (-1: none) and open old ones, for successor_find. */
int old_mappings_all(const struct keeper *k, int mappings[1 + MAPPING_PAST]);

/* helper.c: run the helper program, onlyone-raise. */

#define STARTUP_ID "DESKTOP_STARTUP_ID"
#define ACTIVATION_TOKEN "XDG_ACTIVATION_TOKEN"

/* Run the helper: as k->raise.next says; to see whether the instance shows a
 * window, or until it does; to ask its windows to close.  The pid, or -1. */
pid_t helper_raise(struct keeper *k);
pid_t helper_shown(struct keeper *k, int wait_ms);
pid_t helper_close(struct keeper *k);

/* Raise another instance, which has the slot of this name and our document.  Nobody
 * hears what came of it. */
void helper_raise_other(struct keeper *k, const char *slot,
    const struct info *i);

/* Notify the user that the owner exited, soon after it got these arguments, if
 * any. */
void helper_tell(struct keeper *k, const char *given);

/* The outcome (outcome.h) in a wait(2) status. */
int helper_outcome(int status);

/* Whether our environment or a request's (may be NULL) names a display; whether
 * ours names a terminal multiplexer with selectable panes. */
bool helper_display(const struct fields *body);
bool helper_pane(void);

/* Whether windows of the instance can be found: our environment names a
 * display, and the owner is visible. */
bool helper_sees(const struct keeper *k);

/* The instance's display; NULL: none.  Whether a request came from another
 * display; false if it names none. */
const char *helper_place(void);
bool helper_elsewhere(const struct fields *body);

/* A variable of the request's environment; NULL: none, or empty. */
const char *helper_env(const struct fields *body, const char *name);

/* listener.c: a handler that stays: the user's loop around onlyonectl
 * listen. */

/* The requests LISTEN, to become a listener, and ANSWER, the result of a
 * record. */
void listener_take(struct keeper *k, struct client *cl,
    const struct frame *f);
void listener_answer(struct keeper *k, struct client *cl,
    const struct frame *f);

/* Give listener `to` an activation whose streams are here.  False: the client
 * was answered or dropped, or the next handler gets it. */
bool listener_give(struct keeper *k, struct client *to, struct client *cl);

/* Take back the activation that a listener has; a listener has gone. */
void listener_back(struct keeper *k);
void listener_gone(struct keeper *k, const struct client *cl);

/* For a new instance or keeper: wait a moment for a listener, if the record has
 * one; stop on timeout. */
void listener_await(struct keeper *k);
void listener_expire(struct keeper *k);

/*
 * promote.c: give the slot to a launch; end the owner that a launch replaces.
 */

/* HANDING_OVER: offer the slot to the first in line, or release it. */
void promote_offer(struct keeper *k);

/* A client that gets in line, and is the instance: it was promoted, and lost its
 * keeper before it got GO.  It gets that now, and its lock file, which that keeper
 * had.  Whether it is such a client. */
bool promote_again(struct keeper *k, struct client *cl,
    const struct frame *f);

/* The request TAKE: a launch takes the offer. */
void promote_take(struct keeper *k, struct client *cl,
    const struct frame *f);

/* Remove used start-up tokens from our environment. */
void handler_env_clean(void);

/* If a replacing launch is first in line, do what is due: ask the owner's
 * windows to close, signal the owner, kill it.  When the next step is due, on
 * clock_now; 0: none is. */
void promote_press(struct keeper *k);
long long promote_due(const struct keeper *k);

/* queue.c: the launches that wait for the slot, in order. */

/* The request WAIT: get in line. */
void line_take(struct keeper *k, struct client *cl, const struct frame *f);

/* Tell each launch in line how many are before it, if it does not know, or if
 * there are more now. */
void line_tell(struct keeper *k);

/* For a new keeper: launches that were in line reconnect, one by one.  Do not
 * offer the slot while they come, for at most half a second. */
void line_collect(struct keeper *k);

/* The first launch in line, without one that has the offer; NULL: none. */
struct client *line_first(const struct keeper *k);

/* Reserve room for the record of a launch in line, or see that another default
 * root has some.  0; -1 with a fault; 1: the folder was swept away, and is made
 * again first (heal_files). */
int line_room(struct keeper *k, const struct client *cl,
    struct fault *f);

/* The next owner is another process, even with the same pid: no step was taken
 * for it yet. */
void line_anew(struct keeper *k);

/* second.c: a second start of a program without a row. */

/* Whether the launch tries if a program without a row hands over on its own: it
 * asks for that, or has a document that the program may have open. */
bool asks_second(const struct client *cl);

/* The same, and whether this instance, if graphical, allows it. */
bool second_allowed(const struct keeper *k, const struct client *cl);

/* Remove from the *n arguments of a launch the words around its documents that
 * the instance was started with, too.  A menu entry adds such words each time,
 * for example a window's title.  Call it in the launch's folder. */
void second_words(const struct info *i, char *args[], size_t *n);

/* Act on the status of such a handler for the launch cl.  False: it says no
 * more than taken or not. */
bool second_answer(struct keeper *k, struct client *cl, int status);

/* raise.c: raise the instance. */

/* The state of an activation. */
enum raise_why {
	RAISE_UNTAKEN, /* no handler takes its arguments */
	RAISE_TAKEN,   /* a handler or listener has it */
	RAISE_WAITING  /* it waits for its turn */
};

/* Whether a window is to be raised for an activation whose request is still
 * kept. */
bool raise_wanted(const struct keeper *k, const struct client *cl);

/* Ask for the re-display on behalf of such an activation.  A window that process
 * `after` opens is raised first; 0: none. */
void raise_ask(struct keeper *k, struct client *cl, enum raise_why why,
    pid_t after);

/* Answer an activation that is done: at once or, if the launch waits for the
 * outcome of raising, when that is known (RAISED) or on timeout
 * (raise_late). */
void raise_answer(struct keeper *k, struct client *cl, int status,
    bool taken);
void raise_late(struct keeper *k, struct client *cl);

bool raise_reap(struct keeper *k, pid_t pid, int status); /* our helper? */
void raise_end(struct keeper *k); /* the instance is over */

/* How many of a request's leading arguments need no handler (own=): if it is
 * for the one document of an instance, all. */
size_t asks_own(const struct fields *body);

/*
 * reply.c: the keeper's replies.
 *
 * Nothing here waits: a client whose socket has no room for the reply is
 * dropped.  A reply to a dropped client is discarded.  Each bool: whether the
 * reply was sent.
 */

/* Send a frame without fields; fd goes along if it is not -1. */
bool reply_file(struct keeper *k, struct client *cl, enum frame_type type,
    int fd);

/* GO, with the lock file fd (-1: none); then close the connection.  Whether it
 * could be sent. */
bool reply_go(struct keeper *k, struct client *cl, int fd);

/* NEED: it is the client's turn, send the streams. */
void reply_need(struct keeper *k, struct client *cl);

/* ACCEPTED: it waits for its turn or the slot, `ahead` others are before it. */
void reply_accepted(struct keeper *k, struct client *cl, long long ahead);

/* ACCEPTED, unshown=1: done, but there is no window yet. */
void reply_unshown(struct keeper *k, struct client *cl);

/* DELIVERED: to a handler, or to a listener (or NULL), which may give it
 * back. */
bool reply_delivered(struct keeper *k, struct client *cl,
    const struct client *listener);

/* STATE: what list and status show; the client may ask again. */
void reply_state(struct keeper *k, struct client *cl);

/* After these replies the client is dropped. */
void reply_last(struct keeper *k, struct client *cl, enum frame_type type);

/* AGAIN, and not in our root, which is full. */
void reply_elsewhere(struct keeper *k, struct client *cl);
void reply_refuse(struct keeper *k, struct client *cl, int status,
    const char *why);
/* The instance hides itself: nobody can end it. */
void reply_nameless(struct keeper *k, struct client *cl);
/* The same as reply_refuse, with a whole sentence, and what to type instead. */
void reply_hint(struct keeper *k, struct client *cl, int status,
    const char *why, const char *hint);
/* The queue is full: these pids wait in it, n in all. */
void reply_full(struct keeper *k, struct client *cl, const pid_t *pids,
    size_t n);
/* Nothing is running, and the next launch waits for its lock file. */
void reply_locked(struct keeper *k, struct client *cl);
/* Whether the instance itself asks, which has executed onlyone again: it is refused.
 * would: what it would do.  Its own record tells it so before, unless that was
 * removed, or its environment. */
bool reply_itself(struct keeper *k, struct client *cl, const char *would);
void reply_own(struct keeper *k, struct client *cl, pid_t handler);
void reply_events(struct keeper *k, struct client *cl);
void reply_covered(struct keeper *k, struct client *cl, pid_t by);
void reply_done(struct keeper *k, struct client *cl, int status);

/* DONE, after an activation; the client is dropped, or stays (until=1). */
void reply_outcome(struct keeper *k, struct client *cl, int status,
    bool taken);

/* To all clients whose stage has it as the last reply: ENDED, with the owner's
 * status if it is known; AGAIN.  They are dropped. */
void reply_ended(struct keeper *k);
void reply_again(struct keeper *k);

/* request.c: read clients' requests, and call the functions that serve them. */

/* Serve the complete frames. */
void request_take(struct keeper *k, struct client *cl);

/*
 * taker.c: the child that takes the descriptors which come with an activation,
 * and becomes its handler.
 *
 * A process that receives a descriptor has to close it some day, and close(2)
 * may never return: a connection that lingers (SO_LINGER), a file whose server
 * is away.  So a keeper receives none.  A child does, and the keeper does not
 * wait for it: the child reports when it has the descriptors and has done
 * everything that may block.
 */

/* Whether there is a handler for this client's arguments. */
bool handler_has(struct keeper *k, const struct client *cl);

/* Fork the child that takes the streams of an activation and becomes its
 * handler, if told to.  ANSWERED to TAKING, then READY.  False: out of
 * descriptors until another client's child is done. */
bool taker_streams(struct keeper *k, struct client *cl);

/* A client's child has reported, or exited.  False: it says that the program takes
 * no such arguments. */
bool taker_heard(struct keeper *k, struct client *cl);

/* The child takes too long: refuse the client. */
void taker_late(struct keeper *k, struct client *cl);

/* Tell the child to become the handler.  Its pid, which the caller then owns;
 * -1: it has exited. */
pid_t taker_go(struct client *cl);

/* tenure.c: how an instance starts, moves to another process, and ends. */

void tenure_begin(struct keeper *k); /* of a promoted instance */

/* Log the files of its rule that an instance lacks. */
void tenure_without(struct keeper *k);
void tenure_title(const struct keeper *k); /* our title names the owner */

/* Open the recorded holding parent, if it is alive. */
void tenure_parent(struct keeper *k);

/* Check the owner again after a while, if it may not be a successor. */
void tenure_trial(struct keeper *k);

/* The instance is to end: once its owner has exited, so is the tree that its
 * holding parent waits for. */
void tenure_ending(struct keeper *k);

/* Whether the owner is invisible, and there is no guess either. */
bool instance_nameless(const struct keeper *k);

/* As owner_signal or owner_end (send), for the owner, possibly a guess.  0; -1:
 * errno, ESRCH if there is none. */
int instance_signal(const struct keeper *k, int (*send)(int pidfd, int sig),
    int sig);

/* If the owner has exited, set its successor, or end the instance.  When to
 * look again, on clock_now; 0: an event will tell. */
void tenure_check(struct keeper *k);
long long tenure_due(const struct keeper *k);

/* Whether nothing is running, and the next launch waits for its lock file,
 * which another program has locked. */
bool next_is_locked(const struct keeper *k);

/* In each round: if only the program has the lock file open, keep it open too
 * just while a launch waits, so that the file is never free before that launch
 * gets it. */
void tenure_lockfile(struct keeper *k);

/* Answer the clients of the instance that is over. */
void tenure_tell(struct keeper *k);

/* Release the slot, even if its program is alive (VACANT). */
void tenure_release(struct keeper *k);

/* turn.c: serve activations one by one, in order of arrival. */

/* The request ACTIVATE: it gets its turn at the end of the round. */
void turn_take(struct keeper *k, struct client *cl, const struct frame *f);

/* There is no handler for this activation: signal the instance, if its terms say
 * so, raise its window, and answer. */
void turn_signal(struct keeper *k, struct client *cl);

/* The next launch waits for its lock file: let no activation wait for that. */
void turn_refuse(struct keeper *k);

/* Serve the activations whose turn it is. */
void turn_serve(struct keeper *k);

/* When turn_serve is due by a timeout (grace, a late launch, an exiting owner),
 * on clock_now; 0: none is. */
long long turn_due(const struct keeper *k);

#endif
