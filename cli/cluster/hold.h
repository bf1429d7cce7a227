/*
 * hold.h: one launch's onlyone-cluster: it takes a key, and holds it.
 */
#ifndef HOLD_H
#define HOLD_H

#include <limits.h>
#include <stdbool.h>

#include "cli/buf.h"
#include "cli/cluster/alive.h"
#include "cli/cluster/engine.h"
#include "cli/cluster/lease.h"
#include "cli/cluster/record.h"
#include "cli/cluster/watchdog.h"

/* What the launch asked for. */
struct wish {
	int ttl;          /* s */
	long long grace;  /* ms; -1: as is usual */
	int hold;         /* s: kept after the end */
	enum lost lost;
};

/* More than a dozen members: all of it. */
struct hold {
	int launch;       /* the socket; -1: the launch has ended */
	struct talk_page *page;
	struct buf in;    /* what came from it */
	struct buf asked; /* OPEN, as it came */
	struct fields open;
	const char *url;  /* in it */
	struct wish wish;
	const struct engine_calls *calls;
	struct engine *engine;
	char key[ENGINE_KEY];
	char value[ENGINE_VALUE];
	struct record mine;
	struct engine_found other; /* who has it, as of the last TAKE */
	bool taken;
	struct lease lease;
	char folder[PATH_MAX];
	struct sweep sweep;
	struct watchdog dog;
	struct alive alive;
	long long began;  /* with an owner, clock_boot */
	bool status_known;
	int status;       /* of the launch's program, as wait(2) has it */
	bool lost;        /* the program has been told to go */
	bool stopped;     /* by SIGSTOP, for a while */
	bool warned;      /* it runs on without the key */
};

/* The engine for a URL, by its scheme; NULL: none. */
#define ENGINE_NONE "the cluster's URL begins with none of etcd://," \
	" etcds:// or postgresql://, or what that needs was not there when" \
	" onlyone-cluster was built"
const struct engine_calls *engine_of(const char *url);

/* How long the exit status of a launch is to be, for a result. */
int engine_exit(enum engine_result r);

/* The next message of the launch, waiting ms for it.  1: it is in *f, to be
 * taken off with hold_shift; 0: none came; -1: the launch has ended. */
int hold_hear(struct hold *h, struct frame *f, int ms, int *passed);
void hold_shift(struct hold *h, const struct frame *f);

/* FAILED, with why. */
void hold_failed(struct hold *h, enum engine_result r, const struct fault *f);

/* BUSY: somebody has it, and all that is known of him. */
void hold_busy(struct hold *h);

/* For how long a message wants it: ms, -1: for ever. */
int hold_ms(const struct fields *b, int other);

/* JOIN, END and HAND (verb: what a letter calls that): a letter to who has it,
 * and its answer. */
void hold_ask(struct hold *h, const char *verb, const struct fields *b);

/* TAKE and WAIT, until there is an owner: true, and it is in h; false: the
 * launch has gone, and nothing is left. */
bool hold_take(struct hold *h);

/* With an owner, until the end of the instance, or of the lease. */
void hold_keep(struct hold *h);

/* Give it back, and tell the launch. */
void hold_release(struct hold *h);

#endif
