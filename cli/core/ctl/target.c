/*
 * target.c: the instances on which a verb acts: one, or with --all every one
 * that the operands mean.
 */
#include <errno.h>

#include "cli/core/ctl/find_instance.h"
#include "cli/core/ctl/target.h"
#include "cli/base/proc.h"
#include "cli/base/say.h"
#include "cli/core/slot/owner.h"
#include "preload/contract.h"

int
targets_find(struct ctl *c, struct fault *f)
{
	c->n = 1;
	if (!c->o.all)
		return find_the(c, f);
	if (find_meant(c, f) < 0)
		return -1;
	c->one = c->found.at;
	c->n = c->found.n;
	return c->n ? 0 : find_none(c, f);
}

void
target_say(const struct found *found, pid_t pid)
{
	char digits[24];

	say_note("waiting for ", found->info.app, pid ? ", pid " : "",
	    pid ? say_num(digits, pid) : "", proc_state(pid) == 'T' ?
	    ", which is stopped," : "", " to end", NULL);
}

/* Turn the result of sending a signal (r, errno) into 0, or -1 with a fault. */
static int
signalled(const struct found *found, pid_t pid, int r, struct fault *f)
{
	char digits[24];

	if (r == 0 || errno == ESRCH)
		return 0;
	return fault_errno(f, EXIT_DENIED, errno, "cannot signal ",
	    found->info.app, ", pid ", say_num(digits, pid), NULL);
}

int
target_signal(const struct found *found, int pidfd, pid_t pid, int sig,
    struct fault *f)
{
	return signalled(found, pid, owner_signal(pidfd, sig), f);
}

int
target_end(const struct found *found, int pidfd, pid_t pid, int sig,
    struct fault *f)
{
	return signalled(found, pid, owner_end(pidfd, sig,
	    found->info.terms.cluster), f);
}

void
target_failed(struct fault *f, size_t n, int *code)
{
	if (!*code)
		*code = f->code;
	if (n > 1)
		say_fault(f);
}

int
targets_end(struct fault *f, size_t n, int code)
{
	if (!code)
		return 0;
	f->code = code;
	if (n > 1)
		f->line[0] = '\0'; /* target_failed has printed it */
	return -1;
}
