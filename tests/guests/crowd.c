/*
 * crowd.c: a program that is many processes.
 *
 *	crowd FILE N [WORD...]
 *
 * The first process forks groups of 300, each in a session of its own.  All have
 * one lock on FILE, flock(2), until the last one has exited.  FILE.up is there
 * once all N are.  The words:
 *
 *   ignore   all ignore TERM
 *   scrub    all have overwritten their environment
 *   leave    the first exits, with 0, when all are there
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { GROUP = 300 };

static int ready[2];

static void
be_there(void)
{
	if (write(ready[1], "", 1) != 1)
		exit(1);
	for (;;)
		pause();
}

static pid_t
child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		perror("crowd: fork");
	return pid;
}

/* A group of n. */
static void
group(int n)
{
	setsid();
	while (--n) {
		if (child() <= 0)
			be_there();
	}
	be_there();
}

int
main(int argc, char *argv[])
{
	int n, lock;
	bool leave = false;
	char up[4096], byte;

	if (argc < 3)
		return 64;
	n = atoi(argv[2]);
	for (int i = 3; i < argc; i++) {
		if (!strcmp(argv[i], "ignore"))
			signal(SIGTERM, SIG_IGN);
		leave |= !strcmp(argv[i], "leave");
		for (char **e = environ; !strcmp(argv[i], "scrub") && *e; e++)
			memset(*e, 'x', strlen(*e));
	}
	lock = open(argv[1], O_RDWR | O_CREAT, 0666);
	if (lock < 0 || flock(lock, LOCK_SH) < 0 || pipe(ready) < 0) {
		perror("crowd");
		return 1;
	}
	for (int left = n; left > 0; left -= GROUP) {
		if (child() <= 0)
			group(left < GROUP ? left : GROUP);
	}
	while (n-- && read(ready[0], &byte, 1) == 1)
		;
	snprintf(up, sizeof(up), "%s.up", argv[1]);
	close(open(up, O_WRONLY | O_CREAT, 0666));
	while (!leave)
		pause();
	return 0;
}
