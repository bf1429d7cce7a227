/*
 * ctl.h: what a verb of onlyonectl is given.
 */
#ifndef CTL_H
#define CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "cli/core/ctl/found.h"
#include "cli/base/option.h"
#include "cli/base/fault.h"
#include "cli/core/slot/root.h"
#include "cli/core/wire/frame.h"

enum { WAIT_EVER = -2 };

/* The options as given.  The row of a verb says which it takes (verbs.h).  More
 * than a dozen members: one for each option. */
struct verb_options {
	bool json;
	bool raw;
	bool all;
	int wait_ms; /* -1: not given; WAIT_EVER: without a limit */
	pid_t pid;   /* --owner, --pid; 0: not given */
	bool self;
	bool skip;
	int busy_code;
	int kill_ms; /* -1: not given */
	bool tree;
	bool force;
	bool every;
	bool system;
	bool link;
	bool desktop;
	bool autostart;
	enum help help;
	bool version;
	int loudness; /* enum say_level */
};

/* How to look for instances (scan.h), and what came of it. */
struct search {
	bool sealing;  /* a living recorded owner is enough: its launch may
	                * have no keeper yet */
	bool partial;  /* slots that cannot be read are no fault */
	struct fault unread; /* why a slot that may be meant could not be read;
	                      * code 0: all were read */
};

/* More than a dozen members: what the line says, and what is found for it. */
struct ctl {
	char **operands; /* after the verb; NULL-ended */
	size_t noperands;
	char **rest; /* after "--"; NULL-ended, or NULL */
	char **line; /* enable: all that follows it; NULL-ended */
	struct verb_options o;
	unsigned int closed; /* bit i: descriptor i was closed at the start */
	struct root root;
	struct search search;
	struct founds found; /* what the operands mean (find_instance.h) */
	struct found *one;   /* of these: the instance that is meant, or with
	                      * VERB_TARGETS the first of n */
	size_t n;
	struct frame reply;  /* of a keeper (tell.h), until the next request */
	struct buf room;     /* for that */
};

#endif
