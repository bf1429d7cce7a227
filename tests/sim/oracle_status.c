/*
 * oracle_status.c: the status with which a launch, or a verb, may exit.
 */
#include "preload/contract.h"
#include "tests/sim/kernel.h"
#include "tests/sim/oracle.h"
#include "tests/sim/said.h"

int
has_stops(void)
{
	int n = launches_of(STOP) + launches_of(REPLACE) + launches_of(TOGGLE);

	for (int i = 0; i < world.launches; i++)
		n += world.launch[i].asks.ends;
	return n;
}

/* Whether this status is one that the manual names, after what went wrong. */
static bool
may_end(const struct launch *l, int status)
{
	if (status == EXIT_BUSY && l->reason & SAID_ENOUGH)
		return true;
	if (world.again && status > 128 &&
	    (world.signals >> (status - 128) & 1 ||
	    (status == 128 + SIGKILL && world.kills && has_stops())))
		return true; /* of a handler that went on as the instance */
	switch (status) {
	case 0:
		return true;
	case EXIT_BUSY: /* --replace has a limit */
		return !calm() || world.scarce;
	case EXIT_NOANSWER: /* it cannot know how the instance ended, or it
	                     * starts late */
		return world.bare || world.plague || world.scarce || world.forgets ||
		    world.stalled || world.harmed & ~(1U << KILL | 1U << SWEEP) ||
		    ((world.harmed || old_kernel) && l->policy == JOIN);
	case EXIT_LOST:
		return world.harmed & ~(1U << SWEEP);
	case EXIT_SYSTEM:
	case EXIT_STATE: /* or the process that makes the swept folder again
	                  * gets no processor */
		return world.harmed & (1U << FAIL | (launches_of(SEAL) ||
		    (launches_of(REPLACE) && world.stopped) ? 1U << SWEEP : 0));
	case EXIT_KEY:
		return keys_may_fail();
	case 128 + SIGKILL: /* the handler's, or of what was to become one */
		return world.harmed & 1U << KILL;
	case 128 + SIGTERM: /* the handler's, which went on as the instance */
		return world.again && has_stops();
	case EXIT_CANTEXEC:
		return world.harmed & 1U << FAIL;
	case 128 + SIGINT: /* what was to become the program has */
		return world.harmed & 1U << TYPED;
	}
	return false;
}

/* How many launches have this policy. */
int
launches_of(enum policy policy)
{
	int n = 0;

	for (int i = 0; i < world.launches; i++)
		n += world.launch[i].policy == policy;
	return n;
}

int
status_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Whether an instance has exited so, or may have before it started. */
static bool
has_ended(int status)
{
	return world.ended[status] || (status == EXIT_DENIED && launches_of(SEAL)) ||
	    (status > 128 && world.signals >> (status - 128) & 1) ||
	    (status == 128 + SIGTERM &&
	    (world.harmed & 1U << TERM || has_stops())) ||
	    (status == 128 + SIGKILL && world.kills && has_stops()) ||
	    (status == 128 + SIGPIPE && world.harmed & (1U << KILL | 1U << TERM)
	    /* who started it in the background */);
}

/* Its keeper had no processor, which nothing shows, until a second after the daemon
 * was forked: so it takes that for a helper. */
static bool
is_misjudged(const struct instance *in)
{
	enum { HELPER_MS = 1000 };
	bool any = false;

	for (const struct proc *k = procs + 1; k < procs + nprocs; k++) {
		const struct launch *l = is_keeper(k) ? launch_from(k) : NULL;

		any |= l && l->key == in->launch->key && in->forked &&
		    k->stalled > in->forked + HELPER_MS * MS;
	}
	return any;
}

/* Its keeper lives: of several instances another one was forgotten. */
static bool
is_kept(const struct instance *in)
{
	bool any = false;

	for (const struct proc *k = procs + 1; k < procs + nprocs; k++)
		any |= is_keeper(k) && !k->ended && launch_from(k) == in->launch;
	return any;
}

