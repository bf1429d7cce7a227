/*
 * rule.h: a rule: how to launch the programs of a name.
 *
 * A rule is a file with the program's name: options of onlyone, one a line, and
 * lines "match PATTERN...", which restrict it to some paths.  The user's rule
 * comes before the system's.
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

struct rule {
	char name[NAME_MAX + 1];
	char file[PATH_MAX];
	enum rule_place place;
	bool linked;      /* file is a symbolic link */
	struct options o; /* as options_parse makes them; without a command */
	char **patterns;  /* of match lines; npatterns 0: any path */
	size_t npatterns;
	/* What the options point into. */
	struct buf text, matches;
};

#endif
