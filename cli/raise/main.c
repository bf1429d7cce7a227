/*
 * main.c: onlyone-raise: re-display an instance.
 *
 * The compositor's own interface first, where it has one, then X11; the
 * terminal of a program that has no window.  What may appear yet is waited
 * for.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/raise/attempt.h"
#include "cli/raise/bus.h"
#include "cli/raise/closing.h"
#include "cli/raise/fresh.h"
#include "cli/raise/request.h"
#include "cli/raise/shown.h"
#include "cli/raise/startup.h"
#include "cli/raise/terminal.h"
#include "cli/raise/tree.h"
#include "cli/raise/ways.h"
#include "cli/raise/x11.h"
#include "cli/say.h"
#include "cli/slot/owner.h"

enum { AFTER_MS = 300, LATER_MS = 3000, LOOK_MS = 100, HOW = 512 };

/* The words are what a second launch says with -v. */
static const char *const words[OUTCOMES] = {
	[OUTCOME_RAISED] = "raised",
	[OUTCOME_NO_WINDOW] = "no window",
	[OUTCOME_ASKED] = "asked, not verified",
	[OUTCOME_NO_DISPLAY] = "no display",
	[OUTCOME_HUNG] = "raised, but it does not answer",
	[OUTCOME_FORBIDDEN] = "the compositor tells of no window of it",
	[OUTCOME_TERMINAL] = "raised its terminal",
	[OUTCOME_HIDDEN] = "minimised",
};

/* What the handler does is to be seen when the window comes. */
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

/* What became of one who has no window that we could find. */
static enum outcome
nowhere_why(enum outcome o, enum outcome terminal, bool mute)
{
	if (!is_nowhere(o))
		return o;
	if (!is_nowhere(terminal))
		return terminal;
	return mute ? OUTCOME_FORBIDDEN : o;
}

static void
pause_until_change(struct x11 *x, long long until)
{
	int left = clock_left(until);

	/* A compositor tells nothing that is as simple as asking again. */
	if (!x || getenv("SWAYSOCK") || getenv("I3SOCK") ||
	    getenv("WAYLAND_DISPLAY"))
		clock_sleep(1000L * (left < LOOK_MS ? left : LOOK_MS));
	else
		x11_wait(x, until);
}

/* Look, until there is a window or the time for that is up. */
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
		if (o != OUTCOME_NO_WINDOW || clock_now() >= until)
			break;
		pause_until_change(a->x, until);
	}
	/* Not before: it might open a window beside its first one. */
	if (a->mute && is_nowhere(o) && is_nowhere(terminal) && !r->dbus)
		o = ways_activate(a, clock_now() + r->limit_ms, how);
	return nowhere_why(o, terminal, a->mute);
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

/* The window that was opened for what a handler has delivered; else any. */
static enum outcome
raise_newest(struct attempt *a, const struct request *r, struct fresh *n,
    struct text *how)
{
	if (n && fresh_soon(n, r->after))
		return fresh_raise(n, clock_now() + r->limit_ms);
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
	struct fresh *n = NULL;

	if (!a.token && r->nstartup)
		a.token = r->startup[r->nstartup - 1];
	if (r->dbus)
		bus = bus_activate(&r->instance, r->files, a.token,
		    clock_half(deadline));
	a.x = x11_open(deadline);
	if (a.x && r->after && !r->idle)
		n = fresh_begin(a.x, &r->instance, deadline);
	/* What a handler may have put in front was not there before. */
	if (r->after && r->instance.how != HOW_HERE &&
	    !(n && fresh_was_active(n)))
		r->instance.how = HOW_FRONT;
	o = r->idle ? OUTCOME_NO_WINDOW : raise_newest(&a, r, n, how);
	for (size_t i = 0; a.x && i < r->nstartup; i++)
		x11_startup_complete(a.x, r->startup[i]);
	if (n) {
		/* Also over one that was busy for now.  Who wants to know what
		 * came of it does not wait. */
		if (!is_nowhere(o) && !r->verbose)
			fresh_later(n, r->limit_ms);
		fresh_end(n);
	}
	if (a.x)
		x11_close(a.x);
	return bus_or_window(r, bus, o);
}

/* The word for it; asked twice, also how it came about. */
static void
outcome_say(const struct request *r, enum outcome o, const struct text *how)
{
	if (r->verbose > 1 && how->len)
		printf("%s (%s)\n", words[o], how->at);
	else
		puts(words[o]);
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
		    clock_half(clock_now() + r->limit_ms));
}

int
main(int argc, char *argv[])
{
	char buf[HOW];
	struct request r;
	struct text how;
	enum outcome o;

	text_init(&how, buf, sizeof(buf));
	say_name("onlyone-raise");
	request_parse(&r, argc, argv);
	alarm_set(r.limit_ms * 3LL + r.wait_ms + (r.after ?
	    LATER_MS : 0));
	/* A page that its program has made shorter (page.c). */
	signal(SIGBUS, on_alarm);
	/* A server that hangs up is none; libxcb writes to it all the same. */
	signal(SIGPIPE, SIG_IGN);
	if (r.shown)
		return (int)shown_look(&r);
	if (r.close)
		return (int)(r.close == CLOSE_ASK ? closing_ask(&r) :
		    closing_await(&r));
	if (r.anyway)
		notice_show(&r);
	o = request_do(&r, &how);
	if (!r.anyway && (is_nowhere(o) || o == OUTCOME_FORBIDDEN ||
	    o == OUTCOME_ASKED))
		notice_show(&r);
	if (r.verbose)
		outcome_say(&r, o, &how);
	return (int)o;
}
