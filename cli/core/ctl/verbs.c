/*
 * verbs.c: the tables of onlyonectl's verbs and options, and the usage text,
 * which is made from them.
 *
 * A verb's row names its operands, the options that it takes, and the function
 * that runs it.  An option has one row, which all its verbs share.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/base/number.h"
#include "cli/base/option.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/core/ctl/act.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/doctor.h"
#include "cli/core/ctl/enable.h"
#include "cli/core/ctl/hold.h"
#include "cli/core/ctl/keys.h"
#include "cli/core/ctl/list.h"
#include "cli/core/ctl/listen.h"
#include "cli/core/ctl/log.h"
#include "cli/core/ctl/rules.h"
#include "cli/core/ctl/session.h"
#include "cli/core/ctl/stop.h"
#include "cli/core/ctl/verbs.h"
#include "cli/core/launch/options.h"
#include "preload/contract.h"

#define PROGRAM "onlyonectl"

static int
verb_wait(void *into, const char *value, struct fault *f)
{
	struct verb_options *o = into;

	o->wait_ms = WAIT_EVER;
	return value ? option_seconds(f, PROGRAM, "-w, --wait", value,
	    &o->wait_ms) : 0;
}

/* -E 0 is refused: exit status 0 would mean that the shell holds the slot. */
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

#define SETS(kind, member) OPTION_SETS(kind, verb_options, member)

static const struct option_row rows[] = {
	{ .name = "json", SETS(ON, json),
	    .help = "an array of objects; listen: one a line" },
	{ .name = "raw", SETS(ON, raw),
	    .help = "tab-separated words" },
	{ .name = "every", SETS(ON, every),
	    .help = "jobs of onlyone --every, not instances" },
	{ .name = "all", SETS(ON, all),
	    .help = "all instances of APP" },
	{ .name = "wait", .letter = 'w', .arg = "[SEC]", .set = verb_wait,
	    .help = "how long to wait" },
	{ .name = "owner", .arg = "PID", .set = set_pid,
	    .help = "that process, not the shell" },
	{ .name = "self", SETS(ON, self),
	    .help = "the script, as onlyone SCRIPT names it" },
	{ .name = "skip", SETS(ON, skip),
	    .help = "do not wait, print nothing; 75 if it is taken" },
	{ .name = "conflict-exit-code", .letter = 'E', .arg = "CODE",
	    .set = verb_busy_code,
	    .help = "exit with CODE when busy, instead of 75" },
	{ .name = "pid", .arg = "PID", .set = set_pid,
	    .help = "which process" },
	{ .name = "kill-after", .arg = "SEC", SETS(SECONDS, kill_ms),
	    .help = "send KILL, SEC seconds later" },
	{ .name = "tree", SETS(ON, tree),
	    .help = "stop everything it has started, too" },
	{ .name = "force", SETS(ON, force),
	    .help = "even if it may still be running" },
	{ .name = "system", SETS(ON, system),
	    .help = "for every user" },
	{ .name = "link", SETS(ON, link),
	    .help = "put a link into PATH, too" },
	{ .name = "desktop", SETS(ON, desktop),
	    .help = "in menus, by its desktop entries" },
	{ .name = "autostart", SETS(ON, autostart),
	    .help = "with --desktop: at login too" },
	{ .name = "quiet", .letter = 'q',
	    SETS(BE, loudness), .least = SAY_QUIET,
	    .help = "no notes and no busy message" },
	OPTION_LAST_ROWS(verb_options),
};

void
verb_options_init(struct verb_options *o)
{
	memset(o, 0, sizeof(*o));
	o->wait_ms = -1;
	o->kill_ms = -1;
	o->busy_code = EXIT_BUSY;
	o->loudness = SAY_NORMAL;
}

const struct option_table verb_option_table = { PROGRAM, rows,
	sizeof(rows) / sizeof(rows[0]) };

bool
verb_takes(const struct verb *v, const char *option)
{
	return text_among(v->options, option) ||
	    text_among(verb_common, option);
}

/*
 * The usage text of onlyonectl, and that of one verb.
 */

