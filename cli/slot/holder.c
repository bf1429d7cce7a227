/*
 * holder.c: whose a slot is that no keeper answers for.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "cli/clock.h"
#include "cli/early/gate.h"
#include "cli/io.h"
#include "cli/ours.h"
#include "cli/say.h"
#include "cli/slot/folder.h"
#include "cli/slot/heir.h"
#include "cli/slot/holder.h"
#include "cli/slot/image.h"
#include "cli/slot/mark.h"
#include "preload/contract.h"

enum {
	LOOKS = 10, /* at an image that nobody visible holds */
	RESTS = 3,  /* for what is left of a tree */
	LOOK_US = 20000
};

void
holder_close(struct holder *h)
{
	io_close(&h->pidfd);
	io_close(&h->image);
}

/* What cannot be read now may be there. */
static enum holder_result
unread(struct holder *h, const char *file)
{
	h->unread = file;
	return HOLDER_UNREAD;
}

/* Process pid, which pidfd is open on, is found to be the owner.  It is asked
 * once more with that in hand: its number may have come to somebody else. */
static enum holder_result
owner_found(const struct root *r, pid_t pid, bool still, struct info *i,
    struct holder *h)
{
	if (h->pidfd < 0 || !still || owner_ended(h->pidfd) ||
	    owner_record(&i->owner, pid, h->pidfd, r->lasting) < 0)
		return HOLDER_PASSED;
	return HOLDER_OWNER;
}

/* The owner has ended and left the image locked: whose is the slot? */
static enum holder_result
image_ask(const struct root *r, int folder, struct info *i, struct holder *h)
{
	struct heir_death death = { .ended = -1 };
	enum heir_result found;
	pid_t heir;

	h->image = image_open(folder);
	if (h->image < 0 && errno != ENOENT)
		return unread(h, FILE_IMAGE);
	found = heir_find(&h->image, 1, i, &death, &heir);
	/* It may have ended between two looks. */
	for (int look = 0; found == HEIR_HIDDEN && look < LOOKS; look++) {
		clock_sleep(LOOK_US);
		found = heir_find(&h->image, 1, i, &death, &heir);
	}
	if (found == HEIR_HIDDEN)
		return HOLDER_HIDDEN;
	if (found == HEIR_NONE)
		return HOLDER_NONE;
	if (found == HEIR_UNKNOWN)
		return HOLDER_UNKNOWN;
	h->pidfd = owner_pidfd(heir);
	if (owner_found(r, heir, image_mapped(h->image, &i->all, heir) &&
	    ours(heir), i, h) == HOLDER_PASSED)
		return HOLDER_PASSED;
	if (!h->recorded) {
		i->first = heir;
		i->since = clock_wall();
	}
	return HOLDER_OWNER;
}

pid_t
holder_rest(const struct root *r, const char *name, const struct info *info,
    int *pidfd)
{
	const char *was = NULL;
	char folder[PATH_MAX];
	pid_t pid = 0;

	*pidfd = -1;
	/* What began under an earlier name has the mark of that. */
	do {
		if (root_folder(r, name, folder) == 0)
			pid = mark_oldest(folder, info->guard.pid);
		if (pid)
			break;
		was = name = fields_next(&info->all, "was", was);
	} while (name);
	if (pid <= 0)
		return pid;
	*pidfd = owner_pidfd(pid);
	if (*pidfd < 0 && errno != ESRCH && errno != EINVAL &&
	    errno != ENOENT)
		return -1;
	/* Its number may have come to somebody else before. */
	if (*pidfd >= 0 && (owner_ended(*pidfd) || !mark_has(folder, pid)))
		io_close(pidfd);
	return pid;
}

/*
 * The owner has ended, and no copy of it goes on.  Its slot may be held all the
 * same: for what is left of its tree, or by a guard that begins it again.
 */
static enum holder_result
rest_ask(const struct root *r, const struct slot *s, struct info *i,
    struct holder *h)
{
	pid_t pid = 0;
	int guard;

