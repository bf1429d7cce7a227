/*
 * unguarded.c: the program itself, with nothing of ours.
 */
#include <errno.h>
#include <unistd.h>

#include "cli/early/gate.h"
#include "cli/launch/again.h"
#include "cli/launch/become.h"
#include "cli/launch/unguarded.h"
#include "cli/slot/instance.h"

int
unguarded_run(struct launch *l, struct fault *f)
{
	char **list;
	struct buf b;

	early_gate();
	if (again_check(l->id.file, f) < 0)
		return -1;
	/* The shim of the session would send us here again. */
	buf_init(&b, NULL, 0);
	list = instance_pass(&b, environ, NULL, 0, -1);
	if (!list)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, l->id.file, NULL);
	return become(l->id.file, l->command.words, list, f);
}
