/*
 * max_instances.c: --max: several instances of one key.
 *
 * Each has a slot, with index 0 to N - 1.  A launch claims the lowest free
 * slot; if all are taken, it goes to the most recently used instance (a job: to
 * one with the same command), or, with --replace, to the least recently used.
 * If another launch wins the claim, the next index is tried, so that two
 * launches get two instances.
 */

#include "cli/base/io.h"
#include "cli/core/launch/locked.h"
#include "cli/core/launch/max_instances.h"
#include "cli/core/launch/parts.h"
#include "cli/core/launch/running.h"
#include "cli/core/launch/start.h"
#include "cli/core/launch/unrun.h"
#include "cli/core/launch/wait.h"
#include "cli/core/meet/hand.h"
#include "cli/core/meet/holds.h"
#include "cli/core/meet/meet.h"
#include "cli/core/meet/messages.h"
#include "cli/core/wire/ask.h"

enum { ANSWER_MS = 1000, LOOKS = 20 };

/* Start in the first free slot.  1: *status is set; 0: none is free, or our
 * patience has ended; -1: fault. */
static int
free_start(struct launch *l, int *status, struct fault *f)
{
	struct patience *patience = &l->meeting.patience;
	enum started started;
	int fd, looks = 0;

	for (int i = 0; i < l->o->max &&
	    patience_look(patience, &l->place); i++) {
		if (place_index(&l->place, i, f) < 0)
			return -1;
		switch (meet_once(&l->meeting, ANSWER_MS, &fd, f)) {
		case MET_KEEPER:
			io_close(&fd);
			looks = 0;
			break;
		case MET_LOCKED:
		case MET_ELSEWHERE:
			looks = 0;
			break;
		case MET_SLOW:
			break;
		case MET_FREE:
			started = start_run(l, status, f);
			if (started == START_LOCKED)
				*status = locked_end(l, l->lock.path, f);
			if (started != START_AGAIN)
				return started == START_FAILED ||
				    *status < 0 ? -1 : 1;
			i--; /* the slot is still free */
			break;
		case MET_BUSY:
			/* A launch is claiming it: a keeper may come soon. */
			patience_pause(patience);
			if (looks++ < LOOKS)
				i--;
			else
				looks = 0;
			break;
		case MET_AGAIN:
			patience_pause(patience);
			i--;
			break;
		default:
			return -1;
		}
	}
	return 0;
}

/* Rank the instances for this launch: first one with its command, then the one
 * used last. */
static long long
rank_of(const struct launch *l, const struct fields *b, long long used)
{
	return running_same(l, b) ? used : used - LLONG_MAX;
}

/* Whether, by the locks, each slot has an instance.  Then the meeting is left
 * at the best one. */
static bool
all_locked(struct launch *l)
{
	const struct info *i = &l->meeting.claim.info;
	long long rank, best = LLONG_MIN;
	struct fault f;
	int last = 0;

	for (int k = 0; l->meeting.asks_lock && k < l->o->max; k++) {
		if (place_index(&l->place, k, &f) < 0 ||
		    !meet_locked(&l->meeting))
			return false;
		rank = rank_of(l, &i->all, i->used);
		if (rank > best) {
			best = rank;
			last = k;
		}
	}
	return l->meeting.asks_lock &&
	    place_index(&l->place, last, &f) == 0 && meet_locked(&l->meeting);
}

/* The index of the best instance that answers, or of the least recently used
 * (l->replaced); -1: none answers. back: try this one first, which may have our
 * activation; -1: none. *ending: an instance has ended, and its slot may be
 * free soon. */
static int
used_find(struct launch *l, bool longest_ago, int back, bool *ending,
    struct fault *f)
{
	struct place *p = &l->place;
	long long used, rank, best = LLONG_MIN;
	struct frame reply;
	struct buf b = { 0 };
	bool odd = false;
	int last = -1;

	*ending = false;
	for (int i = 0; i < l->o->max; i++) {
		if (place_index(p, i, f) < 0 || ask_state(p->folder,
		    p->slot.hash, ANSWER_MS, &b, &reply) != SOCK_OK)
			continue;
		*ending |= holds_told(&reply.body) == HOLDS_ENDING;
		used = fields_range(&reply.body, "used", 0, LLONG_MAX, 0, &odd);
		rank = i == back ? LLONG_MAX : longest_ago ? -used :
		    rank_of(l, &reply.body, used);
		if (rank > best) {
			best = rank;
			last = i;
			l->replaced = fields_num(&reply.body, "since", 0);
		}
	}
	buf_free(&b);
	return last;
}

enum hand_result
max_try(struct launch *l, int *status, struct fault *f)
{
	int fd, index;
	bool ending;

	if (all_locked(l))
		return running_try(l, status, f);
	for (int i = 0; i < l->o->max; i++) {
		if (place_index(&l->place, i, f) < 0)
			return HAND_FAILED;
		if (ask_connect(l->place.folder, PATIENCE_MS, &fd) != SOCK_OK)
			return HAND_NOBODY;
		io_close(&fd);
	}
	index = used_find(l, false, -1, &ending, f);
	if (index < 0)
		return HAND_NOBODY;
	return place_index(&l->place, index, f) < 0 ? HAND_FAILED :
	    running_try(l, status, f);
}

int
max_run(struct launch *l, struct fault *f)
{
	bool replace = policy_of(l->o)->flags & POLICY_ENDS;
	struct patience *patience = &l->meeting.patience;
	enum hand_result hand;
	int status = -1, index, back = -1, fd, r, looks = 0;
	bool ending;

	/* Get in line for all slots: the first free one is ours. */
	if (policy_of(l->o)->meets == MEETS_WAITS && !replace)
		return wait_run(l, 0, l->o->max, f);
	patience_begin(patience);
	while (patience_look(patience, &l->place)) {
		if (all_locked(l))
			return running_locked(l, &status, f) == HAND_DONE ?
			    status : -1;
		r = free_start(l, &status, f);
		if (r)
			return r < 0 ? -1 : status;
		index = used_find(l, replace, back, &ending, f);
		if (ending && looks++ < LOOKS) {
			patience_pause(patience);
			continue;
		}
		if (index < 0 && l->meeting.elsewhere)
			return unrun_elsewhere(l, f);
		if (index >= 0) {
			if (place_index(&l->place, index, f) < 0)
				return -1;
			hand = HAND_AGAIN; /* if not reached: it may have just
			                    * ended */
			if (replace)
				hand = wait_replace(l, &status, f);
			else if (ask_connect(l->place.folder,
			    patience_left(patience), &fd) == SOCK_OK)
				hand = running_hand(l, fd, &status, f);
			if (hand == HAND_DONE)
				return status;
			if (hand == HAND_FAILED)
				return -1;
			if (hand == HAND_BACK) {
				back = index;
				patience_renew(patience);
			}
		}
		patience_pause(patience);
	}
	words_not_responding(&l->place, f);
	return unrun_failed(l, f);
}
