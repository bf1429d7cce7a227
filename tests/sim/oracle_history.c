/*
 * oracle_history.c: what a keeper notes of an instance, which the record of that has
 * when it has ended, is true, in order, and whole.
 */
#include <stdlib.h>

#include "cli/core/keeper/history.h"
#include "tests/sim/kernel.h"
#include "tests/sim/oracle.h"

struct noted {
	long long at; /* wall clock, ms */
	pid_t by;
	const char *what;
};

/* Of one record, in order. */
static struct noted all[LOG_EVENTS];
static int n;
static bool ended_before; /* one of them says that something has */

#define ANEW "nothing is running: a launch waits"
#define HANDED "has handed over: "
#define NOW "is the instance now"
#define UNBEGUN "was killed before it"

#define P(policy) (1U << (policy))
#define LAUNCHES_OF (P(HOLD) - 1)
#define HANDS_OVER (LAUNCHES_OF | P(ACTIVATE) | \
	P(BARE)) /* its rule failed open then */
#define IN_LINE (P(WAIT) | P(QUEUE) | P(REPLACE) | P(TOGGLE) | P(HOLD))
enum { INSTANCE = 1, HANDLER = 2, ENDS = 4 };

/* Which process a note is of: one of a launch with one of these policies, or with
 * what else is so; and which note of the same process is before it; NULL: none. */
static const struct phrase {
	const char *text;
	unsigned policies;
	int is;
	const char *before;
} phrases[] = {
	{ "launched", 0, INSTANCE, NULL },
	{ "is running, with a new keeper", 0, INSTANCE, NULL },
	{ ANEW, ~0U, INSTANCE, NULL },
	{ "is the instance now, in place of the one that exited", 0, INSTANCE, NULL },
	{ NOW, 0, INSTANCE, NULL },
	{ "is left as a helper: a guess, by when it was forked: --lifetime decides",
	    0, INSTANCE, NULL },
	{ "has ended", 0, INSTANCE, NULL },
	{ "exited soon after a launch", 0, INSTANCE, NULL },
	{ HANDED "to pid ", 0, INSTANCE, NULL },
	{ UNBEGUN, 0, INSTANCE, NULL },
	{ "a launch", HANDS_OVER, 0, NULL },
	{ "handed over", HANDS_OVER, 0, "a launch" },
	{ "no handler for its arguments", HANDS_OVER, 0, "a launch" },
	{ "its handler started", 0, HANDLER, NULL },
	{ "its handler exited", 0, HANDLER, "its handler started" },
	{ "waits in line", IN_LINE, ENDS, NULL },
	{ "covered by one that waits", P(QUEUE), 0, "waits in line" },
	{ "joins", P(JOIN), 0, NULL },
	{ "listens", P(LISTEN), 0, NULL },
	{ "waits for its end", ~0U, 0, NULL },
	{ "is to be forgotten", P(FORGET) | P(RESET) | P(HOLD) | P(STOP), 0, NULL },
	{ "refused", ~0U, 0, NULL },
	{ "its windows are to close", P(STOP) | IN_LINE, ENDS, NULL },
	{ "does not count for --every", 0, INSTANCE, NULL },
	{ "runs without a file of its rule: ", P(EXACT), INSTANCE, NULL },
};

static const struct phrase *
phrase_of(const char *what)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(*phrases); i++) {
		if (!strncmp(what, phrases[i].text, strlen(phrases[i].text)))
			return &phrases[i];
	}
	wrong("a record says \"%s\"", what);
}

static bool
is_of(const struct proc *p, const struct phrase *is)
{
	const struct launch *l = launch_from(p);

	if (!l)
		return false;
	if (l->policy == EXACT) /* any */
		return true;
	return is->policies & P(l->policy) || (is->is & ENDS && l->asks.ends) ||
	    (is->is & HANDLER && of_keeper(p)) ||
	    (is->is & INSTANCE && (p->exe->number == PROGRAM_FILE ||
	    p == l->self || is_chosen(p) || l->asks.background ||
	    (world.again && of_keeper(p))));
}

/* The status that a note has; -1. */
static int
status_in(const char *what)
{
	const char *status = strstr(what, ", status ");

	return status ? atoi(status + strlen(", status ")) : -1;
}

/* It has windows, or may have them. */
static void
to_check(pid_t pid)
{
	bool any = false;

	for (const struct proc *p = procs + 1; p < procs + nprocs; p++)
		any |= p->pid == pid && display_has(p);
	if (!any)
		wrong("a record says that %d was given something", pid);
}

/* A process of this number was so, and, if it is said, exited so. */
static void
true_check(const struct noted *e)
{
	const struct phrase *is = phrase_of(e->what);
	bool exits = is->is && status_in(e->what) >= 0, any = !e->by, so = !exits;

	for (const struct proc *p = procs + 1; p < procs + nprocs; p++) {
		if (p->pid != e->by || !p->exe || !is_of(p, is) ||
		    p->start > e->at * MS - WALL + MS)
			continue;
		any = true;
		so |= p->ended && status_of(p->status) == status_in(e->what);
	}
	if (!any)
		wrong("a record says of %d: %s", e->by, e->what);
	if (!strncmp(e->what, HANDED, strlen(HANDED)))
		to_check(atoi(e->what + strlen(HANDED "to pid ")));
	if (!so && calm() && is->is & HANDLER)
		wrong("a record has another status of %d: %s", e->by, e->what);
}

/* Whether there is such a note of this process; -1: of any. */
static bool
has(const char *text, pid_t by)
{
	for (int i = 0; i < n; i++) {
		if ((by < 0 || all[i].by == by) && !strncmp(all[i].what, text, strlen(text)))
			return true;
	}
	return false;
}

