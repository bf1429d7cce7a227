/*
 * buf.c: bytes that grow, without malloc.
 */
#include <sys/mman.h>

#include <errno.h>
#include <string.h>

#include "cli/base/buf.h"

enum { PAGE = 4096 };

void
buf_init(struct buf *b, void *storage, size_t cap)
{
	b->at = storage;
	b->len = 0;
	b->cap = cap;
	b->mapped = false;
	b->failed = false;
}

int
buf_room(struct buf *b, size_t n)
{
	size_t want;
	char *p;

	if (n <= b->cap - b->len)
		return 0;
	want = (b->len + n + b->len / 2 + PAGE) & ~((size_t)PAGE - 1);
	p = mmap(NULL, want, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) {
		b->failed = true;
		errno = ENOMEM;
		return -1;
	}
	if (b->len)
		memcpy(p, b->at, b->len);
	if (b->mapped)
		munmap(b->at, b->cap);
	b->at = p;
	b->cap = want;
	b->mapped = true;
	return 0;
}

int
buf_add(struct buf *b, const void *p, size_t n)
{
	if (buf_room(b, n) < 0)
		return -1;
	if (n) /* at may be NULL while it is empty */
		memcpy(b->at + b->len, p, n);
	b->len += n;
	return 0;
}

int
buf_string(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s) + 1);
}

void
buf_shift(struct buf *b, size_t n)
{
	if (b->len > n)
		memmove(b->at, b->at + n, b->len - n);
	b->len -= n;
}

void
buf_free(struct buf *b)
{
	if (b->mapped)
		munmap(b->at, b->cap);
	*b = (struct buf){ 0 };
}
