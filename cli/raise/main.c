/*
 * main.c: onlyone-raise: re-display an instance.
 *
 * The compositor's own interface first, where it has one, then X11; the
 * terminal of a program that has no window.  What may appear yet is waited
 * for.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/fault.h"
#include "cli/io.h"
#include "cli/number.h"
#include "cli/raise/raise.h"
#include "cli/say.h"
#include "cli/slot/owner.h"
#include "preload/contract.h"

enum { LIMIT_MS = 2000, AFTER_MS = 300, LOOK_MS = 100 };

/* The words are what a second launch says with -v. */
static const char *const words[OUTCOMES] = {
	[OUTCOME_RAISED] = "raised",
	[OUTCOME_NO_WINDOW] = "no window",
	[OUTCOME_ASKED] = "asked, not verified",
	[OUTCOME_NO_DISPLAY] = "no display",
	[OUTCOME_HUNG] = "raised, but it does not answer",
	[OUTCOME_FORBIDDEN] = "the compositor does not let others raise it",
	[OUTCOME_TERMINAL] = "raised its terminal",
};

struct request {
	struct instance instance;
	bool close, dbus, idle, terminal, verbose;
	int limit_ms, wait_ms;
	pid_t after;
	const char *startup[64]; /* ids to be completed */
	size_t nstartup;
	const char *title, *text; /* of a notification */
	bool anyway;              /* with a window, too */
	char *const *files;
};

enum { OPT_TITLE = 1000, OPT_ANYWAY, OPT_IDLE };

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
	{ "dbus", no_argument, NULL, 'd' },
	{ "close", no_argument, NULL, 'C' },
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
"  -v, --verbose         say what came of it\n"
"  -h, --help\n"
"  -V, --version\n"
"\n"
"Exit status: 0 raised, 1 no window, 2 asked but not verified, 3 no display,\n"
"4 raised but hung, 5 the compositor forbids it, 6 its terminal was raised,\n"
"64 usage.  With --close: 0 if a window was asked, else 1.\n";

/* Bad usage: tell, and end. */
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

/* "PID[,PID]...": of the process list; owned by nobody, for ever. */
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

static void
request_parse(struct request *r, int argc, char *argv[])
{
	int letter;

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
			r->wait_ms = seconds("--wait: not seconds", optarg);
			break;
		case 'l':
			r->limit_ms = seconds("--limit: not seconds", optarg);
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
		case OPT_TITLE:
			r->title = optarg;
			break;
		case 'd':
			r->dbus = true;
			break;
		case 'C':
			r->close = true;
			break;
		case 'v':
			r->verbose = true;
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
		misused("which process?", NULL);
	pids_parse(&r->instance, argv[optind]);
	r->files = argv + optind + 1;
	if (*r->files && !r->dbus)
		misused("only --dbus opens files:", *r->files);
}

/* What the handler does is to be seen when the window comes. */
static void
after_wait(pid_t pid)
{
	int fd = pid ? owner_pidfd(pid) : -1;

	if (fd >= 0)
		io_wait(fd, POLLIN, AFTER_MS);
	io_close(&fd);
}

/* Half of the time there is from now on: one who hangs leaves the other half
 * to those who come after. */
static long long
half(long long deadline)
{
	long long now = clock_now();

	return now + (deadline - now) / 2;
}

static bool
is_nowhere(enum outcome o)
{
	return o == OUTCOME_NO_WINDOW || o == OUTCOME_NO_DISPLAY;
}

/* One look: the compositor, the X server. */
static enum outcome
windows_raise(struct x11 *x, const struct request *r, long long deadline)
{
	enum outcome sway = sway_raise(&r->instance, half(deadline)), o;

	if (sway == OUTCOME_RAISED || !x)
		return sway;
	o = x11_raise(x, &r->instance, deadline);
	/* The compositor has seen windows that are none of the X server's. */
	return is_nowhere(o) && sway != OUTCOME_NO_DISPLAY ? sway : o;
}

/* What became of one who has no window that we could find. */
static enum outcome
nowhere_why(enum outcome o, enum outcome terminal)
{
	if (!is_nowhere(o))
		return o;
	if (!is_nowhere(terminal))
		return terminal;
	return wayland_is_mute() ? OUTCOME_FORBIDDEN : o;
}

