/*
 * take.c: in the holder: take the key, wait for it, or say which host has it.
 *
 * A waiting holder has a place in the store's line.  How long it waits is the
 * launch's business: when that does not wait any longer, or has exited, the
 * place is given up.
 */
#include <limits.h>
#include <poll.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/cluster/drained.h"
#include "cli/cluster/hold.h"
#include "preload/contract.h"

enum { STORE_MS = 5000, /* how long a store may be silent at the start */
	LINE_MS = 20000, /* and in line */
	SAME_MS = 1000, /* ms to wait if this same slot is giving it back */
	WATCH_MS = 2000, TROUBLE_MS = 500, GIVE_MS = 3000, STILL_MS = 200,
	ANSWER_MS = 100 };

static const char *
or_unknown(const char *s)
{
	return *s ? s : "?";
}

/* Say who has the key, in f, or who is before us in line, while it is free. */
static void
take_busy(const struct hold *h, struct fault *f)
{
	const bool line = h->other.line;
	char when[RECORD_WHEN], exit[24], token[24];
	struct record r;

	record_parse(h->other.value, &r);
	if (r.done)
		fault_set(f, EXIT_BUSY, h->app, ": ran on ", or_unknown(r.host),
		    " at ", record_when(r.since, true, when), r.exit < 0 ? "" :
		    ", exit ", r.exit < 0 ? "" : say_num(exit, r.exit), NULL);
	else
		fault_set(f, EXIT_BUSY, h->app, line ? ": next in line is " :
		    ": held by ", or_unknown(r.user), "@", or_unknown(r.host),
		    ", pid ", TEXT_NUM(r.pid), " (", or_unknown(r.name),
		    "), since ", record_when(r.since, true, when), line ? "" :
		    ", token ", line ? "" : say_num(token, h->other.token),
		    " (", h->calls->name, ")", NULL);
	f->code = h->o->busy_code;
	f->minor = true;
}

/* What the store said in place of an answer, for the user. */
static int
store_fault(const struct hold *h, enum engine_result r, struct fault *f)
{
	struct fault why = *f;

	return fault_set(f, r == ENGINE_DENIED ? EXIT_DENIED : EXIT_NOANSWER,
	    h->app, ": ", why.line, NULL);
}

/* Give back a key under which nothing has run. */
static enum engine_result
key_return(struct hold *h)
{
	struct fault ignored;

	return h->calls->release(h->engine, 0, 0, NULL, clock_boot() + GIVE_MS,
	    &ignored);
}

/* BUSY: a run that counts is enough (--every); h->other is that. */
static enum engine_result
enough_look(struct hold *h, long long until, struct fault *f)
{
	char value[ENGINE_VALUE];
	enum engine_result r;
	struct record ran;

	if (!h->o->every_ms)
		return ENGINE_OK;
	r = h->calls->noted(h->engine, NOTE_COUNTS, 0, until, value, f);
	if (r != ENGINE_OK)
		return r == ENGINE_BUSY ? ENGINE_OK : r;
	record_parse(value, &ran);
	/* Also if it began later than now: another host's clock is ahead. */
	if (clock_wall() - ran.since >= h->o->every_ms)
		return ENGINE_OK;
	memset(&h->other, 0, sizeof(h->other));
	strcpy(h->other.value, value);
	h->enough = true;
	return ENGINE_BUSY;
}

/* Whether the record that is in our way is our own: a request that was given up
 * has been done after a later one was answered.  Then acquire finds it. */
static bool
own_record(struct hold *h)
{
	struct record r;

	record_parse(h->other.value, &r);
	if (h->other.line || strcmp(r.nonce, h->mine.nonce))
		return false;
	h->mine.since = r.since;
	strcpy(h->value, h->other.value);
	h->unsure = true;
	return true;
}

static enum engine_result
key_acquire(struct hold *h, long long until, struct engine_grant *grant,
    struct fault *f)
{
	return h->calls->acquire(h->engine, h->o->ttl, h->value, until, grant,
	    &h->other, f);
}

