/*
 * wait.c: a launch that waits for the slot: --wait, --queue, --replace.
 *
 * It keeps one connection to the keeper, with the time at which it came.  When
 * its turn comes it is offered the slot (offer.h).  A keeper that is killed
 * meanwhile is found again, or given to the owner anew; where the owner has
 * ended as well, a keeper without an owner collects all that waited, so that
 * they keep their order.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "cli/clock.h"
#include "cli/early/gate.h"
#include "cli/io.h"
#include "cli/launch/leased.h"
#include "cli/launch/line.h"
#include "cli/launch/line_words.h"
#include "cli/launch/locked.h"
#include "cli/launch/offer.h"
#include "cli/launch/start.h"
#include "cli/launch/wait.h"
#include "cli/meet/words.h"
#include "cli/say.h"
#include "cli/slot/lockfile.h"
#include "cli/wire/sock.h"

enum { ANSWER_MS = 5000 }; /* for a keeper to answer what it must at once */

struct waiting {
	struct launch *l;
	struct errand errand;
	struct offer offer;
	struct lines lines; /* one for each index */
	struct pollfd *polled; /* one for each line, and one more */
	long long deadline; /* clock_now; 0: none */
	long long said;     /* when to say what is waited for; 0: done */
	bool asked;  /* we heard that whom we replace asks its user something */
	int status;  /* with STEP_ENDED: the launch's */
};

/* What came of a step. */
enum step {
	STEP_FAILED = -1, /* fault */
	STEP_ON,          /* go on waiting */
	STEP_ENDED        /* that was all */
};

/* A question takes as long as its user does, where he has not said how long we
 * wait; and who waits for it is told. */
static void
question_heed(struct waiting *w, const struct line *line)
{
	const struct options *o = w->l->o;

	if (o->policy != POLICY_REPLACE || w->asked == line->asks)
		return;
	w->asked = line->asks;
	if (w->asked && say_later())
		say_note(line->who, " asks its user something: unsaved work?",
		    NULL);
	if (!o->limited && o->terms.kill_ms < 0)
		w->deadline = w->asked ? 0 : clock_now() + o->limit_ms;
}

/* The slot is ours: we are in line no more. */
static enum step
slot_take(struct waiting *w, struct fault *f)
{
	lines_close(&w->lines);
	return offer_go(&w->offer, &w->status, f) < 0 ? STEP_FAILED :
	    STEP_ENDED;
}

static void
line_lose(struct waiting *w, struct line *line)
{
	io_close(&line->fd);
	/* However long it stood there: the next keeper has all the time. */
	if (line->accepted)
		patience_begin(&w->l->meeting.patience);
	line->accepted = line->asks = false;
	line->in.len = 0;
	offer_drop(&w->offer);
}

/* Another host has the key: until it may be free. */
static enum step
elsewhere_wait(struct waiting *w, struct fault *f)
{
	struct launch *l = w->l;

	if (leased_wait(l, w->deadline, f) < 0)
		return STEP_FAILED;
	/* That was no keeper's silence. */
	patience_begin(&l->meeting.patience);
	return STEP_ON;
}

/* The slot is offered. */
static enum step
offered_take(struct waiting *w, struct line *line, struct fault *f)
{
	enum offered r = offer_take(&w->offer, line->fd, f);

	if (r == OFFER_FAILED)
		return STEP_FAILED;
	if (r == OFFER_ELSEWHERE) {
		/* It goes to whoever is next, or becomes free. */
		io_close(&line->fd);
		if (elsewhere_wait(w, f) == STEP_FAILED)
			return STEP_FAILED;
	}
	if (r != OFFER_TAKEN)
		line_lose(w, line);
	return STEP_ON;
}

