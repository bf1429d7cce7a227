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

static int
verb_kill_after(void *into, const char *value, struct fault *f)
{
	struct verb_options *o = into;

	return option_seconds(f, PROGRAM, "--kill-after", value, &o->kill_ms);
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
set_sort(void *into, const char *value, struct fault *f)
{
	struct verb_options *o = into;

	o->sort = option_word(f, PROGRAM, "--sort", value, sort_columns);
	return o->sort < 0 ? -1 : 0;
}

/* Options that only switch something on. */
#define SWITCH(name, what) OPTION_SWITCH(struct verb_options, name, what)

SWITCH(json, json = true)
SWITCH(raw, raw = true)
SWITCH(sealed, sealed = true)
SWITCH(all, all = true)
SWITCH(self, self = true)
SWITCH(skip, skip = true)
SWITCH(tree, tree = true)
SWITCH(waiting, waiting = true)
SWITCH(user, user = value)
SWITCH(all_users, all_users = true)
SWITCH(system, system = true)
SWITCH(link, link = true)
SWITCH(desktop, desktop = true)
SWITCH(make, make = true)
SWITCH(quiet, loudness = SAY_QUIET)
SWITCH(verbose, loudness = SAY_VERBOSE)
SWITCH(version, version = true)

static int
set_clustered(void *into, const char *value, struct fault *f)
{
	struct verb_options *o = into;

	(void)f;
	o->clustered = true;
	o->cluster = value && *value ? value : NULL;
	return 0;
}

static int
verb_help(void *into, const char *value, struct fault *f)
{
	struct verb_options *o = into;

	return option_help(f, PROGRAM, value, &o->help);
}

static const struct option_row rows[] = {
	{ .name = "json", .set = set_json,
	    .help = "an array of objects; listen: one a line" },
	{ .name = "raw", .set = set_raw,
	    .help = "words between tabs" },
	{ .name = "sealed", .set = set_sealed,
	    .help = "sealed applications, not instances" },
	{ .name = "waiting", .set = set_waiting,
	    .help = "the launches that wait" },
	{ .name = "sort", .arg = "COLUMN", .words = sort_columns,
	    .set = set_sort, .help = "by that column" },
	{ .name = "all", .set = set_all,
	    .help = "all instances of APP" },
	{ .name = "wait", .letter = 'w', .arg = "[SEC]", .set = verb_wait,
	    .help = "how long to wait" },
	{ .name = "owner", .arg = "PID", .set = set_pid,
	    .help = "that process, not the shell" },
	{ .name = "self", .set = set_self,
	    .help = "the script, as onlyone SCRIPT names it" },
	{ .name = "skip", .set = set_skip,
	    .help = "no message if another process has it" },
	{ .name = "conflict-exit-code", .letter = 'E', .arg = "CODE",
	    .set = verb_busy_code,
	    .help = "exit code when busy, instead of 75" },
	{ .name = "pid", .arg = "PID", .set = set_pid,
	    .help = "which process" },
	{ .name = "kill-after", .arg = "SEC", .set = verb_kill_after,
	    .help = "send KILL, that long after" },
	{ .name = "tree", .set = set_tree,
	    .help = "with all that it has started" },
	{ .name = "system", .set = set_system,
	    .help = "for every user" },
	{ .name = "link", .set = set_link,
	    .help = "by a link in PATH too" },
	{ .name = "desktop", .set = set_desktop,
	    .help = "by its desktop entry" },
	{ .name = "cluster", .arg = "[URL]", .set = set_clustered,
	    .help = "in the cluster, on any host" },
	{ .name = "make", .set = set_make,
	    .help = "init: make the tables, as the URL's user" },
	{ .name = "user", .arg = "NAME", .set = set_user,
	    .help = "root: that user's instances" },
	{ .name = "all-users", .set = set_all_users,
	    .help = "root: those of all users" },
	{ .name = "quiet", .letter = 'q', .set = set_quiet,
	    .help = "no notes, nor that it is busy" },
	{ .name = "verbose", .letter = 'v', .set = set_verbose,
	    .help = "say more" },
	{ .name = "help", .letter = 'h', .arg = "[all]", .words = option_helps,
	    .set = verb_help,
	    .help = "print help; all: with all options" },
	{ .name = "version", .letter = 'V', .set = set_version,
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
