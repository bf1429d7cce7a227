/*
 * option_rows.c: the table of options, and what each of them sets.
 */
#include <string.h>

#include "cli/key/class.h"
#include "cli/key/template.h"
#include "cli/launch/options.h"
#include "cli/number.h"
#include "cli/say.h"
#include "preload/contract.h"

enum { INSTANCES_MAX = 1000 };

/* "the word is not one of these": one line with the way out. */
static int
bad_value(struct fault *f, const char *option, const char *value,
    const char *want)
{
	return fault_set(f, EXIT_USAGE, option, ": '", value, "' is not ",
	    want, "; see onlyone --help", NULL);
}

/* The index of value among NULL-ended words, -1. */
static int
word_find(const char *const words[], const char *value)
{
	for (int i = 0; words[i]; i++) {
		if (!strcmp(words[i], value))
			return i;
	}
	return -1;
}

static const char *const policies[] = { "activate", "skip", "fail", "wait",
	"replace", "join", "queue", NULL };

const char *
options_policy(enum policy p)
{
	return policies[p];
}

static int
policy_set(struct options *o, enum policy p, struct fault *f)
{
	if (o->policy_given && o->policy != p)
		return fault_set(f, EXIT_USAGE, "both '",
		    options_policy(o->policy), "' and '", options_policy(p),
		    "' are asked for when it is running; choose one, see"
		    " onlyone --help", NULL);
	o->policy = p;
	o->policy_given = true;
	return 0;
}

static int
set_if_running(struct options *o, const char *value, struct fault *f)
{
	int i = word_find(policies, value);

	if (i < 0)
		return bad_value(f, "--if-running", value, "activate, skip,"
		    " fail, wait, replace, join or queue");
	return policy_set(o, (enum policy)i, f);
}

static int
set_fail(struct options *o, const char *value, struct fault *f)
{
	(void)value;
	return policy_set(o, POLICY_FAIL, f);
}

static int
set_skip(struct options *o, const char *value, struct fault *f)
{
	(void)value;
	return policy_set(o, POLICY_SKIP, f);
}

static int
set_replace(struct options *o, const char *value, struct fault *f)
{
	(void)value;
	return policy_set(o, POLICY_REPLACE, f);
}

static int
set_join(struct options *o, const char *value, struct fault *f)
{
	(void)value;
	return policy_set(o, POLICY_JOIN, f);
}

static int
set_queue(struct options *o, const char *value, struct fault *f)
{
	long long n = 1;

	if (value && (number_parse(value, &n) < 0 || n < 1 || n > 1000000))
		return bad_value(f, "--queue", value, "a number of launches");
	o->pending = (int)n;
	return policy_set(o, POLICY_QUEUE, f);
}

/* -w and --wait are one option: alone a policy, with others their limit. */
static int
set_wait(struct options *o, const char *value, struct fault *f)
{
	o->limited = true;
	o->limit_ms = -1;
	if (value && number_seconds(value, &o->limit_ms) < 0)
		return bad_value(f, "--wait", value, "a number of seconds");
	return 0;
}

static int
set_stop_signal(struct options *o, const char *value, struct fault *f)
{
	o->terms.stop_signal = number_signal(value);
	if (o->terms.stop_signal < 1)
		return bad_value(f, "--stop-signal", value, "a signal");
	return 0;
}

static int
set_kill_after(struct options *o, const char *value, struct fault *f)
{
	if (number_seconds(value, &o->terms.kill_ms) < 0)
		return bad_value(f, "--kill-after", value,
		    "a number of seconds");
	return 0;
}

static int
set_app(struct options *o, const char *value, struct fault *f)
{
	if (!*value)
		return fault_set(f, EXIT_USAGE, "--app: the name is empty;"
		    " see onlyone --help", NULL);
	o->app = value;
	return 0;
}

static int
set_shell_line(struct options *o, const char *value, struct fault *f)
{
	(void)f;
	o->shell_line = value;
	return 0;
}

static int
key_add(struct options *o, enum key_kind kind, const char *text,
    struct fault *f)
{
	/* The last place is for a document. */
	if (o->nkey == KEY_STEPS - 1)
		return fault_set(f, EXIT_USAGE, "'", text, "': the key has too"
		    " many parts; see onlyone --help", NULL);
	o->key[o->nkey++] = (struct key_step){ kind, text };
	return 0;
}

static int
set_key(struct options *o, const char *value, struct fault *f)
{
	if (template_check(value, f) < 0)
		return -1;
	return key_add(o, KEY_TEMPLATE, value, f);
}

