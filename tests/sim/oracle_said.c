/*
 * oracle_said.c: what a launch or a verb prints is true.
 *
 * Each line is of a kind that has a row here: its words, and what has to be true.  A
 * process prints what was so at some time since it began.
 */
#include "preload/contract.h"
#include "tests/sim/kernel.h"
#include "tests/sim/oracle.h"
#include "tests/sim/said.h"

/* What the world knows of the process that says it. */
static struct launch *by;       /* the launch, or the verb */
static long long since;         /* it began; a script's, its hold */

/* What happened then is news for a keeper that had a processor. */
static bool
is_news(long long then)
{
	enum { SOON = 50 };

	return then + SOON * MS >= since || world.stalled;
}

/* As a string of its own: it can be compared by address. */
static const char *
key_of(const struct proc *p)
{
	const struct launch *l = launch_from(p);

	return l ? l->key : NULL;
}

/* Its keeper, which lives, looks several times whether something of it is left; or
 * it had no processor, and did not look. */
static bool
is_sought(const struct proc *p)
{
	enum { LOOKS = 300 };
	bool any = false;

	for (const struct proc *k = procs + 1; k < procs + nprocs; k++)
		any |= is_keeper(k) && key_of(k) == key_of(p) &&
		    (k->stalled > p->ended ? !k->ended || k->ended >= since :
		    !k->ended && is_news(p->ended + LOOKS * MS));
	return any;
}

static bool
lived(const struct proc *p)
{
	return !p->ended || is_news(p->ended) || is_sought(p);
}

/* A process of this number that was alive, the last one of those that are of a
 * kind (NULL: any). */
static const struct proc *
process(pid_t pid, bool (*is)(const struct proc *p))
{
	for (const struct proc *p = procs + nprocs; --p > procs; ) {
		if (p->pid == pid && lived(p) && (!is || is(p)))
			return p;
	}
	return NULL;
}

static bool
same_key(const struct launch *l)
{
	return by->policy == LIST || by->policy == DOCTOR || by->asks.all ||
	    l->key == by->key;
}

/* Whether this may have been the instance: it is of a launch with this key, and runs
 * the program, or is about to. */
static bool
is_instance(const struct proc *p)
{
	const struct launch *l = launch_from(p);

	/* One that ran before may have been adopted with two keys. */
	return l && (same_key(l) || l->policy == BARE) && (p->exe->number == PROGRAM_FILE ||
	    (p == l->self && l->policy < ACTIVATE) || is_chosen(p) ||
	    (l->asks.background && p->maker && p->maker->maker == l->self) ||
	    (world.again && of_keeper(p)));
}

static bool
waits(const struct proc *p)
{
	const struct launch *l = launch_from(p);
	bool over = false;

	for (int i = 0; i < world.instances; i++)
		over |= world.instance[i].launch == l &&
		    !is_news(world.instance[i].started);
	/* A child, in the background. */
	return p != now && l && same_key(l) && !over &&
	    (p == l->self || p->maker == l->self) && (in_turn(l->policy) ||
	    l->policy == REPLACE || l->policy == TOGGLE || l->policy == HOLD ||
	    l->asks.ends);
}

/* Or the listener that takes its place. */
static bool
is_handler(const struct proc *p)
{
	const struct launch *l = launch_from(p);

	return of_keeper(p) || (l && l->policy == LISTEN);
}

/* The instance that lived all the time since the process began: what is said is
 * said of this.  NULL: there is none, or there may be another one. */
static const struct instance *
steady(void)
{
	const struct instance *in = NULL;

	for (int i = 0; i < world.instances; i++) {
		const struct instance *k = &world.instance[i];

		if (!k->p || k->p->ending || !same_key(k->launch))
			continue;
		if (in || world.many > 1)
			return NULL;
		in = k;
	}
	/* A handler becomes one beside an instance that is stopped. */
	return in && !is_news(in->began) && !in->launch->handler &&
	    !(in->forked && world.unfair) ? in : NULL;
}

static long long
seconds_of(long long ns)
{
	return ns / SECOND;
}

