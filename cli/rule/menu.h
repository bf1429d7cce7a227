/*
 * menu.h: the desktop entries of this user, as a desktop sees them.
 *
 * An entry's id is its path below applications/ with - for /.  The user's
 * folder of data comes first, then those of XDG_DATA_DIRS; of several with one
 * id the first counts.  Our own overrides are passed over here: what they stand
 * for is seen.
 */
#ifndef MENU_H
#define MENU_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/fault.h"
#include "cli/rule/exec.h"

/* What marks an override of ours, in its main group. */
#define MENU_MARK "X-Onlyone-Override"

struct menu_entry {
	char *id; /* with .desktop */
	char *file;
	char *text;
	size_t len;
	bool own;    /* in the user's folder */
	bool chosen; /* for whoever chooses */
};

struct menu {
	struct menu_entry *at;
	size_t n;
};

/* The user's applications/, PATH_MAX bytes.  -1: errno, as place_home. */
int menu_folder(char *path);

/* All of them.  0 or -1. */
int menu_scan(struct menu *m, struct fault *f);
void menu_free(struct menu *m);

/* Read a small file whole: text is to be freed, with a NUL behind it.  -1 with
 * errno, EINVAL for what is no plain file. */
int menu_read(const char *file, char **text, size_t *len);

#endif
