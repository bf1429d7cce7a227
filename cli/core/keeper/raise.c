/*
 * raise.c: re-display the instance by a helper process, onlyone-raise, so that
 * the keeper's loop never waits for a display.
 *
 * A launch waits for the helper only if it wants to know the outcome.  Only one
 * helper runs at a time: one more run serves all requests that came meanwhile.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/text.h"
#include "cli/core/keeper/asks.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/graphical.h"
#include "cli/core/keeper/helper.h"
#include "cli/core/keeper/raise.h"
#include "cli/core/keeper/reply.h"
#include "cli/core/keeper/state.h"
#include "cli/core/wire/carried.h"
#include "cli/core/wire/sock.h"
#include "cli/windows/outcome.h"

enum {
	IDS = 64, /* the most that the helper takes */
	GIVEN = 768
};

static void
job_clear(struct raise_job *next)
{
	buf_free(&next->env);
	free(next->document);
	*next = (struct raise_job){ 0 };
}

/* Send the answer that was waiting for the outcome. */
static void
raise_tell(struct keeper *k, struct client *cl, int outcome)
{
	cl->caller.outcome = outcome;
	reply_outcome(k, cl, cl->caller.status, cl->caller.taken);
}

/* The current run has finished: answer the launches that wait for its outcome
 * or an earlier run's. */
static void
run_over(struct keeper *k, int outcome)
{
	struct raise *r = &k->raise;
	struct client *cl = NULL;

	r->pid = 0;
	r->done = r->run;
	r->outcome = outcome;
	while ((cl = client_at(k, RAISED, cl))) {
		if (cl->caller.raise_run <= r->done)
			raise_tell(k, cl, outcome);
	}
	if (outcome == OUTCOME_RAISED)
		graphical_seen(k);
}

/* Start the next run if one is asked for and none is under way. */
static void
run_next(struct keeper *k)
{
	struct raise *r = &k->raise;

	if (r->pid || !r->next.asked)
		return;
	r->pid = helper_raise(k);
	r->run++;
	job_clear(&r->next);
	if (r->pid < 0)
		run_over(k, OUTCOME_FAILED);
}

/* Add this variable of the request's environment to the job.  False: the
 * request has none, or it is not accepted. */
static bool
job_take(struct raise_job *next, struct client *cl, const char *name)
{
	const char *e = helper_env(&cl->caller.request.body, name);

	if (!e || !client_env(cl, e -= strlen(name) + 1))
		return false;
	fields_put(&next->env, "env", e);
	return true;
}

/* The last document of the request, if it has one.  An option's value may be taken
 * for it: no window's title names that. */
static const char *
document_of(const struct fields *body)
{
	const char *arg = NULL, *last = NULL;

	while ((arg = fields_next(body, "arg", arg))) {
		if (*arg != '-' && *arg != '+')
			last = arg;
	}
	return last;
}

/* Add what the helper needs from the request: its display, if no earlier
 * request has given one, its start-up token, to complete the start-up, and which
 * document is to be shown. */
static void
job_add(struct raise_job *next, struct client *cl)
{
	const char *document = document_of(&cl->caller.request.body);
	bool first = !next->env.len;

	free(next->document);
	next->document = document ? strdup(document) : NULL;
	for (size_t n = 0; first && n < CARRIED_DISPLAYS; n++)
		job_take(next, cl, carried_displays[n]);
	if (next->ids < IDS)
		next->ids += job_take(next, cl, STARTUP_ID);
	if (next->ids < IDS)
		next->ids += job_take(next, cl, ACTIVATION_TOKEN);
}

/* Note what this launch hands over, since its request is not kept. */
static void
given_note(struct caller *c)
{
	const struct fields *body = &c->request.body;
	size_t n = asks_own(body);
	struct untaken u = { .n = 0 };
	const char *arg = NULL;
	char said[GIVEN];
	struct text t = text_in(said, sizeof(said));

	while ((arg = fields_next(body, "arg", arg))) {
		if (n)
			n--;
		else
			untaken_add(&u, arg);
	}
	untaken_text(&u, &t); /* ": NAME" */
	c->handed = strdup(u.n ? said + 2 : "");
}

