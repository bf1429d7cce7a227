/*
 * display.c: a display of the simulated world: the windows that programs show, and
 * onlyone-raise, which looks at them.
 *
 * A program shows its window a while after it has begun, and some close it a while
 * before they exit: what they are given then is lost, as with real ones.
 */
#include <stdlib.h>

#include "cli/windows/outcome.h"
#include "preload/contract.h"
#include "tests/sim/kernel.h"
#include "tests/sim/oracle.h"
#include "tests/sim/world.h"

#define CALL(type, name, params, args) type sim_##name params;
#include "tests/sim/calls.h"
#undef CALL
_Noreturn void sim__exit(int status);

enum { WINDOWS = 64, LOOK_MS = 100 };

/* The window of a program, which shows and closes it itself, when it gets a
 * processor. */
struct window {
	const struct proc *p;
	long long from, until; /* it is to be there; or was */
	long long hangs;       /* from then on its program does not respond */
	long long deaf;        /* so long before it closes, what it is given is lost */
	bool shown;
	bool over;             /* it is closed */
	bool stays;            /* without a window the program does not exit */
	bool asked;            /* it was asked to close */
};
static struct window windows[WINDOWS];
static int nwindows;

void
display_draw(void)
{
	nwindows = 0;
	world.display = world.seed % 6 == 5;
}

void
display_env(char **env)
{
	static char display[] = "DISPLAY=:0";

	if (!world.display)
		return;
	while (*env)
		env++;
	*env = display;
}

bool
display_has(const struct proc *p)
{
	const char *life = p->env ? env_value(p->env, "LIFE") : NULL;

	return world.display && p->exe && p->exe->number == PROGRAM_FILE &&
	    !p->fresh && life && atol(life + 2) % 4;
}

static struct window *
window_of(const struct proc *p)
{
	for (struct window *w = windows; w < windows + nwindows; w++) {
		if (w->p == p && p->memory)
			return w;
	}
	return NULL;
}

static bool
is_shown(const struct window *w)
{
	return w && w->shown;
}

static long long
later(unsigned long most)
{
	return (long long)sim_random(most) * MS;
}

static void woken(int sig) { (void)sig; }

static struct window *
window_new(long long end)
{
	static const unsigned long first[] = { 1, 40, 400, 3000 };
	static const unsigned long before[] = { 1, 60, 1500, 11000 };
	struct window *w = &windows[nwindows++];

	known(nwindows <= WINDOWS);
	*w = (struct window){ .p = now, .from = NEVER, .until = NEVER,
		.hangs = NEVER, .stays = !sim_random(4) };
	if (!display_has(now) || !sim_random(6)) /* a server, say */
		return w;
	w->from = sim_clock + later(first[sim_random(4)]);
	w->until = sim_random(3) ? end - later(before[sim_random(4)]) :
	    sim_random(2) ? w->from + later(3000) : end;
	if (w->until < w->from)
		w->until = w->from;
	if (w->until < end - 12 * SECOND)
		w->stays = true;
	if (sim_random(2))
		w->deaf = later(250);
	if (!sim_random(8))
		w->hangs = w->from + later(3000);
	return w;
}

static void
window_close(struct window *w)
{
	w->shown = false;
	w->over = true;
	w->until = sim_clock;
}

/* It was asked to close: its user answers a question, or does not.  When it exits. */
static long long
close_begin(struct window *w, long long end)
{
	long long sooner = sim_clock + later(sim_random(2) ? 60 : 2500);

	if (!w->shown || !sim_random(4) || sooner >= end)
		return end;
	window_close(w);
	w->stays = false;
	return sooner;
}

static void
window_step(struct window *w)
{
	if (!w->shown && !w->over && w->from <= sim_clock) {
		w->shown = true;
		w->from = sim_clock;
	}
	if (w->shown && w->until <= sim_clock)
		window_close(w);
}

static long long
next_step(const struct window *w, long long end)
{
	long long next = w->over ? end : w->shown ? w->until : w->from;

	return next < end ? next : end;
}

void
display_runs(long ms)
{
	struct sigaction sa = { .sa_handler = woken };
	long long end = sim_clock + ms * MS;
	struct window *w;

	sim_sigaction(SIGUSR2, &sa, NULL);
	w = window_new(end);
	while (sim_clock < end) {
		window_step(w);
		if (w->asked)
			end = close_begin(w, end);
		w->asked = false;
		sleep_ms((long)((next_step(w, end) - sim_clock + MS - 1) / MS));
	}
}

bool
display_loses(const struct proc *p)
{
	struct window *w = window_of(p);

	if (!w || (!w->over && (!w->shown || sim_clock < w->until - w->deaf)))
		return false;
	if (!w->stays)
		return true;
	if (w->over && sim_random(2)) { /* else it shows none */
		w->over = false;
		w->from = sim_clock;
		w->until = NEVER;
		sim_kill(p->pid, SIGUSR2);
	}
	return false;
}

bool
display_shown(const struct proc *p, long long since)
{
	const struct window *w = window_of(p);

	return is_shown(w) && w->from <= since;
}

static bool
is_hung(const struct window *w)
{
	return w->hangs <= sim_clock || w->p->stopped;
}

bool
display_hangs(const struct proc *p)
{
	const struct window *w = window_of(p);

	return w && is_hung(w);
}

bool
display_unshown(const struct proc *p, long long since)
{
	const struct window *w = window_of(p);

	return !w || (!w->shown && (!w->over || w->until <= since));
}

