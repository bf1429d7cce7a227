/*
 * differ_sim.c: the simulated kernel.
 *
 * Each actor has a stack, on which it runs until it waits for its turn, or sleeps in
 * a call.  Its memory (OWN) is copied in and out.  The clock stands still, except
 * when an actor is to sleep until its time limit.
 */
#include <sys/mman.h>
#include <sys/utsname.h>

#include <err.h>
#include <stdlib.h>

#include "tests/sim/differ.h"
#include "tests/sim/sched.h"
#include "tests/sim/world.h"

enum { STACK = 512 * 1024 };

int switch_stack(void **left, void *to);
void switch_new(void **left, void *top, void (*run)(void));

long long sim_clock = 1000 * SECOND;
struct proc *now;
struct proc procs[PROCS];
int nprocs;
bool telling;
struct proc *alive[PROCS];
int nalive;

/* Beside what the driver knows of it. */
static struct own {
	struct actor actor;
	bool turn; /* it is to do a step, or does */
	struct step step;
	char *memory;
	char stack[STACK] __attribute__((aligned(16)));
	char answer[ANSWER];
} owns[ACTORS];

static unsigned long sim_seen[SEEN];
static void *driver_sp;
static bool gave_up;

/* As doors.c has them. */
#define CALL(type, name, params, args)                                      \
	static long sim_##name params                                       \
	{                                                                   \
		long r;                                                     \
                                                                            \
		do {                                                        \
			r = k_##name args;                                  \
		} while (leave(&r));                                        \
		return r;                                                   \
	}
#include "tests/sim/calls.h"
#undef CALL

static void sim_exit(int status) { proc_exit((status & 0xff) << 8); }

static const struct calls sim_calls = {
#define CALL(type, name, params, args) .name = sim_##name,
#include "tests/sim/calls.h"
#undef CALL
	.exit = sim_exit,
};

static struct own *own_of(const struct proc *p) { return &owns[p->pid - FIRST_PID]; }

/*
 * What sched.c, world.c and others do otherwise.
 */

void *kalloc(size_t n) { return calloc(1, n); }
char *kstrdup(const char *s) { return strdup(s); }
void yield_turn(void) { switch_stack(&now->sp, driver_sp); }

_Noreturn void
sched_leave(void)
{
	void *nowhere;

	switch_stack(&nowhere, driver_sp);
	__builtin_unreachable();
}

