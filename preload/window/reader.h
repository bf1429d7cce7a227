/*
 * reader.h: a program's top-level windows, by what it writes to its compositor.
 *
 * A connection's requests go by in pieces of any size.  Read are those that
 * make, name, show and destroy a top-level window (xdg-shell), and those that
 * bind the activation protocol; of all others only the length.  What is not
 * Wayland, or makes no sense, makes the reader lost, for good: it knows of
 * nothing then.
 *
 * Pure: no system call, no allocation.  A reader whose bytes are 0 is one at
 * the beginning of a connection.
 */
#ifndef WINDOW_READER_H
#define WINDOW_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/window/page.h"

enum {
	READER_IDS = 16384,  /* objects of higher numbers are not followed;
			      * libwayland takes the lowest that is free */
	READER_WINDOWS = 32, /* at a time, popups among them */
	READER_HEAD = 8,     /* an object's number; length and opcode */
	READER_PART = 16 + WINDOW_TEXT /* what is kept of a request at most */
};

/* What stands of a window about its being closed. */
enum mark {
	MARK_NONE,   /* it came after that was asked for, or nothing was */
	MARK_WANTED, /* the program is to be asked to close it */
	MARK_ASKED   /* it has been */
};

struct window {
	uint32_t surface; /* wl_surface; 0: destroyed */
	uint32_t shell;   /* xdg_surface; 0: this place is free */
	uint32_t top;     /* xdg_toplevel; 0: it is none, or no more */
	uint32_t turn;    /* the higher, the later it was used */
	bool acked;       /* it may be shown */
	bool attached;    /* something has been, since the last commit: */
	bool content;     /* a picture, and not nothing */
	bool shown;
	bool child;       /* it has a parent: a dialog */
	uint8_t mark;     /* enum mark */
	char app_id[WINDOW_TEXT]; /* NUL-ended */
	char title[WINDOW_TEXT];
};

struct reader {
	bool lost;
	bool changed;        /* what is to be told of has; the caller clears */
	uint32_t activation; /* the xdg_activation_v1 bound last; 0: none */
	uint32_t turn;       /* of windows */
	uint32_t skip;       /* bytes still to go by unread */
	uint32_t have;       /* bytes of a request that are in part */
	uint8_t part[READER_PART];
	uint32_t places;     /* of windows that were ever taken */
	struct window windows[READER_WINDOWS];
	uint8_t kind[READER_IDS]; /* of the objects that are followed */
};

/* n bytes have been written. */
void reader_feed(struct reader *r, const void *bytes, size_t n);

/* Whether a request may be written now: the last one is complete. */
bool reader_between(const struct reader *r);

/* Of the windows that are shown the one used last, or NULL; how many. */
const struct window *reader_window(const struct reader *r, uint32_t *shown);

/* What there is of windows that are shown. */
struct tally {
	uint32_t shown, children;
	uint32_t wanted, asked; /* of those, by their marks */
};
void reader_tally(const struct reader *r, struct tally *t);

/* Those that are shown are to be closed: all, or all that have no parent.  How
 * many; and none is, any more, nor has been. */
uint32_t reader_want(struct reader *r, bool children);
void reader_calm(struct reader *r);

/* The next xdg_toplevel that is to be closed, and has been asked to now; 0:
 * none. */
uint32_t reader_close(struct reader *r);

/* What a connection begins with: wl_display.sync or get_registry, object 1.
 * Whether these 12 bytes are that; *first: with the first number of all, so
 * that it most probably is the beginning. */
enum { READER_BEGIN = 12 };
bool reader_begins(const void *bytes, bool *first);

#endif
