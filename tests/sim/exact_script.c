/*
 * exact_script.c: run a script of which all is known: what each command prints, its
 * status, and which programs start.
 *
 * A command is a line: words between spaces.  "sleep MS" sleeps; "... &" runs in the
 * background, as $!, and $$ is the script; after "tty" commands have a terminal.
 * Behind what a command has printed is "=N", if its status is not 0.
 */
#include <stdlib.h>

#include "tests/sim/exact.h"
#include "tests/sim/kernel.h"
#include "tests/sim/world.h"

#define CALL(type, name, params, args) type sim_##name params;
#include "tests/sim/calls.h"
#undef CALL
_Noreturn void sim__exit(int status);

/* As exact_at_terminal has it. */
static void
terminal_put(void)
{
	int n = 0;
	char **env;

	while (now->env[n])
		n++;
	env = kalloc(((size_t)n + 2) * sizeof(*env));
	memcpy(env, now->env, (size_t)n * sizeof(*env));
	env[n] = "TTY=1";
	now->env = env;
}

static void
command_run(char *line, pid_t *last)
{
	enum { WORDS = 16 };
	char *w[WORDS + 1], note[16], path[32];
	bool waits = true;
	int n = 0, status;
	pid_t child;

	while ((w[n] = strsep(&line, " "))) {
		const char *dollar = strchr(w[n], '$');
		char *word = kalloc(64);

		snprintf(word, 64, "%.*s%d", (int)(dollar ? dollar - w[n] : 0),
		    w[n], dollar && dollar[1] == '!' ? *last : now->pid);
		w[n] = dollar ? word : w[n];
		known(++n < WORDS);
	}
	if (!strcmp(w[n - 1], "&")) {
		waits = false;
		w[n - 1] = NULL;
	}
	if (!strcmp(*w, "tty")) {
		terminal_put();
		return;
	}
	if (!strcmp(*w, "sleep")) {
		sleep_ms(atol(w[1]));
		return;
	}
	snprintf(path, sizeof(path), "%s/%s", strncmp(*w, "only", 4) ? "/bin" :
	    "/usr/bin", *w);
	if ((child = sim_fork()) == 0) {
		sim_execve(path, w, now->env);
		sim__exit(127);
	}
	*last = waits ? *last : child;
	if (!waits || sim_waitpid(child, &status, 0) != child || !status)
		return;
	snprintf(note, sizeof(note), "=%d\n", WIFEXITED(status) ?
	    WEXITSTATUS(status) : 128 + WTERMSIG(status));
	exact_adds(note);
}

_Noreturn void
exact_script(const char *lines)
{
	char *rest = kstrdup(lines), *line;
	pid_t last = 0;

	while ((line = strsep(&rest, "\n")) && *line)
		command_run(line, &last);
	sim__exit(0);
}
