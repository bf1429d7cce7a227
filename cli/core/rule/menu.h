/*
 * menu.h: the desktop entries of this user, as a desktop sees them: those of
 * menus, and those that a desktop starts at login.
 *
 * An entry's id is its path below applications/ with - for /, or its name in
 * autostart/.  The user's data folder comes first, then those of XDG_DATA_DIRS;
 * for autostart/ it is the user's configuration folder, then those of
 * XDG_CONFIG_DIRS.  Of several entries with one id the first counts.  Our own overrides are skipped here, to see the entry
 * that each of them replaces.
 */
#ifndef MENU_H
#define MENU_H

#include <stdbool.h>
#include <limits.h>
#include <stddef.h>

#include "cli/base/fault.h"
#include "cli/core/rule/desktop_entry.h"

/* The key that marks an override of ours, in its main group. */
#define MENU_MARK "X-Onlyone-Override"

/* Suffix of the user's own entry while an override of ours has its name. */
#define MENU_KEPT ".onlyone"

enum menu_kind { MENU_APPLICATIONS, MENU_AUTOSTART, MENU_KINDS };

struct menu_entry {
	enum menu_kind kind;
	char *id; /* with .desktop */
	char *file;
	char *text;
	size_t len;
	bool own;    /* in the user's folder */
	bool kept;   /* own, but kept as `file`: an override has its name */
	bool chosen; /* selected by the caller */
	bool left;   /* looked at by the caller, and not selected */
};

struct menu {
	struct menu_entry *at;
	size_t n;
};

/* The user's own folder of these entries, PATH_MAX bytes.  -1: errno, as
 * place_home. */
int menu_folder(enum menu_kind kind, char *path);

/* Refuse an XDG_DATA_HOME, or for MENU_AUTOSTART XDG_CONFIG_HOME, in another
 * user's folder.  0, or -1 with a fault of 77. */
struct fault;
int menu_vet(enum menu_kind kind, struct fault *f);

/* Read all entries, those of menus first.  0 or -1. */
int menu_scan(struct menu *m, struct fault *f);
void menu_free(struct menu *m);

/* Read a whole file, 4 MiB at most, into *text, which ends with a NUL and the
 * caller frees.  -1 with errno, EINVAL if it is not a plain file. */
int menu_read(const char *file, char **text, size_t *len);

struct menu_runs {
	size_t at;     /* offset in the value where onlyone goes */
	bool behind;   /* onlyone goes behind an env */
	bool whole;    /* its program runs another command: the whole line names
	                * the application */
	bool onlyone;  /* it runs onlyone already */
	char word[PATH_MAX]; /* the program, as written in the value */
	char path[PATH_MAX + 1]; /* the path of the application, or word */
};

/* What a value of Exec runs.  0, or -1 with a fault "FILE:LINE: ..." of 64. */
int menu_exec(const struct menu_entry *e, unsigned int line,
    const char *value, const char *end, struct menu_runs *r, struct fault *f);

/* What the main Exec of an entry runs.  -1: a fault, it cannot be run. */
int menu_runs(const struct menu_entry *e, struct menu_runs *r,
    struct fault *f);

enum { MENU_MODE = 64 };

/* How many words say that this value of Exec runs the program in another mode
 * than `plain` does (NULL: than the program's name alone): options and commands
 * that the main Exec of plain lacks.  If there are any, first (MENU_MODE bytes)
 * is the first. */
size_t menu_modes(const char *value, const char *stop,
    const struct menu_entry *plain, char *first);

/* The same for the main Exec of an entry. */
size_t menu_entry_modes(const struct menu_entry *e,
    const struct menu_entry *plain, char *first);

/* Whether an entry opens files by their type (MimeType).  Schemes of URLs, and
 * kinds of media, are types of no file. */
bool menu_opens(const struct menu_entry *e);

/* Of the entries that have `chosen` set the one that runs the program in no
 * mode, or in the fewest words.  NULL: none is chosen. */
const struct menu_entry *menu_plain(const struct menu *m);

/* What the first entry runs that has `chosen` set.  0; -1: there is none, or it
 * cannot be run. */
int menu_chosen(const struct menu *m, struct menu_runs *r);

#endif
