/*
 * options.h: what a command line of onlyone asks for.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

#include "cli/key/key.h"
#include "cli/option.h"
#include "cli/slot/info.h"
#include "cli/slot/slot.h"

enum policy {
	POLICY_ACTIVATE,
	POLICY_SKIP,
	POLICY_FAIL,
	POLICY_WAIT,    /* for the slot, in order of arrival */
	POLICY_REPLACE, /* end what runs, take its place */
	POLICY_JOIN,    /* wait for its end, and for its status */
	POLICY_QUEUE    /* as wait; so many pending at most */
};

enum { REPLACE_MS = 10000 }; /* without -w */

enum restart { RESTART_NO, RESTART_ALWAYS, RESTART_FAILURE, RESTART_SUCCESS };

/* --scope=cluster, and what goes with it; a number that is not given: -1. */
struct cluster_terms {
	bool on;
	const char *url; /* NULL: the environment's, or the file's */
	int ttl;         /* s */
	int grace_ms;
	int hold;        /* s, kept after the end */
	int lost;        /* enum lost of cli/cluster/talk.h */
	bool local;      /* where the store is down: of this host alone */
	bool mail;       /* other hosts may ask things of it */
};

/* More than a dozen members: one for each option. */
struct options {
	const char *app;        /* NULL: by the command */
	const char *shell_line; /* -c */
	struct key_step key[KEY_STEPS]; /* how the key is made */
	size_t nkey;
	struct valued valued;   /* options of the command */
	bool strict_key;
	bool per_document;
	bool adopt;   /* one that was started without us */
	int max; /* instances for each key */
	enum policy policy;
	bool policy_given;
	bool limited; /* -w: */
	int limit_ms; /* how long to wait for the slot; -1: for ever */
	int pending;  /* --queue: launches that may wait */
	struct terms terms;
	bool supervise;
	enum restart restart;
	bool must_deliver;
	bool no_stdin;
	bool until_exit;
	bool on_error_run;
	bool dry_run, explain;
	enum help help;
	bool version;
	enum scope scope;
	struct cluster_terms cluster;
	int busy_code;
	int loudness;   /* enum say_level */
	char **command; /* what follows the options; ends with NULL */
};

#endif
