/*
 * compositor.c: a connection to the Wayland compositor, by a deadline; whether a
 * program has one; and tokens to activate a program's window with.
 *
 * libwayland's blocking calls never return if the compositor is stopped, so we
 * use none of them: we connect the socket here, and read events when there are
 * some.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wayland-client.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/proc.h"
#include "cli/base/say.h"
#include "cli/windows/windows.h"
#include "protocol/wlr-foreign-toplevel-management-unstable-v1.h"
#include "protocol/xdg-activation-v1.h"
#include "protocol/xdg-shell.h"

/*
 * Which processes are connected to the Wayland compositor.
 *
 * That WAYLAND_DISPLAY is set proves nothing: a program may use X11 all the
 * same, or have no window.  A connection does.  For each of the compositor's
 * ends of one, sock_diag(7) tells the socket's name and the inode of the other
 * end, which the program has in its /proc/PID/fd.  If the kernel does not tell,
 * we assume no connection.
 */

enum { PIDS = 256 };

/* The path of the compositor's socket, by $WAYLAND_DISPLAY.  false: none, or
 * too long. */
static bool
wayland_path(char *path, size_t cap)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	const char *display = getenv("WAYLAND_DISPLAY");
	bool whole = display && *display == '/';

	return display && *display && text_join(path, cap, whole || !dir ? "" :
	    dir, whole ? "" : "/", display, NULL);
}

struct peers {
	const char *name; /* of the compositor's socket */
	struct buf inodes; /* uint32_t: of the other ends */
};

static void
peer_take(void *into, const struct unix_socket *s)
{
	struct peers *p = into;

	if (s->peer && strcmp(s->name, p->name) == 0)
		buf_add(&p->inodes, &s->peer, sizeof(s->peer));
}

bool
wayland_has(const struct instance *i, long long deadline)
{
	char name[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct peers peers = { .name = name };
	size_t n = 0;
	pid_t pids[PIDS];
	bool has = false;

	if (!wayland_path(name, sizeof(name)))
		return false;
	sockets_list(SOCKET_CONNECTED, peer_take, &peers, deadline);
	if (peers.inodes.len)
		n = tree_list(i, KIN_DESCENDS, pids, PIDS);
	look_begin();
	for (size_t k = 0; k < n && !has; k++)
		has = look_has_socket(pids[k], &peers.inodes) == 1;
	look_end();
	buf_free(&peers.inodes);
	return has;
}

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

	c->surfaces = global_bind(c, name, what, c->surfaces,
	    &wl_compositor_interface, 1);
	c->shm = global_bind(c, name, what, c->shm, &wl_shm_interface, 1);
	c->shell = global_bind(c, name, what, c->shell, &xdg_wm_base_interface, 1);
	c->activation = global_bind(c, name, what, c->activation,
	    &xdg_activation_v1_interface, 1);
	if (!strcmp(what, zwlr_foreign_toplevel_manager_v1_interface.name))
		c->foreign = name;
	if (c->seats < COMPOSITOR_SEATS && (c->seat[c->seats] = global_bind(c, name,
	    what, NULL, &wl_seat_interface, 1)))
		wl_seat_add_listener(c->seat[c->seats++], &seat_listener, c);
}

static void
on_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
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
	if (!c)
		return;
	/* The compositor destroys our objects with the connection. */
	wl_display_flush(c->display);
	wl_display_disconnect(c->display);
	free(c);
}

/*
 * An activation token that a compositor believes.
 *
 * mutter and KWin want the serial of the event that gave the requester's window
 * the keyboard, and the window must still have it.  So our window stays until
 * the token has taken effect, which we see by the keyboard leaving the window.
 */

enum { PIXEL = 4, LONGEST = 512 };

/* More than a dozen members: the objects of one conversation. */
struct ticket {
	struct compositor *c;
	struct wl_keyboard *keyboard[COMPOSITOR_SEATS];
	struct wl_surface *surface;
	struct xdg_surface *role;
	struct xdg_toplevel *top;
	struct wl_buffer *pixel;
	struct xdg_activation_token_v1 *asked;
	bool entered, left, told;
	uint32_t serial;         /* of the keyboard's enter event */
	struct wl_seat *entry;   /* the seat of that keyboard */
	char token[LONGEST];
};

static void
on_keymap(void *data, struct wl_keyboard *keyboard, uint32_t format, int fd,
    uint32_t size)
{
	close(fd);
}

static void
on_enter(void *data, struct wl_keyboard *keyboard, uint32_t serial,
    struct wl_surface *surface, struct wl_array *keys)
{
	struct ticket *t = data;

	if (surface != t->surface || t->entered)
		return;
	for (int k = 0; k < t->c->seats; k++) {
		if (t->keyboard[k] == keyboard)
			t->entry = t->c->seat[k];
	}
	t->serial = serial;
	t->entered = true;
}

static void
on_leave(void *data, struct wl_keyboard *keyboard, uint32_t serial,
    struct wl_surface *surface)
{
	struct ticket *t = data;

	/* surface is NULL if it has been destroyed already. */
	t->left |= t->entered && (!surface || surface == t->surface);
}

static void
on_key(void *data, struct wl_keyboard *keyboard, uint32_t serial,
    uint32_t time, uint32_t key, uint32_t state)
{
}

static void
on_modifiers(void *data, struct wl_keyboard *keyboard, uint32_t serial,
    uint32_t depressed, uint32_t latched, uint32_t locked, uint32_t group)
{
}

static const struct wl_keyboard_listener keyboard_listener = {
	.keymap = on_keymap, .enter = on_enter, .leave = on_leave,
	.key = on_key, .modifiers = on_modifiers,
};

