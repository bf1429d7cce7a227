/*
 * reader.c: split what a program writes to its compositor into requests, and
 * follow the objects that have to do with windows.
 *
 * The bytes come in pieces of any size.  For objects that are not followed,
 * only the request's length is read.
 */
#include "preload/bytes.h"
#include "preload/window/reader.h"

/* A word at any alignment, read without a call of memcpy even with -O0. */
struct word {
	uint32_t n;
} __attribute__((packed, may_alias));

static uint32_t
word_at(const uint8_t *p)
{
	return ((const struct word *)(const void *)p)->n;
}

/* The head of a request: object number, opcode, size in bytes. */
static uint32_t
object_of(const uint8_t *request)
{
	return word_at(request);
}

static uint32_t
opcode_of(const uint8_t *request)
{
	return word_at(request + 4) & 0xffff;
}

static uint32_t
size_of(const uint8_t *request)
{
	return word_at(request + 4) >> 16;
}

/*
 * What each request does to window-related objects.
 *
 * kind[] has the current kind of each object number; windows[] has a place for
 * each xdg_surface.  If a number is reused, the old object is forgotten first.
 * A window is shown from a commit with a buffer, after it has acknowledged a
 * configure event, until a commit without a buffer, or until an object of it is
 * destroyed.
 */

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

/* Opcodes.  0 is the destructor of every interface that has one. */
enum {
	DESTROY = 0,
	FIXES_DESTROY_REGISTRY = 1,
	SHELL_GET_XDG_SURFACE = 2,
	SHELL_PONG = 3,
	XDG_SURFACE_GET_TOPLEVEL = 1,
	XDG_SURFACE_ACK_CONFIGURE = 4,
	TOPLEVEL_SET_PARENT = 1,
	TOPLEVEL_SET_TITLE = 2,
	TOPLEVEL_SET_APP_ID = 3,
	SURFACE_ATTACH = 1,
	SURFACE_COMMIT = 6
};

/* The beginning of a request, or a string in it. */
struct request {
	const uint8_t *at;
	size_t len; /* bytes at at */
};

/* Argument n, if no string precedes it; 0: missing. */
static uint32_t
request_argument(const struct request *q, size_t n)
{
	size_t at = REQUEST_HEAD + 4 * n;

	return at + 4 <= q->len ? word_at(q->at + at) : 0;
}

static enum kind
kind_of(const struct objects *o, uint32_t id)
{
	return id < OBJECTS_IDS ? (enum kind)o->kind[id] : OTHER;
}

static bool
kind_set(struct objects *o, uint32_t id, enum kind k)
{
	if (!id || id == DISPLAY || id >= OBJECTS_IDS)
		return false;
	o->kind[id] = (uint8_t)k;
	return true;
}

/* The window whose member (an offset in struct window) is id; NULL. */
static struct window *
window_find(struct objects *o, uint32_t id, size_t member)
{
	struct window *w;

	for (w = o->windows; w < o->windows + o->places; w++)
		if (w->shell && id &&
		    *(uint32_t *)(void *)((char *)w + member) == id)
			return w;
	return NULL;
}

#define FIND(o, id, member) \
	window_find((o), (id), offsetof(struct window, member))

static void
window_hide(struct objects *o, struct window *w)
{
	o->changed |= w->shown;
	w->shown = w->acked = w->attached = false;
}

/* The xdg_toplevel was destroyed. */
static void
toplevel_gone(struct objects *o, struct window *w)
{
	window_hide(o, w);
	if (w->top && kind_of(o, w->surface) == SURFACE)
		kind_set(o, w->surface, OTHER);
	kind_set(o, w->top, OTHER);
	w->top = 0;
}

/* The object was destroyed, or its number was reused. */
static void
object_gone(struct objects *o, uint32_t id)
{
	enum kind k = kind_of(o, id);
	struct window *w;

	switch (k) {
	case ACTIVATION:
		o->changed = true;
		if (o->activation == id)
			o->activation = 0;
		break;
	case XDG_SURFACE:
		w = FIND(o, id, shell);
		if (w) {
			toplevel_gone(o, w);
			w->shell = 0;
		}
		break;
	case TOPLEVEL:
		w = FIND(o, id, top);
		if (w)
			toplevel_gone(o, w);
		break;
	case SURFACE:
		w = FIND(o, id, surface);
		if (w) {
			window_hide(o, w);
			w->surface = 0;
		}
		break;
	default:
		break;
	}
	if (k != OTHER)
		kind_set(o, id, OTHER);
}

