/*
 * close_windows.c: ask the windows of the instance to close, and watch the
 * result, by helpers (onlyone-raise) that run beside the loop.
 *
 * The first helper asks, the second waits for a question to the user, the third
 * for the user's answer.  The helpers keep what they know in properties of the
 * windows: if one is killed, another can go on.
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/core/keeper/client.h"
#include "cli/core/keeper/close_windows.h"
#include "cli/core/keeper/helper.h"
#include "cli/core/keeper/queue.h"
#include "cli/core/keeper/reply.h"
#include "cli/core/keeper/state.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/windows/outcome.h"
#include "cli/core/slot/owner.h"

enum { TRIES = 5 }; /* restarts of failed helpers */

static void
closing_tell(struct keeper *k, enum closed status)
{
	struct client *cl = NULL;

	while ((cl = client_at(k, CLOSING, cl)))
		reply_done(k, cl, (int)status);
}

/* Set the result, and tell the launches in line of a question. */
static void
closing_know(struct keeper *k, enum closed status)
{
	bool asks = status == CLOSED_QUESTION;

	k->closing.status = status;
	/* The user declined: the instance need not end any more. */
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
	pid_t pid;

	if (step == CLOSING_WATCH && k->closing.words <= 0)
		k->closing.words = memfd_create("onlyone", MFD_CLOEXEC);
	pid = helper_close(k, step);
	k->closing.pid = pid > 0 ? pid : 0;
	k->closing.step = pid > 0 ? step : CLOSING_OVER;
	point("close-started");
	return pid > 0;
}

/* Take the title of the question: the first line of the helper's output. */
static void
title_take(struct closing *c)
{
	ssize_t n = c->words <= 0 ? 0 :
	    pread(c->words, c->title, sizeof(c->title) - 1, 0);

	if (c->words > 0)
		close(c->words);
	c->words = 0;
	c->title[n > 0 ? n : 0] = '\0';
	c->title[strcspn(c->title, "\n")] = '\0';
}

/* Run a failed helper again, unless that was done too often. */
static bool
helper_again(struct keeper *k, int status)
{
	struct closing *c = &k->closing;

	return helper_outcome(status) != OUTCOME_ABSENT &&
	    c->tries++ < TRIES && helper_begin(k, c->step);
}

/* Continue a stopped owner: it could neither close windows nor ask its user. */
static void
owner_go(const struct keeper *k)
{
	const struct info *i = &k->c->info;

	if (!k->tenure.unseen && proc_state(i->owner.pid) == 'T')
		owner_signal(k->c->pidfd, SIGCONT);
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
	owner_go(k);
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
		client_stage(cl, CLOSING);
	else
		reply_done(k, cl, (int)c->status);
}

/* The helper that asks the windows has ended. */
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

/* The helper that waited for a question, or an answer, has ended. */
static void
awaited(struct keeper *k, int status)
{
	enum closed what = CLOSED_ASKED;

	switch (helper_outcome(status)) {
	case OUTCOME_RAISED:
		break;
	case OUTCOME_QUESTION:
		title_take(&k->closing);
		closing_know(k, CLOSED_QUESTION);
		if (helper_begin(k, CLOSING_ANSWER))
			return;
		what = CLOSED_REFUSED; /* no helper waits for an answer */
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
	title_take(&k->closing);
	k->closing = (struct closing){ 0 };
	closing_tell(k, CLOSED_NONE);
}
