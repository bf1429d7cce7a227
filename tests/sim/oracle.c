/*
 * oracle.c: what must hold, checked where the protocol makes its decisions.
 */
#include <sched.h>

#include "cli/core/wire/frame.h"
#include "preload/contract.h"
#include "tests/sim/kernel.h"
#include "tests/sim/oracle.h"
#include "tests/sim/sched.h"

const struct proc *
first_of(const struct proc *p)
{
	while (p->maker)
		p = p->maker;
	return p;
}

/* Of several that have it: the launch of this process, or if this is a handler the
 * one that hands it over. */
static struct launch *
launch_of(const char *document)
{
	struct launch *first = NULL;

	for (struct launch *l = world.launch; l->number; l++) {
		if (strcmp(l->document, document) != 0)
			continue;
		if (of_keeper(now) ? l->policy == HAND_OVER :
		    l->self == first_of(now))
			return l;
		first = first ? first : l;
	}
	if (first)
		return first;
	wrong("nobody launched anything with %s", document);
}

struct instance *
living(const char *key, int n)
{
	for (int i = 0; i < world.instances; i++) {
		if (world.instance[i].p &&
		    world.instance[i].launch->key == key && --n == 0)
			return &world.instance[i];
	}
	return NULL;
}

bool
under_way(enum policy first, enum policy last, const char *key)
{
	for (const struct launch *l = world.launch; l->number; l++) {
		if (l->policy >= first && l->policy <= last && l->p &&
		    l->begun && (l->key == key || l->asks.all))
			return true;
	}
	return false;
}

struct launch *
launch_from(const struct proc *p)
{
	for (struct launch *l = world.launch; l->number; l++) {
		if (l->self == first_of(p))
			return l;
	}
	return NULL;
}

bool
is_keeper(const struct proc *p)
{
	return p->exe->number == ONLYONE_FILE && p->maker && p->sid == p->pid;
}

/* It has a parent which is the launch, or with --background is the launch's child. */
bool
is_chosen(const struct proc *p)
{
	const struct proc *first = first_of(p), *from = p->maker;
	const struct launch *l = launch_from(p);

	if (l && l->asks.background && from && from->maker == first)
		from = first;
	return p->exe->number == ONLYONE_FILE && p != first && from == first &&
	    from->exe->number != SHELL_FILE &&
	    !(p->made_how & (CLONE_VM | CLONE_FILES));
}

/* Whether some process may be the instance: one of the program, also one left
 * behind (copies.c); a handler that keeps running; or another launch that is
 * about to become one, or failed to and keeps its lock until its files are
 * closed. */
static bool
somebody(const struct launch *but)
{
	for (struct proc *p = procs + 1; p < procs + nprocs; p++) {
		if (p->memory && p != but->self && !p->forgotten &&
		    (p->exe->number == PROGRAM_FILE ||
		    (world.again && p != now && of_keeper(p)) ||
		    (is_chosen(p) && first_of(p) != but->self)))
			return true;
	}
	for (int i = 0; i < world.launches; i++) {
		const struct launch *l = &world.launch[i];

		if (l != but && l->self->memory && l->begun && l->policy < ACTIVATE)
			return true;
	}
	return false;
}

bool calm(void) { return !world.harmed && !world.stalled; }

/* Or a launch got no processor for a while, which the kernel shows. */
static bool
fair(void)
{
	return calm() || !(world.unfair || world.stopped ||
	    world.harmed & ~(1U << STALL));
}

bool in_turn(enum policy p) { return p == WAIT || p == QUEUE; }

/* The launches that wait in line, or for a handler, as bits. */
unsigned
in_line(bool handler)
{
	enum { SURE = 100 };
	unsigned line = 0;

	for (int i = 0; i < world.launches; i++) {
		const struct launch *l = &world.launch[i];

		if ((handler ? l->policy == HAND_OVER : in_turn(l->policy)) &&
		    l->p && !l->ran && !l->delivered &&
		    l->p->state == BLOCKED && l->begun &&
		    !strcmp(l->p->call, "poll") &&
		    sim_clock - l->p->slept > SURE * MS)
			line |= 1U << i;
	}
	return line;
}

