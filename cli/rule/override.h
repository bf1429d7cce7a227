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
