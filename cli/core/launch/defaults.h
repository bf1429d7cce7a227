/*
 * defaults.h: the options of a rule are the defaults of `onlyone APP`.
 */
#ifndef DEFAULTS_H
#define DEFAULTS_H

#include "cli/core/launch/launch_state.h"

/* The rule whose options count before those that are typed. */
struct defaults {
	const char *file;
	struct buf lines; /* of the rule that count, each ended by NUL */
};

/* Whether the user, or the system, has this file of settings: user is its
 * folder below the home, below that below /etc.  Two system calls, once, where
 * neither has settings. */
bool settings_have(struct launch *l, const char *user, const char *below,
    const char *name);

/* After launch_begin: if the command has a rule, make l->o of the rule's
 * options and of those that are typed.  1: they are others, so begin again; 0:
 * there is no rule for it; -1: a fault of 64. */
int defaults_take(struct launch *l, struct fault *f);

#endif
