/*
 * page.h: what libonlyone-window.so and onlyone-raise agree on.
 *
 * A process of an instance that has shown a top-level window on a Wayland
 * compositor has a page: the file "window-PID" in the slot's folder, PID in
 * decimal as in the process's own pid namespace, mode 0600, one struct
 * window_page long.  It appears complete, by rename(2), when the first window
 * is shown.  A file with anything but digits after the hyphen is not a page.
 * It stays until the slot ends: the page of a process that has exited means
 * nothing.
 *
 * The asker (onlyone-raise) must TRUST NOTHING in it.  Any process of the
 * user may write it, between any two reads: strings may lack their NUL, numbers
 * may have any value.  The asker checks by other means that the process is one
 * of the instance, and that the connection is to the right compositor.
 *
 * One asker at a time has flock(2), exclusive, on the file, and asks like this:
 *
 *	what, token, deadline        plain stores; token with its NUL
 *	request = request + 1        release; the last store
 *	futex(&request, FUTEX_WAKE, INT_MAX)
 *	until answered == request    acquire; futex(&answered, FUTEX_WAIT, its
 *				     old value), without FUTEX_PRIVATE_FLAG
 *	answer                       is valid now
 *
 * WINDOW_CLOSE: the program reads a close event for each shown window without a
 * parent (if all have parents: for each window) before the compositor's next
 * event.  With a token we also write the activation, so that the compositor
 * soon sends an event.  We answer when the program has read the close events;
 * those that it has not read by the deadline are dropped.
 *
 * xdg_activation_v1.activate(token, window) is written at most once for a
 * request, and not after its deadline: if the asker is killed or the program is
 * stopped, no window is raised later.  There is no answer from a program that
 * is stopped, has exited, or whose waiter thread has exited.
 *
 * Words have 32 bits, in the machine's byte order.  64-bit values are aligned,
 * and need not be read atomically: `change` is odd while the part from
 * `windows` to `title` is being written; a read of that part is consistent if
 * `change` is even, and the same before and after.
 */
#ifndef WINDOW_PAGE_H
#define WINDOW_PAGE_H

#include <stdint.h>

#define WINDOW_PAGE "window-"

enum {
	WINDOW_MAGIC = 0x4f4e5734, /* "ONW4": the version is in it */
	WINDOW_TOKEN = 512,        /* with the NUL */
	WINDOW_TEXT = 256          /* with the NUL; longer ones are cut */
};

enum window_request {
	WINDOW_RAISE, /* activate the window that was used last */
	WINDOW_CLOSE  /* ask the program to close its windows */
};

enum window_answer {
	WINDOW_NONE,    /* no request yet, or an unknown one */
	WINDOW_WRITTEN, /* the request was written (or the close events read);
			 * the compositor does not say whether it obeyed */
	WINDOW_GONE,    /* no window is shown now */
	WINDOW_UNBOUND, /* the program has not bound xdg_activation_v1 */
	WINDOW_REFUSED, /* the connection is lost, or could not be used before
			 * the deadline */
	WINDOW_INVALID  /* no token, or one without a NUL */
};

/* More than a dozen members: all that two programs exchange. */
struct window_page {
	/* Written once. */
	uint32_t magic;
	uint32_t size; /* of this struct; another size is another version */
	uint32_t pid;  /* as in the name */

	uint32_t change;

	/* The shown top-level windows of all connections of the process, and
	 * the one of them that was used last; 0 if there is none. */
	uint32_t windows;   /* how many are shown */
	uint32_t server;    /* pid of the compositor in the program's pid
			     * namespace (SO_PEERCRED), to compare with that
			     * of the asker's connection; 0: unknown */
	uint64_t used;      /* when it was last activated, resized or shown,
			     * CLOCK_MONOTONIC, ns: of several processes the
			     * asker raises the newest */
	uint32_t activation; /* 1: xdg_activation_v1 is bound there */
	uint32_t pongs;    /* how often the program has answered a ping: mutter
			    * pings when it activates a window */
	char app_id[WINDOW_TEXT]; /* from the program; NUL-terminated */
	char title[WINDOW_TEXT];

	/* Written by the process, in this order. */
	uint32_t answer;   /* enum window_answer */
	uint32_t answered; /* the request that it answers */

	/* Written by the asker. */
	uint32_t request;
	uint32_t what;     /* enum window_request */
	uint64_t deadline; /* CLOCK_MONOTONIC, ns; at most 5 s from now, a later
			    * one is cut to that */
	char token[WINDOW_TOKEN];
};

_Static_assert(sizeof(struct window_page) == 1088, "one layout everywhere");

#endif
