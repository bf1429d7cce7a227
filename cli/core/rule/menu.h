/*
 * menu.h: the desktop entries of this user, as a desktop sees them.
 *
 * An entry's id is its path below applications/ with - for /.  The user's data
 * folder comes first, then those of XDG_DATA_DIRS; of several entries with one
 * id the first counts.  Our own overrides are skipped here, to see the entry
 * that each of them replaces.
 */
#ifndef MENU_H
#define MENU_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/fault.h"
#include "cli/core/rule/exec_key.h"

/* The key that marks an override of ours, in its main group. */
#define MENU_MARK "X-Onlyone-Override"

/* Suffix of the user's own entry while an override of ours has its name. */
#define MENU_KEPT ".onlyone"

struct menu_entry {
	char *id; /* with .desktop */
	char *file;
	char *text;
	size_t len;
	bool own;    /* in the user's folder */
	bool kept;   /* own, but kept as `file`: an override has its name */
	bool chosen; /* selected by the caller */
};

struct menu {
	struct menu_entry *at;
	size_t n;
};

/* The user's applications/, PATH_MAX bytes.  -1: errno, as place_home. */
int menu_folder(char *path);

/* Refuse an XDG_DATA_HOME in another user's folder.  0, or -1 with a fault of
 * 77. */
struct fault;
int menu_vet(struct fault *f);

/* Read all entries.  0 or -1. */
int menu_scan(struct menu *m, struct fault *f);
void menu_free(struct menu *m);

/* Read a whole file, 4 MiB at most, into *text, which ends with a NUL and the
 * caller frees.  -1 with errno, EINVAL if it is not a plain file. */
int menu_read(const char *file, char **text, size_t *len);

#endif
