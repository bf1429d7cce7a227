/*
 * promote.c: how the slot passes to one of those who wait, and how a guard
 * begins its program again.
 *
 * The lock is never handed over: the keeper stays and changes its owner.
 * When the owner has ended, the first in line is offered the slot; he answers
 * with the record of the instance to be; that is written, and he is told to
 * go.  There is no moment in which the slot is free.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/keeper/born.h"
#include "cli/keeper/client.h"
#include "cli/keeper/heal.h"
#include "cli/keeper/line.h"
#include "cli/keeper/past.h"
#include "cli/keeper/promote.h"
#include "cli/keeper/replace.h"
#include "cli/keeper/reply.h"
#include "cli/keeper/settle.h"
#include "cli/keeper/state.h"
#include "cli/keeper/tenure.h"
#include "cli/ours.h"
#include "cli/points.h"
#include "cli/proc.h"
#include "cli/slot/folder.h"
#include "cli/slot/image.h"
#include "cli/slot/info_make.h"
#include "cli/slot/lockfile.h"
#include "cli/slot/owner.h"
#include "preload/contract.h"

enum {
	SWEEPS = 50, /* to put back what is swept away again and again */
	SWEPT_US = 2000,
	LOCKED_MS = 50 /* before the lock file is tried again */
};

/* The process that is to be the instance: the client itself, or a child of
 * it; or, held, any of this user that the client has a descriptor of.  A
 * pidfd, -1. */
static int
candidate_open(const struct client *cl, pid_t pid, bool held)
{
	struct proc p;
	int pidfd;

	pidfd = owner_pidfd(pid);
	/* It waits for our answer: so its number is still its own. */
	if (pidfd >= 0 && !owner_ended(pidfd) && (pid == cl->pid ||
	    (held && ours_uids(pid)) ||
	    (proc_read(pid, &p) == 0 && p.parent == cl->pid)) &&
	    io_wait(cl->fd, POLLRDHUP, 0) == 0)
		return pidfd;
	io_close(&pidfd);
	return -1;
}

/* Write the new instance down.  0; -1: errno, and the slot has no owner. */
static int
record_write(struct keeper *k, const struct info *i, bool image, int pidfd)
{
	struct claim *c = k->c;
	struct buf record;
	struct info new = *i;

	if (owner_record(&new.owner, i->owner.pid, pidfd,
	    c->root->lasting) < 0)
		return -1;
	new.keeper = getpid();
	new.activations = 0;
	buf_init(&record, NULL, 0);
	if (info_remake(&record, &new) < 0) {
		buf_free(&record);
		errno = ENOMEM;
		return -1;
	}
	folder_unlink(c->folder, FILE_HAND);
	/* The old ones are for copies of the old instance. */
	io_close(&c->image);
	past_forget(k);
	if (!image)
		unlinkat(c->folder, FILE_IMAGE, 0);
	else if ((c->image = image_make(c->folder, new.owner.pidns)) < 0)
		goto fail;
	point("promote-image");
	if (info_write(c->folder, &record, false) < 0)
		goto fail;
	point("promote-recorded");
	if (folder_pid_write(c->lock, new.owner.pid, false) < 0)
		goto fail;
	buf_free(&c->record);
	c->record = record;
	info_parse(record.at, record.len, &c->info);
	io_close(&c->pidfd);
	c->pidfd = pidfd;
	tenure_guard(k);
	return 0;
fail:
	buf_free(&record);
	return -1;
}

/* Whether both have the same key. */
static bool
same_key(const struct info *a, const struct info *b)
{
	const char *x = NULL, *y = NULL;

	do {
		x = info_key(a, x);
		y = info_key(b, y);
	} while (x && y && !strcmp(x, y));
	return !x && !y;
}

/* Whether it is the record of this slot's next instance, as its launch makes
 * it: what only a keeper writes is not in it, and the one that may hold the
 * slot after it is the client. */
static bool
record_fits(const struct keeper *k, const struct client *cl,
    const struct info *i)
{
	const struct info *old = &k->c->info;

	return !i->odd && !strcmp(i->app, old->app) &&
	    !strcmp(i->scope, old->scope) && i->index == old->index &&
	    same_key(i, old) &&
	    !fields_get(&i->all, "was") && !fields_get(&i->all, "new-hash") &&
	    !fields_get(&i->all, "new-key") &&
	    !fields_get(&i->all, INFO_IMAGE) && i->since > 0 &&
	    i->first == i->owner.pid &&
	    (!i->guard.pid || i->guard.pid == cl->pid);
}

/* The record that follows the fields of a request: in *i, which points into
 * it.  -1: refused. */
static int
record_take(struct keeper *k, struct client *cl, const struct frame *f,
    struct info *i)
{
	const char *rest = fields_get(&f->body, "image");
	size_t len;

	if (rest) {
		rest += strlen(rest) + 1;
		len = (size_t)(f->body.at + f->body.len - rest);
		if (len <= INFO_LIMIT && info_parse(rest, len, i) == 0 &&
		    record_fits(k, cl, i))
			return 0;
	}
	reply_refuse(k, cl, EXIT_NOANSWER, "not the record of an instance");
	return -1;
}

