/*
 * nested.c: the instance that started us, by our environment mark.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/core/early/gate.h"
#include "cli/base/io.h"
#include "cli/core/launch/loop_check.h"
#include "cli/core/launch/locked.h"
#include "cli/core/launch/nested.h"
#include "cli/core/launch/parent.h"
#include "cli/core/launch/program.h"
#include "cli/base/say.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/owner.h"
#include "cli/base/text.h"
#include "preload/contract.h"

static bool
own_key(const struct slot *s, const struct info *i)
{
	const char *part = NULL;
	size_t n = 0;

	while ((part = info_key(i, part))) {
		if (n >= s->nkey || strcmp(part, s->key[n]))
			return false;
		n++;
	}
	return n == s->nkey;
}

/* Whether the slot that the environment mark names is this folder of our root.
 * Another user's slot may have the same name, if sudo or su kept the
 * variable. */
static bool
slot_fits(const char *slot, int folder)
{
	struct stat named, ours;

	if (stat(slot, &named) < 0)
		return errno == ENOENT; /* the root was moved, or has another
		                         * path here */
	return fstat(folder, &ours) == 0 && named.st_dev == ours.st_dev &&
	    named.st_ino == ours.st_ino;
}

int
inside_find(struct place *p, struct buf *b, struct info *i)
{
	const char *slot = getenv(ENV_SLOT), *name;
	struct fault f;
	int folder;

	name = slot ? strrchr(slot, '/') : NULL;
	if (!name || root_open(&p->root, &f) < 0)
		return -1;
	folder = folder_peek(&p->root, name + 1);
	if (folder >= 0 &&
	    (!slot_fits(slot, folder) || info_read(folder, b, i) < 0))
		io_close(&folder);
	return folder;
}

bool
inside_is(struct launch *l)
{
	struct claim *c = &l->meeting.claim;
	struct place *p = &l->place;
	int folder = inside_find(p, &c->record, &c->info), pidfd = -1;
	bool inside = false, ours = folder >= 0 &&
	    c->info.owner.pid == getpid() &&
	    owner_open(&c->info.owner, &pidfd) == OWNER_ALIVE;

	if (ours)
		inside = !strcmp(c->info.app, p->slot.app) &&
		    !strcmp(c->info.scope, p->slot.scope) &&
		    own_key(&p->slot, &c->info) && root_folder(&p->root,
		    strrchr(getenv(ENV_SLOT), '/') + 1, p->folder) == 0;
	if (ours && c->info.terms.lock_file)
		l->lock.carried = locked_carry(inside &&
		    c->info.terms.lifetime != LIFETIME_MAIN);
	io_close(&pidfd);
	io_close(&folder);
	if (!inside)
		c->record.len = 0;
	return inside;
}

int
inside_run(struct launch *l, struct fault *f)
{
	char path[PATH_MAX], mapping[PATH_MAX];
	const char *shim;

	early_gate();
	if (loop_check(l, true, f) < 0) {
		restart_forbid(l); /* else the holding parent would restart the
		                    * loop */
		return -1;
	}
	say_more("this process is the instance of ", l->place.slot.app,
	    " already", NULL);
	if (program_shim(l, path, &shim, f) < 0)
		return -1;
	/* The slot of onlyonectl hold has no mapping, and the shim would wait
	 * for one. */
	text_join(mapping, sizeof(mapping), l->place.folder,
	    "/" FILE_MAPPING, NULL);
	if (faccessat(AT_FDCWD, mapping, F_OK, AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno == ENOENT)
		shim = NULL;
	return program_become(l, shim, f);
}