/* forget or reset starts, or ends: the instance is undefined.  It may be a
 * launch that is about to start one, but none in line, except the parent. */
static void
forgets(const struct launch *by)
{
	const char *key = by->key;
	unsigned line = world.extras ? 0 : in_line(false);

	for (int i = 0; i < world.launches; i++) {
		struct launch *l = &world.launch[i];

		l->loose |= l->begun && !l->ran && (l->key == key || by->asks.all) &&
		    (l->stays || !(line & 1U << i));
	}
	for (int i = 0; i < world.instances; i++) {
		struct instance *in = &world.instance[i];

		if (in->launch->key == key || by->asks.all)
			in->helper = in->p = NULL;
	}
}

void
world_releases(bool done)
{
	for (int i = 0; i < world.launches; i++) {
		if (world.launch[i].self == now)
			forgets(&world.launch[i]);
	}
	if (done)
		now->forgotten = sim_clock;
}

bool
world_is_bare(const char *document)
{
	return launch_of(document)->policy == BARE;
}

void
oracle_adopted(const char *key)
{
	struct launch *bare = world.launch;

	if (!bare->self->memory || bare->self->ending)
		return;
	for (int i = 0; i < world.instances; i++) {
		if (world.instance[i].first == bare->self)
			return; /* it was already */
	}
	bare->key = key;
	forgets(bare);
	known(world.instances < INSTANCES);
	world.instance[world.instances++] = (struct instance){ .p = bare->self,
		.first = bare->self, .first_pid = bare->self->pid,
		.launch = bare, .began = sim_clock, .started = sim_clock };
}

/* Ours in the background: they have nothing to do while nothing happens.  A keeper
 * whose files were swept away tries to make them again. */
static void
rests(void)
{
	enum { REST = 60 };
	bool ours = now->exe->number == ONLYONE_FILE;

	for (int i = 0; i < world.launches; i++)
		ours &= world.launch[i].p != now &&
		    world.launch[i].p != now->maker; /* hold */
	if (!ours || world.display /* it looks for a window now and then */)
		world.last_news = sim_clock;
	else if (sim_clock - world.last_news > REST * SECOND)
		wrong("wakes while nothing happens");
}

void
oracle_step(void)
{
	rests();
	now->since_end++;
	for (int i = 0; i < world.launches; i++) {
		struct launch *l = &world.launch[i];

		if (l->p == now && !l->begun) {
			l->begun = true;
			/* If the slot has just been freed, any launch may be
			 * first. */
			if ((l->policy == HAND_OVER || in_turn(l->policy)) &&
			    !under_way(FORGET, RESET, l->key))
				l->after = in_line(l->policy == HAND_OVER);
			l->instances = living(l->key, 1) ? world.instances : 0;
			l->saw = living(l->key, world.many);
			l->met = somebody(l);
			if (l->policy == SEAL)
				world.unsealed = world.unsealing = false;
			if (l->policy == UNSEAL) {
				world.sealed = false;
				world.unsealing = !under_way(SEAL, SEAL, l->key);
			}
			if (FORGETS(l->policy) && !l->asks.stamps)
				forgets(l);
			for (int k = 0; k < world.launches; k++)
				world.launch[k].met |= k != i &&
				    l->policy < ACTIVATE;
		}
	}
}

void
oracle_execs(const struct inode *file, char *const *argv, char *const *env)
{
	bool inside = false;

	oracle_fds_exec(file);
	if (now->exe->number == ONLYONE_FILE && launch_from(now) &&
	    file->number != RAISE_FILE)
		oracle_given(launch_from(now), file, argv, env);
	/* One that executes its own launch again is the instance: its keeper may
	 * have ended, without memory.  Or what dies slowly has the name. */
	for (const struct launch *l = world.launch; l->number; l++)
		inside |= (l->asks.inside || l->nameless || l->policy == BARE) &&
		    (l->self == now || l->self == now->maker);
	/* Its keeper has it, if it was not killed.  A launch may be forgotten. */
	if (file->number == PROGRAM_FILE && now->exe->number == ONLYONE_FILE &&
	    !inside && !world.unkept && !world.forgets &&
	    names_held(NULL, "onlyone/") == 0)
		wrong("goes on without the name lock");
}

