/*
 * leave.c: in the holder: end a job whose key is ours, or what COMMAND has left of
 * it: another host wishes that, this host is drained, the launch was told to end it
 * or was killed, or a signal has ended COMMAND.
 */
#include <sys/wait.h>

#include <limits.h>
#include <signal.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/base/number.h"
#include "cli/cluster/drained.h"
#include "cli/cluster/hold.h"

enum { WISH_MS = 1000, GRACE_MS = 5000, LOST_MS = 100, TELL_MS = 1500,
	PASSED_MS = 300, PIDS = 256 };

void
job_ask(struct hold *h, int sig)
{
	h->page->asked = sig;
	if (sig == SIGTERM)
		h->page->wished = true;
	sweep_signal(&h->sweep, sig);
}

/* A wish that another host has left: to end the job: "stop,NONCE", or
 * "stop,NONCE MS", and KILL follows.  It is here as long as our record is. */
void
wish_take(struct hold *h)
{
	char text[ENGINE_VALUE], *at;
	long long ms, until = clock_boot() + WISH_MS;
	enum engine_result r;
	struct fault f;

	clock_earlier(&until, h->lease.next);
	r = h->calls->noted(h->engine, NOTE_WISH, h->lease.token, until, text,
	    &f);
	/* A new watch has us look again. */
	if (r == ENGINE_DOWN)
		h->watch.fd = -1;
	if (r != ENGINE_OK || !strcmp(text, h->wish) ||
	    strncmp(text, "stop", 4))
		return;
	strcpy(h->wish, text);
	at = strchr(text, ' ');
	if (at && number_parse(at + 1, &ms) == 0 && ms >= 0 &&
	    ms < LLONG_MAX / 2)
		h->due = clock_boot() + ms;
	job_ask(h, SIGTERM);
}

/* This host is to be empty: hand the key over, as if another host had asked. */
void
drain_step(struct hold *h)
{
	const long long now = clock_boot();
	const bool was = h->drained;
	struct fault said;
	long long ms;

	if (now < h->drain_look)
		return;
	h->drain_look = drained_next(h->o->ttl);
	h->drained = drained_is(&ms);
	if (h->drained && !was) {
		fault_set(&said, 0, h->app, ": " DRAINED "; the program is"
		    " ended", NULL);
		launch_tell(h, WORD_NOTE, said.line);
		job_ask(h, SIGTERM);
	}
	/* KILL, as the mark says now. */
	if (!h->drained || ms < 0)
		h->drain_due = 0;
	else if (!was || ms != h->drain_ms)
		h->drain_due = now + ms;
	h->drain_ms = h->drained ? ms : -1;
}

/* Whether the launch is there.  If it was killed, its job goes, too, and the key
 * is renewed until all of it has gone. */
void
launch_step(struct hold *h)
{
	if (h->talk < 0 || !launch_quits(h) || h->talk >= 0 || h->stays ||
	    h->state == KEY_LOST || (h->ended && h->o->lifetime != KEPT_TREE &&
	    !is_leaving(h)))
		return;
	h->begun = true;
	h->state = KEY_LEFT;
	h->due = clock_boot() + (h->taken ? h->lease.grace : GRACE_MS);
	job_ask(h, SIGTERM);
}

/* Whether COMMAND, which has exited, was ended.  One may have a handler for HUP or
 * INT, and go on.  PIPE is how many end whose output nobody reads. */
static bool
was_ended(const struct hold *h)
{
	return h->page->wished || (WIFSIGNALED(h->status) ?
	    WTERMSIG(h->status) != SIGPIPE : h->page->asked &&
	    WEXITSTATUS(h->status) == 128 + h->page->asked);
}

bool
is_leaving(const struct hold *h)
{
	return h->ended && was_ended(h);
}

long long
kill_due(const struct hold *h)
{
	long long due = h->due;

	clock_earlier(&due, h->drain_due);
	return due;
}

static bool
is_killing(const struct hold *h)
{
	return h->page->forced || (kill_due(h) && clock_boot() >= kill_due(h));
}

bool
is_ending(const struct hold *h)
{
	return h->state >= KEY_LEFT || is_killing(h) || is_leaving(h);
}

/* Say once that COMMAND has ended, and the rest takes its time. */
static void
rest_tell(struct hold *h, long long now)
{
	struct fault said;
	char pids[PIDS];

	if (!h->leaves || h->page->told || now < h->leaves + TELL_MS ||
	    !*sweep_pids(&h->sweep, pids, sizeof(pids)))
		return;
	h->page->told = true;
	fault_set(&said, 0, h->app, ": its command has ended; what it has"
	    " started, and got TERM, still runs: ", pids, TEXT_HINT,
	    "send TERM twice, and it is killed", NULL);
	launch_tell(h, WORD_NOTE, said.line);
}

/* What has been started since TERM gets it, too; KILL, if that is due. */
void
ending_step(struct hold *h)
{
	const long long now = clock_boot();

	if (!is_ending(h) || now < h->rest)
		return;
	/* COMMAND may just have passed TERM on. */
	if (!h->leaves && is_leaving(h)) {
		h->leaves = now;
		h->rest = now + PASSED_MS;
		if (h->state < KEY_LEFT && !is_killing(h))
			return;
	}
	sweep_more(&h->sweep, is_killing(h) ? SIGKILL : SIGTERM);
	rest_tell(h, now);
	h->rest = now + LOST_MS + 3 * h->sweep.took;
	/* There may be more of them than when TERM was sent. */
	if (h->state == KEY_LOST && sweep_needs(&h->sweep) > h->lease.margin)
		dog_margin(h);
}
