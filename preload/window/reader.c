/*
 * reader.c: a program's top-level windows, by what it writes to its compositor.
 *
 * A request is the number of an object, then length and opcode in one word,
 * then its arguments, in words of the machine's order (wayland.xml; xdg-shell
 * and its elder zxdg_shell_v6, which number these requests alike, and
 * xdg-activation-v1).  Numbers of objects come again: what destroys an object
 * that is followed is followed too, and a number given anew means the new one.
 */
#include "preload/bytes.h"
#include "preload/window/reader.h"

enum kind {
	OTHER,
	REGISTRY,
	FIXES,
	SHELL,
	ACTIVATION,
	XDG_SURFACE,
	TOPLEVEL,
	SURFACE
};

enum { DISPLAY = 1 };

/* Opcodes.  The first request of all that can be destroyed is to do so. */
enum {
	DISPLAY_GET_REGISTRY = 1,
	REGISTRY_BIND = 0,
	DESTROY = 0,
	FIXES_DESTROY_REGISTRY = 1,
	SHELL_GET_XDG_SURFACE = 2,
	XDG_SURFACE_GET_TOPLEVEL = 1,
	XDG_SURFACE_ACK_CONFIGURE = 4,
	TOPLEVEL_SET_PARENT = 1,
	TOPLEVEL_SET_TITLE = 2,
	TOPLEVEL_SET_APP_ID = 3,
	SURFACE_ATTACH = 1,
	SURFACE_COMMIT = 6
};

/* A request, or as much of it as is kept. */
struct request {
	const uint8_t *at;
	size_t len; /* of what is there */
};

/* A word anywhere; no call of memcpy, however we are compiled. */
struct word {
	uint32_t n;
} __attribute__((packed, may_alias));

static uint32_t
word_at(const uint8_t *p)
{
	return ((const struct word *)(const void *)p)->n;
}

/* Argument n of words alone; 0: it is not there. */
static uint32_t
argument(const struct request *q, size_t n)
{
	size_t at = READER_HEAD + 4 * n;

	return at + 4 <= q->len ? word_at(q->at + at) : 0;
}

static uint32_t
size_of(const uint8_t *head)
{
	return word_at(head + 4) >> 16;
}

static enum kind
kind_of(const struct reader *r, uint32_t id)
{
	if (id == DISPLAY)
		return OTHER;
	return id < READER_IDS ? (enum kind)r->kind[id] : OTHER;
}

static bool
kind_set(struct reader *r, uint32_t id, enum kind k)
{
	if (!id || id == DISPLAY || id >= READER_IDS)
		return false;
	r->kind[id] = (uint8_t)k;
	return true;
}

/* The window one of whose objects id is: by its place in struct window. */
static struct window *
window_find(struct reader *r, uint32_t id, size_t member)
{
	struct window *w;

	for (w = r->windows; w < r->windows + r->places; w++)
		if (w->shell && id &&
		    *(uint32_t *)(void *)((char *)w + member) == id)
			return w;
	return NULL;
}

#define FIND(r, id, member) \
	window_find((r), (id), offsetof(struct window, member))

static void
hide(struct reader *r, struct window *w)
{
	r->changed |= w->shown;
	w->shown = w->acked = w->attached = false;
}

/* It is no top-level window any more. */
static void
demote(struct reader *r, struct window *w)
{
	hide(r, w);
	if (w->top && kind_of(r, w->surface) == SURFACE)
		kind_set(r, w->surface, OTHER);
	kind_set(r, w->top, OTHER);
	w->top = 0;
}

/* This number means nothing of what it meant. */
static void
forget(struct reader *r, uint32_t id)
{
	enum kind k = kind_of(r, id);
	struct window *w;

	switch (k) {
	case ACTIVATION:
		r->changed = true;
		if (r->activation == id)
			r->activation = 0;
		break;
	case XDG_SURFACE:
		w = FIND(r, id, shell);
		if (w) {
			demote(r, w);
			w->shell = 0;
		}
		break;
	case TOPLEVEL:
		w = FIND(r, id, top);
		if (w)
			demote(r, w);
		break;
	case SURFACE:
		w = FIND(r, id, surface);
		if (w) {
			hide(r, w);
			w->surface = 0;
		}
		break;
	default:
		break;
	}
	if (k != OTHER)
		kind_set(r, id, OTHER);
}

/* The string that begins at byte at: where the next argument is; 0: it is not
 * all there, or no string.  *s has its text, without the NUL. */
static size_t
string_at(const struct request *q, size_t at, struct request *s)
{
	uint32_t len;

	if (at + 4 > q->len)
		return 0;
	len = word_at(q->at + at);
	at += 4;
	if (!len || len > q->len - at)
		return 0;
	s->at = q->at + at;
	s->len = len - 1;
	return at + ((len + 3) & ~3u);
}

