/*
 * scan.c: the instances that there are, folder by folder.
 */
#include <sys/resource.h>
#include <sys/stat.h>

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

enum { PAUSE_US = 2000, SCANS = 5, LOOKS = 64, ASKED_MOST = 1000 };

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

/* A folder that is being looked at. */
struct look {
	struct slot slot;
	struct found found;
	struct question question;
};

/* It has been asked: sweep it if it is a dead one and those are not wanted.
 * Whether look->found is one to be shown. */
static bool
look_end(struct ctl *c, bool dead, struct wanted *w, struct look *look)
{
	struct found *found = &look->found;
	bool shown;
	enum life life = life_end(c, w, found, &look->question, &shown);

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
	life_begin(c, &look->slot, w, found, &look->question);
	life = life_end(c, w, found, &look->question, &shown);
	if (shown && life == LIFE_NONE)
		found_free(found);
	return shown && life != LIFE_NONE;
}

/* The looks under way: several keepers are asked before the first answer is
 * taken, so that they work at the same time, and a silent one holds up
 * nobody. */
struct looks {
	struct look *at; /* a ring */
	size_t most, begun, ended;
};

/* One at a time where that may be too many: descriptors are few. */
static int
looks_begin(struct looks *l, bool alone, struct fault *f)
{
	struct rlimit limit;

	memset(l, 0, sizeof(*l));
	l->most = alone || getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    limit.rlim_cur < 4 * LOOKS ? 1 : LOOKS;
	l->at = calloc(l->most, sizeof(*l->at));
	return l->at ? 0 : fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot list",
	    NULL);
}

/* Whether there are so many folders that waking each keeper takes long.  Some
 * file systems do not count them. */
static bool
root_many(const struct root *r)
{
	struct stat st;

	return fstat(r->fd, &st) == 0 && st.st_nlink > ASKED_MOST;
}

/* The oldest one, into fs. */
static int
looks_take(struct ctl *c, struct looks *l, bool dead, struct wanted *w,
    struct founds *fs, struct fault *f)
{
	struct look *look = &l->at[l->ended++ % l->most];
	struct found *more;

	if (!look_end(c, dead, w, look))
		return 0;
	/* In powers of two. */
	if (!(fs->n & (fs->n - 1))) {
		more = reallocarray(fs->at, fs->n ? 2 * fs->n : 1,
		    sizeof(*more));
		if (!more) {
			found_free(&look->found);
			return fault_errno(f, EXIT_SYSTEM, ENOMEM,
			    "cannot list", NULL);
		}
		fs->at = more;
	}
	fs->at[fs->n++] = look->found;
	return 0;
}

static int
folders_read(struct ctl *c, bool dead, bool alone, struct wanted *w,
    struct founds *fs, struct fault *f)
{
	struct looks l;
	struct look *look;
	struct dirent *e;
	int err, r = 0;
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
	c->search.many = c->search.glance && root_many(&c->root);
	if (looks_begin(&l, alone, f) < 0) {
		closedir(d);
		return -1;
	}
	while (r == 0 && (e = io_entry(d))) {
		look = &l.at[l.begun % l.most];
		memset(&look->slot, 0, sizeof(look->slot));
		if (!slot_from_name(&look->slot, e->d_name))
			continue;
		life_begin(c, &look->slot, w, &look->found, &look->question);
		if (++l.begun - l.ended == l.most)
			r = looks_take(c, &l, dead, w, fs, f);
	}
	err = r == 0 ? errno : 0;
	while (l.ended < l.begun) {
		if (looks_take(c, &l, dead, w, fs, f) < 0)
			r = -1;
	}
	closedir(d);
	free(l.at);
	return err ? fault_errno(f, fault_state(err), err, "cannot read ",
	    c->root.path, NULL) : r;
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
	 * what the system has too little of now it may have in a moment, or for
	 * one at a time. */
	for (int i = 0; i < SCANS && r == 0; i++) {
		if (i && c->search.unread.code)
			clock_sleep(PAUSE_US);
		founds_free(fs);
		c->search.vanished = false;
		c->search.unread.code = 0;
		r = folders_read(c, dead, i > 0, w, fs, f);
		if (!c->search.vanished && (!c->search.unread.code || i))
			break;
	}
	if (fs->n)
		qsort(fs->at, fs->n, sizeof(*fs->at), scan_order);
	twice_seen(fs);
	return r;
}