/* The age is the one of the instance that was launched with this document. */
static void
age_check(const struct said *s)
{
	const struct launch *l = &world.launch[s->document - 1];
	/* A script is there before it begins, and may have been adopted. */
	long long begun = l->policy == HOLD || sim_clock <= l->due ? sim_clock :
	    sim_clock - l->due;
	long long least = 0, most = seconds_of(begun + MS);
	bool adopted = launches_of(ADOPT);

	for (int i = 0; i < world.launches; i++)
		adopted |= world.launch[i].asks.adopts;
	/* What was adopted has the age of that. */
	if (l->due > sim_clock || adopted)
		return;
	for (int i = 0; i < world.instances; i++) {
		if (world.instance[i].launch == l &&
		    world.instance[i].started < since)
			least = seconds_of(since - world.instance[i].started);
	}
	if (s->age * s->unit > most || (s->age + 1) * s->unit <= least)
		wrong("says an age of %lld s, and it is from %lld to %lld s",
		    s->age * s->unit, least, most);
}

/* It is said which instance runs. */
static void
runs(const struct said *s)
{
	const struct instance *in = steady();
	pid_t pid = s->instance ? s->instance : s->pids ? *s->pid : 0;

	if (s->document > world.launches)
		wrong("says that doc%d runs, which nobody has", s->document);
	const struct proc *p = pid ? process(pid, is_instance) : NULL;

	/* A keeper without memory sees an end late. */
	if (pid && !p && strcmp(s->state, "ending") &&
	    !(world.harmed & 1U << FAIL))
		wrong("says that %d runs, which is no instance", pid);
	/* The process before it, which is not gone yet, has its parent. */
	if (in && p && p != in->p && launch_from(p)->key == in->launch->key &&
	    !(p->ending && launch_from(p) == in->launch))
		wrong("says that %d runs, and %d does", pid, in->p->pid);
	/* One of another key may be ending. */
	if (in && s->document && s->document != in->launch->origin &&
	    world.launch[s->document - 1].key == in->launch->key &&
	    !world.again)
		wrong("says that doc%d runs, and %s does", s->document,
		    in->launch->document);
	if (s->unit && s->document && !world.again && !world.twins)
		age_check(s);
	if (in && p == in->p && s->passed && s->presumed != is_presumed(in))
		wrong("says that %d is %s the instance", in->p->pid,
		    s->presumed ? "presumably" : "surely");
	if (in && s->stopped && (!p || p == in->p) && !in->p->stopped)
		wrong("says that %d is stopped", in->p->pid);
}

/* And that this launch was not run. */
static void
not_run(const struct said *s)
{
	runs(s);
	if (s->own && s->own != by->origin)
		wrong("says that doc%d was not run, and has %s", s->own,
		    by->document);
	if ((by->ran || by->delivered) && !by->again)
		wrong("says that %s was not run", by->document);
}

/* And that it cannot wait: here all processes see the same world. */
static void
in_sandbox(const struct said *s)
{
	not_run(s);
	if (!(world.harmed & 1U << FAIL))
		wrong("says that it may be in a sandbox");
}

static void
not_due_said(const struct said *s)
{
	if (s->own && s->own != by->origin)
		wrong("says that doc%d was not run, and has %s", s->own,
		    by->document);
	oracle_dates(by, s->text, s->document);
}

static void
none(const struct said *s)
{
	const struct instance *in = steady();

	(void)s;
	if (in && !(world.harmed & 1U << SWEEP))
		wrong("says that nothing runs, and %d does", in->p->pid);
}

/* So many wait, and these. */
static void
line(const struct said *s)
{
	if (s->waits && s->count != s->pids)
		wrong("says that %lld wait, and names %d", s->count, s->pids);
	for (int i = 0; i < s->pids; i++) {
		if (!process(s->pid[i], waits))
			wrong("says that %d waits", s->pid[i]);
	}
}

static void
none_line(const struct said *s)
{
	none(s);
	line(s);
}

/* Others run, with these keys. */
static void
others(const struct said *s)
{
	long long n = (long long)strlen(s->keys);

	none(s);
	if (n != s->count)
		wrong("says that there are %lld, and names %lld", s->count, n);
	if (!world.keyed)
		wrong("says that there are keys");
}

static void
lost(const struct said *s)
{
	bool any = by->delivered || by->told;

	(void)s;
	for (const struct proc *p = procs + 1; p < procs + nprocs; p++)
		any |= is_handler(p) && lived(p); /* it may have no processor */
	if (!any)
		wrong("says that its handler's status is unknown, and has none");
	if (!(world.harmed & (1U << KILL | 1U << FAIL)))
		wrong("says that its keeper was killed");
}

