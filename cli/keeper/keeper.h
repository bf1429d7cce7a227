/*
 * keeper.h: the small background process beside an instance.
 */
#ifndef KEEPER_H
#define KEEPER_H

#include <stdbool.h>

#include "cli/slot/claim.h"

enum keeper_kind {
	KEEPER_NEW,     /* of an instance that is about to begin */
	KEEPER_REVIVED, /* of one that was there before */
	KEEPER_VACANT   /* of none: it collects those who wait */
};

/*
 * Start the keeper of a published claim.  It inherits the descriptors; the
 * caller execs, or closes its copies with claim_close.  Its handlers get the
 * caller's environment.  0 or -1 with errno.
 */
int keeper_start(struct claim *c, enum keeper_kind kind);

/* In main: whether this process is a keeper that has started libc; then it is
 * over. */
bool keeper_begun(void);

/* main's own, which a keeper of this process writes its title over. */
void keeper_argv(int argc, char *argv[]);

#endif
