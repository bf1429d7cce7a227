/*
 * reader.c: splits what a program writes to its compositor into requests.
 *
 * The bytes come in pieces of any size.  objects.c knows what a request means;
 * of a request to an object that is not followed only the length is read.
 */
#include "preload/bytes.h"
#include "preload/window/reader.h"

/* How many bytes of a request objects_take needs; 0: it is not valid. */
static size_t
wanted(const struct objects *o, const uint8_t *head)
{
	uint32_t size = size_of(head), id = object_of(head);

	if (size < REQUEST_HEAD || size % 4 || !id)
		return 0;
	if (!objects_heed(o, id))
		return REQUEST_HEAD;
	return size < REQUEST_PART ? size : REQUEST_PART;
}

/* Add bytes to the incomplete request in r->part; how many were added. */
static size_t
gather(struct reader *r, const uint8_t *p, size_t n)
{
	size_t want = r->have < REQUEST_HEAD ? REQUEST_HEAD :
	    wanted(&r->objects, r->part), k = want - r->have;

	if (k > n)
		k = n;
	bytes_copy((char *)r->part + r->have, (const char *)p, k);
	r->have += (uint32_t)k;
	if (r->have < REQUEST_HEAD)
		return k;
	want = wanted(&r->objects, r->part);
	if (!want) {
		r->lost = true;
	} else if (r->have == want) {
		objects_take(&r->objects, r->part, want);
		r->skip = size_of(r->part) - (uint32_t)want;
		r->have = 0;
	}
	return k;
}

void
reader_feed(struct reader *r, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	size_t k, want;

	for (; n && !r->lost; p += k, n -= k) {
		BYTES_LOOP();
		if (r->skip) {
			k = r->skip < n ? r->skip : n;
			r->skip -= (uint32_t)k;
			continue;
		}
		want = r->have || n < REQUEST_HEAD ? 0 : wanted(&r->objects, p);
		if (!want || n < want) {
			k = gather(r, p, n);
			continue;
		}
		if (objects_heed(&r->objects, object_of(p)))
			objects_take(&r->objects, p, want);
		r->skip = size_of(p) - (uint32_t)want;
		k = want;
	}
	r->objects.changed |= r->lost;
}

bool
reader_between(const struct reader *r)
{
	return !r->lost && !r->skip && !r->have;
}

const struct window *
reader_window(const struct reader *r, uint32_t *shown)
{
	*shown = 0;
	return r->lost ? NULL : objects_window(&r->objects, shown);
}

void
reader_tally(const struct reader *r, struct tally *t)
{
	const struct objects *o = &r->objects;
	const struct window *w;

	*t = (struct tally){0};
	for (w = o->windows; !r->lost && w < o->windows + o->places; w++) {
		if (!w->shell || !w->shown)
			continue;
		t->shown++;
		t->children += w->child;
		t->wanted += w->mark == MARK_WANTED;
		t->asked += w->mark == MARK_ASKED;
	}
}

uint32_t
reader_want(struct reader *r, bool children)
{
	struct objects *o = &r->objects;
	struct window *w;
	uint32_t n = 0;

	for (w = o->windows; !r->lost && w < o->windows + o->places; w++) {
		if (!w->shell || !w->shown || (w->child && !children))
			continue;
		w->mark = MARK_WANTED;
		n++;
	}
	return n;
}

void
reader_calm(struct reader *r)
{
	struct objects *o = &r->objects;
	struct window *w;

	for (w = o->windows; w < o->windows + o->places; w++)
		w->mark = MARK_NONE;
}

uint32_t
reader_close(struct reader *r)
{
	struct objects *o = &r->objects;
	struct window *w;

	for (w = o->windows; !r->lost && w < o->windows + o->places; w++) {
		if (!w->shell || w->mark != MARK_WANTED)
			continue;
		/* Skip a window that was hidden meanwhile. */
		w->mark = w->shown ? MARK_ASKED : MARK_NONE;
		if (w->shown)
			return w->top;
	}
	return 0;
}

bool
reader_begins(const void *bytes, bool *first)
{
	const uint8_t *p = bytes;

	*first = word_at(p + REQUEST_HEAD) == DISPLAY + 1;
	return object_of(p) == DISPLAY && size_of(p) == READER_BEGIN &&
	    opcode_of(p) <= DISPLAY_GET_REGISTRY;
}
