/*
 * counted.c: --max: several instances of one key.
 *
 * Each has a slot, of index 0 to N - 1.  The lowest one that nobody lives in
 * is claimed; where all are taken, the launch is for the instance that was
 * used last, or, to replace one, longest ago.  A claim may be lost to another
 * launch at the same moment: then the next index has its turn, and so two
 * launches get two instances.
 */
#include <errno.h>

#include "cli/io.h"
#include "cli/launch/launch.h"
#include "cli/wire/ask.h"
#include "preload/contract.h"

enum { ANSWER_MS = 1000, LOOKS = 20 };

/* Claim the first free index.  1: *status; 0: none is free, or not for
 * long; -1: fault. */
static int
free_claim(struct launch *l, struct tries *t, int *status, struct fault *f)
{
	int fd, looks = 0;

	for (int i = 0; i < l->o->max; i++) {
		if (launch_index(l, i, f) < 0)
			return -1;
		switch (ask_connect(l->folder, ANSWER_MS, &fd)) {
		case SOCK_OK:
			io_close(&fd);
			looks = 0;
			continue;
		case SOCK_SLOW:
			continue;
		case SOCK_FAILED:
			return fault_errno(f, EXIT_SYSTEM, errno,
			    "cannot connect", NULL);
		case SOCK_NOBODY:
			break;
		}
		switch (launch_claim(l, t, false, 0, status, f)) {
		case CLAIMED_FAILED:
			return -1;
		case CLAIMED_ENDED:
			return 1;
		case CLAIMED_NOT:
			i--; /* as free as before */
			break;
		case CLAIMED_BUSY:
			/* Its keeper may be about to be born. */
			if (looks++ < LOOKS) {
				tries_pause(t);
				i--;
			} else {
				looks = 0;
			}
			break;
		default: /* revived: it answers soon */
			tries_pause(t);
			i--;
			break;
		}
		if (!tries_left(t))
			break;
	}
	return 0;
}

/* The index of the instance that was used last, or longest ago; -1: none
 * answers. */
static int
used_find(struct launch *l, bool longest_ago, struct fault *f)
{
	long long used, best = -1;
	struct frame reply;
	struct buf b;
	int last = -1;

	buf_init(&b, NULL, 0);
	for (int i = 0; i < l->o->max; i++) {
		if (launch_index(l, i, f) < 0 || ask_state(l->folder,
		    l->slot.hash, ANSWER_MS, &b, &reply) != SOCK_OK)
			continue;
		used = fields_num(&reply.body, "used", 0);
		if (best < 0 || (longest_ago ? used < best : used > best)) {
			best = used;
			last = i;
		}
	}
	buf_free(&b);
	return last;
}

enum hand_result
counted_hand(struct launch *l, int ms, int *status, struct fault *f)
{
	int fd, index;

	for (int i = 0; i < l->o->max; i++) {
		if (launch_index(l, i, f) < 0)
			return HAND_FAILED;
		if (ask_connect(l->folder, ms, &fd) != SOCK_OK)
			return HAND_NOBODY;
		io_close(&fd);
	}
	index = used_find(l, false, f);
	if (index < 0)
		return HAND_NOBODY;
	return launch_index(l, index, f) < 0 ? HAND_FAILED :
	    hand_over(l, ms, status, f);
}

int
counted_run(struct launch *l, struct fault *f)
{
	bool replace = l->o->policy == POLICY_REPLACE;
	struct tries t;
	int status = -1, index, left, r;

	/* In line for all of them: the first that becomes free is ours. */
	if (l->o->policy == POLICY_WAIT || l->o->policy == POLICY_QUEUE)
		return wait_run(l, 0, l->o->max, f);
	tries_begin(&t);
	while ((left = tries_left(&t))) {
		r = free_claim(l, &t, &status, f);
		if (r)
			return r < 0 ? -1 : status;
		index = used_find(l, replace, f);
		if (index >= 0 && replace)
			return wait_run(l, index, 1, f);
		if (index >= 0) {
			if (launch_index(l, index, f) < 0)
				return -1;
			switch (hand_over(l, left, &status, f)) {
			case HAND_DONE:
				return status;
			case HAND_FAILED:
				return -1;
			case HAND_BACK:
				tries_renew(&t);
				break;
			default:
				break; /* it has just ended: look again */
			}
		}
		tries_pause(&t);
		/* Where our files were swept the root may be another. */
		if (!l->root.given && root_find(&l->root, f) < 0)
			return -1;
	}
	return launch_silent(l, f);
}
