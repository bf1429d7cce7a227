/*
 * ctl.h: what a verb of onlyonectl is given.
 */
#ifndef CTL_H
#define CTL_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/core/ctl/found.h"
#include "cli/core/ctl/verb_options.h"
#include "cli/base/fault.h"
#include "cli/core/slot/root.h"
#include "cli/core/wire/frame.h"

/* How to look for instances (scan.h), and what came of it. */
struct search {
	bool sealing;  /* a living recorded owner is enough: its launch may be
	                * waiting for our seal, without a keeper yet */
	bool partial;  /* slots that cannot be read are no fault */
	bool glance;   /* if there are very many slots, trust their files */
	bool many;     /* with glance: there are, so keepers are not asked */
	bool together; /* several instances are stopped: check once, when all
	                * have ended, whether one was given another key */
	bool vanished; /* a folder was gone when its turn came */
	struct fault unread; /* why a slot that may be meant could not be read;
	                      * code 0: all were read */
};

struct ctl {
	char **operands; /* after the verb; NULL-ended */
	size_t noperands;
	char **rest; /* after "--"; NULL-ended, or NULL */
	struct verb_options o;
	unsigned int closed; /* bit i: descriptor i was closed at the start */
	struct root root;
	struct search search;
	struct founds found; /* what the operands mean (find_instance.h) */
	struct found *one;   /* of these: the instance that is meant, or with
	                      * VERB_TARGETS the first of n (target.h) */
	size_t n;
	struct frame reply;  /* of a keeper (tell.h), until the next request */
	struct buf room;     /* for that */
};

#endif
