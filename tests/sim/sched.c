/*
 * sched.c: processes take turns; their memory is copied.
 *
 * That is, what they have written of their variables (image_data), heap and
 * stack.  A page that was never written is write-protected, and not copied; nor
 * is a block that has always been zero.
 */
#include <sys/mman.h>

#include <stdlib.h>

#include "tests/sim/sched.h"

enum { PAGE = 4096, STACK = 512 * 1024, ARENA = 1 << 30, TICK = 3000,
	CALLS = 5000000, RANKS = 1 << 16, BLOCK = 256, PAGES = 512 };

/* The linker's, of image.ld; the second is spawn's stack. */
extern char __start_image_data[], __stop_image_data[];
extern char __start_image_stack[], __stop_image_stack[];
extern char __start_image_heap[];
extern size_t image_heap_used;

int switch_stack(void **left, void *to);
int switch_twice(void **left, void (*copy)(void *), void *arg);
void switch_new(void **left, void *top, void (*run)(void));

/* A stack that processes run on: the main one, and spawn's. */
enum which { MAIN, OTHER, STACKS };

struct memory {
	int refs;
	char *data;         /* as image_data; where not hot, as in the beginning */
	char *heap;
	size_t heap_used;
	char *copy[STACKS]; /* of the stacks, at the same offsets */
	char *low[STACKS];  /* from here they are used */
	struct memory *next;
};

struct proc *now;
struct proc procs[PROCS];
int nprocs;
long long sim_clock;
struct mix sched_mix;
unsigned long sched_calls, sched_switches;

static char stack[STACK] __attribute__((aligned(PAGE)));
static char *const base[STACKS] = { stack, __start_image_stack };
static char *const top[STACKS] = { stack + STACK, __stop_image_stack };

static struct memory *loaded, *unused;
static void *host_sp;

/* Of the pages of image_data that may be written, the blocks that are copied, and
 * those that have always been found zero.  Neighbours on a page make one part. */
static char *first_page, *pristine;
static const char zeroes[PAGE];
static size_t npages;
static struct parts {
	size_t n;
	struct { size_t at, size; } part[PAGES * PAGE / BLOCK];
} hot, cold;
static int page_runs[PAGES]; /* the last so many have all written it */

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

/* Put a block, which in memory is now at `as`, into its list. */
static void
block_put(size_t at, const char *as)
{
	struct parts *to = memcmp(as + at, zeroes, BLOCK) ? &hot : &cold;

	if (!to->n || at % PAGE == 0 ||
	    to->part[to->n - 1].at + to->part[to->n - 1].size != at) {
		to->part[to->n].at = at;
		to->part[to->n++].size = 0;
	}
	to->part[to->n - 1].size += BLOCK;
}

static void
page_open(size_t page)
{
	for (size_t at = page; at < page + PAGE; at += BLOCK)
		block_put(at, pristine);
	mprotect(first_page + page, PAGE, PROT_READ | PROT_WRITE);
}

static void
hot_copy(char *to, const char *from)
{
	for (size_t i = 0; i < hot.n; i++)
		memcpy(to + hot.part[i].at, from + hot.part[i].at, hot.part[i].size);
}

static void
first_write(int sig, siginfo_t *info, void *context)
{
	size_t page = (size_t)((char *)info->si_addr - first_page) & -(size_t)PAGE;

	(void)sig;
	if (page >= npages * PAGE)
		wrong("a crash at %p, address %p", (void *)((ucontext_t *)
		    context)->uc_mcontext.gregs[REG_RIP], info->si_addr);
	page_open(page);
}

