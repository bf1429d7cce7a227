/*
 * sched.c: processes take turns.
 */
#include <sys/mman.h>

#include <stdlib.h>

#include "tests/sim/sched.h"

enum { ARENA = 1 << 30, TICK = 3000, CALLS = 5000000, RANKS = 1 << 16 };

int switch_stack(void **left, void *to);
int switch_twice(void **left, void (*copy)(void *), void *arg);
void switch_new(void **left, void *top, void (*run)(void));

struct proc *now;
static struct proc *last; /* that ran */
static struct proc *next; /* was picked; NULL: look */
static bool some_left;    /* processes have ended, and are in alive */
struct proc procs[PROCS];
int nprocs;
long long sim_clock;
struct mix sched_mix;
unsigned long sched_calls, sched_switches;

static void *host_sp;

struct proc *alive[PROCS];
int nalive;

static uint64_t random_first, random_drawn;
static char *arena;
static size_t arena_used;

void *
kalloc(size_t n)
{
	char *at = arena + arena_used;

	n = (n + 15) & ~(size_t)15;
	if (arena_used + n > ARENA)
		unknown("the run needs more than %d MB", ARENA >> 20);
	arena_used += n;
	memset(at, 0, n);
	return at;
}

char *
kstrdup(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(kalloc(n), s, n);
}

/* The n-th random number after `from`. */
static uint64_t
random_after(uint64_t from, uint64_t n)
{
	uint64_t x = from + n * 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

unsigned long
sim_random(unsigned long n)
{
	return random_after(random_first, ++random_drawn) % n;
}

static void
alive_add(struct proc *p)
{
	alive[nalive++] = p;
	p->rank = random_after(random_first, (uint64_t)(p - procs + 1)) % RANKS;
}

/* For switch_twice: arg is the child; the running process has left its registers
 * on its stack. */
static void
copy_for(void *arg)
{
	struct proc *child = arg;

	child->memory = memory_fork(now->memory);
	child->sp = now->sp;
	alive_add(child);
}

bool
sched_fork(struct proc *child)
{
	return switch_twice(&now->sp, copy_for, child);
}

/* Processes see addresses of it: always the same. */
static void
arena_prepare(void)
{
	arena = mmap((void *)0x200000000000, ARENA, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
	    -1, 0);
	if (arena == MAP_FAILED)
		unknown("no memory");
}

void
sched_begin(unsigned long seed)
{
	if (!arena)
		arena_prepare();
	for (struct proc *p = procs; p < procs + nprocs; p++) {
		if (p->state != FREE && p->state != ZOMBIE)
			memory_drop(p->memory);
	}
	memory_begin();
	memset(procs, 0, (size_t)nprocs * sizeof(*procs));
	nprocs = nalive = 0;
	now = last = next = NULL;
	arena_used = 0;
	random_first = seed * 0x2545f4914f6cdd1d + 1;
	random_drawn = 16384; /* after the first rank of most */
	sim_clock = 1000 * SECOND;
	sched_calls = sched_switches = 0;
}

void
sched_start(struct proc *p, void (*run)(void), char *on)
{
	p->sp = NULL;
	p->base = on ? on : memory_top(p->memory);
	p->run = run;
	for (int i = 0; i < nalive; i++) {
		if (alive[i] == p)
			return;
	}
	alive_add(p);
}

/* The process that continues; NULL: none can. */
static struct proc *
pick(void)
{
	static struct proc *ready[PROCS];
	struct proc *best = NULL;
	unsigned long n = 0;

	for (int i = some_left ? nalive : 0; i--;) {
		if (alive[i]->state == FREE || alive[i]->state == ZOMBIE)
			alive[i] = alive[--nalive];
	}
	some_left = false;
	alarms_ring();
	for (int i = 0; i < nalive; i++) {
		struct proc *p = alive[i];

		if (!can_run(p))
			continue;
		ready[n++] = p;
		if (!best || p->rank > best->rank)
			best = p;
	}
	if (!n)
		return NULL;
	return sched_mix.ranks ? best : ready[sim_random(n)];
}

static void
go_on(struct proc *p)
{
	if (p->state == BLOCKED)
		p->timed_out = true;
	p->state = RUNNABLE;
	if (p->starve) {
		p->stalled = sim_clock + p->starve;
		p->waited += p->starve;
		p->starve = 0;
		return;
	}
	memory_load(p->memory, p->sp ? p->sp : p->base);
	sched_switches += p != last;
	now = last = p;
	if (p->sp)
		switch_stack(&host_sp, p->sp);
	else
		switch_new(&host_sp, p->base, p->run);
	now = NULL;
}

void
sched_run(void)
{
	struct proc *p;
	long long at;

	for (;;) {
		p = next ? next : pick();
		next = NULL;
		if (p) {
			go_on(p);
			continue;
		}
		at = next_moment();
		if (at == NEVER && !world_quiet())
			break;
		if (at != NEVER && at > sim_clock)
			sim_clock = at;
	}
}

void
sched_leave(void)
{
	void *nowhere;

	some_left = true;
	switch_stack(&nowhere, host_sp);
	__builtin_unreachable();
}

void yield_turn(void) { switch_stack(&now->sp, host_sp); }

void
enter(const char *call)
{
	now->call = call;
	if (++sched_calls > CALLS)
		wrong("the run does not end");
	sim_clock += TICK;
	world_step();
	if (sched_mix.ranks) {
		if (!sim_random(24))
			now->rank = (unsigned)sim_random(RANKS);
		if ((next = pick()) != now)
			yield_turn();
		next = NULL;
	} else if (!sim_random((unsigned long)sched_mix.stay) || !can_run(now)) {
		yield_turn();
	}
}
