/*
 * evidence.c: evidence that a program hands documents over on its own.
 *
 * onlyone-raise looks at what the running program has: a name on the session bus,
 * a socket on which it listens, or shared memory (cli/windows/evidence.c).
 */
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/part_path.h"
#include "cli/base/proc.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/core/handover/way.h"
#include "cli/core/meet/evidence.h"
#include "cli/core/slot/info.h"

enum { TOLD_MS = 10000, WHAT = 512 };

/* In a child. */
static _Noreturn void
evidence_become(const void *arg, int fd)
{
	const pid_t *pid = arg;
	char digits[24];
	const char *argv[] = { RAISE_NAME, "--evidence",
		say_num(digits, *pid), NULL };

	if (dup2(fd, STDOUT_FILENO) < 0)
		_exit(EVIDENCE_UNKNOWN);
	raise_become(argv);
}

enum evidence
evidence_find(pid_t pid, struct text *what)
{
	char said[WHAT];
	int status = -1;

	if (!proc_run(evidence_become, &pid, said, sizeof(said),
	    clock_now() + TOLD_MS, &status) || status < 0)
		return EVIDENCE_UNKNOWN;
	if (what)
		text_mem(what, said, strcspn(said, "\n"));
	status = proc_status(status);
	return status == EVIDENCE_THERE || status == EVIDENCE_NONE ?
	    (enum evidence)status : EVIDENCE_UNKNOWN;
}

void
evidence_tell(struct text *t, const struct info *i)
{
	const struct terms *terms = &i->terms;
	const char *name = basename(i->app);
	const char *later = info_key(i, NULL) ? "files opened later with this"
	    " key" : "files opened later";
	char what[WHAT];
	struct text w = text_in(what, sizeof(what));

	if (terms->on_activate && way_made(terms->on_activate))
		text_all(t, later, " go to the running ", name, NULL);
	else if (terms->on_activate)
		text_all(t, later, " go to the command of --on-activate",
		    NULL);
	else if (terms->lack || i->alone)
		text_all(t, later, " do not go to the running ", name, ": ",
		    i->alone ? WORDS_ALONE : terms->lack, NULL);
	else if (!terms->off && !terms->signal && i->owner.pid &&
	    evidence_find(i->owner.pid, &w) == EVIDENCE_THERE)
		text_all(t, later, " go to the running ", name, " while it has"
		    " a window, since a second copy passes them on (found: ",
		    what, ")", NULL);
}
