/*
 * guest.c: the program that most tests launch.
 *
 * It appends "PID constructor", as early as possible, and "PID main ARGC" to
 * the file $GUEST_LOG: so a test sees if a launch started the program that should
 * have handed over.  Then it does what its arguments say, in order (unknown words
 * are ignored), and waits for a signal.
 *
 *   exit N       exit with status N
 *   kill N       die by signal N
 *   nap MS       wait MS milliseconds
 *   wait FILE    wait until FILE exists
 *   ignore N     ignore signal N
 *   catch N      append "PID signal N" for each signal N
 *   leave N      append "PID signal N" and exit with status 0
 *   uid N        become user N for good (if guest is setuid)
 *   say TEXT     write TEXT and a newline to standard output
 *
 * $GUEST_GATE, a file: the constructor waits until it exists.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#include "note.h"

static int log_fd = -1;

/* One write(2), so that lines of several processes never mix. */
static void
say(const char *what, int n)
{
	char line[128];
	int save = errno, len = snprintf(line, sizeof(line), n < 0 ?
	    "%d %s\n" : "%d %s %d\n", (int)getpid(), what, n);

	if (log_fd >= 0 && write(log_fd, line, (size_t)len) != len)
		_exit(99);
	errno = save;
}

__attribute__((constructor)) static void
first(void)
{
	const char *log = getenv("GUEST_LOG"), *gate = getenv("GUEST_GATE");

	if (log)
		log_fd = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
		    0600);
	say("constructor", -1);
	if (gate)
		await(gate);
}

static void
on_signal(int sig)
{
	say("signal", sig);
}

static void
on_last_signal(int sig)
{
	say("signal", sig);
	_exit(0);
}

static void
dispose(const char *number, void (*how)(int))
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = how;
	sa.sa_flags = SA_RESTART;
	if (sigaction(atoi(number), &sa, NULL) < 0)
		_exit(98);
}

int
main(int argc, char *argv[])
{
	int i;

	alarm(300); /* whatever happens to the test, do not stay */
	for (i = 1; i + 1 < argc; i++) {
		const char *word = argv[i], *value = argv[i + 1];

		if (!strcmp(word, "ignore"))
			dispose(value, SIG_IGN);
		else if (!strcmp(word, "catch"))
			dispose(value, on_signal);
		else if (!strcmp(word, "leave"))
			dispose(value, on_last_signal);
	}
	say("main", argc);
	for (i = 1; i + 1 < argc; i++) {
		const char *word = argv[i], *value = argv[i + 1];

		if (!strcmp(word, "exit")) {
			return atoi(value);
		} else if (!strcmp(word, "kill")) {
			signal(atoi(value), SIG_DFL); /* fails for KILL */
			raise(atoi(value));
		} else if (!strcmp(word, "nap")) {
			poll(NULL, 0, atoi(value));
		} else if (!strcmp(word, "wait")) {
			await(value);
		} else if (!strcmp(word, "uid")) {
			int uid = atoi(value);

			if (syscall(SYS_setresuid, uid, uid, uid) < 0)
				_exit(97);
			say("is", uid);
		} else if (!strcmp(word, "say")) {
			puts(value);
			fflush(stdout);
		}
	}
	for (;;)
		pause();
}
