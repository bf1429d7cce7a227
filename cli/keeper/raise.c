/*
 * raise.c: re-display the instance, by a helper, onlyone-raise, which runs
 * beside the loop.
 *
 * Launches do not wait for it, but for those that want to know what came of
 * it.  One helper at a time: what is asked meanwhile is one more run, however
 * many ask.
 */
#include <sys/mman.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/io.h"
#include "cli/keeper/client.h"
#include "cli/keeper/helper.h"
#include "cli/keeper/peer.h"
#include "cli/keeper/raise.h"
#include "cli/keeper/reply.h"
#include "cli/keeper/state.h"
#include "cli/points.h"
#include "cli/raise/outcome.h"
#include "cli/text.h"
#include "cli/wire/carried.h"
#include "cli/wire/untaken.h"

enum {
	IDS = 64, /* as many as the helper takes */
	LOST = 768
};

static void
job_clear(struct raise_job *next)
{
	buf_free(&next->env);
	*next = (struct raise_job){ 0 };
}

/* Its answer, which has waited for this. */
static void
raise_tell(struct keeper *k, struct client *cl, int outcome)
{
	cl->caller.raised = outcome;
	reply_outcome(k, cl, cl->caller.status, cl->caller.taken);
}

/* "WORDS (HOW)" is what the helper has said: take that. */
static void
how_take(struct raise *r)
{
	char said[sizeof(r->how)], *from, *to;
	ssize_t n = r->words < 0 ? 0 :
	    pread(r->words, said, sizeof(said) - 1, 0);

	io_close(&r->words);
	r->how[0] = '\0';
	said[n > 0 ? n : 0] = '\0';
	from = strstr(said, " (");
	to = strrchr(said, ')');
	if (!from || !to || to < from)
		return;
	*to = '\0';
	memcpy(r->how, from + 2, strlen(from + 2) + 1);
}

/* The run that was the last to begin has ended: who waits for what came of it,
 * or of one before it, has his answer. */
static void
run_over(struct keeper *k, int outcome)
{
	struct raise *r = &k->raise;
	struct client *cl = NULL;

	r->pid = 0;
	r->done = r->run;
	how_take(r);
	r->outcome = outcome;
	while ((cl = client_next(k, cl))) {
		if (cl->stage == RAISED && cl->caller.raise_run <= r->done)
			raise_tell(k, cl, outcome);
	}
}

/* Run what has been asked for, unless a run goes on. */
static void
run_next(struct keeper *k)
{
	struct raise *r = &k->raise;

	if (r->pid || !r->next.asked || k->state == VACANT)
		return;
	/* Without it nothing is told but the outcome. */
	r->words = r->next.say ? memfd_create("onlyone", MFD_CLOEXEC) : -1;
	r->pid = helper_raise(k);
	point("raise-started");
	r->run++;
	job_clear(&r->next);
	if (r->pid < 0)
		run_over(k, OUTCOME_ABSENT);
}

/* Whether the request has this name, and the job gets it. */
static bool
job_take(struct raise_job *next, struct client *cl, const char *name)
{
	const char *e = helper_env(&cl->caller.request.body, name);

	if (!e || !peer_env(cl, e -= strlen(name) + 1))
		return false;
	fields_put(&next->env, "env", e);
	return true;
}

/* Take over what of the request the helper needs: where its display is, if
 * nobody has said so yet, and the start-up that it completes. */
static void
job_add(struct raise_job *next, struct client *cl)
{
	bool first = !next->env.len;

	for (size_t n = 0; first && n < CARRIED_DISPLAYS; n++)
		job_take(next, cl, carried_displays[n]);
	if (next->ids < IDS)
		next->ids += job_take(next, cl, STARTUP_ID);
	if (next->ids < IDS)
		next->ids += job_take(next, cl, ACTIVATION_TOKEN);
}

/* Where it is in front already, a launch without a document shows another
 * window of it, or none; and that once. */
static bool
mode_fits(enum raise_mode mode, enum raise_why why, const struct fields *body)
{
	return mode == RAISE_HERE || (!fields_get(body, "arg") &&
	    (why == RAISE_UNTAKEN || why == RAISE_TAKEN));
}

/* Its arguments, which nobody took: of one launch, that is. */
static void
lost_put(struct raise_job *next, const struct fields *body)
{
	struct fields job = { next->env.at, next->env.len };
	struct untaken u = { .n = 0 };
	const char *arg = NULL;
	char said[LOST];
	struct text t;

	while ((arg = fields_next(body, "arg", arg)))
		untaken_add(&u, arg);
	if (!u.n || fields_get(&job, "lost"))
		return;
	text_init(&t, said, sizeof(said));
	untaken_text(&u, &t);
	fields_put(&next->env, "lost", said);
}

void
raise_ask(struct keeper *k, struct client *cl, enum raise_why why,
    pid_t after)
{
	const struct fields *body = &cl->caller.request.body;
	enum raise_mode mode = raise_mode(fields_get(body, "raise"),
	    k->c->info.terms.raise);
	struct raise_job *next = &k->raise.next;
	bool known, wanted, untaken, say;

	cl->caller.since = k->c->info.since;
	wanted = k->c->info.terms.raise != RAISE_NEVER &&
	    !k->tenure.unseen && mode != RAISE_NEVER;
	known = helper_display(NULL) ||
	    (helper_display(body) && peer_ours(cl));
	if (wanted && !known && !helper_pane()) {
		cl->caller.raised = OUTCOME_NO_DISPLAY;
		wanted = false;
	}
	if (!wanted && !(known && helper_env(body, STARTUP_ID)))
		return;
	job_add(next, cl);
	next->asked = true;
	if (k->raise.pid > 0)
		kill(k->raise.pid, SIGUSR1);
	next->wanted |= wanted;
	next->how = mode_fits(mode, why, body) ? mode : RAISE_AUTO;
	untaken = why == RAISE_UNTAKEN;
	next->untaken |= untaken && !k->c->info.terms.signal;
	if (untaken)
		lost_put(next, body);
	next->waits |= why == RAISE_LATE;
	/* Of what was taken, and nobody waits for, there is nothing to say. */
	next->notify |= (untaken || why == RAISE_LATE) &&
	    fields_num(body, "notify", 0) == 1;
	next->after = after;
	say = fields_num(body, "say", 0) == 1;
	cl->caller.elsewhere = known && helper_elsewhere(body);
	/* Of a run that has begun already it was not part. */
	if (wanted && (untaken || why == RAISE_TAKEN) &&
	    (say || cl->caller.elsewhere)) {
		cl->caller.raise_run = k->raise.run + 1;
		next->say = true; /* it is waited for */
	}
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
	if (!c->raise_run)
		reply_outcome(k, cl, status, taken);
	else if (c->raise_run <= k->raise.done)
		raise_tell(k, cl, k->raise.outcome);
	else if (k->state == VACANT)
		/* Of an instance that is over nothing is raised any more, and
		 * its keeper ends with the handler. */
		raise_tell(k, cl, OUTCOME_NO_WINDOW);
	else if (client_full(k))
		/* Where descriptors are few, it would keep others waiting. */
		raise_late(k, cl);
	else
		client_stage(k, cl, RAISED);
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

	/* There is nothing to be raised any more. */
	if (k->raise.pid)
		kill(k->raise.pid, SIGTERM);
	job_clear(&k->raise.next);
	while ((cl = client_next(k, cl))) {
		if (cl->stage == RAISED)
			raise_tell(k, cl, OUTCOME_NO_WINDOW);
	}
}