/* Read the string argument at byte at into *s, without its NUL.  The offset of
 * the next argument; 0: the string is not complete, or NULL. */
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
bind_take(struct objects *o, const struct request *q)
{
	struct request s;
	size_t at = string_at(q, REQUEST_HEAD + 4, &s);
	enum kind k = OTHER;
	uint32_t id;

	if (!at || at + 8 > q->len)
		return;
	id = word_at(q->at + at + 4);
	object_gone(o, id);
	if (string_is(&s, "xdg_wm_base") || string_is(&s, "zxdg_shell_v6"))
		k = SHELL;
	else if (string_is(&s, "xdg_activation_v1"))
		k = ACTIVATION;
	else if (string_is(&s, "wl_fixes"))
		k = FIXES;
	if (k == OTHER || !kind_set(o, id, k) || k != ACTIVATION)
		return;
	o->activation = id;
	o->changed = true;
}

/* get_xdg_surface(id, surface) */
static void
window_new(struct objects *o, uint32_t id, uint32_t surface)
{
	struct window *w;

	object_gone(o, id);
	for (w = o->windows; w < o->windows + OBJECTS_WINDOWS; w++) {
		if (w->shell)
			continue;
		if (!surface || !kind_set(o, id, XDG_SURFACE))
			return;
		if (w == o->windows + o->places)
			o->places++;
		w->shell = id;
		w->surface = surface;
		w->top = 0;
		w->acked = w->attached = w->shown = w->child = false;
		w->wanted = false;
		w->app_id[0] = w->title[0] = '\0';
		return;
	}
}

static void
window_use(struct objects *o, struct window *w)
{
	w->turn = ++o->turn;
	o->changed |= w->shown;
}

static void
toplevel_new(struct objects *o, struct window *w, uint32_t id)
{
	object_gone(o, id);
	if (w->top || !w->shell || !w->surface || id >= OBJECTS_IDS ||
	    !kind_set(o, w->surface, SURFACE))
		return;
	if (kind_set(o, id, TOPLEVEL))
		w->top = id;
}

/* Copy a request's string to a text of WINDOW_TEXT bytes; a longer one is cut
 * at a UTF-8 character. */
