/*
 * command.c: the command line of onlyone-raise.
 *
 * Here it is only parsed: main.c acts on it.  The first operand is the list of
 * the instance's pids; the others are files, which only --dbus can open.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/fault.h"
#include "cli/base/number.h"
#include "cli/base/option.h"
#include "cli/base/say.h"
#include "cli/windows/command.h"
#include "preload/contract.h"

enum { LIMIT_MS = 2000, HELP_COLUMN = 25 };

static const char program[] = "onlyone-raise";

#define SETS(kind, member) OPTION_SETS(kind, request, member)

static const char *const hows[] = { [HOW_FRONT] = "auto",
	[HOW_CYCLE] = "cycle", [HOW_TOGGLE] = "toggle", [HOW_HERE] = "here",
	NULL };

/* --notify-anyway */
static int
set_anyway(void *into, const char *value, struct fault *f)
{
	struct request *r = into;

	(void)f;
	r->text = value;
	r->anyway = true;
	return 0;
}

/* -v, -vv */
static int
set_verbose(void *into, const char *value, struct fault *f)
{
	(void)value;
	(void)f;
	((struct request *)into)->verbose++;
	return 0;
}

static int
set_after(void *into, const char *value, struct fault *f)
{
	struct request *r = into;

	return number_pid(value, &r->after) == 0 ? 0 :
	    option_bad(f, program, "--after", value, "a process");
}

static int
set_startup(void *into, const char *value, struct fault *f)
{
	struct request *r = into;

	(void)f;
	if (r->nstartup < sizeof(r->startup) / sizeof(*r->startup))
		r->startup[r->nstartup++] = value;
	return 0;
}

static const struct option_row rows[] = {
	{ .letter = 'm', .name = "mark", .arg = "FOLDER",
	  SETS(TEXT, instance.mark),
	  .help = "also processes with ONLYONE_SLOT=FOLDER" },
	{ .letter = 'c', .name = "class", .arg = "NAME",
	  SETS(TEXT, instance.class),
	  .help = "also windows of this WM_CLASS or app_id" },
	{ .letter = 't', .name = "terminal", SETS(ON, terminal),
	  .help = "without a window: the terminal that it runs in" },
	{ .name = "how", .arg = "HOW", .words = hows, SETS(WORD, instance.how),
	  .help = "cycle: if it is in front, its next window; toggle: then "
	    "minimise it; here: bring it to this desktop (X11, sway)" },
	{ .letter = 'w', .name = "wait", .arg = "SEC", SETS(SECONDS, wait_ms),
	  .help = "wait for a first window (0)" },
	{ .letter = 'l', .name = "limit", .arg = "SEC", SETS(SECONDS, limit_ms),
	  .help = "time limit on everything else (2)" },
	{ .letter = 'a', .name = "after", .arg = "PID", .set = set_after,
	  .help = "not before this process has ended, or 0.3 seconds" },
	{ .letter = 's', .name = "startup-id", .arg = "ID", .set = set_startup,
	  .help = "complete this startup notification; repeatable" },
	{ .letter = 'n', .name = "notify", .arg = "TEXT", SETS(TEXT, text),
	  .help = "without a window: a desktop notification" },
	{ .name = "notify-anyway", .arg = "TEXT", .set = set_anyway,
	  .help = "with a window, too" },
	{ .name = "title", .arg = "TEXT", SETS(TEXT, title),
	  .help = "and its title" },
	{ .name = "no-raise", SETS(ON, idle),
	  .help = "only --startup-id, --notify-anyway" },
	{ .letter = 'd', .name = "dbus", SETS(ON, dbus),
	  .help = "by org.freedesktop.Application; FILEs are opened" },
	{ .letter = 'C', .name = "close", SETS(BE, close), .least = CLOSE_ASK,
	  .help = "ask its windows to close, instead" },
	{ .name = "await-question", SETS(BE, close), .least = CLOSE_QUESTION,
	  .help = "then: until they are closed, or it asks its user: prints "
	    "the title of that window" },
	{ .name = "await-answer", SETS(BE, close), .least = CLOSE_ANSWER,
	  .help = "then: until its user has answered" },
	{ .name = "shown", SETS(ON, shown),
	  .help = "only tell whether it has a window" },
	{ .letter = 'v', .name = "verbose", .set = set_verbose,
	  .help = "say what came of it; twice: by which way, or why not" },
	{ .letter = 'h', .name = "help", SETS(ON, help),
	  .help = "print this text" },
	{ .letter = 'V', .name = "version", SETS(ON, version),
	  .help = "print the version" },
};

static const struct option_table table = { program, rows,
	sizeof(rows) / sizeof(*rows) };

static const char before[] =
"Usage: onlyone-raise [OPTION]... PID[,PID]... [FILE]...\n"
"Re-display the window of a program, as a second launch by onlyone does.\n"
"\n";

static const char after[] =
"\n"
"Exit status: 0 raised, 1 no window, 2 asked but not verified, 3 no display,\n"
"4 raised but hung, 5 the compositor forbids it, 6 its terminal was raised,\n"
"7 minimised, 64 usage.  With --close: 0 if a window was asked, else 1, or 5.\n"
"After that: 0 they are closed, 16 it asks, 17 its user has answered, and they\n"
"stay.  With --shown: 0 it has one, 1 or 18 it has none, 4 it has one but does\n"
"not answer, else nobody can tell.\n";

static _Noreturn void
usage_print(void)
{
	fputs(before, stdout);
	for (int i = 0; i < table.count; i++)
		option_print(&rows[i], HELP_COLUMN, "");
	fputs(after, stdout);
	exit(0);
}

/* Report bad usage, and exit. */
static _Noreturn void
misused(const char *what, const char *word)
{
	struct fault f;

	fault_set(&f, EXIT_USAGE, what, word ? " '" : "", word ? word : "",
	    word ? "'" : "", "; see onlyone-raise --help", NULL);
	say_fault(&f);
	exit(EXIT_USAGE);
}

/* Parse "PID[,PID]..." into i->pids, which is static. */
static void
pids_parse(struct instance *i, char *list)
{
	static pid_t pids[16];
	size_t n = 0;
	char *word;

	while ((word = strsep(&list, ","))) {
		if (n == sizeof(pids) / sizeof(*pids) ||
		    number_pid(word, &pids[n++]) < 0)
			misused("not a process", word);
	}
	i->pids = pids;
	i->npids = n;
}

void
request_parse(struct request *r, int argc, char *argv[])
{
	struct option_line line;
	struct fault f;
	int more;

	memset(r, 0, sizeof(*r));
	r->limit_ms = LIMIT_MS;
	option_begin(&line, &table, argc, argv, false);
	while ((more = option_next(&line, r, &f)) > 0) {
		if (r->help)
			usage_print();
		if (r->version) {
			puts("onlyone-raise " ONLYONE_VERSION);
			exit(0);
		}
	}
	if (more < 0) {
		say_fault(&f);
		exit(EXIT_USAGE);
	}
	if (line.at == argc)
		misused("no process is named", NULL);
	pids_parse(&r->instance, argv[line.at]);
	r->files = argv + line.at + 1;
	if (*r->files && !r->dbus)
		misused("only --dbus opens files:", *r->files);
}
