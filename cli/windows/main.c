/*
 * main.c: onlyone-raise: re-display an instance.
 *
 * The compositor's own interface is tried first, where it has one, then X11.
 * If the program has no window, its terminal is raised.  With --wait we look
 * again until a first window appears.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/fault.h"
#include "cli/base/io.h"
#include "cli/base/number.h"
#include "cli/base/option.h"
#include "cli/base/say.h"
#include "cli/core/slot/owner.h"
#include "cli/windows/windows.h"
#include "preload/contract.h"

/*
 * The command line of onlyone-raise.
 *
 * The first operand is the list of the instance's pids; the others are files,
 * which only --dbus and --second can open.
 */

enum { LIMIT_MS = 2000, HELP_COLUMN = 25 };

/* More than a dozen members: one for each option. */
struct request {
	struct instance instance;
	bool close;    /* only ask its windows to close */
	bool titles;   /* only print the titles of its windows */
	bool shown;    /* only tell whether the instance has a window */
	bool evidence; /* only tell whether a second start would hand over */
	bool known;    /* that has handed over before */
	bool visible;  /* not if the instance has no window */
	const char *second; /* only start this program a second time; NULL */
	const char *notice, *title; /* only show this notification; NULL */
	bool dbus;     /* activate the program by D-Bus first */
	bool idle;     /* raise nothing */
	bool help, version;
	bool terminal; /* without a window raising its terminal will do */
	int verbose;
	int limit_ms, wait_ms;
	pid_t after;   /* wait a moment for this process to exit; 0: none */
	const char *startup[64]; /* ids of startup notifications to complete */
	size_t nstartup;
	char **files;  /* for D-Bus, or the second start; ended by NULL */
};

static const char program[] = "onlyone-raise";

#define SETS(kind, member) OPTION_SETS(kind, request, member)

/* -v, -vv */
static int
set_verbose(void *into, const char *value, struct fault *f)
{
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
set_run(void *into, const char *value, struct fault *f)
{
	struct request *r = into;

	return number_parse(value, &r->instance.run) == 0 ? 0 :
	    option_bad(f, program, "--run", value, "a number");
}

static int
set_startup(void *into, const char *value, struct fault *f)
{
	struct request *r = into;

	if (r->nstartup < sizeof(r->startup) / sizeof(*r->startup))
		r->startup[r->nstartup++] = value;
	return 0;
}

static const struct option_row rows[] = {
	{ .letter = 'm', .name = "mark", .arg = "FOLDER",
	  SETS(TEXT, instance.mark),
	  .help = "also processes with ONLYONE_SLOT=FOLDER" },
	{ .name = "run", .arg = "RUN", .set = set_run,
	  .help = "of these only those with ONLYONE_RUN=RUN" },
	{ .letter = 'c', .name = "class", .arg = "NAME",
	  SETS(TEXT, instance.class),
	  .help = "also windows of this WM_CLASS or app_id" },
	{ .name = "document", .arg = "FILE", SETS(TEXT, instance.document),
	  .help = "prefer the window whose title names FILE" },
	{ .letter = 't', .name = "terminal", SETS(ON, terminal),
	  .help = "without a window: the terminal that it runs in" },
	{ .letter = 'w', .name = "wait", .arg = "SEC", SETS(SECONDS, wait_ms),
	  .help = "wait for a first window (0)" },
	{ .letter = 'l', .name = "limit", .arg = "SEC", SETS(SECONDS, limit_ms),
	  .help = "give up after SEC; --wait is not counted (2)" },
	{ .letter = 'a', .name = "after", .arg = "PID", .set = set_after,
	  .help = "wait until this process has exited, 0.3 seconds at most" },
	{ .letter = 's', .name = "startup-id", .arg = "ID", .set = set_startup,
	  .help = "complete this startup notification; repeatable" },
	{ .name = "no-raise", SETS(ON, idle),
	  .help = "raise nothing; --startup-id, --second count" },
	{ .letter = 'd', .name = "dbus", SETS(ON, dbus),
	  .help = "ask the program over D-Bus, to open FILEs too" },
	{ .letter = 'C', .name = "close", SETS(ON, close),
	  .help = "only ask its windows to close" },
	{ .name = "titles", SETS(ON, titles),
	  .help = "only print the titles of its windows" },
	{ .name = "shown", SETS(ON, shown),
	  .help = "only tell whether it has a window" },
	{ .name = "evidence", SETS(ON, evidence),
	  .help = "only print why a second start would hand over" },
	{ .name = "second", .arg = "PROGRAM", SETS(TEXT, second),
	  .help = "only start PROGRAM again, if that hands FILEs over" },
	{ .name = "known", SETS(ON, known),
	  .help = "with --second: it has handed over before" },
	{ .name = "visible", SETS(ON, visible),
	  .help = "with --second: only while it has a window" },
	{ .letter = 'n', .name = "notify", .arg = "TEXT", SETS(TEXT, notice),
	  .help = "only show a desktop notification" },
	{ .name = "title", .arg = "TEXT", SETS(TEXT, title),
	  .help = "the title of that notification" },
	{ .letter = 'v', .name = "verbose", .set = set_verbose,
	  .help = "say whether it worked; twice: also how, or why not" },
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
"Exit status: 0 raised; 1 no window; 2 asked for its window, not known whether\n"
"it came to the front; 3 no display; 4 raised, but the program does not respond;\n"
"5 the compositor knows no window of it; 6 its terminal was raised; 7 only\n"
"the program can raise its window here, and does not know how; 64 usage.\n"
"--close: 0 a window was asked to close; 1 it has none.\n"
"--titles: 0 it has a window with a title; 1 none is known.\n"
"--shown: 0 it has a window; 1 or 18 it has none; 4 it has one, but does not\n"
"respond; any other: not known.\n"
"--evidence: 0 it would; 1 it would not; 3 not known.\n"
"--second: 0 it handed over; 30 it would not: nothing was started; 31 it showed\n"
"a window of its own, and was stopped; 32 it failed; 33 it stayed, and was\n"
"stopped; 34 the program does not respond; 35 no FILE, and it has a window; 69\n"
"the program exited meanwhile.\n"
"--notify: 0 it was shown; 3 there is no bus.\n";

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
misuse_exit(const char *what, const char *word)
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
			misuse_exit("not a pid:", word);
	}
	i->pids = pids;
	i->npids = n;
}

