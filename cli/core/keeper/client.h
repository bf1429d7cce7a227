/*
 * client.h: the connected clients.
 *
 * client_drop only closes a client's connection and marks the client.  From
 * then on lists skip it and replies to it are discarded; client_sweep frees it,
 * once in a round.  So a function need not check whether a function that it
 * called has dropped a client.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/base/buf.h"
#include "cli/core/slot/slot.h"
#include "cli/core/wire/frame.h"

struct keeper;

/* The stages of a client, and what each event does to it there. */
enum stage {
	READING,  /* its request is not complete yet */
	WAITING,  /* an activation, waiting its turn */
	ATTENDED, /* its attendant gets its streams, or has them */
	SERVED,   /* its handler runs, or a listener has it */
	SHOWING,  /* done, but no window has appeared */
	RAISED,   /* waits for windows to be raised */
	CLOSING,  /* waits for them to be asked to close */
	WATCHING, /* waits for the instance to end */
	JOINING,  /* the same, and for its exit status */
	QUEUED,   /* waits for the slot */
	OFFERED,  /* the slot is free, and was offered to it */
	LISTENING /* a listener: a handler that stays */
};

enum {
	SEND_MS = 5000,  /* for a client to send what we wait for */
	ATTEND_MS = 10000, /* for an attendant to be ready */
	OFFER_MS = 1000, /* to answer an offer: a stopped launch loses it */
	SHOWN_MS = 20000, /* for an attendant to see a window, or not */
	WINDOW_MS = 12000, /* for a program that has closed its windows to exit:
	                    * a GApplication takes ten seconds */
	TELL_MS = 1000   /* for a launch to wait for an outcome */
};

/* Which member of the union in struct client is valid. */
enum part { NONE, CALLER, WAITER };

/* What the client is to send, and who reads it. */
enum sends { NOTHING, REQUEST, STREAMS };

/* Whether it keeps its request, and may have an attendant. */
enum keeps { LOSES, KEEPS, SHARES };

/* What happens when its time is up. */
enum late { GOES, TELL, FAIL };

/* The last reply, when it has to go because the instance does. */
enum word { QUIET, AGAIN, ENDED };

/* What to do when the client has gone. */
enum leaves { NOBODY, HANGUP, RECORD };

struct stage_row {
	enum part part;
	enum sends sends;
	enum keeps keeps;
	int ms;       /* its time; 0: no limit */
	enum late late;
	enum word end;
	enum leaves leaves;
};

extern const struct stage_row stages[];

/* The stages that may follow each, a set of TO (state.h). */
extern const unsigned stage_next[];

/* Whether the peer is of our own world (client.c). */
enum peer {
	PEER_UNASKED,
	PEER_OURS,
	PEER_OUTSIDE, /* our world is a part of its own */
	PEER_FOREIGN, /* a sandbox, or what may be one */
	PEER_UNKNOWN  /* /proc does not tell */
};

enum { INTAKE_FIRST = 1024 }; /* longer than most requests */

/* The bytes of a client's request that have arrived, kept while needed. */
struct intake {
	struct buf buf;
	char first[INTAKE_FIRST]; /* the first storage of buf */
};

/* An activation.  More than a dozen members: what it wants, what it is, and how
 * far it is. */
struct caller {
	struct frame request; /* points into the intake, up to SERVED */
	char *handed;         /* what it hands over, in words; NULL: no
	                       * notification wanted */
	long long since;      /* of the instance it came to; 0: none yet */
	bool stays;           /* connected, until the instance ends */
	bool wants_window;    /* answer it when a window is there */
	bool wants_outcome;   /* answer it when the windows are raised */

	bool elsewhere;       /* it came from another display than the
	                       * instance's */
	bool own_document;    /* it is for the instance's own document, but the
	                       * instance has others, too, and shows it only if
	                       * given it again */
	bool reopens;         /* it has no documents, and there was no window: a
	                       * second start of the program may bring one */
	bool is_trial;        /* its handler's exit status tells whether the
	                       * program has taken the documents (second.c) */
	bool handler_stays;   /* until its document is closed */

	bool wait_known;      /* it knows that it has to wait */
	long long grace;      /* until then no later one is served first, on
	                       * clock_now */
	char *cwd;            /* once it is ready; NULL: no memory */
	unsigned long raise_run; /* the run of the helper for it; 0: none */
	int outcome;          /* of that run; -1: not asked for */
	bool unshown;         /* it is to learn that there is no window */
	bool unwatched;       /* and that nobody saw whether there is one: the
	                       * slot was given up */
	char *lack;           /* why the program did not take its documents, in
	                       * words; NULL: see the record */
	int status;           /* SHOWING, RAISED: for the answer */
	bool taken;
};

enum wait_mode { WAIT_PLAIN, WAIT_REPLACE, WAIT_QUEUE };

