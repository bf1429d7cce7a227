/*
 * defaults.h: the options of a rule are the defaults of `onlyone APP`.
 */
#ifndef LAUNCH_DEFAULTS_H
#define LAUNCH_DEFAULTS_H

#include <stdbool.h>

#include "cli/base/buf.h"

struct fault;
struct launch;

/* The rule whose options come before the typed ones. */
struct defaults {
	const char *file;
	struct buf lines; /* the rule's lines that count, each ended by NUL */
};

/* Whether the user, or the system, has this file of settings: user is its
 * folder below the home, below that below /etc.  Two system calls, once, if
 * neither has settings. */
bool settings_have(struct launch *l, const char *user, const char *below,
    const char *name);

/* After launch_begin: if the command has a rule, make l->o from the rule's
 * options and the typed ones.  1: they have changed, so begin again; 0: there
 * is no rule for it; -1: a fault of 64. */
int defaults_take(struct launch *l, struct fault *f);

#endif
