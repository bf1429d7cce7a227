/*
 * claim.c: the right to start the instance of a slot.
 *
 * The order is the proof.  flock first: one claim at a time for one inode.
 * Then the name lock: it also excludes a living keeper whose folder was removed
 * and made again (its lock is on a dead inode).  Then the earlier owner: a
 * killed keeper lost lock and name lock, but its instance may still run.
 * Nothing is written before that.
 */
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/core/slot/claim.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/holder.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/mapping.h"
#include "cli/core/wire/sock.h"
#include "preload/contract.h"

enum { STRANGER_MS = 1000 }; /* longest wait for a stranger's name lock */

static void
claim_init(struct claim *c, struct root *r, const struct slot *s)
{
	c->root = r;
	c->slot = s;
	c->folder = c->lock = c->name_lock = c->listen = -1;
	c->mapping = c->pidfd = c->file = c->parcel = -1;
	c->fresh = false;
	c->mask = umask(077);
	io_oversize();
	c->recorded = false;
	memset(&c->info, 0, sizeof(c->info));
}

void
claim_restore(const struct claim *c)
{
	umask(c->mask);
}

void
claim_close(struct claim *c)
{
	c->file = -1; /* the launch keeps it, or has released it */
	io_close(&c->pidfd);
	io_close(&c->mapping);
	io_close(&c->listen);
	io_close(&c->name_lock);
	io_close(&c->lock);
	io_close(&c->folder);
}

enum lockfile
claim_lockfile(struct claim *c, const char *path, bool shared,
    struct fault *f)
{
	mode_t mask = umask(c->mask); /* other programs lock the file too */
	enum lockfile r = lockfile_take(path, shared, 0, &c->file, f);

	umask(mask);
	return r;
}

/* Release the name lock first: the process that gets the lock next then finds
 * the name free.  But if the pidfile was removed, that process may have a new
 * one, and wait for the name: it would mistake the process in our record, or a
 * helper that maps the file, for the instance. */
void
claim_release(struct claim *c)
{
	if (c->name_lock >= 0 && !folder_has(c->folder, FILE_PID, c->lock)) {
		folder_unlink(c->folder, FILE_MAPPING);
		folder_unlink(c->folder, FILE_INFO);
	}
	io_close(&c->name_lock);
	folder_remove(c->root, c->slot->name, c->folder, c->lock);
	io_close(&c->lock);
}

void
claim_outlast(const struct claim *c)
{
	enum { SOON_US = 100 };

	while (clock_wall() == c->info.since)
		clock_sleep(SOON_US);
}

void
claim_drop(struct claim *c)
{
	claim_release(c);
	claim_close(c);
	claim_restore(c);
}

/* Remove a folder that we made but do not need, so that it is not taken for a
 * slot. */
void
claim_leave(struct claim *c)
{
	if (c->fresh)
		claim_release(c);
	claim_close(c);
	claim_restore(c);
}

/* Another process has the name lock: which one? */
static enum claim_result
name_holder_ask(struct claim *c)
{
	struct name_lock_holder *h = &c->name_holder;

	switch (name_lock_find(c->root, c->slot, c->lock, h)) {
	case NAME_LOCK_NOBODY:
		return CLAIM_AGAIN;
	case NAME_LOCK_HIDDEN:
		return CLAIM_BUSY;
	case NAME_LOCK_OURS:
		/*
		 * A keeper of ours: its files are gone, or it is about to
		 * release them.  SIGURG wakes one that cannot watch them
		 * (heal.c); other programs ignore it by default.
		 */
		owner_signal(h->pidfd, SIGURG);
		io_close(&h->pidfd);
		return CLAIM_BUSY;
	case NAME_LOCK_ELSEWHERE:
		return CLAIM_ELSEWHERE;
	default:
		return CLAIM_STRANGER;
	}
}

