/*
 * inside.c: the instance that we were started within, by our environment.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/early/gate.h"
#include "cli/io.h"
#include "cli/launch/again.h"
#include "cli/launch/inside.h"
#include "cli/launch/program.h"
#include "cli/launch/restart.h"
#include "cli/say.h"
#include "cli/slot/folder.h"
#include "cli/slot/owner.h"
#include "cli/text.h"
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

/* Whether the slot that the environment names can be that folder of our root.
 * Another user's has the same name, if sudo or su has let the variable pass. */
static bool
slot_fits(const char *slot, int folder)
{
	struct stat named, ours;

	if (stat(slot, &named) < 0)
		return errno == ENOENT; /* moved, or under another path here */
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
	bool inside = false;

	if (folder >= 0 && c->info.owner.pid == getpid() &&
	    owner_open(&c->info.owner, &pidfd) == OWNER_ALIVE)
		inside = !strcmp(c->info.app, p->slot.app) &&
		    !strcmp(c->info.scope, p->slot.scope) &&
		    own_key(&p->slot, &c->info) && root_folder(&p->root,
		    strrchr(getenv(ENV_SLOT), '/') + 1, p->folder) == 0;
	io_close(&pidfd);
	io_close(&folder);
	if (!inside)
		c->record.len = 0;
	return inside;
}

int
inside_run(struct launch *l, struct fault *f)
{
	char path[PATH_MAX], image[PATH_MAX];
	const char *shim;
	struct text t;

	early_gate();
	if (again_check(l->id.file, f) < 0) {
		restart_forbid(l); /* or its parent would begin it again */
		return -1;
	}
	say_more("this process is the instance of ", l->place.slot.app,
	    " already", NULL);
	if (program_shim(l, path, &shim, f) < 0)
		return -1;
	/* With nothing to map (onlyonectl hold) it would wait for that. */
	text_init(&t, image, sizeof(image));
	text_add(&t, l->place.folder);
	text_add(&t, "/" FILE_IMAGE);
	if (faccessat(AT_FDCWD, image, F_OK, AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno == ENOENT)
		shim = NULL;
	return program_become(l, shim, f);
}
