/*
 * reader.h: find a program's top-level windows in what it writes to its
 * compositor.
 *
 * The program writes requests in pieces of any size.  The reader reads those
 * that make, name, show and destroy a top-level window (xdg-shell), and those
 * that bind the activation protocol; of all others only the length.  Bytes that
 * are not valid Wayland make the reader lost for good: it reports no window
 * then.
 *
 * A request is the number of an object, then length and opcode in one word,
 * then its arguments, in words of the machine's order (wayland.xml; xdg-shell
 * and the older zxdg_shell_v6, with the same opcodes here; xdg-activation-v1).
 * Object numbers are reused: requests that destroy a followed object are
 * followed too, and a number that is given again means the new object.
 *
 * No system call, no allocation.  A reader of zero bytes is at the beginning of
 * a connection.
 */
#ifndef WINDOW_READER_H
#define WINDOW_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/window/page.h"

enum {
	OBJECTS_IDS = 16384,  /* higher object numbers are not followed;
			       * libwayland takes the lowest free number */
	OBJECTS_WINDOWS = 32, /* at a time, including popups */
	REQUEST_HEAD = 8,     /* object number; length and opcode */
	REQUEST_PART = 16 + WINDOW_TEXT /* bytes kept of a request at most */
};

/* More than a dozen members: all that the requests have said about a window. */
struct window {
	uint32_t surface; /* wl_surface; 0: destroyed */
	uint32_t shell;   /* xdg_surface; 0: this place is free */
	uint32_t top;     /* xdg_toplevel; 0: none, e.g. a popup */
	uint32_t turn;    /* number of its last use: the highest is newest */
	uint32_t came;    /* the value of turn when it was shown */
	bool acked;       /* a configure event was acknowledged */
	bool attached;    /* wl_surface.attach since the last commit */
	bool content;     /* that attached a buffer, not NULL */
	bool shown;
	bool child;       /* it has a parent: a dialog */
	bool wanted;      /* it is to close: the event was not read yet */
	char app_id[WINDOW_TEXT]; /* NUL-terminated */
	char title[WINDOW_TEXT];
};

struct objects {
	bool changed;        /* the page must be written; the caller clears */
	uint32_t activation; /* the xdg_activation_v1 bound last; 0: none */
	uint32_t turn;       /* the highest turn of any window */
	uint32_t pongs;      /* how often the program has answered a ping */
	uint32_t places;     /* places of windows that were ever used */
	struct window windows[OBJECTS_WINDOWS];
	uint8_t kind[OBJECTS_IDS]; /* enum kind of each; 0: not followed */
};

/* The number of wl_display; opcodes (wayland.xml). */
enum {
	DISPLAY = 1,
	DISPLAY_GET_REGISTRY = 1,
	REGISTRY_BIND = 0
};

/* The shown window without a parent that was shown last, or NULL.  objects_use:
 * make w the window used last. */
struct window *objects_newest(struct objects *o);
void objects_use(struct objects *o, struct window *w);

struct reader {
	bool lost;
	uint32_t skip; /* further bytes to ignore */
	uint32_t have; /* bytes of a request that are in part */
	uint8_t part[REQUEST_PART];
	struct objects objects; /* what the requests so far have said */
};

/* The program has written these n bytes. */
void reader_feed(struct reader *r, const void *bytes, size_t n);

/* Whether a request of ours may be written: the last one is complete. */
bool reader_between(const struct reader *r);

/* The shown window that was used last, or NULL; *shown: how many are shown. */
const struct window *reader_window(const struct reader *r, uint32_t *shown);

/* Numbers of shown windows: with a parent; to close. */
struct tally {
	uint32_t children, wanted;
};
void reader_tally(const struct reader *r, struct tally *t);

/* Mark the shown windows to close, with children also those that have a parent:
 * how many. */
uint32_t reader_want(struct reader *r, bool children);

/* Take one that is to close: its xdg_toplevel; 0: none left. */
uint32_t reader_close(struct reader *r);

/* Whether 12 bytes are a request with which a connection begins:
 * wl_display.sync or get_registry.  *first: it makes the first object after
 * wl_display, number 2, so the connection most probably begins here. */
enum { READER_BEGIN = 12 };
bool reader_begins(const void *bytes, bool *first);

#endif