static enum engine_result
acquire_once(struct hold *h, long long until, struct fault *f)
{
	struct engine_grant grant;
	enum engine_result r;

	/* A request without an answer may have been done.  Then only its value
	 * shows that the record is ours: keep that. */
	if (!h->unsure) {
		h->mine.since = clock_wall();
		if (!record_make(&h->mine, h->value)) {
			fault_set(f, 0, "the record is too long", NULL);
			return ENGINE_SETUP;
		}
	}
	h->enough = false;
	r = enough_look(h, until, f);
	if (r != ENGINE_OK)
		return r;
	point_reach("cluster-acquire");
	r = key_acquire(h, until, &grant, f);
	if (r == ENGINE_BUSY && own_record(h))
		r = key_acquire(h, until, &grant, f);
	point_reach("cluster-acquired");
	h->unsure = r == ENGINE_DOWN;
	if (r != ENGINE_OK)
		return r;
	h->lease.calls = h->calls;
	h->lease.engine = h->engine;
	lease_begin(&h->lease, &grant, h->o->grace_ms);
	/* Another run may have ended since the first look. */
	r = enough_look(h, clock_boot() + WATCH_MS, f);
	if (r == ENGINE_OK) {
		r = lease_use(&h->lease, until + SAME_MS);
		if (r != ENGINE_OK)
			*f = h->lease.why;
	}
	h->taken = r == ENGINE_OK;
	h->unsure = !h->taken;
	return r;
}

/* When to renew a place in line that was confirmed at this time. */
static long long
place_next(const struct hold *h, long long confirmed)
{
	return confirmed + h->o->ttl * 1000LL / LEASE_PARTS;
}

/* Whether the user has stopped the launch: then others in line must not wait for
 * it. */
static bool
launch_stopped(const struct hold *h)
{
	return proc_state(h->launch) == 'T';
}

/* Whether this launch must not have a place in line now. */
static bool
is_off(const struct hold *h)
{
	return launch_stopped(h) || drained_is(NULL);
}

/* Give our place in line up. */
static void
place_leave(struct hold *h)
{
	struct fault ignored;

	if (h->place && h->calls->release(h->engine, 0, 0, NULL, clock_boot() +
	    WATCH_MS, &ignored) != ENGINE_DOWN)
		h->place = 0;
}

/* Keep our place in line, if we have one and that is due.  LOST: it is gone, or
 * we have left it since this host is drained. */
static enum engine_result
place_keep(struct hold *h, struct fault *f)
{
	long long now = clock_boot(), until;
	const bool due = now >= h->place;
	enum engine_result r;

	if (!h->place)
		return ENGINE_OK;
	if (drained_is(NULL) || (due && launch_stopped(h))) {
		place_leave(h);
		return ENGINE_LOST;
	}
	if (!due)
		return ENGINE_OK;
	r = h->calls->renew(h->engine, now + engine_part(h->o->ttl * 1000LL, 6,
	    WATCH_MS, STORE_MS), &until, f);
	if (r == ENGINE_OK)
		h->place = place_next(h, now);
	if (r == ENGINE_LOST)
		h->place = 0;
	return r;
}

/* Wait for a while, or for an event of the watch (NULL: none).  Whether there is
 * time left, and the launch still waits. */
static bool
pause_poll(struct hold *h, const struct engine_watch *w, long long next,
    long long until, bool *event)
{
	struct pollfd p[2] = { { h->talk, POLLIN, 0 },
		{ w ? w->fd : -1, POLLIN, 0 } };

	clock_earlier(&next, until);
	io_poll(p, 2, clock_span(next - clock_boot()));
	if (w)
		*event = p[1].revents;
	return !launch_quits(h) && clock_boot() < until;
}

/* Wait until something may have changed, keeping our place.  OK: look; BUSY:
 * time is up, or the launch waits no longer; else the watch or our place has
 * failed. */
static enum engine_result
change_wait(struct hold *h, long long until, struct fault *f)
{
	struct engine_watch w = { -1, 0 };
	long long next, end = clock_boot() + WATCH_MS;
	bool event;
	enum engine_result r;

	clock_earlier(&end, until);
	clock_earlier(&end, h->place);
	r = h->calls->watch(h->engine, end, &w, f);
	end = w.every ? clock_boot() + w.every : LLONG_MAX;
	while (r == ENGINE_OK && clock_boot() < until) {
		next = drained_next(h->o->ttl);
		clock_earlier(&next, end);
		clock_earlier(&next, h->place);
		if (!pause_poll(h, &w, next, until, &event))
			return ENGINE_BUSY;
		/* A renewal may have found that the watched member no longer
		 * responds: heard tells. */
		event |= clock_boot() >= end ||
		    (h->place && clock_boot() >= h->place);
		r = place_keep(h, f);
		if (r != ENGINE_OK || !event)
			continue;
		if (h->calls->heard(h->engine, &w, f) != ENGINE_BUSY)
			return ENGINE_OK;
		end = w.every ? clock_boot() + w.every : LLONG_MAX;
	}
	return r == ENGINE_OK ? ENGINE_BUSY : r;
}