/* How a launch that replaces the owner ends it. */
struct press {
	int stop_signal;
	int kill_ms;        /* -1: never */
	bool tree;          /* signal and kill the owner's descendants */
	int polite_ms;      /* time for windows to close */
	pid_t asked;        /* the owner whose windows were asked; 0: none */
	bool close_known;   /* the launch knows that they were asked */
	long long press_at; /* end of polite_ms, on clock_now; 0: no limit */
	pid_t roomy;        /* the owner for which room for the record was made;
	                     * 0: none */
	pid_t pressed;      /* the owner that was signalled; 0: none */
	long long kill_at;  /* on clock_now; 0: never, or done */
};

/* A launch that waits for the slot. */
struct waiter {
	enum wait_mode mode;
	long long ticket; /* when it came, on its monotonic clock, ns */
	char cover[SLOT_HASH + 1]; /* digest of arguments and folder */
	long long ahead;  /* launches before it, last told; -1: not told */
	size_t room;      /* bytes of its record as the instance */
	long long since;  /* start of the only instance that it replaces; 0:
			   * any */
	struct press press;
};

/* The child that serves this client alone: attendant.h; SHOWING:
 * closing_check.c. */
struct attendant {
	pid_t pid;   /* 0: none */
	int fd;      /* our end of a socket pair with it; -1: none */
	pid_t owner; /* the owner when it was forked */
	bool ready;  /* it has the streams, and may be the handler */
	bool bare;   /* but found no line to run: a listener was there */
};

/* More than a dozen members: the whole client, in parts. */
struct client {
	struct client *next;
	int fd;
	pid_t pid; /* of the peer, 0: not of this pid namespace */
	enum peer peer;
	long long came; /* when accepted, on clock_boot */
	enum stage stage;
	bool gone;          /* marked, to be swept */
	bool spare;         /* has one of the CLIENTS_SPARE places */
	long long deadline; /* on clock_now; 0: none */
	unsigned long turn; /* order of arrival of whole requests */
	struct intake in;
	struct attendant attendant; /* valid at stages that have one (SHARES) */
	union {
		struct caller caller;
		struct waiter waiter;
	}; /* the table of stages says which is valid */
};

/* The next client after cl, in order of accept; the first after NULL. */
struct client *client_next(const struct keeper *k, const struct client *cl);

/* The next client in this stage. */
struct client *client_at(const struct keeper *k, enum stage stage,
    const struct client *cl);

/* The client in this stage whose turn comes first; NULL: none. */
struct client *client_first(const struct keeper *k, enum stage stage);

/* Make a client of an accepted connection; fd then belongs to it.  NULL:
 * ENOMEM, and fd is still the caller's. */
struct client *client_new(struct keeper *k, int fd, pid_t pid);

/* Move the client to another stage, and set that stage's deadline.  If that
 * stage uses another part of the union, clear it.  If it does not keep the
 * request or the attendant, drop these.  Exits if stage_next has it not. */
void client_stage(struct client *cl, enum stage stage);

/* Kill the client's attendant, without waiting for it. */
void client_unattend(struct client *cl);

/* Close the client's connection, and mark the client. */
void client_drop(struct keeper *k, struct client *cl);

/* Keep a copy of why the program did not take the client's documents; NULL: see
 * the record. */
void client_lack(struct client *cl, const char *why);

/* Free the client's request. */
void client_forget(struct client *cl);

/* Free the marked clients, each after gone(k, cl). */
void client_sweep(struct keeper *k,
    void (*gone)(struct keeper *k, struct client *cl));

/* The last places are for clients that only ask or answer, and for the instance
 * and its holding parent: a keeper full of waiting launches can still say so and
 * receive answers, and never waits for a process that waits for it. */
enum { CLIENTS_SPARE = 2 };

/* Whether it is still connected.  It may have left, even long ago, and no round has
 * heard of that yet. */
bool client_stays(const struct client *cl);

/* Whether there are as many clients as there may be. */
bool client_full(const struct keeper *k);

/* Whether the peer shares our world, or is outside it: no more confined than we
 * are.  Looked up once, then kept in cl->peer; PEER_UNASKED: the look has
 * failed, errno.  Only such peers may send requests that are not for ALL
 * (request.c). */
bool client_ours(struct client *cl);

/* Whether NAME=VALUE of the client's environment is accepted (carried.h). */
bool client_env(struct client *cl, const char *entry);

/*
 * Close sockets without waiting.  Closing a socket closes the unread
 * descriptors in it, and closing the last descriptor of an open file may block:
 * for a connection that lingers (SO_LINGER), a serial line, a file server.  A
 * keeper never does that.
 *
 * Close a connection (*fd is -1 then), or the listening socket with all
 * connections that were not accepted.  The other end sees that at once.
 */
void waste_shut(struct keeper *k, int *fd);
void waste_deaf(struct keeper *k, int *listen);

/* Once in each round, as its last step (waste_last: at the end): give what
 * could not be closed to a child.  When due, on clock_now; 0: nothing is. */
void waste_round(struct keeper *k);
long long waste_due(struct keeper *k);
void waste_last(struct keeper *k);

#endif
