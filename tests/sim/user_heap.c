/*
 * user_heap.c: a process's heap.
 *
 * As malloc's of glibc, but meaner: what is freed, or written behind the end of a
 * block, is noticed; a block that grows always moves; and the world may have no
 * memory.  It is linked into the image, as user.c: the heap is copied with the
 * process.
 */
#include <sys/mman.h>

#include <stdlib.h>

#include "tests/sim/sim.h"

/* For the simulator: where it is; what is behind image_heap_used is not copied. */
extern char *image_heap;
extern size_t image_heap_used;
void *sim_mmap(void *at, size_t n, int prot, int flags, int fd, off_t from);
int sim_munmap(void *at, size_t n);

enum { CLASSES = 17, SMALLEST = 16, FENCE = 16, LOOK = 256, NEW = 0xa5,
	FREED = 0xdf, END = 0xfe };

/* Before each block; behind what was asked for there is a fence. */
struct block {
	uint32_t class;     /* it has room for SMALLEST << class bytes */
	uint32_t size;      /* asked for */
	struct block *next; /* of those of this class that are free; IN_USE */
};
#define IN_USE ((struct block *)&image_heap_used)

char *image_heap;
size_t image_heap_used;
static struct block *unused[CLASSES];

/* gcc takes it that only the caller sees what malloc returns. */
#define APART __attribute__((noinline))

static bool
is_filled(const char *at, int with, size_t n)
{
	for (; n; n--, at++) {
		if (*at != (char)with)
			return false;
	}
	return true;
}

static struct block *
block_new(size_t class)
{
	size_t size = sizeof(struct block) + ((size_t)SMALLEST << class) + FENCE;
	struct block *b = class < CLASSES ? unused[class] : NULL;

	if (b) {
		if (!is_filled((char *)(b + 1), FREED,
		    b->size < LOOK ? b->size : LOOK))
			wrong("has written to %u bytes that were freed", b->size);
		unused[class] = b->next;
		return b;
	}
	known(class < CLASSES && size <= HEAP - image_heap_used);
	b = (void *)(image_heap + image_heap_used);
	image_heap_used += size;
	b->class = (uint32_t)class;
	return b;
}

APART void *
malloc(size_t n)
{
	struct block *b;
	size_t class = 0;

	if (world_lacks_memory()) {
		errno = ENOMEM;
		return NULL;
	}
	while (class < CLASSES && (size_t)SMALLEST << class < n)
		class++;
	b = block_new(class);
	b->size = (uint32_t)n;
	b->next = IN_USE;
	memset((char *)(b + 1) + n, END, FENCE);
	/* Not what another process left there: each run is the same. */
	return memset(b + 1, NEW, n);
}

/* The block that begins there. */
static struct block *
block_of(void *at)
{
	struct block *b = (struct block *)at - 1;

	if ((char *)b < image_heap || (char *)at > image_heap + image_heap_used ||
	    ((char *)at - image_heap) % FENCE)
		wrong("frees %p, which is no memory of malloc's", at);
	if (b->next != IN_USE)
		wrong("frees what is not in use, or its head was written to");
	if (!is_filled((char *)at + b->size, END, FENCE))
		wrong("has written behind the end of %u bytes", b->size);
	return b;
}

APART void
free(void *at)
{
	struct block *b;

	if (!at)
		return;
	b = block_of(at);
	memset(at, FREED, b->size);
	b->next = unused[b->class];
	unused[b->class] = b;
}

/* It always moves. */
APART void *
reallocarray(void *at, size_t n, size_t size)
{
	size_t had = at ? block_of(at)->size : 0;
	void *more = NULL;

	if (__builtin_mul_overflow(n, size, &n))
		errno = ENOMEM;
	else
		more = malloc(n);
	if (at && more) {
		memcpy(more, at, had < n ? had : n);
		free(at);
	}
	return more;
}

void *realloc(void *at, size_t n) { return reallocarray(at, n, 1); }

void *
calloc(size_t n, size_t size)
{
	void *at = reallocarray(NULL, n, size);

	if (at)
		explicit_bzero(at, n * size); /* gcc makes calloc of memset */
	return at;
}

/* Memory of a process's own (buf.c) is from its heap. */
void *
mmap(void *at, size_t n, int prot, int flags, int fd, off_t from)
{
	if (flags != (MAP_PRIVATE | MAP_ANONYMOUS))
		return sim_mmap(at, n, prot, flags, fd, from);
	at = calloc(1, n);
	return at ? at : MAP_FAILED;
}

int
munmap(void *at, size_t n)
{
	if ((char *)at < image_heap || (char *)at >= image_heap + HEAP)
		return sim_munmap(at, n);
	if (block_of(at)->size != n)
		wrong("unmaps %zu bytes of %u", n, block_of(at)->size);
	free(at);
	return 0;
}

char *
strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *to = malloc(n);

	return to ? memcpy(to, s, n) : NULL;
}
