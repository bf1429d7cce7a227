/*
 * pane.c: a window on a Wayland compositor, without a toolkit.
 *
 * pane [-f] [-n N] APP_ID TITLE [COLOUR]: -f fills the screen; N windows, the
 * later ones titled "TITLE 2" and so on.  On standard output, a line each:
 * "enter TITLE" and "leave TITLE" when the keyboard focus changes, "key NUMBER"
 * for a key press.  COLOUR is 0xRRGGBB.  It ends
 * when a window is closed.  It binds xdg_activation_v1, and leaves its use to
 * our library.  pane -q: only asks whether the compositor answers.
 */
#include <sys/mman.h>

#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wayland-client.h>

#include "protocol/xdg-activation-v1.h"
#include "protocol/xdg-shell.h"

enum { WINDOWS = 8, WIDTH = 640, HEIGHT = 480 };

struct pane {
	struct wl_surface *surface;
	struct xdg_surface *xdg;
	struct xdg_toplevel *top;
	char title[256];
	int width, height;
};

static struct wl_compositor *compositor;
static struct wl_shm *shm;
static struct wl_seat *seat;
static struct xdg_wm_base *base;
static struct pane panes[WINDOWS];
static uint32_t colour = 0x336699;

static const char *
title_of(struct wl_surface *s)
{
	for (int i = 0; i < WINDOWS; i++) {
		if (s && panes[i].surface == s)
			return panes[i].title;
	}
	return "?";
}

static void
keymap(void *data, struct wl_keyboard *k, uint32_t format, int fd,
    uint32_t size)
{
	(void)data, (void)k, (void)format, (void)size;
	close(fd);
}

static void
enter(void *data, struct wl_keyboard *k, uint32_t serial,
    struct wl_surface *s, struct wl_array *keys)
{
	(void)data, (void)k, (void)serial, (void)keys;
	printf("enter %s\n", title_of(s));
}

static void
leave(void *data, struct wl_keyboard *k, uint32_t serial,
    struct wl_surface *s)
{
	(void)data, (void)k, (void)serial;
	printf("leave %s\n", title_of(s));
}

static void
key(void *data, struct wl_keyboard *k, uint32_t serial, uint32_t when,
    uint32_t code, uint32_t state)
{
	(void)data, (void)k, (void)serial, (void)when;
	if (state == WL_KEYBOARD_KEY_STATE_PRESSED)
		printf("key %u\n", code);
}

static void
modifiers(void *data, struct wl_keyboard *k, uint32_t serial, uint32_t down,
    uint32_t latched, uint32_t locked, uint32_t group)
{
	(void)data, (void)k, (void)serial, (void)down, (void)latched;
	(void)locked, (void)group;
}

static const struct wl_keyboard_listener on_keyboard = {
	.keymap = keymap, .enter = enter, .leave = leave, .key = key,
	.modifiers = modifiers,
};

static void
capabilities(void *data, struct wl_seat *s, uint32_t what)
{
	static struct wl_keyboard *keyboard;

	(void)data;
	if (!keyboard && what & WL_SEAT_CAPABILITY_KEYBOARD) {
		keyboard = wl_seat_get_keyboard(s);
		wl_keyboard_add_listener(keyboard, &on_keyboard, NULL);
	}
}

static const struct wl_seat_listener on_seat = {
	.capabilities = capabilities
};

static void
ping(void *data, struct xdg_wm_base *b, uint32_t serial)
{
	(void)data;
	xdg_wm_base_pong(b, serial);
}

static const struct xdg_wm_base_listener on_base = { .ping = ping };

static void
global(void *data, struct wl_registry *r, uint32_t name, const char *what,
    uint32_t version)
{
	(void)data, (void)version;
	if (!strcmp(what, wl_compositor_interface.name))
		compositor = wl_registry_bind(r, name,
		    &wl_compositor_interface, 1);
	else if (!strcmp(what, wl_shm_interface.name))
		shm = wl_registry_bind(r, name, &wl_shm_interface, 1);
	else if (!strcmp(what, xdg_activation_v1_interface.name))
		wl_registry_bind(r, name, &xdg_activation_v1_interface, 1);
	else if (!seat && !strcmp(what, wl_seat_interface.name)) {
		seat = wl_registry_bind(r, name, &wl_seat_interface, 1);
		wl_seat_add_listener(seat, &on_seat, NULL);
	} else if (!strcmp(what, xdg_wm_base_interface.name)) {
		base = wl_registry_bind(r, name, &xdg_wm_base_interface, 1);
		xdg_wm_base_add_listener(base, &on_base, NULL);
	}
}