static void
text_take(char *to, const struct request *q)
{
	struct request s = {q->at + REQUEST_HEAD + 4, 0};
	size_t len = request_argument(q, 0);

	if (q->len > REQUEST_HEAD + 4)
		s.len = q->len - REQUEST_HEAD - 4;
	len -= len > 0; /* its NUL */
	if (len > s.len && q->len < REQUEST_PART)
		return; /* invalid: the string is longer than its request */
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
commit_take(struct objects *o, struct window *w)
{
	if (!w->attached)
		return;
	w->attached = false;
	if (!w->content) {
		/* Unmapped: it must ack a configure event again. */
		window_hide(o, w);
	} else if (w->acked && w->top && !w->shown) {
		w->shown = true;
		window_use(o, w);
		w->came = w->turn;
	}
}

static void
xdg_surface(struct objects *o, const struct request *q, uint32_t opcode)
{
	struct window *w = FIND(o, object_of(q->at), shell);

	if (!w)
		return;
	if (opcode == XDG_SURFACE_GET_TOPLEVEL) {
		toplevel_new(o, w, request_argument(q, 0));
	} else if (opcode == XDG_SURFACE_ACK_CONFIGURE && w->top) {
		w->acked = true;
		window_use(o, w);
	}
}

static void
toplevel_take(struct objects *o, const struct request *q, uint32_t opcode)
{
	struct window *w = FIND(o, object_of(q->at), top);

	if (!w)
		return;
	if (opcode == TOPLEVEL_SET_PARENT)
		w->child = request_argument(q, 0) != 0;
	else if (opcode == TOPLEVEL_SET_TITLE)
		text_take(w->title, q);
	else if (opcode == TOPLEVEL_SET_APP_ID)
		text_take(w->app_id, q);
	else
		return;
	o->changed |= w->shown;
}

static void
surface_take(struct objects *o, const struct request *q, uint32_t opcode)
{
	struct window *w = FIND(o, object_of(q->at), surface);

	if (!w)
		return;
	if (opcode == SURFACE_ATTACH) {
		w->attached = true;
		w->content = request_argument(q, 0) != 0;
	} else if (opcode == SURFACE_COMMIT) {
		commit_take(o, w);
	}
}

/* Apply a request.  len bytes of it are there: all, or REQUEST_PART. */
static void
objects_take(struct objects *o, const uint8_t *request, size_t len)
{
	uint32_t id = object_of(request), opcode = opcode_of(request);
	struct request q = {request, len};
	enum kind k = kind_of(o, id);

	if (id == DISPLAY && opcode == DISPLAY_GET_REGISTRY) {
		object_gone(o, request_argument(&q, 0));
		kind_set(o, request_argument(&q, 0), REGISTRY);
		return;
	}
	/* A registry's opcode 0 is bind, not a destructor. */
	if (k != OTHER && k != REGISTRY && opcode == DESTROY) {
		object_gone(o, id);
		return;
	}
	switch (k) {
	case REGISTRY:
		if (opcode == REGISTRY_BIND)
			bind_take(o, &q);
		break;
	case FIXES:
		if (opcode == FIXES_DESTROY_REGISTRY)
			object_gone(o, request_argument(&q, 0));
		break;
	case SHELL:
		if (opcode == SHELL_GET_XDG_SURFACE)
			window_new(o, request_argument(&q, 0),
			    request_argument(&q, 1));
		else if (opcode == SHELL_PONG)
			o->changed = ++o->pongs != 0;
		break;
	case XDG_SURFACE:
		xdg_surface(o, &q, opcode);
		break;
	case TOPLEVEL:
		toplevel_take(o, &q, opcode);
		break;
	case SURFACE:
		surface_take(o, &q, opcode);
		break;
	default:
		break;
	}
}

struct window *
objects_newest(struct objects *o)
{
	struct window *last = NULL, *w;

	for (w = o->windows; w < o->windows + o->places; w++) {
		if (w->shell && w->shown && !w->child &&
		    (!last || w->came > last->came))
			last = w;
	}
	return last;
}

void
objects_use(struct objects *o, struct window *w)
{
	if (w->turn != o->turn)
		w->turn = ++o->turn;
}

/*
 * The stream of requests.
 */

/* Whether requests to this object are followed. */
static bool
objects_heed(const struct objects *o, uint32_t id)
{
	return id == DISPLAY || (id < OBJECTS_IDS && o->kind[id]);
}

/* How many bytes of a request objects_take needs; 0: invalid. */
static size_t
bytes_wanted(const struct objects *o, const uint8_t *head)
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
part_add(struct reader *r, const uint8_t *p, size_t n)
{
	size_t want = r->have < REQUEST_HEAD ? REQUEST_HEAD :
	    bytes_wanted(&r->objects, r->part), k = want - r->have;

	if (k > n)
		k = n;
	bytes_copy((char *)r->part + r->have, (const char *)p, k);
	r->have += (uint32_t)k;
	if (r->have < REQUEST_HEAD)
		return k;
	want = bytes_wanted(&r->objects, r->part);
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
		want = r->have || n < REQUEST_HEAD ? 0 :
		    bytes_wanted(&r->objects, p);
		if (!want || n < want) {
			k = part_add(r, p, n);
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
	const struct objects *o = &r->objects;
	const struct window *last = NULL, *w;

	*shown = 0;
	for (w = o->windows; !r->lost && w < o->windows + o->places; w++) {
		if (!w->shell || !w->shown)
			continue;
		++*shown;
		/* turn does not wrap: windows are not used that often. */
		if (!last || w->turn > last->turn)
			last = w;
	}
	return last;
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
		t->children += w->child;
		t->wanted += w->wanted;
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
		w->wanted = true;
		n++;
	}
	return n;
}

uint32_t
reader_close(struct reader *r)
{
	struct objects *o = &r->objects;
	struct window *w;

	for (w = o->windows; !r->lost && w < o->windows + o->places; w++) {
		if (!w->shell || !w->wanted)
			continue;
		w->wanted = false;
		if (w->shown) /* else it was hidden meanwhile */
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