/* None of these launches (bits), which waited for the same, still does: one
 * that has executed its program may reach its main later.  After forget there
 * is another keeper, which a launch without a processor may reach too late. */
static void
took_turn(const struct launch *l, unsigned before)
{
	int places = world.many; /* others may be about to take the rest */

	for (int k = 0; k < world.launches; k++) {
		const struct launch *b = &world.launch[k];

		if (before & 1U << k && b->key == l->key && b->p && !b->ran &&
		    !(b->stopped && world.forgets) && !not_due(b) &&
		    !world.scarce /* its keeper may have had no room for it */ &&
		    b->p->exe->number == ONLYONE_FILE &&
		    (in_turn(b->policy) || !(b->delivered || b->loser)) &&
		    --places == 0)
			wrong("launch %d waited before launch %d", k + 1, l->number);
	}
}

/* No other process has the lock file. */
static void
alone(const char *document)
{
	const struct proc *has = world.stranger;

	for (int i = 0; i < world.instances && !world.common.shared; i++) {
		if (world.instance[i].launch->policy != HOLD && !has)
			has = world.instance[i].p;
	}
	if (has && !world.lock_lost && (calm() || world.harmed == 1U << FAIL))
		wrong("%s and %d have the lock file", document, has->pid);
}

void
world_locked(bool locked, bool shared)
{
	world.stranger = NULL;
	if (locked && !shared)
		alone("a stranger");
	world.stranger = locked && !shared ? now : NULL;
	world.taken = sim_clock;
}

void
world_env(const char *document, const char *app, const char *key)
{
	keys_check(launch_of(document), app, key);
}

void
world_began(const char *document, const char *run)
{
	enum { LONG = 3 };
	struct launch *l = launch_of(document);
	struct instance *i = living(l->key, world.many);

	tell("RUNS with %s", document);
	if (world.sealed && !l->loose && !(world.harmed & 1U << SWEEP))
		wrong("%s begins, and is not in the seal", document);
	for (int n = 1; i && !i->forked && n < world.many; n++)
		i = living(l->key, n);
	/* Only timing tells a daemon from a helper. */
	if (i && !l->loose && !(i->forked && world.unfair && (world.stalled ||
	    world.harmed & ~(1U << KILL | 1U << FAIL))) && !world.bare)
		wrong("two at once: %d with %s, and %d with %s", i->p->pid,
		    i->launch->document, now->pid, document);
	if (calm() && !world.unfair && l->policy == HAND_OVER && !l->handler &&
	    !l->again && !l->loser &&
	    l->due < world.last_end && sim_clock - world.last_end > LONG * SECOND)
		wrong("%s waited for what had ended", document);
	if (world.shares && l->policy != HOLD && !l->loose)
		alone(document);
	if (world.instances == INSTANCES)
		wrong("more instances than launches");
	for (int k = 0; k < world.instances; k++) {
		i = &world.instance[k];
		if (calm() && world.many == 1 && run && i->run &&
		    i->launch->key == l->key && !strcmp(i->run, run))
			wrong("%s is the same run as %s", document,
			    i->launch->document);
	}
	i = &world.instance[world.instances++];
	i->run = run;
	i->first = now;
	i->first_pid = now->pid;
	i->p = l->loose || under_way(FORGET, RESET, l->key) ? NULL : now;
	i->began = i->started = sim_clock;
	i->launch = l;
	/* A handler that continues as the next instance has the record of the
	 * last, which may not have started to run.  What was adopted before it holds
	 * has the record of the launch that adopted it. */
	i->resettable = l->handler == now ? i == world.instance || i[-1].resettable :
	    l->resettable;
	for (const struct launch *b = world.launch; b->number; b++)
		i->resettable |= b->resettable && (b->asks.adopts ||
		    (l->handler && b->self->pid == l->of));
	for (int k = 0; k < world.launches; k++)
		world.launch[k].met |= world.launch[k].begun;
	if (l->p == now)
		l->became = true;
	l->start = sim_clock;
	oracle_due(l);
	oracle_limit(l);
	if ((l->ran++ || l->delivered) && !l->again)
		wrong("%s ran twice", document);
	if (world.rivals) /* the file is taken in any order */
		return;
	if (in_turn(l->policy) && fair() && !l->handler)
		took_turn(l, l->after);
	else if (in_turn(l->policy) && !world.stalled &&
	    world.harmed == 1U << KILL && world.line & 1U << (l->number - 1))
		took_turn(l, l->after & world.line);
}

