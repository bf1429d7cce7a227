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
#include "cli/proc.h"
#include "cli/slot/folder.h"
#include "cli/slot/holder.h"
#include "cli/slot/instance.h"
#include "cli/slot/moved.h"
#include "cli/slot/owner.h"
#include "cli/text.h"
#include "cli/wire/ask.h"
#include "preload/contract.h"

enum { ANSWER_MS = 1000, HEAL_LOOKS = 100, HEAL_US = 2000, SCANS = 5 };

/* This slot cannot be read: it may be one that is meant. */
static enum life
unread(struct ctl *c, const struct wanted *w, const struct slot *s,
    const struct fault *why)
{
	if (!c->unread.code && (!w || slot_may_be(s->name, w->name) ||
	    (*w->path && slot_may_be(s->name, w->path))))
		c->unread = *why;
	return LIFE_UNREAD;
}

static enum life
unread_errno(struct ctl *c, const struct wanted *w, const struct slot *s,
    int err)
{
	struct fault f;

	fault_errno(&f, fault_state(err), err, "cannot read slot ",
	    c->root.path, "/", s->name, NULL);
	return unread(c, w, s, &f);
}

/* Its folder cannot be opened. */
static enum life
unopened(struct ctl *c, const struct wanted *w, const struct slot *s)
{
	char info[SLOT_NAME_MAX + sizeof("/" FILE_INFO)];
	struct fault f;
	struct text t;

	switch (errno) {
	case ENOENT:
		c->vanished = true;
		return LIFE_NONE;
	case ENOTDIR: /* no folder has that name */
	case ELOOP:
		return LIFE_NONE;
	case EPERM: /* and yet somebody may live there */
		text_init(&t, info, sizeof(info));
		text_add(&t, s->name);
		text_add(&t, "/" FILE_INFO);
		if (faccessat(c->root.fd, info, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			return LIFE_NONE;
		fault_set(&f, EXIT_STATE, "slot folder ", c->root.path, "/",
		    s->name, " is not a plain one of yours; remove it", NULL);
		return unread(c, w, s, &f);
	default:
		return unread_errno(c, w, s, errno);
	}
}

/* Whether the recorded owner lives, wherever its folder is by now; *err, if it
 * cannot be told. */
static bool
owner_lives(const struct found *fd, int *err)
{
	int pidfd;

	*err = 0;
	switch (owner_open(&fd->info.owner, &pidfd)) {
	case OWNER_ALIVE:
		io_close(&pidfd);
		return true;
	case OWNER_UNKNOWN:
		*err = errno;
		return false;
	default:
		return false;
	}
}

/* Its keeper is gone: who holds it, by the rules of the claim that the next
 * launch will make? */
static enum life
holder_ask(struct ctl *c, const struct wanted *w, struct found *fd)
{
	int folder = folder_peek(&c->root, fd->slot.name), err;
	enum holder_result found;
	struct holder h;

	if (folder < 0)
		return unopened(c, w, &fd->slot);
	found = holder_find(&c->root, &fd->slot, folder, &fd->record,
	    &fd->info, &h);
	err = errno;
	holder_close(&h);
	io_close(&folder);
	switch (found) {
	case HOLDER_OWNER:
		return LIFE_BARE;
	case HOLDER_NONE:
	case HOLDER_PASSED:
	case HOLDER_GUARD: /* only a keeper knows what it is doing */
		return LIFE_NONE;
	case HOLDER_UNREAD:
		return folder_debris(err) ? LIFE_NONE :
		    unread_errno(c, w, &fd->slot, err);
	case HOLDER_UNKNOWN: /* without /proc that is the last word */
		return err == ENOENT || err == ENODATA ? LIFE_HIDDEN :
		    unread_errno(c, w, &fd->slot, err);
	default:
		return LIFE_HIDDEN;
	}
}

static enum life
life_ask(struct ctl *c, const struct wanted *w, struct found *fd)
{
	char folder[PATH_MAX];
	struct frame reply;
	int err;

	if (root_folder(&c->root, fd->slot.name, folder) < 0)
		return unread_errno(c, w, &fd->slot, errno);
	/* A launch in flight waits for us, and has no keeper yet to ask. */
	if (c->sealing && owner_lives(fd, &err))
		return LIFE_BARE;
	switch (ask_state(folder, fd->slot.hash, ANSWER_MS, &fd->reply,
	    &reply)) {
	case SOCK_OK:
		fd->state = reply.body;
		return LIFE_KEPT;
	case SOCK_SLOW:
		return LIFE_SILENT;
	case SOCK_FAILED:
		return unread_errno(c, w, &fd->slot, errno);
	default:
		break;
	}
	if (owner_lives(fd, &err))
		return LIFE_BARE;
	return err && err != ENOENT && err != ENODATA ?
	    unread_errno(c, w, &fd->slot, err) : holder_ask(c, w, fd);
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

/* Read one slot folder.  NONE and UNREAD: there is nothing that can be shown;
 * then only fd's name and slot are of use, unless *shown. */
static enum life
found_read(struct ctl *c, const struct slot *s, struct wanted *w,
    struct found *fd, bool *shown)
{
	uint64_t pidns, ours;
	enum life life;
	int folder, err;
	bool ok;

	*shown = false;
	memset(fd, 0, sizeof(*fd));
	fd->slot = *s;
	fd->slot.app = fd->slot.scope = s->name; /* for messages */
	folder = folder_peek(&c->root, s->name);
	if (folder < 0) {
		fd->debris = errno != ENOENT;
		return unopened(c, w, s);
	}
	buf_init(&fd->record, NULL, 0);
	buf_init(&fd->reply, NULL, 0);
	ok = info_read(folder, &fd->record, &fd->info) == 0;
	err = ok ? 0 : errno;
	ok = ok || info_healed(c, folder, fd);
	/* Without a socket it may be the other name of one that moves. */
	if (!ok && faccessat(folder, FILE_SOCK, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		c->vanished = true;
	io_close(&folder);
	if (!ok) {
		life = folder_debris(err) ? holder_ask(c, w, fd) :
		    unread_errno(c, w, s, err);
		found_free(fd);
		fd->debris = life == LIFE_NONE;
		/* Whoever lives there gets a keeper, and with it a record. */
		return life == LIFE_UNREAD ? life : LIFE_NONE;
	}
	info_named(&fd->info, fd->slot.hash);
	fd->life = !w || wanted_fits(w, &fd->info) ? life_ask(c, w, fd) :
	    LIFE_UNASKED;
	if (!fd->info.app) { /* swept meanwhile */
		c->vanished = true;
		found_free(fd);
		return LIFE_NONE;
	}
	if (fd->life == LIFE_UNREAD) {
		found_free(fd);
		return LIFE_UNREAD;
	}
	fd->slot.app = fd->info.app;
	fd->slot.scope = fd->info.scope;
	fd->slot.index = fd->info.index;
	/* As the keeper says: an owner that it cannot see has none. */
	pidns = (uint64_t)fields_num(&fd->state, "pidns",
	    (long long)fd->info.owner.pidns);
	ours = pidns ? owner_pidns() : 0;
	fd->elsewhere = ours && pidns != ours;
	*shown = true;
	return fd->life;
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

enum met
claim_look(struct ctl *c, const struct found *fd, struct fault *f)
{
	struct meeting m;
	struct place p;
	enum met met;

	if (place_of(&p, &c->root, &fd->slot, f) < 0)
		return MET_FAILED;
	meeting_begin(&m, &p);
	met = meet_claim(&m, f);
	if (met == MET_BUSY)
		patience_pause(&m.patience);
	meeting_end(&m);
	return met;
}

/*
 * Nobody lives in this folder, as far as can be told without the lock; a
 * claim tells for certain, and takes it away.  true: somebody does after all.
 * known: so its files said.
 */
static bool
found_sweep(struct ctl *c, const struct wanted *w, const struct found *fd,
    bool known)
{
	struct fault f;

	switch (claim_look(c, fd, &f)) {
	case MET_AGAIN:
		return true;
	case MET_FAILED:
		/* What is known to be dead may stay where it is. */
		if (!known)
			unread(c, w, &fd->slot, &f);
		return false;
	default:
		return false;
	}
}

/* Read a folder, and sweep it if it is a dead one and those are not wanted.
 * Whether fd is one to be shown. */
static bool
found_take(struct ctl *c, const struct slot *s, bool dead,
    struct wanted *w, struct found *fd)
{
	bool shown;
	enum life life = found_read(c, s, w, fd, &shown);

	if (life == LIFE_UNREAD)
		return false;
	if (life == LIFE_UNASKED) {
		found_free(fd);
		return false;
	}
	if (dead || life != LIFE_NONE)
		return shown;
	if (!found_sweep(c, w, fd, shown || fd->debris)) {
		if (shown)
			found_free(fd);
		return false;
	}
	if (shown)
		found_free(fd);
	life = found_read(c, s, w, fd, &shown);
	if (shown && life == LIFE_NONE)
		found_free(fd);
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
		if (found_take(c, &s, dead, w, &fs->at[fs->n]))
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
found_scan(struct ctl *c, bool dead, struct wanted *w,
    struct founds *fs, struct fault *f)
{
	int r = 0;

	fs->at = NULL;
	fs->n = 0;
	/* A folder that is gone when its turn comes may have another name; and
	 * what the system has too little of now it may have in a moment. */
	for (int i = 0; i < SCANS && r == 0; i++) {
		if (i && c->unread.code)
			clock_sleep(HEAL_US);
		founds_free(fs);
		c->vanished = false;
		c->unread.code = 0;
		r = folders_read(c, dead, w, fs, f);
		if (!c->vanished && (!c->unread.code || i))
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
	int err;

	if (fd->elsewhere || fd->life == LIFE_HIDDEN)
		return 0;
	/* The number may be another's before its keeper looks. */
	if (fd->life == LIFE_SILENT && !owner_lives(fd, &err))
		return 0;
	return (pid_t)fields_num(&fd->state, "pid", fd->info.owner.pid);
}

pid_t
found_guard(const struct found *fd)
{
	const char *state = fields_get(&fd->state, "state");

	return fd->life == LIFE_KEPT && state && !strcmp(state, "held") ?
	    (pid_t)fields_num(&fd->state, "guard", 0) : 0;
}

bool
found_stuck(const struct found *fd)
{
	pid_t guard = found_guard(fd);
	struct proc p;

	return guard && proc_read(guard, &p) == 0 && p.state == 'T';
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