/* A call has failed. */
static void
failed(const struct said *s)
{
	if (!(world.harmed & 1U << FAIL) && !(world.scarce &&
	    !strcmp(s->error, strerror(EMFILE))) &&
	    !(world.harmed & 1U << SWEEP && (!strcmp(s->error, strerror(ENOENT)) ||
	    !strcmp(s->error, strerror(ENOTDIR)) /* taken by another user */)) &&
	    !(world.harmed & 1U << KILL /* what looks for it */ &&
	    !strcmp(s->error, strerror(EAGAIN))))
		wrong("says that something failed, and nothing has");
}

static void
left(const struct said *s)
{
	if (s->count && s->count != s->pids)
		wrong("says that %lld still run, and names %d", s->count,
		    s->pids);
	for (int i = 0; i < s->pids; i++) {
		if (!process(s->pid[i], NULL))
			wrong("says that %d still runs", s->pid[i]);
	}
}

/* The time limit that it has; in seconds, what is usual. */
static long long
limit_of(int usual)
{
	return by->asks.limit < usual * SECOND ? by->asks.limit : usual * SECOND;
}

/* Something that a launch may wait for was held up, or lacked something, since it
 * began: a process has no processor, or dies slowly; files are gone; calls fail. */
static bool
is_touched(void)
{
	bool any = world.scarce || world.plague || world.bare ||
	    (world.harmed & (1U << FAIL | 1U << SWEEP) &&
	    world.damaged >= since);

	for (const struct proc *p = procs + 1; p < procs + nprocs; p++) {
		const struct launch *l = p->maker ? NULL : launch_from(p);

		any |= p != now && p->exe && p->exe->number != OTHER_FILE &&
		    lived(p) && ((p->stalled > since && !(l && !l->stopped)) ||
		    (p->ending && (p->slow_end || p->stalled)));
		any |= is_keeper(p) && world.harmed & 1U << KILL &&
		    p->ended >= since;
	}
	return any;
}

/* A keeper, if it has a number, does not answer.  That takes as long as a launch is
 * patient. */
static void
deaf(const struct said *s)
{
	enum { PATIENCE = 5 };
	const struct instance *in = steady();
	pid_t keeper = s->pids ? s->pid[s->pids - 1] : 0;
	const struct proc *p = keeper ? process(keeper, is_keeper) : NULL;

	if (keeper && !p)
		wrong("says that %d is a keeper", keeper);
	/* However late it is, a launch without a limit waits for it. */
	if (p && !p->ending && !p->stopped && by->policy < HOLD &&
	    by->policy != REPLACE && by->policy != TOGGLE && !by->asks.ends &&
	    by->asks.limit == NEVER)
		wrong("says that %d does not answer, and it lives", keeper);
	if (s->pids == 2)
		runs(s);
	else if (s->pids && in && calm())
		wrong("says that its process has ended, and %d runs", in->p->pid);
	if (!is_touched() && by->asks.limit >= MS)
		wrong("says that a keeper does not answer, and none was held up");
	if (by->policy < HOLD && sim_clock - since < limit_of(PATIENCE) - MS)
		wrong("says that a keeper does not answer, after %lld ms",
		    (sim_clock - since) / MS);
}

static void
ended(const struct said *s)
{
	(void)s;
	if (steady())
		wrong("says that %d has ended", steady()->p->pid);
	if (!old_kernel && !world.harmed && !world.forgets)
		wrong("says that it does not know how the instance ended");
}

static void
locked(const struct said *s)
{
	const struct proc *p = s->pids ? process(*s->pid, NULL) : NULL;

	if (!world.shares)
		wrong("says that there is a lock file");
	if (s->pids && !p)
		wrong("says that %d has the lock file", *s->pid);
	/* The program may have executed onlyone meanwhile. */
	if (p && strcmp(s->name, p->comm) && strcmp(s->name, "onlyone") &&
	    !(launch_from(p) && launch_from(p)->asks.inside))
		wrong("says that %d is %s, and it is %s", p->pid, s->name,
		    p->comm);
}

static void
seals(const struct said *s)
{
	(void)s;
	if (!launches_of(SEAL))
		wrong("says that there is a seal");
}

static void
handler_waits(const struct said *s)
{
	if (s->pids && !process(*s->pid, is_handler))
		wrong("says that %d is a handler", *s->pid);
	/* A keeper without memory sees its end late. */
	if (s->instance && !process(s->instance, is_instance) &&
	    !(world.harmed & 1U << FAIL))
		wrong("says that %d is the instance", s->instance);
}

/* It was asked to end, and has not, or it was waited for: 10 s, if nothing else is
 * said. */
