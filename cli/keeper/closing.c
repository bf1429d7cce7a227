/*
 * closing.c: ask the windows of the instance to close, and see what comes of
 * it: by helpers, onlyone-raise, which run beside the loop.
 *
 * One asks, the next one waits for a question to its user, and the one after
 * that for the answer.  What they know is on the windows themselves, so that
 * another one can take the place of one that is killed.
 */
#include <sys/wait.h>

#include <signal.h>

#include "cli/keeper/client.h"
#include "cli/keeper/closing.h"
#include "cli/keeper/helper.h"
#include "cli/keeper/line.h"
#include "cli/keeper/reply.h"
#include "cli/keeper/state.h"
#include "cli/points.h"
#include "cli/raise/outcome.h"

enum { TRIES = 5 }; /* of helpers that are killed, or lose their display */

static void
closing_tell(struct keeper *k, enum closed status)
{
	struct client *cl = NULL;

	while ((cl = client_next(k, cl))) {
		if (cl->stage == CLOSING)
			reply_done(k, cl, (int)status);
	}
}

/* What is known now.  Who waits for the slot hears of questions. */
static void
closing_know(struct keeper *k, enum closed status)
{
	bool asks = status == CLOSED_QUESTION;

	k->closing.status = status;
	/* It goes on, as if nobody had wanted it to end. */
	if (status == CLOSED_REFUSED && k->state == OWNED)
		k->tenure.ending = false;
	if (asks != k->closing.asks) {
		k->closing.asks = asks;
		line_asks(k);
	}
}

static bool
helper_begin(struct keeper *k, enum closing_step step)
{
	pid_t pid = helper_close(k, step);

	k->closing.pid = pid > 0 ? pid : 0;
	k->closing.step = pid > 0 ? step : CLOSING_OVER;
	point("close-started");
	return pid > 0;
}

/* Again, unless it has been tried too often. */
static bool
helper_again(struct keeper *k, int status)
{
	struct closing *c = &k->closing;

	return helper_outcome(status) != OUTCOME_ABSENT &&
	    c->tries++ < TRIES && helper_begin(k, c->step);
}

bool
closing_start(struct keeper *k)
{
	struct closing *c = &k->closing;

	if (c->pid && c->step != CLOSING_WATCH)
		return true;
	if (!helper_sees(k)) {
		closing_know(k, CLOSED_NONE);
		return false;
	}
	if (c->pid)
		kill(c->pid, SIGTERM);
	c->tries = 0;
	closing_know(k, CLOSED_ASKED);
	return helper_begin(k, CLOSING_ASK);
}

void
closing_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	struct closing *c = &k->closing;
	bool look = fields_num(&f->body, "look", 0) == 1 &&
	    c->step != CLOSING_NOT;

	if (k->state != OWNED || (!look && !closing_start(k)))
		reply_done(k, cl, CLOSED_NONE);
	else if (c->step == CLOSING_ASK)
		client_stage(k, cl, CLOSING);
	else
		reply_done(k, cl, (int)c->status);
}

/* It was to ask. */
static void
asked(struct keeper *k, int status)
{
	enum closed what = CLOSED_NONE;

	switch (helper_outcome(status)) {
	case OUTCOME_RAISED:
		what = CLOSED_ASKED;
		break;
	case OUTCOME_FORBIDDEN:
		what = CLOSED_MUTE;
		break;
	default:
		if (WIFSIGNALED(status) && helper_again(k, status))
			return;
		break;
	}
	closing_know(k, what);
	k->closing.step = CLOSING_OVER;
	if (what == CLOSED_ASKED)
		helper_begin(k, CLOSING_WATCH);
	closing_tell(k, what);
}

/* It was to wait for a question, or an answer. */
static void
awaited(struct keeper *k, int status)
{
	enum closed what = CLOSED_ASKED;

	switch (helper_outcome(status)) {
	case OUTCOME_RAISED:
		break;
	case OUTCOME_QUESTION:
		closing_know(k, CLOSED_QUESTION);
		if (helper_begin(k, CLOSING_ANSWER))
			return;
		what = CLOSED_REFUSED; /* for what we can tell */
		break;
	case OUTCOME_REFUSED:
		what = CLOSED_REFUSED;
		break;
	default:
		if (helper_again(k, status))
			return;
		if (k->closing.step == CLOSING_ANSWER)
			what = CLOSED_REFUSED;
		break;
	}
	k->closing.step = CLOSING_OVER;
	closing_know(k, what);
}

bool
closing_reap(struct keeper *k, pid_t pid, int status)
{
	if (pid != k->closing.pid)
		return false;
	k->closing.pid = 0;
	if (k->closing.step == CLOSING_ASK)
		asked(k, status);
	else
		awaited(k, status);
	return true;
}

void
closing_end(struct keeper *k)
{
	if (k->closing.pid)
		kill(k->closing.pid, SIGTERM);
	k->closing = (struct closing){ 0 };
	closing_tell(k, CLOSED_NONE);
}