/* A program that has shown a window for a while was awaited, and so is waited for
 * until it ends, as long as a GApplication takes. */
void
display_lost(const struct launch *l)
{
	enum { SEEN = 1000, ENDS = 11000 };
	bool over = false;

	for (int i = 0; i < world.instances; i++) {
		const struct instance *in = &world.instance[i];
		bool next = in->started > l->lost && in->launch->key == l->key;

		if (next && in->launch->origin == l->origin)
			return; /* the next one was started with the same */
		over |= next;
	}
	/* With -q it does not say what the next one was not given. */
	if (over && l->asks.quiet)
		return;
	/* Another handler may be the instance for the keeper, or what it leaves. */
	if (!over && of_keeper(l->loser))
		return;
	for (const struct proc *p = procs + 1; p < procs + nprocs && !over; p++) {
		if (p->maker == l->loser)
			return;
	}
	for (const struct window *w = windows; w < windows + nwindows; w++) {
		if (w->p == l->loser && w->until - w->from >= SEEN * MS &&
		    sim_clock - l->lost < ENDS * MS && calm() &&
		    !w->p->interrupted && !w->p->stopped)
			wrong("ends with 0, and %d has lost %s as it ended",
			    w->p->pid, l->document);
	}
}

/*
 * onlyone-raise.
 */

/* Whether it descends from the process with this pid, which lives. */
static bool
is_below(const struct proc *p, pid_t pid)
{
	while (p && p->pid != pid)
		p = p->ppid > 1 ? proc_find_pid(p->ppid) : NULL;
	return p;
}

/* The window of the instance with this pid, or of another process of it; below: of
 * one that descends from it. */
static struct window *
window_find(pid_t pid, bool below)
{
	const struct proc *p = proc_find_pid(pid);
	struct window *found = NULL;

	for (struct window *w = windows; w < windows + nwindows; w++) {
		if (!w->p->memory || w->p->ending)
			continue;
		if (w->p->pid == pid || (!found && p && (below ?
		    is_below(w->p, pid) : !of_keeper(w->p) &&
		    !of_keeper(p) && first_of(w->p) == first_of(p))))
			found = w;
	}
	return found;
}

static enum outcome
window_look(pid_t pid, bool below)
{
	struct window *w = window_find(pid, below);

	return !is_shown(w) ? OUTCOME_NO_WINDOW :
	    is_hung(w) ? OUTCOME_HUNG : OUTCOME_RAISED;
}

static enum outcome
window_await(pid_t pid, const char *wait, bool below)
{
	long long until = sim_clock + (long long)(wait ? atof(wait) * 1000 : 0) * MS;
	enum outcome o;

	while ((o = window_look(pid, below)) == OUTCOME_NO_WINDOW &&
	    sim_clock < until)
		sleep_ms(LOOK_MS);
	return o;
}

static enum outcome
window_ask(pid_t pid)
{
	struct window *w = window_find(pid, false);

	if (!is_shown(w))
		return OUTCOME_NO_WINDOW;
	w->asked = true;
	sim_kill(w->p->pid, SIGUSR2);
	return OUTCOME_RAISED;
}

static bool
has_word(const char *word)
{
	return word_find(now->argv, word);
}

static const char *
value_of(const char *option)
{
	char *const *at = word_find(now->argv, option);

	return at ? at[1] : NULL;
}

static enum outcome
raise_runs(pid_t pid)
{
	if (has_word("--close"))
		return window_ask(pid);
	if (has_word("--shown"))
		return window_await(pid, value_of("--wait"), true);
	if (has_word("--notify"))
		return OUTCOME_RAISED;
	if (has_word("--titles") || has_word("--no-raise"))
		return OUTCOME_NO_WINDOW;
	if (has_word("--evidence"))
		return (enum outcome)EVIDENCE_NONE;
	sleep_ms((long)sim_random(30));
	return window_await(pid, value_of("--wait"), false);
}

void
guest_second(void)
{
	static const int outcomes[] = { SECOND_TAKEN, SECOND_TAKEN, SECOND_NONE,
		SECOND_WINDOW, SECOND_FAILED, SECOND_STAYED, SECOND_HUNG };
	const char *of = env_value(now->env, ENV_PID);
	int outcome = outcomes[sim_random(7)];
	char **documents = now->argv + 4;
	const struct proc *p = of ? proc_find_pid(atoi(of)) : NULL;

	known(of && now->argv[3]);
	sleep_ms((long)sim_random(sim_random(3) ? 60 : 3000));
	if (!p || p->state == ZOMBIE || p->state == FREE)
		sim__exit(EXIT_NOANSWER);
	if (!p->memory || p->ending)
		sim__exit(SECOND_NONE);
	if (!*documents && window_look(atoi(of), false) == OUTCOME_RAISED)
		sim__exit(SECOND_SHOWN);
	for (; *documents && outcome == SECOND_TAKEN; documents++) {
		if (!strncmp(*documents, "doc", 3))
			world_given(*documents, atoi(of));
	}
	sleep_ms((long)sim_random(60));
	sim__exit(outcome);
}

void
guest_raise(void)
{
	static const char version[] = "onlyone-raise " ONLYONE_VERSION "\n";
	char **last = now->argv;
	pid_t pid;

	if (has_word("--version")) {
		sim_write(1, version, sizeof(version) - 1);
		sim__exit(0);
	}
	while (last[1])
		last++;
	pid = atoi(*last);
	known(pid > 0);
	sim__exit(raise_runs(pid));
}