static void
pause_until_change(struct x11 *x, long long until)
{
	long long now = clock_now();

	/* A compositor tells nothing that is as simple as asking again. */
	if (!x || getenv("SWAYSOCK") || getenv("I3SOCK"))
		clock_sleep(1000L * (until - now < LOOK_MS ?
		    (long)(until - now) : LOOK_MS));
	else
		x11_wait(x, until);
}

/* Look, until there is a window or the time for that is up. */
static enum outcome
raise_patiently(struct x11 *x, const struct request *r)
{
	long long until = clock_now() + r->wait_ms;
	enum outcome o, terminal = OUTCOME_NO_WINDOW;

	for (bool first = true;; first = false) {
		o = windows_raise(x, r, clock_now() + r->limit_ms);
		if (is_nowhere(o) && first && r->terminal)
			terminal = terminal_raise(x, &r->instance,
			    half(clock_now() + r->limit_ms));
		if (o != OUTCOME_NO_WINDOW || clock_now() >= until)
			break;
		pause_until_change(x, until);
	}
	return nowhere_why(o, terminal);
}

/* What came of both: documents that nobody took are what the caller wants to
 * know, and else that it has been seen to by either. */
static enum outcome
bus_or_window(const struct request *r, enum outcome bus, enum outcome o)
{
	if (*r->files || (bus == OUTCOME_RAISED && o != OUTCOME_HUNG) ||
	    (bus == OUTCOME_ASKED && is_nowhere(o)))
		return bus;
	return o;
}

static enum outcome
request_serve(struct request *r)
{
	long long deadline = clock_now() + r->limit_ms;
	const char *token = getenv("XDG_ACTIVATION_TOKEN");
	enum outcome bus = OUTCOME_NO_WINDOW, o;
	struct x11 *x;

	if (!token && r->nstartup)
		token = r->startup[0];
	if (r->dbus)
		bus = bus_activate(&r->instance, r->files, token,
		    half(deadline));
	x = x11_open(deadline);
	o = r->idle ? OUTCOME_NO_WINDOW : raise_patiently(x, r);
	for (size_t i = 0; x && i < r->nstartup; i++)
		x11_startup_complete(x, r->startup[i]);
	if (x)
		x11_close(x);
	return bus_or_window(r, bus, o);
}

static int
close_serve(struct request *r)
{
	long long deadline = clock_now() + r->limit_ms;
	int n = sway_ask_close(&r->instance, half(deadline));
	/* sway has seen the windows of its X server too: never ask twice. */
	struct x11 *x = n ? NULL : x11_open(deadline);

	if (x) {
		n += x11_ask_close(x, &r->instance);
		x11_close(x);
	}
	return n ? 0 : OUTCOME_NO_WINDOW;
}

/* No words: what it waited for may hold anything. */
static void
on_alarm(int sig)
{
	(void)sig;
	_exit(OUTCOME_NO_DISPLAY);
}

/* All parts keep to their time limits; this is for what they cannot know of, a
 * name service that hangs for one. */
static void
alarm_set(long long ms)
{
	sigset_t late;

	sigemptyset(&late);
	sigaddset(&late, SIGALRM);
	signal(SIGALRM, on_alarm);
	sigprocmask(SIG_UNBLOCK, &late, NULL);
	alarm((unsigned int)(ms / 1000 + 2));
}

static void
notice_show(const struct request *r)
{
	if (r->text)
		bus_notify(r->title ? r->title : "onlyone", r->text,
		    half(clock_now() + r->limit_ms));
}

int
main(int argc, char *argv[])
{
	struct request r = { .limit_ms = LIMIT_MS };
	enum outcome o;

	say_name("onlyone-raise");
	request_parse(&r, argc, argv);
	after_wait(r.after);
	alarm_set(r.limit_ms * 3LL + r.wait_ms);
	if (r.close)
		return close_serve(&r);
	if (r.anyway)
		notice_show(&r);
	o = request_serve(&r);
	if (!r.anyway && (is_nowhere(o) || o == OUTCOME_FORBIDDEN))
		notice_show(&r);
	if (r.verbose)
		puts(words[o]);
	return (int)o;
}
