/*
 * options.h: the command line of onlyone-cluster, and where the store is.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/fault.h"

#define CLUSTER_TAKE "--take" /* the first word, where onlyone runs us */

#define CLUSTER_NAME "onlyone-cluster"

#define ENV_CLUSTER "ONLYONE_CLUSTER" /* set by the user: the URL */

/* In the program's environment: a number that grows with each holder of the
 * key, and the name of the key in the store. */
#define ENV_TOKEN "ONLYONE_TOKEN"
#define ENV_STORED "ONLYONE_CLUSTER_KEY"

/* What to do when the key is lost (--on-lost). */
enum lost { LOST_TERM, LOST_KILL, LOST_STOP, LOST_WARN };

/* What to do where another host has the key, as by onlyone's options. */
enum policy { POLICY_NONE, POLICY_FAIL, POLICY_SKIP, POLICY_WAIT,
	POLICY_REPLACE, POLICY_JOIN };

/* How long the key is held (--lifetime). */
enum kept { KEPT_COPIES, KEPT_DAEMON, KEPT_MAIN, KEPT_TREE };

enum { OPTION_WORDS = 256, HOLD_MOST = 366 * 86400 };

/* More than a dozen members: one for each option. */
struct cluster_options {
	const char *store;
	int ttl;      /* s */
	int grace_ms; /* -1: the default */
	int hold;     /* s: to keep (hold back) the key after the end */
	long long every_ms; /* 0: --every was not given */
	int lost;     /* enum lost */
	int down;     /* 1: run without the key where the store is down */
	int policy;   /* enum policy */
	bool limited; /* -w, --wait was given */
	int limit_ms; /* -1: no limit */
	int busy_code;
	int lifetime; /* enum kept */
	int loudness; /* enum say_level */
	const char *metrics; /* directory; NULL: none are wanted */
	const char *app; /* NULL: not given */
	bool dry_run, explain;
	int kill_ms;  /* -1: none */
	bool json, make; /* of verbs */
	int help;
	bool version;
	/* The same in words, for onlyone, and for --take. */
	char *slot[OPTION_WORDS], *take[OPTION_WORDS];
	size_t nslot, ntake;
};

/* Parse up to the first operand: its index in argv, or -1 with a fault.  verb:
 * the options of verbs, which may follow operands. */
int options_parse(struct cluster_options *o, int argc, char *argv[],
    bool verb, struct fault *f);

/* Print the version or the help, if requested. */
bool options_told(const struct cluster_options *o);

/* The URL: `given`, or if that is NULL ONLYONE_CLUSTER, or the line of
 * /etc/onlyone/cluster.  NULL: a fault. */
const char *cluster_config_url(const char *given, struct fault *f);

#endif
