/*
 * ctl.h: what a verb of onlyonectl is given.
 */
#ifndef CTL_H
#define CTL_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/ctl/verb_options.h"
#include "cli/fault.h"
#include "cli/slot/root.h"

/* How instances are looked for, and what came of it. */
struct search {
	bool sealing;  /* a recorded owner is enough: who waits is not asked */
	bool partial;  /* those that can be read will do */
	bool glance;   /* of very many, what the files say will do */
	bool many;     /* there are */
	bool together; /* that one has got another key is looked for once all
	                * are over */
	bool vanished; /* a folder was gone when its turn came */
	struct fault unread; /* why a slot that may be meant could not be read;
	                      * code 0: all could */
};

struct ctl {
	char **operands; /* after the verb; NULL-ended */
	size_t noperands;
	char **rest; /* after "--"; NULL-ended, or NULL */
	struct verb_options o;
	unsigned int closed; /* bit i: descriptor i was closed at the start */
	struct root root;
	struct search search;
};

#endif
