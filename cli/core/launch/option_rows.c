/*
 * option_rows.c: the table of options, and what each of them sets.
 *
 * A row has an option's names, its value, its help text and the function that
 * checks the value and stores it in struct options.  A function sees one option
 * only: what options mean together is settled later (options_parse.c,
 * set_cluster_check).
 */
#include <stddef.h>
#include <string.h>

#include "cli/cluster/talk.h"
#include "cli/core/key/key.h"
#include "cli/core/key/template.h"
#include "cli/core/launch/option_rows.h"
#include "cli/core/launch/options.h"
#include "cli/base/number.h"
#include "cli/base/option.h"
#include "cli/base/say.h"
#include "cli/core/slot/lockfile.h"
#include "preload/contract.h"

/*
 * The options of --scope=cluster.  `into` is always the struct options;
 * option.h explains the other parameters.
 */

#define PROGRAM "onlyone"

enum { TTL = 15 };

static const char *const set_scopes[] = { "user", "session", "display",
	"cluster", NULL };
static const char *const set_losts[] = { "term", "kill", "stop", "warn", NULL };
static const char *const set_downs[] = { "fail", "local", NULL };

/* An instance that is unique in the cluster is also unique for its user on this
 * host. */
static int
set_scope(void *into, const char *value, struct fault *f)
{
	struct options *o = into;
	int i = option_word(f, PROGRAM, "--scope", value, set_scopes);

	if (i < 0)
		return -1;
	o->cluster.on = i > SCOPE_DISPLAY;
	o->terms.cluster = o->cluster.on;
	o->scope = o->cluster.on ? SCOPE_USER : (enum scope)i;
	return 0;
}

static int
set_cluster(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	o->cluster.url = value;
	return *value ? 0 : fault_set(f, EXIT_USAGE, "--cluster: the URL is"
	    " empty; see onlyone --help", NULL);
}

static int
set_ttl(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	return option_number(f, PROGRAM, "--ttl", value, 1, TALK_TTL_MOST,
	    &o->cluster.ttl);
}

static int
set_hold(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	return option_number(f, PROGRAM, "--hold", value, 0, TALK_HOLD_MOST,
	    &o->cluster.hold);
}

static int
set_grace(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	return option_seconds(f, PROGRAM, "--grace", value,
	    &o->cluster.grace_ms);
}

static int
set_on_lost(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	o->cluster.lost = option_word(f, PROGRAM, "--on-lost", value,
	    set_losts);
	return o->cluster.lost < 0 ? -1 : 0;
}

static int
set_cluster_activate(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	(void)value;
	(void)f;
	o->cluster.mail = true;
	return 0;
}

static int
set_on_down(void *into, const char *value, struct fault *f)
{
	struct options *o = into;
	int i = option_word(f, PROGRAM, "--on-down", value, set_downs);

	o->cluster.local = i == 1;
	return i < 0 ? -1 : 0;
}

int
set_cluster_check(const struct options *o, struct fault *f)
{
	const struct cluster_terms *c = &o->cluster;

	if (!c->on && (c->url || c->ttl || c->hold || c->grace_ms >= 0 ||
	    c->lost || c->local || c->mail))
		return fault_set(f, EXIT_USAGE, "--cluster, --ttl, --grace,"
		    " --hold, --on-lost, --on-down and --cluster-activate are"
		    " for --scope=cluster; see onlyone --help", NULL);
	if (c->on && (o->max > 1 || o->adopt || o->on_error_run))
		return fault_set(f, EXIT_USAGE, "--scope=cluster does not go"
		    " with -j, --adopt or --on-error=run; see onlyone --help",
		    NULL);
	if (c->grace_ms > 500 * (c->ttl ? c->ttl : TTL))
		return fault_set(f, EXIT_USAGE, "--grace is more than half of"
		    " --ttl: it would be spent while all is well; see onlyone"
		    " --help", NULL);
	return 0;
}

