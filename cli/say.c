/*
 * say.c: the one place that speaks to the user.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/early/gate.h"
#include "cli/io.h"
#include "cli/say.h"
#include "cli/text.h"

enum { LINE = 8192, LATER_MS = 1000 };

static enum say_level level_now = SAY_NORMAL;
static const char *name_now = "onlyone";

void
say_level(enum say_level level)
{
	level_now = level;
}

/* The rule of -q and -v, for all that is said. */
static bool
is_said(enum say_level least)
{
	return level_now >= least;
}

void
say_name(const char *name)
{
	name_now = name;
}

/* A closed standard error must not end a launch that succeeded. */
static void
line_write(const char *p, size_t n)
{
	struct timespec now = { 0, 0 };
	sigset_t pipe, mask, pending;

	early_gate();
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigpending(&pending);
	sigprocmask(SIG_BLOCK, &pipe, &mask);
	if (io_write(2, p, n) < 0 && errno == EPIPE &&
	    !sigismember(&pending, SIGPIPE))
		sigtimedwait(&pipe, NULL, &now);
	sigprocmask(SIG_SETMASK, &mask, NULL);
}

static void
line_say(const char *first, va_list *ap)
{
	char buf[LINE];
	struct text t;

	text_init(&t, buf, sizeof(buf) - 1);
	text_add(&t, name_now);
	text_add(&t, ": ");
	for (; first; first = va_arg(*ap, const char *)) {
		if (first == TEXT_QUOTED)
			text_quoted(&t, va_arg(*ap, const char *));
		else
			text_show(&t, first, strlen(first));
	}
	t.at[t.len++] = '\n'; /* there is room, and it is one write */
	line_write(t.at, t.len);
}

void
say_fault(const struct fault *f)
{
	char buf[sizeof(f->line) + 64];
	struct text t;

	if (!is_said(f->minor ? SAY_NORMAL : SAY_QUIET))
		return;
	/* A fault's line has been made showable already. */
	text_init(&t, buf, sizeof(buf));
	text_add(&t, name_now);
	text_add(&t, ": ");
	text_add(&t, f->line);
	text_add(&t, "\n");
	line_write(t.at, t.len);
}

void
say_note(const char *first, ...)
{
	va_list ap;

	if (!is_said(SAY_NORMAL))
		return;
	va_start(ap, first);
	line_say(first, &ap);
	va_end(ap);
}

void
say_more(const char *first, ...)
{
	va_list ap;

	if (!is_said(SAY_VERBOSE))
		return;
	va_start(ap, first);
	line_say(first, &ap);
	va_end(ap);
}

const char *
say_num(char *buf, long long n)
{
	struct text t;

	text_init(&t, buf, 24);
	text_num(&t, n);
	return buf;
}

long long
say_later(void)
{
	return isatty(2) ? clock_now() + LATER_MS : 0;
}

const char *
say_age(char *buf, long long since)
{
	static const struct {
		long long seconds;
		const char *one, *many;
	} units[] = {
		{ 86400, "day", "days" },
		{ 3600, "hour", "hours" },
		{ 60, "minute", "minutes" },
		{ 1, "second", "seconds" },
	};
	long long age = (clock_wall() - since) / 1000;
	struct text t;
	size_t i = 0;

	text_init(&t, buf, 64);
	text_add(&t, "for ");
	while (i < 3 && age < units[i].seconds)
		i++;
	/* The wall clock may have been set back. */
	age = age > 0 ? age / units[i].seconds : 0;
	text_num(&t, age);
	text_add(&t, " ");
	text_add(&t, age == 1 ? units[i].one : units[i].many);
	return buf;
}
