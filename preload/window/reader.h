/*
 * reader.h: a program's top-level windows, by what it writes to its compositor.
 *
 * The program writes requests in pieces of any size.  The reader reads those
 * that make, name, show and destroy a top-level window (xdg-shell), and those
 * that bind the activation protocol; of all others only the length.  Bytes that
 * are not valid Wayland make the reader lost for good: it reports no window
 * then.
 *
 * No system call, no allocation.  A reader of zero bytes is at the beginning of
 * a connection.
 */
#ifndef WINDOW_READER_H
#define WINDOW_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/window/objects.h"

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

/* Numbers of shown windows: all, those with a parent, by mark. */
struct tally {
	uint32_t shown, children;
	uint32_t wanted, asked; /* MARK_WANTED, MARK_ASKED */
};
void reader_tally(const struct reader *r, struct tally *t);

/* Mark the shown windows MARK_WANTED, with children also those that have a
 * parent: how many.  reader_calm: mark all MARK_NONE. */
uint32_t reader_want(struct reader *r, bool children);
void reader_calm(struct reader *r);

/* Turn a window from MARK_WANTED to MARK_ASKED: its xdg_toplevel; 0: none is
 * left. */
uint32_t reader_close(struct reader *r);

/* Whether 12 bytes are a request with which a connection begins:
 * wl_display.sync or get_registry.  *first: it makes the first object after
 * wl_display, number 2, so the connection most probably begins here. */
enum { READER_BEGIN = 12 };
bool reader_begins(const void *bytes, bool *first);

#endif
