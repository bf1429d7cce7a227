/*
 * verb_options.h: the options of onlyonectl.
 */
#ifndef VERB_OPTIONS_H
#define VERB_OPTIONS_H

#include <stdbool.h>
#include <sys/types.h>

#include "cli/base/option.h"

enum { WAIT_EVER = -2 };

/* The options as given.  The row of a verb says which it takes (verbs.h).  More
 * than a dozen members: one for each option. */
struct verb_options {
	bool json;
	bool raw;
	bool sealed;
	bool all;
	int wait_ms; /* -1: not given; WAIT_EVER: without a limit */
	pid_t pid;   /* --owner, --pid; 0: not given */
	bool self;
	bool skip;
	int busy_code;
	int kill_ms; /* -1: not given */
	bool tree;
	bool waiting;
	int sort; /* an enum cell; -1: not given */
	const char *user; /* NULL: not given */
	bool all_users;
	bool system;
	bool link;
	bool desktop;
	bool clustered;
	const char *cluster; /* its URL; NULL: not given */
	bool make;
	enum help help;
	bool version;
	int loudness; /* enum say_level */
};

/* Set all to their defaults. */
void verb_options_init(struct verb_options *o);

extern const struct option_table verb_option_table;

#endif