/* The instance is the one in this record now: tell it to go.  -1: it is not,
 * and the client has its answer. */
static int
record_begin(struct keeper *k, struct client *cl, const struct frame *f,
    const struct info *i, int pidfd)
{
	bool image = fields_num(&f->body, "image", 0) == 1;
	int r, err;

	/* A folder that has just been swept away comes back. */
	for (int try = 0; (r = record_write(k, i, image, pidfd)) < 0 &&
	    errno == ENOENT && try < SWEEPS; try++) {
		heal_files(k);
		clock_sleep(SWEPT_US);
	}
	if (r < 0) {
		err = errno;
		io_close(&pidfd);
		if (err != ENOENT) {
			reply_refuse(k, cl, fault_state(err), fault_text(err));
			return -1;
		}
		/* It begins again, and has its turn as before. */
		k->heal.wanted = true;
		k->tenure.collect = clock_now() + OFFER_MS;
		reply_last(k, cl, FRAME_AGAIN);
		return -1;
	}
	k->lent = image && cl->pid == i->owner.pid;
	k->revived = false;
	tenure_begin(k);
	point("promoted");
	reply_file(k, cl, FRAME_GO, k->c->file);
	client_drop(k, cl);
	return 0;
}

/* The lock file of the instance to be is the one that we have, or else it is
 * free; the same open file is for the newcomer.  false: refused. */
static bool
lockfile_pass(struct keeper *k, struct client *cl, const struct info *i)
{
	const char *old = k->c->info.terms.lock_file;
	const char *new = i->terms.lock_file;
	struct fault f;
	bool same = old && new && !strcmp(old, new);

	if (k->c->file >= 0 && same &&
	    k->c->info.terms.lock_shared == i->terms.lock_shared)
		return true;
	lockfile_release(&k->c->file);
	if (!new)
		return true;
	switch (claim_lockfile(k->c, new, i->terms.lock_shared, &f)) {
	case LOCKFILE_OURS:
		return true;
	case LOCKFILE_BUSY:
		/* It was the instance's, and we came too late to have it from
		 * that: somebody was quicker, whom it waits for too. */
		if (same) {
			k->tenure.collect = clock_now() + LOCKED_MS;
			reply_last(k, cl, FRAME_AGAIN);
			return false;
		}
		reply_refuse(k, cl, EXIT_BUSY, "its lock file is locked by"
		    " another process");
		return false;
	default:
		reply_refuse(k, cl, f.code, f.line);
		return false;
	}
}

void
promote_take(struct keeper *k, struct client *cl, const struct frame *f)
{
	struct info info;
	struct buf born;
	int pidfd;

	if (record_take(k, cl, f, &info) < 0)
		return;
	pidfd = candidate_open(cl, info.owner.pid,
	    fields_num(&f->body, "held", 0) == 1);
	if (pidfd < 0) {
		client_drop(k, cl); /* the next one has its turn */
		return;
	}
	point("promote");
	if (!lockfile_pass(k, cl, &info)) {
		io_close(&pidfd);
		return;
	}
	if (born_make(&born, &f->body) < 0) {
		io_close(&pidfd);
		reply_refuse(k, cl, EXIT_SYSTEM, fault_text(errno));
		return;
	}
	tenure_tell(k); /* the one before */
	k->tenure.ending = false;
	if (record_begin(k, cl, f, &info, pidfd) == 0)
		born_take(k, &born);
	else
		buf_free(&born);
}

void
promote_renew(struct keeper *k, struct client *cl, const struct frame *f)
{
	struct client *first = line_first(k);
	struct info info;
	int pidfd;

	if (!cl->pid || cl->pid != k->c->info.guard.pid ||
	    (k->tenure.guard < 0 && !k->tenure.guard_dim)) {
		reply_refuse(k, cl, EXIT_DENIED, "only its parent may start"
		    " it again");
		return;
	}
	settle_check(k);
	if (k->tenure.ending || (first && first->waiter.mode == WAIT_REPLACE)) {
		reply_refuse(k, cl, EXIT_BUSY, "it is about to end");
		return;
	}
	if (k->state != HELD) {
		reply_last(k, cl, FRAME_AGAIN); /* not settled, or a daemon */
		return;
	}
	if (record_take(k, cl, f, &info) < 0)
		return;
	pidfd = candidate_open(cl, info.owner.pid, false);
	if (pidfd < 0)
		client_drop(k, cl);
	else
		record_begin(k, cl, f, &info, pidfd);
}

void
promote_offer(struct keeper *k)
{
	struct client *cl;

	if (k->state != PASSING || clock_now() < k->tenure.collect)
		return;
	k->tenure.collect = 0;
	if (client_first(k, OFFERED) || !replace_done(k))
		return;
	cl = line_first(k);
	if (!cl) {
		tenure_release(k);
		return;
	}
	point("offer");
	client_stage(k, cl, OFFERED);
	reply_bare(k, cl, FRAME_OFFER);
}