/*
 * The options that make the key.
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

#define PROGRAM "onlyone"

enum { INSTANCES_MAX = 1000, PENDING_MAX = 1000000 };

#define POLICIES(x) \
	x(ACTIVATE, "activate", "hand over to pid ", 0) \
	x(SKIP, "skip", "skip, for pid ", POLICY_ASKS_LOCK) \
	x(FAIL, "fail", "fail, for pid ", POLICY_ASKS_LOCK) \
	x(WAIT, "wait", "wait for the end of pid ", \
	    POLICY_LIMITED | POLICY_IN_LINE | POLICY_NOT_YET) \
	x(REPLACE, "replace", "end, and replace, pid ", \
	    POLICY_LIMITED | POLICY_IN_LINE) \
	x(JOIN, "join", "end as and when it does, pid ", POLICY_LIMITED) \
	x(QUEUE, "queue", "get in line behind pid ", \
	    POLICY_LIMITED | POLICY_IN_LINE | POLICY_NOT_YET)

#define POLICY_ROW(p, name, plan, flags) [POLICY_##p] = { name, plan, flags },
#define POLICY_NAME(p, name, plan, flags) [POLICY_##p] = name,

const struct policy_row policy_rows[] = { POLICIES(POLICY_ROW) };
/* By enum policy; NULL behind the last one. */
static const char *const policies[16] = { POLICIES(POLICY_NAME) };

static int
policy_set(struct options *o, enum policy p, struct fault *f)
{
	if (o->policy_given && o->policy != p)
		return fault_set(f, EXIT_USAGE, "both '",
		    policy_rows[o->policy].name, "' and '", policy_rows[p].name,
		    "' say what to do when it is running; choose one; see"
		    " onlyone --help", NULL);
	o->policy = p;
	o->policy_given = true;
	return 0;
}

static int
set_if_running(void *into, const char *value, struct fault *f)
{
	int i = option_word(f, PROGRAM, "--if-running", value, policies);

	return i < 0 ? -1 : policy_set(into, (enum policy)i, f);
}

/* -w and --wait: without a policy they mean wait, with one they limit how long
 * it waits (options_parse.c). */
static int
set_wait(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	o->limited = true;
	o->limit_ms = -1;
	return value ? option_seconds(f, PROGRAM, "--wait", value,
	    &o->limit_ms) : 0;
}

/* Options whose value is a signal; if least is 0, the value 0 (no signal) is
 * allowed. */
#define SIGNAL(name, option, least, what) \
	static int \
	set_##name(void *into, const char *value, struct fault *f) \
	{ \
		struct options *o = into; \
\
		o->what = number_signal(value); \
		return o->what >= least ? 0 : \
		    option_bad(f, PROGRAM, option, value, "a signal"); \
	}

SIGNAL(signal, "--signal", 0, terms.signal)
SIGNAL(stop_signal, "--stop-signal", 1, terms.stop_signal)

static int
set_kill_after(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	return option_seconds(f, PROGRAM, "--kill-after", value,
	    &o->terms.kill_ms);
}

/* "class:" is followed by the name of a window class. */
static const char *const raises[] = { "auto", "never", "cycle", "toggle",
	"here", "class:", NULL };

static int
set_raise(void *into, const char *value, struct fault *f)
{
	struct options *o = into;
	enum raise_mode mode = raise_mode(value, RAISE_AUTO);

	if (!strncmp(value, "class:", 6) && value[6])
		o->terms.window_class = value + 6;
	else if (mode || !strcmp(value, raise_names[RAISE_AUTO]))
		o->terms.raise = mode;
	else
		return option_bad(f, PROGRAM, "--raise", value,
		    "auto, never, cycle, toggle, here or class:NAME");
	return 0;
}

