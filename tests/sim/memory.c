/*
 * memory.c: the memory of simulated processes.
 *
 * Each program begins in a region of its own, a heap and a stack; a child of
 * fork has to be at the same addresses as its parent, and so shares its region.
 * The image's variables (image_data), and the stack of a keeper (spawn.c), are
 * at the same addresses for all.  What is at such an address belongs to one
 * process at a time: when another one continues, it is kept, and that one's is
 * put there.
 *
 * Stacks and heaps are kept in pieces, which relatives share: a piece that has
 * not changed is only compared, and one that is already in place is not copied.
 * Of the variables only what is written is copied: a page that was never
 * written is write-protected, and a block that has always been zero is left
 * out.
 */
#include <sys/mman.h>

#include <stdlib.h>

#include "tests/sim/sched.h"

enum { PAGE = 4096, BLOCK = 256, PAGES = 512, AREA = 1 << 20, REGIONS = 64,
	PIECE = 2048, PIECES = AREA / PIECE, HEAP_PIECES = HEAP / PIECE };

/* The linker's, of image.ld; the second is spawn's stack. */
extern char __start_image_data[], __stop_image_data[];
extern char __start_image_stack[], __stop_image_stack[];
extern size_t image_heap_used;

/* What is at these addresses belongs to one memory; NULL: to none. */
struct place {
	char *base; /* of AREA bytes; a heap of HEAP */
	struct memory *of;
};

struct region {
	struct place heap, stack;
	int memories; /* so many have it */
};

/* A piece that was kept; several memories may have it. */
struct piece {
	_Alignas(64) char at[PIECE];
	int refs;
	struct piece *next; /* unused */
};

/* What is kept of an area: the pieces from first to end. */
struct kept {
	size_t first, end;
	struct piece *piece[HEAP_PIECES];
};

struct memory {
	int refs;
	struct region *region;
	char *low;       /* from here its stack is used */
	char *other_low; /* and spawn's */
	size_t heap_used;
	struct kept heap, stack, other;
	char *data;      /* as image_data; where not hot, as in the beginning */
	struct memory *next;
};

static struct region regions[REGIONS];
static struct place other = { .base = __start_image_stack };
static struct memory *variables_of;
static struct memory *unused;
static struct piece *pieces_unused;

/* Of the pages of image_data that may be written, the blocks that are copied,
 * and those that have always been found zero.  Neighbours on a page make one
 * part. */
static char *first_page, *pristine;
static size_t npages;
static struct parts {
	size_t n;
	struct { size_t at, size; } part[PAGES * PAGE / BLOCK];
} hot, cold;
static int page_runs[PAGES]; /* the last so many have all written it */

typedef uint64_t wide __attribute__((vector_size(32), may_alias));

/* Whether n bytes, some blocks, are zero.  They nearly always are: memcmp,
 * which can stop at any byte, takes half as long again. */
__attribute__((target_clones("avx2", "default"))) static bool
is_zero(const char *at, size_t n)
{
	const wide *w = (const wide *)at, *end = (const wide *)(at + n);
	wide a = { 0 }, b = a, c = a, d = a;

	for (; w < end; w += 8) {
		a |= w[0] | w[4];
		b |= w[1] | w[5];
		c |= w[2] | w[6];
		d |= w[3] | w[7];
	}
	a |= b | c | d;
	return !(a[0] | a[1] | a[2] | a[3]);
}

/* Put a block, which in memory is now at `as`, into its list. */
static void
block_put(size_t at, const char *as)
{
	struct parts *to = is_zero(as + at, BLOCK) ? &cold : &hot;

	if (!to->n || at % PAGE == 0 ||
	    to->part[to->n - 1].at + to->part[to->n - 1].size != at) {
		to->part[to->n].at = at;
		to->part[to->n++].size = 0;
	}
	to->part[to->n - 1].size += BLOCK;
}

static void
page_put(size_t page)
{
	for (size_t at = page; at < page + PAGE; at += BLOCK)
		block_put(at, pristine);
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
	page_put(page);
	mprotect(first_page + page, PAGE, PROT_READ | PROT_WRITE);
}

