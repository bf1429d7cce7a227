/*
 * desktop_entry.h: the text of a desktop entry, line by line, and the command
 * line that is the value of Exec.
 *
 * Parsed as GLib's key files are: [Group], key=value, # comments, blank lines;
 * CRLF and a last line without an end are accepted.  Lines are returned
 * unchanged, so that a caller can copy them byte for byte: GLib's own parser
 * rewrites blanks and line ends.
 *
 * Exec has two levels of quoting: that of values (desktop_char) and, inside it,
 * that of words, which GLib parses like a shell (words_next). %f and its like
 * are field codes, %% is a percent sign.
 *
 * Pure: no system calls; the text stays the caller's.
 */
#ifndef RULE_DESKTOP_ENTRY_H
#define RULE_DESKTOP_ENTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buf.h"

enum desktop_group {
	DESKTOP_NONE,   /* before the first group */
	DESKTOP_MAIN,   /* [Desktop Entry] */
	DESKTOP_ACTION, /* [Desktop Action NAME] */
	DESKTOP_OTHER
};

struct desktop_line {
	const char *at, *end; /* with the line end */
	const char *stop;     /* without the line end */
	const char *key;      /* NULL: a head of a group, a comment, blank */
	size_t nkey;
	const char *value; /* as in the text, up to stop */
	enum desktop_group group;
	bool head; /* [Group] */
};

struct desktop {
	const char *next, *end;
	enum desktop_group group;
	unsigned int line; /* number of the last line taken; from 1 */
	const char *why;   /* what is wrong with that line, after -1 */
};

void desktop_init(struct desktop *d, const char *text, size_t len);

/* The next line.  1; 0: there is no more; -1: it is malformed, d->why. */
int desktop_next(struct desktop *d, struct desktop_line *l);

/* Whether a line has this key. */
bool desktop_is(const struct desktop_line *l, const char *key);

/* The value of a key of the main group, unescaped, appended to b with a NUL; of
 * several, the last.  1: it is not there; -1: ENOMEM. */
int desktop_get(const char *text, size_t len, const char *key, struct buf *b);

/* Whether the entry has this key, with this value; NULL: with any. */
bool desktop_says(const char *text, size_t len, const char *key,
    const char *value);

/* Append s, escaped as a value. */
int desktop_escape(struct buf *b, const char *s);

enum { EXEC_WORDS = 256 };

/* The words of an Exec value, except those with a percent sign. */
struct exec {
	struct buf text;
	char *word[EXEC_WORDS]; /* NULL-terminated */
	size_t n;
};

/* Split a value.  0; -1: it is malformed, *why says how; NULL: ENOMEM.  Free
 * x->text in any case. */
int exec_split(struct exec *x, const char *value, const char *end,
    const char **why);

/* Append a word, quoted for such a value. */
int exec_quote(struct buf *b, const char *word);

#endif
