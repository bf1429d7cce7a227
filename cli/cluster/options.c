/*
 * options.c: the command line of onlyone-cluster, by one table.
 *
 * Options of onlyone that make sense here are in it, too.  Each option is passed
 * on as it was given: to onlyone, to --take, which has the same table, or to
 * both.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/number.h"
#include "cli/base/option.h"
#include "cli/base/points.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/base/trusted.h"
#include "cli/cluster/options.h"
#include "preload/contract.h"
#include "preload/paths.h"

enum { TTL = 15, TTL_MOST = 86400 };

/* Options that only the slot needs, and those that only --take does. */
static const char slots[] = "app key key-cmd key-match strict-key dry-run";
static const char takes[] = "store ttl grace hold every on-lost on-down"
	" lifetime metrics";

/* Note an option for the commands that get it. */
static int
word_add(struct cluster_options *o, const char *name, const char *value,
    struct fault *f)
{
	size_t cap = strlen(name) + (value ? strlen(value) : 0) + 4;
	char *word = malloc(cap);

	if (!word || o->nslot == OPTION_WORDS || o->ntake == OPTION_WORDS)
		return fault_set(f, EXIT_USAGE, "too many options; see "
		    CLUSTER_NAME " --help", NULL);
	text_join(word, cap, "--", name, value ? "=" : NULL, value, NULL);
	if (!text_among(takes, name))
		o->slot[o->nslot++] = word;
	if (!text_among(slots, name))
		o->take[o->ntake++] = word;
	return 0;
}

/* onlyone's own options: it reports what is wrong with them. */
static int
set_passed(void *into, const char *value, struct fault *f)
{
	(void)into, (void)value, (void)f;
	return 0;
}

static int
set_every(void *into, const char *value, struct fault *f)
{
	struct cluster_options *o = into;

	return number_time(value, &o->every_ms) == 0 && o->every_ms > 0 &&
	    o->every_ms <= HOLD_MOST * 1000LL ? 0 : option_bad(f, CLUSTER_NAME,
	    "--every", value, OPTION_TIME ", above 0 and up to 366d");
}

/* The holder's directory is /. */
static int
set_metrics(void *into, const char *value, struct fault *f)
{
	struct cluster_options *o = into;

	o->metrics = value;
	return *value == '/' ? 0 : option_bad(f, CLUSTER_NAME, "--metrics",
	    value, "an absolute path");
}

static int
set_wait(void *into, const char *value, struct fault *f)
{
	struct cluster_options *o = into;

	o->limited = true;
	o->limit_ms = -1;
	return value ? option_seconds(f, CLUSTER_NAME, "-w, --wait", value,
	    &o->limit_ms) : 0;
}

static const char *const losts[] = { "term", "kill", "stop", "warn", NULL };
static const char *const downs[] = { "fail", "local", NULL };
/* By enum kept. */
static const char *const lifetimes[] = { "auto", "daemon", "main", "tree",
	NULL };

#define SETS(kind, member) OPTION_SETS(kind, cluster_options, member)

