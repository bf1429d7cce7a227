/*
 * elsewhere.c: an instance whose windows are on another display than ours.
 *
 * One user may sit at two: his screen, and a remote desktop.  The keeper knows
 * the first launch's display alone, so that nobody leads it to another one;
 * what is to be seen on ours a helper of our own asks.
 */
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/beside.h"
#include "cli/io.h"
#include "cli/meet/elsewhere.h"
#include "cli/meet/words.h"
#include "cli/raise/outcome.h"
#include "cli/say.h"
#include "cli/text.h"
#include "cli/wire/ask.h"
#include "preload/contract.h"

enum { TEXT = WORDS_INSTANCE + 256 };

static const char *
own_display(void)
{
	const char *x = getenv("DISPLAY"), *w = getenv("WAYLAND_DISPLAY");

	return x && *x ? x : w ? w : "";
}

/* NAME= out of the environment of this process, which is to execute. */
static void
env_drop(const char *name)
{
	char **to = environ;

	for (char **e = environ; *e; e++) {
		if (strncmp(*e, name, strlen(name)))
			*to++ = *e;
	}
	*to = NULL;
}

static _Noreturn void
question_exec(const struct place *p, const char *pid, const char *title,
    const char *text)
{
	char path[PATH_MAX];
	const char *helper = beside_find(RAISE_NAME, X_OK, path);
	const char *argv[11] = { RAISE_NAME, "--mark", p->folder, "--limit",
		"1", pid };

	if (text) {
		argv[5] = "--title";
		argv[6] = title;
		argv[7] = "--notify";
		argv[8] = text;
		argv[9] = pid;
	}
	/* It is no part of an instance, and nothing follows it. */
	env_drop(ENV_SLOT "=");
	env_drop("LD_PRELOAD=");
	if (helper)
		execve(helper, (char *const *)argv, environ);
	_exit(OUTCOME_ABSENT);
}

/* Whether there is a window of it here, which is in front now if it can be. */
static bool
is_here(const struct place *p, const char *pid, const char *title,
    const char *text)
{
	/* As fork(2), for which libc may not be ready yet (cli/early). */
	pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL,
	    NULL);
	int status;

	if (child == 0)
		question_exec(p, pid, title, text);
	if (child < 0 || IO_RETRY(waitpid(child, &status, 0)) < 0 ||
	    !WIFEXITED(status))
		return false;
	status = WEXITSTATUS(status);
	return status == OUTCOME_RAISED || status == OUTCOME_HUNG ||
	    status == OUTCOME_ASKED;
}

void
elsewhere_tell(const struct place *p, const struct fields *b, bool notify)
{
	const char *where = fields_get(b, "elsewhere"), *pid;
	const char *app = fields_get(b, "app");
	char who[WORDS_INSTANCE], buf[TEXT];
	struct text t;

	if (!where || !app || !(pid = ask_pid(b, "pid")))
		return;
	text_init(&t, buf, sizeof(buf));
	text_add(&t, words_instance(b, who));
	text_add(&t, " has its windows on display ");
	text_add(&t, where);
	text_add(&t, ", none on ");
	text_add(&t, own_display());
	text_add(&t, "; --scope=display has an instance on each");
	if (!is_here(p, pid, app, notify ? buf : NULL))
		say_note(buf, NULL);
}
