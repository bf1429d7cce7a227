/*
 * sched.c: processes take turns; their memory is copied.
 *
 * That is, of their variables (image_data), heap and stack what they have written.
 * A page that nobody has ever written is write-protected, and is not copied.
 */
#include <sys/mman.h>

#include <stdlib.h>

#include "tests/sim/sched.h"

enum { PAGE = 4096, STACK = 512 * 1024, ARENA = 1 << 30, TICK = 3000,
	CALLS = 8000000 };

/* The linker's, of image.ld; the second is spawn's stack. */
extern char __start_image_data[], __stop_image_data[];
extern char __start_image_stack[], __stop_image_stack[];
extern char __start_image_heap[];
extern size_t image_heap_used;

int switch_stack(void **left, void *to);
int switch_twice(void **left, void (*copy)(void *), void *arg);
void switch_new(void **left, void *top, void (*run)(void));

struct memory {
	int refs;
	size_t pages;    /* of hot_page, that data has */
	char *data;      /* at the same offsets as in image_data */
	char *heap;
	size_t heap_used;
	char *stack, *other;       /* copies of the main stack, and spawn's */
	char *stack_low, *other_low; /* from here they are used */
	struct memory *next;
};

struct proc *now;
struct proc procs[PROCS];
int nprocs;
long long sim_clock;
struct mix sched_mix;
unsigned long sched_calls, sched_switches;

static char stack[STACK] __attribute__((aligned(PAGE)));
#define STACK_TOP (stack + STACK)
#define OTHER_TOP __stop_image_stack

static struct memory *loaded, *unused;
static void *host_sp;

/* Pages of image_data that some process has written, since ever. */
static char *first_page, *pristine;
static size_t npages, nhot, hot_page[1024];

/* Those that can go on at some time; they are many fewer than procs. */
static struct proc *alive[PROCS];
static int nalive;

static uint64_t random_state;
static char *arena;
static size_t arena_used;
static unsigned ranks[PROCS];
static void (*run_of[PROCS])(void);

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

unsigned long
sim_random(unsigned long n)
{
	uint64_t x = random_state += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return (unsigned long)((x ^ x >> 31) % n);
}

static void
first_write(int sig, siginfo_t *info, void *context)
{
	size_t page = (size_t)((char *)info->si_addr - first_page) / PAGE;

	(void)sig;
	if ((char *)info->si_addr < first_page || page >= npages ||
	    nhot == sizeof(hot_page) / sizeof(*hot_page))
		wrong("a crash at %p, address %p", (void *)((ucontext_t *)
		    context)->uc_mcontext.gregs[REG_RIP], info->si_addr);
	hot_page[nhot++] = page;
	mprotect(first_page + page * PAGE, PAGE, PROT_READ | PROT_WRITE);
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
	if (arena == MAP_FAILED)
		unknown("no memory");
	memcpy(pristine, first_page, npages * PAGE);
	sigaltstack(&s, NULL);
	sigaction(SIGSEGV, &a, NULL);
	mprotect(first_page, npages * PAGE, PROT_READ);
}