static bool
trouble_pause(struct hold *h, long long until)
{
	return pause_poll(h, NULL, clock_boot() + engine_spread(TROUBLE_MS),
	    until, NULL);
}

/* Whether the key is still held for this same slot of this host.  The slot is
 * ours now, so its earlier instance has ended and is about to give the key
 * back. */
static bool
is_same(const struct hold *h)
{
	struct record r;

	record_parse(h->other.value, &r);
	return !h->other.line && !r.done && !strcmp(r.place, h->mine.place) &&
	    !strcmp(r.boot, h->mine.boot) && !strcmp(r.host, h->mine.host);
}

/* The first try: the key is free, or another has it. */
static enum engine_result
first_try(struct hold *h, struct fault *f)
{
	long long now = clock_boot(), until = now + STORE_MS;
	long long same = now + SAME_MS;
	enum engine_result r;

	/* If time runs out, the user should learn why. */
	if (h->limit)
		clock_earlier(&until, h->limit - ANSWER_MS);
	clock_earlier(&same, until);
	do {
		r = acquire_once(h, until, f);
		if (r == ENGINE_BUSY && is_same(h) ?
		    change_wait(h, same, f) != ENGINE_OK :
		    r != ENGINE_DOWN || !trouble_pause(h, until))
			break;
	} while (clock_boot() < until);
	return r;
}

/* Tell the launch for whom we wait. */
static void
waits_tell(struct hold *h, const struct fault *f)
{
	h->waits = h->other.token;
	h->page->metrics.waiting = true;
	figures_tell(h);
	word_send(h->talk, &(struct word){ .what = WORD_WAITS,
	    .status = f->code, .minor = f->minor }, f->line);
}

/* The same, unless it knows. */
static void
waits_anew(struct hold *h, struct fault *f)
{
	if (h->other.token == h->waits)
		return;
	take_busy(h, f);
	waits_tell(h, f);
}

/* In f: this host is drained. */
static void
drained_fault(const struct hold *h, struct fault *f)
{
	fault_set(f, h->o->busy_code, h->app, ": " DRAINED, NULL);
	f->minor = true;
}

/* Wait as long as we must not have a place in line.  A launch that was stopped may
 * be continuing just now: its place is not given up before that is due. */
static void
off_wait(struct hold *h)
{
	struct fault f;
	bool told = false;

	do {
		if (drained_is(NULL)) {
			place_leave(h);
			if (!told) {
				drained_fault(h, &f);
				waits_tell(h, &f);
			}
			told = true;
		}
	} while (is_off(h) && pause_poll(h, NULL, clock_boot() + STILL_MS,
	    LLONG_MAX, NULL));
	if (told)
		h->waits = -1; /* tell anew */
}

/* Somebody is before us in line: wait until that may have changed. */
static enum engine_result
line_wait(struct hold *h, struct fault *f)
{
	enum engine_result r;

	point_reach("cluster-waits");
	r = change_wait(h, LLONG_MAX, f);
	return r == ENGINE_BUSY && !launch_quits(h) ? ENGINE_OK : r;
}

/* Until when to wait for an answer in line, but in time to renew a place that we have.
 * What thousands have given up is work for the store, too, and they ask it again. */
static long long
answer_until(const struct hold *h)
{
	const long long now = clock_boot();
	long long until = now + LINE_MS;

	if (h->place)
		clock_earlier(&until, place_next(h, h->place));
	return until > now + WATCH_MS ? until : now + WATCH_MS;
}

/* Stand in line until the key is ours.  BUSY: the launch waits no longer, or
 * another run was enough. */
