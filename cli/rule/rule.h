/*
 * rule.h: what is to be done when a program of this name is started.
 *
 * A rule is a file named as the program: options of onlyone, one a line, and
 * lines "match PATTERN...", which restrict it to some paths.  The user's comes
 * before the system's.
 */
#ifndef RULE_H
#define RULE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/buf.h"
#include "cli/fault.h"
#include "cli/launch/options.h"
#include "cli/rule/place.h"

struct rule {
	char name[NAME_MAX + 1];
	char file[PATH_MAX];
	enum rule_place place;
	bool linked;      /* file is a symbolic link */
	struct options o; /* as options_parse makes them; without a command */
	char **patterns;  /* of match; npatterns, 0: any path */
	size_t npatterns;
	/* What the options point into. */
	struct buf text, matches;
};

#endif