char **
world_nests(const char *document)
{
	struct launch *l = launch_of(document);
	/* One that was forgotten would wait for the lock file that it has. */
	bool nests = l->asks.nests && !l->ran &&
	    !(world.shares && world.forgets);

	l->asks.nests = false;
	l->asks.inside = nests;
	return nests ? l->words : NULL;
}

void
world_forked(struct proc *daemon)
{
	for (int i = 0; i < world.instances; i++) {
		struct instance *in = &world.instance[i];

		if ((in->p == now || in->daemon == now) && !in->launch->leaves) {
			in->daemon = daemon;
			in->forked = sim_clock;
		}
	}
}

void
world_left(struct proc *helper)
{
	for (int i = 0; i < world.instances; i++) {
		struct instance *in = &world.instance[i];

		if (in->p == now && in->launch->tree)
			in->daemon = helper;
		else if (in->p == now)
			in->helper = helper;
	}
}

bool
is_helper(const struct proc *p)
{
	for (int i = 0; i < world.instances; i++) {
		if (world.instance[i].helper == p && !world.instance[i].p)
			return true;
	}
	return false;
}

bool
is_presumed(const struct instance *in)
{
	return in->began != in->started && !in->launch->tree;
}

static bool lives(const struct proc *p) { return p->memory && !p->ending; }

bool
lent(const struct launch *l, bool loop)
{
	return l->teller && l->told > world.instances && living(l->key, 1) &&
	    lives(loop ? l->teller->maker : l->teller) &&
	    !world.stalled && !(world.harmed & ~(1U << KILL));
}

void
world_told(const char *document, struct proc *listener, bool answered)
{
	struct launch *l = launch_of(document);

	/* The launch comes again if its keeper lacks memory for the last
	 * message. */
	if (answered && (l->delivered++ || l->ran) && !l->again &&
	    !(world.harmed & 1U << FAIL))
		wrong("%s was delivered twice", document);
	l->again |= world.display && answered; /* the program may have ended */
	if (listener)
		tell("GETS %s, from its listener", document);
	/* If its instance has ended meanwhile, the next one may have it: at least once. */
	if (listener && lives(listener) && calm() && !l->again && (l->delivered ||
	    (l->teller && lives(l->teller))) && world.last_end < listener->start)
		wrong("a listener gets %s, which somebody has", document);
	l->teller = listener;
	l->told = world.instances + 1;
}

/* Handlers of an instance run one at a time.  If its launch has gone, a handler
 * gets HUP, and if it ignores that, the others wait no longer.  Without descriptors
 * the next keeper does not know it. */
static void
alone_check(const struct launch *l)
{
	for (const struct launch *b = world.launch; b->number; b++) {
		if (b == l || b->key != l->key || !b->handled ||
		    !lives(b->handled) || b->handled->exe != now->exe ||
		    strcmp(env_value(b->handled->env, ENV_RUN),
		    env_value(now->env, ENV_RUN)) ||
		    strcmp(env_value(b->handled->env, ENV_SLOT),
		    env_value(now->env, ENV_SLOT)))
			continue;
		if (b->self->memory || (!(world.harmed & 1U << FAIL) &&
		    WIFEXITED(b->self->status) &&
		    WEXITSTATUS(b->self->status) == EXIT_LOST))
			wrong("the handler of %s runs, and that of %s does",
			    l->document, b->document);
	}
}

