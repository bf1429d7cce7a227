/*
 * leftover.c: what an instance that has ended left running.
 *
 * A script whose child daemonises itself ends, and the slot with it: the
 * child has executed a program of its own and is not followed.  Nobody can
 * know whether it was meant to be; so it is said, where there is somebody to
 * say it: by a launch with -v, and by -W after a program that ended at once.
 */
#include <limits.h>
#include <unistd.h>

#include "cli/launch/leftover.h"
#include "cli/meet/words.h"
#include "cli/proc.h"
#include "cli/say.h"
#include "cli/slot/job.h"
#include "cli/slot/mark.h"

void
leftover_tell(const struct place *p, bool daemons)
{
	struct proc proc;
	char digits[24], exe[PATH_MAX];
	pid_t pids[8];
	int n = mark_scan(p->folder, pids, sizeof(pids) / sizeof(*pids));

	for (int i = 0; i < n; i++) {
		if (pids[i] == getpid() || (daemons &&
		    (proc_read(pids[i], &proc) < 0 ||
		    proc.session == getsid(0))))
			continue;
		say_note("pid ", say_num(digits, pids[i]), " (",
		    proc_exe(pids[i], exe, sizeof(exe)), "), which an"
		    " instance of ", p->slot.app, " started and left, is"
		    " still running; it is not followed, see onlyone(7)", NULL);
	}
}

void
leftover_replaced(struct place *p)
{
	struct info none = { .owner = { .pid = 0 } };
	struct job j = { .ends = ENDS_MAIN };
	struct fault f;

	if (root_open(&p->root, &f) == 0 &&
	    job_look(&j, &p->root, p->slot.name, &none) == 0)
		words_left(p->slot.app, &j, "; --stop-tree ends that too");
	job_free(&j);
}