static enum engine_result
line_stand(struct hold *h, struct fault *f)
{
	enum engine_result r;

	for (;;) {
		if (is_off(h))
			off_wait(h);
		/* Nothing else keeps it where no watch comes about. */
		place_keep(h, f);
		if (launch_quits(h))
			return ENGINE_BUSY;
		r = h->unsure ? ENGINE_OK : h->calls->queue(h->engine,
		    h->o->ttl, h->value, answer_until(h), &h->other, f);
		/* Without an answer it may be there, too. */
		if (!h->place)
			h->place = place_next(h, clock_boot());
		if (r == ENGINE_BUSY && own_record(h))
			r = ENGINE_OK;
		if (r == ENGINE_BUSY)
			waits_anew(h, f);
		if (r == ENGINE_OK) {
			if (launch_quits(h))
				return ENGINE_BUSY;
			r = acquire_once(h, answer_until(h), f);
			if (r == ENGINE_OK)
				return r;
			/* Another was quicker: find out again what to watch. */
			if (r == ENGINE_BUSY && !launch_quits(h) &&
			    !h->enough)
				continue;
		} else if (r == ENGINE_BUSY) {
			r = line_wait(h, f);
			if (r == ENGINE_OK || r == ENGINE_LOST)
				continue;
		}
		if (r != ENGINE_DOWN || !trouble_pause(h, LLONG_MAX))
			return r;
	}
}

/* Ask the holder to end its program. */
static enum engine_result
wish_leave(struct hold *h, struct fault *f)
{
	char text[WISH];
	struct record r;
	enum engine_result result;

	record_parse(h->other.value, &r);
	if (r.done || h->other.line)
		return ENGINE_OK;
	wish_make(text, h->mine.nonce, h->o->kill_ms);
	result = h->calls->wish(h->engine, h->other.token, text,
	    clock_boot() + STORE_MS, f);
	return result == ENGINE_LOST ? ENGINE_OK : result;
}

/* While the key is free and one in line gets it next: try again, until that has
 * it, or has gone.  As acquire_once. */
static enum engine_result
line_pass(struct hold *h, struct fault *f)
{
	enum engine_result r = ENGINE_BUSY;

	/* A brief run must not pass unseen. */
	while ((r == ENGINE_DOWN || (r == ENGINE_BUSY && h->other.line)) &&
	    pause_poll(h, NULL, clock_boot() + STILL_MS, LLONG_MAX, NULL))
		r = acquire_once(h, clock_boot() + WATCH_MS, f);
	return r;
}

/* Wait for the end of the run that has the key: its exit status, or -1. */
static int
other_join(struct hold *h, struct fault *f)
{
	const long long token = h->other.token;
	struct engine_found now;
	enum engine_result r = ENGINE_OK;
	char value[ENGINE_VALUE];
	struct record rec;

	record_parse(h->other.value, &rec);
	while (!rec.done) {
		r = change_wait(h, LLONG_MAX, f);
		if (r == ENGINE_BUSY) {
			take_busy(h, f);
			return -1;
		}
		if (r == ENGINE_OK)
			r = h->calls->look(h->engine, clock_boot() + WATCH_MS,
			    &now, f);
		if (r == ENGINE_OK && now.token == token)
			record_parse(now.value, &rec);
		else if (r == ENGINE_OK || r == ENGINE_LOST)
			break;
		else if (r != ENGINE_DOWN || !trouble_pause(h, LLONG_MAX))
			return store_fault(h, r, f);
	}
	if (!rec.done && (r = h->calls->noted(h->engine, NOTE_ENDED,
	    token, clock_boot() + STORE_MS, value, f)) == ENGINE_OK)
		record_parse(value, &rec);
	if (rec.done && rec.exit >= 0)
		return rec.exit;
	return fault_set(f, EXIT_LOST, h->app, " has ended on ",
	    or_unknown(rec.host), ", and its status is not known", NULL);
}

/* The store cannot be used at the start. */
static bool
store_down(struct hold *h, enum engine_result r, int *status, struct fault *f)
{
	store_fault(h, r, f);
	*status = -1;
	if (r != ENGINE_DOWN || !h->o->down)
		return false;
	fault_more(f, "; started on this host only (--on-down=local)", NULL);
	launch_tell(h, WORD_NOTE, f->line);
	return true;
}

