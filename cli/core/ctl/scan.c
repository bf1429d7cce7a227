/*
 * scan.c: find the instances in the state root, folder by folder.
 *
 * For each slot folder: read its record, ask its keeper, and if no keeper
 * answers test whether the recorded owner lives.  Several keepers are asked at
 * a time.  Folders in which nothing lives are removed, unless they are wanted.
 */
#include <sys/resource.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/found.h"
#include "cli/core/ctl/owner_now.h"
#include "cli/core/ctl/scan.h"
#include "cli/base/fault.h"
#include "cli/base/io.h"
#include "cli/core/key/path.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/holder.h"
#include "cli/core/slot/instance.h"
#include "cli/core/slot/owner.h"
#include "cli/core/slot/slot.h"
#include "cli/base/text.h"
#include "cli/core/wire/ask.h"
#include "preload/contract.h"

/*
 * Which instances are meant, as far as their records tell.
 */

const char *
wanted_document(const char *part, char *path)
{
	return path_canonical(part, path) == PATH_MADE ? path : part;
}

enum { KEY_NOT, KEY_DOCUMENTS, KEY_EXACT, KEY_FITS };

static int
key_fits(const struct wanted *w, const struct info *i)
{
	char path[PATH_MAX], joined[NAME_SHOWN + 1];
	const char *part = NULL;
	int fit = KEY_EXACT;
	size_t n = 0;

	if (!w->keyed || (w->nkey == 1 && instance_key(i, joined) &&
	    !strcmp(joined, w->key[0])))
		return KEY_EXACT;
	for (; (part = info_key(i, part)); n++) {
		if (n < w->nkey && !strcmp(part, w->key[n]))
			continue;
		if (n == w->nkey || *part != '/' ||
		    strcmp(part, wanted_document(w->key[n], path)))
			return KEY_NOT;
		fit = KEY_DOCUMENTS;
	}
	return n == w->nkey ? fit : KEY_NOT;
}

static int
name_fits(const struct wanted *w, const struct info *i)
{
	const char *base = strrchr(i->app, '/');

	if (!strcmp(i->app, w->name))
		return 4;
	if (*w->path && !strcmp(i->app, w->path))
		return 3;
	if (base && !strchr(w->name, '/') && !strcmp(base + 1, w->name))
		return 2;
	return info_typed(i, w->name) != NULL;
}

int
wanted_fits(struct wanted *w, const struct info *i)
{
	int name = name_fits(w, i), key = name ? key_fits(w, i) : KEY_NOT;
	int fit = key ? KEY_FITS * name + key : 0;

	if (fit > w->best)
		w->best = fit;
	return fit;
}

/*
 * Why a slot cannot be read.
 */

/* Slot s cannot be read, and w may mean it (NULL: any is meant): note why, if
 * it is the first such slot.  LIFE_UNREAD. */
static enum life
unread_note(struct ctl *c, const struct wanted *w, const struct slot *s,
    const struct fault *why)
{
	if (!c->search.unread.code && (!w || slot_may_be(s->name, w->name) ||
	    (*w->path && slot_may_be(s->name, w->path))))
		c->search.unread = *why;
	return LIFE_UNREAD;
}

static enum life
unread_errno(struct ctl *c, const struct wanted *w, const struct slot *s,
    int err)
{
	struct fault f;

	fault_errno(&f, fault_state(err), err, "cannot read slot ",
	    c->root.path, "/", s->name, NULL);
	return unread_note(c, w, s, &f);
}

/* The folder cannot be opened (errno): LIFE_NONE if no instance can live in
 * it. */