struct memory *
memory_new(void)
{
	struct memory *m = unused;
	enum { HEAP = 1 << 20, OTHER = 1 << 20 };
	size_t n = npages * PAGE + HEAP + STACK + OTHER;

	if (m) {
		unused = m->next;
	} else {
		m = calloc(1, sizeof(*m));
		m->data = mmap(NULL, n, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		m->heap = m->data + npages * PAGE;
		m->stack = m->heap + HEAP;
		m->other = m->stack + STACK;
	}
	m->refs = 1;
	m->pages = m->heap_used = 0;
	m->stack_low = STACK_TOP;
	m->other_low = OTHER_TOP;
	return m;
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
	/* Who shared it may still need what is above us. */
	if (m == loaded && sp >= stack && sp < STACK_TOP)
		m->stack_low = sp;
	if (--m->refs)
		return;
	if (loaded == m)
		loaded = NULL;
	m->next = unused;
	unused = m;
}

static bool
on_other(const char *sp)
{
	return sp >= __start_image_stack && sp <= OTHER_TOP;
}

/* How much of the stacks those use that share this memory.  One that has left the
 * main stack for good (spawn.c) still needs what lies there. */
static void
stacks_measure(struct memory *m)
{
	char *low = NULL, *other = NULL, *sp;

	for (int i = 0; i < nalive; i++) {
		sp = alive[i]->sp;
		if (alive[i]->memory != m || !sp)
			continue;
		if (on_other(sp))
			other = !other || sp < other ? sp : other;
		else
			low = !low || sp < low ? sp : low;
	}
	if (low)
		m->stack_low = low;
	m->other_low = other ? other : OTHER_TOP;
}

static void
copy_stack(char *to, const char *from, const char *base, const char *low,
    const char *top)
{
	memcpy(to + (low - base), from + (low - base), (size_t)(top - low));
}

/* Copy out what lies at the addresses of all: the stacks as far as m says. */
static void
memory_keep(struct memory *m)
{
	for (size_t i = 0; i < nhot; i++) {
		size_t at = hot_page[i] * PAGE;

		memcpy(m->data + at, first_page + at, PAGE);
	}
	m->pages = nhot;
	m->heap_used = image_heap_used;
	memcpy(m->heap, __start_image_heap, m->heap_used);
	copy_stack(m->stack, stack, stack, m->stack_low, STACK_TOP);
	copy_stack(m->other, __start_image_stack, __start_image_stack,
	    m->other_low, OTHER_TOP);
}

static void
memory_load(struct memory *m)
{
	for (size_t i = 0; i < nhot; i++) {
		size_t at = hot_page[i] * PAGE;

		memcpy(first_page + at, (i < m->pages ? m->data : pristine) +
		    at, PAGE);
	}
	memcpy(__start_image_heap, m->heap, m->heap_used);
	copy_stack(stack, m->stack, stack, m->stack_low, STACK_TOP);
	copy_stack(__start_image_stack, m->other, __start_image_stack,
	    m->other_low, OTHER_TOP);
	loaded = m;
}

/* For switch_twice: arg is the child; the running process has left its registers
 * on its stack. */
static void
copy_for(void *arg)
{
	struct memory *m = memory_new(), *of = now->memory;
	struct proc *child = arg;

	stacks_measure(of);
	m->stack_low = of->stack_low;
	m->other_low = of->other_low;
	memory_keep(m);
	child->memory = m;
	child->sp = now->sp;
	alive[nalive++] = child;
}

bool
sched_fork(struct proc *child)
{
	return switch_twice(&now->sp, copy_for, child);
}

void
sched_begin(unsigned long seed)
{
	static unsigned runs;

	if (!arena)
		memory_prepare();
	for (struct proc *p = procs; p < procs + nprocs; p++) {
		if (p->state != FREE && p->state != ZOMBIE)
			memory_drop(p->memory);
	}
	/* What only some runs write costs only those. */
	for (; runs % 4 == 0 && nhot; nhot--)
		memcpy(first_page + hot_page[nhot - 1] * PAGE, pristine +
		    hot_page[nhot - 1] * PAGE, PAGE);
	if (runs++ % 4 == 0)
		mprotect(first_page, npages * PAGE, PROT_READ);
	loaded = NULL;
	memset(procs, 0, (size_t)nprocs * sizeof(*procs));
	nprocs = nalive = 0;
	now = NULL;
	arena_used = 0;
	random_state = seed * 0x2545f4914f6cdd1d + 1;
	sim_clock = 1000 * SECOND;
	sched_calls = sched_switches = 0;
	for (int i = 0; i < PROCS; i++)
		ranks[i] = (unsigned)sim_random(1 << 16);
}

void
sched_start(struct proc *p, void (*run)(void), char *base)
{
	p->sp = NULL;
	p->base = base;
	run_of[p - procs] = run;
	for (int i = 0; i < nalive; i++) {
		if (alive[i] == p)
			return;
	}
	alive[nalive++] = p;
}

/* Whether p can run at this moment; its own limit counts as woken. */
static bool
can_run(struct proc *p)
{
	if (p->stalled > sim_clock)
		return false;
	return p->state == RUNNABLE ||
	    (p->state == BLOCKED && p->until <= sim_clock);
}

/* The next moment at which the clock alone lets somebody go on; NEVER. */
static long long
next_moment(void)
{
	long long at = NEVER, then;

	for (int i = 0; i < nalive; i++) {
		struct proc *p = alive[i];

		if (p->alarm < at)
			at = p->alarm;
		if (p->state != RUNNABLE && p->state != BLOCKED)
			continue;
		then = p->state == RUNNABLE ? p->stalled : p->until;
		if (then < p->stalled)
			then = p->stalled;
		if (then < at)
			at = then;
	}
	return at;
}

static void
alarms_ring(void)
{
	for (int i = 0; i < nalive; i++) {
		struct proc *p = alive[i];

		if (p->alarm > sim_clock)
			continue;
		p->alarm = p->alarm_every ? sim_clock + p->alarm_every : NEVER;
		signal_send(p, SIGALRM, NULL);
	}
}

static struct proc *
pick(void)
{
	struct proc *ready[PROCS], *best = NULL;
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
		if (!best || ranks[p - procs] > ranks[best - procs])
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
		switch_new(&host_sp, p->base ? p->base : STACK_TOP,
		    run_of[p - procs]);
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

/* Let others run, and come back. */
static void yield_turn(void) { switch_stack(&now->sp, host_sp); }

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
			ranks[now - procs] = (unsigned)sim_random(1 << 16);
		if (pick() != now)
			yield_turn();
	} else if (!sim_random((unsigned long)sched_mix.stay) || !can_run(now)) {
		yield_turn();
	}
}

long
block(const void *const *chans, int n, long long until)
{
	if (signal_wanted(now))
		return -ERESTART;
	if (n > CHANS)
		unknown("a process sleeps on %d things", n);
	memcpy(now->chans, chans, (size_t)n * sizeof(*chans));
	now->nchans = n;
	now->until = until;
	now->slept = sim_clock;
	now->timed_out = false;
	now->state = BLOCKED;
	if (telling)
		story_sleeps();
	yield_turn();
	now->nchans = 0;
	if (signal_wanted(now))
		return -ERESTART;
	return now->timed_out ? -ETIME : 0;
}

bool
block_anyhow(const void *const *chan)
{
	uint64_t mask = now->blocked;
	long r;

	now->blocked = ~(1ULL << (SIGKILL - 1));
	r = block(chan, 1, NEVER);
	now->blocked = mask;
	return r == 0;
}

void
wake(const void *chan)
{
	for (int i = 0; i < nalive; i++) {
		struct proc *p = alive[i];

		for (int k = 0; k < p->nchans; k++) {
			if (p->chans[k] == chan && p->state == BLOCKED)
				p->state = RUNNABLE;
		}
	}
}
