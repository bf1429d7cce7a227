/*
 * menu.h: the desktop entries of this user, as a desktop sees them: those of
 * menus, and those that a desktop starts at login.
 *
 * An entry's id is its path below applications/ with - for /, or its name in
 * autostart/.  The user's data folder comes first, then those of XDG_DATA_DIRS;
 * for autostart/ it is the user's configuration folder, then those of
 * XDG_CONFIG_DIRS.  Of several entries with one id the first counts.  Our own
 * overrides are skipped, to see the entries that they replace; or only they are
 * read.
 */
#ifndef RULE_MENU_H
#define RULE_MENU_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buf.h"
#include "cli/core/rule/desktop_entry.h"

struct fault;

/* The keys of an override of ours, in its main group: the mark, the file that
 * it was made from, and the path of the program, if Exec tells it. */
#define MENU_MARK "X-Onlyone-Override"
#define MENU_SOURCE "X-Onlyone-Source"
#define MENU_PROGRAM "X-Onlyone-Program"

/* Suffix of the user's own entry while our override has its name. */
#define MENU_KEPT ".onlyone"

enum menu_kind { MENU_APPLICATIONS, MENU_AUTOSTART, MENU_KINDS };

/* What a value of Exec runs. */
struct menu_exec {
	struct exec x; /* its words; none: it cannot be run */
	size_t at;     /* the index of the program, after env and the like */
	bool whole;    /* it runs another command: the whole line names the
	                * application */
	char *path;    /* of the application; whole, or not found: the word */
};

struct menu_entry {
	enum menu_kind kind;
	char *id; /* with .desktop */
	char *file;
	struct buf text;
	char *source;  /* of an override; else as file */
	char *program; /* the path of the program, "" if Exec has none */
	struct menu_exec runs; /* the main Exec */
	bool users_own; /* in the user's folder */
	bool kept;   /* own, but kept as `file`: an override has its name */
	bool chosen; /* selected by the caller */
	const char *left; /* why it is not selected; NULL: no candidate */
};

struct menu {
	struct menu_entry *at;
	size_t n;
	bool ours; /* our overrides, and nothing else */
};

/* The user's own folder of these entries, PATH_MAX bytes.  -1: errno, as
 * place_home. */
int menu_folder(enum menu_kind kind, char *path);

/* The next folder of these entries after the user's own, in the order of a
 * desktop: path has PATH_MAX bytes, *dirs is NULL at first.  false: there is no
 * more. */
bool menu_folder_next(enum menu_kind kind, const char **dirs, char *path);

/* Refuse an XDG_DATA_HOME, or for MENU_AUTOSTART XDG_CONFIG_HOME, in another
 * user's folder.  0, or -1 with a fault of 77. */
int menu_vet(enum menu_kind kind, struct fault *f);

/* Read all entries, those of menus first, into an empty menu.  0 or -1. */
int menu_scan(struct menu *m, struct fault *f);
void menu_free(struct menu *m);

/* Append a whole file, 4 MiB at most.  -1 with errno, EINVAL if it is not a
 * plain file. */
int menu_read(const char *file, struct buf *text);

/* A value of the main group, to be freed, "" if it is not there; NULL:
 * ENOMEM. */
char *menu_value(const struct menu_entry *e, const char *key);

/* Whether its main group has this key, with this value; NULL: with any. */
bool menu_says(const struct menu_entry *e, const char *key, const char *value);

/* What a value of Exec runs.  0; -1: it is malformed, *why says how; NULL:
 * ENOMEM.  Free it in any case. */
int menu_exec(struct menu_exec *r, const char *value, const char *end,
    const char **why);
void menu_exec_free(struct menu_exec *r);

/* Whether that is onlyone itself. */
bool menu_onlyone(const struct menu_exec *r);

/* What the main Exec of an entry runs.  -1: a fault, it cannot be run. */
int menu_runs(const struct menu_entry *e, struct menu_exec *r,
    struct fault *f);

/* How many words make it run another program or mode than `plain` does (NULL:
 * than the program's name alone): options and commands that plain lacks. *first
 * is the first of them. */
size_t menu_modes(const struct menu_exec *r, const struct menu_exec *plain,
    const char **first);

/* Whether the main Exec of an entry takes files or URLs (%f, %F, %u, %U). */
bool menu_files(const struct menu_entry *e);

/* Whether an entry opens files by their type (MimeType).  URL schemes and kinds
 * of media are not file types. */
bool menu_opens(const struct menu_entry *e);

#endif