/* Whether we have waited long enough for a stranger.  It may be an exiting
 * process of ours: such a process no longer shows its owner. */
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
	struct holder h;
	enum holder_result found = holder_find(c->root, c->slot, c->folder,
	    &c->record, &c->info, &h);

	c->recorded = h.recorded;
	c->mapping = h.mapping;
	c->pidfd = h.pidfd;
	switch (found) {
	case HOLDER_NONE:
		return CLAIM_MINE;
	case HOLDER_OWNER:
	case HOLDER_PARENT:
		/* We are it: a part of our files was removed, or the child that
		 * we offered has exited; or the instance has executed this
		 * launch. */
		if (getpid() == (found == HOLDER_OWNER ?
		    c->info.owner.pid : c->info.parent.pid)) {
			io_close(&c->pidfd);
			return CLAIM_MINE;
		}
		return CLAIM_ORPHAN;
	case HOLDER_PASSED:
		return CLAIM_AGAIN;
	default:
		holder_fault(found, c->root, c->slot, &h, f);
		return CLAIM_FAILED;
	}
}

/* Take the lock and the name lock.  MINE: the folder may have an owner. */
static enum claim_result
locks_take(struct claim *c, struct root *r, const struct slot *s,
    struct fault *f)
{
	enum claim_result result = CLAIM_MINE;
	enum folder_result fr;
	int err;

	claim_init(c, r, s);
	fr = folder_open(r, s->name, &c->folder, &c->fresh, f);
	if (fr == FOLDER_OK)
		fr = folder_lock(r, s->name, c->folder, &c->lock, &c->fresh,
		    f);
	if (fr != FOLDER_OK) {
		/* We cannot lock the folder that we made. */
		err = errno;
		if (c->fresh && (fr == FOLDER_FAILED || fr == FOLDER_FULL))
			unlinkat(r->fd, s->name, AT_REMOVEDIR);
		claim_close(c);
		claim_restore(c);
		errno = err;
		return fr == FOLDER_FAILED ? CLAIM_FAILED :
		    fr == FOLDER_FULL ? CLAIM_FULL :
		    fr == FOLDER_BUSY ? CLAIM_BUSY : CLAIM_AGAIN;
	}
	c->name_lock = name_lock_bind(r, s->hash);
	if (c->name_lock < 0 && errno != EADDRINUSE) {
		fault_errno(f, EXIT_SYSTEM, errno, "cannot bind a socket",
		    NULL);
		result = CLAIM_FAILED;
	} else if (c->name_lock < 0) {
		/* Check even after the wait: by now a process of ours may have
		 * the name. */
		result = name_holder_ask(c);
		if (result == CLAIM_STRANGER && stranger_passed(r))
			result = CLAIM_MINE;
		else if (result != CLAIM_STRANGER)
			r->stranger = 0;
	}
	if (result != CLAIM_MINE)
		claim_leave(c);
	return result;
}

enum claim_result
claim_take(struct claim *c, struct root *r, const struct slot *s,
    struct fault *f)
{
	enum claim_result result = locks_take(c, r, s, f);

	if (result == CLAIM_MINE && !c->fresh) {
		result = owner_ask(c, f);
		if (result != CLAIM_MINE && result != CLAIM_ORPHAN)
			claim_leave(c);
	}
	return result;
}

enum claim_result
claim_force(struct claim *c, struct root *r, const struct slot *s,
    struct fault *f)
{
	enum claim_result result = locks_take(c, r, s, f);
	struct holder h;

	if (result != CLAIM_MINE || c->fresh)
		return result;
	switch (holder_find(r, s, c->folder, &c->record, &c->info, &h)) {
	case HOLDER_NONE:
	case HOLDER_UNKNOWN:
	case HOLDER_UNREAD:
		return CLAIM_MINE;
	case HOLDER_ELSEWHERE:
		c->mapping = mapping_open(c->folder);
		if (!h.lives && (c->mapping < 0 ||
		    mapping_test(c->mapping) != MAPPING_LOCKED))
			return CLAIM_MINE;
		break;
	default:
		c->mapping = h.mapping;
		c->pidfd = h.pidfd;
		break;
	}
	claim_leave(c);
	fault_set(f, EXIT_NOANSWER, s->app, " is seen to live", NULL);
	return CLAIM_FAILED;
}

