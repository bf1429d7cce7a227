/*
 * fresh.c: the window that a program opens for what it has just been given.
 *
 * It is what its user wants to see.  To raise another one first would put that
 * over it, or have the window manager keep it behind, since the user seems to
 * be busy with the one that was raised.  So what there is before is noted, one
 * that comes soon is awaited, and one that comes later is raised over the one
 * before, as long as its user is still at that.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/raise/find.h"
#include "cli/raise/focus.h"
#include "cli/raise/fresh.h"
#include "cli/raise/property.h"
#include "cli/raise/raise.h"
#include "cli/raise/tree.h"
#include "cli/raise/x11.h"
#include "cli/slot/owner.h"

enum {
	HANDLER_MS = 300, /* for it to end */
	SOON_MS = 150,    /* after that */
	LATER_MS = 2000,  /* after another window has been raised */
	SETTLE_MS = 300,  /* until which of the two is in front is settled */
	LOOK_MS = 20
};

struct fresh {
	struct x11 *x;
	const struct instance *instance;
	struct buf before; /* windows */
	struct buf come;   /* those that were not among them, the last one */
	struct buf missed; /* one that came before we looked, and was kept behind */
	bool active;       /* one of the former was, at that time */
};

/* All windows that the instance has now. */
static size_t
windows_find(struct fresh *n, struct buf *found, long long deadline)
{
	size_t count;

	x11_watch(n->x, deadline);
	buf_init(found, NULL, 0);
	count = x11_find(n->x, n->instance, KIN_NONE, found);
	x11_unwatch(n->x);
	return count;
}

/* The one that was opened last, if its manager marks it: it came before we
 * looked, and was kept behind the one that is in use. */
static void
missed_find(struct fresh *n, long long deadline)
{
	struct x11 *x = n->x;
	xcb_window_t w = XCB_NONE, one;
	struct buf all;

	x11_watch(x, deadline);
	buf_init(&all, NULL, 0);
	property_values(x, property_ask(x, x->root,
	    x->atoms[NET_CLIENT_LIST]), &all);
	for (size_t k = 0; k < all.len; k += sizeof(one)) {
		memcpy(&one, all.at + k, sizeof(one));
		if (x11_contains(&n->before, one))
			w = one;
	}
	buf_free(&all);
	if (w && property_has(x, property_ask(x, w, x->atoms[NET_WM_STATE]),
	    x->atoms[NET_WM_STATE_DEMANDS_ATTENTION]))
		buf_add(&n->missed, &w, sizeof(w));
	x11_unwatch(x);
}

struct fresh *
fresh_begin(struct x11 *x, const struct instance *i, long long deadline)
{
	struct fresh *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->x = x;
	n->instance = i;
	buf_init(&n->come, NULL, 0);
	buf_init(&n->missed, NULL, 0);
	/* There is no other one to be raised before its first one comes. */
	if (!windows_find(n, &n->before, deadline)) {
		fresh_end(n);
		return NULL;
	}
	n->active = x11_is_active(x, &n->before, deadline);
	missed_find(n, deadline);
	return n;
}

void
fresh_end(struct fresh *n)
{
	buf_free(&n->before);
	buf_free(&n->come);
	buf_free(&n->missed);
	free(n);
}

bool
fresh_was_active(const struct fresh *n)
{
	return n->active;
}

static bool
fresh_look(struct fresh *n, long long deadline)
{
	struct buf found;
	xcb_window_t w;

	windows_find(n, &found, deadline);
	for (size_t k = 0; k < found.len; k += sizeof(w)) {
		memcpy(&w, found.at + k, sizeof(w));
		if (!x11_contains(&n->before, w)) {
			n->come.len = 0;
			buf_add(&n->come, &w, sizeof(w));
		}
	}
	buf_free(&found);
	return n->come.len > 0;
}

/* Until one has come, or the moment until: whoever was stopped meanwhile looks
 * once more. */
static bool
await(struct fresh *n, long long until)
{
	while (!fresh_look(n, clock_now() + HANDLER_MS)) {
		if (!x11_wait(n->x, until))
			return fresh_look(n, clock_now() + HANDLER_MS);
	}
	return true;
}

bool
fresh_soon(struct fresh *n, pid_t handler)
{
	long long end = clock_now() + HANDLER_MS;
	int fd = handler ? owner_pidfd(handler) : -1;
	bool come = false;

	while (!come && fd >= 0 && clock_now() < end &&
	    io_wait(fd, POLLIN, 0) <= 0)
		come = await(n, clock_now() + LOOK_MS);
	io_close(&fd);
	if (come || await(n, clock_now() + SOON_MS))
		return true;
	buf_add(&n->come, n->missed.at, n->missed.len);
	return n->come.len > 0;
}

enum outcome
fresh_raise(struct fresh *n, long long deadline)
{
	return x11_raise_these(n->x, &n->come, deadline);
}

static void
on_newer(int sig)
{
	(void)sig;
	_exit(OUTCOME_RAISED);
}

void
fresh_later(struct fresh *n, int limit_ms)
{
	sigset_t newer;
	long long until;

	/* Somebody else is to raise something: the keeper blocks this signal
	 * before it runs us. */
	sigemptyset(&newer);
	sigaddset(&newer, SIGUSR1);
	signal(SIGUSR1, on_newer);
	sigprocmask(SIG_UNBLOCK, &newer, NULL);
	if (!await(n, clock_now() + LATER_MS))
		return;
	/* It may have come just before the other was raised, over it. */
	until = clock_now() + SETTLE_MS;
	while (!x11_is_active(n->x, &n->before, clock_now() + limit_ms)) {
		if (clock_now() >= until)
			return;
		clock_sleep(1000L * LOOK_MS);
	}
	fresh_raise(n, clock_now() + limit_ms);
}