void
world_delivered(const char *document, pid_t pid)
{
	enum { SOON = 50 };
	struct launch *l = launch_of(document);
	const struct instance *i = living(l->key, 1);
	const struct proc *of = proc_find_pid(pid);
	bool any = i, late = false;

	for (struct proc *p = procs + 1; p < procs + nprocs; p++) {
		late |= p->ending && p->stalled > l->due &&
		    p->exe->number == PROGRAM_FILE; /* what no process can see
		                                     * before */
		any |= p->memory && !p->ending && (p->pid == pid ||
		    p->exe->number == PROGRAM_FILE);
		if (p->memory && p->pid == pid && p->maker && calm() &&
		    p->exe->number == PROGRAM_FILE && is_helper(p) &&
		    !launches_of(BARE) /* it may be adopted */)
			wrong("the handler of %s is one of %d, a helper that was"
			    " left behind", document, pid);
	}
	tell("HAS %s, as a handler", document);
	/* What it is for has ended, or does before it may exit. */
	l->again |= world.display && (!i || (pid && pid != i->p->pid));
	if (pid && !world.tries)
		alone_check(l);
	l->handled = now;
	if (lent(l, false))
		wrong("a handler has %s, and a listener", document);
	if (of && of->forgotten && of->forgotten < l->due &&
	    !launches_of(BARE) /* a launch may have adopted it again */)
		wrong("%s is for an instance that was forgotten", document);
	if ((l->delivered++ || l->ran) && !l->again &&
	    !(l->told && world.harmed & 1U << FAIL))
		wrong("%s was delivered twice", document);
	/* The parent of the daemon may not have exited yet; what was forgotten
	 * meanwhile still runs. */
	if (calm() && i && pid && world.many == 1 && pid != i->p->pid &&
	    !(of && (of == i->p->maker || of->forgotten)) &&
	    sim_clock - i->began > SOON * MS)
		wrong("the handler of %s is one of %d, and %d is the instance",
		    document, pid, i->p->pid);
	if (calm() && !any && sim_clock - world.last_end > SOON * MS)
		wrong("%s is for an instance that has ended", document);
	/* The end of an instance, also of one that becomes a daemon, sends the
	 * launches that wait for its handler away; they come again in any
	 * order. */
	if (calm() && i && world.many == 1 && i->began < l->due &&
	    !world.tries /* such handlers do not wait for each other */ &&
	    l->instances == world.instances)
		took_turn(l, l->after);
	if (!somebody(l) && !l->asks.inside && !late && world.last_end < l->due)
		wrong("%s is for an instance that has ended", document);
}

static void
loses(const char *document, struct proc *loser)
{
	struct launch *l = launch_of(document);

	tell("HAS %s, as a handler, and %d loses it", document, loser->pid);
	l->handled = now;
	l->loser = loser;
	l->lost = sim_clock;
}

void
world_given(const char *document, pid_t pid)
{
	struct proc *p = pid ? proc_find_pid(pid) : NULL;

	if (p && display_loses(p))
		loses(document, p);
	else
		world_delivered(document, pid);
}

/* The process that was started first looks first, as for a name on a bus.  A
 * program that a launch executes may find a handler that was quicker to
 * start. */
const char *
world_meets(const char *document, pid_t of)
{
	struct launch *l = launch_of(document);
	const struct instance *i = living(l->key, 1);
	bool first = of && l->handler != now;

	if (!of && !(i && i->launch->of == now->pid))
		return l->life;
	if (first) {
		l->handler = now;
		l->of = of;
		l->leaves = true;
	}
	for (const struct launch *b = world.launch; of && b->number; b++)
		first |= b->key == l->key && b->handler && b->handler < now &&
		    lives(b->handler) && !b->ran && !b->delivered;
	if (first || !i)
		return first ? "" : l->life;
	l->became |= !of;
	if (display_loses(i->p))
		loses(document, i->p);
	else
		world_delivered(document, 0);
	return NULL;
}

