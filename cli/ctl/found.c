/*
 * found.c: the instances that there are, folder by folder.
 *
 * The files say what there may be; that it lives is believed only when its
 * keeper answers or its owner passes the identity test.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/ctl/ctl.h"
#include "cli/io.h"
#include "cli/launch/launch.h"
#include "cli/slot/instance.h"
#include "cli/slot/folder.h"
#include "cli/slot/holder.h"
#include "cli/slot/moved.h"
#include "cli/slot/owner.h"
#include "cli/text.h"
#include "cli/wire/ask.h"
#include "preload/contract.h"

enum { ANSWER_MS = 1000, HEAL_LOOKS = 100, HEAL_US = 2000, SCANS = 5 };

/* Whether the recorded owner lives, wherever its folder is by now. */
static bool
owner_lives(const struct found *fd)
{
	int pidfd;

	if (owner_open(&fd->info.owner, &pidfd) != OWNER_ALIVE)
		return false;
	io_close(&pidfd);
	return true;
}

/* Its keeper is gone: who holds it, by the rules of the claim that the next
 * launch will make? */
static enum life
holder_ask(struct ctl *c, struct found *fd)
{
	int folder = folder_peek(&c->root, fd->slot.name);
	enum holder_result found = HOLDER_NONE;
	struct holder h;

	if (folder < 0) {
		c->vanished |= errno == ENOENT;
	} else {
		found = holder_find(&c->root, &fd->slot, folder, &fd->record,
		    &fd->info, &h);
		holder_close(&h);
		io_close(&folder);
	}
	switch (found) {
	case HOLDER_OWNER:
		return LIFE_BARE;
	case HOLDER_NONE:
	case HOLDER_PASSED:
	case HOLDER_GUARD: /* only a keeper knows what it is doing */
	case HOLDER_UNREAD:
		return LIFE_NONE;
	default:
		return LIFE_HIDDEN;
	}
}

static enum life
life_ask(struct ctl *c, struct found *fd)
{
	char folder[PATH_MAX];
	struct frame reply;

	if (root_folder(&c->root, fd->slot.name, folder) < 0)
		return LIFE_NONE;
	/* A launch in flight waits for us, and has no keeper yet to ask. */
	if (c->sealing && owner_lives(fd))
		return LIFE_BARE;
	switch (ask_state(folder, fd->slot.hash, ANSWER_MS, &fd->reply,
	    &reply)) {
	case SOCK_OK:
		fd->state = reply.body;
		return LIFE_KEPT;
	case SOCK_SLOW:
		return LIFE_SILENT;
	default:
		break;
	}
	return owner_lives(fd) ? LIFE_BARE : holder_ask(c, fd);
}

/* Whether key is that of info: part by part, or by its hash. */
static bool
key_fits(const struct info *i, char *const key[], size_t nkey)
{
	char joined[NAME_SHOWN + 1];
	const char *part = NULL, *whole = instance_key(i, joined);

	if (nkey == 1 && whole && !strcmp(whole, key[0]))
		return true;
	for (size_t k = 0; k < nkey; k++) {
		part = info_key(i, part);
		if (!part || strcmp(part, key[k]))
			return false;
	}
	return !info_key(i, part);
}

int
found_fit(const char *app, const char *name, const char *path)
{
	const char *base = strrchr(app, '/');

	if (!strcmp(app, name))
		return 3;
	if (*path && !strcmp(app, path))
		return 2;
	return base && !strchr(name, '/') && !strcmp(base + 1, name);
}

static bool
wanted_fits(struct wanted *w, const struct info *i)
{
	int fit = found_fit(i->app, w->name, w->path);

	if (fit > w->best)
		w->best = fit;
	return fit && (!w->keyed || key_fits(i, w->key, w->nkey));
}

/* info cannot be read, and yet somebody may live there: a keeper that is asked
 * puts it in order. */
static bool
info_healed(struct ctl *c, int folder, struct found *fd)
{
	char path[PATH_MAX];
	struct frame reply;

	if (root_folder(&c->root, fd->slot.name, path) < 0 ||
	    ask_state(path, fd->slot.hash, ANSWER_MS, &fd->reply, &reply) !=
	    SOCK_OK)
		return false;
	for (int i = 0; i < HEAL_LOOKS; i++) {
		if (info_read(folder, &fd->record, &fd->info) == 0)
			return true;
		clock_sleep(HEAL_US);
	}
	return false;
}

/* Read one slot folder.  false: it holds nothing that can be shown; then only
 * fd's name and slot are of use. */
static bool
found_read(struct ctl *c, const struct slot *s, struct wanted *w,
    struct found *fd)
{
	uint64_t pidns;
	int folder;
	bool ok;

