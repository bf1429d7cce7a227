/*
 * storm_verb.c: verbs of onlyonectl, in the midst of launches.
 */
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/chaos/storm.h"

pid_t verb;

/* It is none of our launches: it must say what it did by a known status. */
void
verb_ended(int status)
{
	static const int known[] = { 0, 3, 64, 69, 71, 73, 75, 77 };
	bool odd = true;

	verb = 0;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		odd &= !WIFEXITED(status) || WEXITSTATUS(status) != known[i];
	/* At a point of its own it may be killed. */
	if (odd && !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)) {
		fprintf(stderr, "a verb has ended with wait status %#x\n",
		    (unsigned int)status);
		counts.stuck++;
	}
}

/* onlyonectl VERB ... for application n. */
pid_t
verb_begin(const char *what, int n)
{
	char ctl[4096];
	pid_t pid;

	snprintf(ctl, sizeof(ctl), "%sctl", onlyone);
	counts.verbs++;
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid > 0)
		return pid;
	streams_set();
	if (!strcmp(what, "stop"))
		execl(ctl, ctl, "-q", what, "--all", "--kill-after=0.1",
		    app[n], (char *)NULL);
	else
		execl(ctl, ctl, "-q", what, app[n], (char *)NULL);
	_exit(98);
}

/* One at a time; what is sealed is soon unsealed. */
void
verb_any(void)
{
	static int sealed = -1;
	int n = below(APPS);

	if (verb)
		return;
	if (sealed >= 0) {
		verb = verb_begin("unseal", sealed);
		sealed = -1;
	} else if (!below(4)) {
		verb = verb_begin("seal", sealed = n);
	} else {
		verb = verb_begin("stop", n);
	}
}
