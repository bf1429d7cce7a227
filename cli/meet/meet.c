/*
 * meet.c: whoever lives in a slot is met; where nobody does, it is claimed.
 */
#include <errno.h>

#include "cli/clock.h"
#include "cli/early/gate.h"
#include "cli/keeper/keeper.h"
#include "cli/meet/meet.h"
#include "cli/meet/words.h"
#include "cli/say.h"
#include "cli/slot/folder.h"
#include "cli/wire/ask.h"
#include "preload/contract.h"

enum {
	ANSWERED_MS = 10, /* a keeper that asks to begin again does so sooner */
	SERVED_MS = 1000  /* one that stays so long is a good one */
};

void
meeting_begin(struct meeting *m, struct place *p)
{
	m->place = p;
	m->offered = 0;
	m->seen = false;
	m->busy_end = 0;
	buf_init(&m->claim.record, m->record, sizeof(m->record));
	patience_begin(&m->patience);
}

void
meeting_end(struct meeting *m)
{
	buf_free(&m->claim.record);
	root_close(&m->place->root);
}

/* An owner lives without a keeper: it gets one. */
static enum met
orphan_revive(struct meeting *m, struct fault *f)
{
	struct claim *c = &m->claim;
	bool ours = m->offered && c->info.owner.pid == m->offered;
	int r;

	m->seen = true;
	if (!patience_revived(&m->patience)) {
		claim_leave(c);
		return fault_set(f, EXIT_NOANSWER, m->place->slot.app,
		    ": its keepers end again and again", NULL);
	}
	say_more("the keeper of ", m->place->slot.app,
	    " was gone; it has a new one", NULL);
	/* Its pidfile may be a new one, or its keeper was killed before it
	 * could say who has been promoted. */
	if (c->info.owner.pid)
		folder_pid_write(c->lock, c->info.owner.pid, false);
	if (claim_adopt(c, f) != CLAIM_ORPHAN)
		return MET_FAILED;
	r = keeper_start(c, KEEPER_REVIVED);
	if (r < 0)
		fault_errno(f, EXIT_SYSTEM, errno, "cannot start a keeper",
		    NULL);
	claim_close(c);
	claim_restore(c);
	return r < 0 ? MET_FAILED : ours ? MET_OURS : MET_AGAIN;
}

/* Nobody answers: FREE with the claim in hand. */
static enum met
claim_meet(struct meeting *m, struct fault *f)
{
	struct place *p = m->place;
	enum met met;

	if (root_open(&p->root, f) < 0)
		return MET_FAILED;
	switch (claim_take(&m->claim, &p->root, &p->slot, f)) {
	case CLAIM_MINE:
		return MET_FREE;
	case CLAIM_ORPHAN:
		met = orphan_revive(m, f);
		break;
	case CLAIM_STRANGER:
	case CLAIM_BUSY:
		met = MET_BUSY;
		break;
	case CLAIM_AGAIN:
		met = MET_AGAIN;
		break;
	default:
		met = MET_FAILED;
		break;
	}
	root_close(&p->root);
	if ((met == MET_BUSY || met == MET_AGAIN) && place_again(p, f) < 0)
		met = MET_FAILED;
	return met;
}

enum met
meet_claim(struct meeting *m, struct fault *f)
{
	enum met met = claim_meet(m, f);

	if (met == MET_FREE) {
		claim_drop(&m->claim);
		root_close(&m->place->root);
	}
	return met;
}

int
meet_vacant(struct meeting *m, struct fault *f)
{
	struct claim *c = &m->claim;

	switch (claim_vacant(c, f)) {
	case CLAIM_MINE:
		break;
	case CLAIM_AGAIN:
		root_close(&m->place->root);
		return place_again(m->place, f);
	default:
		return -1;
	}
	if (keeper_start(c, KEEPER_VACANT) < 0) {
		fault_errno(f, EXIT_SYSTEM, errno, "cannot start a keeper",
		    NULL);
		claim_drop(c);
		return -1;
	}
	claim_restore(c);
	claim_close(c);
	root_close(&m->place->root);
	return 0;
}

enum met
meet_keeper(const struct place *p, int ms, int *fd, struct fault *f)
{
	switch (ask_connect(p->folder, ms, fd)) {
	case SOCK_OK:
		return MET_KEEPER;
	case SOCK_SLOW:
		return MET_SLOW;
	case SOCK_NOBODY:
		return MET_NOBODY;
	default:
		return fault_errno(f, EXIT_SYSTEM, errno, "cannot connect",
		    NULL);
	}
}

enum met
meet_once(struct meeting *m, int ms, int *fd, struct fault *f)
{
	enum met met = meet_keeper(m->place, ms, fd, f);

	return met == MET_NOBODY ? claim_meet(m, f) : met;
}

enum met
meet(struct meeting *m, int *fd, struct fault *f)
{
	enum met met;
	int left;

	while ((left = patience_left(&m->patience))) {
		met = meet_once(m, left, fd, f);
		if (met == MET_BUSY) {
			if (m->busy_end && clock_now() < m->busy_end)
				patience_renew(&m->patience);
			patience_pause(&m->patience);
		} else if (met != MET_SLOW && met != MET_AGAIN) {
			return met;
		}
	}
	return words_silent(m->place, f);
}

void
meet_lost(struct meeting *m, long long met_at)
{
	long long kept = clock_now() - met_at;

	if (kept < ANSWERED_MS)
		patience_pause(&m->patience);
	if (kept >= SERVED_MS)
		patience_begin(&m->patience);
	else
		patience_renew(&m->patience);
}

enum met
meet_instance(struct meeting *m, long long since, int *fd, struct fault *f)
{
	enum met met;

	while ((met = meet(m, fd, f)) == MET_FREE) {
		claim_drop(&m->claim);
		root_close(&m->place->root);
		if (!since)
			break;
		switch (place_follow(m->place, since, f)) {
		case 0:
			return MET_FREE;
		case -1:
			return MET_FAILED;
		default:
			break;
		}
	}
	return met;
}
