/*
 * ticket.c: an activation token that a compositor believes.
 *
 * mutter and KWin want the serial of the event that gave the requester's window
 * the keyboard, and the window must still have it.  So our window stays until
 * the token has taken effect, which we see by the keyboard leaving the window.
 */
#include <sys/mman.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wayland-client.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/windows/ticket.h"
#include "protocol/xdg-activation-v1.h"
#include "protocol/xdg-shell.h"

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
	(void)data;
	(void)keyboard;
	(void)format;
	(void)size;
	close(fd);
}

static void
on_enter(void *data, struct wl_keyboard *keyboard, uint32_t serial,
    struct wl_surface *surface, struct wl_array *keys)
{
	struct ticket *t = data;

	(void)keys;
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

	(void)keyboard;
	(void)serial;
	/* surface is NULL if it has been destroyed already. */
	t->left |= t->entered && (!surface || surface == t->surface);
}

static void
on_key(void *data, struct wl_keyboard *keyboard, uint32_t serial,
    uint32_t time, uint32_t key, uint32_t state)
{
	(void)data;
	(void)keyboard;
	(void)serial;
	(void)time;
	(void)key;
	(void)state;
}

static void
on_modifiers(void *data, struct wl_keyboard *keyboard, uint32_t serial,
    uint32_t depressed, uint32_t latched, uint32_t locked, uint32_t group)
{
	(void)data;
	(void)keyboard;
	(void)serial;
	(void)depressed;
	(void)latched;
	(void)locked;
	(void)group;
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
	(void)data;
	(void)top;
	(void)width;
	(void)height;
	(void)states;
}

static void
on_close(void *data, struct xdg_toplevel *top)
{
	(void)data;
	(void)top;
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

	(void)asked;
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
