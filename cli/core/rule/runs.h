/*
 * runs.h: what a desktop entry runs.
 */
#ifndef RULE_RUNS_H
#define RULE_RUNS_H

#include "cli/core/rule/menu.h"

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

/* What the first entry runs that has `chosen` set.  0; -1: there is none, or it
 * cannot be run. */
int menu_chosen(const struct menu *m, struct menu_runs *r);

#endif
