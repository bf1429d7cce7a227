/*
 * ruled.h: a list of rules and overrides.
 */
#ifndef CTL_RULED_H
#define CTL_RULED_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/rule/place.h"

enum ruled_state {
	RULED_ACTIVE,
	RULED_SHADOWED, /* the user's comes before it */
	RULED_BAD,      /* it cannot be read as a rule */
	RULED_IGNORED   /* it may not be trusted */
};

struct ruled {
	char *name;
	char *file;
	char *lines; /* each ended by NUL; an empty one is the end */
	char *problem; /* NULL: none */
	enum rule_place place;
	enum ruled_state state;
	bool desktop; /* an override of a desktop entry; then place is the
	               * user's */
	bool alone;   /* and what it overrides is not there any more */
};

struct ruleds {
	struct ruled *at;
	size_t n;
};

/* One more, all zero.  NULL: ENOMEM. */
struct ruled *ruled_new(struct ruleds *rs);

void ruleds_free(struct ruleds *rs);

#endif
