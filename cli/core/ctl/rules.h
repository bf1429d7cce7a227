/*
 * rules.h: list the rules.
 */
#ifndef CTL_RULES_H
#define CTL_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buf.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/rule/folders.h"

struct fault;

verb_call ctl_rules;

enum ruled_state {
	RULED_ACTIVE,
	RULED_SHADOWED, /* the system's; a rule of the user replaces it */
	RULED_BAD,      /* it cannot be read as a rule */
	RULED_IGNORED   /* it is not trusted */
};

struct ruled {
	char *name;
	char *file;
	char *asked; /* an override: what enable and disable call it */
	struct buf lines; /* options, each ended by NUL; an empty one ends them */
	char *problem; /* NULL: none */
	enum rule_place place;
	enum ruled_state state;
	bool desktop; /* an override of a desktop entry; place is PLACE_USER */
	bool autostart; /* of an entry that is started at login */
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

#endif
