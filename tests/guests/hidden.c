/*
 * hidden.c: a program that others cannot inspect (PR_SET_DUMPABLE 0).
 *
 * It appends "PID main" to $GUEST_LOG and does what its words say, in order,
 * then appends "PID here" and waits for a signal.
 *
 *   daemon    daemon(3)
 *   close     close every descriptor
 *   end N     end with status N
 *   show F    become dumpable as soon as there is a file F
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static void
note(const char *what)
{
	const char *log = getenv("GUEST_LOG");
	char line[64];
	int len = snprintf(line, sizeof(line), "%d %s\n", (int)getpid(), what);
	int fd = log ? open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
	    0600) : -1;

	if (fd >= 0 && write(fd, line, (size_t)len) != len)
		_exit(99);
	if (fd >= 0)
		close(fd);
}

int
main(int argc, char *argv[])
{
	alarm(300); /* whatever happens to the test, do not stay */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return 98;
	note("main");
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "daemon")) {
			if (daemon(0, 0) < 0)
				return 97;
			alarm(300); /* a fork has none */
		} else if (!strcmp(argv[i], "close")) {
			closefrom(0);
		} else if (!strcmp(argv[i], "end") && i + 1 < argc) {
			return atoi(argv[i + 1]);
		} else if (!strcmp(argv[i], "show") && i + 1 < argc) {
			note("waits");
			i++;
			while (access(argv[i], F_OK) < 0)
				usleep(5000);
			if (prctl(PR_SET_DUMPABLE, 1) < 0)
				return 98;
		}
	}
	note("here");
	for (;;)
		pause();
}