/* Nothing is run, for what f says.  The exit status. */
static int
skip_tell(struct hold *h, int what, struct fault *f)
{
	fault_more(f, "; skipped", NULL);
	launch_tell(h, what, what == WORD_MORE ? name_cut(h, f->line) :
	    f->line);
	return 0;
}

/* The run that f names is in our way.  Whether it has another command line, and only
 * the key makes both the same job: then f says that ours was left out. */
static bool
is_other(const struct hold *h, struct fault *f)
{
	struct record r;

	record_parse(h->other.value, &r);
	if (!record_differs(r.line, h->mine.line))
		return false;
	fault_more(f, ", with another command line; this command was not run",
	    TEXT_HINT, "use -a NAME or -k KEY for a job of its own", h->enough ?
	    NULL : ", or --wait to run it afterwards", NULL);
	return true;
}

/* Not due (--every): with -n a fault, else nothing to do. */
static void
enough_act(struct hold *h, int *status, struct fault *f)
{
	take_busy(h, f);
	if (h->o->policy == POLICY_FAIL || is_other(h, f))
		return;
	*status = skip_tell(h, WORD_MORE, f);
}

/* Whether the launch waits for whatever is in its way. */
static bool
is_patient(const struct hold *h)
{
	return h->o->policy == POLICY_WAIT;
}

/* Another has the key (BUSY), or the store is down and the launch waits for that,
 * too: what the policy says.  As take_key. */
static bool
policy_act(struct hold *h, enum engine_result r, int *status, struct fault *f)
{
	if (r == ENGINE_BUSY && h->enough) {
		enough_act(h, status, f);
		return false;
	}
	if (r == ENGINE_DOWN)
		store_fault(h, r, f);
	else
		take_busy(h, f);
	switch (h->o->policy) {
	case POLICY_SKIP:
		if (!is_other(h, f))
			*status = skip_tell(h, WORD_NOTE, f);
		return false;
	case POLICY_JOIN:
		waits_tell(h, f);
		r = line_pass(h, f);
		if (r != ENGINE_BUSY || h->other.line)
			break;
		waits_anew(h, f);
		take_busy(h, f);
		if (!is_other(h, f))
			*status = other_join(h, f);
		return false;
	case POLICY_REPLACE:
	case POLICY_WAIT:
		waits_tell(h, f);
		r = is_patient(h) ? ENGINE_OK : wish_leave(h, f);
		if (r == ENGINE_OK)
			r = line_stand(h, f);
		break;
	default:
		return false;
	}
	if (r == ENGINE_BUSY && h->enough)
		enough_act(h, status, f);
	else if (r == ENGINE_BUSY || (r == ENGINE_DOWN && h->other.token))
		take_busy(h, f);
	else if (r != ENGINE_OK)
		store_fault(h, r, f);
	return r == ENGINE_OK;
}

/* This host is drained.  Whether the launch has waited until it is not; as
 * take_key. */
static bool
drained_act(struct hold *h, int *status, struct fault *f)
{
	*status = -1;
	if (is_patient(h)) {
		off_wait(h);
		return !launch_quits(h);
	}
	drained_fault(h, f);
	if (h->o->policy == POLICY_SKIP)
		*status = skip_tell(h, WORD_NOTE, f);
	return false;
}

static bool
key_try(struct hold *h, int *status, struct fault *f)
{
	enum engine_result r = first_try(h, f);

	*status = -1;
	/* A launch that waits also waits for the store. */
	if (r == ENGINE_OK)
		return !launch_quits(h);
	if (r == ENGINE_BUSY || (r == ENGINE_DOWN && is_patient(h) &&
	    !h->o->down))
		return policy_act(h, r, status, f) && !launch_quits(h);
	return store_down(h, r, status, f);
}

/* drain marks the host first, and then looks for keys.  So after a key was taken
 * the mark is looked for again: either it is seen here, or the key there. */
bool
take_key(struct hold *h, int *status, struct fault *f)
{
	enum engine_result r;
	bool taken;

	do {
		if (drained_is(NULL) && !drained_act(h, status, f))
			return false;
		taken = key_try(h, status, f);
		if (taken && !drained_is(NULL))
			return true;
		/* Also what an answer that was lost may have given us. */
		r = key_return(h);
		h->unsure |= r != ENGINE_OK && r != ENGINE_LOST;
		h->taken = false;
		h->place = 0;
	} while (taken);
	return false;
}
