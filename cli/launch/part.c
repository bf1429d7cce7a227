/*
 * part.c: what this process is to the instance that it was started within.
 *
 * Which one that is says our own environment; whether it lives, and is of our
 * application, its folder.  A program may have put us into other namespaces
 * (the zygotes of Chromium): then its processes cannot be seen from here, the
 * user may have another number, and even the folder may be out of sight.  To
 * be wrong here means that nothing is enforced, no more.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/launch/inside.h"
#include "cli/launch/part.h"
#include "cli/proc.h"
#include "cli/slot/heir.h"
#include "cli/slot/image.h"
#include "cli/slot/mark.h"
#include "cli/slot/owner.h"
#include "cli/wire/ask.h"
#include "preload/contract.h"

enum {
	SETTLE_MS = 2000, /* longest that a keeper doubts a new owner ... */
	YOUNG_MS = 3500,  /* ... forked within a second before that */
	SETTLE_LOOK_US = 2000,
	KEEPER_MS = 1000  /* for a keeper whose backlog is full */
};

enum part {
	PART_NONE,
	PART_MEMBER,
	PART_UNSETTLED /* it is not settled who the instance is */
};

/* Whether the keeper may doubt that this process is the heir (tenure.c): it is
 * going to find that we map the image no more. */
static bool
is_doubted(const struct info *i)
{
	struct proc p;

	return i->owner.pid == getpid() && i->first != getpid() &&
	    !heir_apart(getpid(), i) && (proc_read(getpid(), &p) < 0 ||
	    clock_boot() - (long long)p.start * 1000 / sysconf(_SC_CLK_TCK) <
	    YOUNG_MS);
}

/* Whether somebody lives in the slot whose owner we cannot see: its image is
 * mapped, or its keeper is there. */
static bool
is_inhabited(const struct place *p, int folder)
{
	int image = image_open(folder), fd;
	bool held = image >= 0 && image_test(image) == IMAGE_HELD;
	enum sock_result r;
	char path[PATH_MAX];

	io_close(&image);
	if (held || root_folder(&p->root,
	    strrchr(getenv(ENV_SLOT), '/') + 1, path) < 0)
		return held;
	r = ask_connect(path, KEEPER_MS, &fd);
	if (r == SOCK_OK)
		io_close(&fd);
	return r == SOCK_OK || r == SOCK_SLOW;
}

static enum part
part_of(const struct place *p, int folder, const struct info *i, int *image)
{
	enum owner_state state;
	enum part part;
	int pidfd;

	state = owner_open(&i->owner, &pidfd);
	io_close(&pidfd);
	if (state == OWNER_ELSEWHERE)
		return is_inhabited(p, folder) &&
		    !mark_before(getenv(ENV_SLOT), i->since) ?
		    PART_MEMBER : PART_NONE;
	/* Of an heir it cannot be told: it may be younger than its children. */
	if (i->owner.pid == i->first &&
	    mark_stale(getenv(ENV_SLOT), i->owner.pid))
		return PART_NONE;
	*image = image_hold(folder);
	/* Again: what we hold is of the owner that lives now. */
	part = owner_open(&i->owner, &pidfd) != OWNER_ALIVE || is_doubted(i) ?
	    PART_UNSETTLED : PART_MEMBER;
	io_close(&pidfd);
	if (part != PART_MEMBER)
		io_close(image);
	return part;
}

static enum part
part_look(struct launch *l, int *image)
{
	enum part part = PART_NONE;
	struct info i;
	struct buf b;
	int folder;

	buf_init(&b, NULL, 0);
	folder = inside_find(&l->place, &b, &i);
	if (folder >= 0 && ((i.terms.rule && !strcmp(i.terms.rule, l->rule)) ||
	    !strcmp(i.app, l->id.app)))
		part = part_of(&l->place, folder, &i, image);
	io_close(&folder);
	buf_free(&b);
	return part;
}

/* Whether we are in a pid or user namespace that somebody has made. */
static bool
is_boxed(void)
{
	enum { PIDNS_FIRST = 0xEFFFFFFC, USERNS_FIRST = 0xEFFFFFFD };
	struct stat st;

	return (stat("/proc/self/ns/pid", &st) == 0 &&
	    st.st_ino != PIDNS_FIRST) ||
	    (stat("/proc/self/ns/user", &st) == 0 &&
	    st.st_ino != USERNS_FIRST);
}

/* Of an instance whose state is out of sight: where nobody has a state there is
 * nobody to hand over to but other parts of it. */
static bool
is_unseen(const struct launch *l)
{
	const char *app = getenv(ENV_APP);

	return app && is_boxed() && (!strcmp(app, l->id.app) ||
	    !strcmp(basename(app), l->rule));
}

bool
part_is(struct launch *l, int *image)
{
	long long end = clock_now() + SETTLE_MS;
	const char *slot = getenv(ENV_SLOT);
	enum part part;
	struct fault f;

	if (!slot || root_find_of(&l->place.root, slot, &f) < 0)
		return false;
	if (!l->place.root.exists)
		return is_unseen(l);
	while ((part = part_look(l, image)) == PART_UNSETTLED &&
	    clock_now() < end)
		clock_sleep(SETTLE_LOOK_US);
	root_close(&l->place.root);
	return part == PART_MEMBER;
}
