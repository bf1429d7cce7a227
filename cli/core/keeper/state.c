/*
 * state.c: questions about the instance that any file of the keeper may ask, and
 * whether its state, which has a word, may change to another one.
 */
#include <errno.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/core/keeper/state.h"
#include "preload/contract.h"

const char *const state_word[] = { [OWNED] = "running",
	[SEEKING_SUCCESSOR] = "settling", [PARENT_HOLDS] = "held",
	[HANDING_OVER] = "passing", [VACANT] = "vacant" };

void
change_check(unsigned next, unsigned to)
{
	if (!(next & TO(to)))
		_exit(EXIT_SYSTEM);
}

bool
instance_nameless(const struct keeper *k)
{
	return k->tenure.unseen && k->c->info.guess != GUESS_PID;
}

int
instance_signal(
    const struct keeper *k, int (*send)(int pidfd, int sig), int sig)
{
	const struct info *i = &k->c->info;
	int pidfd, r;

	if (!k->tenure.unseen)
		return send(k->c->pidfd, sig);
	/* If the lock is free, the instance has ended: that process was not
	 * part of it. */
	if (i->guess != GUESS_PID || k->c->mapping < 0 ||
	    mapping_test(k->c->mapping) != MAPPING_LOCKED ||
	    owner_open(&i->owner, &pidfd) != OWNER_ALIVE) {
		errno = ESRCH;
		return -1;
	}
	r = send(pidfd, sig);
	io_close(&pidfd);
	return r;
}

bool
next_is_locked(const struct keeper *k)
{
	return k->state == HANDING_OVER && k->tenure.locked.len;
}

int
keeper_status(int program)
{
	return program < 0 ? EXIT_LOST : program;
}
