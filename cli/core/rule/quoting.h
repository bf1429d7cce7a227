/*
 * quoting.h: lines of words, quoted as for sh.
 *
 * Blanks separate words; ' " and \ quote as in sh, also across lines, and #
 * begins a comment where a word could begin.  Nothing is expanded: $, ` and all
 * else are literal.
 *
 * Pure: no system calls, no malloc.
 */
#ifndef QUOTING_H
#define QUOTING_H

#include <stddef.h>

struct words {
	char *next;
	char *end;
	unsigned int at;   /* number of the line where next is */
	unsigned int line; /* where the last line of words began */
	const char *why;   /* what is wrong with that line, after -1 */
};

/* Begin with len bytes and a NUL after them; the text is overwritten. */
void words_init(struct words *w, char *text, size_t len);

/*
 * Take the next line that has words: how many, in word, which has room for max
 * including the final NULL.  They point into the text.  0: there is no more;
 * -1: it cannot be read, why and line say what and where.
 */
int words_next(struct words *w, char *word[], size_t max);

#endif