/* Parse argv; exits for --help, --version and bad usage.  r points into argv,
 * and to one static list of pids. */
static void
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
		misuse_exit("give the pid of a program", NULL);
	pids_parse(&r->instance, argv[line.at]);
	r->files = argv + line.at + 1;
	if (*r->files && !r->dbus && !r->second)
		misuse_exit("files go with --dbus and --second only:",
		    *r->files);
}

/*
 * The new window that a program opens for arguments it has just been given.
 *
 * The user wants to see that window.  If we raised an older one first, it would
 * cover the new one, or the window manager would keep the new one behind, since
 * the user seems busy with the raised one.  So we note the windows that exist,
 * and wait a moment for a new one.  A new one that comes later is raised over
 * the older one, if the user is still at that.
 */

enum {
	HANDLER_MS = 300, /* for the handler to end */
	SOON_MS = 150,    /* then, for a new window */
	FRESH_MS = 2000,  /* for a new window, after we raised an older one */
	SETTLE_MS = 300,  /* for the older one to become active */
	FRESH_LOOK_MS = 20
};

struct fresh {
	struct x11 *x;
	const struct instance *instance;
	struct buf before; /* the windows at the start */
	xcb_window_t come; /* the topmost window that is not in before */
};

static bool
fresh_look(struct fresh *n)
{
	struct buf found = { 0 };
	xcb_window_t w;

	n->come = XCB_NONE;
	x11_find(n->x, n->instance, KIN_NONE, &found);
	for (size_t k = 0; k < found.len; k += sizeof(w)) {
		memcpy(&w, found.at + k, sizeof(w));
		if (!x11_contains(&n->before, w))
			n->come = w;
	}
	buf_free(&found);
	return n->come != XCB_NONE;
}

/* Wait for a new window, up to the moment until.  If we were stopped beyond
 * that moment, look once more. */
static bool
fresh_await(struct fresh *n, long long until)
{
	while (!fresh_look(n)) {
		if (!x11_wait(n->x, until))
			return fresh_look(n);
	}
	return true;
}

/* The window of before that was opened last, if it demands attention: it came
 * before we looked, and the manager kept it behind the window in use. */
static xcb_window_t
kept_behind(const struct fresh *n)
{
	struct x11 *x = n->x;
	xcb_window_t w = XCB_NONE, one;
	struct buf all = { 0 };

	property_copy(x, property_ask(x, x->root,
	    x->atoms[NET_CLIENT_LIST]), 32, &all);
	for (size_t k = 0; k < all.len; k += sizeof(one)) {
		memcpy(&one, all.at + k, sizeof(one));
		if (x11_contains(&n->before, one))
			w = one;
	}
	buf_free(&all);
	return w && property_has(x, property_ask(x, w, x->atoms[NET_WM_STATE]),
	    x->atoms[NET_WM_STATE_DEMANDS_ATTENTION]) ? w : XCB_NONE;
}

