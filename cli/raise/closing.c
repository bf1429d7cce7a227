/*
 * closing.c: ask the windows of an instance to close, on whatever display, and
 * see what comes of it.
 *
 * sway knows all windows of its display, those of its X server too.  Elsewhere
 * windows of an X server and those of a Wayland compositor are asked, and
 * looked at, beside each other: a program may have both.
 */
#include <stdlib.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/raise/client.h"
#include "cli/raise/close.h"
#include "cli/raise/closing.h"
#include "cli/raise/compositor.h"
#include "cli/raise/inside_close.h"
#include "cli/raise/raise.h"
#include "cli/raise/sight.h"
#include "cli/raise/sway.h"
#include "cli/raise/sway_close.h"
#include "cli/raise/x11.h"

enum {
	LOOK_MS = 250, /* between two looks at windows */
	CALM_MS = 1500 /* that windows stay after the last question: some save
	                * and close when that has gone, or ask another one */
};

static int
inside_ask(const struct instance *i, long long deadline)
{
	struct compositor *c = compositor_open(clock_half(deadline));
	int n = inside_ask_close(i, c, deadline);

	if (c)
		compositor_close(c);
	return n;
}

enum outcome
closing_ask(struct request *r)
{
	long long deadline = clock_now() + r->limit_ms;
	const struct instance *i = &r->instance;
	struct x11 *x = NULL;
	int n;

	/* A window manager, or a file manager, is the parent of much. */
	r->instance.group = true;
	n = sway_ask_close(i, clock_half(deadline));
	/* Never ask twice. */
	if (!n) {
		n = inside_ask(i, deadline);
		x = x11_open(clock_half(deadline));
	}
	if (x) {
		n += x11_ask_close(x, i);
		x11_close(x);
	}
	if (n)
		return OUTCOME_RAISED;
	return !sway_answers(clock_half(deadline)) && wayland_has(i, deadline) ?
	    OUTCOME_FORBIDDEN : OUTCOME_NO_WINDOW;
}

/* A look at all windows of the instance.  false: the X server is gone. */
static bool
look(struct x11 *x, const struct instance *i, struct sight *s)
{
	*s = (struct sight){ 0 };
	inside_sight(i, s);
	return !x || x11_sight(x, i, s);
}

static void
closing_pause(struct x11 *x)
{
	if (x)
		x11_wait(x, clock_now() + LOOK_MS);
	else
		clock_sleep(1000L * LOOK_MS);
}

static enum outcome
await_question(struct x11 *x, const struct instance *i)
{
	struct sight s;

	while (look(x, i, &s)) {
		if (s.questions)
			return OUTCOME_QUESTION;
		if (!s.asked)
			return OUTCOME_RAISED;
		closing_pause(x);
	}
	return OUTCOME_NO_DISPLAY;
}

static enum outcome
await_answer(struct x11 *x, const struct instance *i, int limit_ms)
{
	long long calm = 0;
	struct sight s;

	while (look(x, i, &s)) {
		if (s.questions)
			calm = 0;
		else if (!s.asked)
			return OUTCOME_RAISED;
		else if (!calm)
			calm = clock_now() + CALM_MS;
		/* One that is at work does not answer yet. */
		else if (clock_now() >= calm && (!x || x11_is_awake(x, i))) {
			inside_calm(i, clock_now() + limit_ms);
			if (x)
				x11_calm(x, i);
			return OUTCOME_REFUSED;
		}
		closing_pause(x);
	}
	return OUTCOME_NO_DISPLAY;
}

/* One that there should be, and is not, may have windows. */
static bool
is_blind(const struct x11 *x, const struct instance *i)
{
	const char *display = getenv("DISPLAY");
	struct sight s = { 0 };

	return !x && display && *display && !inside_sight(i, &s);
}

enum outcome
closing_await(struct request *r)
{
	bool answer = r->close == CLOSE_ANSWER;
	const struct instance *i = &r->instance;
	struct x11 *x;
	enum outcome o;

	r->instance.group = true;
	if (sway_answers(clock_now() + r->limit_ms)) {
		alarm(0);
		return sway_await(i, answer);
	}
	x = x11_open(clock_now() + r->limit_ms);
	if (is_blind(x, i))
		return OUTCOME_NO_DISPLAY;
	alarm(0);
	o = answer ? await_answer(x, i, r->limit_ms) : await_question(x, i);
	if (x)
		x11_close(x);
	return o;
}