static const struct option_row rows[] = {
	{ .group = "The cluster", .flags = OPTION_FIRST,
	    .name = "store", .arg = "URL", SETS(TEXT, store),
	    .help = "etcd://HOST:PORT,...; postgresql://...; else "
	    ENV_CLUSTER ", else /etc/onlyone/cluster" },
	{ .name = "ttl", .arg = "SEC", SETS(WHOLE, ttl), .least = 1,
	    .most = TTL_MOST,
	    .help = "the key is free SEC (15) after its host has died" },
	{ .name = "grace", .arg = "SEC", SETS(SECONDS, grace_ms),
	    .help = "TERM comes SEC (a third of the ttl) before KILL" },
	{ .name = "hold", .arg = "SEC", SETS(WHOLE, hold),
	    .most = HOLD_MOST,
	    .help = "keep the key for SEC after it has exited, for hosts whose"
	    " clocks differ" },
	{ .name = "on-lost", .arg = "HOW", .words = losts, SETS(WORD, lost),
	    .help = "when the key is lost: term (default), kill, stop, warn" },
	{ .name = "on-down", .arg = "HOW", .words = downs, SETS(WORD, down),
	    .help = "if the store cannot be reached: fail (69, default), or"
	    " local: run it as the only one on this host" },
	{ .group = "Which instance", .flags = OPTION_FIRST,
	    .name = "app", .letter = 'a', .arg = "NAME", SETS(TEXT, app),
	    .help = "the application; several commands can share it" },
	{ .flags = OPTION_FIRST,
	    .name = "key", .letter = 'k', .arg = "TEMPLATE", .set = set_passed,
	    .help = "one instance per key, as with onlyone" },
	{ .name = "key-cmd", .arg = "CMD", .set = set_passed,
	    .help = "a part of the key is what CMD prints" },
	{ .name = "key-match", .arg = "ERE", .set = set_passed,
	    .help = "replace the key before it by what ERE matches" },
	{ .name = "strict-key", .flags = OPTION_ONCE, .set = set_passed,
	    .help = "do not run if the key cannot be found" },
	{ .group = "When it is already running, here or elsewhere",
	    .flags = OPTION_FIRST,
	    .name = "fail", .letter = 'n', SETS(BE, policy),
	    .least = POLICY_FAIL,
	    .help = "fail (75) and name the process" },
	{ .flags = OPTION_FIRST,
	    .name = "skip", SETS(BE, policy), .least = POLICY_SKIP,
	    .help = "do nothing (0; 75 if it is another command line)" },
	{ .flags = OPTION_FIRST,
	    .name = "wait", .letter = 'w', .arg = "[SEC]", .set = set_wait,
	    .help = "wait until it exits, then run; -w takes SEC" },
	{ .name = "queue", .arg = "[N]", SETS(BE, policy),
	    .least = POLICY_WAIT,
	    .help = "run after it; at most N (1) launches wait on each host" },
	{ .name = "replace", SETS(BE, policy), .least = POLICY_REPLACE,
	    .help = "stop it, and take its place" },
	{ .name = "kill-after", .arg = "SEC", SETS(SECONDS, kill_ms),
	    .help = "with --replace: KILL it if it has not exited" },
	{ .name = "join", SETS(BE, policy), .least = POLICY_JOIN,
	    .help = "wait until it exits, and exit with its status" },
	{ .name = "every", .arg = "TIME", .set = set_every,
	    .help = "run at most once in TIME (90m, 12h, 1d), on whichever"
	    " host; runs that failed do not count; implies --skip" },
	{ .name = "conflict-exit-code", .letter = 'E', .arg = "CODE",
	    SETS(NUMBER, busy_code), .most = 255,
	    .help = "exit with CODE when busy, instead of 75" },
	{ .group = "How it runs",
	    .name = "lifetime", .arg = "HOW", .words = lifetimes,
	    SETS(WORD, lifetime),
	    .help = "keep the key until the program has ended (main), also its"
	    " copies (auto, default; daemon), or all it has started (tree)" },
	{ .group = "Output",
	    .name = "metrics", .arg = "DIR", .set = set_metrics,
	    .help = "keep a file there for Prometheus' node_exporter" },
	{ .name = "dry-run", .flags = OPTION_ONCE, SETS(ON, dry_run),
	    .help = "say what it would do, and what the cluster has" },
	{ .name = "explain", .flags = OPTION_ONCE, SETS(ON, explain),
	    .help = "the same on standard error, then go on" },
	{ .name = "quiet", .letter = 'q', SETS(BE, loudness),
	    .least = SAY_QUIET,
	    .help = "no notes and no busy message" },
	OPTION_LAST_ROWS(cluster_options),
};

static const struct option_row verb_rows[] = {
	{ .name = "store", .arg = "URL", SETS(TEXT, store) },
	{ .name = "json", SETS(ON, json) },
	{ .name = "make", SETS(ON, make) },
	{ .name = "wait", .letter = 'w', .arg = "SEC", SETS(SECONDS,
	    limit_ms) },
	{ .name = "kill-after", .arg = "SEC", SETS(SECONDS, kill_ms) },
	OPTION_LAST_ROWS(cluster_options),
};

static const struct option_table table = { CLUSTER_NAME, rows,
	sizeof(rows) / sizeof(*rows) };
static const struct option_table verb_table = { CLUSTER_NAME, verb_rows,
	sizeof(verb_rows) / sizeof(*verb_rows) };