static int
set_key_cmd(struct options *o, const char *value, struct fault *f)
{
	if (!*value)
		return fault_set(f, EXIT_USAGE, "--key-cmd: the command is"
		    " empty; see onlyone --help", NULL);
	return key_add(o, KEY_COMMAND, value, f);
}

static int
set_key_match(struct options *o, const char *value, struct fault *f)
{
	if (!o->nkey)
		return fault_set(f, EXIT_USAGE, "--key-match: there is no key"
		    " before it to match; see onlyone --help", NULL);
	if (class_check(value, f) < 0)
		return -1;
	return key_add(o, KEY_CLASS, value, f);
}

static int
set_max(struct options *o, const char *value, struct fault *f)
{
	long long n;

	if (number_parse(value, &n) < 0 || n < 1 || n > INSTANCES_MAX)
		return bad_value(f, "--max", value, "a number from 1 to 1000");
	o->max = (int)n;
	return 0;
}

static int
set_on_activate(struct options *o, const char *value, struct fault *f)
{
	if (!*value)
		return fault_set(f, EXIT_USAGE,
		    "--on-activate: the command is empty; see onlyone --help",
		    NULL);
	o->terms.on_activate = value;
	return 0;
}

static int
set_signal(struct options *o, const char *value, struct fault *f)
{
	o->terms.signal = number_signal(value);
	if (o->terms.signal < 0)
		return bad_value(f, "--signal", value, "a signal");
	return 0;
}

static int
set_lifetime(struct options *o, const char *value, struct fault *f)
{
	static const char *const words[] = { "daemon", "main", "tree", NULL };
	int i = word_find(words, value);

	if (i < 0)
		return bad_value(f, "--lifetime", value,
		    "main, daemon or tree");
	o->terms.lifetime = (enum lifetime)i;
	return 0;
}

static int
set_raise(struct options *o, const char *value, struct fault *f)
{
	static const char class[] = "class:";

	if (!strncmp(value, class, sizeof(class) - 1) &&
	    value[sizeof(class) - 1])
		o->terms.window_class = value + sizeof(class) - 1;
	else if (!strcmp(value, "never"))
		o->terms.raise = RAISE_NEVER;
	else if (!strcmp(value, "auto"))
		o->terms.raise = RAISE_AUTO;
	else
		return bad_value(f, "--raise", value,
		    "auto, never or class:NAME");
	return 0;
}

static int
set_lock_file(struct options *o, const char *value, struct fault *f)
{
	if (!*value)
		return fault_set(f, EXIT_USAGE, "--lock-file: which file? See"
		    " onlyone --help", NULL);
	o->terms.lock_file = value;
	return 0;
}

static int
set_restart(struct options *o, const char *value, struct fault *f)
{
	static const char *const words[] = { "no", "always", "on-failure",
		"on-success", NULL };
	int i = word_find(words, value);

	if (i < 1)
		return bad_value(f, "--restart", value,
		    "always, on-failure or on-success");
	o->restart = (enum restart)i;
	return 0;
}

static int
set_scope(struct options *o, const char *value, struct fault *f)
{
	static const char *const words[] = { "user", "session", "display",
		NULL };
	int i = word_find(words, value);

	if (i < 0)
		return bad_value(f, "--scope", value,
		    "user, session or display");
	o->scope = (enum scope)i;
	return 0;
}

static int
set_on_error(struct options *o, const char *value, struct fault *f)
{
	static const char *const words[] = { "refuse", "run", NULL };
	int i = word_find(words, value);

	if (i < 0)
		return bad_value(f, "--on-error", value, "refuse or run");
	o->on_error_run = i == 1;
	return 0;
}

static int
set_busy_code(struct options *o, const char *value, struct fault *f)
{
	long long n;

	if (number_parse(value, &n) < 0 || n < 0 || n > 255)
		return bad_value(f, "-E", value, "a number from 0 to 255");
	o->busy_code = (int)n;
	return 0;
}

/* Options that only switch something on. */
#define SWITCH(name, what) \
	static int \
	set_##name(struct options *o, const char *value, struct fault *f) \
	{ \
		(void)value; \
		(void)f; \
		o->what; \
		return 0; \
	}

SWITCH(supervise, supervise = true)
SWITCH(strict_key, strict_key = true)
SWITCH(per_document, per_document = true)
SWITCH(resettable, terms.resettable = true)
SWITCH(must_deliver, must_deliver = true)
SWITCH(no_stdin, no_stdin = true)
SWITCH(until_exit, until_exit = true)
SWITCH(dry_run, dry_run = true)
SWITCH(explain, explain = true)
SWITCH(quiet, loudness = SAY_QUIET)
SWITCH(verbose, loudness = SAY_VERBOSE)
SWITCH(help, help = true)
SWITCH(version, version = true)

