/*
 * verbs.h: the verbs of onlyonectl.
 */
#ifndef CTL_VERBS_H
#define CTL_VERBS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/core/ctl/ctl.h"
#include "cli/base/fault.h"

enum {
	VERB_PRINTS = 1, /* it prints its answer on standard output */
	VERB_REST = 2,   /* words after "--" go to struct ctl's rest */
	VERB_LINE = 4,   /* words after APP are options of onlyone */
	VERB_ONE = 8,    /* find_the is called before it */
	VERB_TARGETS = 16 /* targets_find is */
};

struct verb {
	const char *name;
	const char *operands; /* in words: APP, KEY, ... */
	const char *help;
	size_t min, max;      /* operands; a key may have many parts */
	const char *options;  /* long names; NAME=: its value is required */
	int flags;
	/* As ctl_run; NULL for help (ctl_help). */
	int (*run)(struct ctl *c, struct fault *f);
};

extern const struct verb verbs[];
extern const int verb_count;

/* Options that every verb takes, and options that need no verb. */
extern const char verb_common[], verb_none[];

/* The verb of that name, or NULL. */
const struct verb *verb_find(const char *name);

/* Fault: there is no such verb; a similar one is suggested.  -1. */
int verb_fault(const char *name, struct fault *f);

/* Whether the verb takes an option, its own or a common one; *value: only with
 * a value. */
bool verb_takes(const struct verb *v, const char *option, bool *value);

/* Print the usage text: the verbs, or with HELP_ALL the options too. */
void help_print(enum help how);

int ctl_help(struct ctl *c, struct fault *f);

int ctl_doctor(struct ctl *c, struct fault *f);

int ctl_rules(struct ctl *c, struct fault *f);

int ctl_stop(struct ctl *c, struct fault *f);
int ctl_restart(struct ctl *c, struct fault *f);

int ctl_enable(struct ctl *c, struct fault *f);
int ctl_disable(struct ctl *c, struct fault *f);

int ctl_listen(struct ctl *c, struct fault *f);
int ctl_done(struct ctl *c, struct fault *f);

int ctl_activate(struct ctl *c, struct fault *f);
int ctl_signal(struct ctl *c, struct fault *f);
int ctl_wait(struct ctl *c, struct fault *f);

int ctl_seal(struct ctl *c, struct fault *f);
int ctl_unseal(struct ctl *c, struct fault *f);
int ctl_is_sealed(struct ctl *c, struct fault *f);
int ctl_forget(struct ctl *c, struct fault *f);
int ctl_reset(struct ctl *c, struct fault *f);
int ctl_rekey(struct ctl *c, struct fault *f);

int ctl_list(struct ctl *c, struct fault *f);
int ctl_status(struct ctl *c, struct fault *f);
int ctl_pid(struct ctl *c, struct fault *f);
int ctl_count(struct ctl *c, struct fault *f);

int ctl_log(struct ctl *c, struct fault *f);

int ctl_hold(struct ctl *c, struct fault *f);
int ctl_release(struct ctl *c, struct fault *f);
int ctl_adopt(struct ctl *c, struct fault *f);

#endif
