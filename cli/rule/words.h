/*
 * words.h: lines of words, quoted as for sh.
 *
 * Blanks separate words; ' " and \ quote as sh has it, also over the end of a
 * line, and # begins a comment where a word could begin.  Nothing is expanded:
 * $, ` and all else stand for themselves.
 *
 * Pure: no system calls, no malloc.
 */
#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>

struct words {
	char *next;
	char *end;
	unsigned int at;   /* number of the line where next is */
	unsigned int line; /* where the last line of words began */
	const char *why;   /* what is wrong with it, after -1 */
};

/* Begin with len bytes and a NUL after them, which are written over. */
void words_init(struct words *w, char *text, size_t len);

/*
 * The next line that has words: how many, and they are in word, which has room
 * for max with a NULL at the end.  They lie in the text.  0: there is no more;
 * -1: it cannot be read, why and line say what and where.
 */
int words_next(struct words *w, char *word[], size_t max);

#endif
