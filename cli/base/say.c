/*
 * say.c: the one place that prints messages.
 *
 * A message is put together in a buffer, escaped so that nothing but our own
 * TEXT_HINT ends a line, and written at once.  If it cannot be written it is
 * lost: the launch continues.
 */
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/say.h"
#include "cli/base/text.h"

enum { LINE = 8192, LATER_MS = 1000 };

/* Zero by default: for a variable that begins with another value each launch
 * would have to load a page. */
static int more_now;         /* level - SAY_NORMAL */
static const char *name_now;    /* NULL: onlyone */

void
say_level(enum say_level level)
{
	more_now = (int)level - SAY_NORMAL;
}

/* Whether -q and -v allow messages of this level. */
static bool
is_said(enum say_level least)
{
	return SAY_NORMAL + more_now >= (int)least;
}

void
say_name(const char *name)
{
	name_now = name;
}

/* SIGPIPE and SIGXFSZ: a standard error that is closed, or a file at its size
 * limit, must not end a launch that succeeded.  SIGTTOU: after `stty tostop` the
 * terminal must not stop one in the background, for which others wait. */
void
say_bytes(const char *p, size_t n)
{
	static const int held[] = { SIGPIPE, SIGXFSZ, SIGTTOU };
	struct timespec now = { 0, 0 };
	sigset_t ours, mask, pending;

	sigemptyset(&ours);
	for (size_t i = 0; i < 3; i++)
		sigaddset(&ours, held[i]);
	sigpending(&pending);
	sigprocmask(SIG_BLOCK, &ours, &mask);
	if (io_write(2, p, n) < 0) {
		for (size_t i = 0; i < 3; i++)
			if (sigismember(&pending, held[i]))
				sigdelset(&ours, held[i]);
		sigtimedwait(&ours, NULL, &now);
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
}

/* Write a message with our name before each of its lines, in one write. */
static void
message_write(const char *message)
{
	char buf[LINE + 64];
	struct text t = text_in(buf, sizeof(buf) - 1);
	size_t n;

	for (const char *line = message; line; line = line[n] ? line + n + 1 :
	    NULL) {
		n = strcspn(line, "\n");
		text_all(&t, name_now ? name_now : "onlyone", ": ", NULL);
		text_mem(&t, line, n);
		text_add(&t, line[n] ? "\n" : "");
	}
	t.at[t.len++] = '\n'; /* there is room */
	say_bytes(t.at, t.len);
}

static void
line_say(const char *first, va_list *ap)
{
	char buf[LINE];
	struct text t = text_in(buf, sizeof(buf));

	text_list(&t, first, ap, true);
	message_write(buf);
}

void
say_fault(const struct fault *f)
{
	/* A fault's line is escaped already (text_show). */
	if (is_said(f->minor ? SAY_NORMAL : SAY_QUIET))
		message_write(f->line);
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
	text_join(buf, 24, TEXT_NUM(n), NULL);
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
	size_t i = 0;

	while (i < 3 && age < units[i].seconds)
		i++;
	/* The wall clock may have been set back. */
	age = age > 0 ? age / units[i].seconds : 0;
	text_join(buf, 64, "for ", TEXT_NUM(age), " ",
	    age == 1 ? units[i].one : units[i].many, NULL);
	return buf;
}