/* A verb says that there is no instance, or no longer one. */
static void
none_said(const struct launch *l, int status)
{
	/* Of several it names one, which may exit before it is asked.  A
	 * handler may become the instance before others see the last one
	 * end. */
	if ((l->policy == ACTIVATE && world.many > 1) || l->policy == ADOPT ||
	    (l->saw && (l->saw->launch->handler || is_misjudged(l->saw))))
		return;
	if (l->saw && l->saw->p && !(world.harmed & 1U << SWEEP) &&
	    (status == EXIT_NONE || (status == 0 &&
	    ((l->policy == STOP && world.many == 1) || l->policy == END))))
		wrong("says that there is none (%d), and %d lives", status,
		    l->saw->p->pid);
}

/* There is a seal: all that live are in its list, and nothing else starts. */
static void
sealed(void)
{
	const struct instance *i = living("", 1);

	EACH_IN_ROOTS(e) {
		if (!strncmp(e->name, "seal.", 5))
			world.sealed = !memmem(e->inode->data, e->inode->size,
			    "hash=", 5);
	}
	world.sealed &= !under_way(UNSEAL, UNSEAL, world.launch->key);
	if (world.sealed && i && !(world.harmed & 1U << SWEEP))
		wrong("%s lives, and is not in the seal", i->launch->document);
}

/* A status of our own has a reason, which was printed: the last one.  Not if it may be
 * the handler's, or the program's. */
static void
reason_check(const struct launch *l, int status)
{
	bool ours = status == EXIT_NONE || (status >= EXIT_USAGE &&
	    status <= EXIT_DENIED) || status == EXIT_CANTEXEC;

	if (!ours || l->ran || l->asks.unheard || l->asks.skips ||
	    l->policy == LISTEN ||
	    (l->policy == JOIN && has_ended(status)) ||
	    (!l->reason && world.harmed & 1U << FAIL) /* it could not write */)
		return;
	if (!(l->reason & SAID_STATUS(status)))
		wrong("ends with %d, and has not said why", status);
}

void
oracle_limit(const struct launch *l)
{
	enum { SLACK = 1 };
	long long waited = sim_clock - l->due;
	/* A keeper has a second to answer, even with less. */
	long long limit = l->asks.limit < SECOND ? SECOND : l->asks.limit;

	if (l->asks.limit != NEVER && calm() && !world.unfair && l->policy < HOLD &&
	    waited > limit + SLACK * SECOND)
		wrong("waits for %lld ms, with a limit of %lld", waited / MS,
		    l->asks.limit / MS);
}

/* What its options say explains the status: a limit is over, or only a plan was
 * wanted. */
static bool
is_asked(const struct launch *l, int status)
{
	enum { STOP_S = 10 };
	const struct asks *asks = &l->asks;
	long long waited = sim_clock - l->due + MS, limit = asks->limit;
	bool stops = l->policy == STOP || l->policy == REPLACE ||
	    l->policy == TOGGLE || asks->ends;

	if (asks->background && l->ran && !l->handler && calm() &&
	    sim_clock - l->start > SECOND)
		wrong("stays, in the background");
	if (l->policy == ADOPT && status == 0)
		oracle_adopted(l->key);
	if (l->policy == ADOPT && status == EXIT_BUSY)
		return true;
	if (asks->dry && (l->ran || l->delivered || l->told))
		wrong("a dry run does something with %s", l->document);
	if (asks->dry || is_covered(l, status))
		return true;
	if (!l->ran)
		oracle_limit(l);
	if (limit == NEVER && stops && (world.deaf || world.display))
		limit = STOP_S * SECOND;
	return (status == EXIT_BUSY && waited >= limit) ||
	    ((status == EXIT_BUSY || (status == 0 && world.twins) || (l->delivers &&
	    status == EXIT_NOANSWER)) && not_due(l)) ||
	    (asks->stamps && (status == 0 || status == EXIT_NONE)) ||
	    (status == 1 && (l->policy == DOCTOR || l->policy == IS_SEALED));
}