static void
memory_prepare(void)
{
	struct sigaction a = { .sa_sigaction = first_write,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
	static char other_stack[65536];
	stack_t s = { .ss_sp = other_stack, .ss_size = sizeof(other_stack) };
	/* Processes see addresses of it: always the same. */
	char *at = mmap((void *)0x300000000000, (size_t)(HEAP + AREA) * REGIONS,
	    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS |
	    MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	first_page = __start_image_data;
	npages = (size_t)(__stop_image_data - __start_image_data + PAGE - 1) / PAGE;
	pristine = mmap(NULL, npages * PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED || pristine == MAP_FAILED || npages > PAGES)
		unknown("no memory, or too many variables");
	if (__stop_image_stack - __start_image_stack != AREA)
		unknown("spawn.c has another stack");
	for (int i = 0; i < REGIONS; i++, at += HEAP + AREA) {
		regions[i].heap.base = at;
		regions[i].stack.base = at + HEAP;
	}
	memcpy(pristine, first_page, npages * PAGE);
	sigaltstack(&s, NULL);
	sigaction(SIGSEGV, &a, NULL);
	mprotect(first_page, npages * PAGE, PROT_READ);
}

static struct memory *
memory_get(struct region *r)
{
	struct memory *m = unused;

	if (m) {
		unused = m->next;
	} else {
		m = calloc(1, sizeof(*m));
		m->data = malloc(npages * PAGE);
		memcpy(m->data, pristine, npages * PAGE);
	}
	m->refs = 1;
	m->region = r;
	m->heap_used = 0;
	m->low = r->stack.base + AREA;
	m->other_low = other.base + AREA;
	r->memories++;
	return m;
}

struct memory *
memory_new(void)
{
	struct region *least = regions;

	for (struct region *r = regions; r < regions + REGIONS; r++) {
		if (r->memories < least->memories)
			least = r;
	}
	return memory_get(least);
}

char *
memory_heap(const struct memory *m)
{
	return m->region->heap.base;
}

char *
memory_top(const struct memory *m)
{
	return m->region->stack.base + AREA;
}

static bool
is_in(const struct place *p, const char *sp)
{
	return sp > p->base && sp <= p->base + AREA;
}

struct memory *
memory_share(struct memory *of)
{
	of->refs++;
	return of;
}

static void
piece_drop(struct piece **p)
{
	if (*p && !--(*p)->refs) {
		(*p)->next = pieces_unused;
		pieces_unused = *p;
	}
	*p = NULL;
}

static struct piece *
piece_new(void)
{
	struct piece *p = pieces_unused;

	if (p)
		pieces_unused = p->next;
	else
		p = aligned_alloc(64, sizeof(*p));
	p->refs = 1;
	return p;
}

/* Keep what is in place between these addresses. */
static void
place_keep(const struct place *p, struct kept *k, size_t first, size_t end)
{
	for (size_t i = k->first; i < k->end; i++) {
		if (i < first || i >= end)
			piece_drop(&k->piece[i]);
	}
	k->first = first;
	k->end = end;
	for (size_t i = first; i < end; i++) {
		if (k->piece[i] && !memcmp(k->piece[i]->at, p->base + i * PIECE,
		    PIECE))
			continue;
		if (!k->piece[i] || k->piece[i]->refs > 1) {
			piece_drop(&k->piece[i]);
			k->piece[i] = piece_new();
		}
		memcpy(k->piece[i]->at, p->base + i * PIECE, PIECE);
	}
}

/* Put there what is kept.  is: what is kept of the one in place; NULL. */
static void
place_load(const struct place *p, const struct kept *k, const struct kept *is)
{
	for (size_t i = k->first; i < k->end; i++) {
		if (!is || i < is->first || i >= is->end ||
		    k->piece[i] != is->piece[i])
			memcpy(p->base + i * PIECE, k->piece[i]->at, PIECE);
	}
}

static void
kept_share(struct kept *k, const struct kept *of)
{
	k->first = of->first;
	k->end = of->end;
	for (size_t i = k->first; i < k->end; i++) {
		k->piece[i] = of->piece[i];
		k->piece[i]->refs++;
	}
}

static void
place_leave(struct place *p, const struct memory *m, struct kept *k)
{
	if (p->of == m)
		p->of = NULL;
	while (k->first < k->end)
		piece_drop(&k->piece[--k->end]);
	k->first = k->end = 0;
}

void
memory_drop(struct memory *m)
{
	char *sp = __builtin_frame_address(0);

	if (!m)
		return;
	/* A process that shared it may still need what is above us. */
	if (is_in(&m->region->stack, sp))
		m->low = sp;
	if (--m->refs)
		return;
	if (variables_of == m)
		variables_of = NULL;
	place_leave(&m->region->heap, m, &m->heap);
	place_leave(&m->region->stack, m, &m->stack);
	place_leave(&other, m, &m->other);
	m->region->memories--;
	hot_copy(m->data, pristine);
	m->next = unused;
	unused = m;
}

/* How much of the stacks the processes use that share this memory.  One that
 * has left the main stack for good (spawn.c) still needs its content. */
static void
stacks_measure(struct memory *m)
{
	char *low = NULL, *sp;

	m->other_low = other.base + AREA;
	for (int i = 0; i < nalive; i++) {
		sp = alive[i]->sp;
		if (alive[i]->memory != m || !sp)
			continue;
		if (is_in(&other, sp) && sp < m->other_low)
			m->other_low = sp;
		else if (is_in(&m->region->stack, sp) && (!low || sp < low))
			low = sp;
	}
	if (low)
		m->low = low;
}

/* Which blocks are no longer zero, whichever process wrote them. */
static void
blocks_look(void)
{
	for (size_t i = cold.n; i--;) {
		size_t at = cold.part[i].at, end = at + cold.part[i].size;

		if (is_zero(first_page + at, end - at))
			continue;
		cold.part[i] = cold.part[--cold.n];
		for (; at < end; at += BLOCK)
			block_put(at, first_page);
	}
}

static void
variables_keep(struct memory *m)
{
	hot_copy(m->data, first_page);
	m->heap_used = image_heap_used;
}

static void
heap_keep(struct memory *m)
{
	place_keep(&m->region->heap, &m->heap, 0,
	    (m->heap_used + PIECE - 1) / PIECE);
}

static void
stack_keep(struct memory *m)
{
	stacks_measure(m);
	place_keep(&m->region->stack, &m->stack,
	    (size_t)(m->low - m->region->stack.base) / PIECE, PIECES);
}

static void
other_keep(struct memory *m)
{
	stacks_measure(m);
	place_keep(&other, &m->other, (size_t)(m->other_low - other.base) / PIECE,
	    PIECES);
}

struct memory *
memory_fork(struct memory *of)
{
	struct memory *m = memory_get(of->region);

	blocks_look();
	variables_keep(m);
	of->heap_used = m->heap_used;
	heap_keep(of);
	stack_keep(of);
	other_keep(of);
	kept_share(&m->heap, &of->heap);
	kept_share(&m->stack, &of->stack);
	kept_share(&m->other, &of->other);
	m->low = of->low;
	m->other_low = of->other_low;
	return m;
}

void
memory_load(struct memory *m, const char *sp)
{
	struct region *r = m->region;
	struct memory *is;

	if (variables_of != m) {
		blocks_look();
		if (variables_of)
			variables_keep(variables_of);
		hot_copy(first_page, m->data);
		variables_of = m;
	}
	if ((is = r->heap.of) != m) {
		if (is) {
			heap_keep(is);
			stack_keep(is);
		}
		place_load(&r->heap, &m->heap, is ? &is->heap : NULL);
		place_load(&r->stack, &m->stack, is ? &is->stack : NULL);
		r->heap.of = r->stack.of = m;
	}
	if ((is = other.of) != m &&
	    (is_in(&other, sp) || m->other_low < other.base + AREA)) {
		if (is)
			other_keep(is);
		place_load(&other, &m->other, is ? &is->other : NULL);
		other.of = m;
	}
}

/* What only some runs write costs only those; what all write, no signals. */
void
memory_begin(void)
{
	bool open[PAGES] = { false }, written[PAGES] = { false }, stays;

	if (!pristine)
		memory_prepare();
	blocks_look();
	hot_copy(first_page, pristine);
	while (cold.n)
		open[cold.part[--cold.n].at / PAGE] = true;
	while (hot.n) {
		written[hot.part[--hot.n].at / PAGE] = true;
		open[hot.part[hot.n].at / PAGE] = true;
	}
	for (size_t i = 0; i < npages; i++) {
		page_runs[i] = written[i] ? page_runs[i] + 1 : 0;
		stays = page_runs[i] > 2;
		if (stays)
			page_put(i * PAGE);
		if (open[i] && !stays)
			mprotect(first_page + i * PAGE, PAGE, PROT_READ);
	}
}