static int
set_max(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	return option_number(f, PROGRAM, "--max", value, 1, INSTANCES_MAX,
	    &o->max);
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

/* Options whose value is one of a list of words; in `what`, i is its index. */
#define WORD(name, option, words, what) \
	static int \
	set_##name(void *into, const char *value, struct fault *f) \
	{ \
		struct options *o = into; \
		int i = option_word(f, PROGRAM, option, value, words); \
\
		if (i >= 0) \
			o->what; \
		return i < 0 ? -1 : 0; \
	}

static const char *const restarts[] = { "always", "on-failure", "on-success",
	NULL };
static const char *const on_errors[] = { "refuse", "run", NULL };

WORD(lifetime, "--lifetime", lifetime_names,
    terms.lifetime = (enum lifetime)i)
WORD(restart, "--restart", restarts,
    restart = (enum restart)(RESTART_ALWAYS + i))
WORD(on_error, "--on-error", on_errors, on_error_run = i == 1)

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

/* Words that --on-activate takes instead of a command. */
static const char *const handovers[] = { "auto", "self", "dbus", NULL };

TEXT(app, "--app: the name", app)
TEXT(on_activate, "--on-activate: the command", terms.on_activate)

static int
set_lock_file(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	o->terms.lock_file = value;
	return lockfile_split(value, &o->terms.lock_shared) ? 0 :
	    fault_set(f, EXIT_USAGE, "--lock-file: the name is empty; see"
	    " onlyone --help", NULL);
}

/* Options that only switch something on. */
#define SWITCH(name, what) OPTION_SWITCH(struct options, name, what)

SWITCH(shell_line, shell_line = value)
SWITCH(supervise, supervise = true)
SWITCH(strict_key, strict_key = true)
SWITCH(per_document, per_document = true)
SWITCH(adopt, adopt = true)
SWITCH(resettable, terms.resettable = true)
SWITCH(stop_tree, terms.ends = ENDS_TREE)
SWITCH(must_deliver, must_deliver = true)
SWITCH(no_stdin, no_stdin = true)
SWITCH(until_exit, until_exit = true)
SWITCH(background, background = true)
SWITCH(dry_run, dry_run = true)
SWITCH(explain, explain = true)
SWITCH(quiet, loudness = SAY_QUIET)
SWITCH(verbose, loudness = SAY_VERBOSE)
SWITCH(version, version = true)

/* Options that are short for a policy. */
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

static int
set_help(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	return option_help(f, PROGRAM, value, &o->help);
}

static const struct option_row rows[] = {
	{ .group = "Which instance", .first = true,
	    .name = "app", .letter = 'a', .arg = "NAME", .set = set_app,
	    .help = "the application; several commands can share it" },
	{ .first = true,
	    .name = "key", .letter = 'k', .arg = "TEMPLATE", .set = set_key,
	    .help = "one instance per key: text with {1}, {-1}, {arg:1},"
	    " {@}, {NAME}, {env:X}, {cwd}, {tty}, {path:1}, {inode:1};"
	    " repeated: a tuple" },
	{ .name = "key-cmd", .arg = "CMD", .set = set_key_cmd,
	    .help = "a part of the key is what CMD prints" },
	{ .name = "key-match", .arg = "ERE", .set = set_key_match,
	    .help = "of the key only what ERE matches: group 1, or true or"
	    " false" },
	{ .name = "strict-key", .set = set_strict_key,
	    .help = "a key that cannot be made is an error (65)" },
	{ .name = "per-document", .letter = 'd', .set = set_per_document,
	    .help = "one instance for each document argument" },
	{ .name = "value-options", .arg = "LIST", .set = set_value_options,
	    .help = "options of COMMAND whose value is the next word:"
	    " -b,--baud" },
	{ .name = "max", .letter = 'j', .arg = "N", .set = set_max,
	    .help = "up to N instances of each key" },
	{ .name = "scope", .arg = "HOW", .words = set_scopes, .set = set_scope,
	    .help = "one for each user (default), session, display, or"
	    " cluster of hosts" },
	{ .name = "cluster", .arg = "URL", .set = set_cluster,
	    .help = "its store: etcd://HOST:PORT,...; postgresql://..." },
	{ .name = "adopt", .set = set_adopt,
	    .help = "take over one that is already running outside onlyone" },
	{ .letter = 'c', .arg = "STRING", .set = set_shell_line,
	    .help = "run STRING by /bin/sh; no COMMAND then" },
	{ .group = "When it runs already",
	    .name = "if-running", .arg = "WHAT", .words = policies,
	    .set = set_if_running,
	    .help = "when it runs: activate (default), skip, fail, wait,"
	    " replace, join or queue" },
	{ .first = true,
	    .name = "fail", .letter = 'n', .set = set_fail,
	    .help = "if it runs: fail (75), and say who it is" },
	{ .first = true,
	    .name = "skip", .set = set_skip,
	    .help = "if it runs: do nothing, successfully" },
	{ .first = true,
	    .name = "wait", .letter = 'w', .arg = "[SEC]", .set = set_wait,
	    .help = "wait for its end, then run; -w takes SEC; with replace,"
	    " join, queue: how long" },
	{ .name = "replace", .set = set_replace,
	    .help = "close its windows (they may ask to save: 5 s), end it"
	    " (10 s, -w), take its place" },
	{ .name = "join", .set = set_join,
	    .help = "wait for its end, and end with its status" },
	{ .name = "queue", .arg = "[N]", .set = set_queue,
	    .help = "run after it; at most N (1) launches wait" },
	{ .name = "conflict-exit-code", .letter = 'E', .arg = "CODE",
	    .set = set_busy_code,
	    .help = "exit code when busy, instead of 75" },
	{ .name = "stop-signal", .arg = "SIG", .set = set_stop_signal,
	    .help = "what replace and stop send (TERM)" },
	{ .name = "kill-after", .arg = "SEC", .set = set_kill_after,
	    .help = "and then KILL, after SEC seconds" },
	{ .name = "stop-tree", .set = set_stop_tree,
	    .help = "stop signal and KILL go to all that it has started" },
	{ .group = "What later launches do", .first = true,
	    .name = "on-activate", .arg = "CMD", .words = handovers,
	    .set = set_on_activate,
	    .help = "later launches run CMD with their arguments; auto,"
	    " self, dbus: what the program itself has for that" },
	{ .name = "signal", .arg = "SIG", .set = set_signal,
	    .help = "later launches send SIG to the program" },
	{ .name = "raise", .arg = "HOW", .words = raises, .set = set_raise,
	    .help = "later launches bring its windows to the front: auto"
	    " (default), never; where it is: cycle, toggle; here; class:NAME:"
	    " of this WM_CLASS too" },
	{ .name = "must-deliver", .set = set_must_deliver,
	    .help = "fail (69) if no handler takes the arguments" },
	{ .name = "no-stdin", .set = set_no_stdin,
	    .help = "do not offer standard input to the handler" },
	{ .group = "How it runs",
	    .name = "until-exit", .letter = 'W', .set = set_until_exit,
	    .help = "stay until the instance ends" },
	{ .name = "background", .set = set_background,
	    .help = "return as soon as the program has been started" },
	{ .name = "lifetime", .arg = "HOW", .words = lifetime_names,
	    .set = set_lifetime,
	    .help = "what counts as running: the process (main), its daemon"
	    " (daemon, default), all that it starts (tree)" },
	{ .name = "lock-file", .arg = "FILE", .set = set_lock_file,
	    .help = "also lock FILE, as flock(1) does; FILE:shared: with"
	    " others" },
	{ .name = "supervise", .set = set_supervise,
	    .help = "stay as the parent of the program" },
	{ .name = "restart", .arg = "WHEN", .words = restarts,
	    .set = set_restart,
	    .help = "start it again: always, on-failure, on-success" },
	{ .name = "resettable", .set = set_resettable,
	    .help = "onlyonectl reset is allowed" },
	{ .name = "on-error", .arg = "HOW", .words = on_errors,
	    .set = set_on_error,
	    .help = "when its state cannot be used: refuse (default), run" },
	{ .group = "In a cluster (onlyone-cluster(7))",
	    .name = "ttl", .arg = "SEC", .set = set_ttl,
	    .help = "how long a host that is gone keeps the key (15)" },
	{ .name = "grace", .arg = "SEC", .set = set_grace,
	    .help = "time for the program to end before that (5)" },
	{ .name = "hold", .arg = "SEC", .set = set_hold,
	    .help = "keep the key that long after the end, for cron" },
	{ .name = "on-lost", .arg = "HOW", .words = set_losts,
	    .set = set_on_lost,
	    .help = "lease lost: term (default; then kill), kill, stop,"
	    " warn" },
	{ .name = "cluster-activate", .set = set_cluster_activate,
	    .help = "other hosts may activate it, and ask it to end" },
	{ .name = "on-down", .arg = "HOW", .words = set_downs,
	    .set = set_on_down,
	    .help = "no answer at the start: fail (default), local: one on"
	    " this host" },
	{ .group = "What is said",
	    .name = "dry-run", .set = set_dry_run,
	    .help = "say what would happen, and do nothing" },
	{ .name = "explain", .set = set_explain,
	    .help = "say what happens, and do it" },
	{ .name = "quiet", .letter = 'q', .set = set_quiet,
	    .help = "no notes, nor that it is busy; errors are still shown" },
	{ .name = "verbose", .letter = 'v', .set = set_verbose,
	    .help = "say more" },
	{ .name = "help", .letter = 'h', .arg = "[all]", .words = option_helps,
	    .set = set_help,
	    .help = "print help; all: with all options" },
	{ .name = "version", .letter = 'V', .set = set_version,
	    .help = "print the version" },
};

const struct option_table option_table = { PROGRAM, rows,
	sizeof(rows) / sizeof(rows[0]) };