const struct option_row option_rows[] = {
	{ "app", 'a', "NAME", "the application; several commands can share"
	    " it", set_app },
	{ "key", 'k', "TEMPLATE", "one instance per key: text with {1},"
	    " {@},\n                                 {NAME}, {env:X}, {cwd},"
	    " {tty}, {path:1},\n"
	    "                                 {inode:1}; repeated: a tuple",
	    set_key },
	{ "key-cmd", 0, "CMD", "a part of the key is what CMD prints",
	    set_key_cmd },
	{ "key-match", 0, "ERE", "the class of the key: group 1, or true"
	    " or false", set_key_match },
	{ "strict-key", 0, NULL, "a key that cannot be made is an error"
	    " (65)", set_strict_key },
	{ "per-document", 'd', NULL, "one instance for each document"
	    " argument", set_per_document },
	{ "max", 'j', "N", "up to N instances of each key", set_max },
	{ "resettable", 0, NULL, "onlyonectl reset is allowed",
	    set_resettable },
	{ NULL, 'c', "STRING", "run STRING by /bin/sh; no COMMAND then",
	    set_shell_line },
	{ "if-running", 0, "WHAT", "when it runs: activate (default), skip,"
	    " fail,\n                                 wait, replace, join or"
	    " queue", set_if_running },
	{ "fail", 'n', NULL, "short for --if-running=fail", set_fail },
	{ "skip", 0, NULL, "short for --if-running=skip", set_skip },
	{ "wait", 'w', "[SEC]", "wait for its end, then run; -w takes"
	    " SEC; with\n                                 replace, join, queue:"
	    " how long", set_wait },
	{ "replace", 0, NULL, "close its windows (they may ask to save: 5 s),"
	    "\n                                 end it (10 s, -w), take its"
	    " place",
	    set_replace },
	{ "join", 0, NULL, "wait for its end, and end with its status",
	    set_join },
	{ "queue", 0, "[N]", "run after it; at most N (1) launches wait",
	    set_queue },
	{ "stop-signal", 0, "SIG", "what replace and stop send (TERM)",
	    set_stop_signal },
	{ "kill-after", 0, "SEC", "and then KILL, after SEC seconds",
	    set_kill_after },
	{ "conflict-exit-code", 'E', "CODE", "exit code when busy, instead"
	    " of 75", set_busy_code },
	{ "on-activate", 0, "CMD", "later launches run CMD with their"
	    " arguments;\n                                 auto, self, dbus:"
	    " what the program itself has\n"
	    "                                 for that", set_on_activate },
	{ "signal", 0, "SIG", "later launches send SIG to the program",
	    set_signal },
	{ "raise", 0, "HOW", "later launches bring its windows to the front:"
	    "\n                                 auto (default), never;"
	    " class:NAME: of this\n"
	    "                                 WM_CLASS too", set_raise },
	{ "must-deliver", 0, NULL, "fail (69) if nobody takes the arguments",
	    set_must_deliver },
	{ "no-stdin", 0, NULL, "do not offer standard input to the handler",
	    set_no_stdin },
	{ "until-exit", 'W', NULL, "stay until the instance ends",
	    set_until_exit },
	{ "lifetime", 0, "HOW", "the slot ends with the process: main;"
	    " with its\n                                 daemon: daemon"
	    " (default); with all: tree", set_lifetime },
	{ "lock-file", 0, "FILE", "also lock FILE, as flock(1) does",
	    set_lock_file },
	{ "supervise", 0, NULL, "stay as the parent of the program",
	    set_supervise },
	{ "restart", 0, "WHEN", "begin it again: always, on-failure,"
	    " on-success", set_restart },
	{ "scope", 0, "HOW", "one for each user (default), session or"
	    " display", set_scope },
	{ "on-error", 0, "HOW", "state unusable: refuse (default), run",
	    set_on_error },
	{ "dry-run", 0, NULL, "say what would happen, and do nothing",
	    set_dry_run },
	{ "explain", 0, NULL, "say what happens, and do it", set_explain },
	{ "quiet", 'q', NULL, "no notes; errors are still said", set_quiet },
	{ "verbose", 'v', NULL, "say more", set_verbose },
	{ "help", 'h', NULL, "this text", set_help },
	{ "version", 'V', NULL, "the version", set_version },
};
const int option_count = sizeof(option_rows) / sizeof(option_rows[0]);
