/*
 * keeper.h: the small background process beside an instance.
 */
#ifndef KEEPER_H
#define KEEPER_H

#include "cli/slot/claim.h"

/*
 * Start the keeper of a published claim.  It inherits the descriptors; the
 * caller execs, or closes its copies with claim_close.  argv is main's, to
 * be written over with the title; argc its length.  revived: the owner is not
 * of this launch, and handlers get the environment that it has, as far as
 * /proc tells.  0 or -1 with errno.
 */
int keeper_start(struct claim *c, bool revived, int argc, char *argv[]);

#endif
