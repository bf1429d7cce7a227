/*
 * runs.h: what a value of Exec runs.
 */
#ifndef RULE_RUNS_H
#define RULE_RUNS_H

#include "cli/rule/menu.h"

struct menu_runs {
	size_t at;     /* where onlyone is to stand in the value */
	bool behind;   /* that is behind env */
	bool whole;    /* it runs another command: only all of it is its name */
	bool onlyone;  /* it is onlyone already */
	char word[PATH_MAX]; /* the program as it stands there */
	char path[PATH_MAX + 1]; /* the path of the application, or word */
};

/* 0, or -1 with a fault "FILE:LINE: ..." of 64. */
int menu_exec(const struct menu_entry *e, unsigned int line,
    const char *value, const char *end, struct menu_runs *r, struct fault *f);

/* Whether it is an application that can be run, and what its main Exec runs. */
int menu_runs(const struct menu_entry *e, struct menu_runs *r,
    struct fault *f);

#endif
