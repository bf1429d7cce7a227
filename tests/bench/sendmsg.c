/*
 * sendmsg.c: what a request to a compositor costs, by itself.
 *
 *	sendmsg [ROUNDS]
 *
 * Shows a window to itself and writes the requests of a frame (attach, damage,
 * frame, commit), over and over; prints the nanoseconds of each write, the
 * median of many blocks.  "other": the same on a connection that is none to a
 * compositor.  The process has a second thread, as programs with windows have:
 * with one alone libc's own function takes a shorter way.
 */
#include <sys/socket.h>

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 200 };

static int pair[2];

static void
put(const void *p, size_t n)
{
	struct iovec v = {(void *)p, n};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};

	if (sendmsg(pair[0], &m, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)n)
		exit(1);
}

static void
drain(void)
{
	static char buf[1 << 16];

	while (recv(pair[1], buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int
less(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(const void *bytes, size_t n, size_t rounds)
{
	double *ns = calloc(rounds, sizeof(*ns)), start, m;

	for (size_t r = 0; r < rounds; r++) {
		start = now();
		for (int i = 0; i < BLOCK; i++)
			put(bytes, n);
		ns[r] = (now() - start) / BLOCK;
		drain();
	}
	qsort(ns, rounds, sizeof(*ns), less);
	m = ns[rounds / 2];
	free(ns);
	return m;
}

static void *
idle(void *arg)
{
	for (;;)
		pause();
	return arg;
}

int
main(int argc, char *argv[])
{
	static const uint32_t begin[] = {1, 12 << 16 | 1, 2};
	static const uint32_t bind[] = {2, 36 << 16, 1, 12, 0x5f676478,
	    0x625f6d77, 0x00657361, 1, 3};
	static const uint32_t window[] = {3, 16 << 16 | 2, 5, 4, 5,
	    12 << 16 | 1, 6, 4, 8 << 16 | 6, 5, 12 << 16 | 4, 1, 4,
	    20 << 16 | 1, 7, 0, 0, 4, 8 << 16 | 6};
	static const uint32_t frame[] = {4, 20 << 16 | 1, 7, 0, 0, 4,
	    24 << 16 | 2, 0, 0, 640, 480, 4, 12 << 16 | 3, 9, 4, 8 << 16 | 6};
	size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
	double other, one;
	pthread_t t;

	if (pthread_create(&t, NULL, idle, NULL) ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return 1;
	other = median(frame, sizeof(frame), rounds);
	put(begin, sizeof(begin));
	put(bind, sizeof(bind));
	put(window, sizeof(window));
	one = median(frame, sizeof(frame), rounds);
	printf("frame %.0f\nother %.0f\n", one, other);
	return 0;
}
