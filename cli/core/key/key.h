/*
 * key.h: the key of a launch, which selects one of an application's instances.
 *
 * It is made in steps, in the order of the command line; each adds parts, or
 * replaces the parts so far by their class.  Parts never run together.  No key
 * at all means the singleton.
 */
#ifndef KEY_H
#define KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buf.h"
#include "cli/base/fault.h"
#include "cli/base/text.h"
#include "cli/core/key/template.h"

enum key_kind {
	KEY_TEMPLATE, /* --key */
	KEY_COMMAND,  /* --key-cmd */
	KEY_CLASS,    /* --key-match */
	KEY_DOCUMENT, /* a document's path, as given */
	KEY_TOOL,     /* the folder on which a tool works */
	KEY_FOLDER,   /* a path, from an option in a row's field Apart */
	KEY_VALUE     /* another value of such an option, unchanged */
};

struct key_step {
	enum key_kind kind;
	const char *text;
};

enum { KEY_STEPS = 16, KEY_LIMIT = 4 << 20 };

struct key {
	const char *const *parts; /* n of them, in list */
	size_t n;                 /* 0: no key, the singleton */
	struct buf text, list;
	char why[512]; /* why there is no key, TEXT_QUOTED; empty if not asked
	                * for */
	const struct key_step *failed; /* the step that failed; NULL: none */
};

enum command_result {
	COMMAND_MADE,
	COMMAND_MISSING, /* it failed, or printed nothing; `why` says so */
	COMMAND_FAILED   /* it could not be run at all: errno */
};

/*
 * Make the key for command (NULL-ended), in which the options in valued take
 * the next word.  If that fails there is no key, and why has the reason;
 * strict: a fault of 65 instead.  0 or -1; free it in any case.
 */
int key_make(struct key *k, const struct key_step *steps, size_t nsteps,
    const struct valued *valued, bool strict, char *const command[],
    struct fault *f);

void key_free(struct key *k);

/* The steps as they were given, for --explain: "-k '{1}' --key-cmd=...",
 * TEXT_QUOTED. */
void key_steps_text(const struct key_step *steps, size_t n, struct text *t);

/*
 * Run `sh -c line onlyone ARG...` with the arguments of command (NULL-ended;
 * its first word is not passed) and an empty standard input, wait for it, and
 * append its output to out, without trailing newlines and ended by NUL.
 */
enum command_result command_run(const char *line, char *const command[],
    struct buf *out, struct text *why);

/* Whether ere is a valid extended regular expression (regex(7)).  0, or -1 with
 * a fault of 64. */
int class_check(const char *ere, struct fault *f);

#endif
