/*
 * find.c: which instance the user means.
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
#include "cli/slot/heir.h"
#include "cli/launch/identity.h"
#include "cli/slot/instance.h"
#include "cli/slot/folder.h"
#include "cli/slot/image.h"
#include "cli/slot/moved.h"
#include "cli/slot/owner.h"
#include "cli/text.h"
#include "cli/wire/ask.h"
#include "preload/contract.h"

enum { ANSWER_MS = 1000, NAMES = 768, HEAL_LOOKS = 100, HEAL_US = 2000, SCANS = 5 };

/* The recorded owner has ended, and its keeper is gone: does a copy of it
 * live on?  By the rules of the claim, which the next launch will make. */
static enum life
heir_ask(struct ctl *c, struct found *fd)
{
	int folder = folder_peek(&c->root, fd->name), pidfd = -1;
	int image = folder < 0 ? -1 : image_open(folder);
	struct heir_death death = { .ended = -1 };
	enum life life = LIFE_NONE;
	pid_t heir;

	switch (image < 0 ? HEIR_NONE :
	    heir_find(image, fd->name, &fd->info, &death, &heir)) {
	case HEIR_FOUND:
		pidfd = owner_pidfd(heir);
		if (pidfd >= 0 && image_mapped(image, fd->name, heir) &&
		    owner_record(&fd->info.owner, heir, pidfd,
		    c->root.lasting) == 0)
			life = LIFE_BARE;
		break;
	case HEIR_HIDDEN:
		life = LIFE_HIDDEN;
		break;
	case HEIR_NONE:
		break;
	}
	io_close(&pidfd);
	io_close(&image);
	io_close(&folder);
	return life;
}

static enum life
life_ask(struct ctl *c, struct found *fd)
{
	char folder[PATH_MAX];
	struct frame reply;
	int pidfd;

	if (root_folder(&c->root, fd->name, folder) < 0)
		return LIFE_NONE;
	/* A launch in flight waits for us, and has no keeper yet to ask. */
	if (c->sealing && owner_open(&fd->info.owner, &pidfd) == OWNER_ALIVE) {
		io_close(&pidfd);
		return LIFE_BARE;
	}
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
	switch (owner_open(&fd->info.owner, &pidfd)) {
	case OWNER_ALIVE:
		io_close(&pidfd);
		return LIFE_BARE;
	case OWNER_DEAD:
		return heir_ask(c, fd);
	default:
		return LIFE_HIDDEN;
	}
}

/* Which instances are meant, as far as their records tell. */
struct wanted {
	const char *name; /* of the application */
	const char *path; /* of a command of that name; "": none */
	char *const *key; /* nkey parts */
	size_t nkey;
	bool keyed;       /* else any key */
	int best;         /* how well the name fits some application */
};

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

/* How well a name fits an application: 3 exactly, 2 as the command of that
 * name, 1 by its last component, 0 not. */
