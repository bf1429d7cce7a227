/*
 * handover_find.h: which row is a program's.
 *
 * Rows are files NAME.sh: in the user's folder, the system's, or built in; the
 * first one counts that names the program, folder by folder in the order of
 * their names.
 */
#ifndef HANDOVER_FIND_H
#define HANDOVER_FIND_H

#include <limits.h>
#include <stdbool.h>

#include "cli/buf.h"
#include "cli/launch/handover_row.h"

/* Of one launch: what was found, and what it means there (handover.h). */
struct handover {
	bool sought, said;
	bool noted;            /* which files are passed over */
	bool found;            /* row and line are there */
	char why[NAME_MAX + 64]; /* a word that leads to nothing: the reason */
	struct handover_row row;
	struct buf text, then; /* what row points into */
	struct buf line;
	char file[PATH_MAX];   /* it is of; "": it is built in */
};

/* The row for the program in a file: by the name that was used, else by that
 * of the file it leads to, since a name like /usr/bin/editor may be anything's.
 * What may not be trusted is passed over, with a note. */
bool row_find(struct handover *h, const char *file);

/* The built-in row of this name, into row, which points into text. */
bool row_built_in(const char *name, struct buf *text,
    struct handover_row *row);

#endif
