/*
 * row.h: known ways to hand documents over; each row serves one or more
 * programs.
 *
 * A row is a file NAME.sh: in the user's folder, in the system's, or built in.
 * The first row that names the program wins, folder by folder, in the order of
 * file names.
 *
 * The file begins with comments.  Some of them are fields, "# Name: value"; a
 * line that starts with "#" and two blanks continues the field before it.  The
 * rest is sh code that hands documents over.
 */
#ifndef ROW_H
#define ROW_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buf.h"

/* A built-in text: begin, self, dbus, emacs ... */
struct row_text {
	const char *name;
	const char *text;
};

/* Ends with a NULL name; made of *.sh at build time. */
extern const struct row_text row_texts[];

/* All names in the Programs fields of built-in rows, blank-separated. */
extern const char row_programs[];

enum { ROW_INSERTS = 16 };

/* A list is blank-separated words, or NULL.  Patterns are those of option_fits
 * (key/template.h).  More than a dozen members: a field of the file each. */
struct row {
	char *programs;  /* names */
	char *how;       /* a phrase for --explain */
	char *needs;     /* commands that must be installed */
	char *values;    /* "Documents": patterns of options whose value is the
	                  * next word; only documents and `options` are handed
	                  * over.  NULL: all arguments are */
	char *options;   /* patterns of options to hand over with documents */
	char *waits;     /* patterns of options that ask to wait until the
	                  * document is closed; NULL: waiting is not possible */
	char *own;       /* patterns of options that make a command line its own
	                  * instance */
	char *aside;     /* patterns of options with which it is no instance at
	                  * all: --version, a batch */
	char *apart;     /* options whose value selects the instance */
	char *starts;    /* its last line execs the program */
	char *then;      /* built-in row whose lines follow, and whose fields
	                  * replace missing ones */
	char *insert[ROW_INSERTS]; /* arguments after COMMAND */
	size_t inserts;
	char *lines;
};

/* The row of a program. */
struct row_found {
	struct row row;      /* points into text and then */
	struct row next;     /* the row in "Then"; its lines are NULL: none */
	struct buf text, then;
	bool noted;          /* skipped files have been noted */
	bool asked;          /* the user asked for a row: print each file that
	                      * is skipped, not only one named after the
	                      * program */
	char file[PATH_MAX]; /* "": it is built in */
};

/* Find the row for a program: by the name of file, else by the name of a
 * symlink's target, since /usr/bin/editor can be any program.  A file that is
 * not trusted, or not a row, is skipped with a note. */
bool row_find(struct row_found *r, const char *file);

/* Read the built-in text of this name into row, which points into text. */
bool row_built_in(const char *name, struct buf *text, struct row *row);

/* Read the row in "Then", and take missing fields from it.  False: there is no
 * such row. */
bool row_then(struct row_found *r);

void row_free(struct row_found *r);

#endif
