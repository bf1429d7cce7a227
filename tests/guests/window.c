/*
 * window.c: a Wayland client that uses libwayland.
 *
 *	window TITLE [WORD...]
 *
 * Shows a window of that title, then does what each word says; after the last
 * word it serves its windows until it is killed.  It is also built as a shared
 * library for plugin.c.
 *
 * More than 400 lines: each of its words acts on the one client.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
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

enum { SIZE = 16, BYTES = SIZE * SIZE * 4 };

static bool stays;

struct client {
	struct wl_display *display;
	struct wl_compositor *compositor;
	struct wl_shm *shm;
	struct xdg_wm_base *base;
	struct xdg_activation_v1 *activation;
	struct wl_surface *surface;
	struct xdg_surface *shell;
	struct xdg_toplevel *top;
	struct wl_buffer *buffer;
	bool configured;
	char title[1024];
};

_Noreturn static void
fail(const char *what)
{
	perror(what);
	_exit(99);
}

static void
global(void *data, struct wl_registry *r, uint32_t name, const char *i,
    uint32_t version)
{
	struct client *c = data;

	(void)version;
	if (!strcmp(i, "wl_compositor"))
		c->compositor =
		    wl_registry_bind(r, name, &wl_compositor_interface, 1);
	else if (!strcmp(i, "wl_shm"))
		c->shm = wl_registry_bind(r, name, &wl_shm_interface, 1);
	else if (!strcmp(i, "xdg_wm_base"))
		c->base =
		    wl_registry_bind(r, name, &xdg_wm_base_interface, 1);
	else if (!strcmp(i, "xdg_activation_v1"))
		c->activation = wl_registry_bind(
		    r, name, &xdg_activation_v1_interface, 1);
}

static void
global_remove(void *data, struct wl_registry *r, uint32_t name)
{
	(void)data;
	(void)r;
	(void)name;
}

static const struct wl_registry_listener registry_events = {
    global, global_remove};

static void
ping(void *data, struct xdg_wm_base *base, uint32_t serial)
{
	(void)data;
	xdg_wm_base_pong(base, serial);
}

static const struct xdg_wm_base_listener base_events = {ping};

static void
configure(void *data, struct xdg_surface *s, uint32_t serial)
{
	struct client *c = data;

	xdg_surface_ack_configure(s, serial);
	c->configured = true;
}

static const struct xdg_surface_listener shell_events = {configure};

static void
top_configure(void *data, struct xdg_toplevel *t, int32_t w, int32_t h,
    struct wl_array *states)
{
	(void)data;
	(void)t;
	(void)w;
	(void)h;
	(void)states;
}

static void
top_close(void *data, struct xdg_toplevel *t)
{
	(void)data;
	(void)t;
	if (!stays)
		_exit(0);
	close(open("asked", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

static const struct xdg_toplevel_listener top_events = {
    .configure = top_configure, .close = top_close};

/* Each picture comes with a descriptor of its own. */
static void
draw(struct client *c)
{
	struct wl_shm_pool *pool;
	int fd = memfd_create("picture", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, BYTES) < 0)
		fail("memfd");
	if (c->buffer)
		wl_buffer_destroy(c->buffer);
	pool = wl_shm_create_pool(c->shm, fd, BYTES);
	c->buffer = wl_shm_pool_create_buffer(
	    pool, 0, SIZE, SIZE, 4 * SIZE, WL_SHM_FORMAT_XRGB8888);
	wl_shm_pool_destroy(pool);
	close(fd);
	wl_surface_attach(c->surface, c->buffer, 0, 0);
	wl_surface_damage(c->surface, 0, 0, SIZE, SIZE);
	wl_surface_commit(c->surface);
}

static void
go(struct client *c)
{
	if (wl_display_dispatch(c->display) < 0)
		fail("dispatch");
}

static void
show(struct client *c)
{
	c->configured = false;
	c->surface = wl_compositor_create_surface(c->compositor);
	c->shell = xdg_wm_base_get_xdg_surface(c->base, c->surface);
	xdg_surface_add_listener(c->shell, &shell_events, c);
	c->top = xdg_surface_get_toplevel(c->shell);
	xdg_toplevel_add_listener(c->top, &top_events, c);
	xdg_toplevel_set_title(c->top, c->title);
	xdg_toplevel_set_app_id(c->top, "org.onlyone.guest");
	wl_surface_commit(c->surface);
	while (!c->configured)
		go(c);
	draw(c);
	wl_display_roundtrip(c->display);
}

