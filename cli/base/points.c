/*
 * points.c: places where a test build stops, kills itself, or acts as older.
 */
#include "cli/base/points.h"

#ifdef TEST_POINTS

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>


static unsigned int
chance(unsigned int n)
{
	uint32_t r = 0;

	/* Not rand(3): forked processes share its state. */
	if (getrandom(&r, sizeof(r), 0) != sizeof(r) || !n)
		return 0;
	return r % n;
}

/* Do "WHAT:N". */
static void
point_act(const char *what)
{
	unsigned int arg;

	if (!strncmp(what, "kill:", 5)) {
		arg = (unsigned int)atoi(what + 5);
		if (chance(arg) == 0)
			kill(getpid(), SIGKILL);
	} else if (!strncmp(what, "sleep:", 6)) {
		arg = (unsigned int)atoi(what + 6);
		usleep(chance(arg * 1000 + 1));
	} else if (!strncmp(what, "stop", 4)) {
		kill(getpid(), SIGSTOP);
	}
}

/* The next "NAME=WHAT:N" for this name: its WHAT; *rules is what follows.
 * NULL: there is none. */
static const char *
rule_next(const char **rules, const char *name)
{
	const char *rule = *rules, *eq;
	size_t len, n;

	for (; rule && *rule; rule += len + (rule[len] == ',')) {
		len = strcspn(rule, ",");
		eq = memchr(rule, '=', len);
		n = eq ? (size_t)(eq - rule) : 0;
		if (!eq || !((n == 1 && *rule == '*') ||
		    (n == strlen(name) && !strncmp(rule, name, n))))
			continue;
		*rules = rule + len + (rule[len] == ',');
		return eq + 1;
	}
	return NULL;
}

void
point(const char *name)
{
	const char *rules = getenv("ONLYONE_TEST_POINTS"), *what;

	while ((what = rule_next(&rules, name)))
		point_act(what);
}

int
point_ms(const char *name, int ms)
{
	const char *rules = getenv("ONLYONE_TEST_POINTS"), *what;
	int n;

	while ((what = rule_next(&rules, name))) {
		if (!strncmp(what, "haste:", 6) && (n = atoi(what + 6)) > 0)
			ms /= n;
	}
	return ms;
}

bool
point_old(const char *call)
{
	const char *old = getenv("ONLYONE_TEST_OLD");

	return old && (!strcmp(old, "all") || strstr(old, call));
}

const char *
point_path(const char *variable, const char *path)
{
	const char *other = getenv(variable);

	return other ? other : path;
}

bool
point_set(const char *variable)
{
	return getenv(variable) != NULL;
}

long long
point_wall(void)
{
	const char *path = getenv("ONLYONE_TEST_WALL");
	char seconds[16] = "";
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return 0;
	if (read(fd, seconds, sizeof(seconds) - 1) < 0)
		*seconds = '\0';
	close(fd);
	return atoll(seconds) * 1000;
}

int
point_slow(void)
{
	const char *slow = getenv("ONLYONE_TEST_SLOW");
	int n = 0;

	/* Not atoi(3), which needs libc's start (cli/core/early). */
	for (; slow && *slow >= '0' && *slow <= '9' && n < 1000; slow++)
		n = n * 10 + *slow - '0';
	return n ? n : 1;
}

#endif
