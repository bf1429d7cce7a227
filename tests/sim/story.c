/*
 * story.c: what happens, a line for each call.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sched.h"
#include "tests/sim/world.h"

bool telling;

const char *
story_name(const struct proc *p)
{
	static char names[2][64], *name = names[0];

	name = name == names[0] ? names[1] : names[0];
	for (int i = 0; i < world.launches; i++) {
		if (world.launch[i].p == p) {
			snprintf(name, sizeof(names[0]), "launch %d (%d, %s)", i + 1,
			    p->pid, p->comm);
			return name;
		}
	}
	snprintf(name, sizeof(names[0]), "%s %d", p->comm, p->pid);
	return name;
}

static void
story(const char *fmt, va_list args)
{
	printf("%11.3f ms  %-26s ", (double)(sim_clock - 1000 * SECOND) / 1e6,
	    now ? story_name(now) : "the world");
	vprintf(fmt, args);
	putchar('\n');
}

void
tell(const char *fmt, ...)
{
	va_list args;

	if (!telling)
		return;
	va_start(args, fmt);
	story(fmt, args);
	va_end(args);
}

void
tell_call(const char *call, long r)
{
	if (!telling)
		return;
	if (r < 0 && r > -4096)
		tell("%s: %s", call, strerrorname_np((int)-r));
	else
		tell("%s = %ld", call, r);
}

static _Noreturn void
give_up(int status, const char *what, const char *fmt, va_list args)
{
	fflush(stdout);
	fprintf(stderr, "seed %lu: %s", world.seed, what);
	vfprintf(stderr, fmt, args);
	fprintf(stderr, " (%s)\n", now ? story_name(now) : "nobody runs");
	exit(status);
}

void
wrong(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	give_up(1, "", fmt, args);
}

void
unknown(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	give_up(2, "the simulated kernel does not know: ", fmt, args);
}
