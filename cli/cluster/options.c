/*
 * options.c: the command line of onlyone-cluster, by one table.
 *
 * Options of onlyone that make sense here are in it, too: those that only the
 * slot needs are passed on as they were given (words), and of those that the
 * key needs as well the value is kept.  --take, which onlyone runs, has the
 * same table.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/option.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/cluster/cluster_config.h"
#include "cli/cluster/options.h"
#include "preload/contract.h"

#define PROGRAM "onlyone-cluster"

enum { TTL = 15, TTL_MOST = 86400, HOLD_MOST = 366 * 86400,
	PENDING_MOST = 1000000 };

static char *
word_make(const char *name, const char *value)
{
	size_t cap = strlen(name) + (value ? strlen(value) : 0) + 2;
	char *word = malloc(cap);

	if (word)
		text_join(word, cap, name, value ? "=" : NULL, value, NULL);
	return word;
}

/* Options for onlyone alone. */
static int
pass(void *into, const char *name, const char *value, struct fault *f)
{
	struct cluster_options *o = into;
	char *word = o->n < OPTION_WORDS ? word_make(name, value) : NULL;

	if (!word)
		return fault_set(f, EXIT_USAGE, "'", value, "': there are too"
		    " many options; see " PROGRAM " --help", NULL);
	o->words[o->n++] = word;
	return 0;
}

#define PASS(fn, name) \
	static int \
	set_##fn(void *into, const char *value, struct fault *f) \
	{ \
		return pass(into, name, value, f); \
	}

PASS(app, "--app")
PASS(key, "--key")
PASS(key_cmd, "--key-cmd")
PASS(key_match, "--key-match")
PASS(every, "--every")

/* By enum taken. */
static const char *const policies[] = { "activate", "fail", "skip", "wait",
	"queue", "replace", "join", NULL };

static int
taken_set(struct cluster_options *o, enum taken taken, struct fault *f)
{
	if (o->taken_given && o->taken != (int)taken)
		return fault_set(f, EXIT_USAGE, "both '", policies[o->taken],
		    "' and '", policies[taken], "' say what to do when it is"
		    " running; choose one; see " PROGRAM " --help", NULL);
	o->taken = taken;
	o->taken_given = true;
	return 0;
}

#define TAKEN(fn, taken) \
	static int \
	set_##fn(void *into, const char *value, struct fault *f) \
	{ \
		(void)value; \
		return taken_set(into, taken, f); \
	}

TAKEN(fail, TAKEN_FAIL)
TAKEN(skip, TAKEN_SKIP)
TAKEN(replace, TAKEN_REPLACE)
TAKEN(join, TAKEN_JOIN)

static int
set_if_running(void *into, const char *value, struct fault *f)
{
	int i = option_word(f, PROGRAM, "--if-running", value, policies);

	return i < 0 ? -1 : taken_set(into, (enum taken)i, f);
}

static int
set_queue(void *into, const char *value, struct fault *f)
{
	struct cluster_options *o = into;

	o->pending = 1;
	if (value && option_number(f, PROGRAM, "--queue", value, 1,
	    PENDING_MOST, &o->pending) < 0)
		return -1;
	return taken_set(o, TAKEN_QUEUE, f);
}

static int
set_wait(void *into, const char *value, struct fault *f)
{
	struct cluster_options *o = into;

	o->limited = true;
	o->limit = value;
	o->limit_ms = -1;
	return value ? option_seconds(f, PROGRAM, "-w, --wait", value,
	    &o->limit_ms) : 0;
}

static const char *const losts[] = { "term", "kill", "stop", "warn", NULL };
static const char *const downs[] = { "fail", "local", NULL };
/* By enum kept. */
static const char *const lifetimes[] = { "auto", "daemon", "main", "tree",
	NULL };

#define SETS(kind, member) OPTION_SETS(kind, cluster_options, member)

