/*
 * compositor.c: a connection to the Wayland compositor, by a deadline.
 *
 * libwayland's blocking calls never return if the compositor is stopped, so we
 * use none of them: we connect the socket here, and read events when there are
 * some.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <wayland-client.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/proc.h"
#include "cli/windows/compositor.h"
#include "cli/windows/wayland_client.h"
#include "cli/base/text.h"
#include "protocol/wlr-foreign-toplevel-management-unstable-v1.h"
#include "protocol/xdg-activation-v1.h"
#include "protocol/xdg-shell.h"

/* Connect to the compositor's socket.  -1: none, or it refuses. */
static int
socket_connect(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd;

	if (!wayland_path(to.sun_path, sizeof(to.sun_path)))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		io_close(&fd);
	return fd;
}

bool
compositor_await(struct compositor *c, const bool *done, long long until)
{
	int fd = wl_display_get_fd(c->display);

	for (;;) {
		while (wl_display_prepare_read(c->display) < 0) {
			if (wl_display_dispatch_pending(c->display) < 0)
				return false;
		}
		wl_display_flush(c->display);
		if (*done || io_wait(fd, POLLIN, clock_left(until)) <= 0) {
			wl_display_cancel_read(c->display);
			return *done;
		}
		if (wl_display_read_events(c->display) < 0 ||
		    wl_display_dispatch_pending(c->display) < 0)
			return false;
	}
}

static void
on_done(void *done, struct wl_callback *callback, uint32_t serial)
{
	(void)callback;
	(void)serial;
	*(bool *)done = true;
}

static const struct wl_callback_listener done_listener = { on_done };

bool
compositor_sync(struct compositor *c, long long until)
{
	struct wl_callback *asked = wl_display_sync(c->display);
	bool done = false;

	if (!asked)
		return false;
	wl_callback_add_listener(asked, &done_listener, &done);
	compositor_await(c, &done, until);
	wl_callback_destroy(asked);
	return done;
}

static void
on_ping(void *data, struct xdg_wm_base *shell, uint32_t serial)
{
	(void)data;
	xdg_wm_base_pong(shell, serial);
}

static const struct xdg_wm_base_listener shell_listener = { on_ping };

static void
on_capabilities(void *data, struct wl_seat *seat, uint32_t what)
{
	struct compositor *c = data;

	for (int k = 0; k < c->seats; k++) {
		if (c->seat[k] == seat)
			c->keyboard[k] = what & WL_SEAT_CAPABILITY_KEYBOARD;
	}
}

static const struct wl_seat_listener seat_listener = {
	.capabilities = on_capabilities,
};

/* Bind a global of the wanted interface if none is bound yet (has). */
static void *
global_bind(struct compositor *c, uint32_t name, const char *what, void *has,
    const struct wl_interface *wanted, uint32_t version)
{
	if (has || strcmp(what, wanted->name) != 0)
		return has;
	return wl_registry_bind(c->registry, name, wanted, version);
}

static void
on_global(void *data, struct wl_registry *registry, uint32_t name,
    const char *what, uint32_t version)
{
	struct compositor *c = data;

	(void)registry;
	c->surfaces = global_bind(c, name, what, c->surfaces,
	    &wl_compositor_interface, 1);
	c->shm = global_bind(c, name, what, c->shm, &wl_shm_interface, 1);
	c->shell = global_bind(c, name, what, c->shell, &xdg_wm_base_interface, 1);
	c->activation = global_bind(c, name, what, c->activation,
	    &xdg_activation_v1_interface, 1);
	if (!strcmp(what, zwlr_foreign_toplevel_manager_v1_interface.name)) {
		c->foreign = name;
		c->foreign_version = version;
	}
	if (c->seats < COMPOSITOR_SEATS && (c->seat[c->seats] = global_bind(c, name,
	    what, NULL, &wl_seat_interface, 1)))
		wl_seat_add_listener(c->seat[c->seats++], &seat_listener, c);
}

static void
on_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
	(void)data;
	(void)registry;
	(void)name;
}

static const struct wl_registry_listener registry_listener = {
	on_global, on_global_remove
};

/* Find the process that listens on the socket. */
static void
peer_find(struct compositor *c, int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	char comm[sizeof(c->name)];
	struct text t;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 ||
	    peer.pid <= 0)
		return;
	c->pid = peer.pid;
	proc_comm(c->pid, comm, sizeof(comm));
	t = text_in(c->name, sizeof(c->name));
	text_show(&t, comm, strlen(comm));
}

struct compositor *
compositor_open(long long deadline)
{
	struct compositor *c = calloc(1, sizeof(*c));
	int fd = c ? socket_connect() : -1;

	if (fd < 0) {
		free(c);
		return NULL;
	}
	peer_find(c, fd);
	c->display = wl_display_connect_to_fd(fd);
	if (!c->display) {
		io_close(&fd);
		free(c);
		return NULL;
	}
	c->registry = wl_display_get_registry(c->display);
	if (c->registry)
		wl_registry_add_listener(c->registry, &registry_listener, c);
	/* The first sync binds seats, the second gets their capabilities. */
	if (!c->registry || !compositor_sync(c, deadline) ||
	    !compositor_sync(c, deadline)) {
		compositor_close(c);
		return NULL;
	}
	if (c->shell)
		xdg_wm_base_add_listener(c->shell, &shell_listener, NULL);
	return c;
}

void
compositor_close(struct compositor *c)
{
	/* The compositor destroys our objects with the connection. */
	wl_display_flush(c->display);
	wl_display_disconnect(c->display);
	free(c);
}
