/*
 * option.h: options by a table.
 *
 * The tables of onlyone and onlyonectl are the source of their parsing, of the
 * usage text and, through cli/completion, of shell completion.
 */
#ifndef OPTION_H
#define OPTION_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/base/fault.h"

enum { OPTIONS_MOST = 64 };

/* --help, --help=all. */
enum help { HELP_NONE, HELP_SHORT, HELP_ALL };

/* What an option does with its value. */
enum option_kind {
	OPTION_CALL,    /* calls set */
	OPTION_ON,      /* bool: true; it has no value */
	OPTION_BE,      /* int, enum: least; likewise */
	OPTION_TEXT,    /* const char *: the value */
	OPTION_NUMBER,  /* int: a number from least to most */
	OPTION_SECONDS, /* int, ms: a time (number_time) of up to 24 days */
	OPTION_WHOLE,   /* int, s: the same in whole seconds, least to most */
	OPTION_SIGNAL,  /* int: a signal; least 0: 0 is allowed, no signal */
	OPTION_WORD     /* int, enum: least plus the index in words; most if
	                 * there is no value */
};

enum option_flag {
	OPTION_FIRST = 1, /* explained by --help, too */
	OPTION_ONCE = 2   /* for one launch: a rule does not take it */
};

struct option_row {
	const char *name; /* long; NULL: it has only a letter */
	int letter;       /* short, or 0 */
	const char *arg;  /* NULL: takes none; in brackets: optional for the
	                   * long option, and the letter takes none if there are
	                   * `words`.  Shells complete NAME, FILE, SIG and
	                   * PID */
	const char *help;
	const char *group; /* heading of this and the rows after it; NULL: that
	                    * of the row before */
	int flags;         /* of enum option_flag */
	const char *const *words; /* values of arg, ends with NULL; NULL: not a
	                           * fixed list */
	enum option_kind kind;
	size_t at; /* offset of what it sets in `into` (option_next) */
	int least, most;
	/* Store the value; NULL: none is given.  0, or -1 with a fault of
	 * 64. */
	int (*set)(void *into, const char *value, struct fault *f);
};

/* In a row: what the option sets is this member of struct type. */
#define OPTION_SETS(kind_, type, member) \
	.kind = OPTION_##kind_, .at = offsetof(struct type, member)

struct option_table {
	const char *program; /* name for "see ... --help" */
	const struct option_row *rows;
	int count; /* OPTIONS_MOST at most */
};

/* The state of parsing a command line. */
struct option_line {
	const struct option_table *table;
	int argc;
	char **argv;
	const struct option_row *row; /* the last option, NULL: none yet */
	const char *value;            /* its value; NULL: none was given */
	int at;                       /* index after it and its value; after the
	                               * last one, of the first operand */
	char letters[2 * OPTIONS_MOST + 3];
	struct option longs[OPTIONS_MOST + 1];
};

extern const char *const option_helps[];

/* The last rows of a command's table: struct type has loudness (enum
 * say_level), help (enum help) and version. */
#define OPTION_LAST_ROWS(type) \
	{ .name = "verbose", .letter = 'v', \
	    OPTION_SETS(BE, type, loudness), .least = SAY_VERBOSE, \
	    .help = "say more" }, \
	{ .name = "help", .letter = 'h', .arg = "[all]", .flags = OPTION_ONCE, \
	    .words = option_helps, OPTION_SETS(WORD, type, help), \
	    .least = HELP_ALL, .most = HELP_SHORT, \
	    .help = "print help; all: with all options" }, \
	{ .name = "version", .letter = 'V', .flags = OPTION_ONCE, \
	    OPTION_SETS(ON, type, version), \
	    .help = "print the version" }

/* Begin after argv[0]; only one line at a time.  mixed: options may follow
 * operands, and argv is reordered. */
void option_begin(struct option_line *l, const struct option_table *t,
    int argc, char *argv[], bool mixed);

/* Parse the next option, and store it in into.  1; 0: there is none; -1: a
 * fault of 64. */
int option_next(struct option_line *l, void *into, struct fault *f);

/* Whether an option's letter takes no argument, though the long name may. */
bool option_letter_alone(const struct option_row *row);

/* Print an option's usage: `before` and its help, from this column on. */
void option_print(const struct option_row *row, int column,
    const char *before);

/* Print the next name of a list that is wrapped.  *at, at first 0: the column. */
void option_name_print(const char *name, int *at);

/* Print a usage text, of about half a screen: the options needed first, and the
 * names of the others; all: every option, by group, help from this column on. */
void option_groups_print(const struct option_table *t, int column, bool all);

/* "OPTION: 'VALUE' is not WANT; see PROGRAM --help".  -1. */
int option_bad(struct fault *f, const char *program, const char *option,
    const char *value, const char *want);

/* The same, with the nearest of words that is not value itself; words ends with
 * NULL.  -1. */
int option_nearest(struct fault *f, const char *program, const char *option,
    const char *value, const char *const words[], const char *want);

/* The index of value in words, which ends with NULL; -1: a fault. */
int option_word(struct fault *f, const char *program, const char *option,
    const char *value, const char *const words[]);

/* A number from least to most in *n.  0, or -1 with a fault. */
int option_number(struct fault *f, const char *program, const char *option,
    const char *value, int least, int most, int *n);

/* What number_time takes. */
#define OPTION_TIME "a number of seconds, or one with s, m, h, d or w"

/* A time (number_time) of up to 24 days, in *ms.  0, or -1 with a fault. */
int option_seconds(struct fault *f, const char *program, const char *option,
    const char *value, int *ms);

enum { NEAR_HINT = 64 };

struct near {
	const char *word; /* as it was typed */
	size_t len;
	const char *best; /* the nearest so far; NULL: none is near */
	size_t edits;     /* from word to best */
};

/* Begin with the first len bytes of a word; then try each known word, ignoring
 * case. */
void near_begin(struct near *n, const char *word, size_t len);
void near_try(struct near *n, const char *candidate);

/* Both, for the name of a signal. */
void near_signal(struct near *n, const char *value);

/* " (did you mean --NAME?)", with these dashes, in buf of NEAR_HINT bytes; ""
 * where none is near. */
const char *near_hint(const struct near *n, const char *dashes, char *buf);

#endif
