/*
 * wrong.c: a machine on which something is wrong, for a program that is given
 * this with LD_PRELOAD.
 *
 *   WRONG_CLOCK=SECONDS   the wall clock is ahead by so much (or behind)
 *   WRONG_NAMES=SECONDS   no name server answers: each question takes so long;
 *                         addresses need none
 */
#include <sys/syscall.h>
#include <sys/time.h>

#include <dlfcn.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long
number(const char *name)
{
	const char *value = getenv(name);

	return value ? atol(value) : 0;
}

int
clock_gettime(clockid_t id, struct timespec *t)
{
	int result = (int)syscall(SYS_clock_gettime, id, t);

	if (result == 0 && id == CLOCK_REALTIME)
		t->tv_sec += number("WRONG_CLOCK");
	return result;
}

int
gettimeofday(struct timeval *restrict t, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	t->tv_sec = now.tv_sec;
	t->tv_usec = now.tv_nsec / 1000;
	return 0;
}

time_t
time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out)
		*out = now.tv_sec;
	return now.tv_sec;
}

int
getaddrinfo(const char *restrict node, const char *restrict service,
    const struct addrinfo *restrict hints, struct addrinfo **restrict out)
{
	__typeof__(getaddrinfo) *real;

	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	if (!number("WRONG_NAMES") || !node ||
	    (hints && hints->ai_flags & AI_NUMERICHOST))
		return real(node, service, hints, out);
	poll(NULL, 0, (int)number("WRONG_NAMES") * 1000);
	return EAI_AGAIN;
}