/* The sender has just checked that the instance lives, however late this
 * arrives. */
void
world_sends(const char *bytes, size_t n)
{
	enum { JUST = 8, TYPE = 6 };
	bool any = n <= TYPE || memcmp(bytes, "1one", 4) != 0 ||
	    bytes[TYPE] != FRAME_DELIVERED || now->since_end < JUST ||
	    world.keyed || launches_of(EXACT);
	int handlers = 0, gone = 0; /* each may become the instance */

	for (struct proc *p = procs + 1; p < procs + nprocs && !any; p++) {
		bool lives = p->state != FREE && p->state != ZOMBIE;

		/* One should get this, and may just have been killed. */
		if (world.again && p->state != FREE && p->maker &&
		    p->maker->sid == p->maker->pid)
			handlers += lives || !gone++;
		any = lives && (is_chosen(p) || p->exe->number == PROGRAM_FILE ||
		    /* It takes longer to end than a keeper waits for that, or the
		     * keeper cannot look. */
		    (p->ending && world.harmed & (1U << STALL | 1U << FAIL)));
	}
	/* A launch too, but no verb, nor one that waits to hand over. */
	for (int i = 0; i < world.launches; i++)
		any |= world.launch[i].p && world.launch[i].begun &&
		    world.launch[i].policy < ACTIVATE && (world.launch[i].policy ||
		    world.launch[i].asks.inside ||
		    strcmp(world.launch[i].p->call, "poll") != 0);
	if (!any && handlers <= 1)
		wrong("delivers to an instance that has ended before");
}

void
world_signals(const struct proc *to, int sig)
{
	world.rung += sig == SIGWINCH && now->exe->number == ONLYONE_FILE;
	if (now->exe->number == ONLYONE_FILE && to->exe &&
	    to->exe->number == OTHER_FILE)
		wrong("%d, which is somebody else's, gets a signal", to->pid);
}

/* Only a child that is not reaped is sure to have its number. */
void
world_signals_number(pid_t pid)
{
	const struct proc *to = proc_find_pid(pid);

	if (now->exe->number == ONLYONE_FILE && to != now &&
	    (!to || to->ppid != now->pid))
		wrong("signals %d, which may be anybody's number", pid);
}

/* Whether what ends instances may send this. */
static bool
may_stop(int sig)
{
	return has_stops() && (sig == SIGTERM || (sig == SIGKILL && world.kills) ||
	    world.signals >> sig & 1);
}

/* Only processes that may do so end the running instance. */
static void
unasked(const struct proc *p)
{
	if (WIFSIGNALED(p->status) && WTERMSIG(p->status) != SIGSEGV &&
	    !may_stop(WTERMSIG(p->status)) &&
	    !(world.harmed & (1U << KILL | 1U << TERM | 1U << TYPED)))
		wrong("%d is ended by signal %d", p->pid, WTERMSIG(p->status));
}

/* Its launch, with --background, which it wants to tell, has been killed. */
static bool
is_abandoned(const struct proc *p)
{
	const struct launch *l = launch_from(p);

	return l && l->asks.background && l->killed;
}

