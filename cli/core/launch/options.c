/*
 * options.c: the command line of onlyone.
 *
 * The table drives parsing.  A row has an option's names, its value, its help
 * text and the function that checks the value and stores it in struct options.
 * Such a function sees one option only: since order does not matter, -w and all
 * conflicts are settled once all are known (options_end).
 */
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cli/base/number.h"
#include "cli/base/option.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/core/key/identity.h"
#include "cli/core/key/key.h"
#include "cli/core/key/template.h"
#include "cli/core/launch/options.h"
#include "cli/core/slot/lockfile.h"
#include "preload/contract.h"

#define PROGRAM "onlyone"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789_-"

/* By enum scope. */
static const char *const scopes[] = { "user", "session", "display", NULL };

/*
 * The options that make the key.  `into` is always the struct options; option.h
 * explains the other parameters.
 */

static int
key_add(struct options *o, enum key_kind kind, const char *text,
    struct fault *f)
{
	/* Keep the last step for the document of -d. */
	if (o->nkey == KEY_STEPS - 1)
		return fault_set(f, EXIT_USAGE, "'", text, "': the key has too"
		    " many parts; see onlyone --help", NULL);
	o->key[o->nkey++] = (struct key_step){ kind, text };
	return 0;
}

static int
set_key(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	if (template_check(value, f) < 0)
		return -1;
	return key_add(o, KEY_TEMPLATE, value, f);
}

static int
set_value_options(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	return valued_add(&o->valued, value, f);
}

static int
set_key_cmd(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	if (!*value)
		return fault_set(f, EXIT_USAGE, "--key-cmd: the command is"
		    " empty; see onlyone --help", NULL);
	return key_add(o, KEY_COMMAND, value, f);
}

static int
set_key_match(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	if (!o->nkey)
		return fault_set(f, EXIT_USAGE, "--key-match: there is no key"
		    " before it to match; see onlyone --help", NULL);
	if (class_check(value, f) < 0)
		return -1;
	return key_add(o, KEY_CLASS, value, f);
}

enum { INSTANCES_MAX = 1000, PENDING_MAX = 1000000 };

