/*
 * scan.c: the instances that there are, folder by folder.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/clock.h"
#include "cli/ctl/life.h"
#include "cli/ctl/scan.h"
#include "cli/ctl/settle.h"
#include "cli/ctl/unread.h"
#include "cli/io.h"
#include "preload/contract.h"

enum { PAUSE_US = 2000, SCANS = 5 };

static int
scan_order(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	int r = strcmp(x->info.app, y->info.app);

	if (r)
		return r;
	return x->info.since < y->info.since ? -1 :
	    x->info.since > y->info.since;
}

/*
 * Nobody lives in this folder, as far as can be told without the lock; a
 * claim tells for certain, and takes it away.  true: somebody does after all.
 * known: so its files said.
 */
static bool
scan_sweep(struct ctl *c, const struct wanted *w, const struct found *found,
    bool known)
{
	struct fault f;

	switch (settle_claim(c, found, &f)) {
	case MET_AGAIN:
		return true;
	case MET_FAILED:
		/* What is known to be dead may stay where it is. */
		if (!known)
			unread_note(c, w, &found->slot, &f);
		return false;
	default:
		return false;
	}
}

/* Read a folder, and sweep it if it is a dead one and those are not wanted.
 * Whether found is one to be shown. */
static bool
scan_take(struct ctl *c, const struct slot *s, bool dead,
    struct wanted *w, struct found *found)
{
	bool shown;
	enum life life = life_read(c, s, w, found, &shown);

	if (life == LIFE_UNREAD)
		return false;
	if (life == LIFE_UNASKED) {
		found_free(found);
		return false;
	}
	if (dead || life != LIFE_NONE)
		return shown;
	if (!scan_sweep(c, w, found, shown || found->debris)) {
		if (shown)
			found_free(found);
		return false;
	}
	if (shown)
		found_free(found);
	life = life_read(c, s, w, found, &shown);
	if (shown && life == LIFE_NONE)
		found_free(found);
	return shown && life != LIFE_NONE;
}

static int
folders_read(struct ctl *c, bool dead, struct wanted *w,
    struct founds *fs, struct fault *f)
{
	struct slot s = { .nkey = 0 };
	struct dirent *e;
	struct found *more;
	size_t cap = 0;
	int err;
	DIR *d;

	fs->at = NULL;
	fs->n = 0;
	if (root_find(&c->root, f) < 0)
		return -1;
	if (!c->root.exists)
		return 0;
	if (root_open(&c->root, f) < 0)
		return -1;
	d = root_list(&c->root);
	if (!d)
		return fault_errno(f, fault_state(errno), errno, "cannot read ",
		    c->root.path, NULL);
	while ((e = io_entry(d))) {
		if (!slot_from_name(&s, e->d_name))
			continue;
		if (fs->n == cap) {
			cap = cap ? 2 * cap : 64;
			more = reallocarray(fs->at, cap, sizeof(*more));
			if (!more) {
				closedir(d);
				return fault_errno(f, EXIT_SYSTEM, ENOMEM,
				    "cannot list", NULL);
			}
			fs->at = more;
		}
		if (scan_take(c, &s, dead, w, &fs->at[fs->n]))
			fs->n++;
	}
	err = errno;
	closedir(d);
	return err ? fault_errno(f, fault_state(err), err, "cannot read ",
	    c->root.path, NULL) : 0;
}

/* One that got another name meanwhile may have been seen under both. */
static void
twice_seen(struct founds *fs)
{
	size_t n = 0;

	for (size_t i = 0; i < fs->n; i++) {
		const struct found *a = &fs->at[i], *b = a + 1;

		if (i + 1 < fs->n && a->info.since == b->info.since &&
		    (info_was(&a->info, b->slot.name) ||
		    info_was(&b->info, a->slot.name)))
			found_free(&fs->at[i]);
		else
			fs->at[n++] = fs->at[i];
	}
	fs->n = n;
}

int
scan(struct ctl *c, bool dead, struct wanted *w,
    struct founds *fs, struct fault *f)
{
	int r = 0;

	fs->at = NULL;
	fs->n = 0;
	/* A folder that is gone when its turn comes may have another name; and
	 * what the system has too little of now it may have in a moment. */
	for (int i = 0; i < SCANS && r == 0; i++) {
		if (i && c->search.unread.code)
			clock_sleep(PAUSE_US);
		founds_free(fs);
		c->search.vanished = false;
		c->search.unread.code = 0;
		r = folders_read(c, dead, w, fs, f);
		if (!c->search.vanished && (!c->search.unread.code || i))
			break;
	}
	if (fs->n)
		qsort(fs->at, fs->n, sizeof(*fs->at), scan_order);
	twice_seen(fs);
	return r;
}
