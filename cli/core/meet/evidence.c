/*
 * evidence.c: what says that a program hands documents over by itself.
 *
 * onlyone-raise looks at what the running program has: a name on the session bus,
 * a socket on which it listens (cli/windows/evidence.c).
 */
#include <sys/wait.h>

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/part_path.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/core/meet/meet.h"
#include "preload/contract.h"

enum { TOLD_MS = 10000, WHAT = 512 };

enum evidence
evidence_find(const char *folder, long long since, pid_t pid, struct text *t)
{
	char path[PATH_MAX], said[WHAT], one[24], run[24];
	const char *helper = part_path(RAISE_NAME, X_OK, path);
	const char *argv[] = { RAISE_NAME, "--evidence", "--mark", folder,
		"--run", say_num(run, since), say_num(one, pid), NULL };
	int ends[2], status = -1;
	pid_t child;

	if (!helper || pipe2(ends, O_CLOEXEC) < 0)
		return EVIDENCE_UNKNOWN;
	child = fork();
	if (child == 0) {
		/* The helper belongs to no instance. */
		unsetenv(ENV_SLOT);
		unsetenv("LD_PRELOAD");
		if (dup2(ends[1], STDOUT_FILENO) >= 0)
			execve(helper, (char *const *)argv, environ);
		_exit(EVIDENCE_UNKNOWN);
	}
	io_close(&ends[1]);
	*said = '\0';
	if (child > 0)
		io_drain(ends[0], said, sizeof(said), clock_now() + TOLD_MS);
	io_close(&ends[0]);
	if (child > 0)
		IO_RETRY(waitpid(child, &status, 0));
	if (child < 0 || !WIFEXITED(status))
		return EVIDENCE_UNKNOWN;
	text_mem(t, said, strcspn(said, "\n"));
	return WEXITSTATUS(status);
}

void
evidence_tell(struct text *t, const char *folder, const struct info *i)
{
	const struct terms *terms = &i->terms;
	char what[WHAT];
	struct text w = text_in(what, sizeof(what));

	if (terms->on_activate)
		text_add(t, "a handler gets what is opened later");
	else if (terms->lack || i->alone)
		text_all(t, "is given nothing that is opened later: ",
		    i->alone ? WORDS_ALONE : terms->lack, NULL);
	else if (!terms->off && !terms->signal && i->owner.pid &&
	    evidence_find(folder, i->since, i->owner.pid, &w) ==
	    EVIDENCE_THERE)
		text_all(t, "a second start hands over what is opened later: it"
		    " has ", what, NULL);
}
