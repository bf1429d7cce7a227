/*
 * overrides.h: this user's overrides of desktop entries.
 */
#ifndef RULE_OVERRIDES_H
#define RULE_OVERRIDES_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct fault;
struct menu_entry;
struct menu_exec;

struct override_how {
	const char *self;     /* the path of onlyone */
	char *const *options; /* of onlyone, as words */
	size_t noptions;
	const char *rule;     /* the same as the text of a rule */
	bool app_given;       /* --app is among them */
	bool policy_given;    /* so is an option for later launches */
	const char *app;      /* the application, if it is not the path of the
	                       * program in Exec; "": it is that */
	const struct menu_exec *plain; /* the program's plain command line */
	struct buf *notes;    /* texts, each with its NUL, are appended: which
	                       * actions do not go through onlyone, and why */
};

/* Prepare to override an entry: make the folder, and if the entry is the user's
 * own, e->file becomes the name under which it is saved.  -1: a fault, 77 if a
 * file that is not ours is in the way. */
int override_room(struct menu_entry *e, struct fault *f);

/* Append the front of each Exec of an entry: onlyone, its options. */
void override_front(struct buf *b, const struct menu_entry *e,
    const struct override_how *how);

/* Make the text of the override of an entry.  -1: a fault. */
int override_make(struct buf *b, const struct menu_entry *e,
    const struct override_how *how, struct fault *f);

/* Write the override of an entry, atomically.  -1: a fault, 77 as above. */
int override_write(const struct menu_entry *e, const struct buf *b,
    struct fault *f);

/* Whether there is an override of an entry. */
bool override_there(const struct menu_entry *e);

enum override_state {
	OVERRIDE_GOOD,
	OVERRIDE_BAD,  /* its Exec does not lead through onlyone */
	OVERRIDE_LOST, /* the onlyone it runs is missing: GLib shows the
	                * installed entry instead */
	OVERRIDE_ALONE /* the installed entry is gone */
};

/* Of an override, as menu_scan reads it. */
enum override_state override_state(const struct menu_entry *o);

/* Remove an override. 0; 1: it is already gone; -1. */
int override_remove(const struct menu_entry *o, struct fault *f);

#endif
