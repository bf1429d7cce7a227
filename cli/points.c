/*
 * points.c: places where a test build stops, kills itself, or is older.
 */
#include "cli/points.h"

#ifdef TEST_POINTS

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "cli/clock.h"

static unsigned int
chance(unsigned int n)
{
	uint32_t r = 0;

	/* Each process its own luck: forks share the state of rand(3). */
	if (getrandom(&r, sizeof(r), 0) != sizeof(r) || !n)
		return 0;
	return r % n;
}

/* Do one "NAME=WHAT:N"; len bytes. */
static void
act(const char *name, const char *rule, size_t len)
{
	const char *eq = memchr(rule, '=', len);
	size_t n = eq ? (size_t)(eq - rule) : 0;
	unsigned int arg;

	if (!eq || !((n == 1 && *rule == '*') ||
	    (n == strlen(name) && !strncmp(rule, name, n))))
		return;
	eq++;
	if (!strncmp(eq, "kill:", 5)) {
		arg = (unsigned int)atoi(eq + 5);
		if (chance(arg) == 0)
			kill(getpid(), SIGKILL);
	} else if (!strncmp(eq, "sleep:", 6)) {
		arg = (unsigned int)atoi(eq + 6);
		clock_sleep((long)chance(arg * 1000 + 1));
	} else if (!strncmp(eq, "stop", 4)) {
		kill(getpid(), SIGSTOP);
	}
}

void
point(const char *name)
{
	const char *rule = getenv("ONLYONE_TEST_POINTS");
	size_t len;

	for (; rule && *rule; rule += len + (rule[len] == ',')) {
		len = strcspn(rule, ",");
		act(name, rule, len);
	}
}

bool
point_old(const char *call)
{
	const char *old = getenv("ONLYONE_TEST_OLD");

	return old && (!strcmp(old, "all") || strstr(old, call));
}

#endif