/* Wait for a new window until the handler (0: none) has exited, and SOON_MS
 * after that.  true: n->come has a window to raise. */
static bool
fresh_soon(struct fresh *n, pid_t handler)
{
	long long end = clock_now() + HANDLER_MS;
	int fd = handler ? owner_pidfd(handler) : -1;
	bool come = false;

	while (!come && fd >= 0 && clock_now() < end &&
	    io_wait(fd, POLLIN, 0) <= 0)
		come = fresh_await(n, clock_now() + FRESH_LOOK_MS);
	io_close(&fd);
	if (!come && !fresh_await(n, clock_now() + SOON_MS))
		n->come = kept_behind(n);
	return n->come != XCB_NONE;
}

static void
on_newer(int sig)
{
	_exit(OUTCOME_RAISED);
}

/* We raised an older window: if a new one comes within FRESH_MS, and the user
 * is still at one of the older windows, raise the new one. */
static void
fresh_later(struct fresh *n, int limit_ms)
{
	sigset_t newer;
	long long until;

	/* The keeper sends SIGUSR1 when it has another window to raise: we end,
	 * since our work is done.  It started us with the signal blocked. */
	sigemptyset(&newer);
	sigaddset(&newer, SIGUSR1);
	signal(SIGUSR1, on_newer);
	sigprocmask(SIG_UNBLOCK, &newer, NULL);
	if (!fresh_await(n, clock_now() + FRESH_MS))
		return;
	/* The new window may be active until our raise of the older one takes
	 * effect. */
	until = clock_now() + SETTLE_MS;
	while (!x11_contains(&n->before, x11_active(n->x))) {
		if (clock_now() >= until)
			return;
		clock_sleep(1000L * FRESH_LOOK_MS);
	}
	x11_raise_one(n->x, n->come, clock_now() + limit_ms);
}

enum {
	AFTER_MS = 300,
	LATER_MS = 3000,
	HOW = 512
};

/* What -v prints; a launch has words of its own (meet/messages.c). */
static const char *const words[OUTCOMES] = {
	[OUTCOME_RAISED] = "raised",
	[OUTCOME_NO_WINDOW] = "no window",
	[OUTCOME_ASKED] = "asked for its window; not known whether it came",
	[OUTCOME_NO_DISPLAY] = ALARM_SAYS,
	[OUTCOME_HUNG] = "raised, but the program does not respond",
	[OUTCOME_FORBIDDEN] = "the compositor knows no window of the program",
	[OUTCOME_TERMINAL] = "raised its terminal",
	[OUTCOME_UNABLE] = "only the program can raise its window here, and it"
	    " does not know how",
};

/* Connect to the X server; one that hangs ends us sooner than other things. */
static struct x11 *
server_open(const struct request *r)
{
	return alarm_x11(r->limit_ms,
	    r->limit_ms * 3LL + r->wait_ms + (r->after ? LATER_MS : 0));
}

/* Wait a moment for the handler to end, so that its work is visible when the
 * window comes to the front. */
static void
after_wait(pid_t pid)
{
	int fd = pid ? owner_pidfd(pid) : -1;

	if (fd >= 0)
		io_wait(fd, POLLIN, AFTER_MS);
	io_close(&fd);
}

static bool
is_nowhere(enum outcome o)
{
	return o == OUTCOME_NO_WINDOW || o == OUTCOME_NO_DISPLAY;
}

/* The outcome, if we found no window: that of the terminal, or FORBIDDEN if no
 * way could tell which process has which window (mute). */
static enum outcome
nowhere_why(enum outcome o, enum outcome terminal, bool mute)
{
	if (!is_nowhere(o))
		return o;
	if (!is_nowhere(terminal))
		return terminal;
	return mute ? OUTCOME_FORBIDDEN : o;
}

/* Look for a window until there is one, or r->wait_ms have passed; not for longer
 * where the terminal could be raised. */
static enum outcome
raise_patiently(struct attempt *a, const struct request *r, struct text *how)
{
	long long until = clock_now() + r->wait_ms;
	enum outcome o, terminal = OUTCOME_NO_WINDOW;

	for (bool first = true;; first = false) {
		o = ways_raise(a, clock_now() + r->limit_ms, how);
		if (is_nowhere(o) && first && r->terminal)
			terminal = terminal_raise(a->x, &r->instance,
			    clock_half(clock_now() + r->limit_ms));
		if (o != OUTCOME_NO_WINDOW || !is_nowhere(terminal) ||
		    clock_now() >= until)
			break;
		shown_pause(a->x, until);
	}
	/* Ask by D-Bus only now: a program that is starting might open a second
	 * window for the request, beside its first one. */
	if (a->mute && is_nowhere(o) && is_nowhere(terminal) && !r->dbus)
		o = ways_activate(a, clock_now() + r->limit_ms, how);
	return nowhere_why(o, terminal, a->mute);
}

