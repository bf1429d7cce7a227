/*
 * rekey.c: a live instance moves to another key, or is given up.
 *
 * The new slot is claimed as a launch would claim it; then its folder and that
 * of the old one, with lock, socket and image in it, change places.  At every
 * moment both names are folders that we have locked, and both witnesses are
 * ours, so neither key can start a second one; only then the old witness goes,
 * and last the empty folder.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h> /* renameat2 */
#include <string.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/keeper/client.h"
#include "cli/keeper/rekey.h"
#include "cli/keeper/reply.h"
#include "cli/keeper/state.h"
#include "cli/keeper/tenure.h"
#include "cli/points.h"
#include "cli/slot/folder.h"
#include "cli/slot/info_make.h"
#include "cli/slot/seal.h"
#include "cli/wire/ask.h"
#include "preload/contract.h"

enum {
	PARTS = 1 << 16,
	CONTEND_MS = 2000, /* for the lock */
	ASK_MS = 100,      /* for an answer from whoever may have it */
	PAUSE_US = 1000
};

/* The folders of two slots, both locked by us, change places. */
static int
folders_swap(const struct claim *c, const char *one, const char *other)
{
	return renameat2(c->root->fd, one, c->root->fd, other,
	    RENAME_EXCHANGE);
}

/* Whether an instance lives in slot s, as its keeper says: no time decides
 * that.  (It may be asking us the same, so we do not wait for long.) */
static bool
slot_lives(const struct root *r, const struct slot *s)
{
	char folder[PATH_MAX], storage[4096];
	const char *state = NULL;
	struct frame reply;
	struct buf b;

	if (root_folder(r, s->name, folder) < 0)
		return false;
	buf_init(&b, storage, sizeof(storage));
	if (ask_state(folder, s->hash, ASK_MS, &b, &reply) == SOCK_OK)
		state = fields_get(&reply.body, "state");
	buf_free(&b);
	return state && (!strcmp(state, "running") || !strcmp(state, "held"));
}

/* Claim the new slot.  Somebody may only look at it, and take nothing: try for
 * a while, unless somebody lives there. */
static int
slot_claim(struct keeper *k, struct claim *new, const struct slot *s,
    struct fault *f)
{
	struct claim *c = k->c;
	long long until = clock_now() + CONTEND_MS;
	enum claim_result r;

	buf_init(&new->record, NULL, 0);
	while (((r = claim_take(new, c->root, s, f)) == CLAIM_BUSY ||
	    r == CLAIM_AGAIN || r == CLAIM_STRANGER) && clock_now() < until &&
	    !(r == CLAIM_BUSY && slot_lives(c->root, s)))
		clock_sleep(PAUSE_US);
	switch (r) {
	case CLAIM_MINE:
		break;
	case CLAIM_ORPHAN:
		claim_leave(new);
		return fault_set(f, EXIT_BUSY, c->info.app, " has an instance"
		    " with that key already", NULL);
	case CLAIM_BUSY:
	case CLAIM_AGAIN:
	case CLAIM_STRANGER:
		return fault_set(f, EXIT_BUSY, c->info.app, ": that key is"
		    " taken", NULL);
	default:
		return -1;
	}
	return 0;
}

/* Replace the record: with both keys while it moves, with the new one when it
 * has.  0; -1: errno, and it is as it was. */
static int
record_move(struct keeper *k, const struct slot *s, bool moving)
{
	struct claim *c = k->c;
	struct buf record;

	buf_init(&record, NULL, 0);
	if ((moving ? info_moving(&record, s, c->slot->name, &c->info) :
	    info_rekey(&record, s, &c->info)) < 0) {
		errno = ENOMEM;
		buf_free(&record);
		return -1;
	}
	if (info_write(c->folder, &record, false) < 0) {
		buf_free(&record);
		return -1;
	}
	buf_free(&c->record);
	c->record = record;
	info_parse(record.at, record.len, &c->info);
	return 0;
}

/* As a launch does: what is published is there to be seen by whoever seals;
 * only then the seal is asked. */