	/* One that is just executing shows no environment: look again. */
	for (int look = 0; i->terms.lifetime == LIFETIME_TREE && !pid &&
	    look < RESTS; look++) {
		if (look)
			clock_sleep(LOOK_US);
		pid = holder_rest(r, s->name, i, &h->pidfd);
	}
	if (pid < 0)
		return HOLDER_UNKNOWN;
	if (pid)
		return owner_found(r, pid, true, i, h);
	h->doubt = i->guard.pid;
	switch (owner_open(&i->guard, &guard)) {
	case OWNER_ALIVE:
		io_close(&guard); /* its keeper opens it */
		return HOLDER_GUARD;
	case OWNER_UNKNOWN:
		return HOLDER_UNKNOWN;
	default:
		return HOLDER_NONE;
	}
}

/* What the files say; h's descriptors are not tidied up. */
static enum holder_result
folder_ask(const struct root *r, const struct slot *s, int folder,
    struct buf *record, struct info *i, struct holder *h)
{
	enum holder_result found;

	h->recorded = info_read(folder, record, i) == 0;
	if (!h->recorded) {
		if (errno != ENOENT && errno != EBADMSG)
			return unread(h, FILE_INFO);
		return image_ask(r, folder, i, h);
	}
	info_named(i, s->hash);
	h->doubt = i->owner.pid;
	switch (owner_open(&i->owner, &h->pidfd)) {
	case OWNER_ALIVE:
		h->image = image_open(folder);
		if (h->image < 0 && errno != ENOENT)
			return unread(h, FILE_IMAGE);
		return HOLDER_OWNER;
	case OWNER_DEAD:
		found = image_ask(r, folder, i, h);
		if (found != HOLDER_NONE)
			return found;
		io_close(&h->image);
		return rest_ask(r, s, i, h);
	case OWNER_ELSEWHERE:
		return HOLDER_ELSEWHERE;
	default:
		return HOLDER_UNKNOWN;
	}
}

enum holder_result
holder_find(const struct root *r, const struct slot *s, int folder,
    struct buf *record, struct info *info, struct holder *h)
{
	enum holder_result found;
	int err;

	early_gate();
	memset(info, 0, sizeof(*info));
	memset(h, 0, sizeof(*h));
	h->image = h->pidfd = -1;
	found = folder_ask(r, s, folder, record, info, h);
	if (found == HOLDER_OWNER || found == HOLDER_GUARD)
		return found;
	err = errno;
	holder_close(h);
	errno = err;
	return found;
}

enum holder_result
holder_peek(const struct root *r, const struct slot *s, struct buf *record,
    struct info *info, struct holder *h)
{
	int folder = folder_peek(r, s->name), err;
	enum holder_result found;

	if (folder < 0)
		return HOLDER_CLOSED;
	found = holder_find(r, s, folder, record, info, h);
	err = errno;
	holder_close(h);
	io_close(&folder);
	errno = err;
	return found;
}

void
holder_fault(enum holder_result found, const struct root *r,
    const struct slot *s, const struct holder *h, struct fault *f)
{
	char digits[24];
	int err = errno, code = fault_state(err);

	say_num(digits, h->doubt);
	switch (found) {
	case HOLDER_HIDDEN:
		fault_set(f, EXIT_NOANSWER, s->app, " is held by a process"
		    " that cannot be seen from here (another pid namespace?);"
		    " see onlyonectl doctor", NULL);
		break;
	case HOLDER_ELSEWHERE:
		fault_set(f, EXIT_NOANSWER, s->app, " runs in another pid"
		    " namespace, as pid ", digits, NULL);
		break;
	case HOLDER_UNKNOWN:
		fault_errno(f, code == EXIT_SYSTEM ? code : EXIT_NOANSWER, err,
		    s->app, ": cannot tell whether pid ", digits, " is alive",
		    NULL);
		break;
	default: /* what cannot be read is no reason to start */
		fault_errno(f, code, err, "cannot read ", r->path, "/",
		    s->name, "/", h->unread, NULL);
	}
}