static enum life
unread_folder(struct ctl *c, const struct wanted *w, const struct slot *s)
{
	char info[SLOT_NAME_MAX + sizeof("/" FILE_INFO)];
	struct fault f;
	struct text t;

	switch (errno) {
	case ENOENT:
		return LIFE_NONE;
	case ENOTDIR: /* no folder has that name */
	case ELOOP:
		return LIFE_NONE;
	case EPERM: /* not ours alone, but info shows that it may have an
	             * instance */
		t = text_in(info, sizeof(info));
		text_all(&t, s->name, "/" FILE_INFO, NULL);
		if (faccessat(c->root.fd, info, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			return LIFE_NONE;
		fault_set(&f, EXIT_STATE, "slot folder ", c->root.path, "/",
		    s->name, " is not an ordinary one of yours; see onlyonectl"
		    " doctor", NULL);
		return unread_note(c, w, s, &f);
	default:
		return unread_errno(c, w, s, errno);
	}
}

/*
 * One slot folder: what its files say, and whether an instance lives there.
 *
 * An instance lives only if a keeper answers, or if the recorded owner passes
 * the identity test.
 */

/* A slot whose keeper has been asked, and what is known so far. */
struct question {
	bool read;      /* the record could be read */
	bool over;      /* no keeper needs to be asked: life is known */
	enum life life;
	int sock;       /* where the answer comes, if r is SOCK_OK */
	enum sock_result r;
	long long until; /* for the answer, clock_now */
};

enum { ANSWER_MS = 1000, HEAL_LOOKS = 100, HEAL_US = 2000 };

/* Whether another look at the process would give this errno again: there is no
 * /proc, or the process does not let itself be looked at (look.h). */
static bool
is_last_word(int err)
{
	return err == ENOENT || err == ENODATA || err == ETIMEDOUT;
}

/* No keeper answers: find out what lives there, by the rules of the claim that
 * the next launch will make. */
static enum life
holder_ask(struct ctl *c, const struct wanted *w, struct found *found)
{
	struct holder h;
	int err;
	enum holder_result held = holder_peek(&c->root, &found->slot,
	    &found->record, &found->info, &h);

	err = errno;
	switch (held) {
	case HOLDER_CLOSED:
		return unread_folder(c, w, &found->slot);
	case HOLDER_OWNER:
		return LIFE_BARE;
	case HOLDER_NONE:
	case HOLDER_PASSED:
	case HOLDER_PARENT: /* only a keeper knows what the parent does */
		return LIFE_NONE;
	case HOLDER_UNREAD:
		return folder_debris(err) ? LIFE_NONE :
		    unread_errno(c, w, &found->slot, err);
	case HOLDER_UNKNOWN:
		return is_last_word(err) ? LIFE_HIDDEN :
		    unread_errno(c, w, &found->slot, err);
	default:
		return LIFE_HIDDEN;
	}
}

/* Ask the keeper, and do not wait for the answer: ask the next ones
 * meanwhile. */
static void
life_ask(struct ctl *c, const struct wanted *w, struct found *found,
    struct question *q)
{
	char folder[PATH_MAX];
	int err;

	q->over = true;
	if (root_folder(&c->root, found->slot.name, folder) < 0) {
		q->life = unread_errno(c, w, &found->slot, errno);
		return;
	}
	/* A launch that has just published its record has no keeper yet. */
	if (c->search.sealing && found_lives(found, &err)) {
		q->life = LIFE_BARE;
		return;
	}
	if (c->search.many && found_kept(found)) {
		q->life = LIFE_KEPT;
		return;
	}
	q->over = false;
	q->until = clock_now() + ANSWER_MS;
	q->r = ask_connect(folder, ANSWER_MS, &q->sock);
	if (q->r == SOCK_OK)
		q->r = ask_put(q->sock, found->slot.hash);
	if (q->r == SOCK_FAILED) { /* errno does not last until life_told */
		q->over = true;
		q->life = unread_errno(c, w, &found->slot, errno);
	}
}

/* Take the keeper's answer. */
static enum life
life_told(struct ctl *c, const struct wanted *w, struct found *found,
    struct question *q)
{
	struct frame reply;
	int err;

	if (q->r == SOCK_OK)
		q->r = ask_take(q->sock, clock_left(q->until), &found->reply,
		    &reply);
	err = errno;
	io_close(&q->sock);
	switch (q->r) {
	case SOCK_OK:
		found->state = reply.body;
		return LIFE_KEPT;
	case SOCK_SLOW:
		return LIFE_NOT_RESPONDING;
	case SOCK_FAILED:
		return unread_errno(c, w, &found->slot, err);
	default:
		break;
	}
	if (found_lives(found, &err))
		return LIFE_BARE;
	return err && !is_last_word(err) ?
	    unread_errno(c, w, &found->slot, err) : holder_ask(c, w, found);
}

/* info cannot be read, but an instance may live there: ask the keeper for its
 * state, which makes it write info again.  Whether info can be read now. */
static bool
info_healed(struct ctl *c, int folder, struct found *found)
{
	char path[PATH_MAX];
	struct frame reply;

	if (root_folder(&c->root, found->slot.name, path) < 0 ||
	    ask_state(path, found->slot.hash, ANSWER_MS, &found->reply,
	    &reply) != SOCK_OK)
		return false;
	for (int i = 0; i < HEAL_LOOKS; i++) {
		if (info_read(folder, &found->record, &found->info) == 0)
			return true;
		clock_sleep(HEAL_US);
	}
	return false;
}

/* What lives in a folder without a readable record (err), as far as known. */
static enum life
unrecorded(struct ctl *c, const struct wanted *w, struct found *found, int err)
{
	enum life life = folder_debris(err) ? holder_ask(c, w, found) :
	    unread_errno(c, w, &found->slot, err);

	found_free(found);
	found->debris = life == LIFE_NONE;
	/* scan_sweep gives a living instance a keeper, which writes a
	 * record. */
	return life == LIFE_UNREAD ? life : LIFE_NONE;
}

/* Read the record of slot s, and if w means that instance (NULL: any), ask its
 * keeper.  found points into *s until life_end. */
static void
life_begin(struct ctl *c, const struct slot *s, struct wanted *w,
    struct found *found, struct question *q)
{
	int folder, err;
	bool ok;

	memset(found, 0, sizeof(*found));
	found->slot = *s;
	found->slot.app = found->slot.scope = s->name; /* for messages */
	*q = (struct question){ .over = true, .sock = -1 };
	folder = folder_peek(&c->root, s->name);
	if (folder < 0) {
		found->debris = errno != ENOENT;
		q->life = unread_folder(c, w, s);
		return;
	}
	found_init(found);
	ok = info_read(folder, &found->record, &found->info) == 0;
	err = ok ? 0 : errno;
	ok = ok || info_healed(c, folder, found);
	io_close(&folder);
	if (!ok) {
		q->life = unrecorded(c, w, found, err);
		return;
	}
	q->read = true;
	q->life = LIFE_UNASKED;
	if (!w || wanted_fits(w, &found->info))
		life_ask(c, w, found, q);
}

/* Take the keeper's answer, and return what lives in the slot.  *shown: found
 * has a record that can be shown, even if nothing lives there; else only
 * found->slot is valid. */
static enum life
life_end(struct ctl *c, struct wanted *w, struct found *found,
    struct question *q, bool *shown)
{
	uint64_t pidns, ours;

	*shown = false;
	if (!q->read)
		return q->life;
	found->life = q->over ? q->life : life_told(c, w, found, q);
	io_close(&q->sock);
	if (!found->info.app) { /* the folder was swept meanwhile */
		found_free(found);
		return LIFE_NONE;
	}
	if (found->life == LIFE_UNREAD) {
		found_free(found);
		return LIFE_UNREAD;
	}
	found->slot.app = found->info.app;
	found->slot.scope = found->info.scope;
	found->slot.index = found->info.index;
	/* Take the keeper's pid namespace, if it tells one: the record has none
	 * of an owner that the keeper cannot see. */
	pidns = (uint64_t)fields_num(&found->state, "pidns",
	    (long long)found->info.owner.pidns);
	ours = pidns ? owner_pidns() : 0;
	found->elsewhere = ours && pidns != ours;
	*shown = true;
	return found->life;
}

enum { PAUSE_US = 2000, LOOKS = 64, ASKED_MOST = 1000 };

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
 * Nothing lives in this folder, as far as can be told without the lock.  A
 * claim makes certain, and removes the folder.  true: an instance lives there
 * after all.  known: the folder's files have shown already that nothing lives
 * in it.
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
		/* A folder that is known to be dead may stay. */
		if (!known)
			unread_note(c, w, &found->slot, &f);
		return false;
	default:
		return false;
	}
}

