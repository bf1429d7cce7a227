/*
 * reader_fuzz.c: what a program writes to its compositor, whatever that is.
 *
 * The input is a connection's bytes.  However they are split they say the same
 * (the splits follow from the input itself); what is known of windows is
 * whole: strings end, no number means two things, and no request is begun where
 * the reader says that one of ours could be written, unless all before it are
 * complete, as a plain walk from length to length finds them.
 */
#include <stdbool.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#include "preload/window/reader.c"

static void
whole(const struct reader *r)
{
	uint32_t shown, count = 0;
	struct tally t;
	const struct objects *o = &r->objects;
	const struct window *last = reader_window(r, &shown), *w;

	for (w = o->windows; w < o->windows + OBJECTS_WINDOWS; w++) {
		if (!w->shell)
			continue;
		MUST(memchr(w->title, '\0', sizeof(w->title)));
		MUST(memchr(w->app_id, '\0', sizeof(w->app_id)));
		MUST(!w->shown || (w->top && w->surface && w->acked));
		MUST(w->turn <= o->turn);
		count += w->shown;
	}
	MUST(r->lost ? !last && !shown : shown == count && !last == !count);
	MUST(!last || last->shown);
	reader_tally(r, &t);
	MUST(t.children <= shown && t.wanted <= shown);
	MUST(r->have < REQUEST_PART && r->skip <= UINT16_MAX);
	MUST(!o->kind[0] && !o->kind[DISPLAY]);
}

static bool
same(const struct reader *a, const struct reader *b)
{
	const struct objects *x = &a->objects, *y = &b->objects;

	return a->lost == b->lost && a->skip == b->skip &&
	    a->have == b->have && !memcmp(a->part, b->part, a->have) &&
	    x->activation == y->activation && x->turn == y->turn &&
	    x->changed == y->changed &&
	    !memcmp(x->windows, y->windows, sizeof(x->windows)) &&
	    !memcmp(x->kind, y->kind, sizeof(x->kind));
}

/* Whether the bytes end where a request does; -1: they are no requests. */
static int
walk(const uint8_t *p, size_t n)
{
	uint32_t head[2];
	size_t size;

	for (; n; p += size, n -= size) {
		if (n < sizeof(head))
			return 0;
		memcpy(head, p, sizeof(head));
		size = head[1] >> 16;
		if (size < sizeof(head) || size % 4 || !head[0])
			return -1;
		if (n < size)
			return 0;
	}
	return 1;
}

/* A copy in a block of its own size, so that ASan sees one step beyond. */
static void
feed(struct reader *r, const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);

	memcpy(copy, p, n);
	reader_feed(r, copy, n);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct reader one, other;
	uint32_t luck = 0x9e3779b9u ^ (uint32_t)size;
	size_t n;

	memset(&one, 0, sizeof(one));
	memset(&other, 0, sizeof(other));
	feed(&one, data, size);
	whole(&one);
	MUST(one.lost == (walk(data, size) < 0));
	MUST(one.lost || reader_between(&one) == (walk(data, size) == 1));
	for (size_t at = 0; at < size; at += n) {
		luck = luck * 1664525 + 1013904223 + data[at];
		n = luck >> 28 ? luck >> 28 : 1;
		if (luck >> 20 & 1)
			n *= 16;
		if (n > size - at)
			n = size - at;
		feed(&other, data + at, n);
		whole(&other);
	}
	MUST(same(&one, &other));
	return 0;
}

static uint8_t *to;

static void
words(size_t n, const uint32_t *w)
{
	memcpy(to, w, 4 * n);
	to += 4 * n;
}

#define WORDS(...)                                     \
	words(sizeof((uint32_t[]){__VA_ARGS__}) / 4,    \
	    (uint32_t[]){__VA_ARGS__})

static void
text(const char *s)
{
	WORDS((uint32_t)strlen(s) + 1);
	memcpy(to, s, strlen(s) + 1);
	to += (strlen(s) + 4) & ~(size_t)3;
}

static void
bound(const char *interface, uint32_t id)
{
	uint32_t n = ((uint32_t)strlen(interface) + 4) & ~3u;

	WORDS(2, (24 + n) << 16, 9);
	text(interface);
	WORDS(1, id);
}

static void
named(uint32_t id, uint32_t opcode, const char *s)
{
	WORDS(id, (12 + (((uint32_t)strlen(s) + 4) & ~3u)) << 16 | opcode);
	text(s);
}

/* A window with its title, shown, and taken away again. */
int
fuzz_seed(unsigned int n, uint8_t *at, size_t *size)
{
	memset(at, 0, SEED_MAX);
	to = at;
	WORDS(1, 12 << 16 | 1, 2);
	bound("xdg_wm_base", 3);
	bound("xdg_activation_v1", 4);
	bound("wl_fixes", 10);
	WORDS(3, 16 << 16 | 2, 6, 5, 6, 12 << 16 | 1, 7);
	named(7, 2, "title");
	named(7, 3, "app");
	WORDS(5, 8 << 16 | 6, 6, 12 << 16 | 4, 1, 5, 20 << 16 | 1, 8, 0, 0, 5,
	    8 << 16 | 6, 7, 8 << 16, 6, 8 << 16, 5, 8 << 16, 4, 8 << 16);
	*size = (size_t)(to - at);
	return n ? -1 : 0;
}