enum { HELP_COLUMN = 34 };

void
verb_takers(const char *option, const char *end, char *buf)
{
	struct text t = text_in(buf, VERB_TAKERS);

	for (int i = 0; i < verb_count; i++) {
		if (!text_among(verbs[i].options, option))
			continue;
		text_all(&t, t.len ? ", " : "", verbs[i].name, NULL);
	}
	text_add(&t, t.len ? end : "");
}

static void
verb_print(const struct verb *v)
{
	printf("Usage: onlyonectl %s%s%s\n\n%s: %s.\n\nOptions:\n", v->name,
	    *v->operands ? " " : "", v->operands, v->name, v->help);
	for (int i = 0; i < verb_option_table.count; i++) {
		const struct option_row *row = &verb_option_table.rows[i];

		if (verb_takes(v, row->name))
			option_print(row, HELP_COLUMN, "");
	}
	puts("\nSee onlyonectl(1).");
}

static void
verb_line_print(const struct verb *v)
{
	int n = printf("  %s %s", v->name, v->operands);

	printf("%*s%s\n", n < HELP_COLUMN - 1 ? HELP_COLUMN - n : 1, "",
	    v->help);
}

void
help_print(enum help how, const struct verb *v)
{
	char names[VERB_TAKERS];
	int at = 0;

	if (v) {
		verb_print(v);
		return;
	}
	fputs("Usage: onlyonectl VERB [OPTIONS] [OPERAND...]\n\n"
	      "List, stop and control the instances that onlyone has"
	      " started.\n\n"
	      "Verbs:\n", stdout);
	for (int i = 0; i < verb_count; i++) {
		if (how == HELP_ALL || verbs[i].flags & VERB_FIRST)
			verb_line_print(&verbs[i]);
	}
	if (how == HELP_SHORT) {
		puts("\nMore verbs (--help=all explains them):");
		for (int i = 0; i < verb_count; i++) {
			if (!(verbs[i].flags & VERB_FIRST))
				option_name_print(verbs[i].name, &at);
		}
		putchar('\n');
	}
	fputs("\nAPP is an application as list shows it, a path, or a name;"
	      " without KEY it means\nthe singleton, or the only instance"
	      " there is.\n\n", stdout);
	if (how == HELP_SHORT) {
		puts("onlyonectl VERB --help says which options a verb"
		     " has.  See onlyonectl(1).");
		return;
	}
	puts("Options:");
	for (int i = 0; i < verb_option_table.count; i++) {
		const struct option_row *row = &verb_option_table.rows[i];

		verb_takers(row->name, ":", names);
		option_print(row, HELP_COLUMN, names);
	}
	fputs("\nExit status: 0; 1 something is wrong (doctor, rules), not"
	      " sealed; 3 no such\ninstance; 64 usage; 69 no answer; 71 system"
	      " error; 73 state unusable; 75\nstill running, or held by"
	      " another process; 76 lost; 77 not permitted.\nSee"
	      " onlyonectl(1).\n",
	    stdout);
}

int
ctl_help(struct ctl *c, struct fault *f)
{
	const struct verb *v;

	if (!c->noperands) {
		help_print(HELP_SHORT, NULL);
		return 0;
	}
	v = verb_find(c->operands[0]);
	if (!v)
		return verb_fault(c->operands[0], f);
	help_print(HELP_SHORT, v);
	return 0;
}

