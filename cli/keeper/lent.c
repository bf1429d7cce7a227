/*
 * lent.c: a lock file that the program has, and its keeper has not.
 *
 * An open file's lock ends with the last who has the file open: were that the
 * keeper, it would be late, or stopped.  So it has none as long as the program
 * alone is to decide, and can have it from that where there is a need.
 */
#include <sys/stat.h>

#include "cli/io.h"
#include "cli/keeper/lent.h"
#include "cli/keeper/line.h"
#include "cli/keeper/state.h"
#include "cli/ours.h"
#include "cli/slot/image.h"
#include "cli/slot/owner.h"
#include "cli/slot/parcel.h"

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
lent_round(struct keeper *k)
{
	struct claim *c = k->c;

	if (!k->lent || k->state != OWNED)
		return;
	if (c->file < 0 && line_waits(k))
		lock_fetch(c, c->info.owner.pid);
	else if (c->file >= 0 && !line_waits(k) && !owner_ended(c->pidfd))
		io_close(&c->file);
}

void
lent_back(struct keeper *k)
{
	struct claim *c = k->c;
	pid_t pids[COPIES];
	int n;

	if (!k->lent || c->file >= 0 || !c->info.terms.lock_file)
		return;
	if (c->image >= 0 && !k->past.n && image_test(c->image) == IMAGE_FREE)
		return;
	n = image_scan(c->image, &c->info.all, pids, COPIES);
	for (int i = 0; i < n && !lock_fetch(c, pids[i]); i++)
		;
}
