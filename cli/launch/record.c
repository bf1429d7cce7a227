/*
 * record.c: the record of the instance that a launch is about to start.
 */
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/launch/handover.h"
#include "cli/launch/record.h"
#include "cli/proc.h"
#include "cli/slot/info_make.h"
#include "cli/slot/owner.h"
#include "cli/wire/ask.h"

/* Whether we hold the slot when the program has ended. */
bool
record_guards(const struct launch *l)
{
	return l->o->restart || l->o->terms.lifetime == LIFETIME_TREE;
}

static int
guard_fill(struct launch *l)
{
	int pidfd = owner_pidfd(getpid()), r;

	if (pidfd < 0)
		return -1;
	r = owner_record(&l->meeting.claim.info.guard, getpid(), pidfd,
	    l->place.root.lasting);
	close(pidfd);
	return r;
}

int
record_fill(struct launch *l, pid_t pid, char *cwd)
{
	struct claim *c = &l->meeting.claim;
	struct info *i = &c->info;

	if (owner_record(&i->owner, pid, c->pidfd, l->place.root.lasting) < 0)
		return -1;
	i->keeper = 0;
	i->activations = 0;
	/* A script that holds may be about to listen. */
	i->listeners = l->held.pid && !l->o->terms.on_activate;
	i->held = l->held.pid != 0;
	i->index = l->place.slot.index;
	i->since = clock_wall();
	i->used = i->since;
	i->session = getsid(pid);
	i->first = pid;
	i->terms = l->o->terms;
	i->terms.rule = l->rule;
	i->terms.on_activate = handover_line(l);
	i->terms.self = handover_self(l);
	if (l->lock.path)
		i->terms.lock_file = l->lock.path;
	i->cwd = proc_cwd(pid, cwd, PATH_MAX);
	return record_guards(l) ? guard_fill(l) : 0;
}

int
record_make(struct launch *l, pid_t pid, long long since)
{
	struct claim *c = &l->meeting.claim;
	char cwd[PATH_MAX];
	int r;

	c->record.len = 0;
	c->pidfd = owner_pidfd(pid);
	r = c->pidfd < 0 ? -1 : record_fill(l, pid, cwd);
	if (r == 0 && since)
		c->info.since = since;
	if (r == 0)
		r = info_make(&c->record, &l->place.slot, &c->info,
		    l->command.words);
	io_close(&c->pidfd);
	/* Its number may have come to somebody else meanwhile. */
	if (r == 0 && l->held.pid && owner_ended(l->held.pidfd)) {
		errno = ESRCH;
		r = -1;
	}
	return r < 0 ? -1 :
	    info_parse(c->record.at, c->record.len, &c->info);
}

int
record_put(struct launch *l, enum frame_type type, pid_t pid,
    long long since, bool image, struct buf *b)
{
	struct claim *c = &l->meeting.claim;
	size_t start;

	if (record_make(l, pid, since) < 0)
		return -1;
	start = ask_begin(b, type, l->place.slot.hash);
	fields_put_num(b, "held", l->held.pid != 0);
	/* Its keeper is there already: our handlers get our environment. */
	for (char **e = environ; type == FRAME_TAKE && *e; e++)
		fields_put(b, "environ", *e);
	fields_put_num(b, "image", image);
	buf_add(b, c->record.at, c->record.len);
	return frame_end(b, start);
}