const struct verb verbs[] = {
	{ "list", "[APP] [--json]", "the running instances", 0, 99,
	    "json raw all every", VERB_FIRST | VERB_PRINTS, ctl_list },
	{ "status", "APP [KEY]", "whether it is running: exit status 0, or"
	    " 3", 1, 99,
	    "", VERB_FIRST | VERB_PRINTS, ctl_status },
	{ "pid", "APP [KEY]", "print its pid", 1, 99,
	    "", VERB_PRINTS, ctl_pid },
	{ "count", "APP [KEY]", "print how many are running", 1, 99,
	    "all", VERB_PRINTS, ctl_count },
	{ "log", "APP [KEY] [--json]", "what has happened to it, and how it"
	    " exited",
	    1, 99, "json", VERB_FIRST | VERB_PRINTS, ctl_log },
	{ "activate", "APP [KEY] [-- ARG...]", "hand arguments over", 1, 99,
	    "", VERB_REST, ctl_activate },
	{ "wait", "APP [KEY]", "wait until it exits", 1, 99,
	    "all wait", VERB_FIRST, ctl_wait },
	{ "stop", "APP [KEY]", "close its windows, or send TERM", 1,
	    99, "all wait kill-after tree",
	    VERB_FIRST | VERB_TARGETS, ctl_stop },
	{ "signal", "SIG APP [KEY]", "send it a signal", 2, 99,
	    "all", 0, ctl_signal },
	{ "hold", "NAME [KEY]", "make the calling shell the instance", 1,
	    99, "wait owner self skip conflict-exit-code", VERB_FIRST,
	    ctl_hold },
	{ "release", "NAME [KEY]", "undo hold", 1, 99,
	    "owner self", 0, ctl_release },
	{ "adopt", "APP [KEY] --pid=PID", "make a running process the"
	    " instance", 1, 99, "pid", 0, ctl_adopt },
	{ "listen", "APP [KEY] [--json]", "print later launches, for a loop",
	    1, 99,
	    "json", 0, ctl_listen },
	{ "done", "ID [STATUS]", "answer a launch that listen printed", 1, 2,
	    "", 0, ctl_done },
	{ "seal", "APP", "allow only the keys that are running now", 1, 1,
	    "", 0, ctl_seal },
	{ "unseal", "APP", "allow all keys again", 1, 1,
	    "", 0, ctl_unseal },
	{ "is-sealed", "APP", "whether it is sealed: exit status 0, or 1", 1, 1,
	    "", 0, ctl_is_sealed },
	{ "forget", "APP [KEY]", "free its place; the process keeps"
	    " running", 1, 99,
	    "all every force", 0, ctl_forget },
	{ "reset", "APP", "forget all its instances, if --resettable", 1, 1,
	    "", 0, ctl_reset },
	{ "enable", "APP [OPTIONS]", "make APP single-instance, always", 1,
	    9999, "system link desktop autostart", VERB_FIRST | VERB_LINE,
	    ctl_enable },
	{ "disable", "APP", "undo enable", 1, 1,
	    "system desktop", VERB_FIRST, ctl_disable },
	{ "rules", "[--json]", "what is enabled, and by which files", 0, 0,
	    "json", VERB_FIRST | VERB_PRINTS, ctl_rules },
	{ "session", "[-- COMMAND]", "how to switch rules on, or run with"
	    " them", 0, 0,
	    "", VERB_REST | VERB_PRINTS, ctl_session },
	{ "doctor", "", "check the set-up and every instance", 0, 0,
	    "", VERB_FIRST | VERB_PRINTS, ctl_doctor },
	{ "help", "[VERB]", "this help, or that of one verb", 0, 1,
	    "", VERB_PRINTS, ctl_help },
};
const int verb_count = sizeof(verbs) / sizeof(verbs[0]);

const char verb_common[] = "quiet verbose help";
const char verb_none[] = "version";

const struct verb *
verb_find(const char *name)
{
	for (int i = 0; i < verb_count; i++) {
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	}
	return NULL;
}

int
verb_fault(const char *name, struct fault *f)
{
	/* Other programs' names for our verbs. */
	static const char *const others[][2] = { { "kill", "stop" },
		{ "end", "stop" }, { "quit", "stop" }, { "ls", "list" },
		{ "ps", "list" }, { "show", "list" }, { "remove", "disable" } };
	char hint[NEAR_HINT];
	struct near near;

	near_begin(&near, name, strlen(name));
	for (int i = 0; i < verb_count; i++)
		near_try(&near, verbs[i].name);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		if (!strcmp(others[i][0], name))
			near.best = others[i][1];
	}
	return fault_set(f, EXIT_USAGE, "unknown verb '", name, "'",
	    near_hint(&near, "", hint), "; see onlyonectl --help", NULL);
}