static bool
string_is(const struct request *s, const char *name)
{
	size_t len = bytes_len(name);

	return s->len == len && bytes_same((const char *)s->at, name, len);
}

/* bind(name, interface, version, id) */
static void
bind(struct reader *r, const struct request *q)
{
	struct request s;
	size_t at = string_at(q, READER_HEAD + 4, &s);
	enum kind k = OTHER;
	uint32_t id;

	if (!at || at + 8 > q->len)
		return;
	id = word_at(q->at + at + 4);
	forget(r, id);
	if (string_is(&s, "xdg_wm_base") || string_is(&s, "zxdg_shell_v6"))
		k = SHELL;
	else if (string_is(&s, "xdg_activation_v1"))
		k = ACTIVATION;
	else if (string_is(&s, "wl_fixes"))
		k = FIXES;
	if (k == OTHER || !kind_set(r, id, k) || k != ACTIVATION)
		return;
	r->activation = id;
	r->changed = true;
}

/* get_xdg_surface(id, surface) */
static void
window_new(struct reader *r, uint32_t id, uint32_t surface)
{
	struct window *w;

	forget(r, id);
	for (w = r->windows; w < r->windows + READER_WINDOWS; w++) {
		if (w->shell)
			continue;
		if (!surface || !kind_set(r, id, XDG_SURFACE))
			return;
		if (w == r->windows + r->places)
			r->places++;
		w->shell = id;
		w->surface = surface;
		w->top = 0;
		w->acked = w->attached = w->shown = w->child = false;
		w->mark = MARK_NONE;
		w->app_id[0] = w->title[0] = '\0';
		return;
	}
}

static void
window_use(struct reader *r, struct window *w)
{
	w->turn = ++r->turn;
	r->changed |= w->shown;
}

static void
toplevel_new(struct reader *r, struct window *w, uint32_t id)
{
	forget(r, id);
	if (w->top || !w->shell || !w->surface || id >= READER_IDS ||
	    !kind_set(r, w->surface, SURFACE))
		return;
	if (kind_set(r, id, TOPLEVEL))
		w->top = id;
}

/* As much as there is room for; not in the middle of a letter. */
static void
text_take(char *to, const struct request *q)
{
	struct request s = {q->at + READER_HEAD + 4, 0};
	size_t len = argument(q, 0);

	if (q->len > READER_HEAD + 4)
		s.len = q->len - READER_HEAD - 4;
	len -= len > 0; /* its NUL */
	if (len > s.len && q->len < READER_PART)
		return; /* it says that it is longer than the request */
	if (len < s.len)
		s.len = len;
	if (s.len > WINDOW_TEXT - 1)
		s.len = WINDOW_TEXT - 1;
	if (s.len < len)
		while (s.len && (s.at[s.len] & 0xc0) == 0x80)
			s.len--;
	for (len = 0; len < s.len && s.at[len]; len++) {
		BYTES_LOOP();
		to[len] = (char)s.at[len];
	}
	to[len] = '\0';
}

static void
commit(struct reader *r, struct window *w)
{
	if (!w->attached)
		return;
	w->attached = false;
	if (!w->content) {
		hide(r, w); /* it has to be configured anew */
	} else if (w->acked && w->top && !w->shown) {
		w->shown = true;
		window_use(r, w);
	}
}

static void
xdg_surface(struct reader *r, const struct request *q, uint32_t opcode)
{
	struct window *w = FIND(r, word_at(q->at), shell);

	if (!w)
		return;
	if (opcode == XDG_SURFACE_GET_TOPLEVEL) {
		toplevel_new(r, w, argument(q, 0));
	} else if (opcode == XDG_SURFACE_ACK_CONFIGURE && w->top) {
		w->acked = true;
		window_use(r, w);
	}
}

static void
parent_set(struct reader *r, struct window *w, bool child)
{
	r->changed |= w->shown && w->child != child;
	w->child = child;
}

static void
toplevel(struct reader *r, const struct request *q, uint32_t opcode)
{
	struct window *w = FIND(r, word_at(q->at), top);

	if (!w)
		return;
	if (opcode == TOPLEVEL_SET_PARENT)
		parent_set(r, w, argument(q, 0) != 0);
	else if (opcode == TOPLEVEL_SET_TITLE)
		text_take(w->title, q);
	else if (opcode == TOPLEVEL_SET_APP_ID)
		text_take(w->app_id, q);
	else
		return;
	r->changed |= w->shown;
}

static void
surface(struct reader *r, const struct request *q, uint32_t opcode)
{
	struct window *w = FIND(r, word_at(q->at), surface);

	if (!w)
		return;
	if (opcode == SURFACE_ATTACH) {
		w->attached = true;
		w->content = argument(q, 0) != 0;
	} else if (opcode == SURFACE_COMMIT) {
		commit(r, w);
	}
}

