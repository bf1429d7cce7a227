/*
 * objects.h: the objects of a connection that have to do with windows, and what
 * each request does to them.
 *
 * A request is the number of an object, then length and opcode in one word,
 * then its arguments, in words of the machine's order (wayland.xml; xdg-shell
 * and its elder zxdg_shell_v6, which number these requests alike, and
 * xdg-activation-v1).  Numbers of objects come again: what destroys an object
 * that is followed is followed too, and a number given anew means the new one.
 */
#ifndef WINDOW_OBJECTS_H
#define WINDOW_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/window/page.h"

enum {
	OBJECTS_IDS = 16384,  /* of higher numbers are not followed; libwayland
			       * takes the lowest that is free */
	OBJECTS_WINDOWS = 32, /* at a time, popups among them */
	REQUEST_HEAD = 8,     /* an object's number; length and opcode */
	REQUEST_PART = 16 + WINDOW_TEXT /* what is kept of one at most */
};

/* What stands of a window about its being closed. */
enum mark {
	MARK_NONE,   /* it came after that was asked for, or nothing was */
	MARK_WANTED, /* the program is to be asked to close it */
	MARK_ASKED   /* it has been */
};

/* More than a dozen members: all that one's requests have said of it. */
struct window {
	uint32_t surface; /* wl_surface; 0: destroyed */
	uint32_t shell;   /* xdg_surface; 0: this place is free */
	uint32_t top;     /* xdg_toplevel; 0: it is none, or no more */
	uint32_t turn;    /* the higher, the later it was used */
	uint32_t came;    /* that of when it was shown */
	bool acked;       /* it may be shown */
	bool attached;    /* something has been, since the last commit: */
	bool content;     /* a picture, and not nothing */
	bool shown;
	bool child;       /* it has a parent: a dialog */
	uint8_t mark;     /* enum mark */
	char app_id[WINDOW_TEXT]; /* NUL-ended */
	char title[WINDOW_TEXT];
};

struct objects {
	bool changed;        /* what is to be told of has; the caller clears */
	uint32_t activation; /* the xdg_activation_v1 bound last; 0: none */
	uint32_t turn;       /* of windows */
	uint32_t places;     /* of windows that were ever taken */
	struct window windows[OBJECTS_WINDOWS];
	uint8_t kind[OBJECTS_IDS]; /* what each is; 0: not followed */
};

/* The first object; opcodes (wayland.xml). */
enum {
	DISPLAY = 1,
	DISPLAY_SYNC = 0,
	DISPLAY_GET_REGISTRY = 1,
	REGISTRY_BIND = 0
};

/* A word anywhere; no call of memcpy, however we are compiled. */
struct word {
	uint32_t n;
} __attribute__((packed, may_alias));

static inline uint32_t
word_at(const uint8_t *p)
{
	return ((const struct word *)(const void *)p)->n;
}

/* Of a request, of which the head is there at least. */
static inline uint32_t
object_of(const uint8_t *request)
{
	return word_at(request);
}

static inline uint32_t
opcode_of(const uint8_t *request)
{
	return word_at(request + 4) & 0xffff;
}

static inline uint32_t
size_of(const uint8_t *request)
{
	return word_at(request + 4) >> 16;
}

/* Whether requests of this object say something of a window. */
static inline bool
objects_heed(const struct objects *o, uint32_t id)
{
	return id == DISPLAY || (id < OBJECTS_IDS && o->kind[id]);
}

/* A request, of which len bytes are there: all, or REQUEST_PART. */
void objects_take(struct objects *o, const uint8_t *request, size_t len);

/* Of the windows that are shown the one used last, or NULL; how many. */
const struct window *objects_window(const struct objects *o, uint32_t *shown);

/* Of those that have no parent the one that came last, or NULL; that one is used
 * last. */
struct window *objects_newest(struct objects *o);
void objects_use(struct objects *o, struct window *w);

#endif
