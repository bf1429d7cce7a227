/*
 * rule.h: how a program is enabled: rules, links and overrides of desktop
 * entries.
 */
#ifndef RULE_H
#define RULE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buf.h"
#include "cli/base/fault.h"
#include "cli/core/launch/options.h"
#include "cli/core/rule/folders.h"

/*
 * rule.c: a rule: how to launch the programs of a name.
 *
 * A rule is a file with the program's name: options of onlyone, one a line, and
 * lines "match PATTERN...", which restrict it to some paths.  The user's rule
 * comes before the system's.
 *
 * Its lines are words, quoted as for sh: blanks separate words; ' " and \ quote,
 * also across lines, and # begins a comment where a word could begin.  Nothing
 * is expanded: $, ` and all else are literal.
 */

enum { RULE_MOST = 65536 }; /* bytes of a file */

struct rule {
	char name[NAME_MAX + 1];
	char file[PATH_MAX];
	struct options o; /* as options_parse makes them; without a command */
	char **patterns;  /* of match lines; npatterns 0: any path */
	size_t npatterns;
	/* What the options point into. */
	struct buf text, matches;
};

/* Whether a file of this name can be a rule. */
bool rule_named(const char *name);

/*
 * Find the rule for programs of this name.  0: found, and the caller frees it
 * with rule_free; 1: there is none, or none that we trust; -1: it is wrong, a
 * fault of 64 "FILE:LINE: ...", or the system failed, one of 71. lines: as in
 * rule_load.
 */
int rule_find(const char *name, struct rule *r, struct buf *lines,
    struct fault *f);

/* Load the rule of this name from an open folder of rules.  0: found and good;
 * -1: a fault: 64 as above; 77: it is not trusted or cannot be read; 3: there
 * is none.  Free the rule in any case; file is set.  lines, if not NULL, gets
 * the rule's lines, each as from rule_quote, with a NUL. */
int rule_load(enum rule_place p, int folder, const char *name, struct rule *r,
    struct buf *lines, struct fault *f);

void rule_free(struct rule *r);

/* Parse r->text, r->text.len bytes and a NUL.  lines: as in rule_load.  0 or
 * -1. */
int rule_parse(struct rule *r, struct buf *lines, struct fault *f);

/* Append words as one line of a rule, without newline.  -1: ENOMEM. */
int rule_quote(struct buf *b, char *const words[], size_t n);

/* Append the text of a rule with these options, the n words after word[0]; *o
 * gets their values.  0, or -1 with a fault of 64. */
int rule_options(struct buf *b, struct options *o, char *word[], int n,
    struct fault *f);

/* Whether a rule is for the program with this absolute path. */
bool rule_matches(const struct rule *r, const char *path);

/* Lines of words.  Pure: no system calls, no malloc. */
struct words {
	char *next;
	char *end;
	unsigned int at;   /* number of the line where next is */
	unsigned int line; /* where the last line of words began */
	const char *why;   /* what is wrong with that line, after -1 */
};

/* Start with len bytes and a NUL after them; the text is overwritten. */
void words_init(struct words *w, char *text, size_t len);

/*
 * Take the next line that has words: how many, in word, which has room for max
 * including the final NULL.  They point into the text.  0: there is no more;
 * -1: malformed, see why and line.
 */
int words_next(struct words *w, char *word[], size_t max);

/*
 * desktop_entry.c: the text of a desktop entry, line by line, and the command
 * line that is the value of Exec.
 *
 * Parsed as GLib's key files are: [Group], key=value, # comments, blank lines;
 * CRLF and a last line without an end are accepted.  Lines are returned
 * unchanged, so that a caller can copy them byte for byte: GLib's own parser
 * rewrites blanks and line ends.
 *
 * Exec has two levels of quoting: that of values (desktop_char) and, inside it,
 * that of words, which GLib parses like a shell (words_next).  %f and its like
 * are field codes, %% is a percent sign.
 *
 * Pure: no system calls; the text stays the caller's.
 */

enum desktop_group {
	DESKTOP_NONE,   /* before the first group */
	DESKTOP_MAIN,   /* [Desktop Entry] */
	DESKTOP_ACTION, /* [Desktop Action NAME] */
	DESKTOP_OTHER
};

struct desktop_line {
	const char *at, *end; /* with the line end */
	const char *stop;     /* without the line end */
	const char *key;      /* NULL: a head of a group, a comment, blank */
	size_t nkey;
	const char *value; /* as in the text, up to stop */
	enum desktop_group group;
	bool head; /* [Group] */
};

struct desktop {
	const char *next, *end;
	enum desktop_group group;
	unsigned int line; /* number of the last line taken; from 1 */
	const char *why;   /* what is wrong with that line, after -1 */
};

void desktop_init(struct desktop *d, const char *text, size_t len);

/* The next line.  1; 0: there is no more; -1: it is malformed, d->why. */
int desktop_next(struct desktop *d, struct desktop_line *l);

/* Whether a line has this key. */
bool desktop_is(const struct desktop_line *l, const char *key);

/* The value of a key of the main group, unescaped, appended to b with a NUL; of
 * several, the last.  1: it is not there; -1: ENOMEM. */
int desktop_get(const char *text, size_t len, const char *key, struct buf *b);

/* Whether the entry has this key, with this value; NULL: with any. */
bool desktop_says(const char *text, size_t len, const char *key,
    const char *value);

/* Append s, escaped as a value. */
int desktop_escape(struct buf *b, const char *s);

enum { EXEC_WORDS = 256 };

/* The words of an Exec value, except those with a percent sign. */
struct exec {
	struct buf text;
	char *word[EXEC_WORDS]; /* NULL-terminated */
	size_t n;
};