static int
socket_make(struct claim *c)
{
	if (!c->fresh && folder_unlink(c->folder, FILE_SOCK) < 0)
		return -1;
	c->listen = sock_new(SOCK_NONBLOCK);
	if (c->listen < 0)
		return -1;
	return sock_listen(c->listen, c->folder, c->root->path, c->slot->name);
}

/* ENOENT: the folder was removed; start over.  EEXIST, EADDRINUSE: we made the
 * folder, but another launch has left its files there; the next try removes
 * them.  No room: the next try is in another default root. */
static enum claim_result
publish_fault(struct claim *c, const char *what, struct fault *f)
{
	int err = errno;

	claim_drop(c);
	if (err == ENOENT || err == EADDRINUSE ||
	    (err == EEXIST && c->fresh) || root_pass(c->root, err) == 0)
		return CLAIM_AGAIN;
	fault_errno(f, fault_state(err), err, "cannot write ", what, " in ",
	    c->root->path, "/", c->slot->name, NULL);
	return CLAIM_FAILED;
}

enum claim_result
claim_publish(struct claim *c, bool mapping, char *const args[],
    struct fault *f)
{
	if (!c->fresh) {
		/* The mapping first, as in folder_remove. */
		folder_unlink(c->folder, FILE_MAPPING);
		folder_unlink(c->folder, FILE_INFO);
		folder_unlink(c->folder, FILE_HAND);
		folder_unlink(c->folder, FILE_SKIPS);
	}
	/* Write the pid first: it tells other launches that the folder is not
	 * fresh. */
	if (folder_pid_write(c->lock, c->info.owner.pid, c->fresh) < 0)
		return publish_fault(c, FILE_PID, f);
	/* Then the record, which needs a descriptor only briefly, before the
	 * files that keep one open: there may be few. */
	c->record.len = 0;
	if (info_make(&c->record, c->slot, &c->info, args) < 0 ||
	    info_write(c->folder, &c->record, true) < 0 ||
	    info_parse(c->record.at, c->record.len, &c->info) < 0)
		return publish_fault(c, FILE_INFO, f);
	if (mapping &&
	    (c->mapping = mapping_make(c->folder, c->info.owner.pidns)) < 0)
		return publish_fault(c, FILE_MAPPING, f);
	if (socket_make(c) < 0)
		return publish_fault(c, FILE_SOCK, f);
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
	if (!c->fresh) /* a child left by the last instance may map it */
		unlinkat(c->folder, FILE_MAPPING, 0);
	if (info_make(&c->record, c->slot, &c->info, unknown) < 0 ||
	    info_parse(c->record.at, c->record.len, &c->info) < 0)
		return publish_fault(c, FILE_INFO, f);
	if (socket_make(c) < 0)
		return publish_fault(c, FILE_SOCK, f);
	return CLAIM_MINE;
}

enum claim_result
claim_adopt(struct claim *c, struct fault *f)
{
	static char *const unknown[] = { NULL };

	if (c->mapping < 0) /* the file belongs to an earlier instance */
		folder_unlink(c->folder, FILE_MAPPING);
	if (c->recorded) /* its keeper writes it if another process has it now */
		return CLAIM_ORPHAN;
	c->info.cwd = "";
	c->info.terms.unrecorded = true;
	c->info.terms.lack = "stop it, and start it again";
	c->info.terms.kill_ms = -1;
	c->record.len = 0;
	if (info_make(&c->record, c->slot, &c->info, unknown) < 0 ||
	    info_parse(c->record.at, c->record.len, &c->info) < 0) {
		fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot start a keeper",
		    NULL);
		claim_leave(c);
		return CLAIM_FAILED;
	}
	return CLAIM_ORPHAN;
}
