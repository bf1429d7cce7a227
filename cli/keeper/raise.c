/*
 * raise.c: re-display the instance, by a helper, onlyone-raise, which runs
 * beside the loop.
 *
 * Launches do not wait for it, but for those that want to know what came of
 * it.  One helper at a time: what is asked meanwhile is one more run, however
 * many ask.
 */
#include <sys/wait.h>

#include <limits.h>
#include <signal.h>
#include <string.h>

#include "cli/clock.h"
#include "cli/keeper/state.h"
#include "cli/points.h"
#include "preload/contract.h"

enum {
	TELL_MS = 1000, /* that a launch waits for an outcome */
	IDS = 64        /* as many as the helper takes */
};

static void
job_clear(struct raise *r)
{
	buf_free(&r->job);
	r->wanted = r->untaken = r->notify = r->lost = false;
	r->after = 0;
	r->ids = 0;
}

/* Run what has been asked for, unless a run goes on. */
static void
raise_next(struct keeper *k)
{
	struct raise *r = &k->raise;
	pid_t pid;

	if (r->pid || !r->asked || k->state == VACANT)
		return;
	pid = helper_raise(k);
	point("raise-started");
	r->asked = false;
	r->run++;
	job_clear(r);
	if (pid > 0)
		r->pid = pid;
	else
		raise_over(k, OUTCOME_ABSENT);
}

/* Take over what of the request the helper needs: where its display is, if
 * nobody has said so yet, and the start-up that it completes. */
static void
job_add(struct raise *r, struct client *cl)
{
	static const char *const names[] = { "DISPLAY", "WAYLAND_DISPLAY",
		"SWAYSOCK", "I3SOCK", "XAUTHORITY", STARTUP_ID };
	bool first = !r->job.len;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *e = helper_env(&cl->request.body, names[i]);
		bool id = !strcmp(names[i], STARTUP_ID);

		if (!e || !(id ? r->ids < IDS : first))
			continue;
		e -= strlen(names[i]) + 1;
		if (!peer_env(cl, e))
			continue;
		fields_put(&r->job, "env", e);
		r->ids += id;
	}
}

void
raise_ask(struct keeper *k, struct client *cl, bool taken, pid_t after)
{
	const struct fields *body = &cl->request.body;
	const char *how = fields_get(body, "raise");
	struct raise *r = &k->raise;
	bool known, wanted;

	cl->since = k->c->info.since;
	wanted = k->c->info.terms.raise != RAISE_NEVER && !k->unseen &&
	    !(how && !strcmp(how, "never"));
	known = helper_display(NULL) ||
	    (helper_display(body) && peer_ours(cl));
	if (wanted && !known && !helper_pane()) {
		cl->raised = OUTCOME_NO_DISPLAY;
		wanted = false;
	}
	if (!wanted && !(known && helper_env(body, STARTUP_ID)))
		return;
	job_add(r, cl);
	r->asked = true;
	r->wanted |= wanted;
	r->untaken |= !taken && !k->c->info.terms.signal;
	r->lost |= !taken && fields_get(body, "arg");
	r->notify |= fields_num(body, "notify", 0) == 1;
	r->after = after;
	/* Of a run that has begun already it was not part. */
	if (wanted && fields_num(body, "say", 0) == 1)
		cl->raise_run = r->run + 1;
	raise_next(k);
}

void
raise_answer(struct keeper *k, struct client *cl, int status, bool taken)
{
	/* Of an instance that is over nothing is raised any more, and its
	 * keeper ends with the handler. */
	if (cl->raise_run <= k->raise.done || k->state == VACANT) {
		if (cl->raise_run)
			cl->raised = cl->raise_run <= k->raise.done ?
			    k->raise.outcome : OUTCOME_NO_WINDOW;
		reply_done(k, cl, status, taken);
		return;
	}
	/* Where descriptors are few, it would keep others waiting. */
	if (k->nclients >= client_most(k)) {
		cl->raised = OUTCOME_LATER;
		reply_done(k, cl, status, taken);
		return;
	}
	cl->stage = HELPED;
	cl->status = status;
	cl->taken = taken;
	cl->tell_by = clock_now() + TELL_MS;
}

/* Who waits for what came of a run up to this one has his answer. */
static void
helped_tell(struct keeper *k, bool closing, unsigned long run, int outcome)
{
	for (struct client *cl = k->clients; cl; cl = cl->next) {
		if (cl->stage != HELPED || cl->closes != closing ||
		    (!closing && cl->raise_run > run))
			continue;
		cl->tell_by = 0;
		cl->raised = closing ? -1 : outcome;
		reply_done(k, cl, closing ? outcome : cl->status, cl->taken);
	}
}

void
raise_over(struct keeper *k, int outcome)
{
	struct raise *r = &k->raise;

	r->pid = 0;
	r->done = r->run;
	r->outcome = outcome;
	helped_tell(k, false, r->run, outcome);
	raise_next(k);
}

/* Its exit status says what came of it. */
static int
outcome_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : OUTCOME_NO_DISPLAY;
}

bool
raise_reap(struct keeper *k, pid_t pid, int status)
{
	if (pid == k->raise.pid) {
		raise_over(k, outcome_of(status));
		return true;
	}
	if (pid != k->closing.pid)
		return false;
	k->closing.pid = 0;
	k->closing.asked = outcome_of(status) == 0;
	helped_tell(k, true, 0, k->closing.asked ? 0 : EXIT_NONE);
	return true;
}

long long
raise_due(const struct keeper *k)
{
	long long due = 0;

	for (struct client *cl = k->clients; cl; cl = cl->next) {
		if (cl->stage == HELPED && cl->tell_by &&
		    (!due || cl->tell_by < due))
			due = cl->tell_by;
	}
	return due;
}

void
raise_expire(struct keeper *k)
{
	long long now = clock_now();

	for (struct client *cl = k->clients; cl; cl = cl->next) {
		if (cl->stage != HELPED || !cl->tell_by || cl->tell_by > now)
			continue;
		cl->tell_by = 0;
		cl->raised = OUTCOME_LATER;
		reply_done(k, cl, cl->status, cl->taken);
	}
}

void
raise_end(struct keeper *k)
{
	/* There is nothing to be raised any more. */
	if (k->raise.pid)
		kill(k->raise.pid, SIGTERM);
	k->raise.asked = false;
	job_clear(&k->raise);
	helped_tell(k, false, ULONG_MAX, OUTCOME_NO_WINDOW);
	helped_tell(k, true, 0, EXIT_NONE);
}
