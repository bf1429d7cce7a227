/*
 * join.c: a launch that waits for the end of the instance, and ends as it did.
 *
 * It never starts anything.  A keeper that is killed meanwhile is given to the
 * instance anew; where the instance has ended in between, nobody can know its
 * status any more, and that is an error.
 */
#include <errno.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/launch/launch.h"
#include "cli/proc.h"
#include "cli/say.h"
#include "cli/slot/moved.h"
#include "cli/wire/ask.h"
#include "preload/contract.h"

struct join {
	struct launch *l;
	int fd;
	int answer_ms;      /* for a keeper to answer */
	long long since;    /* of the instance; 0: whichever it is */
	long long deadline; /* clock_now; 0: none */
	long long said;     /* when to say for whom we wait; 0: done */
	char who[NAME_SHOWN + 128];
};

static int
status_take(struct join *j, const struct fields *b, int *status,
    struct fault *f)
{
	int ended = (int)fields_num(b, "status", -1);

	if (ended < 0)
		return fault_set(f, EXIT_NOANSWER, j->l->slot.app, " has ended,"
		    " and its status cannot be known; before Linux 6.15 its"
		    " first launch must say --join or --supervise", NULL);
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
ended_wait(struct join *j, int *status, struct fault *f)
{
	enum hand_result result = HAND_AGAIN;
	bool accepted = false;
	char storage[4096];
	struct frame reply;
	long long left;
	struct buf b;

	buf_init(&b, storage, sizeof(storage));
	for (;; buf_shift(&b, reply.size)) {
		left = accepted ? wait_left(j) : j->answer_ms;
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
				fault_set(f, j->l->o->busy_code, j->who,
				    " is still running", NULL);
				result = HAND_FAILED;
			}
			goto out;
		default:
			goto out;
		}
		accepted = true;
		j->l->met = true;
		switch (reply.type) {
		case FRAME_ACCEPTED:
			j->since = fields_num(&reply.body, "since", 0);
			hand_instance_text(&reply.body, j->who,
			    sizeof(j->who));
			say_more("waiting for ", j->who, " to end", NULL);
			break;
		case FRAME_ENDED:
			result = status_take(j, &reply.body, status, f) < 0 ?
			    HAND_FAILED : HAND_DONE;
			goto out;
		case FRAME_REFUSED:
			hand_refused(j->l, &reply.body, f);
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

enum hand_result
join_instance(struct launch *l, int ms, int *status, struct fault *f)
{
	struct join j = { .l = l, .answer_ms = ms };
	enum sock_result met;
	enum hand_result r;
	struct tries t;

	tries_begin(&t);
	j.said = say_later();
	if (l->o->limit_ms >= 0)
		j.deadline = clock_now() + l->o->limit_ms;
	for (;;) {
		met = ask_connect(l->folder, ms, &j.fd);
		if (met != SOCK_OK)
			r = hand_unmet(met, f);
		else if (ask_send(j.fd, FRAME_JOIN, l->slot.hash,
		    j.since) < 0)
			r = HAND_AGAIN;
		else
			r = ended_wait(&j, status, f);
		io_close(&j.fd);
		if (r != HAND_AGAIN && r != HAND_NOBODY)
			return r;
		if (met == SOCK_OK) /* somebody kept it until now */
			tries_begin(&t);
		else if (!tries_left(&t))
			return launch_silent(l, f) < 0 ? HAND_FAILED : r;
		if (!j.since)
			return r; /* nothing was joined yet */
		switch (revive(&l->root, &l->slot, f)) {
		case REVIVE_FAILED:
			return HAND_FAILED;
		case REVIVE_NOBODY:
			if (moved_find(&l->root, &l->slot, j.since) == 1) {
				root_folder(&l->root, l->slot.name, l->folder);
				break;
			}
			fault_set(f, EXIT_NOANSWER, l->slot.app, " and its"
			    " keeper have ended, and its status cannot be"
			    " known", NULL);
			return HAND_FAILED;
		default:
			break;
		}
	}
}
