/*
 * compositor.h: a connection to the Wayland compositor, by a deadline.
 */
#ifndef COMPOSITOR_H
#define COMPOSITOR_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>
#include "cli/windows/windows.h"

struct wl_compositor;
struct wl_display;
struct wl_registry;
struct ticket;
struct wl_seat;
struct wl_shm;
struct xdg_activation_v1;
struct xdg_wm_base;

enum { COMPOSITOR_SEATS = 8 };

/* More than a dozen members: one for each global of the compositor. */
struct compositor {
	struct wl_display *display;
	struct wl_registry *registry;
	pid_t pid;       /* of the compositor, by SO_PEERCRED; 0: unknown */
	char name[64];   /* of its program, to be shown; "" */

	/* Its globals; NULL: it lacks that. */
	struct wl_compositor *surfaces;
	struct wl_shm *shm;
	struct xdg_wm_base *shell;
	struct xdg_activation_v1 *activation;
	uint32_t foreign; /* name of the foreign-toplevel global; 0: none */
	struct wl_seat *seat[COMPOSITOR_SEATS]; /* the first ones */
	bool keyboard[COMPOSITOR_SEATS];        /* whether the seat has one */
	int seats;
};

/* Connect to $WAYLAND_DISPLAY, and bind its globals.  NULL: no compositor, or
 * it does not answer by the deadline (clock_now). */
struct compositor *compositor_open(long long deadline);
void compositor_close(struct compositor *c);

/* Dispatch events until *done, at most until a moment (clock_now).  false: time
 * is up, or the connection is lost. */
bool compositor_await(struct compositor *c, const bool *done,
    long long until);

/* Wait until the compositor has served all our requests.  false: as above. */
bool compositor_sync(struct compositor *c, long long until);

/* Whether a process of the instance is connected to the compositor at
 * $WAYLAND_DISPLAY, and so may have windows there. */
bool wayland_has(const struct instance *i, long long deadline);

/*
 * A ticket: an activation token that a compositor believes.
 *
 * A compositor gives a token to any client, but believes only that of the client
 * with the keyboard.  So we open a window of one transparent pixel for a moment.
 */

/* Whether any seat has a keyboard. */
bool ticket_may(const struct compositor *c);

/* Open such a window and get a token, by a moment (clock_now).  NULL: the
 * window did not get the keyboard, or we got no token.  launcher: the token
 * that the launcher gave (may be NULL), to help our window to the keyboard. */
struct ticket *ticket_take(struct compositor *c, const char *launcher,
    long long until);

/* The token; it is good until ticket_drop. */
const char *ticket_token(const struct ticket *t);

/* Whether the keyboard leaves our window by a moment (clock_now): the window
 * that was activated with the token has it then. */
bool ticket_used(struct ticket *t, long long until);

/* Close our window, and free the ticket. */
void ticket_drop(struct ticket *t);

#endif
