/*
 * keys.c: onlyonectl seal, unseal and is-sealed: which keys of an application
 * may run; forget and reset: free the slots of instances.
 */
#include <errno.h>
#include <string.h>

#include "cli/base/say.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/find_instance.h"
#include "cli/core/ctl/found.h"
#include "cli/core/ctl/keys.h"
#include "cli/core/ctl/scan.h"
#include "cli/core/ctl/stamps.h"
#include "cli/core/ctl/tell.h"
#include "cli/core/slot/instance.h"
#include "cli/core/slot/seal.h"

/* Make a slot of the application that the operand means, whose name is stored
 * in app.  Finds the root.  0 or -1. */
static int
app_slot(struct ctl *c, struct slot *s, char *app, struct fault *f)
{
	memset(s, 0, sizeof(*s));
	if (find_name(c, c->operands[0], app, f) < 0 ||
	    root_find(&c->root, f) < 0)
		return -1;
	s->app = app;
	return 0;
}

/* Append the key of an instance to the list of a seal. */
static void
found_seal(struct buf *list, const struct found *found)
{
	char shown[INSTANCE_KEY_SHORT];
	struct slot s = found->slot;
	const char *part = NULL;
	struct buf parts = { 0 };

	s.nkey = 0;
	while ((part = info_key(&found->info, part))) {
		buf_add(&parts, &part, sizeof(part));
		s.nkey++;
	}
	s.key = (const char *const *)(void *)parts.at;
	if (!parts.failed)
		seal_add(list, &s, instance_key_short(&found->info, shown));
	list->failed |= parts.failed;
	buf_free(&parts);
}

/* Add the keys of app's living instances.  How many were new; -1: fault. */
static int
keys_add(struct ctl *c, const char *app, struct buf *list, struct fault *f)
{
	struct wanted w = { 0 };
	const struct founds *fs = &c->found;
	size_t before = list->len;

	strcpy(w.name, app);
	founds_free(&c->found);
	/* The scan closes a root that was removed. */
	if (scan_slots(c, false, &w, &c->found, f) < 0 ||
	    root_open(&c->root, f) < 0)
		return -1;
	if (c->search.unread.code) {
		*f = c->search.unread;
		return -1;
	}
	for (size_t i = 0; i < fs->n; i++) {
		if (!strcmp(fs->at[i].info.app, app))
			found_seal(list, &fs->at[i]);
	}
	return list->len > before;
}

static int
seal_fault(const struct ctl *c, const char *app, struct fault *f)
{
	return errno == EWOULDBLOCK ? fault_set(f, EXIT_BUSY, app,
	    " is being sealed by another process", NULL) :
	    fault_errno(f, fault_state(errno), errno, "cannot seal ", app,
	    " in ", c->root.path, NULL);
}

/* Write the list into the root, or into another one where no room is left in
 * that: others may have filled it.  0 or -1. */
static int
list_write(struct ctl *c, const struct slot *s, const struct buf *list,
    struct fault *f)
{
	while (seal_write(&c->root, s, list) < 0) {
		if (root_pass(&c->root, errno) < 0)
			return seal_fault(c, s->app, f);
		if (root_open(&c->root, f) < 0)
			return -1;
	}
	return 0;
}

int
ctl_seal(struct ctl *c, struct fault *f)
{
	char app[NAME_SHOWN + 1];
	struct slot s;
	struct buf list;
	bool sealed, none, undo = false;
	int more;

	if (app_slot(c, &s, app, f) < 0 || root_open(&c->root, f) < 0)
		return -1;
	if (seal_begin(&list) < 0)
		return seal_fault(c, app, f);
	sealed = seal_check(&c->root, &s, NULL) != SEAL_OPEN;
	more = keys_add(c, app, &list, f);
	none = !more;
	while (more >= 0) {
		more = list_write(c, &s, &list, f);
		if (more < 0) {
			/* Busy: what is there may be the other's list. */
			undo = undo && f->code != EXIT_BUSY;
			break;
		}
		undo = !sealed;
		if ((more = keys_add(c, app, &list, f)) == 0)
			break;
		none = false;
	}
	buf_free(&list);
	if (more < 0) {
		if (undo)
			seal_remove(&c->root, &s);
		return -1;
	}
	/* The user may want that, or may have mistyped the name: print a
	 * note. */
	if (none)
		say_note("no instance of ", app, " is running; sealed anyway:"
		    " it cannot run until onlyonectl unseal", NULL);
	return 0;
}

int
ctl_unseal(struct ctl *c, struct fault *f)
{
	char app[NAME_SHOWN + 1];
	struct slot s;

	if (app_slot(c, &s, app, f) < 0)
		return -1;
	if (seal_remove(&c->root, &s) < 0)
		return fault_errno(f, fault_state(errno), errno,
		    "cannot unseal ", app, NULL);
	return 0;
}

int
ctl_is_sealed(struct ctl *c, struct fault *f)
{
	char app[NAME_SHOWN + 1];
	struct slot s;

	if (app_slot(c, &s, app, f) < 0)
		return -1;
	switch (seal_check(&c->root, &s, NULL)) {
	case SEAL_OPEN:
		return 1;
	case SEAL_FAILED:
		return fault_errno(f, fault_state(errno), errno,
		    "cannot read the seal of ", app, NULL);
	default:
		return 0;
	}
}

/* Free the slots of c->one and those after it. */
static int
targets_forget(struct ctl *c, struct fault *f)
{
	int code = 0;

	for (size_t i = 0; i < c->n; i++) {
		if (tell_forget(c, &c->one[i], f) < 0)
			target_failed(f, c->n, &code);
	}
	return targets_end(f, c->n, code);
}

int
ctl_forget(struct ctl *c, struct fault *f)
{
	if (c->o.every)
		return stamps_forget(c, f);
	return targets_find(c, f) < 0 ? -1 : targets_forget(c, f);
}

int
ctl_reset(struct ctl *c, struct fault *f)
{
	char key[INSTANCE_KEY_SHORT];
	const struct info *i;

	c->o.all = true;
	if (targets_find(c, f) < 0)
		return -1;
	for (size_t k = 0; k < c->n; k++) {
		i = &c->one[k].info;
		if (!i->terms.resettable)
			return fault_set(f, EXIT_DENIED, i->app, ", ",
			    TEXT_QUOTED, instance_key_short(i, key), ", was not"
			    " launched with --resettable; nothing was reset",
			    NULL);
	}
	return targets_forget(c, f);
}
