/*
 * reply.h: the lists in what an X server sends, as far as they have arrived.
 *
 * A reply says how long it is, and how long each list in it is.  libxcb reads
 * as many bytes as the former says; its accessors and iterators believe the
 * latter.  The server may be anyone's: sudo keeps DISPLAY, ssh -X brings one
 * from another host.  One that promises a thousand windows and sends none would
 * make us send it our heap, word by word, as the numbers of windows.
 *
 * So these are the only functions that touch a list (tests/structure).  They
 * are pure: no connection is needed (tests/fuzz).  A server that promises more
 * than it sends LIES: that is no answer, and never means "no windows".
 */
#ifndef REPLY_H
#define REPLY_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xcb/res.h>
#include <xcb/xcb.h>

enum reply { REPLY_NONE, REPLY_LIST, REPLY_LIES };

/* The values of a property, which have this format (bits: 8, 32), or the
 * children of a window: *at, valid as long as r, and how many.  NONE, with *n 0:
 * there are none, not of this format, or no reply (r is NULL). */
enum reply reply_property(const xcb_get_property_reply_t *r, uint8_t format,
    const void **at, size_t *n);
enum reply reply_children(const xcb_query_tree_reply_t *r,
    const xcb_window_t **at, size_t *n);

/* What has arrived, and was not taken yet. */
struct reply_rest {
	const char *at;
	size_t left;
};

/* The clients of XRes, one after the other. */
struct reply_clients {
	struct reply_rest rest;
	uint32_t more; /* how many are promised */
	xcb_window_t client; /* the last one: its first number, and its pid; 0: */
	pid_t pid;           /* not told */
};

/* Begin with the first one; r may be NULL. */
void reply_clients_begin(struct reply_clients *c,
    const xcb_res_query_client_ids_reply_t *r);

/* LIST: the next one is in c->client and c->pid.  NONE: there are no more. */
enum reply reply_clients_next(struct reply_clients *c);

/* The root window of this screen (from $DISPLAY), or of the last one.  XCB_NONE:
 * there is no screen, or the server lies. */
xcb_window_t reply_root(const xcb_setup_t *setup, int number);

#endif
