/*
 * claim.c: becoming the one that may start the instance of a slot.
 *
 * The order is the proof.  flock first: one claimer at a time for one inode.
 * Then the witness: also for a folder that was swept away and made anew while
 * a keeper lives (its lock is on a dead inode).  Then the earlier owner: a
 * keeper that was killed took lock and witness with it, but the instance may
 * live on.  Only then anything is written.
 */
#include <sys/socket.h>

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/early/gate.h"
#include "cli/io.h"
#include "cli/slot/claim.h"
#include "cli/points.h"
#include "cli/slot/folder.h"
#include "cli/slot/holder.h"
#include "cli/slot/image.h"
#include "cli/slot/info_make.h"
#include "cli/wire/sock.h"
#include "preload/contract.h"

enum { STRANGER_MS = 1000 }; /* before one who has our witness is passed over */

/* What a launch has claimed before libc is begun anew. */
static void
claim_undo(void *arg)
{
	claim_leave(arg);
}

static void
claim_init(struct claim *c, struct root *r, const struct slot *s)
{
	c->root = r;
	c->slot = s;
	c->folder = c->lock = c->witness = c->listen = -1;
	c->image = c->pidfd = c->file = c->parcel = -1;
	c->fresh = false;
	c->mask = umask(077);
	/* EFBIG is told instead. */
	sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN },
	    &c->oversize);
	c->recorded = false;
	c->record.len = 0;
	memset(&c->info, 0, sizeof(c->info));
}

void
claim_restore(const struct claim *c)
{
	umask(c->mask);
	sigaction(SIGXFSZ, &c->oversize, NULL);
}

void
claim_close(struct claim *c)
{
	early_undo(NULL, NULL);
	c->file = -1; /* the launch's, or released already */
	io_close(&c->pidfd);
	io_close(&c->image);
	io_close(&c->listen);
	io_close(&c->witness);
	io_close(&c->lock);
	io_close(&c->folder);
}

enum lockfile
claim_lockfile(struct claim *c, const char *path, bool shared,
    struct fault *f)
{
	mode_t mask = umask(c->mask); /* the file is not ours alone */
	enum lockfile r = lockfile_take(path, shared, 0, &c->file, f);

	umask(mask);
	return r;
}

/* The witness before the lock: whoever gets that finds the name free. */
void
claim_release(struct claim *c)
{
	io_close(&c->witness);
	point("release-witness");
	folder_remove(c->root, c->slot->name, c->folder, c->lock);
	point("release-removed");
	folder_unlock(&c->lock);
	point("release-unlocked");
}

void
claim_drop(struct claim *c)
{
	io_close(&c->witness);
	folder_remove(c->root, c->slot->name, c->folder, c->lock);
	folder_unlock(&c->lock);
	claim_close(c);
	claim_restore(c);
}

/* Let go: somebody else is at it, or lives.  What we made for nothing goes,
 * so that it is not taken for a slot; what was there stays. */
void
claim_leave(struct claim *c)
{
	io_close(&c->witness);
	if (c->fresh)
		folder_remove(c->root, c->slot->name, c->folder, c->lock);
	folder_unlock(&c->lock);
	claim_close(c);
	claim_restore(c);
}

/* An abstract name that is taken: by whom? */
static enum claim_result
rival_ask(struct claim *c)
{
	struct witness_holder *h = &c->rival;

	switch (witness_find(c->root, c->slot->hash, h)) {
	case WITNESS_NOBODY:
		return CLAIM_AGAIN;
	case WITNESS_HIDDEN:
		return CLAIM_BUSY;
	case WITNESS_OURS:
		/*
		 * Its files are gone, or it is about to release them.  Where
		 * it cannot watch them it has to be told; the signal is one
		 * that nobody dies of.
		 */
		owner_signal(h->pidfd, SIGURG);
		io_close(&h->pidfd);
		return CLAIM_BUSY;
	default:
		return CLAIM_STRANGER;
	}
}

/* Whether strangers have been waited for long enough: one that is ending shows
 * nothing of who it was. */
static bool
stranger_passed(struct root *r)
{
	if (!r->stranger)
		r->stranger = clock_now();
	return clock_now() - r->stranger >= STRANGER_MS;
}

/* Is an earlier owner alive? */
static enum claim_result
owner_ask(struct claim *c, struct fault *f)
{
	enum holder_result found;
	struct holder h;

	found = holder_find(c->root, c->slot, c->folder, &c->record, &c->info,
	    &h);
	c->recorded = h.recorded;
	c->image = h.image;
	c->pidfd = h.pidfd;
	switch (found) {
	case HOLDER_NONE:
		return CLAIM_MINE;
	case HOLDER_OWNER:
	case HOLDER_GUARD:
		return CLAIM_ORPHAN;
	case HOLDER_PASSED:
		return CLAIM_AGAIN;
	default:
		holder_fault(found, c->root, c->slot, &h, f);
		return CLAIM_FAILED;
	}
}

enum claim_result
claim_take(struct claim *c, struct root *r, const struct slot *s,
    struct fault *f)
{
	enum claim_result result = CLAIM_MINE;
	enum folder_result fr;

