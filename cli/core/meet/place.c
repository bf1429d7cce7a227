/*
 * place.c: where an instance has its files: a slot of a root.
 */
#include <errno.h>

#include "cli/core/meet/place.h"
#include "cli/core/slot/folder.h"
#include "preload/contract.h"

static int
folder_name(struct place *p, struct fault *f)
{
	if (root_folder(&p->root, p->slot.name, p->folder) < 0)
		return fault_errno(f, EXIT_STATE, errno, p->root.path, NULL);
	return 0;
}

int
place_of(struct place *p, const struct root *r, const struct slot *s,
    struct fault *f)
{
	p->root = *r;
	p->root.fd = -1;
	p->slot = *s;
	return folder_name(p, f);
}

int
place_make(struct place *p, enum scope scope, const char *app,
    const char *const *key, size_t nkey, struct fault *f)
{
	p->slot.scope = slot_scope(scope, p->scope, sizeof(p->scope));
	p->slot.app = app;
	p->slot.key = key;
	p->slot.nkey = nkey;
	return root_find(&p->root, f) < 0 ? -1 : place_index(p, 0, f);
}

int
place_index(struct place *p, int index, struct fault *f)
{
	p->slot.index = index;
	slot_name(&p->slot);
	return folder_name(p, f);
}

int
place_again(struct place *p, struct fault *f)
{
	if (!p->root.given && root_find(&p->root, f) < 0)
		return -1;
	return folder_name(p, f);
}

int
place_follow(struct place *p, long long since, struct fault *f)
{
	int r = moved_find(&p->root, &p->slot, since);

	if (r < 0)
		fault_errno(f, fault_state(errno), errno, "cannot read ",
		    p->root.path, NULL);
	root_close(&p->root);
	return r == 1 && folder_name(p, f) < 0 ? -1 : r;
}
