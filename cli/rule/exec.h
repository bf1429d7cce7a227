/*
 * exec.h: the value of Exec in a desktop entry: a command line.
 *
 * Two rules of quoting lie over each other: that of values (desktop_char), and
 * below it that of words: "..." with \ before " ` $ \, and, as GLib has it
 * beyond the specification, '...' and \ outside of quotes.  %f and its like are
 * field codes, %% a percent sign.
 *
 * Pure: no system calls.
 */
#ifndef EXEC_H
#define EXEC_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/buf.h"

struct exec {
	struct buf text, words;
	char **argv; /* the words without their quotes, NULL-ended; field codes
	              * are left out */
	size_t n;
	size_t *from; /* where each begins in the value */
};

/* Split a value.  0; 1: it is none, why says so; -1: ENOMEM.  To be freed in
 * any case. */
int exec_split(struct exec *e, const char *value, const char *end,
    const char **why);
void exec_free(struct exec *e);

/* Which of the words is the program, behind "env NAME=VALUE...".  n: there is
 * none, or env has options that are not known here: then it is 0. */
size_t exec_program(const struct exec *e);

/* Append a word as a part of such a value. */
int exec_quote(struct buf *b, const char *word);

#endif