int
options_parse(struct cluster_options *o, int argc, char *argv[], bool verb,
    struct fault *f)
{
	static struct option_line line;
	int r;

	*o = (struct cluster_options){ .ttl = TTL, .grace_ms = -1,
		.busy_code = EXIT_BUSY, .kill_ms = -1, .limit_ms = -1,
		.loudness = SAY_NORMAL };
	option_begin(&line, verb ? &verb_table : &table, argc, argv, verb);
	while ((r = option_next(&line, o, f)) > 0 &&
	    (r = word_add(o, line.row->name, line.value, f)) == 0)
		;
	if (r == 0 && o->grace_ms > 500 * o->ttl)
		r = fault_set(f, EXIT_USAGE, "--grace is more than half of"
		    " --ttl: the program would be stopped while all is well;"
		    " see " CLUSTER_NAME " --help", NULL);
	if (r == 0 && o->every_ms && o->policy == POLICY_JOIN)
		r = fault_set(f, EXIT_USAGE, "--every does not go with --join;"
		    " see " CLUSTER_NAME " --help", NULL);
	/* -w alone is the policy wait. */
	if (o->limited && !o->policy)
		o->policy = POLICY_WAIT;
	/* Without a policy the status is the same here and elsewhere. */
	if (r == 0 && !verb && !o->policy) {
		o->policy = o->every_ms ? POLICY_SKIP : POLICY_FAIL;
		r = word_add(o, o->every_ms ? "skip" : "fail", NULL, f);
	}
	return r < 0 ? -1 : line.at;
}

enum { HELP_COLUMN = 33 };

static void
help_print(bool all)
{
	puts("Usage: " CLUSTER_NAME " [OPTION...] COMMAND [ARG...]\n"
	    "       " CLUSTER_NAME " list | status | wait | stop | forget"
	    " [APP [KEY...]]\n"
	    "       " CLUSTER_NAME " check | init | drain | undrain\n"
	    "\nRun COMMAND as the one instance in a cluster of hosts.\n"
	    "\nThe verbs take --store=URL; list, status, check: --json; wait,"
	    " stop,\ndrain: -w SEC; stop, drain: --kill-after=SEC; init:"
	    " --make.\n");
	option_groups_print(&table, HELP_COLUMN, all);
	if (!all)
		puts("\nSee " CLUSTER_NAME "(1).");
}

bool
options_told(const struct cluster_options *o)
{
	if (o->version)
		puts(CLUSTER_NAME " " ONLYONE_VERSION);
	else if (o->help)
		help_print(o->help == HELP_ALL);
	return o->version || o->help;
}

/*
 * Where the store is.
 */

#define CLUSTER_FILE SYSCONFDIR "/onlyone/cluster"

static const char *
cluster_file(void)
{
	return point_path("ONLYONE_TEST_CLUSTER", CLUSTER_FILE);
}

/* The first line of the file that is not a comment.  NULL: a fault.  The file must
 * be trusted: its writer decides where every user's launches connect. */
static const char *
url_file(struct fault *f)
{
	int fd = trusted_open(AT_FDCWD, cluster_file(), cluster_file(), f);
	FILE *in = fd < 0 ? NULL : fdopen(fd, "r");
	static char *buf; /* as long as the process */
	size_t cap = 0;
	char *line;

	if (fd < 0 && f->code != EXIT_NONE)
		return NULL;
	while (in && getline(&buf, &cap, in) > 0) {
		line = buf + strspn(buf, " \t\r\n");
		line[strcspn(line, " \t\r\n")] = '\0';
		if (*line && *line != '#') {
			fclose(in);
			return line;
		}
	}
	if (fd >= 0 && (!in || ferror(in)))
		fault_errno(f, EXIT_DENIED, errno, "cannot read ",
		    cluster_file(), NULL);
	else
		fault_set(f, EXIT_USAGE, "which cluster? --store=URL, "
		    ENV_CLUSTER ", or a line in " CLUSTER_FILE, NULL);
	return NULL;
}

const char *
cluster_config_url(const char *given, struct fault *f)
{
	const char *url = given ? given : getenv(ENV_CLUSTER);

	return url && *url ? url : url_file(f);
}