static void
global_gone(void *data, struct wl_registry *r, uint32_t name)
{
	(void)data, (void)r, (void)name;
}

static const struct wl_registry_listener on_registry = { global, global_gone };

static void
draw(struct pane *p)
{
	int size = p->width * p->height * 4;
	int fd = memfd_create("pane", MFD_CLOEXEC);
	uint32_t *at;
	struct wl_shm_pool *pool;

	if (fd < 0 || ftruncate(fd, size) < 0)
		err(1, "memfd");
	at = mmap(NULL, (size_t)size, PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		err(1, "mmap");
	for (int i = 0; i < size / 4; i++)
		at[i] = 0xff000000 | colour;
	munmap(at, (size_t)size);
	pool = wl_shm_create_pool(shm, fd, size);
	close(fd);
	wl_surface_attach(p->surface, wl_shm_pool_create_buffer(pool, 0,
	    p->width, p->height, p->width * 4, WL_SHM_FORMAT_XRGB8888), 0, 0);
	wl_shm_pool_destroy(pool);
	wl_surface_damage(p->surface, 0, 0, p->width, p->height);
	wl_surface_commit(p->surface);
}

static void
configure(void *data, struct xdg_surface *x, uint32_t serial)
{
	struct pane *p = data;

	xdg_surface_ack_configure(x, serial);
	draw(p);
}

static const struct xdg_surface_listener on_surface = { configure };

static void
resize(void *data, struct xdg_toplevel *t, int32_t width, int32_t height,
    struct wl_array *states)
{
	struct pane *p = data;

	(void)t, (void)states;
	p->width = width ? width : WIDTH;
	p->height = height ? height : HEIGHT;
}

static void
closed(void *data, struct xdg_toplevel *t)
{
	(void)data, (void)t;
	exit(0);
}

static const struct xdg_toplevel_listener on_toplevel = {
	.configure = resize, .close = closed
};

static void
pane_open(struct pane *p, const char *id, const char *title, int n, bool full)
{
	snprintf(p->title, sizeof(p->title), n ? "%s %d" : "%s", title,
	    n + 1);
	p->surface = wl_compositor_create_surface(compositor);
	p->xdg = xdg_wm_base_get_xdg_surface(base, p->surface);
	xdg_surface_add_listener(p->xdg, &on_surface, p);
	p->top = xdg_surface_get_toplevel(p->xdg);
	xdg_toplevel_add_listener(p->top, &on_toplevel, p);
	xdg_toplevel_set_app_id(p->top, id);
	xdg_toplevel_set_title(p->top, p->title);
	if (full)
		xdg_toplevel_set_fullscreen(p->top, NULL);
	wl_surface_commit(p->surface);
}

int
main(int argc, char *argv[])
{
	struct wl_display *d = wl_display_connect(NULL);
	bool full = false, ask = false;
	int c, n = 1;

	while ((c = getopt(argc, argv, "fn:q")) != -1) {
		full |= c == 'f';
		ask |= c == 'q';
		n = c == 'n' ? atoi(optarg) : n;
	}
	if (ask)
		return !d || wl_display_roundtrip(d) < 0;
	if (argc - optind < 2 || n < 1 || n > WINDOWS)
		errx(2, "pane [-f] [-n N] APP_ID TITLE [COLOUR]");
	if (argc - optind > 2)
		colour = (uint32_t)strtoul(argv[optind + 2], NULL, 0);
	if (!d)
		err(1, "no compositor");
	setvbuf(stdout, NULL, _IOLBF, 0);
	wl_registry_add_listener(wl_display_get_registry(d), &on_registry,
	    NULL);
	wl_display_roundtrip(d);
	if (!compositor || !shm || !base)
		errx(1, "not all globals");
	for (int i = 0; i < n; i++) {
		pane_open(&panes[i], argv[optind], argv[optind + 1], i, full);
		wl_display_roundtrip(d);
	}
	while (wl_display_dispatch(d) >= 0)
		;
	err(1, "the compositor has gone");
}