static void
read_all(const char *at, const char *end)
{
	struct noted e = { 0 };

	n = 0;
	for (; at < end; at += strlen(at) + 1) {
		if (!strncmp(at, "at=", 3))
			e.at = atoll(at + 3);
		else if (!strncmp(at, "by=", 3))
			e.by = atoi(at + 3);
		if (strncmp(at, "what=", 5) != 0)
			continue;
		e.what = at + 5;
		known(n < LOG_EVENTS);
		all[n++] = e;
	}
}

#define STARTED "its handler started"
#define COVERED "covered by one that waits"

/* What the records of this run have of these; more: some have lost notes. */
static struct noted noted[LAUNCHES * INSTANCES];
static int nnoted;
static bool more;

static void
notes_keep(void)
{
	more |= n == LOG_EVENTS;
	for (int i = 0; i < n; i++) {
		if (strcmp(all[i].what, STARTED) && strcmp(all[i].what, COVERED))
			continue;
		known((size_t)nnoted < sizeof(noted) / sizeof(*noted));
		noted[nnoted++] = all[i];
	}
}

void
oracle_history_begin(void)
{
	nnoted = 0;
	more = false;
}

static bool
is_noted(pid_t by, const char *what)
{
	int i = nnoted;

	while (i && (noted[i - 1].by != by || strcmp(noted[i - 1].what, what)))
		i--;
	return i;
}

void
oracle_history_end(void)
{
	if (!calm() || more || world.forgets || world.scarce)
		return;
	for (const struct proc *p = procs + 1; p < procs + nprocs; p++) {
		if (of_keeper(p) && p->exe->number == SHELL_FILE &&
		    !is_noted(p->pid, STARTED))
			wrong("no record says that the handler %d started", p->pid);
	}
	for (const struct launch *l = world.launch; l->number; l++) {
		bool any = !l->covered;

		/* Or its child, in the background. */
		for (const struct proc *p = procs + 1; p < procs + nprocs; p++)
			any |= first_of(p) == l->self && is_noted(p->pid, COVERED);
		if (!any)
			wrong("no record says that launch %d was covered", l->number);
	}
}

/* Whether a process of one number, and one of the other, are of one launch. */
static bool
are_related(pid_t one, pid_t other)
{
	bool any = false;

	for (const struct proc *p = procs + 1; p < procs + nprocs; p++)
		for (const struct proc *q = procs + 1; p->pid == one &&
		    q < procs + nprocs; q++)
			any |= q->pid == other && first_of(p) == first_of(q);
	return any;
}

/* There is such a note of a process of the same launch. */
static bool
has_related(const char *text, pid_t by)
{
	for (int i = 0; i < n; i++) {
		if (!strncmp(all[i].what, text, strlen(text)) &&
		    are_related(by, all[i].by))
			return true;
	}
	return false;
}

/* A launch had its turn: it waited, or its child; and what ran has ended. */
static void
turn_check(pid_t owner)
{
	if (has(ANEW, -1) || !calm() || world.forgets)
		return;
	if (!has_related("waits in line", owner))
		wrong("a record does not say that %d waited", owner);
	if (!ended_before)
		wrong("a record does not say what ended before %d began", owner);
}

/* The process that a note is of, which has ended: a number may come again. */
static const struct proc *
noted_of(const struct noted *e, bool ended)
{
	long long at = e->at * MS - WALL + MS;
	const struct proc *p = procs + nprocs;

	while (--p > procs && (p->pid != e->by || p->start > at ||
	    (ended && (!p->ended || p->ended > at))))
		;
	return p;
}

/* A handler has exited, and its launch has not been killed: that has its answer. */
static void
answer_check(const struct noted *e)
{
	for (const struct launch *l = world.launch; l->number; l++) {
		if (l->handled && l->handled == noted_of(e, true) && calm() &&
		    !world.again && !l->again && !l->loser && !has_related("handed over", l->self->pid))
			wrong("a record says that %d exited, and not that it has"
			    " %s", e->by, l->document);
	}
}

/* And the other way round. */
static void
exit_check(const struct noted *e)
{
	for (const struct launch *l = world.launch; l->number; l++) {
		if (l->handled && !l->told && calm() && !world.again &&
		    l->self == noted_of(e, false) &&
		    !has("its handler exited", l->handled->pid))
			wrong("a record says that %s was handed over, and not that"
			    " its handler has exited", l->document);
	}
}

void
oracle_history(const char *at, const char *end, pid_t owner)
{
	ended_before = false;
	read_all(at, end);
	notes_keep();
	for (int i = 0; i < n; i++) {
		const char *what = all[i].what, *before = phrase_of(what)->before;

		true_check(&all[i]);
		if (i && all[i].at < all[i - 1].at)
			wrong("a record has \"%s\" behind what came later", what);
		if (i && all[i].by == all[i - 1].by &&
		    !strcmp(what, all[i - 1].what))
			wrong("a record has \"%s\" twice", what);
		if (n == LOG_EVENTS)
			continue;
		if (before && !has(before, all[i].by))
			wrong("a record has \"%s\", and no \"%s\" before", what,
			    before);
		if (!strcmp(what, NOW))
			turn_check(all[i].by);
		if (!strncmp(what, "its handler exited", 18))
			answer_check(&all[i]);
		if (!strncmp(what, "handed over", 11))
			exit_check(&all[i]);
		ended_before |= !strncmp(what, "has ended", 9) || strstr(what, UNBEGUN);
	}
	if (n && n < LOG_EVENTS && !has("launched", owner) &&
	    !has("is ", owner))
		wrong("a record does not say how %d became the instance", owner);
}
