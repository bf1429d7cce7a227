/*
 * option.h: options by a table.
 *
 * From the tables of onlyone and onlyonectl come their parsing, the usage text
 * and, by way of cli/completion, what shells complete.
 */
#ifndef OPTION_H
#define OPTION_H

#include <getopt.h>
#include <stdbool.h>

#include "cli/fault.h"

enum { OPTIONS_MOST = 64 };

/* --help, --help=all. */
enum help { HELP_NONE, HELP_SHORT, HELP_ALL };

struct option_row {
	const char *name; /* long; NULL: it has only a letter */
	int letter;       /* short, or 0 */
	const char *arg;  /* NULL: takes none; in brackets: a long one may go
	                   * without, and where words say what it may be the
	                   * letter takes none.  Of NAME, FILE, SIG and PID the
	                   * shells know what there is */
	const char *help;
	const char *group; /* what it is for, and those after it; NULL: as the
	                    * one before */
	bool first;        /* one of those needed first */
	const char *const *words; /* what arg may be, ends with NULL; NULL: not
	                           * to be told */
	/* Note it; value NULL: there is none.  0, or -1 with a fault of 64. */
	int (*set)(void *into, const char *value, struct fault *f);
};

struct option_table {
	const char *program; /* whose --help tells more */
	const struct option_row *rows;
	int count; /* OPTIONS_MOST at most */
};

/* A command line on its way through the table. */
struct option_line {
	const struct option_table *table;
	int argc;
	char **argv;
	const struct option_row *row; /* the last option, NULL: none yet */
	int at;                       /* where its value ended; after the last
	                               * one, where the operands begin */
	char letters[2 * OPTIONS_MOST + 3];
	struct option longs[OPTIONS_MOST + 1];
};

/* Begin behind argv[0]; one line at a time.  mixed: options may follow
 * operands, and argv is put in order. */
void option_begin(struct option_line *l, const struct option_table *t,
    int argc, char *argv[], bool mixed);

/* Take the next option, and note it in into.  1; 0: there is none; -1: a fault
 * of 64. */
int option_next(struct option_line *l, void *into, struct fault *f);

/* Whether its letter takes no argument, though the long one may. */
bool option_letter_alone(const struct option_row *row);

/* Print its part of a usage text: the help, behind before, from this column
 * on. */
void option_print(const struct option_row *row, int column,
    const char *before);

/* Print a usage text: those needed first from this column on, and of the
 * others, group by group, the names; or all, group by group. */
void option_groups_print(const struct option_table *t, int column, bool all);

/* The function of an option without an argument: into's type, the option's
 * name, and what is done to o, which is into.  value is NULL. */
#define OPTION_SWITCH(type, name, what) \
	static int \
	set_##name(void *into, const char *value, struct fault *f) \
	{ \
		type *o = into; \
\
		(void)value; \
		(void)f; \
		o->what; \
		return 0; \
	}

#endif
