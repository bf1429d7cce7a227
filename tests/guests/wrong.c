/*
 * wrong.c: simulates a faulty machine, for a program that loads this with
 * LD_PRELOAD.
 *
 *   WRONG_CLOCK=FILE      the wall clock is ahead by the seconds in FILE; it may
 *                         be overwritten while the program runs, but not
 *                         truncated
 *   WRONG_NAMES=1         no name server answers; numeric addresses work; -1:
 *                         the user's name is not found either
 */
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pwd.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* The file; NULL: there is none. */
static const char *file;
/* Of the environment, which the program may give up. */
static int names;

__attribute__((constructor)) static void
begin(void)
{
	const char *path = getenv("WRONG_CLOCK"), *n = getenv("WRONG_NAMES");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	names = n ? atoi(n) : 0;
	if (fd < 0)
		return;
	file = mmap(NULL, 64, PROT_READ, MAP_SHARED, fd, 0);
	if (file == MAP_FAILED)
		_exit(97);
	close(fd);
}

int
clock_gettime(clockid_t id, struct timespec *t)
{
	int result = (int)syscall(SYS_clock_gettime, id, t);

	if (result == 0 && id == CLOCK_REALTIME && file)
		t->tv_sec += atol(file);
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

struct passwd *
getpwuid(uid_t uid)
{
	(void)uid;
	errno = names < 0 ? ETIMEDOUT : ENOENT;
	return NULL;
}

/* In a program that keeps a deadline: the look-up is under way for ever. */
int
getaddrinfo_a(int mode, struct gaicb *list[], int n, struct sigevent *event)
{
	__typeof__(getaddrinfo_a) *real;

	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo_a");
	if (!names)
		return real(mode, list, n, event);
	for (int i = 0; i < n; i++)
		list[i]->__return = EAI_INPROGRESS;
	return 0;
}

int
gai_suspend(const struct gaicb *const list[], int n,
    const struct timespec *timeout)
{
	__typeof__(gai_suspend) *real;

	*(void **)&real = dlsym(RTLD_NEXT, "gai_suspend");
	if (!names)
		return real(list, n, timeout);
	nanosleep(timeout, NULL);
	return EAI_AGAIN;
}
