/*
 * other.h: whether a launch that nobody took was of another command than the
 * one that runs.
 */
#ifndef OTHER_H
#define OTHER_H

#include <stdbool.h>

#include "cli/fields.h"

/* What a launch would have run. */
struct launched {
	char *const *words;   /* ends with NULL; NULL: nothing, or what is equal
	                       * to what runs, by the application's name */
	const char *file;     /* the program */
	const char *document; /* the word that the key says is equal; NULL */
	bool named;           /* --app: the program may be another */
	bool line;            /* a shell line */
};

enum { OTHER_SHOWN = 80 };

/* By a DONE that nobody took: it was of another.  what: what runs, cut where it
 * is long, in OTHER_SHOWN bytes. */
bool other_runs(const struct launched *l, const struct fields *b, char *what);

#endif
