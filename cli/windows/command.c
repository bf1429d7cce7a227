/*
 * command.c: the command line of onlyone-raise.
 *
 * Here it is only parsed: main.c acts on it.  The first operand is the list of
 * the instance's pids; the others are files, which only --dbus can open.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/fault.h"
#include "cli/base/number.h"
#include "cli/windows/command.h"
#include "cli/windows/raise.h"
#include "cli/base/say.h"
#include "preload/contract.h"

enum { LIMIT_MS = 2000 };
enum { OPT_HOW = 999, OPT_TITLE, OPT_ANYWAY, OPT_IDLE, OPT_QUESTION, OPT_ANSWER,
	OPT_SHOWN };

static const struct option longs[] = {
	{ "mark", required_argument, NULL, 'm' },
	{ "class", required_argument, NULL, 'c' },
	{ "terminal", no_argument, NULL, 't' },
	{ "wait", required_argument, NULL, 'w' },
	{ "limit", required_argument, NULL, 'l' },
	{ "after", required_argument, NULL, 'a' },
	{ "startup-id", required_argument, NULL, 's' },
	{ "notify", required_argument, NULL, 'n' },
	{ "notify-anyway", required_argument, NULL, OPT_ANYWAY },
	{ "title", required_argument, NULL, OPT_TITLE },
	{ "no-raise", no_argument, NULL, OPT_IDLE },
	{ "how", required_argument, NULL, OPT_HOW },
	{ "dbus", no_argument, NULL, 'd' },
	{ "close", no_argument, NULL, 'C' },
	{ "await-question", no_argument, NULL, OPT_QUESTION },
	{ "await-answer", no_argument, NULL, OPT_ANSWER },
	{ "shown", no_argument, NULL, OPT_SHOWN },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static const char usage[] =
"Usage: onlyone-raise [OPTION]... PID[,PID]... [FILE]...\n"
"Re-display the window of a program, as a second launch by onlyone does.\n"
"\n"
"  -m, --mark=FOLDER     also processes with ONLYONE_SLOT=FOLDER\n"
"  -c, --class=NAME      also windows of this WM_CLASS or app_id\n"
"  -t, --terminal        without a window: the terminal that it runs in\n"
"      --how=HOW         cycle: if it is in front, its next window; toggle: then\n"
"                        minimise it; here: bring it to this desktop (X11, sway)\n"
"  -w, --wait=SEC        wait for a first window (0)\n"
"  -l, --limit=SEC       time limit on everything else (2)\n"
"  -a, --after=PID       not before this process has ended, or 0.3 seconds\n"
"  -s, --startup-id=ID   complete this startup notification; repeatable\n"
"  -n, --notify=TEXT     without a window: a desktop notification\n"
"      --notify-anyway=TEXT  with a window, too\n"
"      --title=TEXT      and its title\n"
"      --no-raise        only --startup-id, --notify-anyway\n"
"  -d, --dbus            by org.freedesktop.Application; FILEs are opened\n"
"  -C, --close           ask its windows to close, instead\n"
"      --await-question  then: until they are closed, or it asks its user: prints\n"
"                        the title of that window\n"
"      --await-answer    then: until its user has answered\n"
"      --shown           only tell whether it has a window\n"
"  -v, --verbose         say what came of it; twice: by which way, or why not\n"
"  -h, --help\n"
"  -V, --version\n"
"\n"
"Exit status: 0 raised, 1 no window, 2 asked but not verified, 3 no display,\n"
"4 raised but hung, 5 the compositor forbids it, 6 its terminal was raised,\n"
"7 minimised, 64 usage.  With --close: 0 if a window was asked, else 1, or 5.\n"
"After that: 0 they are closed, 16 it asks, 17 its user has answered, and they\n"
"stay.  With --shown: 0 it has one, 1 or 18 it has none, 4 it has one but does\n"
"not answer, else nobody can tell.\n";

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

static int
seconds(const char *what, const char *word)
{
	int ms;

	if (number_seconds(word, &ms) < 0)
		misused(what, word);
	return ms;
}

static enum how
how_parse(const char *word)
{
	static const char *const names[] = { [HOW_FRONT] = "auto",
		[HOW_CYCLE] = "cycle", [HOW_TOGGLE] = "toggle",
		[HOW_HERE] = "here" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(word, names[i]))
			return (enum how)i;
	}
	misused("--how: not auto, cycle, toggle or here:", word);
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
	int letter;

	memset(r, 0, sizeof(*r));
	r->limit_ms = LIMIT_MS;
	opterr = 0;
	while ((letter = getopt_long(argc, argv, "+m:c:tw:l:a:s:n:dCvhV",
	    longs, NULL)) != -1) {
		switch (letter) {
		case 'm':
			r->instance.mark = optarg;
			break;
		case 'c':
			r->instance.class = optarg;
			break;
		case 't':
			r->terminal = true;
			break;
		case 'w':
			r->wait_ms = seconds("--wait: not a number of seconds",
			    optarg);
			break;
		case 'l':
			r->limit_ms = seconds("--limit: not a number of"
			    " seconds", optarg);
			break;
		case 'a':
			if (number_pid(optarg, &r->after) < 0)
				misused("--after: not a process", optarg);
			break;
		case 's':
			if (r->nstartup < sizeof(r->startup) /
			    sizeof(*r->startup))
				r->startup[r->nstartup++] = optarg;
			break;
		case 'n':
			r->text = optarg;
			break;
		case OPT_ANYWAY:
			r->text = optarg;
			r->anyway = true;
			break;
		case OPT_IDLE:
			r->idle = true;
			break;
		case OPT_HOW:
			r->instance.how = how_parse(optarg);
			break;
		case OPT_TITLE:
			r->title = optarg;
			break;
		case 'd':
			r->dbus = true;
			break;
		case 'C':
			r->close = CLOSE_ASK;
			break;
		case OPT_QUESTION:
			r->close = CLOSE_QUESTION;
			break;
		case OPT_ANSWER:
			r->close = CLOSE_ANSWER;
			break;
		case OPT_SHOWN:
			r->shown = true;
			break;
		case 'v':
			r->verbose++;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		case 'V':
			puts("onlyone-raise " ONLYONE_VERSION);
			exit(0);
		default:
			misused("unknown option, or one without its value:",
			    argv[optind - 1]);
		}
	}
	if (optind == argc)
		misused("no process is named", NULL);
	pids_parse(&r->instance, argv[optind]);
	r->files = argv + optind + 1;
	if (*r->files && !r->dbus)
		misused("only --dbus opens files:", *r->files);
}