static void
still(const struct said *s)
{
	enum { LIMIT = 10 };
	pid_t pid = s->instance ? s->instance : *s->pid;

	if (pid && !process(pid, is_instance))
		wrong("says that %d still runs", pid);
	if (sim_clock - since < limit_of(LIMIT) - MS)
		wrong("waited only %lld ms", (sim_clock - since) / MS);
}

/* A number alone. */
static void
counted(const struct said *s)
{
	const struct instance *in = steady();
	struct said pid = *s;

	if (by->policy == GIVE_PID) {
		pid.instance = (pid_t)s->count;
		runs(&pid);
	} else if (in && !s->count && !(world.harmed & 1U << SWEEP)) {
		wrong("counts none, and %d runs", in->p->pid);
	}
}

/* What it would do about this instance, or the one whose successor is looked for. */
static void
plans(const struct said *s)
{
	bool any = false;

	for (const struct proc *p = procs + 1; p < procs + nprocs; p++)
		any |= p->pid == *s->pid && is_instance(p);
	if (!any && *s->pid)
		wrong("says that %d runs, which never was an instance", *s->pid);
}

static void
handed(const struct said *s)
{
	/* A handler may be the instance, or was to be. */
	if (s->instance && !process(s->instance, is_instance) &&
	    !process(s->instance, is_handler))
		wrong("says that %d is the instance", s->instance);
	/* The program itself, as a handler, may be stopped before it looks. */
	if (!by->delivered && !by->ran && !by->told && !by->loser &&
	    !(world.harmed & (1U << KILL | 1U << FAIL | 1U << TYPED)) &&
	    !(world.again && has_stops()))
		wrong("says that it has handed over, and nobody has %s",
		    by->document);
}

/* onlyonectl doctor found something. */
static void
ill(const struct said *s)
{
	bool any = !calm() || roots_on_fuse();

	(void)s;
	/* What has just ended has its files still, or its keeper removes them. */
	for (const struct proc *p = procs + 1; p < procs + nprocs; p++)
		any |= (is_keeper(p) || is_instance(p)) && p->ended >= since;
	if (!any)
		wrong("says that something is wrong");
}

/* So many wait, though another process has the lock file. */
static void
locked_line(const struct said *s)
{
	struct said rest = *s;

	locked(s);
	rest.pids--;
	memmove(rest.pid, rest.pid + 1, sizeof(rest.pid) - sizeof(*rest.pid));
	line(&rest);
}

/* By a process that cannot be named: the numbers are those of launches. */
static void
locked_by(const struct said *s)
{
	if (!world.shares)
		wrong("says that there is a lock file");
	line(s);
}

/* Each of them waits already. */
static void
queued(const struct said *s)
{
	struct said all = *s;

	all.waits = false;
	line(&all);
	if (by->policy != QUEUE || !s->pids)
		wrong("says that a launch is queued");
}

/* An equal one waits. */
static void
covered(const struct said *s)
{
	bool any = false;

	for (const struct launch *l = world.launch; l->number; l++)
		any |= l != by && l->origin == by->origin && l->policy == QUEUE &&
		    l->cwd == by->cwd && process(*s->pid, waits) &&
		    l->self == first_of(process(*s->pid, waits));
	if (!any)
		wrong("says that %d waits, which is no equal launch", *s->pid);
	by->covered = true;
}

/* Some launch was not to start another one. */
static void
skipped(const struct said *s)
{
	int n = 0;

	for (const struct launch *l = world.launch; l->number; l++)
		n += l->policy == SKIP || l->policy == BUSY ||
		    l->policy == HOLD || l->policy == QUEUE ||
		    l->policy == ADOPT || l->asks.limit < MS;
	if (!s->count || s->count > n)
		wrong("says that %lld were skipped, of %d", s->count, n);
}

static void
killed(const struct said *s)
{
	(void)s;
	/* ^C ends one that has not left its group yet, too. */
	if (!(world.harmed & (1U << KILL | 1U << FAIL | 1U << TYPED)))
		wrong("says that keepers end, and nobody kills them");
}

/* The command that makes a part of the key did not. */
static void
keyless(const struct said *s)
{
	(void)s;
	if (!keys_may_fail())
		wrong("says that there is no key, and its command was left alone");
}

/* Such as one that was killed, and has its files still. */
static void
name_taken(const struct said *s)
{
	(void)s;
	by->nameless = true;
	if (calm())
		wrong("says that another process has the lock name");
}

/* A process has no descriptors, or no memory. */
static void
full(const struct said *s)
{
	(void)s;
	if (!world.scarce && !(world.harmed & 1U << FAIL))
		wrong("says that it lacks something");
}