#define POLICY_ROW(p, name, plan, meets, same, flags) \
	[POLICY_##p] = { name, plan, meets, same, flags },

const struct policy_row policy_rows[] = { POLICIES(POLICY_ROW) };

const struct policy_row *
policy_of(const struct options *o)
{
	return &policy_rows[o->policy];
}

bool
policy_skips(const struct options *o)
{
	const struct policy_row *row = policy_of(o);

	return row->meets == MEETS_ASKS && !(row->flags & POLICY_FAILS);
}

static int
policy_set(struct options *o, enum policy p, struct fault *f)
{
	if (o->policy_given && o->policy != p)
		return fault_set(f, EXIT_USAGE, "--",
		    policy_rows[o->policy].name, " and --",
		    policy_rows[p].name, " do not go together: both say what to"
		    " do while it is running; see onlyone --help", NULL);
	o->policy = p;
	o->policy_given = true;
	return 0;
}

/* -w and --wait: without a policy they mean wait, with one they limit how long
 * it waits (limit_settle). */
static int
set_wait(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	o->limited = true;
	o->limit_ms = -1;
	return value ? option_seconds(f, PROGRAM, "-w, --wait", value,
	    &o->limit_ms) : 0;
}

/* "class:" is followed by the name of a window class. */
static const char *const raises[] = { "auto", "never", "class:", NULL };

static int
set_raise(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	if (!strncmp(value, "class:", 6) && value[6])
		o->terms.window_class = value + 6;
	else if (!strcmp(value, raise_names[RAISE_NEVER]))
		o->terms.raise = RAISE_NEVER;
	else if (!strcmp(value, raise_names[RAISE_AUTO]))
		o->terms.raise = RAISE_AUTO;
	else
		return option_nearest(f, PROGRAM, "--raise", value, raises,
		    "auto, never or class:NAME");
	return 0;
}

static int
set_queue(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	o->pending = 1;
	if (value && option_number(f, PROGRAM, "--queue", value, 1, PENDING_MAX,
	    &o->pending) < 0)
		return -1;
	return policy_set(o, POLICY_QUEUE, f);
}

static int
set_busy_code(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	return option_number(f, PROGRAM, "-E", value, 0, 255, &o->busy_code);
}

#define TIME_WANT OPTION_TIME ", above 0 and up to a century"

static int
set_every(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	return number_time(value, &o->every_ms) == 0 && o->every_ms ? 0 :
	    option_bad(f, PROGRAM, "--every", value, TIME_WANT);
}

static int
set_overdue(void *into, const char *value, struct fault *f)
{
	static const char stop[] = ":stop";
	struct options *o = into;
	size_t len = strcspn(value, ":");
	char time[32];

	o->overdue_stop = !strcmp(value + len, stop);
	if ((value[len] && !o->overdue_stop) || len >= sizeof(time))
		return option_bad(f, PROGRAM, "--overdue", value,
		    "TIME or TIME:stop");
	*(char *)mempcpy(time, value, len) = '\0';
	return number_time(time, &o->overdue_ms) == 0 && o->overdue_ms ? 0 :
	    option_bad(f, PROGRAM, "--overdue", value, TIME_WANT);
}

static int
set_max(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	o->max_given = true;
	return option_number(f, PROGRAM, "--max", value, 1, INSTANCES_MAX,
	    &o->max);
}

static const char *const on_errors[] = { "refuse", "run", NULL };

/* Options whose value is any non-empty text. */
#define TEXT(name, empty, what) \
	static int \
	set_##name(void *into, const char *value, struct fault *f) \
	{ \
		struct options *o = into; \
\
		o->what = value; \
		return *value ? 0 : fault_set(f, EXIT_USAGE, empty, \
		    " is empty; see onlyone --help", NULL); \
	}

TEXT(app, "--app: the name", app)
TEXT(output, "--output: the name", output)

/* Words that --on-activate takes in place of a command. */
static const char *const handovers[] = { "auto", "self", "dbus", "none", NULL };

/* A single word that is almost one of these, and not a command, is a mistake:
 * as a handler it could only fail, much later. */
static int
set_on_activate(void *into, const char *value, struct fault *f)
{
	struct options *o = into;
	char want[64 + NEAR_HINT], hint[NEAR_HINT];
	struct near near;

	if (!*value)
		return fault_set(f, EXIT_USAGE, "--on-activate: the command is"
		    " empty; see onlyone --help", NULL);
	o->terms.off = !strcmp(value, "none");
	o->terms.on_activate = o->terms.off ? NULL : value;
	near_begin(&near, value, strlen(value));
	for (const char *const *word = handovers; *word; word++) {
		if (!strcmp(value, *word))
			return 0;
		near_try(&near, *word);
	}
	if (!near.best || value[strspn(value, LETTERS)] ||
	    identity_is_command(value))
		return 0;
	text_join(want, sizeof(want), "a command, auto, self, dbus or none",
	    near_hint(&near, "", hint), NULL);
	return option_bad(f, PROGRAM, "--on-activate", value, want);
}

static int
set_lock_file(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	o->terms.lock_file = value;
	return lockfile_split(value, &o->terms.lock_shared) ? 0 :
	    fault_set(f, EXIT_USAGE, "--lock-file: the name is empty; see"
	    " onlyone --help", NULL);
}

/* The options that are a policy. */
#define POLICY(name, p) \
	static int \
	set_##name(void *into, const char *value, struct fault *f) \
	{ \
		(void)value; \
		return policy_set(into, p, f); \
	}

POLICY(fail, POLICY_FAIL)
POLICY(skip, POLICY_SKIP)
POLICY(replace, POLICY_REPLACE)
POLICY(join, POLICY_JOIN)
POLICY(toggle, POLICY_TOGGLE)

#define SETS(kind, member) OPTION_SETS(kind, options, member)

static const struct option_row rows[] = {
	{ .group = "Which instance", .flags = OPTION_FIRST,
	    .name = "app", .letter = 'a', .arg = "NAME", .set = set_app,
	    .help = "the application; several commands can share it" },
	{ .flags = OPTION_FIRST,
	    .name = "key", .letter = 'k', .arg = "TEMPLATE", .set = set_key,
	    .help = "one instance per key: text with {1}, {-1}, {arg:1},"
	    " {@}, {NAME}, {env:X}, {cwd}, {tty}, {path:1}, {inode:1};"
	    " repeated: a tuple" },
	{ .name = "key-cmd", .arg = "CMD", .set = set_key_cmd,
	    .help = "a part of the key is what CMD prints" },
	{ .name = "key-match", .arg = "ERE", .set = set_key_match,
	    .help = "replace the key before it by what ERE matches: group 1,"
	    " else true or false" },
	{ .name = "strict-key", SETS(ON, strict_key),
	    .help = "a key that cannot be made is an error (65)" },
	{ .name = "per-document", .letter = 'd', SETS(ON, per_document),
	    .help = "one instance for each document argument" },
	{ .name = "value-options", .arg = "LIST", .set = set_value_options,
	    .help = "options of COMMAND whose value is the next word:"
	    " -b,--baud" },
	{ .name = "max", .letter = 'j', .arg = "N", .set = set_max,
	    .help = "up to N instances of each key" },
	{ .name = "scope", .arg = "HOW", .words = scopes, SETS(WORD, scope),
	    .help = "one for each user (default), session or display" },
	{ .name = "adopt", SETS(ON, adopt),
	    .help = "take over one that is already running outside onlyone" },
	{ .letter = 'c', .flags = OPTION_ONCE, .arg = "STRING",
	    SETS(TEXT, shell_line),
	    .help = "run STRING with /bin/sh, instead of COMMAND" },
	{ .group = "When it is already running",
	    .flags = OPTION_FIRST,
	    .name = "fail", .letter = 'n', .set = set_fail,
	    .help = "if it is running: fail (75) and name the process" },
	{ .flags = OPTION_FIRST,
	    .name = "skip", .set = set_skip,
	    .help = "if running: do nothing (0; 75 if the command differs)" },
	{ .flags = OPTION_FIRST,
	    .name = "wait", .letter = 'w', .arg = "[SEC]", .set = set_wait,
	    .help = "wait until it exits, then run; -w takes SEC" },
	{ .name = "replace", .set = set_replace,
	    .help = "close its windows, or stop it, and take its place once it"
	    " has exited (10 s, or -w)" },
	{ .name = "join", .set = set_join,
	    .help = "wait until it exits, and exit with its status" },
	{ .name = "queue", .arg = "[N]", .set = set_queue,
	    .help = "run after it; at most N (1) launches wait" },
	{ .name = "toggle", .set = set_toggle,
	    .help = "stop it; if its command line is a different one, take its"
	    " place" },
	{ .name = "every", .arg = "TIME", .set = set_every,
	    .help = "run at most once in TIME (90m, 12h, 1d); runs that failed"
	    " do not count; implies --skip" },
	{ .name = "overdue", .arg = "TIME", .set = set_overdue,
	    .help = "with --skip: if it has been running longer than TIME, say"
	    " so (75); TIME:stop: stop it and run again" },
	{ .name = "conflict-exit-code", .letter = 'E', .arg = "CODE",
	    .set = set_busy_code,
	    .help = "exit with CODE when busy, instead of 75" },
	{ .name = "stop-signal", .arg = "SIG", SETS(SIGNAL, terms.stop_signal),
	    .least = 1,
	    .help = "the signal that --replace and stop send (TERM)" },
	{ .name = "kill-after", .arg = "SEC", SETS(SECONDS, terms.kill_ms),
	    .help = "and then KILL, SEC seconds later" },
	{ .name = "tree", SETS(BE, terms.ends), .least = ENDS_TREE,
	    .help = "send both to everything it has started" },
	{ .group = "What later launches do", .flags = OPTION_FIRST,
	    .name = "on-activate", .arg = "CMD", .words = handovers,
	    .set = set_on_activate,
	    .help = "later launches run CMD with their arguments; auto"
	    " (default), self, dbus: the program's own ways; none" },
	{ .name = "signal", .arg = "SIG", SETS(SIGNAL, terms.signal),
	    .help = "later launches send SIG to the program" },
	{ .name = "raise", .arg = "HOW", .words = raises, .set = set_raise,
	    .help = "later launches bring its windows to the front: auto"
	    " (default), never; class:NAME: those of this WM_CLASS too" },
	{ .name = "must-deliver", SETS(ON, must_deliver),
	    .help = "fail (69) if no handler takes the arguments" },
	{ .name = "no-stdin", SETS(ON, no_stdin),
	    .help = "do not offer standard input to the handler" },
	{ .group = "How it runs",
	    .name = "until-exit", .letter = 'W', SETS(ON, until_exit),
	    .help = "stay until the instance exits" },
	{ .name = "background", .flags = OPTION_ONCE, SETS(ON, background),
	    .help = "return as soon as the program has started" },
	{ .name = "output", .arg = "FILE", .set = set_output,
	    .help = "append what the program prints, errors too, to FILE" },
	{ .name = "lifetime", .arg = "HOW", .words = lifetime_names,
	    SETS(WORD, terms.lifetime),
	    .help = "what counts as running: the process or its daemon"
	    " (auto, default; daemon), the process only (main), all it"
	    " starts (tree)" },
	{ .name = "lock-file", .arg = "FILE", .set = set_lock_file,
	    .help = "also lock FILE, as flock(1) does; FILE:shared: a shared"
	    " lock" },
	{ .name = "resettable", SETS(ON, terms.resettable),
	    .help = "allow onlyonectl reset" },
	{ .name = "on-error", .arg = "HOW", .words = on_errors,
	    SETS(WORD, on_error_run),
	    .help = "if the state cannot be used: refuse (default), or run" },
	{ .group = "Output",
	    .name = "dry-run", .flags = OPTION_ONCE, SETS(ON, dry_run),
	    .help = "say what would happen, and do nothing" },
	{ .name = "explain", .flags = OPTION_ONCE, SETS(ON, explain),
	    .help = "say what happens, and do it" },
	{ .name = "quiet", .letter = 'q',
	    SETS(BE, loudness), .least = SAY_QUIET,
	    .help = "no notes and no busy message; errors are still shown" },
	OPTION_LAST_ROWS(options),
};

const struct option_table option_table = { PROGRAM, rows,
	sizeof(rows) / sizeof(rows[0]) };

enum { HELP_COLUMN = 33 };

/* --every is for a single instance that this launch itself starts. */
static int
every_check(const struct options *o, struct fault *f)
{
	const struct policy_row *row = policy_of(o);
	bool joins = row->meets == MEETS_JOINS && o->max == 1;

	if (!o->every_ms || (!joins && o->max == 1 && !o->adopt))
		return 0;
	return fault_set(f, EXIT_USAGE, "--every does not go with ",
	    joins ? "--" : "", joins ? row->name : o->max > 1 ? "-j" :
	    "--adopt", "; see onlyone --help", NULL);
}

/* --overdue is for policies that otherwise leave the instance alone. */
static int
overdue_check(const struct options *o, struct fault *f)
{
	const struct policy_row *row = policy_of(o);
	bool skips = row->meets == MEETS_ASKS;

	if (!o->overdue_ms || (skips && o->max == 1 && !o->adopt))
		return 0;
	return fault_set(f, EXIT_USAGE, "--overdue does not go with ",
	    !skips ? "--" : "", !skips ? row->name :
	    o->max > 1 ? "-j" : "--adopt", "; it is for --skip and -n; see"
	    " onlyone --help", NULL);
}

/* Refuse options that conflict. */
static int
pairs_check(const struct options *o, struct fault *f)
{
	const struct policy_row *row = policy_of(o);
	int flags = row->flags;

	if (o->shell_line && o->terms.on_activate &&
	    !strcmp(o->terms.on_activate, "self"))
		return fault_set(f, EXIT_USAGE, "--on-activate=self does not go"
		    " with -c: a shell line is not a program; see onlyone"
		    " --help",
		    NULL);
	if (o->background && o->until_exit)
		return fault_set(f, EXIT_USAGE, "--background returns at once,"
		    " and -W stays; choose one; see onlyone --help", NULL);
	if (o->terms.lock_file && (o->per_document ||
	    (o->max > 1 && !o->terms.lock_shared)))
		return fault_set(f, EXIT_USAGE, "--lock-file does not go with"
		    " -d or -j: one file is locked once; only with -j it may"
		    " be FILE:shared; see onlyone --help", NULL);
	if (row->meets == MEETS_TOGGLES && (o->max > 1 || o->adopt))
		return fault_set(f, EXIT_USAGE, "--", row->name, " does not go"
		    " with -j or --adopt: it ends the one instance that this"
		    " user has started; see onlyone --help", NULL);
	if (o->adopt && (flags & POLICY_LIMITED || o->terms.lock_file ||
	    o->max > 1 || o->terms.lifetime == LIFETIME_TREE))
		return fault_set(f, EXIT_USAGE, "--adopt does not go with -j,"
		    " an option that waits for or stops the running one,"
		    " --lock-file or --lifetime=tree: onlyone must have"
		    " started it for these", NULL);
	if (o->on_error_run && flags & (POLICY_LIMITED | POLICY_ENDS))
		return fault_set(f, EXIT_USAGE, "--on-error=run does not go"
		    " with an option that waits for or stops the running one,"
		    " since it may start a second instance; see onlyone"
		    " --help", NULL);
	return every_check(o, f) < 0 ? -1 : overdue_check(o, f);
}

int
replace_ms(int kill_ms)
{
	enum { REPLACE_MS = 10000 };
	long long ms = (long long)POLITE_MS + kill_ms + DEATH_MS;

	return kill_ms < 0 || ms < REPLACE_MS ? REPLACE_MS :
	    ms < INT_MAX ? (int)ms : INT_MAX;
}

/* Work out -w when all options are known. */
static int
limit_settle(struct options *o, struct fault *f)
{
	const struct policy_row *row;

	/* A job that is not due is skipped: so is a running one. */
	if ((o->every_ms || o->overdue_ms) && !o->policy_given && !o->limited)
		o->policy = POLICY_SKIP;
	if (!o->limited) {
		if (policy_of(o)->flags & POLICY_ENDS)
			o->limit_ms = replace_ms(o->terms.kill_ms);
		return 0;
	}
	if (!o->policy_given) {
		o->policy = POLICY_WAIT;
		o->policy_given = true;
	}
	/* -w 0 does not wait: the same as fail. */
	row = policy_of(o);
	if (!o->limit_ms && row->flags & POLICY_NOT_YET) {
		o->policy = POLICY_FAIL;
		o->limited = false;
	} else if (!(row->flags & POLICY_LIMITED)) {
		return fault_set(f, EXIT_USAGE, "-w and --wait do not go"
		    " with --", row->name, ", which does not"
		    " wait; see onlyone --help", NULL);
	}
	return 0;
}

void
options_init(struct options *o)
{
	memset(o, 0, sizeof(*o));
	o->busy_code = EXIT_BUSY;
	o->max = 1;
	o->limit_ms = -1;
	o->terms.kill_ms = -1;
	o->loudness = SAY_NORMAL;
}

int
options_end(struct options *o, struct fault *f)
{
	return limit_settle(o, f) < 0 || pairs_check(o, f) < 0 ? -1 : 0;
}

int
options_line(struct options *o, int argc, char *argv[], struct fault *f)
{
	const struct option_row *row;
	struct option_line line;
	char letter[2] = "";
	int r;

	option_begin(&line, &option_table, argc, argv, false);
	do /* one word may hold several letters */
		r = option_next(&line, o, f);
	while (r == 1 && line.at == 1 && !(line.row->flags & OPTION_ONCE));
	if (r < 0)
		return -1;
	row = line.row;
	if (!row)
		return fault_set(f, EXIT_USAGE, "'", argv[1],
		    "' is not an option: a rule has no command", NULL);
	if (!(row->flags & OPTION_ONCE))
		return line.at - 1;
	letter[0] = (char)row->letter;
	return fault_set(f, EXIT_USAGE, "a rule does not take ", row->name ?
	    "--" : "-", row->name ? row->name : letter, ": it is for one"
	    " launch", NULL);
}

/* Take the options of a whole command line.  0 or -1. */
static int
options_take(struct options *o, int argc, char *argv[], struct fault *f)
{
	struct option_line line;
	int r;

	option_begin(&line, &option_table, argc, argv, false);
	do
		r = option_next(&line, o, f);
	while (r == 1 && !o->help && !o->version);
	o->argc = argc;
	o->argv = argv;
	o->command = argv + line.at;
	return r;
}

int
options_join(struct options *rule, const struct options *typed,
    struct fault *f)
{
	struct options none;

	options_init(&none);
	if (typed->policy_given) { /* also by -w alone */
		rule->policy = none.policy;
		rule->policy_given = rule->limited = false;
		rule->limit_ms = none.limit_ms;
	}
	if (typed->nkey)
		rule->nkey = 0;
	return options_take(rule, typed->argc, typed->argv, f) < 0 ? -1 :
	    options_end(rule, f);
}

int
options_parse(struct options *o, int argc, char *argv[], struct fault *f)
{
	options_init(o);
	if (options_take(o, argc, argv, f) < 0)
		return -1;
	if (o->help || o->version)
		return 0;
	if (o->shell_line && *o->command)
		return fault_set(f, EXIT_USAGE, "-c takes the whole command;"
		    " '", *o->command, "' is one too many; see onlyone --help",
		    NULL);
	if (o->shell_line && o->per_document)
		return fault_set(f, EXIT_USAGE, "-d and -c do not go together:"
		    " a shell line has no documents; see onlyone --help",
		    NULL);
	if (options_end(o, f) < 0)
		return -1;
	/* The shell is only a means: stopping a shell line stops what the shell
	 * runs. */
	if (o->shell_line && !o->terms.ends)
		o->terms.ends = ENDS_JOB;
	if (!o->shell_line && !*o->command)
		return fault_set(f, EXIT_USAGE, "no command is given: onlyone"
		    " [OPTIONS] COMMAND [ARG...]; see onlyone --help", NULL);
	return 0;
}

void
options_help(enum help how)
{
	fputs("Usage: onlyone [OPTIONS] [--] COMMAND [ARG...]\n"
	      "       onlyone [OPTIONS] -c STRING\n\n"
	      "Run COMMAND, or hand its arguments to the running"
	      " instance.\n\n", stdout);
	option_groups_print(&option_table, HELP_COLUMN, how == HELP_ALL);
	if (how == HELP_SHORT) {
		puts("\nInstances are listed and stopped with onlyonectl."
		    "  See onlyone(1).");
		return;
	}
	fputs("\nExit status: the command's own, or the handler's; 0 handed"
	      " over or skipped;\n64 usage; 65 bad key; 69 no answer; 71"
	      " system error; 73 state unusable; 75 busy;\n76 result unknown;"
	      " 77 not permitted; 126, 127 cannot execute, not found.\n\n",
	    stdout);
	puts("Instances are listed and stopped with onlyonectl. See"
	    " onlyone(1).");
}