/* One message of a keeper. */
static enum step
reply_take(struct waiting *w, struct line *line, struct fault *f)
{
	struct place *place = &w->l->place;
	enum step step = STEP_ON;
	struct frame reply;
	char pid[24];

	/* With GO comes the lock file. */
	switch (sock_recv_fd(line->fd, &line->in, &reply, ANSWER_MS,
	    &w->l->lock.file)) {
	case SOCK_OK:
		break;
	case SOCK_SLOW:
		if (!line->accepted) {
			words_silent(place, f);
			return STEP_FAILED;
		}
		/* fall through */
	default:
		line_lose(w, line); /* its keeper is gone */
		return STEP_ON;
	}
	w->l->meeting.seen = true;
	switch (reply.type) {
	case FRAME_ACCEPTED:
		if (line_accepted(line, &reply.body) && !w->said)
			w->said = say_later();
		question_heed(w, line);
		patience_begin(&w->l->meeting.patience);
		w->offer.queued = true;
		break;
	case FRAME_OFFER:
		if (place_index(place, line->index, f) < 0)
			step = STEP_FAILED;
		else
			step = offered_take(w, line, f);
		break;
	case FRAME_GO:
		step = place_index(place, line->index, f) < 0 ? STEP_FAILED :
		    slot_take(w, f);
		break;
	case FRAME_DONE: /* covered by another one */
		say_num(pid, fields_num(&reply.body, "covered", 0));
		say_note(place->slot.app, ": an identical launch is queued"
		    " already, pid ", pid, NULL);
		w->status = 0;
		step = STEP_ENDED;
		break;
	case FRAME_REFUSED:
		words_refused(place, &reply.body, f);
		step = STEP_FAILED;
		break;
	default: /* AGAIN */
		line_lose(w, line);
		break;
	}
	if (line->in.len)
		buf_shift(&line->in, reply.size);
	return step;
}

/* Nobody lives in this slot: the claim is ours. */
static enum step
free_take(struct waiting *w, struct fault *f)
{
	struct launch *l = w->l;

	if (w->offer.queued)
		return meet_vacant(&l->meeting, f) < 0 ? STEP_FAILED : STEP_ON;
	switch (start_run(l, &w->status, f)) {
	case START_ENDED:
		return STEP_ENDED;
	case START_AGAIN:
		return STEP_ON;
	case START_ELSEWHERE:
		return elsewhere_wait(w, f);
	case START_LOCKED:
		if (locked_wait(l, w->deadline, f) < 0)
			return STEP_FAILED;
		/* That was no keeper's silence. */
		patience_begin(&l->meeting.patience);
		return STEP_ON;
	default:
		return STEP_FAILED;
	}
}

/* Get in line where we are not. */
static enum step
line_join(struct waiting *w, struct line *line, struct fault *f)
{
	struct launch *l = w->l;
	struct patience *patience = &l->meeting.patience;
	enum met met;

	if (place_index(&l->place, line->index, f) < 0)
		return STEP_FAILED;
	met = meet_once(&l->meeting, patience_left(patience), &line->fd, f);
	if (met != MET_FREE && met != MET_SLOW)
		lockfile_release(&l->lock.file); /* waited for in vain */
	switch (met) {
	case MET_KEEPER:
		if (line_ask(&w->errand, l->meeting.offered, line->fd) < 0)
			io_close(&line->fd);
		return STEP_ON;
	case MET_FREE:
		return free_take(w, f);
	case MET_OURS:
		return slot_take(w, f);
	case MET_BUSY:
		patience_pause(patience);
		return STEP_ON;
	case MET_FAILED:
		return STEP_FAILED;
	default:
		return STEP_ON; /* until the patience is spent */
	}
}

/* How long until something is to be done without a message; -1: for ever. */
static int
lines_limit(const struct waiting *w)
{
	long long due = w->deadline, now = clock_now();
	long long patience = patience_end(&w->l->meeting.patience);

	if (w->said && (!due || w->said < due))
		due = w->said;
	for (int i = 0; i < w->lines.n; i++) {
		const struct line *line = &w->lines.at[i];

		if (line->fd < 0)
			return 0; /* there may be a keeper by now */
		/* It has to answer at once; or there is nobody yet. */
		if (!line->accepted && (!due || patience < due))
			due = patience;
	}
	if (!due)
		return -1;
	return due > now ? (int)(due - now) : 0;
}

