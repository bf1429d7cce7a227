/*
 * override.h: the third way to a rule: a desktop entry of the user's that comes
 * before the installed one of the same id, and launches through onlyone.
 *
 * It is the installed entry, byte for byte, but for what stands before the
 * program in each Exec, and some keys.  Those tell what it was made of, so that
 * it is known as ours, and when it is out of date.
 */
#ifndef OVERRIDE_H
#define OVERRIDE_H

#include "cli/fault.h"
#include "cli/rule/menu.h"

struct override_how {
	const char *self;     /* the path of onlyone */
	char *const *options; /* of onlyone, as words */
	size_t noptions;
	const char *rule;     /* the same as the text of a rule */
	bool app_given;       /* --app is among them */
	const char *app;      /* what the program is to be called; NULL: as
	                       * its path says */
	bool per_document;    /* -d is */
};

/* Make the text of the override of an entry.  -1: a fault. */
int override_make(struct buf *b, const struct menu_entry *e,
    const struct override_how *how, struct fault *f);

#endif
