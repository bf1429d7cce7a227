/*
 * scan.c: find the instances in the state root, folder by folder.
 *
 * For each slot folder: read its record, ask its keeper, and if no keeper
 * answers test whether the recorded owner lives.  Several keepers are asked at
 * a time.  Folders without a living process are removed, unless the caller
 * wants them.
 */
#include <sys/resource.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/found.h"
#include "cli/core/ctl/owner_now.h"
#include "cli/core/ctl/scan.h"
#include "cli/core/key/path.h"
#include "cli/core/meet/meet.h"
#include "cli/core/meet/messages.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/holder.h"
#include "cli/core/slot/instance.h"
#include "cli/core/slot/owner.h"
#include "cli/core/wire/ask.h"

/*
 * Match instances by their records.
 */

/* A part of a key as the path of a document, in path (PATH_MAX bytes); part
 * itself if that fails. */
static const char *
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

/* Whether name is the application's command line of several words, without its
 * program's folder or as it was typed. */
static bool
line_fits(const char *name, const struct info *i)
{
	char typed[NAME_SHOWN + 1];
	struct text t = text_in(typed, sizeof(typed));
	size_t n = strlen(name), len = strlen(i->app);

	if (!strchr(name, ' '))
		return false;
	if (len > n && i->app[len - n - 1] == '/' &&
	    !strcmp(i->app + len - n, name) &&
	    !memchr(i->app, ' ', len - n))
		return true;
	info_command(i, &t);
	return !strcmp(typed, name);
}

