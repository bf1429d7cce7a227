/*
 * verb_options.c: the options of onlyonectl, and what each of them sets.
 */
#include <string.h>

#include "cli/ctl/verb_options.h"
#include "cli/number.h"
#include "cli/option_value.h"
#include "cli/say.h"
#include "preload/contract.h"

#define PROGRAM "onlyonectl"

static int
set_wait(void *into, const char *value, struct fault *f)
{
	struct verb_options *o = into;

	o->wait_ms = WAIT_EVER;
	return value ? option_seconds(f, PROGRAM, "-w", value, &o->wait_ms) :
	    0;
}

static int
set_kill_after(void *into, const char *value, struct fault *f)
{
	struct verb_options *o = into;

	return option_seconds(f, PROGRAM, "--kill-after", value, &o->kill_ms);
}

static int
set_pid(void *into, const char *value, struct fault *f)
{
	struct verb_options *o = into;

	return number_pid(value, &o->pid) == 0 ? 0 : fault_set(f, EXIT_USAGE,
	    "'", value, "' is not a pid; see onlyonectl --help", NULL);
}

/* Options that only switch something on. */
#define SWITCH(name, what) OPTION_SWITCH(struct verb_options, name, what)

SWITCH(json, json = true)
SWITCH(raw, raw = true)
SWITCH(all, all = true)
SWITCH(self, self = true)
SWITCH(system, system = true)
SWITCH(link, link = true)
SWITCH(desktop, desktop = true)
SWITCH(quiet, loudness = SAY_QUIET)
SWITCH(verbose, loudness = SAY_VERBOSE)
SWITCH(help, help = true)
SWITCH(version, version = true)

static const struct option_row rows[] = {
	{ .name = "json", .set = set_json,
	    .help = "an array of objects; listen: one a line" },
	{ .name = "raw", .set = set_raw,
	    .help = "words between tabs" },
	{ .name = "all", .set = set_all,
	    .help = "all instances of APP" },
	{ .name = "wait", .letter = 'w', .arg = "[SEC]", .set = set_wait,
	    .help = "how long to wait" },
	{ .name = "owner", .arg = "PID", .set = set_pid,
	    .help = "that process, not the shell" },
	{ .name = "self", .set = set_self,
	    .help = "what onlyone SCRIPT would be" },
	{ .name = "pid", .arg = "PID", .set = set_pid,
	    .help = "which process" },
	{ .name = "kill-after", .arg = "SEC", .set = set_kill_after,
	    .help = "then KILL" },
	{ .name = "system", .set = set_system,
	    .help = "for every user" },
	{ .name = "link", .set = set_link,
	    .help = "by a link in PATH too" },
	{ .name = "desktop", .set = set_desktop,
	    .help = "by its desktop entry" },
	{ .name = "quiet", .letter = 'q', .set = set_quiet,
	    .help = "no notes, nor that it is busy" },
	{ .name = "verbose", .letter = 'v', .set = set_verbose,
	    .help = "say more" },
	{ .name = "help", .letter = 'h', .set = set_help,
	    .help = "print this help" },
	{ .name = "version", .letter = 'V', .set = set_version,
	    .help = "print the version" },
};

void
verb_options_init(struct verb_options *o)
{
	memset(o, 0, sizeof(*o));
	o->wait_ms = -1;
	o->kill_ms = -1;
	o->loudness = SAY_NORMAL;
}

const struct option_table verb_option_table = { PROGRAM, rows,
	sizeof(rows) / sizeof(rows[0]) };
