/*
 * rules.h: which rules there are.
 */
#ifndef CTL_RULES_H
#define CTL_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/fault.h"
#include "cli/core/ctl/report.h"
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
	char *asked; /* an override: what enable and disable call it */
	char *lines; /* options, each ended by NUL; an empty one ends them */
	char *problem; /* NULL: none */
	enum rule_place place;
	enum ruled_state state;
	bool desktop; /* an override of a desktop entry; place is PLACE_USER */
	bool autostart; /* one of an entry that is started at login */
	bool alone;   /* an override whose installed entry is gone */
};

struct ruleds {
	struct ruled *at;
	size_t n;
};

/* All rules and overrides of desktop entries, sorted by name, the user's before
 * the system's.  0 or -1. */
int ruleds_find(struct ruleds *rs, struct fault *f);
void ruleds_free(struct ruleds *rs);

/* Report all rules, links and overrides of desktop entries that are wrong, or not
 * about what runs, and whether enforcement is on (onlyonectl doctor). */
void rules_check(struct report *r);

#endif