static int
app_fits(const char *app, const char *name, const char *path)
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
	int fit = app_fits(i->app, w->name, w->path);

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

	if (root_folder(&c->root, fd->name, path) < 0 ||
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
found_read(struct ctl *c, const char *name, struct wanted *w,
    struct found *fd)
{
	size_t len = strlen(name);
	uint64_t pidns;
	int folder;
	bool ok;

	memset(fd, 0, sizeof(*fd));
	strcpy(fd->name, name);
	strcpy(fd->slot.name, name);
	strcpy(fd->slot.hash, name + len - SLOT_HASH);
	fd->slot.app = fd->slot.scope = name; /* for messages */
	folder = folder_peek(&c->root, name);
	if (folder < 0) {
		c->vanished |= errno == ENOENT;
		return false;
	}
	buf_init(&fd->record, NULL, 0);
	buf_init(&fd->reply, NULL, 0);
	ok = info_read(folder, &fd->record, &fd->info) == 0 ||
	    info_healed(c, folder, fd);
	io_close(&folder);
	if (!ok) {
		buf_free(&fd->record);
		return false;
	}
	info_named(&fd->info, fd->slot.hash);
	fd->slot.app = fd->info.app;
	fd->slot.scope = fd->info.scope;
	fd->slot.index = fd->info.index;
	if (w && !wanted_fits(w, &fd->info)) {
		fd->life = LIFE_UNASKED;
		return true;
	}
	fd->life = life_ask(c, fd);
	pidns = owner_pidns();
	fd->elsewhere = pidns && fd->info.owner.pidns &&
	    fd->info.owner.pidns != pidns;
	return true;
}

static void
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
found_take(struct ctl *c, const char *name, bool dead,
    struct wanted *w, struct found *fd)
{
	bool shown = found_read(c, name, w, fd);

	if (shown && fd->life == LIFE_UNASKED) {
		found_free(fd);
		return false;
	}
	if (dead || (shown && fd->life != LIFE_NONE))
		return shown;
	if (found_sweep(c, fd)) {
		if (shown)
			found_free(fd);
		return found_read(c, name, w, fd) && fd->life != LIFE_NONE;
	}
	if (shown)
		found_free(fd);
	return false;
}

static int
folders_read(struct ctl *c, bool dead, struct wanted *w,
    struct founds *fs, struct fault *f)
{
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
	d = opendir(c->root.path);
	if (!d)
		return fault_errno(f, EXIT_STATE, errno, c->root.path, NULL);
	while ((e = readdir(d))) {
		if (!moved_is_slot(e->d_name))
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
		if (found_take(c, e->d_name, dead, w, &fs->at[fs->n]))
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
		struct info *a = &fs->at[i].info, *b = NULL;

		if (i + 1 < fs->n)
			b = &fs->at[i + 1].info;
		if (b && a->since == b->since && a->first == b->first &&
		    !strcmp(a->app, b->app))
			found_free(&fs->at[i]);
		else
			fs->at[n++] = fs->at[i];
	}
	fs->n = n;
}

static int
find_wanted(struct ctl *c, bool dead, struct wanted *w,
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
	return find_wanted(c, dead, NULL, fs, f);
}

/* What the name would be as a command: an application's path, or "". */
static void
name_resolve(const char *name, char *path)
{
	static struct identity id;
	char *argv[2] = { (char *)name, NULL };
	struct fault f;

	*path = '\0';
	if (strchr(name, '/')) {
		if (identity_path(name, path) < 0)
			*path = '\0';
	} else if (identity_find(&id, argv, NULL, &f) == 0 && !id.whole) {
		strcpy(path, id.app);
	}
}

/* Names that did not all fit end in "...". */
static void
names_end(struct text *t)
{
	if (t->cut)
		strcpy(t->at + t->cap - sizeof("..."), "...");
}

static int
ambiguous_fault(const struct founds *fs, const char *name, struct fault *f)
{
	char names[NAMES];
	struct text t;

	text_init(&t, names, sizeof(names));
	for (size_t i = 0; i < fs->n; i++) {
		if (i && !strcmp(fs->at[i].info.app, fs->at[i - 1].info.app))
			continue;
		text_add(&t, i ? ", " : "");
		text_add(&t, fs->at[i].info.app);
	}
	names_end(&t);
	return fault_set(f, EXIT_USAGE, "'", name, "' fits several"
	    " applications: ", names, NULL);
}

int
find_app(struct ctl *c, const char *app, char *const key[], size_t nkey,
    bool keyed, struct founds *fs, struct fault *f)
{
	char path[PATH_MAX], name[NAME_SHOWN + 1];
	struct wanted w = { name, path, key, nkey, keyed, 1 };
	size_t n = 0;

	if (!app)
		return find_all(c, false, fs, f);
	identity_name(app, name);
	name_resolve(app, path);
	if (find_wanted(c, false, &w, fs, f) < 0)
		return -1;
	for (size_t i = 0; i < fs->n; i++) {
		struct found *fd = &fs->at[i];

		if (app_fits(fd->info.app, name, path) == w.best)
			fs->at[n++] = *fd;
		else
			found_free(fd);
	}
	fs->n = n;
	for (size_t i = 1; i < n; i++) {
		if (strcmp(fs->at[i].info.app, fs->at[0].info.app))
			return ambiguous_fault(fs, app, f);
	}
	return 0;
}

static int
keys_fault(const struct founds *fs, struct fault *f)
{
	char names[NAMES], key[NAME_SHOWN + 1];
	const char *k;
	struct text t;

	text_init(&t, names, sizeof(names));
	for (size_t i = 0; i < fs->n; i++) {
		k = instance_key(&fs->at[i].info, key);
		text_add(&t, i ? ", " : "");
		text_add(&t, k ? k : "none, in scope ");
		text_add(&t, k ? "" : fs->at[i].info.scope);
	}
	names_end(&t);
	return fault_set(f, EXIT_USAGE, fs->at[0].info.app, " has several"
	    " instances; which key? ", names, NULL);
}

/* How near to us an instance without a key is: 0 the user's, 1 our session's,
 * 2 our display's, 3 another session's or display's. */
static int
scope_distance(const struct info *i)
{
	char scope[256];
	int s;

	for (s = SCOPE_USER; s <= SCOPE_DISPLAY; s++) {
		if (!strcmp(slot_scope((enum scope)s, scope, sizeof(scope)),
		    i->scope))
			break;
	}
	return s;
}

static long long
found_used(const struct found *fd)
{
	return fields_num(&fd->state, "used", fd->info.used);
}

/* Of several instances of one key (--max) the one used last is meant. */
static bool
same_slot_but_index(const struct found *a, const struct found *b)
{
	char x[NAME_SHOWN + 1], y[NAME_SHOWN + 1];
	const char *p = instance_key(&a->info, x);
	const char *q = instance_key(&b->info, y);

	return a->info.index != b->info.index &&
	    !strcmp(a->info.scope, b->info.scope) && !p == !q &&
	    (!p || !strcmp(p, q));
}

int
find_one(struct ctl *c, struct founds *fs, struct found **one,
    struct fault *f)
{
	return find_keyed(c, c->operands + 1, c->noperands - 1,
	    c->noperands > 1, fs, one, f);
}

int
find_keyed(struct ctl *c, char *const key[], size_t nkey, bool keyed,
    struct founds *fs, struct found **one, struct fault *f)
{
	int distance, best = SCOPE_DISPLAY + 2;
	bool tie = true;

	if (find_app(c, c->operands[0], key, nkey, keyed, fs, f) < 0)
		return -1;
	if (!fs->n)
		return 1;
	*one = &fs->at[0];
	if (fs->n == 1)
		return 0;
	for (size_t i = 0; i < fs->n; i++) {
		struct found *fd = &fs->at[i];

		if (info_key(&fd->info, NULL) && !keyed)
			continue;
		distance = scope_distance(&fd->info);
		if (distance < best) {
			tie = false;
			best = distance;
			*one = fd;
		} else if (distance == best &&
		    same_slot_but_index(*one, fd)) {
			if (found_used(fd) > found_used(*one))
				*one = fd;
		} else if (distance == best) {
			tie = true;
		}
	}
	return tie ? keys_fault(fs, f) : 0;
}

int
find_name(struct ctl *c, const char *operand, char *app, struct fault *f)
{
	struct founds fs = { 0 };
	char path[PATH_MAX];

	if (find_app(c, operand, NULL, 0, false, &fs, f) < 0) {
		founds_free(&fs);
		return -1;
	}
	name_resolve(operand, path);
	identity_name(fs.n ? fs.at[0].info.app : *path ? path : operand, app);
	founds_free(&fs);
	return 0;
}

pid_t
found_pid(const struct found *fd)
{
	if (fd->elsewhere || fd->life == LIFE_HIDDEN)
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
