/*
 * way.h: how to hand documents over to one program: its row, as lines for sh,
 * and what a launch's arguments mean to that row.
 */
#ifndef WAY_H
#define WAY_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buf.h"
#include "cli/base/text.h"
#include "cli/core/handover/row.h"
#include "cli/core/key/template.h"

struct way {
	bool found;            /* row and line are set */
	char why[NAME_MAX + 64]; /* why not */
	struct row_found row;
	struct buf line;       /* the handler, for sh -c */
};

/* What --on-activate was given: auto, the row of the program; self or dbus, this
 * built-in row.  What a later launch asks: try, the row of the program, else
 * that for programs without one. */
enum way_word { WAY_NONE, WAY_AUTO, WAY_SELF, WAY_DBUS, WAY_TRY };

/* The word; WAY_NONE: it is a command, or NULL. */
enum way_word way_word(const char *word);

/* Whether this handler was put together from a row; else its user has typed it. */
bool way_made(const char *line);

/* Find the way to a program, whose path is as typed: found, or why.  w is
 * zeroed before the first call. */
bool way_find(struct way *w, enum way_word word, const char *program);

/* Add a line of sh that sets a variable: name is "NAME=", value may be NULL. */
void line_set(struct buf *b, const char *name, const char *value);

/* What a later launch asks of an instance, however that was started. */
enum asks {
	ASKS_NOTHING,
	ASKS_ROW,  /* use the program's row, if it has no handler; not if it
	            * asked for none */
	ASKS_AUTO, /* use the row, even if it asked for no handler */
	ASKS_NONE,  /* use no handler, even if it has one */
	ASKS_TRY    /* as ASKS_ROW; a program without a row is started once
	             * more, if it hands over on its own */
};

/* Whether to use the row for an instance with these terms. */
struct terms;
bool row_asked(enum asks asks, const struct terms *t);

/* The first argument of a launch, in its folder, that is neither an existing file
 * nor a URI; NULL: all are documents. */
const char *document_not(char *const args[]);

/* The arguments of a launch, as passed to the row's lines. */
struct handed {
	char **args;      /* n of them, then NULL; in words */
	size_t n;
	size_t documents; /* how many of them are documents */
	bool options;     /* options are among them */
	bool waits;       /* it asks to wait until they are closed */
	bool streams;     /* "-", standard input, is among them */
	char left[512];   /* words not handed over, for messages; "": none */
	struct buf words;
};

/*
 * Sort the arguments of a later launch. valued: the launch's, with the row's
 * patterns (NULL: all arguments are handed over as they are); options and waits
 * are the row's.  wait: it has -W.  0; -1: ENOMEM.
 */
int handed_sort(struct handed *h, const struct valued *valued,
    const char *options, const char *waits, char *const args[], bool wait);

#endif
