/*
 * overrides.h: this user's overrides of desktop entries.
 */
#ifndef RULE_OVERRIDES_H
#define RULE_OVERRIDES_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buf.h"
#include "cli/base/fault.h"
#include "cli/core/rule/menu.h"

struct override_how {
	const char *self;     /* the path of onlyone */
	char *const *options; /* of onlyone, as words */
	size_t noptions;
	const char *rule;     /* the same as the text of a rule */
	bool app_given;       /* --app is among them */
	const char *app;      /* the application's name; NULL: as its path
	                       * says */
	bool per_document;    /* -d is among them */
	const struct menu_entry *plain; /* an Exec with options or commands
	                                 * that its main Exec lacks is another
	                                 * mode of the program */
};

/* Prepare to override an entry: where it is the user's own, e->file becomes the
 * name under which it is kept.  -1: a fault, 77 if a file that is not ours is
 * in the way. */
int override_room(struct menu_entry *e, struct fault *f);

/* Whether there is an override of an entry. */
bool override_there(const struct menu_entry *e);

/* Make the folder for it, and see whether one may write there. */
int override_folder(const struct menu_entry *e, struct fault *f);

/* Write the override of an entry, atomically.  -1: a fault, 77 as above. */
int override_write(const struct menu_entry *e, const struct buf *b,
    struct fault *f);

enum override_state {
	OVERRIDE_GOOD,
	OVERRIDE_BAD,     /* its Exec cannot be read */
	OVERRIDE_LOST,    /* the onlyone it runs is missing: GLib shows the
	                   * installed entry instead */
	OVERRIDE_FOREIGN, /* the onlyone it runs is another one */
	OVERRIDE_ALONE,   /* the installed entry is gone */
	OVERRIDE_STALE    /* the installed entry has changed */
};

/* An override as read back from its file. */
struct override {
	enum menu_kind kind;
	char *id, *file;
	char *source;  /* the installed entry */
	char *program; /* its application, or the program in its Exec */
	char *rule;    /* options, as the text of a rule */
	char *self;    /* the onlyone that it runs; "": unknown */
	enum override_state state;
	bool mime;     /* it has a MimeType */
	bool chosen;   /* selected by the caller */
};

struct overrides {
	struct override *at;
	size_t n;
};

/* All overrides of this user, of menus and of autostart, sorted by id.  0 or -1. */
int overrides_find(struct overrides *os, struct fault *f);
void overrides_free(struct overrides *os);

/* Remove an override.  0; 1: it is not there any more; -1. */
int override_remove(const struct override *o, struct fault *f);

/* Make the text of the override of an entry.  -1: a fault. */
int override_make(struct buf *b, const struct menu_entry *e,
    const struct override_how *how, struct fault *f);

/* Note which actions of that entry do not go through onlyone, and why. */
void override_tell(const struct menu_entry *e, const struct override_how *how);

#endif
