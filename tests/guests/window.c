/*
 * window.c: a Wayland client that uses libwayland, and no toolkit.
 *
 *	window [-c COLOUR] [-f] [-n N] TITLE [WORD...]
 *	window -q
 *
 * Shows N windows, "TITLE", "TITLE 2" and so on, then does what each word says;
 * after the last word it serves its windows until it is killed, or one is
 * closed.  COLOUR (0xRRGGBB): as large as a user's, else they are tiny; -f: they
 * fill the screen.  On standard output, a line each: "enter TITLE" and "leave
 * TITLE" when the keyboard focus changes, "key NUMBER" for a key press.  -q only
 * asks whether the compositor answers.  It is also built as a shared library for
 * plugin.c.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wayland-client.h>

#include "protocol/xdg-activation-v1.h"
#include "protocol/xdg-shell.h"

enum { WINDOWS = 4 };

/* A listener gets more than it asks for. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

struct window {
	struct client *client;
	struct wl_surface *surface;
	struct xdg_surface *shell;
	struct xdg_toplevel *top;
	struct wl_buffer *buffer;
	bool configured, shown;
	int width, height;
	char title[1024];
};

/* A connection. */
struct client {
	struct wl_display *display;
	struct wl_compositor *compositor;
	struct wl_shm *shm;
	struct wl_seat *seat;
	struct xdg_wm_base *base;
	struct window windows[WINDOWS];
};

static bool stays, full;
static const char *app;
static uint32_t colour;
static int width = 16, height = 16;

_Noreturn static void
fail(const char *what)
{
	perror(what);
	_exit(99);
}

static const char *
title_of(struct client *c, struct wl_surface *s)
{
	for (int i = 0; i < WINDOWS; i++) {
		if (s && c->windows[i].surface == s)
			return c->windows[i].title;
	}
	return "?";
}

static void
keymap(void *data, struct wl_keyboard *k, uint32_t format, int fd,
    uint32_t size)
{
	close(fd);
}

static void
enter(void *c, struct wl_keyboard *k, uint32_t serial, struct wl_surface *s,
    struct wl_array *keys)
{
	printf("enter %s\n", title_of(c, s));
}

static void
leave(void *c, struct wl_keyboard *k, uint32_t serial, struct wl_surface *s)
{
	printf("leave %s\n", title_of(c, s));
}

static void
key(void *data, struct wl_keyboard *k, uint32_t serial, uint32_t when,
    uint32_t code, uint32_t state)
{
	if (state == WL_KEYBOARD_KEY_STATE_PRESSED)
		printf("key %u\n", code);
}

static void
modifiers(void *data, struct wl_keyboard *k, uint32_t serial, uint32_t down,
    uint32_t latched, uint32_t locked, uint32_t group)
{
}

static const struct wl_keyboard_listener keyboard_events = {
    .keymap = keymap, .enter = enter, .leave = leave, .key = key,
    .modifiers = modifiers};

static void
capabilities(void *c, struct wl_seat *s, uint32_t what)
{
	static bool has;

	if (!has && what & WL_SEAT_CAPABILITY_KEYBOARD)
		wl_keyboard_add_listener(
		    wl_seat_get_keyboard(s), &keyboard_events, c);
	has |= what & WL_SEAT_CAPABILITY_KEYBOARD;
}

static const struct wl_seat_listener seat_events = {
    .capabilities = capabilities};

static void
ping(void *data, struct xdg_wm_base *base, uint32_t serial)
{
	xdg_wm_base_pong(base, serial);
}

static const struct xdg_wm_base_listener base_events = {ping};

/* xdg_activation_v1 is bound, and its use is left to our library. */
static void
global(void *data, struct wl_registry *r, uint32_t name, const char *i,
    uint32_t version)
{
	struct client *c = data;

	if (!strcmp(i, "wl_compositor")) {
		c->compositor =
		    wl_registry_bind(r, name, &wl_compositor_interface, 1);
	} else if (!strcmp(i, "wl_shm")) {
		c->shm = wl_registry_bind(r, name, &wl_shm_interface, 1);
	} else if (!strcmp(i, "xdg_activation_v1")) {
		wl_registry_bind(r, name, &xdg_activation_v1_interface, 1);
	} else if (!strcmp(i, "xdg_wm_base")) {
		c->base = wl_registry_bind(r, name, &xdg_wm_base_interface, 1);
		xdg_wm_base_add_listener(c->base, &base_events, c);
	} else if (!strcmp(i, "wl_seat") && !c->seat) {
		c->seat = wl_registry_bind(r, name, &wl_seat_interface, 1);
		wl_seat_add_listener(c->seat, &seat_events, c);
	}
}

