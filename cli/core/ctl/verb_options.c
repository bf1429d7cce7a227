/*
 * verb_options.c: the options of onlyonectl, and what each of them sets.
 *
 * One table for all verbs; which verb takes which option is in verbs.c.
 */
#include <string.h>

#include "cli/core/ctl/verb_options.h"
#include "cli/base/number.h"
#include "cli/base/option.h"
#include "cli/base/say.h"
#include "preload/contract.h"

#define PROGRAM "onlyonectl"

static int
verb_wait(void *into, const char *value, struct fault *f)
{
	struct verb_options *o = into;

	o->wait_ms = WAIT_EVER;
	return value ? option_seconds(f, PROGRAM, "-w", value, &o->wait_ms) :
	    0;
}

/* -E 0 is refused: exit status 0 would say that the shell holds the slot. */
static int
verb_busy_code(void *into, const char *value, struct fault *f)
{
	struct verb_options *o = into;

	return option_number(f, PROGRAM, "-E", value, 1, 255, &o->busy_code);
}

static int
set_pid(void *into, const char *value, struct fault *f)
{
	struct verb_options *o = into;

	return number_pid(value, &o->pid) == 0 ? 0 : fault_set(f, EXIT_USAGE,
	    "'", value, "' is not a pid; see onlyonectl --help", NULL);
}

/* In the order of enum cell. */
static const char *const sort_columns[] = { "app", "key", "pid", "state",
	"since", "command", NULL };

static int
set_clustered(void *into, const char *value, struct fault *f)
{
	struct verb_options *o = into;

	(void)f;
	o->clustered = true;
	o->cluster = value && *value ? value : NULL;
	return 0;
}

#define SETS(kind, member) OPTION_SETS(kind, verb_options, member)

static const struct option_row rows[] = {
	{ .name = "json", SETS(ON, json),
	    .help = "an array of objects; listen: one a line" },
	{ .name = "raw", SETS(ON, raw),
	    .help = "words between tabs" },
	{ .name = "sealed", SETS(ON, sealed),
	    .help = "sealed applications, not instances" },
	{ .name = "waiting", SETS(ON, waiting),
	    .help = "the launches that wait" },
	{ .name = "sort", .arg = "COLUMN", .words = sort_columns,
	    SETS(WORD, sort), .help = "by that column" },
	{ .name = "all", SETS(ON, all),
	    .help = "all instances of APP" },
	{ .name = "wait", .letter = 'w', .arg = "[SEC]", .set = verb_wait,
	    .help = "how long to wait" },
	{ .name = "owner", .arg = "PID", .set = set_pid,
	    .help = "that process, not the shell" },
	{ .name = "self", SETS(ON, self),
	    .help = "the script, as onlyone SCRIPT names it" },
	{ .name = "skip", SETS(ON, skip),
	    .help = "no message if another process has it" },
	{ .name = "conflict-exit-code", .letter = 'E', .arg = "CODE",
	    .set = verb_busy_code,
	    .help = "exit code when busy, instead of 75" },
	{ .name = "pid", .arg = "PID", .set = set_pid,
	    .help = "which process" },
	{ .name = "kill-after", .arg = "SEC", SETS(SECONDS, kill_ms),
	    .help = "send KILL, that long after" },
	{ .name = "tree", SETS(ON, tree),
	    .help = "with all that it has started" },
	{ .name = "system", SETS(ON, system),
	    .help = "for every user" },
	{ .name = "link", SETS(ON, link),
	    .help = "by a link in PATH too" },
	{ .name = "desktop", SETS(ON, desktop),
	    .help = "by its desktop entry" },
	{ .name = "cluster", .arg = "[URL]", .set = set_clustered,
	    .help = "in the cluster, on any host" },
	{ .name = "make", SETS(ON, make),
	    .help = "init: make the tables, as the URL's user" },
	{ .name = "user", .arg = "NAME", SETS(TEXT, user),
	    .help = "root: that user's instances" },
	{ .name = "all-users", SETS(ON, all_users),
	    .help = "root: those of all users" },
	{ .name = "quiet", .letter = 'q',
	    SETS(BE, loudness), .least = SAY_QUIET,
	    .help = "no notes, nor that it is busy" },
	{ .name = "verbose", .letter = 'v',
	    SETS(BE, loudness), .least = SAY_VERBOSE,
	    .help = "say more" },
	{ .name = "help", .letter = 'h', .arg = "[all]", .words = option_helps,
	    SETS(WORD, help), .least = HELP_ALL, .most = HELP_SHORT,
	    .help = "print help; all: with all options" },
	{ .name = "version", .letter = 'V', SETS(ON, version),
	    .help = "print the version" },
};

void
verb_options_init(struct verb_options *o)
{
	memset(o, 0, sizeof(*o));
	o->wait_ms = -1;
	o->kill_ms = -1;
	o->sort = -1;
	o->busy_code = EXIT_BUSY;
	o->loudness = SAY_NORMAL;
}

const struct option_table verb_option_table = { PROGRAM, rows,
	sizeof(rows) / sizeof(rows[0]) };
