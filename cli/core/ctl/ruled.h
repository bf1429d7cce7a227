/*
 * ruled.h: a list of all rules and overrides of desktop entries.
 */
#ifndef CTL_RULED_H
#define CTL_RULED_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/fault.h"
#include "cli/core/rule/folders.h"

enum ruled_state {
	RULED_ACTIVE,
	RULED_SHADOWED, /* of the system; a rule of the user replaces it */
	RULED_BAD,      /* it cannot be read as a rule */
	RULED_IGNORED   /* it may not be trusted */
};

struct ruled {
	char *name;
	char *file;
	char *lines; /* options, each ended by NUL; an empty one ends them */
	char *problem; /* NULL: none */
	enum rule_place place;
	enum ruled_state state;
	bool desktop; /* an override of a desktop entry; place is PLACE_USER */
	bool alone;   /* an override whose installed entry is gone */
};

struct ruleds {
	struct ruled *at;
	size_t n;
};

void ruleds_free(struct ruleds *rs);

/* Find all, sorted by name, the user's before the system's.  0 or -1. */
int ruleds_find(struct ruleds *rs, struct fault *f);

#endif