static void
global_remove(void *data, struct wl_registry *r, uint32_t name)
{
}

static const struct wl_registry_listener registry_events = {
    global, global_remove};

/* Each picture comes with a descriptor of its own. */
static void
draw(struct window *w)
{
	int size = 4 * w->width * w->height;
	int fd = memfd_create("picture", MFD_CLOEXEC);
	struct wl_shm_pool *pool;
	uint32_t *at;

	if (fd < 0 || ftruncate(fd, size) < 0)
		fail("memfd");
	at = mmap(NULL, (size_t)size, PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		fail("mmap");
	for (int i = 0; i < size / 4; i++)
		at[i] = 0xff000000 | colour;
	munmap(at, (size_t)size);
	if (w->buffer)
		wl_buffer_destroy(w->buffer);
	pool = wl_shm_create_pool(w->client->shm, fd, size);
	w->buffer = wl_shm_pool_create_buffer(pool, 0, w->width, w->height,
	    4 * w->width, WL_SHM_FORMAT_XRGB8888);
	wl_shm_pool_destroy(pool);
	close(fd);
	wl_surface_attach(w->surface, w->buffer, 0, 0);
	wl_surface_damage(w->surface, 0, 0, w->width, w->height);
	wl_surface_commit(w->surface);
}

static void
configure(void *data, struct xdg_surface *s, uint32_t serial)
{
	struct window *w = data;

	xdg_surface_ack_configure(s, serial);
	w->configured = true;
	if (w->shown)
		draw(w);
}

static const struct xdg_surface_listener shell_events = {configure};

static void
top_configure(void *data, struct xdg_toplevel *t, int32_t wide, int32_t high,
    struct wl_array *states)
{
	struct window *w = data;

	w->width = wide ? wide : width;
	w->height = high ? high : height;
}

static void
top_close(void *data, struct xdg_toplevel *t)
{
	if (!stays)
		_exit(0);
	close(open("asked", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

static const struct xdg_toplevel_listener top_events = {
    .configure = top_configure, .close = top_close};

static void
show(struct window *w)
{
	struct client *c = w->client;

	w->configured = w->shown = false;
	w->surface = wl_compositor_create_surface(c->compositor);
	w->shell = xdg_wm_base_get_xdg_surface(c->base, w->surface);
	xdg_surface_add_listener(w->shell, &shell_events, w);
	w->top = xdg_surface_get_toplevel(w->shell);
	xdg_toplevel_add_listener(w->top, &top_events, w);
	xdg_toplevel_set_title(w->top, w->title);
	xdg_toplevel_set_app_id(w->top, app);
	if (full)
		xdg_toplevel_set_fullscreen(w->top, NULL);
	wl_surface_commit(w->surface);
	while (!w->configured) {
		if (wl_display_dispatch(c->display) < 0)
			fail("dispatch");
	}
	w->shown = true;
	draw(w);
	wl_display_roundtrip(c->display);
}

static void
hide(struct window *w)
{
	xdg_toplevel_destroy(w->top);
	xdg_surface_destroy(w->shell);
	wl_surface_destroy(w->surface);
	wl_buffer_destroy(w->buffer);
	w->buffer = NULL;
	wl_display_roundtrip(w->client->display);
}

/* The first window of a connection, or one more. */
static void
add(struct client *c, int n, const char *title)
{
	struct window *w = &c->windows[n];

	w->client = c;
	w->width = width;
	w->height = height;
	snprintf(w->title, sizeof(w->title), n ? "%.1000s %d" : "%.1000s", title,
	    n + 1);
	show(w);
}

static struct client *
opened(const char *title)
{
	struct client *c = calloc(1, sizeof(*c));

	c->display = wl_display_connect(NULL);
	if (!c->display)
		fail("connect");
	wl_registry_add_listener(
	    wl_display_get_registry(c->display), &registry_events, c);
	wl_display_roundtrip(c->display);
	if (!c->compositor || !c->shm || !c->base)
		fail("globals");
	add(c, 0, title);
	return c;
}

/* For about so long: events are served, and what we do for them. */
static void
serve(struct client *c, int ms)
{
	struct pollfd p = {wl_display_get_fd(c->display), POLLIN, 0};

	while (wl_display_prepare_read(c->display) < 0)
		wl_display_dispatch_pending(c->display);
	while (wl_display_flush(c->display) < 0 && errno == EAGAIN)
		poll(NULL, 0, 1);
	if (poll(&p, 1, ms) > 0)
		wl_display_read_events(c->display);
	else
		wl_display_cancel_read(c->display);
	if (wl_display_dispatch_pending(c->display) < 0)
		fail("dispatch");
}

_Noreturn static void
serve_always(struct client *c, bool drawing)
{
	for (;;) {
		if (drawing) {
			for (int i = 0; i < 5; i++)
				draw(c->windows);
			wl_display_roundtrip(c->display);
		}
		serve(c, drawing ? 0 : -1);
	}
}

static void *
drawer(void *title)
{
	serve_always(opened(title), true);
}

static void *
server(void *client)
{
	serve_always(client, false);
}

/* Whether that file is there, in the end. */
static void
await(struct client *c, const char *name)
{
	while (access(name, F_OK) < 0)
		serve(c, 10);
}

static struct client *
word(struct client *c, const char *w, char **argv)
{
	char title[1024];
	pthread_t t;

	snprintf(title, sizeof(title), "%.1000s %s", c->windows->title, w);
	if (!strcmp(w, "draw")) {
		serve_always(c, true);
	} else if (!strcmp(w, "second")) {
		pthread_create(&t, NULL, server, c);
		c = opened(title);
	} else if (!strncmp(w, "threads=", 8)) {
		for (int i = atoi(w + 8); i; i--) {
			snprintf(title, sizeof(title), "%.1000s %d", c->windows->title,
			    i);
			pthread_create(&t, NULL, drawer, strdup(title));
		}
	} else if (!strcmp(w, "hide")) {
		hide(c->windows);
	} else if (!strcmp(w, "show")) {
		show(c->windows);
	} else if (!strncmp(w, "title=", 6)) {
		xdg_toplevel_set_title(c->windows->top, w + 6);
		wl_display_flush(c->display);
	} else if (!strncmp(w, "await=", 6)) {
		await(c, w + 6);
	} else if (!strncmp(w, "touch=", 6)) {
		mknod(w + 6, S_IFREG | 0600, 0); /* by no descriptor */
	} else if (!strcmp(w, "fork")) {
		if (fork() == 0)
			serve_always(opened(title), false);
	} else if (!strcmp(w, "daemon")) {
		if (fork())
			_exit(0);
		c = opened(title);
	} else if (!strcmp(w, "exec")) {
		argv[0] = (char *)"window";
		argv[1] = title;
		execv("/proc/self/exe", argv);
		fail("exec");
	} else if (!strcmp(w, "stays")) {
		stays = true; /* the user who closes its windows */
	} else if (!strcmp(w, "spin")) {
		for (;;)
			;
	} else if (!strcmp(w, "worker")) {
		pthread_create(&t, NULL, server, c);
	} else {
		fail(w);
	}
	return c;
}

int
main(int argc, char *argv[])
{
	struct wl_display *d;
	struct client *c;
	int option, windows = 1, n;

	optind = 1;
	while ((option = getopt(argc, argv, "+c:fn:q")) != -1) {
		switch (option) {
		case 'c':
			colour = (uint32_t)strtoul(optarg, NULL, 0);
			width = 640;
			height = 480;
			break;
		case 'f':
			full = true;
			break;
		case 'n':
			windows = atoi(optarg);
			break;
		case 'q':
			d = wl_display_connect(NULL);
			return !d || wl_display_roundtrip(d) < 0;
		}
	}
	n = optind;
	if (n >= argc || windows > WINDOWS)
		return 64;
	setvbuf(stdout, NULL, _IOLBF, 0);
	app = argv[n];
	c = opened(argv[n++]);
	for (int i = 1; i < windows; i++)
		add(c, i, app);
	while (argv[n]) {
		const char *w = argv[n];

		argv[n - 1] = NULL;
		/* What follows is for what it becomes. */
		c = word(c, w, argv + n - 1);
		n++;
	}
	serve_always(c, false);
}
