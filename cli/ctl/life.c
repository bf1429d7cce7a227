/*
 * life.c: one slot folder: what its files say, and who lives there.
 *
 * That somebody does is believed only when a keeper answers or an owner passes
 * the identity test.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/ctl/life.h"
#include "cli/ctl/unread.h"
#include "cli/io.h"
#include "cli/slot/folder.h"
#include "cli/slot/holder.h"
#include "cli/slot/owner.h"
#include "cli/wire/ask.h"
#include "preload/contract.h"

enum { ANSWER_MS = 1000, HEAL_LOOKS = 100, HEAL_US = 2000 };

/* Its keeper is gone: who holds it, by the rules of the claim that the next
 * launch will make? */
static enum life
holder_ask(struct ctl *c, const struct wanted *w, struct found *found)
{
	enum holder_result held;
	struct holder h;
	int err;

	held = holder_peek(&c->root, &found->slot, &found->record,
	    &found->info, &h);
	err = errno;
	switch (held) {
	case HOLDER_CLOSED:
		return unread_folder(c, w, &found->slot);
	case HOLDER_OWNER:
		return LIFE_BARE;
	case HOLDER_NONE:
	case HOLDER_PASSED:
	case HOLDER_GUARD: /* only a keeper knows what it is doing */
		return LIFE_NONE;
	case HOLDER_UNREAD:
		return folder_debris(err) ? LIFE_NONE :
		    unread_errno(c, w, &found->slot, err);
	case HOLDER_UNKNOWN: /* without /proc that is the last word */
		return err == ENOENT || err == ENODATA ? LIFE_HIDDEN :
		    unread_errno(c, w, &found->slot, err);
	default:
		return LIFE_HIDDEN;
	}
}

/* Ask, without waiting for the answer: others are asked meanwhile. */
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
	/* A launch in flight waits for us, and has no keeper yet to ask. */
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
	if (q->r == SOCK_FAILED) { /* its errno is that of now */
		q->over = true;
		q->life = unread_errno(c, w, &found->slot, errno);
	}
}

/* The answer. */
static enum life
life_told(struct ctl *c, const struct wanted *w, struct found *found,
    struct question *q)
{
	long long left = q->until - clock_now();
	struct frame reply;
	int err;

	if (q->r == SOCK_OK)
		q->r = ask_take(q->sock, left > 0 ? (int)left : 0,
		    &found->reply, &reply);
	err = errno;
	io_close(&q->sock);
	switch (q->r) {
	case SOCK_OK:
		found->state = reply.body;
		return LIFE_KEPT;
	case SOCK_SLOW:
		return LIFE_SILENT;
	case SOCK_FAILED:
		return unread_errno(c, w, &found->slot, err);
	default:
		break;
	}
	if (found_lives(found, &err))
		return LIFE_BARE;
	return err && err != ENOENT && err != ENODATA ?
	    unread_errno(c, w, &found->slot, err) : holder_ask(c, w, found);
}

/* info cannot be read, and yet somebody may live there: a keeper that is asked
 * puts it in order. */
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

/* Who lives in a folder without a record, as far as that can be told. */
static enum life
unrecorded(struct ctl *c, const struct wanted *w, struct found *found, int err)
{
	enum life life = folder_debris(err) ? holder_ask(c, w, found) :
	    unread_errno(c, w, &found->slot, err);

	found_free(found);
	found->debris = life == LIFE_NONE;
	/* Whoever lives there gets a keeper, and with it a record. */
	return life == LIFE_UNREAD ? life : LIFE_NONE;
}

void
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
	/* Without a socket it may be the other name of one that moves. */
	if (!ok && faccessat(folder, FILE_SOCK, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		c->search.vanished = true;
	io_close(&folder);
	if (!ok) {
		q->life = unrecorded(c, w, found, err);
		return;
	}
	q->read = true;
	info_named(&found->info, found->slot.hash);
	q->life = LIFE_UNASKED;
	if (!w || wanted_fits(w, &found->info))
		life_ask(c, w, found, q);
}

enum life
life_end(struct ctl *c, struct wanted *w, struct found *found,
    struct question *q, bool *shown)
{
	uint64_t pidns, ours;

	*shown = false;
	if (!q->read)
		return q->life;
	found->life = q->over ? q->life : life_told(c, w, found, q);
	io_close(&q->sock);
	if (!found->info.app) { /* swept meanwhile */
		c->search.vanished = true;
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
	/* As the keeper says: an owner that it cannot see has none. */
	pidns = (uint64_t)fields_num(&found->state, "pidns",
	    (long long)found->info.owner.pidns);
	ours = pidns ? owner_pidns() : 0;
	found->elsewhere = ours && pidns != ours;
	*shown = true;
	return found->life;
}