/* Sleep until some keeper says something, and take that. */
static enum step
lines_take(struct waiting *w, struct fault *f)
{
	struct lines *lines = &w->lines;
	struct pollfd *p = w->polled, *held = p + lines->n;
	enum step step = STEP_ON;

	for (int i = 0; i < lines->n; i++)
		p[i] = (struct pollfd){ lines->at[i].fd, POLLIN, 0 };
	*held = (struct pollfd){ w->l->held.pid ? w->l->held.pidfd : -1,
		POLLIN, 0 };
	if (io_poll(p, (size_t)lines->n + 1, lines_limit(w)) < 0)
		return STEP_ON;
	if (held->revents) {
		start_held_ended(w->l, f);
		return STEP_FAILED;
	}
	for (int i = 0; i < lines->n && step == STEP_ON; i++) {
		/* Several may have come together. */
		if (p[i].revents)
			do
				step = reply_take(w, &lines->at[i], f);
			while (step == STEP_ON && lines->at[i].in.len);
	}
	if (step == STEP_ON && w->said && clock_now() >= w->said) {
		w->said = 0;
		line_words_place(lines);
	}
	return step;
}

/* Whether that takes too long. */
static enum step
limits_look(struct waiting *w, struct fault *f)
{
	struct launch *l = w->l;
	bool silent = true;

	if (w->deadline && clock_now() >= w->deadline) {
		line_words_busy(&w->lines, l, f);
		return STEP_FAILED;
	}
	if (patience_left(&l->meeting.patience))
		return STEP_ON;
	for (int i = 0; i < w->lines.n; i++)
		silent &= !w->lines.at[i].accepted;
	if (silent) {
		words_silent(&l->place, f);
		return STEP_FAILED;
	}
	patience_begin(&l->meeting.patience);
	return STEP_ON;
}

/* As wait_run. */
static int
lines_run(struct waiting *w, struct fault *f)
{
	struct lines *lines = &w->lines;
	enum step step = STEP_ON;

	if (offer_begin(&w->offer, w->l, f) < 0)
		return -1;
	patience_begin(&w->l->meeting.patience);
	while (step == STEP_ON) {
		for (int i = 0; i < lines->n && step == STEP_ON; i++) {
			if (lines->at[i].fd < 0)
				step = line_join(w, &lines->at[i], f);
		}
		if (step == STEP_ON)
			step = lines_take(w, f);
		if (step == STEP_ON)
			step = limits_look(w, f);
	}
	return step == STEP_ENDED ? w->status : -1;
}

int
wait_run(struct launch *l, int first, int n, struct fault *f)
{
	struct waiting w = { .l = l, .lines.n = n };
	struct buf room;
	int r;

	early_gate();
	buf_init(&room, NULL, 0);
	if (buf_room(&room, (size_t)n * sizeof(*w.lines.at) +
	    (size_t)(n + 1) * sizeof(*w.polled)) < 0)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot wait",
		    NULL);
	w.lines.at = (struct line *)(void *)room.at;
	w.polled = (struct pollfd *)(void *)(w.lines.at + n);
	for (int i = 0; i < n; i++)
		w.lines.at[i] = (struct line){ .fd = -1, .index = first + i };
	errand_draw(&w.errand, l);
	if (l->o->limit_ms >= 0)
		w.deadline = clock_now() + l->o->limit_ms;
	w.said = say_later();
	r = lines_run(&w, f);
	lines_close(&w.lines);
	if (r < 0)
		offer_drop(&w.offer);
	buf_free(&room);
	return r;
}
