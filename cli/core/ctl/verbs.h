/*
 * verbs.h: the verbs of onlyonectl.
 */
#ifndef CTL_VERBS_H
#define CTL_VERBS_H

#include "cli/core/ctl/ctl.h"

enum {
	VERB_PRINTS = 1, /* it prints to standard output */
	VERB_REST = 2,   /* words after "--" go to struct ctl's rest */
	VERB_LINE = 4,   /* words after APP are options of onlyone */
	VERB_TARGETS = 8, /* targets_find is called before it */
	VERB_FIRST = 16  /* explained by --help without =all, too */
};

struct verb {
	const char *name;
	const char *operands; /* in words: APP, KEY, ... */
	const char *help;
	size_t min, max;      /* operands; a key may have many parts */
	const char *options;  /* long names */
	int flags;
	verb_call *run;       /* as ctl_run */
};

extern const struct verb verbs[];
extern const int verb_count;

/* The options' defaults, and their rows. */
void verb_options_init(struct verb_options *o);
extern const struct option_table verb_option_table;

/* Options that every verb takes, and options that need no verb. */
extern const char verb_common[], verb_none[];

/* The verb of that name, or NULL. */
const struct verb *verb_find(const char *name);

/* Fault: no such verb; suggest a similar one. -1. */
int verb_fault(const char *name, struct fault *f);

/* Whether the verb takes an option, its own or a common one. */
bool verb_takes(const struct verb *v, const char *option);

/* "VERB, VERB", the verbs that take an option, and `end`, in buf (VERB_TAKERS
 * bytes); "": all verbs take it. */
enum { VERB_TAKERS = 256 };
void verb_takers(const char *option, const char *end, char *buf);

/* Print the usage text of a verb; NULL: of all verbs, with HELP_ALL the options
 * too. */
void help_print(enum help how, const struct verb *v);

verb_call ctl_help;

#endif
