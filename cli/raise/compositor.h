/*
 * compositor.h: a connection to the Wayland compositor, by a deadline.
 */
#ifndef COMPOSITOR_H
#define COMPOSITOR_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

struct wl_compositor;
struct wl_display;
struct wl_registry;
struct wl_seat;
struct wl_shm;
struct xdg_activation_v1;
struct xdg_wm_base;

enum { COMPOSITOR_SEATS = 8 };

/* More than a dozen members: one for each thing that it may have. */
struct compositor {
	struct wl_display *display;
	struct wl_registry *registry;
	pid_t pid;       /* who listens there, as the kernel says; 0 */
	char name[64];   /* of its program, to be shown; "" */

	/* What it has; NULL: not that. */
	struct wl_compositor *surfaces;
	struct wl_shm *shm;
	struct xdg_wm_base *shell;
	struct xdg_activation_v1 *activation;
	uint32_t foreign, foreign_version; /* the name of that global; 0 */
	struct wl_seat *seat[COMPOSITOR_SEATS]; /* the first ones */
	bool keyboard[COMPOSITOR_SEATS];        /* whether they have one */
	int seats;
};

/* Connect to $WAYLAND_DISPLAY, and hear what it has.  NULL: there is none, or
 * it does not answer by the deadline (clock_now). */
struct compositor *compositor_open(long long deadline);
void compositor_close(struct compositor *c);

/* Serve its events until *done, at most until a moment.  false: time is up, or
 * it is gone. */
bool compositor_await(struct compositor *c, const bool *done,
    long long until);

/* Until it has served all that we asked for up to now. */
bool compositor_sync(struct compositor *c, long long until);

#endif