static void
handlerless(const struct said *s)
{
	full(s);
	world.handlerless |= strstr(s->text, "enough memory") != NULL;
}

/* A launch has asked its keeper to give the slot up, or one that holds it has. */
static bool
is_forgotten(void)
{
	bool any = false;

	for (const struct launch *l = world.launch; l->number; l++)
		any |= (FORGETS(l->policy) || l->policy == HOLD) && l->begun &&
		    (l->key == by->key || l->asks.all);
	return any;
}

/* By a cleaner, or by a keeper that was killed as it removed all. */
static void
swept(const struct said *s)
{
	(void)s;
	if (!(world.harmed & 1U << SWEEP) &&
	    !(world.harmed & 1U << KILL && is_forgotten()))
		wrong("says that its record was removed");
}

/* As a list has it; of a document its last letter. */
static char
key_letter(const struct launch *l)
{
	return *l->key ? l->key[strlen(l->key) - 1] : '-';
}

/* Those that have been in line since before the process began are named.  A keeper
 * without descriptors has no room for some, and does not know of them. */
static void
line_whole(const struct said *s)
{
	unsigned line = calm() && !world.scarce && world.many == 1 ?
	    in_line(false) : 0;

	for (int i = 0; i < world.launches; i++) {
		const struct launch *l = &world.launch[i];
		bool named = !(line & 1U << i) || l->p->slept >= since ||
		    !same_key(l) || (s->key && s->key != key_letter(l));

		for (int k = 0; k < s->pids; k++)
			named |= s->pid[k] == l->self->pid;
		if (!named)
			wrong("does not say that launch %d waits", l->number);
	}
}

/* A row of a list, or the status. */
static void
row_listed(const struct said *s)
{
	static const char *const lives[] = { "running", "stopped", "no-keeper",
		"not-responding", "ended", NULL };
	const struct instance *in = steady();
	struct said rest = *s;
	bool alive = false;

	if (in && s->pids && *s->pid && *s->pid != in->p->pid)
		in = NULL; /* of another one, which runs(s) looks at */
	for (const char *const *state = lives; *state; state++)
		alive |= !strcmp(s->state, *state);
	rest.stopped = !strcmp(s->state, "stopped");
	runs(&rest);
	rest.pids--;
	memmove(rest.pid, rest.pid + 1, sizeof(rest.pid) - sizeof(*rest.pid));
	line(&rest);
	/* What adopts may give it several. */
	if (in && *s->pid == in->p->pid && s->key && in->launch->policy != BARE &&
	    s->key != key_letter(in->launch))
		wrong("says that the key is %c", s->key);
	if (in && s->key && s->key != key_letter(in->launch))
		in = NULL; /* of another key */
	/* A daemon may take a while to be found. */
	if (in && !alive && !(in->forked && !strcmp(s->state, "ending")))
		wrong("says %s, and %d runs", s->state, in->p->pid);
	if (in && in->p->stopped && in->p->stopped < since &&
	    in->p->stalled > sim_clock && !strcmp(s->state, "running"))
		wrong("says that %d is not stopped", in->p->pid);
	/* One that is about to start has none yet. */
	if (!strcmp(s->state, "no-keeper") && in && calm())
		wrong("says that there is no keeper, and nobody killed it");
	if (by->policy != STATUS) /* which has a line for them */
		line_whole(&rest);
}

/* The instance that it is said of, of which the windows are known. */
static const struct instance *
windows_of(const struct said *s)
{
	const struct instance *in = steady();

	runs(s);
	return in && s->instance == in->p->pid && calm() ? in : NULL;
}

/* It has shown a window since. */
static void
window(const struct said *s)
{
	const struct instance *in = windows_of(s);

	if (in && display_unshown(in->p, since))
		wrong("says that %d has a window", in->p->pid);
}

/* It has not shown one all the time. */
static void
windowless(const struct said *s)
{
	const struct instance *in = windows_of(s);

	if (in && display_shown(in->p, since))
		wrong("says that %d has no window", in->p->pid);
}

/* It has not shown one, which responds, all the time.  A window that is to be
 * raised is waited for, if a helper has no processor. */
static void
awaits(const struct said *s)
{
	const struct instance *in = windows_of(s);

	if (in && !world.unfair && display_shown(in->p, since) &&
	    !display_hangs(in->p))
		wrong("waits for a window of %d, which is there", in->p->pid);
}

