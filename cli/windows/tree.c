/*
 * tree.c: which processes belong to an instance, and how near they are to it.
 */
#include "cli/base/proc.h"
#include "cli/base/procs.h"
#include "cli/core/slot/env_mark.h"
#include "cli/windows/windows.h"

/* Whether pid descends from of, and with i->group is in its process group. */
static bool
is_child(const struct instance *i, pid_t pid, pid_t of)
{
	struct proc child, parent;

	return proc_descends(pid, of) && (!i->group ||
	    (proc_read(pid, &child) == 0 && proc_read(of, &parent) == 0 &&
	    child.group == parent.group));
}

enum kin
tree_kin(const struct instance *i, pid_t pid, enum kin least)
{
	for (size_t k = 0; k < i->npids; k++) {
		if (pid == i->pids[k])
			return KIN_ITSELF;
	}
	for (size_t k = 0; least <= KIN_DESCENDS && k < i->npids; k++) {
		if (is_child(i, pid, i->pids[k]))
			return KIN_DESCENDS;
	}
	return least <= KIN_MARKED && i->mark &&
	    env_mark_has(i->mark, i->run, pid) ? KIN_MARKED : KIN_NONE;
}

size_t
tree_list(const struct instance *i, enum kin least, pid_t *pids, size_t cap)
{
	struct procs all;
	size_t n = 0;
	pid_t pid;

	for (enum kin near = KIN_ITSELF; near >= least; near--) {
		if (procs_begin(&all) < 0)
			break;
		while (n < cap && procs_next(&all, &pid)) {
			if (tree_kin(i, pid, near) == near)
				pids[n++] = pid;
		}
		procs_end(&all);
	}
	return n;
}