static void
memory_prepare(void)
{
	struct sigaction a = { .sa_sigaction = first_write,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
	static char other_stack[65536];
	stack_t s = { .ss_sp = other_stack, .ss_size = sizeof(other_stack) };

	first_page = __start_image_data;
	npages = (size_t)(__stop_image_data - __start_image_data + PAGE - 1) / PAGE;
	pristine = mmap(NULL, npages * PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	/* Processes see addresses of it: always the same. */
	arena = mmap((void *)0x200000000000, ARENA, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
	    -1, 0);
	if (arena == MAP_FAILED || npages > PAGES)
		unknown("no memory, or too many variables");
	memcpy(pristine, first_page, npages * PAGE);
	sigaltstack(&s, NULL);
	sigaction(SIGSEGV, &a, NULL);
	mprotect(first_page, npages * PAGE, PROT_READ);
}

struct memory *
memory_new(void)
{
	struct memory *m = unused;
	enum { AREA = 1 << 20 }; /* that a heap, or a stack, has */

	if (m) {
		unused = m->next;
	} else {
		m = calloc(1, sizeof(*m));
		m->heap = mmap(NULL, (1 + STACKS) * AREA + npages * PAGE,
		    PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		m->copy[MAIN] = m->heap + AREA;
		m->copy[OTHER] = m->copy[MAIN] + AREA;
		m->data = m->copy[OTHER] + AREA;
		memcpy(m->data, pristine, npages * PAGE);
	}
	m->refs = 1;
	m->heap_used = 0;
	memcpy(m->low, top, sizeof(top));
	return m;
}

static bool
is_on(enum which on, const char *sp)
{
	return sp >= base[on] && sp <= top[on];
}

struct memory *
memory_share(struct memory *of)
{
	of->refs++;
	return of;
}

void
memory_drop(struct memory *m)
{
	char *sp = __builtin_frame_address(0);

	if (!m)
		return;
	/* A process that shared it may still need what is above us. */
	if (m == loaded && is_on(MAIN, sp))
		m->low[MAIN] = sp;
	if (--m->refs)
		return;
	if (loaded == m)
		loaded = NULL;
	hot_copy(m->data, pristine);
	m->next = unused;
	unused = m;
}

/* How much of the stacks the processes use that share this memory.  One that
 * has left the main stack for good (spawn.c) still needs its content. */
static void
stacks_measure(struct memory *m)
{
	char *low[STACKS] = { NULL, top[OTHER] }, *sp;

	for (int i = 0; i < nalive; i++) {
		enum which on = is_on(OTHER, sp = alive[i]->sp) ? OTHER : MAIN;

		if (alive[i]->memory == m && sp && (!low[on] || sp < low[on]))
			low[on] = sp;
	}
	if (low[MAIN])
		m->low[MAIN] = low[MAIN];
	m->low[OTHER] = low[OTHER];
}

/* Which blocks are no longer zero, whichever process wrote them. */
static void
blocks_look(void)
{
	for (size_t i = cold.n; i--;) {
		size_t at = cold.part[i].at, end = at + cold.part[i].size;

		if (!memcmp(first_page + at, zeroes, end - at))
			continue;
		cold.part[i] = cold.part[--cold.n];
		for (; at < end; at += BLOCK)
			block_put(at, first_page);
	}
}

/* Copy out the contents of the shared addresses: the stacks as far as m
 * says. */
static void
memory_keep(struct memory *m)
{
	hot_copy(m->data, first_page);
	m->heap_used = image_heap_used;
	memcpy(m->heap, __start_image_heap, m->heap_used);
	for (int i = 0; i < STACKS; i++)
		memcpy(m->copy[i] + (m->low[i] - base[i]), m->low[i],
		    (size_t)(top[i] - m->low[i]));
}

static void
memory_load(struct memory *m)
{
	hot_copy(first_page, m->data);
	memcpy(__start_image_heap, m->heap, m->heap_used);
	for (int i = 0; i < STACKS; i++)
		memcpy(m->low[i], m->copy[i] + (m->low[i] - base[i]),
		    (size_t)(top[i] - m->low[i]));
	loaded = m;
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
	struct memory *m = memory_new(), *of = now->memory;
	struct proc *child = arg;

	stacks_measure(of);
	memcpy(m->low, of->low, sizeof(of->low));
	blocks_look();
	memory_keep(m);
	child->memory = m;
	child->sp = now->sp;
	alive_add(child);
}

bool
sched_fork(struct proc *child)
{
	return switch_twice(&now->sp, copy_for, child);
}

void
sched_begin(unsigned long seed)
{
	bool open[PAGES] = { false }, written[PAGES] = { false };

	if (!arena)
		memory_prepare();
	for (struct proc *p = procs; p < procs + nprocs; p++) {
		if (p->state != FREE && p->state != ZOMBIE)
			memory_drop(p->memory);
	}
	blocks_look();
	hot_copy(first_page, pristine);
	/* What only some runs write costs only those; what all write, no signals. */
	while (cold.n)
		open[cold.part[--cold.n].at / PAGE] = true;
	while (hot.n)
		written[hot.part[--hot.n].at / PAGE] = true;
	for (size_t i = 0; i < npages; i++) {
		page_runs[i] = written[i] ? page_runs[i] + 1 : 0;
		if (page_runs[i] > 2)
			page_open(i * PAGE);
		else if (open[i] || written[i])
			mprotect(first_page + i * PAGE, PAGE, PROT_READ);
	}
	loaded = NULL;
	memset(procs, 0, (size_t)nprocs * sizeof(*procs));
	nprocs = nalive = 0;
	now = NULL;
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
	p->base = on ? on : top[MAIN];
	p->run = run;
	for (int i = 0; i < nalive; i++) {
		if (alive[i] == p)
			return;
	}
	alive_add(p);
}

static struct proc *
pick(void)
{
	static struct proc *ready[PROCS];
	struct proc *best = NULL;
	unsigned long n = 0;

	for (int i = nalive; i--;) {
		if (alive[i]->state == FREE || alive[i]->state == ZOMBIE)
			alive[i] = alive[--nalive];
	}
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
	if (p->memory != loaded) {
		blocks_look();
		if (loaded) {
			stacks_measure(loaded);
			memory_keep(loaded);
		}
		memory_load(p->memory);
		sched_switches++;
	}
	now = p;
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
		if ((p = pick())) {
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
		if (pick() != now)
			yield_turn();
	} else if (!sim_random((unsigned long)sched_mix.stay) || !can_run(now)) {
		yield_turn();
	}
}
