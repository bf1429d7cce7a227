/*
 * witness.c: a program of which two must never run, and that reports if they
 * do.
 *
 * Its constructor takes flock(2) on $GUEST_LOCK.  If another process has that,
 * it appends "PID DUPLICATE ID beside PID ID" to $GUEST_LOG; the second PID and
 * ID are what that process wrote into $GUEST_LOCK.
 * It also logs "PID constructor", "PID main ID", and "PID end ID" if it ends by
 * itself.  ID is its first argument; the others:
 *
 *   for MS       end with status 0 after a random time up to MS milliseconds;
 *                without it, when signalled (TERM, INT, HUP: status 0)
 */
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>

#include "note.h"

static const char *id = "-";

static void
tell(const char *what, const char *more)
{
	char line[200];

	snprintf(line, sizeof(line), "%.20s %.80s%.90s", what, id, more);
	note(getpid(), line);
}

/* Who holds the lock, in its file; or there is one already. */
static void
claim(int lock)
{
	char line[128], other[80] = " beside ";
	int len = snprintf(line, sizeof(line), "%d %.100s", (int)getpid(), id);

	if (flock(lock, LOCK_EX | LOCK_NB) < 0) {
		if (pread(lock, other + 8, sizeof(other) - 9, 0) < 0)
			_exit(94);
		tell("DUPLICATE", other);
	} else if (ftruncate(lock, 0) < 0 || pwrite(lock, line, (size_t)len, 0) != len) {
		_exit(93);
	}
}

/* glibc gives its arguments to a constructor, in static programs too. */
__attribute__((constructor)) static void
first(int argc, char *argv[])
{
	const char *file = getenv("GUEST_LOCK");
	int lock = file ? open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;

	if (argc > 1)
		id = argv[1];
	if (lock < 0)
		_exit(97); /* it would watch nothing */
	claim(lock);
	note(getpid(), "constructor");
}

static void
on_signal(int sig)
{
	(void)sig;
	tell("end", "");
	_exit(0);
}

int
main(int argc, char *argv[])
{
	unsigned int chance = 0, most = 0;

	alarm(300); /* whatever happens to the test, do not stay */
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	signal(SIGHUP, on_signal);
	tell("main", "");
	if (argc < 4 || strcmp(argv[2], "for") != 0) {
		for (;;)
			pause();
	}
	most = (unsigned int)atoi(argv[3]);
	if (getrandom(&chance, sizeof(chance), 0) < 0)
		_exit(98);
	poll(NULL, 0, (int)(chance % (most + 1)));
	on_signal(0);
}