void
give_up(int status, const char *fmt, ...)
{
	char why[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	if (now == procs)
		errx(2, "%s", why);
	sprintf(own_of(now)->answer, status == 1 ? " ? wrong: %s" : " ?%s", why);
	gave_up = true;
	sched_leave();
}

/* Until it is its turn; signals are delivered meanwhile. */
static void
turn_wait(struct own *o)
{
	const void *chan = o;
	long r;

	while (!o->turn) {
		r = block(&chan, 1, NEVER);
		leave(&r);
	}
}

static void
actor_run(void)
{
	struct own *o = own_of(now);

	for (;;) {
		turn_wait(o);
		o->actor.len = 0;
		*o->answer = '\0';
		op_run(&o->actor, &o->step);
		handled_say(&o->actor, &o->step);
		o->turn = false;
	}
}

/* A new program, which has its turn done. */
static void
actor_exec(void)
{
	own_of(now)->turn = false;
	actor_run();
}

bool display_has(const struct proc *p) { (void)p; return false; }

void (*program_of(struct inode *file))(void) { return file ? actor_exec : NULL; }

void
sched_start(struct proc *p, void (*run)(void), char *on)
{
	p->sp = NULL;
	p->run = run;
	p->base = on ? on : own_of(p)->stack + STACK;
	if (on) /* on the memory of its parent, which sleeps */
		own_of(p)->memory = own_of(now)->memory;
	for (int i = 0; i < nalive; i++) {
		if (alive[i] == p)
			return;
	}
	alive[nalive++] = p;
}

static void
actor_make(struct proc *p, const struct actor *like)
{
	struct own *o = own_of(p);

	o->actor = *like;
	o->actor.me = p->pid - FIRST_PID;
	o->actor.out = o->answer;
	o->actor.hint = hints[o->actor.me];
	o->turn = false;
	o->memory = calloc(1, (size_t)(__stop_actor_data - __start_actor_data));
	memset(o->actor.handled, 0, sizeof(o->actor.handled));
	sched_start(p, actor_run, NULL);
}

bool
sched_fork(struct proc *child)
{
	actor_make(child, &own_of(now)->actor);
	return false;
}

unsigned long sim_random(unsigned long n) { return n - n; }
void tell_of(const struct proc *p, const char *fmt, ...) { (void)p, (void)fmt; }
void story_sleeps(void) { }
void story_gone(void) { }
void enter(const char *call) { (void)call; }
long world_fault(const char *call) { return !call; }
void world_ends(struct proc *p) { (void)p; }
bool world_filters(void) { return false; }
void world_sends(const char *bytes, size_t n) { (void)bytes, (void)n; }
void
world_polls(const struct pollfd *p, nfds_t n, bool forever)
{
	(void)p, (void)n, (void)forever;
}
void world_signals(const struct proc *to, int sig) { (void)to, (void)sig; }
void world_signals_number(pid_t pid) { (void)pid; }
void world_unlinks(struct inode *d, const char *s) { (void)d, (void)s; }
void
oracle_execs(const struct inode *file, char *const *argv, char *const *env)
{
	(void)file, (void)argv, (void)env;
}
void world_says(const char *s, size_t n) { (void)s, (void)n; }
void verb_says(const char *s, size_t n, bool e) { (void)s, (void)n, (void)e; }

void oracle_hears(const char *s, size_t n) { (void)s, (void)n; }

bool exact_at_terminal(void) { return false; }

bool
exact_says(const char *text, size_t n)
{
	(void)text, (void)n;
	return true;
}

struct memory *memory_new(void) { return NULL; }
struct memory *memory_share(struct memory *of) { return of; }
void memory_drop(struct memory *m) { (void)m; }
static void sim_handler(int sig) { own_of(now)->actor.handled[sig]++; }

/*
 * The side.
 */

static void
go_on(struct proc *p)
{
	size_t n = (size_t)(__stop_actor_data - __start_actor_data);

	p->timed_out = p->state == BLOCKED;
	p->state = RUNNABLE;
	now = p;
	memcpy(__start_actor_data, own_of(p)->memory, n);
	if (p->sp)
		switch_stack(&driver_sp, p->sp);
	else
		switch_new(&driver_sp, p->base, p->run);
	memcpy(own_of(p)->memory, __start_actor_data, n);
	now = procs;
}

/* Until all sleep, or wait for their turns. */
static void
all_run(void)
{
	for (int i = 0; i < nalive && !gave_up; i++) {
		if (alive[i]->state == FREE || alive[i]->state == ZOMBIE) {
			alive[i--] = alive[--nalive];
		} else if (can_run(alive[i])) {
			go_on(alive[i]);
			i = -1;
		}
	}
}

/* Which of the two that the simulated kernel can be.  From Linux 6.15 a pidfd tells
 * how its process ended. */
bool
kernel_is_old(void)
{
	struct utsname u;
	int major = 0, minor = 0;

	uname(&u);
	sscanf(u.release, "%d.%d", &major, &minor);
	if (major == 6 && minor == 1)
		return true;
	if (major < 6 || (major == 6 && minor < 15))
		errx(77, "Linux %s is neither 6.1 nor 6.15", u.release);
	return false;
}

static void
sim_begin(void)
{
	struct actor first = { .k = &sim_calls, .handler = sim_handler,
		.seen = sim_seen };
	char *none[] = { NULL };
	struct proc *p;
	struct inode *folder;

	kernel_begin(0);
	old_kernel = kernel_is_old();
	pid_limit = FIRST_PID + ACTORS - 1;
	file_make(ACTOR, 0755, "");
	p = proc_launch(ACTOR, none, none);
	now = procs;
	k_mkdirat(AT_FDCWD, FOLDER, 0755);
	if (path_find(AT_FDCWD, FOLDER, true, &folder))
		errx(2, "no folder");
	p->fresh = true;
	p->uid = folder->uid = run_uid;
	p->cwd = procs->cwd = folder;
	p->actions[SIGCHLD].handler = SIG_DFL;
	actor_make(p, &first);
	all_run();
}

static void
sim_give(int i, const struct step *s)
{
	owns[i].step = *s;
	owns[i].turn = true;
	wake(&owns[i]);
}

static enum life
sim_look(int i, char *answer)
{
	struct own *o = &owns[i];
	const struct proc *p;

	all_run();
	while (o->turn && o->step.passes && next_moment() != NEVER && !gave_up) {
		if (next_moment() > sim_clock)
			sim_clock = next_moment();
		alarms_ring();
		all_run();
	}
	p = proc_find_pid(FIRST_PID + i);
	*answer = '\0';
	if (gave_up || (p && p->state != ZOMBIE && !o->turn))
		strcpy(answer, o->answer);
	return !p || p->state == ZOMBIE ? DEAD : o->turn ? SLEEPS : LIVES;
}

struct side sim = { .begin = sim_begin, .give = sim_give, .look = sim_look };
