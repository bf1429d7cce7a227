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
	uint32_t foreign, foreign_version; /* name of that global; 0: none */
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

#endif
