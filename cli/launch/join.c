/*
 * join.c: a launch that waits for the end of the instance, and ends as it did.
 *
 * It never starts anything.  A keeper that is killed meanwhile is given to the
 * instance anew; where the instance has ended in between, nobody can know its
 * status any more, and that is an error.
 */
#include <errno.h>

#include "cli/clock.h"
#include "cli/early/gate.h"
#include "cli/io.h"
#include "cli/launch/join.h"
#include "cli/meet/words.h"
#include "cli/proc.h"
#include "cli/say.h"
#include "cli/wire/ask.h"
#include "preload/contract.h"

struct join {
	struct launch *l;
	int fd;
	long long since;    /* of the instance; 0: whichever it is */
	long long deadline; /* clock_now; 0: none */
	long long said;     /* when to say for whom we wait; 0: done */
	char who[WORDS_INSTANCE];
};

static int
status_take(struct join *j, const struct fields *b, int *status,
    struct fault *f)
{
	int ended = (int)fields_num(b, "status", -1);

	if (ended < 0)
		return fault_set(f, EXIT_NOANSWER, j->l->place.slot.app, " has"
		    " ended, and its status cannot be known; before Linux 6.15"
		    " its first launch must be given --join or"
		    " --supervise", NULL);
	*status = proc_status(ended);
	return 0;
}

/* Until something is due, in ms; -1: nothing is. */
static long long
wait_left(const struct join *j)
{
	long long due = j->deadline, now = clock_now();

	if (j->said && (!due || j->said < due))
		due = j->said;
	return !due ? -1 : due > now ? due - now : 0;
}

/* For whom we wait, once.  false: time is up. */
static bool
place_say(struct join *j)
{
	if (j->deadline && clock_now() >= j->deadline)
		return false;
	if (j->said)
		say_note("waiting for ", j->who, " to end", NULL);
	j->said = 0;
	return true;
}

/* Until its end.  DONE, FAILED; AGAIN: the keeper is gone; SLOW. */
static enum hand_result
joined_wait(struct join *j, int *status, struct fault *f)
{
	enum hand_result result = HAND_AGAIN;
	bool accepted = false;
	char storage[4096];
	struct frame reply;
	long long left;
	struct buf b;

	buf_init(&b, storage, sizeof(storage));
	for (;; buf_shift(&b, reply.size)) {
		left = accepted ? wait_left(j) :
		    patience_left(&j->l->meeting.patience);
		switch (sock_recv(j->fd, &b, &reply, (int)left)) {
		case SOCK_OK:
			break;
		case SOCK_SLOW:
			result = HAND_SLOW;
			if (accepted && place_say(j)) {
				reply.size = 0;
				continue;
			}
			if (accepted) {
				fault_set(f, EXIT_BUSY, j->who,
				    " is still running", NULL);
				result = HAND_FAILED;
			}
			goto out;
		default:
			goto out;
		}
		accepted = true;
		switch (reply.type) {
		case FRAME_ACCEPTED:
			j->since = fields_num(&reply.body, "since", 0);
			words_awaited(&reply.body, j->who);
			say_more("waiting for ", j->who, " to end", NULL);
			break;
		case FRAME_ENDED:
			result = status_take(j, &reply.body, status, f) < 0 ?
			    HAND_FAILED : HAND_DONE;
			goto out;
		case FRAME_REFUSED:
			words_refused(&j->l->place, &reply.body, f);
			result = HAND_FAILED;
			goto out;
		default: /* AGAIN */
			goto out;
		}
	}
out:
	buf_free(&b);
	return result;
}

/* Its keeper is gone, and perhaps the instance.  0, with *fd open, or -1. */
static int
joined_meet(struct join *j, struct fault *f)
{
	struct meeting *m = &j->l->meeting;

	switch (meet_instance(m, j->since, &j->fd, f)) {
	case MET_KEEPER:
		return 0;
	case MET_FREE:
		return fault_set(f, EXIT_NOANSWER, m->place->slot.app, " and"
		    " its keeper have ended, and its status cannot be known",
		    NULL);
	default:
		return -1;
	}
}

enum hand_result
join_run(struct launch *l, int fd, int *status, struct fault *f)
{
	struct join j = { .l = l, .fd = fd, .said = say_later() };
	long long met_at;
	enum hand_result r;
	bool known;

	early_gate();
	if (l->o->limit_ms >= 0)
		j.deadline = clock_now() + l->o->limit_ms;
	for (;;) {
		known = j.since;
		met_at = clock_now();
		r = ask_send(j.fd, FRAME_JOIN, l->place.slot.hash, j.since) <
		    0 ? HAND_AGAIN : joined_wait(&j, status, f);
		io_close(&j.fd);
		if (r == HAND_SLOW && known)
			r = words_silent(&l->place, f) < 0 ? HAND_FAILED : r;
		if (r != HAND_AGAIN || !j.since)
			return r; /* nothing was joined yet */
		meet_lost(&l->meeting, met_at);
		if (joined_meet(&j, f) < 0)
			return HAND_FAILED;
	}
}