/* A slot folder that is being looked at. */
struct look {
	struct slot slot;
	struct found found;
	struct question question;
};

/* Take the answer; sweep the folder if it is dead and dead ones are not wanted
 * (dead).  Whether look->found is to be shown. */
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

/* The looks under way.  Several keepers are asked before the first answer is
 * taken: they work at the same time, and the wait for one that is not
 * responding delays no other. */
struct looks {
	struct look *at; /* a ring */
	size_t most, begun, ended; /* most: its size; begun, ended: how many so
	                            * far */
};

/* alone: one look at a time, as also if the limit on descriptors is low. */
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

/* Whether there are so many folders that waking each keeper takes long: by the
 * link count, which some file systems do not keep (then false). */
static bool
root_many(const struct root *r)
{
	struct stat st;

	return fstat(r->fd, &st) == 0 && st.st_nlink > ASKED_MOST;
}

/* End the oldest look, and append to fs what is to be shown. */
static int
looks_take(struct ctl *c, struct looks *l, bool dead, struct wanted *w,
    struct founds *fs, struct fault *f)
{
	struct look *look = &l->at[l->ended++ % l->most];
	struct found *more;

	if (!look_end(c, dead, w, look))
		return 0;
	/* Grow at powers of two. */
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

int
scan(struct ctl *c, bool dead, struct wanted *w,
    struct founds *fs, struct fault *f)
{
	int r;

	c->search.unread.code = 0;
	r = folders_read(c, dead, false, w, fs, f);
	/* Memory or descriptors may have been short: scan once more, with one
	 * look at a time. */
	if (r == 0 && c->search.unread.code) {
		clock_sleep(PAUSE_US);
		founds_free(fs);
		c->search.unread.code = 0;
		r = folders_read(c, dead, true, w, fs, f);
	}
	if (fs->n)
		qsort(fs->at, fs->n, sizeof(*fs->at), scan_order);
	return r;
}