	claim_init(c, r, s);
	fr = folder_open(r, s->name, &c->folder, &c->fresh, f);
	if (fr == FOLDER_OK)
		fr = folder_lock(r, s->name, c->folder, &c->lock, &c->fresh,
		    f);
	if (fr != FOLDER_OK) {
		/* Made for nothing: on a full disk, say. */
		if (c->fresh && fr == FOLDER_FAILED)
			unlinkat(r->fd, s->name, AT_REMOVEDIR);
		claim_close(c);
		claim_restore(c);
		return fr == FOLDER_FAILED ? CLAIM_FAILED :
		    fr == FOLDER_BUSY ? CLAIM_BUSY : CLAIM_AGAIN;
	}
	point("claim-locked");
	early_undo(claim_undo, c);
	c->witness = witness_bind(r, s->hash);
	point("claim-witnessed");
	if (c->witness < 0 && errno != EADDRINUSE) {
		fault_errno(f, EXIT_SYSTEM, errno, "cannot bind a socket",
		    NULL);
		result = CLAIM_FAILED;
	} else if (c->witness < 0) {
		/* Also when we mean to do without: it may be ours by now. */
		result = rival_ask(c);
		if (result == CLAIM_STRANGER && stranger_passed(r))
			result = CLAIM_MINE;
		else if (result != CLAIM_STRANGER)
			r->stranger = 0;
	}
	if (result == CLAIM_MINE && !c->fresh)
		result = owner_ask(c, f);
	if (result != CLAIM_MINE && result != CLAIM_ORPHAN)
		claim_leave(c);
	return result;
}

static int
socket_make(struct claim *c)
{
	if (!c->fresh)
		folder_unlink(c->folder, FILE_SOCK);
	c->listen = sock_new(SOCK_NONBLOCK);
	if (c->listen < 0)
		return -1;
	return sock_listen(c->listen, c->folder, c->root->path, c->slot->name);
}

/* A folder that is swept away in the middle is no fault: start over.  Nor is
 * one that we made, late: what others left there goes the next time. */
static enum claim_result
publish_fault(struct claim *c, const char *what, struct fault *f)
{
	int err = errno;

	claim_drop(c);
	if (err == ENOENT || err == EADDRINUSE)
		return CLAIM_AGAIN;
	fault_errno(f, fault_state(err), err, "cannot write ", what, " in ",
	    c->root->path, "/", c->slot->name, NULL);
	return CLAIM_FAILED;
}

enum claim_result
claim_publish(struct claim *c, bool image, char *const args[],
    struct fault *f)
{
	if (!c->fresh) {
		folder_unlink(c->folder, FILE_INFO);
		folder_unlink(c->folder, FILE_IMAGE);
		folder_unlink(c->folder, FILE_HAND);
	}
	point("publish-swept");
	/* The pid first: it tells others that the folder is not fresh. */
	if (folder_pid_write(c->lock, c->info.owner.pid, c->fresh) < 0)
		return publish_fault(c, FILE_PID, f);
	/* Then what needs a descriptor for a moment only: there may be few. */
	c->record.len = 0;
	if (info_make(&c->record, c->slot, &c->info, args) < 0)
		return publish_fault(c, FILE_INFO, f);
	if (info_write(c->folder, &c->record, true) < 0) {
		if (errno != EEXIST || !c->fresh)
			return publish_fault(c, FILE_INFO, f);
		/* We made the folder, and were late: somebody has lived here
		 * since, whose pidfile was swept away.  Does he still? */
		c->fresh = false;
		claim_leave(c);
		return CLAIM_AGAIN;
	}
	if (info_parse(c->record.at, c->record.len, &c->info) < 0)
		return publish_fault(c, FILE_INFO, f);
	point("publish-recorded");
	if (image &&
	    (c->image = image_make(c->folder, c->info.owner.pidns)) < 0)
		return publish_fault(c, FILE_IMAGE, f);
	if (socket_make(c) < 0)
		return publish_fault(c, FILE_SOCK, f);
	point("publish-done");
	return CLAIM_MINE;
}

enum claim_result
claim_vacant(struct claim *c, struct fault *f)
{
	static char *const unknown[] = { NULL };

	memset(&c->info, 0, sizeof(c->info));
	c->info.cwd = "";
	c->info.since = clock_wall();
	c->info.terms.kill_ms = -1;
	c->record.len = 0;
	if (!c->fresh) {
		unlinkat(c->folder, FILE_INFO, 0);
		unlinkat(c->folder, FILE_IMAGE, 0);
	}
	if (info_make(&c->record, c->slot, &c->info, unknown) < 0 ||
	    info_parse(c->record.at, c->record.len, &c->info) < 0)
		return publish_fault(c, FILE_INFO, f);
	if (socket_make(c) < 0)
		return publish_fault(c, FILE_SOCK, f);
	point("vacant-done");
	return CLAIM_MINE;
}

enum claim_result
claim_adopt(struct claim *c, struct fault *f)
{
	static char *const unknown[] = { NULL };
	struct buf again;
	bool ok;

	point("adopt-begin");
	buf_init(&again, NULL, 0);
	c->info.keeper = 0;
	if (c->recorded) {
		ok = info_remake(&again, &c->info) == 0;
	} else {
		c->info.cwd = "";
		ok = info_make(&again, c->slot, &c->info, unknown) == 0;
	}
	if (!ok || info_parse(again.at, again.len, &c->info) < 0) {
		fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot start a keeper",
		    NULL);
		buf_free(&again);
		claim_leave(c);
		return CLAIM_FAILED;
	}
	buf_free(&c->record);
	c->record = again;
	point("adopt-done");
	return CLAIM_ORPHAN;
}
