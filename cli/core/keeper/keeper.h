/*
 * keeper.h: the small background process beside an instance.
 */
#ifndef KEEPER_H
#define KEEPER_H

#include "cli/core/slot/claim.h"

enum keeper_kind {
	KEEPER_NEW,     /* of an instance about to start */
	KEEPER_REVIVED, /* of one that has lost its keeper */
	KEEPER_VACANT   /* of no instance: for waiting launches */
};

/*
 * Start the keeper of a published claim.  It inherits the descriptors; the
 * caller execs, or closes its copies with claim_close.  Its handlers get the
 * caller's environment.  0 or -1 with errno.
 */
int keeper_start(struct claim *c, enum keeper_kind kind);

/* Why keeper_start failed, by errno: -1 and a fault of 71. */
int keeper_fault(struct fault *f);

/* main's arguments: a keeper of this process writes its title over them. */
void keeper_argv(int argc, char *argv[]);

#endif
