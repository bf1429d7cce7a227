/*
 * points.c: places where a test build stops, kills itself, or acts like an
 * older kernel.
 */
#include "cli/base/points.h"

#ifdef TEST_POINTS

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
point_reach(const char *name)
{
	const char *rule = getenv("ONLYONE_TEST_POINTS");
	size_t n = strlen(name);

	if (!rule || strncmp(rule, name, n) != 0 || rule[n] != '=')
		return;
	kill(getpid(), !strcmp(rule + n + 1, "kill") ? SIGKILL : SIGSTOP);
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
