/*
 * ctl.h: what a verb of onlyonectl gets.
 */
#ifndef CTL_H
#define CTL_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buf.h"
#include "cli/base/fault.h"
#include "cli/base/option.h"
#include "cli/core/ctl/found.h"
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
	const char *after_wait; /* the word after --wait, if it is a time */
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

/* How to look for instances (scan.c), and the outcome. */
struct search {
	bool partial;  /* ignore slots that cannot be read */
	struct fault unread; /* why a slot that may be wanted was not read; code
	                      * 0: all were read */
};

/* More than a dozen members: the command line, and what was found for it. */
struct ctl {
	char **operands; /* after the verb; NULL-ended */
	size_t noperands;
	char **rest; /* after "--"; NULL-ended, or NULL */
	char **line; /* enable: all words after it; NULL-ended */
	struct verb_options o;
	unsigned int closed; /* bit i: descriptor i was closed at the start */
	struct root root; /* for new slots; not found yet */
	struct root roots[ROOTS]; /* those of the last scan, open */
	int nroots;
	struct search search;
	struct founds found; /* what the operands mean (find_instance.c) */
	struct found *one;   /* the wanted instance in it, or with VERB_TARGETS
	                      * the first of n */
	size_t n;
	struct frame reply;  /* a keeper's (tell.c), until the next request */
	struct buf room;     /* its storage */
};

/* A verb: an exit status, or -1 with a fault. */
typedef int verb_call(struct ctl *c, struct fault *f);

#endif