static int
name_fits(const struct wanted *w, const struct info *i)
{
	const char *base = strrchr(i->app, '/');

	if (!strcmp(i->app, w->name))
		return 4;
	if (*w->path && !strcmp(i->app, w->path))
		return 3;
	if ((base && !strchr(w->name, '/') && !strcmp(base + 1, w->name)) ||
	    line_fits(w->name, i))
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

/* This slot cannot be read, and w may match it (NULL: all match): note why, if
 * it is the first such slot.  LIFE_UNREAD. */
static enum life
unread_note(struct ctl *c, const struct wanted *w, const struct found *found,
    const struct fault *why)
{
	const struct slot *s = &found->slot;

	if (!c->search.unread.code && (!w || slot_may_be(s->name, w->name) ||
	    (*w->path && slot_may_be(s->name, w->path))))
		c->search.unread = *why;
	return LIFE_UNREAD;
}

static enum life
unread_errno(struct ctl *c, const struct wanted *w,
    const struct found *found, int err)
{
	struct fault f;

	fault_errno(&f, fault_state(err), err, "cannot read slot ",
	    found->root->path, "/", found->slot.name, NULL);
	return unread_note(c, w, found, &f);
}

/* The folder cannot be opened (errno): LIFE_NONE if no instance can live in
 * it. */
static enum life
unread_folder(struct ctl *c, const struct wanted *w,
    const struct found *found)
{
	const struct slot *s = &found->slot;
	char info[SLOT_NAME_MAX + sizeof("/" FILE_INFO)];
	struct fault f;
	struct text t;

	switch (errno) {
	case ENOENT:
	case ENOTDIR: /* no folder has that name */
	case ELOOP:
		return LIFE_NONE;
	case EPERM: /* not ours alone, but info shows that it may have an
	             * instance */
		t = text_in(info, sizeof(info));
		text_all(&t, s->name, "/" FILE_INFO, NULL);
		if (faccessat(found->root->fd, info, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			return LIFE_NONE;
		fault_set(&f, EXIT_STATE, "slot folder ", found->root->path, "/",
		    s->name, " is not an ordinary one of yours; see onlyonectl"
		    " doctor", NULL);
		return unread_note(c, w, found, &f);
	default:
		return unread_errno(c, w, found, errno);
	}
}

/*
 * One slot folder: read its files, and find out whether an instance lives
 * there.
 *
 * An instance lives only if a keeper answers, or if the recorded owner passes
 * the identity test.
 */

/* The look at one slot folder. */
struct look {
	struct found found;
	bool asked;      /* the keeper; its answer decides found.life */
	int sock;        /* its socket, if r is SOCK_OK */
	enum sock_result r;
	long long until; /* for the answer, clock_now */
};

enum { ANSWER_MS = 1000, HEAL_LOOKS = 100, HEAL_US = 2000 };
enum { UNRECORDED_LOOKS = 4, UNRECORDED_US = 5000 };

/* Whether trying again would give the same errno: there is no /proc, or the
 * process is not readable (look.h). */
static bool
is_last_word(int err)
{
	return err == ENOENT || err == ENODATA || err == ETIMEDOUT;
}

/* No keeper answers: find out what lives there, by the same rules as the next
 * launch's claim. */
static enum life
holder_ask(struct ctl *c, const struct wanted *w, struct found *found)
{
	struct holder h;
	int err;
	enum holder_result held = holder_peek(found->root, &found->slot,
	    &found->record, &found->info, &h);

	err = errno;
	switch (held) {
	case HOLDER_CLOSED:
		return unread_folder(c, w, found);
	case HOLDER_OWNER:
		return LIFE_BARE;
	case HOLDER_PASSED:
		found->passed = true;
		return LIFE_NONE;
	case HOLDER_NONE:
	case HOLDER_PARENT: /* only a keeper knows about the parent */
		return LIFE_NONE;
	case HOLDER_UNREAD:
		return folder_debris(err) ? LIFE_NONE :
		    unread_errno(c, w, found, err);
	case HOLDER_UNKNOWN:
		return is_last_word(err) ? LIFE_HIDDEN :
		    unread_errno(c, w, found, err);
	default:
		return LIFE_HIDDEN;
	}
}

/* Ask the keeper, without waiting for the answer: meanwhile we ask others.
 * Returns what is known without it. */
static enum life
life_ask(struct ctl *c, const struct wanted *w, struct look *l)
{
	struct found *found = &l->found;
	char folder[PATH_MAX];

	if (root_folder(found->root, found->slot.name, folder) < 0)
		return unread_errno(c, w, found, errno);
	l->until = clock_now() + ANSWER_MS;
	l->r = ask_connect(folder, ANSWER_MS, &l->sock);
	if (l->r == SOCK_OK)
		l->r = ask_put(l->sock, found->slot.hash);
	if (l->r == SOCK_FAILED) /* errno does not last until life_told */
		return unread_errno(c, w, found, errno);
	l->asked = true;
	return LIFE_UNREAD;
}

/* Take the keeper's answer. */
static enum life
life_told(struct ctl *c, const struct wanted *w, struct look *l)
{
	struct found *found = &l->found;
	struct frame reply;
	int err;

	if (l->r == SOCK_OK)
		l->r = ask_take(l->sock, clock_left(l->until), &found->reply,
		    &reply);
	err = errno;
	io_close(&l->sock);
	switch (l->r) {
	case SOCK_OK:
		found->state = reply.body;
		return LIFE_KEPT;
	case SOCK_SLOW:
		holder_successor(found->root, &found->slot, &found->info.owner);
		return LIFE_NOT_RESPONDING;
	case SOCK_FAILED:
		return unread_errno(c, w, found, err);
	default:
		break;
	}
	err = 0;
	/* A guess may outlive the instance: ask the folder as well. */
	if (found->info.guess != GUESS_PID && found_lives(found, &err))
		return LIFE_BARE;
	return err && !is_last_word(err) ?
	    unread_errno(c, w, found, err) : holder_ask(c, w, found);
}

/* info cannot be read: ask the keeper for its state, which makes it write info
 * again, and wait for that.  SOCK_OK: found has the record. */
static enum sock_result
record_ask(struct found *found)
{
	enum sock_result r = SOCK_FAILED;
	char path[PATH_MAX];
	struct frame reply;

	if (root_folder(found->root, found->slot.name, path) == 0)
		r = ask_state(path, found->slot.hash, ANSWER_MS, &found->reply,
		    &reply);
	for (int i = 0; r == SOCK_OK && i < HEAL_LOOKS; i++) {
		/* The folder may be a new one. */
		if (holder_record(found->root, found->slot.name, &found->record,
		    &found->info))
			return r;
		clock_sleep(HEAL_US);
	}
	return r == SOCK_OK ? SOCK_SLOW : r;
}

/* What lives in a folder without a readable record (err), as far as known.
 * LIFE_BARE: the record is there now. */
static enum life
life_unrecorded(struct ctl *c, const struct wanted *w, struct found *found,
    int err)
{
	enum life life = LIFE_UNREAD;
	enum sock_result r;
	struct fault f;

	/* Instances may have come and gone meanwhile, and a keeper that has
	 * just started has no socket yet: ask again. */
	for (int i = 0; i < UNRECORDED_LOOKS; i++) {
		r = record_ask(found);
		if (r == SOCK_OK)
			return LIFE_BARE;
		life = folder_debris(err) ? holder_ask(c, w, found) :
		    unread_errno(c, w, found, err);
		if (life == LIFE_BARE && found->info.app)
			return life; /* info is there again */
		if (life != LIFE_BARE || r == SOCK_SLOW)
			break;
		clock_sleep(UNRECORDED_US);
	}
	if (life == LIFE_BARE) {
		/* Only a launch knows the application and the key. */
		fault_set(&f, EXIT_NOANSWER, found->root->path, "/",
		    found->slot.name, ": pid ",
		    TEXT_NUM(found->info.owner.pid), " runs there, but "
		    WORDS_NO_RECORD, NULL);
		life = unread_note(c, w, found, &f);
	}
	memset(&found->info, 0, sizeof(found->info));
	found->debris = life == LIFE_NONE;
	return life == LIFE_UNREAD ? life : LIFE_NONE;
}

/* Read the record of the slot, and if w matches it (NULL: any does), ask its
 * keeper. */
static void
life_begin(struct ctl *c, struct wanted *w, struct look *l)
{
	struct found *found = &l->found;
	struct slot *s = &found->slot;
	int folder, err;

	*l = (struct look){ .found.slot = *s, .found.root = found->root,
		.found.life = LIFE_UNREAD, .sock = -1 };
	s->app = s->scope = s->name; /* for messages */
	folder = folder_peek(found->root, s->name);
	if (folder < 0) {
		found->debris = errno != ENOENT;
		found->life = unread_folder(c, w, found);
		return;
	}
	found_init(found);
	err = info_read(folder, &found->record, &found->info) < 0 ? errno : 0;
	found->life = err ? life_unrecorded(c, w, found, err) : LIFE_BARE;
	if (found->life == LIFE_BARE)
		found->life = !w || wanted_fits(w, &found->info) ?
		    life_ask(c, w, l) : LIFE_UNREAD;
	io_close(&folder);
}

/* Take the keeper's answer.  Whether found has a record to show, even if
 * nothing lives there; else only its slot, life and debris are valid. */
static bool
life_end(struct ctl *c, const struct wanted *w, struct look *l)
{
	struct found *found = &l->found;
	uint64_t pidns, ours;

	if (l->asked)
		found->life = life_told(c, w, l);
	io_close(&l->sock);
	if (found->life == LIFE_UNREAD)
		return false;
	if (!found->info.app) { /* none, or the folder was removed meanwhile */
		found->life = LIFE_NONE;
		return false;
	}
	found->slot.app = found->info.app;
	found->slot.scope = found->info.scope;
	found->slot.index = found->info.index;
	/* Take the keeper's pid namespace, if it reports one: if the keeper
	 * cannot see its owner, the record has none. */
	pidns = (uint64_t)fields_num(&found->state, "pidns",
	    (long long)found->info.owner.pidns);
	ours = pidns ? owner_pidns() : 0;
	found->elsewhere = ours && pidns != ours;
	return true;
}

enum { LOOKS = 64 };

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
 * Without the lock, this folder looks dead.  A claim makes sure, and removes
 * it. true: an instance lives there after all. known: the folder's files have
 * already proved that nothing lives in it.
 */
static bool
scan_sweep(struct ctl *c, const struct wanted *w, const struct found *found,
    bool known)
{
	struct fault f;

	switch (settle_claim(found, &f)) {
	case MET_AGAIN:
		return true;
	case MET_FAILED:
		/* A folder known to be dead may stay. */
		if (!known)
			unread_note(c, w, found, &f);
		return false;
	default:
		return false;
	}
}

/* Take the answer; remove a dead folder unless dead ones are wanted (dead).
 * Whether to show l->found. */
static bool
look_end(struct ctl *c, bool dead, struct wanted *w, struct look *l)
{
	bool shown = life_end(c, w, l);

	if (!dead && l->found.life == LIFE_NONE) {
		if (scan_sweep(c, w, &l->found, !l->found.passed &&
		    (shown || l->found.debris))) {
			found_free(&l->found);
			life_begin(c, w, l);
			shown = life_end(c, w, l) &&
			    l->found.life != LIFE_NONE;
		} else {
			shown = false;
		}
	}
	if (!shown)
		found_free(&l->found);
	return shown;
}

/* Append to fs.  0 or -1. */
static int
founds_add(struct founds *fs, struct found *found, struct fault *f)
{
	struct found *more;

	/* Grow at powers of two. */
	if (!(fs->n & (fs->n - 1))) {
		more = reallocarray(fs->at, fs->n ? 2 * fs->n : 1,
		    sizeof(*more));
		if (!more) {
			found_free(found);
			return fault_errno(f, EXIT_SYSTEM, ENOMEM,
			    "cannot list", NULL);
		}
		fs->at = more;
	}
	fs->at[fs->n++] = *found;
	return 0;
}

/* Look at the next slots, up to `most` at a time.  Ask all their keepers before
 * taking the first answer: so they work at the same time, and one that is not
 * responding delays no other.  1: there are more; 0, or -1 with a fault. */
static int
looks_take(struct ctl *c, const struct root *root, DIR *d, int most,
    bool dead, struct wanted *w, struct founds *fs, struct fault *f)
{
	static struct look looks[LOOKS];
	struct look *look = looks, *end;
	struct dirent *e = NULL;
	int err, r = 0;

	while (look < looks + most && (e = io_entry(d))) {
		memset(&look->found.slot, 0, sizeof(look->found.slot));
		if (!slot_from_name(&look->found.slot, e->d_name))
			continue;
		look->found.root = root;
		life_begin(c, w, look++);
	}
	err = errno;
	end = look;
	for (look = looks; look < end; look++) {
		if (look_end(c, dead, w, look) &&
		    founds_add(fs, &look->found, f) < 0)
			r = -1;
	}
	if (r == 0 && !e && err)
		return fault_errno(f, fault_state(err), err, "cannot read ",
		    root->path, NULL);
	return r < 0 ? -1 : e != NULL;
}

/* The same for all slots of one root. */
static int
root_scan(struct ctl *c, struct root *root, bool dead, struct wanted *w,
    struct founds *fs, struct fault *f)
{
	struct rlimit limit;
	int r, most;
	DIR *d;

	if (root_open(root, f) < 0)
		return -1;
	d = root_list(root);
	if (!d)
		return fault_errno(f, fault_state(errno), errno, "cannot read ",
		    root->path, NULL);
	most = getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    limit.rlim_cur < 4 * LOOKS ? 1 : LOOKS;
	do
		r = looks_take(c, root, d, most, dead, w, fs, f);
	while (r > 0);
	closedir(d);
	return r;
}

int
scan_slots(struct ctl *c, bool dead, struct wanted *w,
    struct founds *fs, struct fault *f)
{
	int r = 0;

	c->search.unread.code = 0;
	fs->at = NULL;
	fs->n = 0;
	ctl_roots_close(c);
	c->nroots = roots_find(c->roots, f);
	for (int i = 0; r == 0 && i < c->nroots; i++)
		r = root_scan(c, &c->roots[i], dead, w, fs, f);
	if (fs->n)
		qsort(fs->at, fs->n, sizeof(*fs->at), scan_order);
	return c->nroots < 0 ? -1 : r;
}

void
ctl_roots_close(struct ctl *c)
{
	for (int i = 0; i < c->nroots; i++)
		root_close(&c->roots[i]);
	c->nroots = 0;
}
