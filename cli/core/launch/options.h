/*
 * options.h: what a command line of onlyone asks for.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

#include "cli/base/fault.h"
#include "cli/base/option.h"
#include "cli/core/key/key.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/slot.h"

/* What a launch does when it meets the instance. */
enum meets {
	MEETS_HANDS,   /* it hands its arguments over */
	MEETS_ASKS,    /* it only asks whether an instance is running */
	MEETS_WAITS,   /* it waits for the slot, in the keeper's line */
	MEETS_JOINS,   /* it waits for the end, and has the same status */
	MEETS_TOGGLES  /* it ends the instance, and takes its place only if its
	                * command differs */
};

/* Flags of a policy. */
enum {
	POLICY_LIMITED = 1, /* it waits: -w limits how long */
	POLICY_NOT_YET = 2, /* with -w 0 it fails instead */
	POLICY_ENDS = 4,    /* it ends the instance, as onlyonectl stop does */
	POLICY_COUNTED = 8, /* only so many launches may wait (options.pending) */
	POLICY_FAILS = 16   /* any instance is a failure; if not, and it only
	                     * asks, one with the same command is none */
};

/* The policies: what a launch does if an instance is running.  All that other
 * files know of a policy is its row. */
#define POLICIES(x) \
	x(ACTIVATE, "activate", "activate ", MEETS_HANDS, 0, 0) \
	x(SKIP, "skip", "do nothing, because of ", MEETS_ASKS, 0, 0) \
	x(FAIL, "fail", "fail, because of ", MEETS_ASKS, 0, POLICY_FAILS) \
	x(WAIT, "wait", "wait for ", MEETS_WAITS, 0, \
	    POLICY_LIMITED | POLICY_NOT_YET) \
	x(REPLACE, "replace", "stop and replace ", MEETS_WAITS, 0, \
	    POLICY_LIMITED | POLICY_ENDS) \
	x(JOIN, "join", "wait for, and exit like, ", MEETS_JOINS, 0, \
	    POLICY_LIMITED) \
	x(QUEUE, "queue", "queue behind ", MEETS_WAITS, 0, \
	    POLICY_LIMITED | POLICY_NOT_YET | POLICY_COUNTED) \
	x(TOGGLE, "toggle", "stop, or if its command line differs replace, ", \
	    MEETS_TOGGLES, 0, POLICY_ENDS)

#define POLICY_ENUM(p, name, plan, meets, same, flags) POLICY_##p,
enum policy { POLICIES(POLICY_ENUM) };

struct policy_row {
	const char *name; /* of its option; ACTIVATE has none */
	const char *plan; /* the text of --dry-run before "pid N" */
	enum meets meets;
	int same;         /* the exit status where the same command is running,
	                   * or has run (--every) */
	int flags;
};

/* By enum policy. */
extern const struct policy_row policy_rows[];

enum {
	POLITE_MS = 5000, /* for windows to close, without a limit */
	DEATH_MS = 1000   /* for a killed process to be gone */
};

/* How long --replace and --toggle wait without -w, if KILL follows kill_ms
 * after the stop signal; -1: never. */
int replace_ms(int kill_ms);

/* More than a dozen members: one for each option. */
struct options {
	const char *app;        /* NULL: by the command */
	const char *shell_line; /* -c */
	struct key_step key[KEY_STEPS]; /* how the key is made */
	size_t nkey;
	struct valued valued;   /* options of COMMAND that take a value */
	bool strict_key;
	bool per_document;
	bool adopt;   /* take over a running program */
	int max; /* instances for each key */
	bool max_given;
	enum policy policy;
	bool policy_given;
	bool limited; /* -w was given */
	int limit_ms; /* how long to wait for the slot; -1: forever */
	int pending;  /* --queue: launches that may wait */
	struct terms terms;
	bool must_deliver;
	bool no_stdin;
	bool until_exit;
	bool background;
	const char *output; /* a file for the program's output; NULL: none */
	int on_error_run; /* 1: --on-error=run */
	bool dry_run, explain;
	enum help help;
	bool version;
	enum scope scope;
	long long every_ms;   /* --every; 0: not given */
	long long overdue_ms; /* --overdue; 0: not given */
	bool overdue_stop;    /* --overdue=TIME:stop */
	int busy_code;
	int loudness;   /* enum say_level */
	char **command; /* words after the options; NULL-ended */
	int argc;       /* the whole line, from options_parse */
	char **argv;
};

/* The row of the policy. */
const struct policy_row *policy_of(const struct options *o);

/* Whether it does nothing, and reports success, if the same command is
 * running. */
bool policy_skips(const struct options *o);

/* The options of onlyone: the source for parsing, the usage text, completions
 * and (by long names) rules.  Its functions set members of a struct options. */
extern const struct option_table option_table;

/* Parse argv.  0, or -1 with a fault of 64. */
int options_parse(struct options *o, int argc, char *argv[], struct fault *f);

/* The same in pieces, for a rule.  options_init: defaults.  options_line: take
 * the options in argv[1], with the next word if it is their argument, refusing
 * those that a rule cannot have; returns how many words it took. options_end:
 * check them together, once. -1: a fault of 64. */
void options_init(struct options *o);
int options_line(struct options *o, int argc, char *argv[], struct fault *f);
int options_end(struct options *o, struct fault *f);

/* Join a rule's options, which options_end has checked, and the typed ones
 * after them.  A typed policy replaces the rule's, and a typed key its key. -1:
 * a fault of 64, they conflict. */
int options_join(struct options *rule, const struct options *typed,
    struct fault *f);

/* Print the usage text on standard output. */
void options_help(enum help how);

#endif
