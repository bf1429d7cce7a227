/*
 * spawns.c: starts a program by the function of the given name.
 *
 * spawns HOW PROGRAM [ARG...] ends with the status of PROGRAM.  HOW is
 * posix_spawn, posix_spawnp, system, popen or vfork.  The shell of system and
 * popen execs the program.
 */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char line[1 << 20];

/* The words in quotes. */
static const char *
quoted(char **words)
{
	char *to = stpcpy(line, "exec");

	for (; *words; words++) {
		*to++ = ' ';
		*to++ = '\'';
		for (const char *s = *words; *s; s++) {
			if (*s == '\'')
				to = stpcpy(to, "'\\'");
			*to++ = *s;
		}
		*to++ = '\'';
	}
	*to = '\0';
	return line;
}

static int
by_popen(char **words)
{
	FILE *out = popen(quoted(words), "r");
	int c;

	if (!out)
		return -1;
	while ((c = getc(out)) != EOF)
		putchar(c);
	return pclose(out);
}

static pid_t
by_vfork(char **words)
{
	pid_t pid = vfork();

	if (pid)
		return pid;
	execv(*words, words);
	_exit(126);
}

int
main(int argc, char *argv[])
{
	int status = -1;
	pid_t pid = -1;

	alarm(300);
	if (argc < 3)
		return 99;
	if (!strcmp(argv[1], "system"))
		status = system(quoted(argv + 2));
	else if (!strcmp(argv[1], "popen"))
		status = by_popen(argv + 2);
	else if (!strcmp(argv[1], "vfork"))
		pid = by_vfork(argv + 2);
	else if (!strcmp(argv[1], "posix_spawn"))
		posix_spawn(&pid, argv[2], NULL, NULL, argv + 2, environ);
	else if (!strcmp(argv[1], "posix_spawnp"))
		posix_spawnp(&pid, argv[2], NULL, NULL, argv + 2, environ);
	if (pid > 0 && waitpid(pid, &status, 0) != pid)
		return 98;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 97;
}