void
world_ends(struct proc *p)
{
	enum { AT_ONCE = 500, YOUNG = 1200 };
	const struct launch *of = launch_from(p);

	p->ending = true;
	oracle_fds_exit(p);
	if (is_chosen(p) || p->exe->number == PROGRAM_FILE)
		world.last_end = sim_clock;
	if (p->exe->number == PROGRAM_FILE || (of && of->asks.inside))
		world.ended[status_of(p->status)] = true;
	if (p->exe->number == PROGRAM_FILE) {
		p->stalled = sim_clock + world.slow_end * MS;
	}
	/* A launch may die by its program's signal to report it; HUP is for a
	 * handler to be, ALRM kills a listener. */
	if (p->exe->number == ONLYONE_FILE && WIFSIGNALED(p->status) &&
	    !(WTERMSIG(p->status) == SIGPIPE && p->maker &&
	    (p->maker->exe->number == SHELL_FILE /* a loop */ ||
	    is_abandoned(p))) &&
	    !(1U << WTERMSIG(p->status) & (1U << SIGKILL | 1U << SIGTERM |
	    1U << SIGSEGV | 1U << SIGHUP | 1U << SIGALRM | world.signals |
	    (world.harmed & 1U << TYPED && /* it is no keeper */
	    !(p->maker && p->maker->made_how & CLONE_VFORK) ? 1U << SIGINT : 0))))
		wrong("dies of signal %d", WTERMSIG(p->status));
	/* As a child that takes descriptors, to its launch. */
	if (status_of(p->status) == EXIT_SYSTEM && p->maker && p->maker->maker &&
	    p->exe->number == ONLYONE_FILE &&
	    !(world.harmed & (1U << FAIL | 1U << SWEEP)))
		wrong("says that something failed, and nothing has");
	for (int i = 0; i < world.instances; i++) {
		struct instance *in = &world.instance[i];

		if (in->daemon == p)
			in->daemon = NULL;
		if (in->first == p) {
			in->first = NULL;
			in->first_status = p->status;
			in->first_end = sim_clock;
		}
		if (in->p != p)
			continue;
		oracle_intact(in, p);
		/* Its child is young and its status is none of a failure, or is
		 * not known. */
		if (sim_clock - in->began <= YOUNG * MS &&
		    (old_kernel || p->status == 0))
			in->helper = NULL;
		in->began = sim_clock;
		in->p = in->launch->tree || (p->status == 0 &&
		    sim_clock - in->forked < AT_ONCE * MS) ? in->daemon : NULL;
		unasked(p);
		if (in->launch->tree && in->launch->terms == 1 && !has_stops() &&
		    p->status == SIGTERM && p->maker != in->launch->self &&
		    !in->launch->asks.background /* its child passes it on */ &&
		    in->first_status == SIGTERM)
			wrong("launch %d sends TERM twice", in->launch->number);
		if (!in->p && in->launch->termed &&
		    (in->launch->stays || in->launch->tree) &&
		    WIFEXITED(p->status) && in->first_status != SIGTERM &&
		    sim_clock - in->launch->termed > AT_ONCE * MS)
			wrong("launch %d passed no TERM on", in->launch->number);
		in->daemon = NULL;
	}
	for (int i = 0; i < world.launches; i++) {
		struct launch *l = &world.launch[i];

		if (world.display && p->exe->number == PROGRAM_FILE)
			l->again |= l->p && l->p != p &&
			    (l->delivered || l->ran);
		if (l->p != p)
			continue;
		if (FORGETS(l->policy) && !l->asks.stamps)
			forgets(l);
		l->status = p->status;
		l->p = NULL;
		world.last_end = sim_clock;
		if (l->policy == EXACT)
			exact_ended(l, status_of(p->status));
		if (!l->became && WIFEXITED(p->status))
			oracle_done(l, NULL, WEXITSTATUS(p->status));
		if (!l->became && WIFEXITED(p->status))
			oracle_asks(l, WEXITSTATUS(p->status));
		if (l->policy == EXACT)
			continue;
		if (!l->became && WIFEXITED(p->status))
			launch_ended(l, WEXITSTATUS(p->status));
		else if (!l->became && !l->killed && !l->ran &&
		    !((world.extras || l->stays) &&
		    world.harmed & 1U << KILL) &&
		    !may_stop(WTERMSIG(p->status)))
			wrong("is killed by signal %d", WTERMSIG(p->status));
	}
}

void
oracle_end(void)
{
	EACH_PROC(p)
		if (p != procs)
			wrong("%s stays forever (in %s)", story_name(p), p->call);
	for (int i = 0; i < world.launches; i++) {
		if (world.launch[i].p)
			wrong("launch %d has not ended", i + 1);
	}
	if (!world.probes)
		return;
	oracle_records();
	for (int i = 1; i <= world.probes; i++) {
		if (world.launch[world.launches - i].ran != 1)
			wrong("the last launch did not run: something is stuck");
	}
	oracle_left();
}
