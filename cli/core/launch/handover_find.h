/*
 * handover_find.h: find the row for a program.
 *
 * A row says how documents are handed over to some programs.  Rows are files
 * NAME.sh: in the user's folder, in the system's, or built in.  The first row
 * that names the program counts, folder by folder, in the order of file names.
 */
#ifndef HANDOVER_FIND_H
#define HANDOVER_FIND_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buf.h"

enum { ROW_INSERTS = 16 };

struct handover_row {
	char *programs;  /* names, with blanks between */
	char *how;       /* a phrase for --explain */
	char *needs;     /* commands that must be installed */
	char *documents; /* hand over documents only; patterns of options whose
	                  * value is the next word */
	char *apart;     /* options that make another instance */
	char *starts;    /* its last line executes the program */
	char *then;      /* built-in row whose lines follow, and whose fields
	                  * replace missing ones */
	char *insert[ROW_INSERTS]; /* arguments after COMMAND */
	size_t inserts;
	char *lines;
};

/* A built-in text: begin, documents, self, dbus, emacs ... */
struct handover_text {
	const char *name;
	const char *text;
};

/* Ends with a NULL name; made of handover/ *.sh at build time. */
extern const struct handover_text handover_texts[];

/* What a launch has found (handover.h). */
struct handover {
	bool sought, said;
	bool noted;            /* skipped files have been noted */
	bool found;            /* row and line are set */
	char why[NAME_MAX + 64]; /* why nothing was found */
	struct handover_row row;
	struct buf text, then; /* what row points into */
	struct buf line;
	char file[PATH_MAX];   /* of the row; "": it is built in */
};

/* Find the row for a program: by the name of file, else by the name of what a
 * symlink leads to, since /usr/bin/editor can be any program.  Files that are
 * not trusted are skipped with a note. */
bool row_find(struct handover *h, const char *file);

/* Read the built-in text of this name into row, which points into text. */
bool row_built_in(const char *name, struct buf *text,
    struct handover_row *row);

/* Whether a word is in a list, which may be NULL. */
bool row_lists(const char *list, const char *word);

#endif