/* Split a value.  0; -1: it is malformed, *why says how; NULL: ENOMEM.  Free
 * x->text in any case. */
int exec_split(struct exec *x, const char *value, const char *end,
    const char **why);

/* Append a word, quoted for such a value. */
int exec_quote(struct buf *b, const char *word);

/*
 * link.c: the second way to apply a rule: a link in a user's folder that comes
 * first in PATH.
 *
 * The link has the program's name and leads to onlyone, which launches the next
 * program of that name in PATH by the rule.
 */

/* The folder of links, PATH_MAX bytes.  -1: errno, as place_home. */
int link_folder(char *path);

/* The path of this program to write into links and entries, PATH_MAX bytes:
 * where it is installed, if it is.  -1 with errno. */
int link_target(char *target);

/* Make or replace the link NAME.  0 or -1. */
int link_make(const char *name, struct fault *f);

/* Remove the link NAME.  0; 1: there is none; -1. */
int link_remove(const char *name, struct fault *f);

/* Whether there is such a link. */
bool link_there(const char *name);

/* Whether this program was executed through such a link. */
bool link_called(const char *name);

/* The position of the folder of links in PATH. */
enum link_order {
	LINK_FIRST, /* before the program, or there is no such program */
	LINK_LATE,  /* after the program */
	LINK_ABSENT /* nowhere */
};
enum link_order link_order(const char *name);

/* The next program of this name in PATH that is not onlyone; path has PATH_MAX
 * bytes.  False: there is none. */
bool link_program(const char *name, char *path);

/*
 * menu.c: the desktop entries of this user, as a desktop sees them: those of
 * menus, and those that a desktop starts at login.
 *
 * An entry's id is its path below applications/ with - for /, or its name in
 * autostart/.  The user's data folder comes first, then those of XDG_DATA_DIRS;
 * for autostart/ it is the user's configuration folder, then those of
 * XDG_CONFIG_DIRS.  Of several entries with one id the first counts.  Our own
 * overrides are skipped, to see the entries that they replace; or only they are
 * read.
 */

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
	bool own;    /* in the user's folder */
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

/* shows.c: what a program shows, by the desktop entries that run it outside a
 * terminal: nothing known, windows, documents in windows. */
enum shows { SHOWS_UNKNOWN, SHOWS_WINDOW, SHOWS_DOCUMENTS };

/* For the application at this path. */
enum shows shows_find(const char *app);

/* overrides.c: this user's overrides of desktop entries. */

struct override_how {
	const char *self;     /* the path of onlyone */
	char *const *options; /* of onlyone, as words */
	size_t noptions;
	const char *rule;     /* the same as the text of a rule */
	bool app_given;       /* --app is among them */
	bool policy_given;    /* so is an option for later launches */
	const char *app;      /* the application, if it is not the path of the
	                       * program in Exec; "": it is that */
	const struct menu_exec *plain; /* the program's plain command line */
	struct buf *notes;    /* texts, each with its NUL, are appended: which
	                       * actions do not go through onlyone, and why */
};

/* Prepare to override an entry: make the folder, and if the entry is the user's
 * own, e->file becomes the name under which it is saved.  -1: a fault, 77 if a
 * file that is not ours is in the way. */
int override_room(struct menu_entry *e, struct fault *f);

/* Append the front of each Exec of an entry: onlyone, its options. */
void override_front(struct buf *b, const struct menu_entry *e,
    const struct override_how *how);

/* Make the text of the override of an entry.  -1: a fault. */
int override_make(struct buf *b, const struct menu_entry *e,
    const struct override_how *how, struct fault *f);

/* Write the override of an entry, atomically.  -1: a fault, 77 as above. */
int override_write(const struct menu_entry *e, const struct buf *b,
    struct fault *f);

/* Whether there is an override of an entry. */
bool override_there(const struct menu_entry *e);

enum override_state {
	OVERRIDE_GOOD,
	OVERRIDE_BAD,  /* its Exec does not lead through onlyone */
	OVERRIDE_LOST, /* the onlyone it runs is missing: GLib shows the
	                * installed entry instead */
	OVERRIDE_ALONE /* the installed entry is gone */
};

/* Of an override, as menu_scan reads it. */
enum override_state override_state(const struct menu_entry *o);

/* Remove an override. 0; 1: it is already gone; -1. */
int override_remove(const struct menu_entry *o, struct fault *f);

/*
 * service.c: the user's D-Bus services, which start an entry's program through
 * onlyone.
 *
 * The session bus also starts a program with DBusActivatable in its entry, by
 * the service file named after the entry's id. gtk-launch pings that name at
 * each launch.  So such an entry's override comes with a service file, which
 * takes precedence over the installed one.
 */

/* Whether there is an installed service of the entry's name that starts its
 * program. */
bool service_there(const struct menu_entry *e);

/* Write the user's own one.  0; 1: there is none to write, or, with the path of
 * that file in path (PATH_MAX bytes), the user has one; -1: a fault. */
int service_write(const struct menu_entry *e, const struct override_how *how,
    char *path, struct fault *f);

/* Remove it.  0; 1: there is none of ours; -1: a fault. */
int service_remove(const struct menu_entry *o, struct fault *f);

/*
 * types.c: the order in which programs are offered for a file type.
 *
 * If the user has chosen no program for a type, GLib and xdg-open take it from
 * the lists mimeinfo.cache, first from the user's own folder.  So an override's
 * program would become the default for its types.  If other programs come
 * before the installed entry, types_keep puts their ids before the override's,
 * in the user's list; any update of that list drops them.
 */

/* Change the user's list, which update-desktop-database has just made.  0 or -1,
 * with a fault. */
int types_keep(struct fault *f);

#endif
