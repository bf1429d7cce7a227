/*
 * start.h: the claim is ours: publish, start the keeper, become the program.
 */
#ifndef START_H
#define START_H

#include "cli/launch/launch.h"
#include "cli/wire/frame.h"

enum started {
	START_FAILED = -1, /* fault */
	START_AGAIN,       /* swept away meanwhile */
	START_LOCKED,      /* somebody else has the lock file */
	START_ENDED        /* of who stays, or has nothing to become: *status */
};

/* With the claim in hand, which is gone then; does not return where the launch
 * becomes its program. */
enum started start_run(struct launch *l, int *status, struct fault *f);

/* Whether the launch stays as the parent of its program, and whether it holds
 * the slot when that has ended. */
bool start_stays(const struct launch *l);
bool start_guards(const struct launch *l);

/* The shim for the program in *shim, NULL: without one; path has PATH_MAX
 * bytes.  0, or -1 where that cannot be told. */
int start_shim(struct launch *l, char *path, const char **shim,
    struct fault *f);

/* Whether a sealed application lets the one of the record start: 0 or a fault.
 * Asked when that has been published: whoever seals meanwhile finds us there,
 * or we find the seal.  The root is open. */
int start_seal_ask(struct launch *l, struct fault *f);

/* The record of the instance that process pid is to be, in the claim.  since:
 * of one that goes on; 0: of one that begins.  0 or -1. */
int start_record(struct launch *l, pid_t pid, long long since);

/* The same in a request, TAKE or RENEW.  0 or -1. */
int start_record_put(struct launch *l, enum frame_type type, pid_t pid,
    long long since, bool image, struct buf *b);

/* Become the program; returns -1 with a fault.  The same in a child, which
 * has no record yet. */
int start_become(struct launch *l, const char *shim, struct fault *f);
_Noreturn void start_become_child(struct launch *l, const char *shim);

#endif
