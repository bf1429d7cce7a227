/*
 * storm.c: N launches at the same moment.
 *
 * storm N COMMAND [ARG...]: forks N children that all wait at one barrier and
 * then exec COMMAND ARG... "launch I" "two words\nI" "" with I from 1 to N.
 * Their standard input is /dev/null; output and error are inherited.  When
 * all but one have ended (the one that became the program stays), or after
 * 120 seconds, it prints "STATUS COUNT" for each status that occurred (128+N
 * for signal N), "running COUNT", and ends with status 0.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void
on_alarm(int sig)
{
	(void)sig; /* ends wait(2) */
}

static void
child(int i, int gate, int argc, char *argv[])
{
	char one[32], two[32], byte, **av = calloc((size_t)argc + 4, sizeof(*av));

	memcpy(av, argv, (size_t)argc * sizeof(*av));
	snprintf(one, sizeof(one), "launch %d", i);
	snprintf(two, sizeof(two), "two words\n%d", i);
	av[argc] = one;
	av[argc + 1] = two;
	av[argc + 2] = "";
	while (read(gate, &byte, 1) < 0 && errno == EINTR)
		; /* end of file: the barrier is open */
	close(gate);
	execvp(av[0], av);
	_exit(98);
}

int
main(int argc, char *argv[])
{
	struct sigaction sa = { .sa_handler = on_alarm };
	int n, i, gate[2], running, status, count[256] = {0};

	if (argc < 3 || (n = atoi(argv[1])) < 1)
		return 64;
	sigaction(SIGALRM, &sa, NULL);
	close(0);
	if (open("/dev/null", O_RDONLY) != 0 || pipe(gate) < 0)
		return 71;
	for (i = 1; i <= n; i++) {
		pid_t pid = fork();

		if (pid < 0) {
			perror("storm: fork");
			return 71; /* the gate opens with our end of it */
		}
		if (pid == 0) {
			close(gate[1]);
			child(i, gate[0], argc - 2, argv + 2);
		}
	}
	close(gate[0]);
	close(gate[1]);
	alarm(120);
	for (running = n; running > 1 && wait(&status) > 0; running--)
		count[WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)]++;
	for (i = 0; i < 256; i++)
		if (count[i])
			printf("%d %d\n", i, count[i]);
	printf("running %d\n", running);
	return 0;
}
