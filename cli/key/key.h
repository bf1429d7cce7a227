/*
 * key.h: the key of a launch: which of an application's instances is meant.
 *
 * Made in steps, in the order of the command line; each adds parts, or makes
 * a class of what there is so far.  Parts never run together.  No key at all
 * means the singleton.
 */
#ifndef KEY_H
#define KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/buf.h"
#include "cli/fault.h"
#include "cli/key/operand.h"

enum key_kind {
	KEY_TEMPLATE, /* --key */
	KEY_COMMAND,  /* --key-cmd */
	KEY_CLASS,    /* --key-match */
	KEY_DOCUMENT, /* a document's path, as it was given */
	KEY_FOLDER,   /* the same, of an option that a row names */
	KEY_VALUE     /* the value of one, as it stands */
};

struct key_step {
	enum key_kind kind;
	const char *text;
};

enum { KEY_STEPS = 16, KEY_LIMIT = 4 << 20 };

struct key {
	const char *const *parts; /* n of them, in list */
	size_t n;                 /* 0: none, the singleton */
	struct buf text, list;
	char why[512]; /* why there is none, TEXT_QUOTED; empty if none was
	                * asked for */
	const struct key_step *failed; /* where it could not be made; NULL */
};

/*
 * Make the key for command (NULL-ended), of which the options in valued take
 * the next word.  One that cannot be made counts as none, and why says the
 * reason; strict: a fault of 65 instead.  0 or -1; free it in any case.
 */
int key_make(struct key *k, const struct key_step *steps, size_t nsteps,
    const struct valued *valued, bool strict, char *const command[],
    struct fault *f);

void key_free(struct key *k);

/* The steps as they were given, for --explain: "-k '{1}' --key-cmd=...",
 * TEXT_QUOTED. */
struct text;
void key_steps_text(const struct key_step *steps, size_t n, struct text *t);

#endif
