/*
 * near.h: find the known word that a mistyped one may mean.
 */
#ifndef NEAR_H
#define NEAR_H

#include <stddef.h>

enum { NEAR_HINT = 64 };

struct near {
	const char *word; /* as it was typed */
	size_t len;
	const char *best; /* the nearest so far; NULL: none is near */
	size_t edits;     /* from word to best */
};

/* Begin with the first len bytes of a word; then try each known word. */
void near_begin(struct near *n, const char *word, size_t len);
void near_try(struct near *n, const char *candidate);

/* " (did you mean --NAME?)", with these dashes, in buf of NEAR_HINT bytes; ""
 * where none is near. */
const char *near_hint(const struct near *n, const char *dashes, char *buf);

#endif
