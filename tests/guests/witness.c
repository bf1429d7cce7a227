/*
 * witness.c: a program of which two must never run, and that reports if they
 * do.
 *
 * Its constructor takes flock(2) on $GUEST_LOCK.  If another process has that,
 * it appends "DUPLICATE PID ID beside PID ID" to $GUEST_LOG; the second PID and
 * ID are what that process wrote into $GUEST_LOCK.
 * It also logs "PID constructor", "PID main ID", and "PID end ID" if it ends by
 * itself.  ID is its first argument; the others:
 *
 *   for MS       end with status 0 after a random time up to MS milliseconds;
 *                without it, when signalled (TERM, INT, HUP: status 0)
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

static int log_fd = -1, lock_fd = -1;
static const char *id = "-";

/* One write(2), so that lines of several processes never mix. */
static void
note(const char *what)
{
	char line[512];
	int len = snprintf(line, sizeof(line), "%d%s%.200s\n", (int)getpid(),
	    what, strcmp(what, " constructor") ? id : "");

	if (log_fd >= 0 && write(log_fd, line, (size_t)len) != len)
		_exit(99);
}

/* Who holds the lock, in its file. */
static void
sign(void)
{
	char line[256];
	int len = snprintf(line, sizeof(line), "%d %.200s", (int)getpid(), id);

	if (ftruncate(lock_fd, 0) < 0 ||
	    pwrite(lock_fd, line, (size_t)len, 0) != len)
		_exit(93);
}

static void
shout(void)
{
	char line[512], other[256];
	ssize_t n = pread(lock_fd, other, sizeof(other) - 1, 0);
	int len;

	other[n > 0 ? n : 0] = '\0';
	len = snprintf(line, sizeof(line), "DUPLICATE %d %.200s beside %s\n",
	    (int)getpid(), id, other);
	if (log_fd >= 0 && write(log_fd, line, (size_t)len) != len)
		_exit(99);
}

static int
chance(int n)
{
	unsigned int r = 0;

	if (getrandom(&r, sizeof(r), 0) != sizeof(r))
		return n;
	return (int)(r % ((unsigned int)n + 1));
}

/* glibc gives its arguments to a constructor, in static programs too. */
__attribute__((constructor)) static void
first(int argc, char *argv[])
{
	const char *log = getenv("GUEST_LOG"), *lock = getenv("GUEST_LOCK");

	if (argc > 1)
		id = argv[1];
	if (log)
		log_fd = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
		    0600);
	lock_fd = lock ? open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
	if (lock_fd < 0)
		_exit(97); /* it would watch nothing */
	if (flock(lock_fd, LOCK_EX | LOCK_NB) == 0)
		sign();
	else
		shout();
	note(" constructor");
}

static void
on_signal(int sig)
{
	(void)sig;
	note(" end ");
	_exit(0);
}

int
main(int argc, char *argv[])
{
	bool endless = true;
	int ms = 0;

	alarm(300); /* whatever happens to the test, do not stay */
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	signal(SIGHUP, on_signal);
	for (int i = 2; i < argc; i++) {
		if (!strcmp(argv[i], "for") && i + 1 < argc) {
			endless = false;
			ms = chance(atoi(argv[i + 1]));
		}
	}
	note(" main ");
	while (endless)
		pause();
	poll(NULL, 0, ms);
	note(" end ");
	return 0;
}
