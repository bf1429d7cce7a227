/*
 * handover_find.h: which row is a program's.
 *
 * Rows are files NAME.sh: in the user's folder, the system's, or built in; the
 * first one counts that names the program, folder by folder in the order of
 * their names.
 */
#ifndef HANDOVER_FIND_H
#define HANDOVER_FIND_H

#include "cli/launch/handover.h"

/* The row for the program in a file: by the name that was used, else by that
 * of the file it leads to, since a name like /usr/bin/editor may be anything's.
 * What may not be trusted is passed over, with a note. */
bool row_find(struct handover *h, const char *file);

/* The built-in row of this name, into row, which points into text. */
bool row_built_in(const char *name, struct buf *text,
    struct handover_row *row);

#endif