/* In the background a child of this launch is the program, or was until it was killed,
 * and may not have begun. */
static bool
has_begun(const struct launch *l)
{
	bool any = false;

	for (const struct proc *p = procs + 1; p < procs + nprocs; p++)
		any |= first_of(p) == l->self && p->exe &&
		    (p->exe->number == PROGRAM_FILE ||
		    ((p->maker == l->self || (p->maker &&
		    p->maker->maker == l->self /* its watcher's */)) &&
		    world.harmed & 1U << TYPED &&
		    p->status == SIGINT /* just before */) ||
		    !p->argv /* it executes that */);
	return any;
}

/* There is no handler: what was not opened is said, but if what runs has that. */
static void
unopened(const struct launch *l)
{
	bool same = l->reason || l->asks.unheard || l->told;

	for (int i = 0; i < world.instances; i++)
		same |= world.instance[i].launch->origin == l->origin;
	if (!same && calm())
		wrong("ends with 0, and %s is not opened, in silence", l->document);
}

/* Whether there is an instance that has shown a window, which responds, since this
 * launch. */
static bool
is_window_there(const struct launch *l)
{
	for (int i = 0; i < world.instances; i++) {
		const struct instance *in = &world.instance[i];

		if (in->p && in->launch->key == l->key && !in->p->ending &&
		    display_shown(in->p, l->due) && !display_hangs(in->p))
			return true;
	}
	return false;
}

