/*
 * desktop.h: the text of a desktop entry, line by line.
 *
 * Read as GLib's key files are: [Group], key=value, # comments, blank lines;
 * CRLF and a last line without an end are taken.  Lines are handed out as they
 * lie in the text, so that whoever copies them changes no byte: GLib's own
 * parser gives values, and writes blanks and line ends anew.
 *
 * Pure: no system calls; the text stays the caller's.
 */
#ifndef DESKTOP_H
#define DESKTOP_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/buf.h"

enum desktop_group {
	DESKTOP_NONE,   /* before the first group */
	DESKTOP_MAIN,   /* [Desktop Entry] */
	DESKTOP_ACTION, /* [Desktop Action NAME] */
	DESKTOP_OTHER
};

struct desktop_line {
	const char *at, *end; /* with what ends the line */
	const char *stop;     /* without that */
	const char *key;      /* NULL: a head of a group, a comment, blank */
	size_t nkey;
	const char *value; /* as it lies there, up to stop */
	enum desktop_group group;
	bool head; /* [Group] */
};

struct desktop {
	const char *next, *end;
	enum desktop_group group;
	unsigned int line; /* number of the last one; from 1 */
	const char *why;   /* what is wrong with it, after -1 */
};

void desktop_init(struct desktop *d, const char *text, size_t len);

/* The next line.  1; 0: there is no more; -1: it is no line of a desktop
 * entry. */
int desktop_next(struct desktop *d, struct desktop_line *l);

/* Whether a line has this key. */
bool desktop_is(const struct desktop_line *l, const char *key);

/* The value of a key of the main group, its escapes resolved, appended to b
 * with a NUL; of several, the last.  1: it is not there; -1: ENOMEM. */
int desktop_get(const char *text, size_t len, const char *key, struct buf *b);

/* Whether such a value is "true". */
bool desktop_true(const char *text, size_t len, const char *key);

/* Resolve the escape or plain character at *s, before end, and go over it: \s
 * \n \t \r \\; any other backslash stands for itself, as GLib has it. */
char desktop_char(const char **s, const char *end);

/* Append s as a value. */
int desktop_escape(struct buf *b, const char *s);

#endif