static int
seal_ask(struct keeper *k, const struct slot *s, struct fault *f)
{
	switch (seal_check(k->c->root, s, 0, NULL)) {
	case SEAL_OPEN:
	case SEAL_KNOWN:
		return 0;
	case SEAL_UNKNOWN:
		return fault_set(f, EXIT_DENIED, k->c->info.app, " is sealed,"
		    " and that key was not in use then", NULL);
	case SEAL_SLOW:
		return fault_set(f, EXIT_BUSY, k->c->info.app, " is being"
		    " sealed", NULL);
	default:
		return fault_errno(f, EXIT_STATE, errno, "cannot read the seal"
		    " of ", k->c->info.app, NULL);
	}
}

/*
 * 0, or a fault and nothing has changed.  The record names both keys while the
 * folder gets its other name, so that it is right at every moment, whoever is
 * killed.
 */
static int
rekey(struct keeper *k, const struct slot *s, struct fault *f)
{
	struct claim *c = k->c, new;
	struct slot old = *c->slot;
	int err;

	if (c->root->fd < 0)
		return fault_set(f, EXIT_STATE, c->root->path,
		    " is not in place", NULL);
	if (!strcmp(s->hash, c->slot->hash))
		return 0;
	if (c->info.terms.cluster)
		return fault_set(f, EXIT_DENIED, c->info.app, " is one of a"
		    " cluster, where it would keep its old key: end it, and"
		    " start it with the new one", NULL);
	if (slot_claim(k, &new, s, f) < 0)
		return -1;
	point("rekey-claimed");
	k->moved.tried = true;
	if (record_move(k, s, true) < 0 ||
	    folders_swap(c, old.name, s->name) < 0) {
		err = errno;
		claim_drop(&new);
		return fault_errno(f, EXIT_STATE, err, "cannot rename the slot"
		    " of ", c->info.app, NULL);
	}
	point("rekey-renamed");
	if (seal_ask(k, s, f) < 0 &&
	    folders_swap(c, s->name, old.name) == 0) {
		claim_drop(&new);
		return -1;
	}
	k->moved.slot = *s;
	c->slot = &k->moved.slot;
	info_named(&c->info, s->hash);
	record_move(k, s, false); /* else the one of both keys will do */
	k->moved.slot.key = NULL;       /* they are the request's */
	k->moved.slot.nkey = 0;
	point("rekey-written");
	io_close(&c->witness);
	c->witness = new.witness;
	new.witness = -1;
	new.slot = &old; /* whose name its folder has now */
	claim_drop(&new);
	return 0;
}

void
rekey_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	static const char *parts[PARTS];
	struct slot s = *k->c->slot;
	const char *part = NULL;
	struct fault fault;
	size_t n = 0;

	if (fields_num(&f->body, "since", 0) != k->c->info.since ||
	    k->state != OWNED) {
		reply_last(k, cl, FRAME_AGAIN);
		return;
	}
	while ((part = fields_next(&f->body, "key", part))) {
		if (n == PARTS) {
			reply_refuse(k, cl, EXIT_SYSTEM, "the key has too"
			    " many parts");
			return;
		}
		parts[n++] = part;
	}
	s.key = parts;
	s.nkey = n;
	slot_name(&s);
	if (rekey(k, &s, &fault) < 0) {
		reply_refuse(k, cl, fault.code, fault.line);
		return;
	}
	/* Who waits for his turn, or for the slot, meant the old key. */
	reply_again(k, cl);
	reply_done(k, cl, 0);
}

void
forget_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	struct fault fault;

	if (fields_num(&f->body, "since", 0) != k->c->info.since) {
		reply_last(k, cl, FRAME_ENDED); /* that one is over */
		return;
	}
	/* First: where it cannot be, the instance is still kept. */
	if (k->state != VACANT && folder_remove(k->c->root, k->c->slot->name,
	    k->c->folder, k->c->lock) < 0) {
		fault_errno(&fault, fault_state(errno), errno, "cannot remove"
		    " the slot of ", k->c->info.app, NULL);
		reply_refuse(k, cl, fault.code, fault.line);
		return;
	}
	/* It is told as those are who watch for the end. */
	client_stage(k, cl, WATCHING);
	tenure_release(k);
}