void
launch_ended(const struct launch *l, int status)
{
	enum { LONG = 30, SOON = 50 };
	int had = l->ran + l->delivered + (l->asks.background && has_begun(l));
	bool moved = world.damaged == NEVER; /* away, without a keeper */
	bool killed = status == 128 + SIGKILL && world.harmed & 1U << KILL;
	bool late = false;
	bool gives_up = status == EXIT_NOANSWER && l->policy != JOIN && !world.scarce;

	if (l->asks.busy && status == EXIT_BUSY &&
	    !(l->policy == JOIN && has_ended(status)))
		wrong("ends with %d in place of %d", status, l->asks.busy);
	if (l->asks.busy && status == l->asks.busy)
		status = EXIT_BUSY;
	reason_check(l, status);
	oracle_verb(l, status);
	if (is_asked(l, status))
		return;
	/* What activates waits with those in line, and they for the lock file; with few
	 * descriptors until they leave the keeper a place; and for all handlers. */
	if (l->policy <= BUSY && !world.extras && !world.shares && !world.scarce &&
	    calm() && !l->ran && sim_clock - l->due - world.handled >
	    (!world.display ? LONG : is_window_there(l) ? LONG / 2 : 2 * LONG) *
	    SECOND)
		wrong("was held up for %lld s", (sim_clock - l->due) / SECOND);
	if (l->asks.background && has_stops() && status > 128 &&
	    (world.signals | 1ULL << SIGTERM | (uint64_t)world.kills << SIGKILL) >>
	    (status - 128) & 1)
		return; /* what was to become the program was stopped */
	if (l->policy >= ACTIVATE) {
		none_said(l, status);
		if (l->policy == SEAL && status == 0)
			sealed();
		if (l->policy == UNSEAL && status == 0)
			world.unsealed = world.unsealing ? sim_clock : 0;
		if (FORGETS(l->policy) && status == 0 && l->saw &&
		    l->saw->first) {
			if (l->policy == RESET && !l->saw->resettable)
				wrong("resets what is not resettable");
			if (world.many == 1 || !is_kept(l->saw))
				l->saw->first->forgotten = sim_clock;
		}
		if (status == EXIT_DENIED && (l->policy == RESET ||
		    (l->policy == ADOPT && launches_of(SEAL))))
			return;
		if (status != EXIT_NONE && !may_end(l, status) && !had &&
		    !(status == EXIT_NOANSWER && (world.stalled || moved)))
			wrong("ends with %d", status);
		if (l->policy != ACTIVATE || (status == EXIT_NONE && !had))
			return;
	}
	/* The running instance has another document: it is another job, and
	 * skips no launch. */
	if (l->policy == SKIP && l->met &&
	    status == (l->delivers ? EXIT_NOANSWER : EXIT_BUSY))
		return;
	if (status == EXIT_BUSY && (l->policy == BUSY || (l->policy == HOLD &&
	    (l->number % 2 == 0 || l->asks.skips)) ? l->met || launches_of(ADOPT) :
	    l->policy == QUEUE && launches_of(QUEUE) + launches_of(WAIT) +
	    launches_of(REPLACE) > (l->asks.queue ? l->asks.queue : 1)))
		return;
	if (l->policy == JOIN && !l->ran && has_ended(status))
		return;
	for (int i = 0; l->ran && !world.harmed && i < world.instances; i++) {
		const struct instance *in = &world.instance[i];

		if (in->launch == l && !l->asks.background && !l->again &&
		    status_of(in->first_status) != status)
			wrong("ends with %d, the program with %d", status,
			    status_of(in->first_status));
	}
	/* Another process has the lock file, or the exiting one still does;
	 * waiting launches wait for that. */
	if ((status == EXIT_BUSY || status == 0) && world.shares &&
	    !in_turn(l->policy) && (world.rivals || world.slow_end ||
	    sim_clock - world.last_end < SOON * MS))
		return;
	if (status == EXIT_DENIED && launches_of(SEAL) &&
	    !(world.unsealed && world.unsealed < l->due))
		return;
	/* Before its child could say that it has begun. */
	if (status == 0 && l->asks.background &&
	    (world.harmed & 1U << KILL || has_stops()))
		return;
	if (!had && !killed && lent(l, status != EXIT_LOST))
		wrong("ends with %d, and a listener has %s", status, l->document);
	/* It has no handler. */
	if (status == EXIT_NOANSWER && launches_of(HOLD) + launches_of(BARE))
		return;
	/* Others have gone on meanwhile, so there is nothing to wait for. */
	for (int i = 0; i < world.launches; i++)
		late |= world.launch[i].stopped && &world.launch[i] != l;
	if (gives_up && l->stopped && !late && !world.stopped &&
	    !(world.harmed & ~(1U << STALL)))
		wrong("gives up, and only itself was stopped");
	/* A launch that is late may have the slot's lock, and no name yet. */
	if (gives_up && world.stopped && !late && !world.unfair && !world.plague &&
	    world.many == 1)
		wrong("gives up, and its keeper had no processor");
	if (!may_end(l, status) && !had)
		wrong("ends with %d", status);
	/* Each sends a signal, if no handler has it. */
	if (status == 0 && !had && !l->told && world.common.rings &&
	    (l->policy == HAND_OVER || l->policy == ACTIVATE) &&
	    (++world.heard <= world.rung || !calm()))
		return;
	if (status == 0 && !had && l->loser) {
		if (!l->reason)
			display_lost(l);
		return;
	}
	if (status == 0 && !had && world.tries && l->policy != SKIP) {
		unopened(l);
		return;
	}
	if (status == 0 && !had && !l->told && !world.handlerless &&
	    ((l->policy != TOGGLE && (l->policy == SKIP ||
	    launches_of(HOLD) + launches_of(BARE) == 0)) || !(l->met ||
	    world.harmed & (1U << KILL | 1U << SWEEP))))
		wrong("ends with 0, and nobody has %s", l->document);
	/* With -W what comes after may fail; and ^C ends a launch that waits. */
	if (status && status != EXIT_LOST && l->delivered && !l->stays &&
	    !(l->again && (status == EXIT_NONE || l->ran ||
	    may_end(l, status))) &&
	    !(status == 128 + SIGINT && world.harmed & 1U << TYPED) &&
	    !killed && !(l->handler && may_end(l, status)))
		wrong("ends with %d, and a handler has %s", status, l->document);
}