	memset(fd, 0, sizeof(*fd));
	fd->slot = *s;
	fd->slot.app = fd->slot.scope = s->name; /* for messages */
	folder = folder_peek(&c->root, s->name);
	if (folder < 0) {
		c->vanished |= errno == ENOENT;
		return false;
	}
	buf_init(&fd->record, NULL, 0);
	buf_init(&fd->reply, NULL, 0);
	ok = info_read(folder, &fd->record, &fd->info) == 0 ||
	    info_healed(c, folder, fd);
	/* Without a socket it may be the other name of one that moves. */
	if (!ok && faccessat(folder, FILE_SOCK, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		c->vanished = true;
	io_close(&folder);
	if (!ok) {
		buf_free(&fd->record);
		return false;
	}
	info_named(&fd->info, fd->slot.hash);
	fd->life = !w || wanted_fits(w, &fd->info) ? life_ask(c, fd) :
	    LIFE_UNASKED;
	if (!fd->info.app) { /* swept meanwhile */
		c->vanished = true;
		found_free(fd);
		return false;
	}
	fd->slot.app = fd->info.app;
	fd->slot.scope = fd->info.scope;
	fd->slot.index = fd->info.index;
	/* As the keeper says: an owner that it cannot see has none. */
	pidns = (uint64_t)fields_num(&fd->state, "pidns",
	    (long long)fd->info.owner.pidns);
	fd->elsewhere = pidns && owner_pidns() && pidns != owner_pidns();
	return true;
}

void
found_free(struct found *fd)
{
	buf_free(&fd->record);
	buf_free(&fd->reply);
}

void
founds_free(struct founds *fs)
{
	for (size_t i = 0; i < fs->n; i++)
		found_free(&fs->at[i]);
	free(fs->at);
	fs->at = NULL;
	fs->n = 0;
}

static int
found_order(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	int r = strcmp(x->info.app, y->info.app);

	if (r)
		return r;
	return x->info.since < y->info.since ? -1 :
	    x->info.since > y->info.since;
}

enum revived
claim_look(struct ctl *c, const struct found *fd, struct fault *f)
{
	enum revived r = revive(&c->root, &fd->slot, c->argc, c->argv, f);
	struct fault ignored;

	/* It closes the root. */
	if (c->root.fd < 0 && root_open(&c->root, r == REVIVE_FAILED ?
	    &ignored : f) < 0)
		return REVIVE_FAILED;
	return r;
}

/*
 * Nobody lives in this folder, as far as can be told without the lock; a
 * claim tells for certain, and takes it away.  true: somebody does after all.
 */
static bool
found_sweep(struct ctl *c, const struct found *fd)
{
	struct fault f;

	return claim_look(c, fd, &f) == REVIVED;
}

/* Read a folder, and sweep it if it is a dead one and those are not wanted.
 * Whether fd is one to be shown. */
static bool
found_take(struct ctl *c, const struct slot *s, bool dead,
    struct wanted *w, struct found *fd)
{
	bool shown = found_read(c, s, w, fd);

	if (shown && fd->life == LIFE_UNASKED) {
		found_free(fd);
		return false;
	}
	if (dead || (shown && fd->life != LIFE_NONE))
		return shown;
	if (found_sweep(c, fd)) {
		if (shown)
			found_free(fd);
		return found_read(c, s, w, fd) && fd->life != LIFE_NONE;
	}
	if (shown)
		found_free(fd);
	return false;
}

static int
folders_read(struct ctl *c, bool dead, struct wanted *w,
    struct founds *fs, struct fault *f)
{
	struct slot s = { .nkey = 0 };
	struct dirent *e;
	struct found *more;
	size_t cap = 0;
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
		return fault_errno(f, EXIT_STATE, errno, c->root.path, NULL);
	while ((e = readdir(d))) {
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
		if (found_take(c, &s, dead, w, &fs->at[fs->n]))
			fs->n++;
	}
	closedir(d);
	return 0;
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
found_scan(struct ctl *c, bool dead, struct wanted *w,
    struct founds *fs, struct fault *f)
{
	int r = 0;

	fs->at = NULL;
	fs->n = 0;
	/* A folder that is gone when its turn comes may have another name. */
	for (int i = 0; i < SCANS && r == 0; i++) {
		founds_free(fs);
		c->vanished = false;
		r = folders_read(c, dead, w, fs, f);
		if (!c->vanished)
			break;
	}
	if (fs->n)
		qsort(fs->at, fs->n, sizeof(*fs->at), found_order);
	twice_seen(fs);
	return r;
}

int
find_all(struct ctl *c, bool dead, struct founds *fs, struct fault *f)
{
	return found_scan(c, dead, NULL, fs, f);
}

long long
found_used(const struct found *fd)
{
	return fields_num(&fd->state, "used", fd->info.used);
}

pid_t
found_pid(const struct found *fd)
{
	if (fd->elsewhere || fd->life == LIFE_HIDDEN)
		return 0;
	/* The number may be another's before its keeper looks. */
	if (fd->life == LIFE_SILENT && !owner_lives(fd))
		return 0;
	return (pid_t)fields_num(&fd->state, "pid", fd->info.owner.pid);
}

pid_t
found_keeper(const struct found *fd)
{
	pid_t keeper = fd->info.keeper;
	int pidfd;

	if (fd->elsewhere)
		return 0;
	if (fd->life == LIFE_KEPT)
		return (pid_t)fields_num(&fd->state, "keeper", keeper);
	if (fd->life != LIFE_SILENT || !keeper)
		return 0;
	/* The file may be of before: a number without a process is none. */
	pidfd = owner_pidfd(keeper);
	if (pidfd < 0 || owner_ended(pidfd))
		keeper = 0;
	io_close(&pidfd);
	return keeper;
}