bool
raise_wanted(const struct keeper *k, const struct client *cl)
{
	const char *mode = fields_get(&cl->caller.request.body, "raise");

	return k->c->info.terms.raise != RAISE_NEVER && !k->tenure.unseen &&
	    !(mode && !strcmp(mode, "never"));
}

void
raise_ask(struct keeper *k, struct client *cl, enum raise_why why,
    pid_t after)
{
	const struct fields *body = &cl->caller.request.body;
	struct raise_job *next = &k->raise.next;
	bool known, wanted, untaken, last, say;

	cl->caller.since = k->c->info.since;
	if (!k->c->info.owner.pid)
		return; /* nothing runs yet: the slot is handed over */
	last = why != RAISE_WAITING;
	wanted = raise_wanted(k, cl);
	known = helper_display(NULL) ||
	    (helper_display(body) && client_ours(cl));
	if (wanted && !known && !helper_pane()) {
		cl->caller.outcome = OUTCOME_NO_DISPLAY;
		wanted = false;
	}
	if (!wanted && !(known && helper_env(body, STARTUP_ID)))
		return;
	job_add(next, cl);
	next->asked = true;
	if (k->raise.pid > 0)
		kill(k->raise.pid, SIGUSR1);
	next->wanted |= wanted;
	untaken = why == RAISE_UNTAKEN;
	cl->caller.wants_window = wanted && last && helper_sees(k) &&
	    graphical_now(k);
	if (cl->caller.wants_window && fields_num(body, "notify", 0))
		given_note(&cl->caller);
	next->patient |= cl->caller.wants_window;
	next->untaken |= untaken && !k->c->info.terms.signal &&
	    !cl->caller.wants_window;
	next->after = after;
	say = fields_num(body, "say", 0) == 1 ||
	    (untaken && fields_num(body, "notify", 0) == 1);
	cl->caller.elsewhere = known && helper_elsewhere(body);
	/* A helper that is already running does not know this request: wait for
	 * the next one. */
	if (wanted && last)
		cl->caller.raise_run = k->raise.run + 1;
	cl->caller.wants_outcome = wanted && last &&
	    (say || cl->caller.elsewhere);
	next->say |= cl->caller.wants_outcome;
	run_next(k);
}

void
raise_late(struct keeper *k, struct client *cl)
{
	raise_tell(k, cl, OUTCOME_LATER);
}

void
raise_answer(struct keeper *k, struct client *cl, int status, bool taken)
{
	struct caller *c = &cl->caller;

	c->status = status;
	c->taken = taken;
	if (!c->wants_outcome)
		reply_outcome(k, cl, status, taken);
	else if (c->raise_run <= k->raise.done)
		raise_tell(k, cl, k->raise.outcome);
	else if (k->state == VACANT)
		/* The instance is over: nothing more is raised, and the keeper
		 * exits after its last handler. */
		raise_tell(k, cl, OUTCOME_NO_WINDOW);
	else
		client_stage(cl, RAISED);
}

bool
raise_reap(struct keeper *k, pid_t pid, int status)
{
	if (pid != k->raise.pid)
		return false;
	run_over(k, helper_outcome(status));
	run_next(k);
	return true;
}

void
raise_end(struct keeper *k)
{
	struct client *cl = NULL;

	if (k->raise.pid)
		kill(k->raise.pid, SIGTERM);
	job_clear(&k->raise.next);
	while ((cl = client_at(k, RAISED, cl))) {
		/* What was given nothing, and had no signal, can start over. */
		if (cl->caller.taken || k->c->info.terms.signal ||
		    k->tenure.forgotten)
			raise_tell(k, cl, OUTCOME_NO_WINDOW);
		else
			reply_last(k, cl, FRAME_AGAIN);
	}
}
