/*
 * witness.c: a program of which two must never run, and that reports if they
 * do.
 *
 * Its constructor takes flock(2) on $GUEST_LOCK.  If another process has that,
 * it appends "DUPLICATE PID ID beside PID ID" to $GUEST_LOG; the second PID and
 * ID are what that process wrote into $GUEST_LOCK, with "copy" after a fork.
 * It also logs "PID constructor", "PID main ID", and "PID end ID" if it ends by
 * itself.  ID is its first argument; the others:
 *
 *   for MS       end with status 0 after a random time up to MS milliseconds;
 *                without it, when signalled (TERM, INT, HUP: status 0)
 *   ignore       ignore TERM
 *   daemon       put itself into the background: "PID copy ID"
 *
 * The lock belongs to the open file: a copy that goes on in the background has
 * it too.  If the parent is killed before it decides to end, its copy is no
 * successor but a remainder of a crash: it ends.  If the kill comes between the decision and the exit, the
 * copy goes on: the parent's status tells the difference.
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
static bool holder;
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
sign(const char *word)
{
	char line[256];
	int len;

	if (!holder)
		return; /* one that had to shout, and its copy */

	len = snprintf(line, sizeof(line), "%d %.200s%s", (int)getpid(), id,
	    word);
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
	holder = flock(lock_fd, LOCK_EX | LOCK_NB) == 0;
	if (!holder)
		shout();
	sign("");
	note(" constructor");
}

static void
on_signal(int sig)
{
	(void)sig;
	note(" end ");
	_exit(0);
}

static void
background(void)
{
	char byte = 'x';
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		_exit(96);
	if (pid > 0) {
		if (write(ends[1], &byte, 1) != 1)
			_exit(95);
		_exit(0);
	}
	close(ends[1]);
	if (read(ends[0], &byte, 1) != 1)
		_exit(94);
	close(ends[0]);
	setsid();
	sign(" copy");
	note(" copy ");
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
		if (!strcmp(argv[i], "ignore"))
			signal(SIGTERM, SIG_IGN);
		if (!strcmp(argv[i], "for") && i + 1 < argc) {
			endless = false;
			ms = chance(atoi(argv[i + 1]));
		}
	}
	note(" main ");
	for (int i = 2; i < argc; i++) {
		if (!strcmp(argv[i], "daemon"))
			background();
	}
	while (endless)
		pause();
	poll(NULL, 0, ms);
	note(" end ");
	return 0;
}