static const struct option_row rows[] = {
	{ .group = "The cluster", .first = true,
	    .name = "store", .arg = "URL", SETS(TEXT, store),
	    .help = "etcd://HOST:PORT,...; postgresql://...; else "
	    ENV_CLUSTER ", else /etc/onlyone/cluster" },
	{ .name = "ttl", .arg = "SEC", SETS(NUMBER, ttl), .least = 1,
	    .most = TTL_MOST,
	    .help = "the key is free SEC (15) after its host has died" },
	{ .name = "grace", .arg = "SEC", SETS(SECONDS, grace_ms),
	    .help = "TERM comes SEC (a third of the ttl) before KILL" },
	{ .first = true,
	    .name = "hold", .arg = "SEC", SETS(NUMBER, hold),
	    .most = HOLD_MOST,
	    .help = "keep the key SEC after the end, for hosts whose clocks"
	    " differ" },
	{ .name = "on-lost", .arg = "HOW", .words = losts, SETS(WORD, lost),
	    .help = "when the key is lost: term (default), kill, stop, warn" },
	{ .name = "on-down", .arg = "HOW", .words = downs, SETS(WORD, down),
	    .help = "without the store: fail (69), or local: as one of this"
	    " host" },
	{ .group = "Which instance", .first = true,
	    .name = "app", .letter = 'a', .arg = "NAME", .set = set_app,
	    .help = "the application; several commands can share it" },
	{ .first = true,
	    .name = "key", .letter = 'k', .arg = "TEMPLATE", .set = set_key,
	    .help = "one instance per key, as onlyone has it" },
	{ .name = "key-cmd", .arg = "CMD", .set = set_key_cmd,
	    .help = "a part of the key is what CMD prints" },
	{ .name = "key-match", .arg = "ERE", .set = set_key_match,
	    .help = "of the key only what ERE matches" },
	{ .group = "When it runs already, here or elsewhere",
	    .name = "if-running", .arg = "WHAT", .words = policies,
	    .set = set_if_running,
	    .help = "activate (default; on another host: 75), fail, skip,"
	    " wait, queue, replace or join" },
	{ .first = true,
	    .name = "fail", .letter = 'n', .set = set_fail,
	    .help = "fail (75), and say who it is" },
	{ .first = true,
	    .name = "skip", .set = set_skip,
	    .help = "do nothing, successfully" },
	{ .first = true,
	    .name = "wait", .letter = 'w', .arg = "[SEC]", .set = set_wait,
	    .help = "wait for its end, then run; -w takes SEC; with replace,"
	    " join, queue: how long" },
	{ .name = "queue", .arg = "[N]", .set = set_queue,
	    .help = "run after it; at most N (1) launches wait on each host" },
	{ .name = "replace", .set = set_replace,
	    .help = "end it, and take its place" },
	{ .name = "join", .set = set_join,
	    .help = "wait for its end, and end with its status" },
	{ .name = "every", .arg = "TIME", .set = set_every,
	    .help = "do nothing within TIME after the last start on this host"
	    " that ended with 0" },
	{ .name = "conflict-exit-code", .letter = 'E', .arg = "CODE",
	    SETS(NUMBER, busy_code), .most = 255,
	    .help = "exit code when busy, instead of 75" },
	{ .group = "Its life",
	    .name = "lifetime", .arg = "HOW", .words = lifetimes,
	    SETS(WORD, lifetime),
	    .help = "the key is held until the program has ended, and"
	    " (auto, daemon) its copies; main; tree: all that it began" },
	{ .group = "Output",
	    .name = "quiet", .letter = 'q', SETS(BE, loudness),
	    .least = SAY_QUIET,
	    .help = "no notes, nor that it is busy" },
	OPTION_LAST_ROWS(cluster_options),
};

static const struct option_row verb_rows[] = {
	{ .name = "store", .arg = "URL", SETS(TEXT, store) },
	{ .name = "json", SETS(ON, json) },
	{ .name = "make", SETS(ON, make) },
	{ .name = "wait", .letter = 'w', .arg = "SEC", SETS(SECONDS,
	    limit_ms) },
	{ .name = "kill-after", .arg = "SEC", SETS(SECONDS, kill_ms) },
};

static const struct option_table table = { PROGRAM, rows,
	sizeof(rows) / sizeof(*rows) };
static const struct option_table verb_table = { PROGRAM, verb_rows,
	sizeof(verb_rows) / sizeof(*verb_rows) };

int
options_parse(struct cluster_options *o, int argc, char *argv[], bool verb,
    struct fault *f)
{
	static struct option_line line;
	int r;

	if (!verb)
		*o = (struct cluster_options){ .ttl = TTL, .grace_ms = -1,
			.busy_code = EXIT_BUSY, .kill_ms = -1, .limit_ms = -1,
			.loudness = SAY_NORMAL };
	option_begin(&line, verb ? &verb_table : &table, argc, argv, verb);
	while ((r = option_next(&line, o, f)) > 0)
		;
	if (r == 0 && o->grace_ms > 500 * o->ttl)
		r = fault_set(f, EXIT_USAGE, "--grace is more than half of"
		    " --ttl: it would be spent while all is well; see "
		    PROGRAM " --help", NULL);
	/* -w alone is the policy wait. */
	if (!verb && o->limited && !o->taken_given)
		o->taken = TAKEN_WAIT;
	return r < 0 ? -1 : line.at;
}

size_t
options_words(const struct cluster_options *o, bool take, char *words[])
{
	char ttl[24], grace[24], hold[24], code[24], pending[24];
	struct text t = text_in(grace, sizeof(grace));
	const struct {
		const char *name, *value;
		bool is;
	} all[] = {
		{ "--store", o->store, take && o->store },
		{ "--ttl", say_num(ttl, o->ttl), take },
		{ "--grace", grace, take && o->grace_ms >= 0 },
		{ "--hold", say_num(hold, o->hold), take && o->hold },
		{ "--on-lost", losts[o->lost], take && o->lost },
		{ "--on-down", downs[o->down], take && o->down },
		{ "--if-running", policies[o->taken], o->taken_given &&
		    !o->pending },
		{ "--queue", say_num(pending, o->pending), o->pending },
		{ "--wait", o->limit, o->limited },
		{ "--conflict-exit-code", say_num(code, o->busy_code),
		    o->busy_code != EXIT_BUSY },
		{ "--lifetime", lifetimes[o->lifetime], take &&
		    o->lifetime },
		{ "--quiet", NULL, o->loudness == SAY_QUIET },
		{ "--verbose", NULL, o->loudness == SAY_VERBOSE },
	};
	size_t n = 0;

	text_seconds(&t, o->grace_ms);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (all[i].is && !(words[n++] = word_make(all[i].name,
		    all[i].value)))
			return 0;
	}
	return n;
}

enum { HELP_COLUMN = 33 };

void
options_help(bool all)
{
	puts("usage: " PROGRAM " [OPTION...] COMMAND [ARG...]\n"
	    "       " PROGRAM " list | status | wait | stop [OPTION...]"
	    " [APP [KEY...]]\n"
	    "       " PROGRAM " check | init [OPTION...]\n"
	    "\nRun COMMAND as the one instance in a cluster of hosts.\n");
	option_groups_print(&table, HELP_COLUMN, all);
	if (!all)
		puts("\n" PROGRAM " --help=all has all options;"
		    " " PROGRAM "(1) says more.");
}
