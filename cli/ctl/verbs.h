/*
 * verbs.h: the verbs of onlyonectl.
 */
#ifndef CTL_VERBS_H
#define CTL_VERBS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/ctl/ctl.h"

enum {
	VERB_PRINTS = 1, /* its answer is on standard output */
	VERB_REST = 2,   /* "--" and what comes after it is passed on */
	VERB_LINE = 4    /* after APP comes what onlyone takes */
};

struct verb {
	const char *name;
	const char *operands; /* in words: APP, KEY, ... */
	const char *help;
	size_t min, max;      /* operands; a key may have many parts */
	const char *options;  /* their long names; NAME=: with its value */
	int flags;
	/* As ctl_run; NULL: of help, which reads this table. */
	int (*run)(struct ctl *c, struct fault *f);
};

extern const struct verb verbs[];
extern const int verb_count;

/* What each verb takes beside its own, and what needs no verb. */
extern const char verb_common[], verb_none[];

/* NULL: there is none of that name. */
const struct verb *verb_find(const char *name);

/* A fault that there is none, with what may have been meant.  -1. */
int verb_fault(const char *name, struct fault *f);

/* Whether the verb takes an option, its own or any verb's; *value: only with
 * its value. */
bool verb_takes(const struct verb *v, const char *option, bool *value);

/* The same for its own alone. */
bool verb_takes_itself(const struct verb *v, const char *option, bool *value);

#endif