static void
keyboards_hear(struct ticket *t)
{
	struct compositor *c = t->c;

	for (int k = 0; k < c->seats; k++) {
		if (!c->keyboard[k])
			continue;
		t->keyboard[k] = wl_seat_get_keyboard(c->seat[k]);
		if (t->keyboard[k])
			wl_keyboard_add_listener(t->keyboard[k],
			    &keyboard_listener, t);
	}
}

/* A buffer of one transparent pixel. */
static struct wl_buffer *
pixel_make(struct compositor *c)
{
	struct wl_buffer *pixel = NULL;
	struct wl_shm_pool *pool;
	int fd = memfd_create("onlyone-raise", MFD_CLOEXEC);

	if (fd < 0)
		return NULL;
	if (ftruncate(fd, PIXEL) == 0 &&
	    (pool = wl_shm_create_pool(c->shm, fd, PIXEL))) {
		pixel = wl_shm_pool_create_buffer(pool, 0, 1, 1, PIXEL,
		    WL_SHM_FORMAT_ARGB8888);
		wl_shm_pool_destroy(pool);
	}
	io_close(&fd);
	return pixel;
}

static void
on_configure(void *data, struct xdg_surface *role, uint32_t serial)
{
	struct ticket *t = data;

	xdg_surface_ack_configure(role, serial);
	wl_surface_attach(t->surface, t->pixel, 0, 0);
	wl_surface_damage(t->surface, 0, 0, 1, 1);
	wl_surface_commit(t->surface);
}

static const struct xdg_surface_listener role_listener = { on_configure };

static void
on_resize(void *data, struct xdg_toplevel *top, int32_t width,
    int32_t height, struct wl_array *states)
{
}

static void
on_close(void *data, struct xdg_toplevel *top)
{
}

static const struct xdg_toplevel_listener top_listener = {
	.configure = on_resize, .close = on_close,
};

static bool
window_open(struct ticket *t)
{
	struct compositor *c = t->c;

	t->pixel = pixel_make(c);
	t->surface = wl_compositor_create_surface(c->surfaces);
	if (!t->pixel || !t->surface)
		return false;
	t->role = xdg_wm_base_get_xdg_surface(c->shell, t->surface);
	t->top = t->role ? xdg_surface_get_toplevel(t->role) : NULL;
	if (!t->top)
		return false;
	xdg_surface_add_listener(t->role, &role_listener, t);
	xdg_toplevel_add_listener(t->top, &top_listener, t);
	xdg_toplevel_set_app_id(t->top, "onlyone-raise");
	xdg_toplevel_set_title(t->top, "onlyone");
	wl_surface_commit(t->surface);
	return true;
}

static void
on_token(void *data, struct xdg_activation_token_v1 *asked, const char *token)
{
	struct ticket *t = data;
	size_t n = strlen(token);

	if (n < sizeof(t->token))
		memcpy(t->token, token, n + 1);
	t->told = true;
}

static const struct xdg_activation_token_v1_listener token_listener = {
	on_token
};

static bool
token_ask(struct ticket *t, long long until)
{
	t->asked = xdg_activation_v1_get_activation_token(t->c->activation);
	if (!t->asked)
		return false;
	xdg_activation_token_v1_add_listener(t->asked, &token_listener, t);
	xdg_activation_token_v1_set_serial(t->asked, t->serial, t->entry);
	xdg_activation_token_v1_set_surface(t->asked, t->surface);
	xdg_activation_token_v1_commit(t->asked);
	return compositor_await(t->c, &t->told, until) && *t->token;
}

/* Wait for our window to get the keyboard: half of the time; if it does not, a
 * quarter more with the launcher's token.  The rest of the time is for the
 * caller to use the ticket. */
static bool
keyboard_await(struct ticket *t, const char *launcher, long long until)
{
	if (compositor_await(t->c, &t->entered,
	    clock_half(until)))
		return true;
	/* libwayland ends the program if a request is too long. */
	if (!launcher || !*launcher || strlen(launcher) >= LONGEST)
		return false;
	xdg_activation_v1_activate(t->c->activation, launcher, t->surface);
	return compositor_await(t->c, &t->entered,
	    clock_half(until));
}

bool
ticket_may(const struct compositor *c)
{
	bool any = false;

	for (int k = 0; k < c->seats; k++)
		any |= c->keyboard[k];
	return any;
}

struct ticket *
ticket_take(struct compositor *c, const char *launcher, long long until)
{
	struct ticket *t;

	if (!c->surfaces || !c->shm || !c->shell || !c->activation ||
	    !ticket_may(c) || !(t = calloc(1, sizeof(*t))))
		return NULL;
	t->c = c;
	keyboards_hear(t);
	if (window_open(t) && keyboard_await(t, launcher, until) &&
	    token_ask(t, until))
		return t;
	ticket_drop(t);
	return NULL;
}

const char *
ticket_token(const struct ticket *t)
{
	return t->token;
}

bool
ticket_used(struct ticket *t, long long until)
{
	return compositor_await(t->c, &t->left, until);
}

void
ticket_drop(struct ticket *t)
{
	if (!t)
		return;
	for (int k = 0; k < COMPOSITOR_SEATS; k++) {
		if (t->keyboard[k])
			wl_keyboard_destroy(t->keyboard[k]);
	}
	if (t->asked)
		xdg_activation_token_v1_destroy(t->asked);
	if (t->top)
		xdg_toplevel_destroy(t->top);
	if (t->role)
		xdg_surface_destroy(t->role);
	if (t->surface)
		wl_surface_destroy(t->surface);
	if (t->pixel)
		wl_buffer_destroy(t->pixel);
	wl_display_flush(t->c->display);
	free(t);
}