/* How much of a request is to be had before it is taken; 0: this is none. */
static size_t
wanted(const struct reader *r, const uint8_t *head)
{
	uint32_t size = size_of(head), id = word_at(head);

	if (size < READER_HEAD || size % 4 || !id)
		return 0;
	if (id != DISPLAY && kind_of(r, id) == OTHER)
		return READER_HEAD;
	return size < READER_PART ? size : READER_PART;
}

static void
take(struct reader *r, const uint8_t *at, size_t len)
{
	uint32_t id = word_at(at), opcode = word_at(at + 4) & 0xffff;
	struct request q = {at, len};
	enum kind k = kind_of(r, id);

	if (id == DISPLAY && opcode == DISPLAY_GET_REGISTRY) {
		forget(r, argument(&q, 0));
		kind_set(r, argument(&q, 0), REGISTRY);
		return;
	}
	/* A registry's only request is no destruction. */
	if (k != OTHER && k != REGISTRY && opcode == DESTROY) {
		forget(r, id);
		return;
	}
	switch (k) {
	case REGISTRY:
		if (opcode == REGISTRY_BIND)
			bind(r, &q);
		break;
	case FIXES:
		if (opcode == FIXES_DESTROY_REGISTRY)
			forget(r, argument(&q, 0));
		break;
	case SHELL:
		if (opcode == SHELL_GET_XDG_SURFACE)
			window_new(r, argument(&q, 0), argument(&q, 1));
		break;
	case XDG_SURFACE:
		xdg_surface(r, &q, opcode);
		break;
	case TOPLEVEL:
		toplevel(r, &q, opcode);
		break;
	case SURFACE:
		surface(r, &q, opcode);
		break;
	default:
		break;
	}
}

/* More of a request that came in part; how many bytes of it were taken. */
static size_t
gather(struct reader *r, const uint8_t *p, size_t n)
{
	size_t want = r->have < READER_HEAD ? READER_HEAD :
	    wanted(r, r->part), k = want - r->have;

	if (k > n)
		k = n;
	bytes_copy((char *)r->part + r->have, (const char *)p, k);
	r->have += (uint32_t)k;
	if (r->have < READER_HEAD)
		return k;
	want = wanted(r, r->part);
	if (!want) {
		r->lost = true;
	} else if (r->have == want) {
		take(r, r->part, want);
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
		want = r->have || n < READER_HEAD ? 0 : wanted(r, p);
		if (!want || n < want) {
			k = gather(r, p, n);
			continue;
		}
		if (want > READER_HEAD || kind_of(r, word_at(p)) != OTHER)
			take(r, p, want);
		r->skip = size_of(p) - (uint32_t)want;
		k = want;
	}
	r->changed |= r->lost;
}

bool
reader_between(const struct reader *r)
{
	return !r->lost && !r->skip && !r->have;
}

const struct window *
reader_window(const struct reader *r, uint32_t *shown)
{
	const struct window *last = NULL, *w;

	*shown = 0;
	if (r->lost)
		return NULL;
	for (w = r->windows; w < r->windows + r->places; w++) {
		if (!w->shell || !w->shown)
			continue;
		++*shown;
		/* Turns are few, and wrap in no lifetime. */
		if (!last || w->turn > last->turn)
			last = w;
	}
	return last;
}

void
reader_tally(const struct reader *r, struct tally *t)
{
	const struct window *w;

	*t = (struct tally){0};
	for (w = r->windows; !r->lost && w < r->windows + r->places; w++) {
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
	struct window *w;
	uint32_t n = 0;

	for (w = r->windows; !r->lost && w < r->windows + r->places; w++) {
		if (!w->shell || !w->shown || (w->child && !children))
			continue;
		w->mark = MARK_WANTED;
		n++;
	}
	r->changed = true;
	return n;
}

void
reader_calm(struct reader *r)
{
	struct window *w;

	for (w = r->windows; w < r->windows + r->places; w++)
		w->mark = MARK_NONE;
	r->changed = true;
}

uint32_t
reader_close(struct reader *r)
{
	struct window *w;

	for (w = r->windows; !r->lost && w < r->windows + r->places; w++) {
		if (!w->shell || w->mark != MARK_WANTED)
			continue;
		/* One that is hidden meanwhile is not asked for. */
		w->mark = w->shown ? MARK_ASKED : MARK_NONE;
		r->changed = true;
		if (w->shown)
			return w->top;
	}
	return 0;
}

bool
reader_begins(const void *bytes, bool *first)
{
	const uint8_t *p = bytes;
	uint32_t what = word_at(p + 4);

	*first = word_at(p + 8) == DISPLAY + 1;
	return word_at(p) == DISPLAY && what >> 16 == READER_BEGIN &&
	    (what & 0xffff) <= DISPLAY_GET_REGISTRY;
}
