/*
 * piece.h: a -k TEMPLATE, piece by piece.
 */
#ifndef PIECE_H
#define PIECE_H

#include <stddef.h>

enum kind { TEXT, ARGUMENTS, VALUE, ENVIRONMENT, CWD, TTY, PATH, INODE };

/* How the word is found that a reference means. */
enum source { NAMED, COUNTED, OPERANDS };

struct piece {
	enum kind kind;
	const char *at; /* the text, or what stands in the braces */
	size_t len;
	const char *name; /* of the value or variable: the end of that */
	size_t name_len;
	enum source source;
	long n; /* COUNTED, OPERANDS: which; below 0 from the last */
};

/* Take the next piece off *t.  1; 0 at the end; -1: malformed, p->at is
 * where. */
int piece_next(const char **t, struct piece *p);

#endif