static void
forgotten(const struct said *s)
{
	if (!is_forgotten())
		wrong("says that %d was forgotten", s->instance);
}

/* Its keeper answers, and has too few descriptors for all who came. */
static void
crowded(const struct said *s)
{
	const struct proc *p = process(s->pid[1], is_keeper);

	if (!p || p->stopped)
		wrong("says that %d is a keeper that answers", s->pid[1]);
	if (!world.scarce)
		wrong("says that the keeper has no place for it");
	runs(s);
}

/* It runs the program, and does not belong to an instance. */
static void
outside(const struct said *s)
{
	const struct proc *p = process(*s->pid, NULL);

	if (!p || p->exe->number != PROGRAM_FILE)
		wrong("says that %d runs the program", *s->pid);
	if (env_value(p->env, ENV_SLOT))
		wrong("says that %d is no instance", p->pid);
}

/* Words that say nothing of the world. */
static void plain(const struct said *s) { (void)s; }

static void (*const checks[])(const struct said *s) = {
	[SAID_COUNTED] = counted,
	[SAID_COVERED] = covered,
	[SAID_DEAF] = deaf,
	[SAID_ENDED] = ended,
	[SAID_FAILED] = failed,
	[SAID_FULL] = full,
	[SAID_HANDED] = handed,
	[SAID_HANDLER_WAITS] = handler_waits,
	[SAID_HANDLERLESS] = handlerless,
	[SAID_ILL] = ill,
	[SAID_IN_SANDBOX] = in_sandbox,
	[SAID_KEYLESS] = keyless,
	[SAID_KILLED] = killed,
	[SAID_LEFT] = left,
	[SAID_LINE] = line,
	[SAID_LISTED] = row_listed,
	[SAID_LOCKED] = locked,
	[SAID_LOCKED_LINE] = locked_line,
	[SAID_LOCKED_BY] = locked_by,
	[SAID_LOST] = lost,
	[SAID_NAME_TAKEN] = name_taken,
	[SAID_NONE] = none,
	[SAID_NONE_LINE] = none_line,
	[SAID_NOT_DUE] = not_due_said,
	[SAID_NOT_RUN] = not_run,
	[SAID_OTHERS] = others,
	[SAID_PLAIN] = plain,
	[SAID_PLANS] = plans,
	[SAID_QUEUED] = queued,
	[SAID_RUNS] = runs,
	[SAID_SEALS] = seals,
	[SAID_SKIPPED] = skipped,
	[SAID_STILL] = still,
	[SAID_SWEPT] = swept,
	[SAID_WINDOW] = window,
	[SAID_WINDOWLESS] = windowless,
	[SAID_AWAITS] = awaits,
	[SAID_OUTSIDE] = outside,
	[SAID_CROWDED] = crowded,
	[SAID_FORGOTTEN] = forgotten,
};

/* The last line that tells a reason is the one for its status. */
static void
line_check(const char *text)
{
	struct said s;

	checks[said_find(text, &s)](&s);
	if (s.statuses)
		by->reason = s.statuses;
}

/* What runs is stopped, and what has the lock file can be seen: it says so. */
static void
says_why(const char *text)
{
	enum { SURE = 20 };
	const struct instance *in = by->saw;

	if (by->p == now && by->policy == BUSY && !by->asks.unheard &&
	    world.many == 1 && in && in->p && in->p->stopped &&
	    in->p->stopped < by->due &&
	    in->p->stalled > sim_clock && calm() && !strstr(text, "stopped") &&
	    !strstr(text, " is overdue") && !strstr(text, " is not due"))
		wrong("does not say that what runs is stopped");
	if (world.stranger && !world.unnamed && !world.lock_lost &&
	    calm() && sim_clock - world.taken > SURE * MS &&
	    strstr(text, "another process has its lock file"))
		wrong("does not say which process has the lock file");
}

void
world_says(const char *text, size_t n)
{
	static const char *const names[] = { "onlyone: ", "onlyonectl: " };
	char all[4096 + 1], *next = all;

	by = launch_from(now);
	if (now->exe->number != ONLYONE_FILE || !by)
		return;
	since = now == by->self ? by->due : now->start;
	if (n >= sizeof(all))
		unknown("so much is printed");
	memcpy(all, text, n);
	all[n] = '\0';
	says_why(all);
	for (char *t; (t = strsep(&next, "\n")); ) {
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
			if (!strncmp(t, names[i], strlen(names[i])))
				t += strlen(names[i]);
		}
		if (*t)
			line_check(t);
	}
}