static void
hide(struct client *c)
{
	xdg_toplevel_destroy(c->top);
	xdg_surface_destroy(c->shell);
	wl_surface_destroy(c->surface);
	wl_buffer_destroy(c->buffer);
	c->buffer = NULL;
	wl_display_roundtrip(c->display);
}

static struct client *
opened(const char *title)
{
	struct client *c = calloc(1, sizeof(*c));
	struct wl_registry *r;

	snprintf(c->title, sizeof(c->title), "%s", title);
	c->display = wl_display_connect(NULL);
	if (!c->display)
		fail("connect");
	r = wl_display_get_registry(c->display);
	wl_registry_add_listener(r, &registry_events, c);
	wl_display_roundtrip(c->display);
	if (!c->compositor || !c->shm || !c->base)
		fail("globals");
	xdg_wm_base_add_listener(c->base, &base_events, c);
	show(c);
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
			for (int i = 0; i < 20; i++)
				draw(c);
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

/* The number becomes another socket's, unseen by libwayland: what arrives there
 * is written to the file. */
_Noreturn static void
instead(int fd, const char *name)
{
	int to = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	char buf[4096];
	int pair[2];
	ssize_t n;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 ||
	    dup2(pair[0], fd) < 0)
		fail("socketpair");
	while ((n = read(pair[1], buf, sizeof(buf))) > 0)
		if (write(to, buf, (size_t)n) != n)
			break;
	fail("read");
}

/* Of all threads: one that allows everything. */
static void
filter(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW);
	struct sock_fprog program = {1, &allow};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		SECCOMP_FILTER_FLAG_TSYNC, &program) != 0)
		fail("seccomp");
}

static struct client *
word(struct client *c, const char *w, char **argv)
{
	char title[1024];
	pthread_t t;

	snprintf(title, sizeof(title), "%.1000s %s", c->title, w);
	if (!strcmp(w, "draw")) {
		serve_always(c, true);
	} else if (!strcmp(w, "second")) {
		pthread_create(&t, NULL, server, c);
		c = opened(title);
	} else if (!strncmp(w, "threads=", 8)) {
		for (int i = atoi(w + 8); i; i--) {
			snprintf(title, sizeof(title), "%.1000s %d", c->title, i);
			pthread_create(&t, NULL, drawer, strdup(title));
		}
	} else if (!strcmp(w, "hide")) {
		hide(c);
	} else if (!strcmp(w, "show")) {
		show(c);
	} else if (!strncmp(w, "title=", 6)) {
		xdg_toplevel_set_title(c->top, w + 6);
		wl_display_flush(c->display);
	} else if (!strncmp(w, "await=", 6)) {
		await(c, w + 6);
	} else if (!strncmp(w, "touch=", 6)) {
		mknod(w + 6, S_IFREG | 0600, 0); /* by no descriptor */
	} else if (!strncmp(w, "instead=", 8)) {
		instead(wl_display_get_fd(c->display), w + 8);
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
		stays = true; /* whoever closes its windows */
	} else if (!strcmp(w, "setuid")) {
		/* libc asks every thread for it, and waits for them. */
		if (setgid(getgid()) < 0)
			fail("setgid");
	} else if (!strcmp(w, "filter")) {
		filter();
	} else if (!strcmp(w, "spin")) {
		for (;;)
			;
	} else if (!strcmp(w, "worker")) {
		pthread_create(&t, NULL, server, c);
	} else {
		_exit(atoi(w));
	}
	return c;
}

static void
last_words(void)
{
	printf("atexit\n");
	fflush(stdout);
}

int
main(int argc, char *argv[])
{
	struct client *c;
	int n = 1;

	if (argc <= n)
		return 64;
	atexit(last_words);
	c = opened(argv[n++]);
	while (argv[n]) {
		const char *w = argv[n];

		argv[n - 1] = NULL;
		/* What follows is for what it becomes. */
		c = word(c, w, argv + n - 1);
		n++;
	}
	serve_always(c, false);
}
