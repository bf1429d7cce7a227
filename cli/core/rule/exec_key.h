/*
 * exec_key.h: the value of Exec in a desktop entry: a command line.
 *
 * It has two levels of quoting: that of values (desktop_char) and, inside of
 * it, that of words: "..." with \ before " ` $ \ and, as in GLib though not in
 * the specification, '...' and \ outside of quotes.  %f and its like are field
 * codes, %% is a percent sign.
 *
 * Pure: no system calls.
 */
#ifndef EXEC_KEY_H
#define EXEC_KEY_H

#include <stddef.h>

#include "cli/base/buf.h"

struct exec {
	struct buf text, words;
	char **argv; /* the words unquoted, NULL-terminated, without field
	              * codes */
	size_t n;
	size_t *from; /* offset of each in the value */
};

/* Split a value.  0; 1: it is malformed, *why says how; -1: ENOMEM.  Free it in
 * any case. */
int exec_split(struct exec *e, const char *value, const char *end,
    const char **why);
void exec_free(struct exec *e);

/* The index of the program among the words, after "env NAME=VALUE..."; 0 if env
 * has no program, or options that are not known here. */
size_t exec_program(const struct exec *e);

/* Append a word, quoted for such a value. */
int exec_quote(struct buf *b, const char *word);

#endif
