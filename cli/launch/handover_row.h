/*
 * handover_row.h: a way to hand documents over, as it is written down.
 *
 * A row is a file for sh that begins with comments, some of which are fields,
 * "# Name: value"; "#  more" goes on with the one before.  What follows the
 * comments are the lines that hand over.
 */
#ifndef HANDOVER_ROW_H
#define HANDOVER_ROW_H

#include <stdbool.h>
#include <stddef.h>

enum { ROW_INSERTS = 16 };

struct handover_row {
	char *programs;  /* names, with blanks between */
	char *how;       /* a phrase for --explain */
	char *needs;     /* commands that have to be there */
	char *documents; /* only those are handed over: patterns of the options
	                  * whose value is a word of its own */
	char *apart;     /* options with which it is another instance */
	char *starts;    /* what its last line executes: the program */
	char *then;      /* the built-in row whose lines follow, and whose
	                  * fields count where there are none here */
	char *insert[ROW_INSERTS]; /* arguments after COMMAND */
	size_t inserts;
	char *lines;
};

/* One that is built in: begin, documents, self, dbus, emacs ... */
struct handover_text {
	const char *name;
	const char *text;
};

/* Ended by one without a name; made of handover/ *.sh when this is built. */
extern const struct handover_text handover_texts[];

/* Take text apart, which is changed for that, and stays the caller's.  Fields
 * that are not there are NULL.  False: there are too many to insert. */
bool row_parse(char *text, struct handover_row *r);

/* Whether a word is in a list, which may be NULL. */
bool row_lists(const char *list, const char *word);

#endif