/* Choose between the outcomes of D-Bus and of raising.  With files the caller
 * needs to know whether the program took them by D-Bus; without, whether either
 * way worked. */
static enum outcome
bus_or_window(const struct request *r, enum outcome bus, enum outcome o)
{
	if (*r->files || (bus == OUTCOME_RAISED && o != OUTCOME_HUNG) ||
	    (bus == OUTCOME_ASKED && is_nowhere(o)))
		return bus;
	return o;
}

/* Raise the window that the program opened for what a handler has delivered;
 * if there is none, any window. */
static enum outcome
raise_newest(struct attempt *a, const struct request *r, struct fresh *n,
    struct text *how)
{
	if (n && fresh_soon(n, r->after))
		return x11_raise_one(a->x, n->come,
		    clock_now() + r->limit_ms);
	if (!n)
		after_wait(r->after);
	return raise_patiently(a, r, how);
}

static enum outcome
request_do(struct request *r, struct text *how)
{
	long long deadline = clock_now() + r->limit_ms;
	struct attempt a = { .instance = &r->instance, .least = KIN_MARKED,
		.token = getenv("XDG_ACTIVATION_TOKEN") };
	enum outcome bus = OUTCOME_NO_WINDOW, o;
	struct fresh fresh = { .instance = &r->instance }, *n = NULL;

	if (!a.token && r->nstartup)
		a.token = r->startup[r->nstartup - 1];
	if (r->dbus)
		bus = bus_activate(&r->instance, r->files, a.token,
		    clock_half(deadline));
	a.x = server_open(r);
	fresh.x = a.x;
	/* Without a window there is no older one that we might raise first. */
	if (a.x && r->after && !r->idle &&
	    x11_find(a.x, &r->instance, KIN_NONE, &fresh.before))
		n = &fresh;
	o = r->idle ? OUTCOME_NO_WINDOW : raise_newest(&a, r, n, how);
	for (size_t i = 0; a.x && i < r->nstartup; i++)
		x11_startup_complete(a.x, r->startup[i]);
	/* Await a late window even if the program does not answer now (HUNG),
	 * but not with -v: then the caller waits for our outcome. */
	if (n && !is_nowhere(o) && !r->verbose)
		fresh_later(n, r->limit_ms);
	buf_free(&fresh.before);
	x11_close(a.x);
	return bus_or_window(r, bus, o);
}

/* Print the outcome; with -vv also by which way, or why not. */
static void
outcome_say(const struct request *r, enum outcome o, const struct text *how)
{
	if (r->verbose > 1 && how->len)
		printf("%s (%s)\n", words[o], how->at);
	else
		puts(words[o]);
}

int
main(int argc, char *argv[])
{
	char buf[HOW];
	struct request r;
	struct text how = text_in(buf, sizeof(buf));
	struct second_wish wish;
	enum evidence e;
	enum outcome o;

	say_name("onlyone-raise");
	request_parse(&r, argc, argv);
	if (r.second) {
		wish = (struct second_wish){ &r.instance, r.second, r.known,
			r.visible, r.idle };
		return second_start(&wish, r.files);
	}
	alarm_begin(r.verbose);
	alarm_set(r.limit_ms * 3LL);
	if (r.evidence) {
		e = evidence_look(&r.instance, &how,
		    clock_now() + r.limit_ms);
		if (e == EVIDENCE_THERE)
			puts(how.at);
		return (int)e;
	}
	/* Other programs that the instance has started do not count. */
	r.instance.group = r.shown;
	if (r.shown)
		return (int)shown_await(&r.instance, SHOWN_ANSWERS, r.wait_ms,
		    r.limit_ms);
	if (r.titles) {
		closing_titles(&r.instance, &how);
		puts(how.at);
		return how.len ? OUTCOME_RAISED : OUTCOME_NO_WINDOW;
	}
	if (r.close)
		return (int)closing_ask(&r.instance, r.limit_ms);
	if (r.notice)
		return (int)bus_notify(r.title ? r.title : "onlyone",
		    r.notice, clock_now() + r.limit_ms);
	o = request_do(&r, &how);
	if (r.verbose)
		outcome_say(&r, o, &how);
	return (int)o;
}
