/*
 * page.h: what libonlyone-window.so and onlyone-raise agree on.
 *
 * A process of an instance that has had a top-level window on a Wayland
 * compositor has a page: the file "window-PID" in the slot's folder, PID in
 * decimal as the process itself sees it, mode 0600, one struct window_page
 * long.  It comes into being whole, by rename(2), when the first window has
 * been shown, so that an inotify watch on the folder (IN_MOVED_TO) tells of
 * it; a name with anything but digits after the hyphen is no page.  It stays
 * until the slot ends: a page whose process has ended means nothing.
 *
 * To the asker NOTHING in it is proof.  Whoever has the program's user id may
 * have written it, between any two reads: strings may lack their NUL, numbers
 * may be any.  That the process is one of the instance, and that the
 * connection is to the compositor meant, the asker finds out elsewhere.
 *
 * One asker at a time: it holds flock(2), exclusive, on the file, and asks so:
 *
 *	what, token, deadline        plain stores; token with its NUL
 *	request = request + 1        release; the last store
 *	futex(&request, FUTEX_WAKE, INT_MAX)
 *	until answered == request    acquire; futex(&answered, FUTEX_WAIT,
 *				     what it was), not FUTEX_PRIVATE_FLAG
 *	answer                       holds
 *
 * WINDOW_CLOSE: it has the program read that its windows are to be closed, all
 * that are shown and have no parent, or all where each has one, before what its
 * compositor tells next; and writes the activation, if there is a token, so
 * that this comes soon.  It has answered when the program has read that; what
 * it has not read by the deadline it does not.  From then on those windows
 * count as `asked`, up to WINDOW_CALM: others that are shown came after that,
 * or have a parent, and are a question to its user.
 *
 * The process writes xdg_activation_v1.activate(token, window) at most once
 * for a request, and not after its deadline: that of a helper that was killed,
 * or of a program that was stopped, raises nothing later.  A stopped program
 * does not answer; nor does one that has ended, or has given up its thread.
 *
 * Words are of 32 bits, in the machine's order; 64-bit values are aligned and
 * need not be read whole: what is wanted of them is told by `change`, which is
 * odd while the part from `windows` to `title` is being written, and even and
 * the same before and after a read that is consistent.  futex(&change,
 * FUTEX_WAIT) sees a window come or go, or another one be used last.
 */
#ifndef WINDOW_PAGE_H
#define WINDOW_PAGE_H

#include <stdint.h>

#define WINDOW_PAGE "window-"

enum {
	WINDOW_MAGIC = 0x4f4e5732, /* "ONW2": the version is in it */
	WINDOW_TOKEN = 512,        /* with the NUL */
	WINDOW_TEXT = 256          /* the same; longer ones are cut */
};

enum window_request {
	WINDOW_RAISE, /* activate the window that was used last */
	WINDOW_CLOSE, /* ask the program to close its windows */
	WINDOW_CALM   /* they stay */
};

enum window_answer {
	WINDOW_NONE,    /* there was no request yet */
	WINDOW_WRITTEN, /* the compositor has been asked; whether it did it,
			 * it tells nobody */
	WINDOW_GONE,    /* no window is shown now: wait for a change */
	WINDOW_UNBOUND, /* the compositor has no xdg_activation_v1, or the
			 * program's libwayland is one we cannot use */
	WINDOW_REFUSED, /* the connection is lost, or was never free to write
			 * on up to the deadline */
	WINDOW_INVALID  /* no token, or one without an end */
};

/* More than a dozen members: all that two programs tell each other. */
struct window_page {
	/* Written once. */
	uint32_t magic;
	uint32_t size; /* of this struct: another one is another version */
	uint32_t pid;  /* as in the name */

	uint32_t change;

	/* Of the shown top-level windows of all of the process's connections
	 * the one used last; all 0 where there is none. */
	uint32_t windows;   /* how many are shown */
	uint32_t surface;   /* its wl_surface, as the program numbers it */
	uint64_t used;      /* CLOCK_MONOTONIC, ns: when it was last
			     * activated, moved, or shown; by it the asker
			     * tells which of several processes is meant */
	uint64_t socket;    /* inode of the program's end of its connection:
			     * sock_diag(7) knows the peer */
	uint32_t server;    /* pid of the other end, SO_PEERCRED, as the
			     * program sees it: compare with one's own
			     * connection's; 0: not known */
	uint32_t activation; /* 1: xdg_activation_v1 is bound there; 0: ask all
			      * the same, it may be a moment later */
	uint32_t children; /* of those that are shown: with a parent */
	uint32_t asked;    /* of those: that the program is to close */
	uint32_t closing;  /* 1: it was asked to, and is not calm again */
	uint32_t reserved;
	char app_id[WINDOW_TEXT]; /* as the program gave them; NUL-ended */
	char title[WINDOW_TEXT];

	/* Written by the process, in this order. */
	uint32_t answer;   /* enum window_answer */
	uint32_t answered; /* the request that it is for */

	/* Written by the asker. */
	uint32_t request;
	uint32_t what;     /* enum window_request */
	uint64_t deadline; /* CLOCK_MONOTONIC, ns; not more than 5 s ahead is
			    * honoured */
	char token[WINDOW_TOKEN];
};

_Static_assert(sizeof(struct window_page) == 1112, "one layout everywhere");

#endif
