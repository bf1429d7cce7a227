/*
 * overrides.h: this user's overrides of desktop entries.
 */
#ifndef RULE_OVERRIDES_H
#define RULE_OVERRIDES_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/buf.h"
#include "cli/fault.h"

/* Put it in its place at once.  77: a file is in the way that is not ours. */
int override_write(const char *id, const struct buf *b, struct fault *f);

/* Whether there is such a file, which is not ours: a fault of 77, -1. */
int override_room(const char *id, struct fault *f);

enum override_state {
	OVERRIDE_GOOD,
	OVERRIDE_BAD,     /* its Exec cannot be read */
	OVERRIDE_LOST,    /* its onlyone is not there: what GLib shows is the
	                   * installed entry */
	OVERRIDE_FOREIGN, /* its onlyone is another one than this */
	OVERRIDE_ALONE,   /* the installed entry is not there any more */
	OVERRIDE_STALE    /* that has changed */
};

/* What is read back of one. */
struct override {
	char *id, *file;
	char *source;  /* the installed entry */
	char *program; /* its application, or what its Exec began with */
	char *rule;    /* options, as the text of a rule */
	char *self;    /* the onlyone that it leads to; "" unknown */
	enum override_state state;
	bool mime;     /* it is for some types of files */
	bool chosen;   /* for whoever chooses */
};

struct overrides {
	struct override *at;
	size_t n;
};

/* All of this user's, by id. */
int overrides_find(struct overrides *os, struct fault *f);
void overrides_free(struct overrides *os);

/* Remove one.  1: it is not there any more. */
int override_remove(const struct override *o, struct fault *f);

#endif
