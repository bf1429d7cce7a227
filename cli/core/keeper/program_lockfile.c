/*
 * program_lockfile.c: a lock file that only the program has open.
 *
 * The lock of an open file ends when the last process closes the file.  A
 * keeper would close it late, or, while stopped, not at all.  So the keeper
 * does not keep the file open; it fetches the file from the program while a
 * launch waits, and when the instance is over.
 */
#include <sys/stat.h>

#include "cli/base/io.h"
#include "cli/core/keeper/program_lockfile.h"
#include "cli/core/keeper/queue.h"
#include "cli/core/keeper/state.h"
#include "cli/base/ours.h"
#include "cli/core/slot/lockfile_parcel.h"
#include "cli/core/slot/mapping.h"
#include "cli/core/slot/owner.h"

enum { COPIES = 64 };

static bool
lock_fetch(struct claim *c, pid_t pid)
{
	struct stat st;

	if (pid > 0 && stat(c->info.terms.lock_file, &st) == 0 && ours(pid))
		c->file = parcel_fetch(pid, &st);
	return c->file >= 0;
}

void
program_lockfile_round(struct keeper *k)
{
	struct claim *c = k->c;

	if (!k->lockfile_away || k->state != OWNED)
		return;
	if (c->file < 0 && line_waits(k))
		lock_fetch(c, c->info.owner.pid);
	else if (c->file >= 0 && !line_waits(k) && !owner_ended(c->pidfd))
		io_close(&c->file);
}

void
program_lockfile_back(struct keeper *k)
{
	struct claim *c = k->c;
	pid_t pids[COPIES];
	int n;

	if (!k->lockfile_away || c->file >= 0 || !c->info.terms.lock_file)
		return;
	if (c->mapping >= 0 && !k->past.n &&
	    mapping_test(c->mapping) == MAPPING_FREE)
		return;
	n = mapping_scan(c->mapping, &c->info.all, pids, COPIES, NULL);
	for (int i = 0; i < n && !lock_fetch(c, pids[i]); i++)
		;
}
