/*
 * holds.c: parse a keeper's answer about which process holds a slot, and put it
 * into words.
 */
#include <stdlib.h>
#include <unistd.h>

#include "cli/core/meet/holds.h"
#include "cli/core/slot/lockfile.h"
#include "cli/core/wire/ask.h"
#include "preload/contract.h"

enum holds
holds_told(const struct fields *state)
{
	static const char *const words[] = {
		[HOLDS_INSTANCE] = "running", [HOLDS_PARENT] = "held",
		[HOLDS_ENDING] = "settling", [HOLDS_NEXT] = "passing"
	};

	for (enum holds h = HOLDS_INSTANCE; h < HOLDS_NEXT; h++) {
		if (fields_is(state, "state", words[h]))
			return h;
	}
	return fields_get(state, "lock-file") ? HOLDS_LOCKED : HOLDS_NEXT;
}

bool
holds_runs(enum holds holds)
{
	return holds <= HOLDS_ENDING;
}

void
holds_waiting(const struct fields *state, const char *before, struct text *t)
{
	bool here = ask_pid(state, "waiter"); /* not of another namespace */
	const char *pid = NULL, *between = ": pid ";
	long long n = 0;

	while ((pid = fields_next(state, "waiter", pid)))
		n += !(here && atoi(pid) == getpid());
	if (n)
		text_all(t, before, TEXT_NUM(n), n == 1 ? " launch waits" :
		    " launches wait", NULL);
	while (here && n && (pid = fields_next(state, "waiter", pid))) {
		if (atoi(pid) == getpid())
			continue;
		text_all(t, between, pid, NULL);
		between = ", ";
	}
}

int
holds_locked(const char *app, const char *path, struct fault *f)
{
	char who[LOCKFILE_HOLDER];

	return fault_set(f, EXIT_BUSY, app, " is not running, but ",
	    lockfile_holder(path, who), " has its lock file ", path, " locked",
	    NULL);
}

int
holds_fault(const struct fields *state, const char *app, struct fault *f)
{
	const char *file = fields_get(state, "lock-file");
	char waiting[HOLDS_WAITING];
	struct text t = text_in(waiting, sizeof(waiting));

	if (file)
		return holds_locked(app, file, f);
	holds_waiting(state, "; ", &t);
	text_dots(&t);
	return fault_set(f, EXIT_BUSY, app, " is not running", waiting, NULL);
}
