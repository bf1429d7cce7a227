/*
 * untaken.h: arguments that nobody took, in words.
 */
#ifndef UNTAKEN_H
#define UNTAKEN_H

#include <stdbool.h>
#include <stddef.h>

struct text;

#define UNTAKEN "nobody took the arguments"

/* Begins as zero. */
struct untaken {
	const char *shown; /* the first document; else the first one */
	bool document;     /* it is that */
	size_t n;          /* of them all */
};

/* One more, in their order; it stays the caller's. */
void untaken_add(struct untaken *u, const char *arg);

/* ", 'a letter' and 2 more", as text_typed has it; nothing of none. */
void untaken_text(const struct untaken *u, struct text *t);

#endif
