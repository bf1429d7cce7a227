/*
 * client.h: those who are connected.
 *
 * An event marks a client: client_drop closes its connection and no more.  From
 * then on nobody sees it; a word to it goes nowhere; and at the end of what is
 * being done one sweep (event.h) lets it go.  So whoever calls what may drop a
 * client need not look what has become of it.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/buf.h"
#include "cli/keeper/stage.h"
#include "cli/slot/slot.h"
#include "cli/wire/frame.h"

struct keeper;

enum { FDS = 4 };        /* cwd, standard input, output, error */
enum { LOOP_NAME = 40 }; /* "pipe:[123]" */

/* Of whose world the process at the other end is (peer.h). */
enum peer {
	PEER_UNASKED,
	PEER_OURS,
	PEER_FOREIGN, /* a sandbox, or what may be one */
	PEER_UNKNOWN  /* /proc does not tell */
};

enum { INTAKE_FIRST = 1024 }; /* longer than most requests */

/* What has come of its request, which stays there. */
struct intake {
	struct buf buf;
	size_t room;     /* that it has of what all have; 0: none */
	long long moved; /* when it last got on with filling that */
	bool paused;     /* there is no room for it, for now */
	char first[INTAKE_FIRST]; /* where buf begins */
};

/* An activation.  More than a dozen members: what it wants, and how far
 * it has come. */
struct caller {
	struct frame request; /* in the intake, up to SERVED */
	int fd[FDS];
	bool bare;       /* they are given up, for a listener */
	bool told;       /* that it has to wait */
	long long late;  /* when to say whom for, on clock_now; 0: done */
	bool until;      /* stays until the instance ends */
	long long grace; /* until then no later turn comes before it */
	long long since; /* of the instance it came to; 0: none yet */
	unsigned long raise_run; /* whose outcome it wants to know; 0: none */
	int raised;      /* that outcome; -1: not asked for */
	bool documents;  /* there are arguments */
	unsigned long doubt; /* of DOUBTED: the look it waits for */
	bool elsewhere;  /* it came from another display than the instance's */
	int status;      /* of RAISED: for the answer */
	bool taken;
};

enum wait_mode { WAIT_PLAIN, WAIT_REPLACE, WAIT_QUEUE };

/* What a replacement does with the owner. */
struct press {
	int stop_signal;
	int kill_ms;        /* -1: never */
	bool tree;          /* both go to all that it has started */
	int polite_ms;      /* that windows which were asked have to close */
	pid_t asked;        /* the owner whose windows were; 0: none */
	bool asks;          /* the owner asks its user something */
	long long press_at; /* on clock_now, when they had that; 0: not known */
	pid_t pressed;      /* the owner that was told to end; 0: none */
	long long kill_at;  /* on clock_now; 0: not, or done */
};

/* Somebody who waits for the slot. */
struct waiter {
	enum wait_mode mode;
	long long ticket; /* when it came, on its monotonic clock, ns */
	char cover[SLOT_HASH + 1]; /* of arguments and folder */
	long long ahead;  /* so many are before it, as it was told; -1: not */
	struct press press;
};

struct client {
	struct client *next;
	int fd;
	pid_t pid; /* of the peer, 0: not of this pid namespace */
	enum peer peer;
	long long came; /* it was accepted, on clock_boot */
	enum stage stage;
	bool gone;          /* marked, to be swept */
	long long deadline; /* on clock_now; 0: none */
	unsigned long turn; /* order of arrival of whole requests */
	struct intake in;
	union {
		struct caller caller;
		struct waiter waiter;
		char loop[LOOP_NAME]; /* the pipe that a listener writes to */
	}; /* as the stage says */
};

/* The next one of those who are connected; the first after NULL. */
struct client *client_next(const struct keeper *k, const struct client *cl);

/* The one at this stage whose turn comes first; NULL: nobody. */
struct client *client_first(const struct keeper *k, enum stage stage);

/* A connection that was accepted, from now on ours.  NULL: ENOMEM, it is
 * not. */
struct client *client_new(struct keeper *k, int fd, pid_t pid);

/* At another stage, with the time that it has there.  A part that it had not
 * before is zero, without streams, and the request goes where it is not needed
 * any more. */
void client_stage(struct keeper *k, struct client *cl, enum stage stage);

/* Mark it. */
void client_drop(struct keeper *k, struct client *cl);

/* Its request is not needed any more. */
void client_forget(struct keeper *k, struct client *cl);

/* Those that are marked go, each after gone(k, cl). */
void client_sweep(struct keeper *k,
    void (*gone)(struct keeper *k, struct client *cl));

/* Whether there are as many as may be. */
bool client_full(const struct keeper *k);

#endif
