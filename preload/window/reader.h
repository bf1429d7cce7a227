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

#include "preload/window/objects.h"

struct reader {
	bool lost;
	uint32_t skip; /* bytes still to go by unread */
	uint32_t have; /* bytes of a request that are in part */
	uint8_t part[REQUEST_PART];
	struct objects objects; /* what is known by the requests so far */
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
