/*
 * front.c: how long a command takes to bring a window to the front.
 *
 * One run is posix_spawn(3) to the moment at which the window manager says, by
 * _NET_ACTIVE_WINDOW, that WINDOW is the active one; before each run OTHER is
 * made that.  Each round runs every command once, one after the other.  The
 * command itself is waited for after the clock has stopped.
 */
#include <errno.h>
#include <poll.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xcb/xcb.h>

enum { COMMANDS = 8, LIMIT_MS = 2000, WARMUP = 3 };

static xcb_connection_t *conn;
static xcb_window_t root;
static xcb_atom_t active_atom;

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "front: %s\n", what);
	exit(1);
}

static int64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static xcb_window_t
active(void)
{
	xcb_get_property_reply_t *r = xcb_get_property_reply(conn,
	    xcb_get_property(conn, 0, root, active_atom, XCB_ATOM_WINDOW, 0,
	    1), NULL);
	xcb_window_t w = 0;

	if (!r)
		die("the X server is gone");
	if (xcb_get_property_value_length(r) >= 4)
		memcpy(&w, xcb_get_property_value(r), 4);
	free(r);
	return w;
}

/* Wait until window is the active one.  0; -1: it does not become it. */
static int
await(xcb_window_t window)
{
	struct pollfd p = { xcb_get_file_descriptor(conn), POLLIN, 0 };
	int64_t end = now_us() + LIMIT_MS * 1000;
	xcb_generic_event_t *e;

	while (active() != window) {
		if (now_us() > end)
			return -1;
		if (poll(&p, 1, 50) > 0) {
			while ((e = xcb_poll_for_event(conn)))
				free(e);
		}
	}
	return 0;
}

static void
activate(xcb_window_t window)
{
	xcb_client_message_event_t e = {
		.response_type = XCB_CLIENT_MESSAGE, .format = 32,
		.window = window, .type = active_atom,
		.data.data32 = { 2, 0, 0, 0, 0 },
	};

	xcb_send_event(conn, 0, root, XCB_EVENT_MASK_SUBSTRUCTURE_REDIRECT |
	    XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY, (const char *)&e);
	xcb_flush(conn);
	if (await(window) < 0)
		die("the other window does not come to the front");
}

static int64_t
run(char *argv[], xcb_window_t window, xcb_window_t other)
{
	int64_t began, took;
	int status;
	pid_t pid;

	activate(other);
	began = now_us();
	if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) != 0)
		die(argv[0]);
	if (await(window) < 0)
		die("a command does not bring the window to the front");
	took = now_us() - began;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return took;
}

static int
order(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void
table(char **argv[], int n, int64_t *times, int rounds)
{
	double first = 0, median;

	printf("%-16s %8s %8s %8s %7s\n", "name", "median", "p10", "p90",
	    "ratio");
	for (int i = 0; i < n; i++) {
		int64_t *t = times + (size_t)i * (size_t)rounds;
		const char *base = strrchr(argv[i][0], '/');

		qsort(t, (size_t)rounds, sizeof(*t), order);
		median = (double)t[rounds / 2];
		if (i == 0)
			first = median;
		printf("%-16s %8.0f %8.0f %8.0f %7.3f\n",
		    base ? base + 1 : argv[i][0], median,
		    (double)t[rounds / 10], (double)t[rounds * 9 / 10],
		    median / first);
	}
}

int
main(int argc, char *argv[])
{
	xcb_intern_atom_reply_t *atom;
	const uint32_t mask = XCB_EVENT_MASK_PROPERTY_CHANGE;
	xcb_window_t window, other;
	char **commands[COMMANDS];
	int n = 0, rounds;
	int64_t *times;

	if (argc < 6)
		die("usage: front ROUNDS WINDOW OTHER -- COMMAND..."
		    " [-- COMMAND...]...");
	rounds = atoi(argv[1]);
	window = (xcb_window_t)strtoul(argv[2], NULL, 0);
	other = (xcb_window_t)strtoul(argv[3], NULL, 0);
	for (int i = 4; i < argc; i++) {
		if (strcmp(argv[i], "--"))
			continue;
		argv[i] = NULL;
		if (n < COMMANDS && i + 1 < argc)
			commands[n++] = argv + i + 1;
	}
	conn = xcb_connect(NULL, NULL);
	if (xcb_connection_has_error(conn))
		die("no X server");
	root = xcb_setup_roots_iterator(xcb_get_setup(conn)).data->root;
	atom = xcb_intern_atom_reply(conn, xcb_intern_atom(conn, 0,
	    strlen("_NET_ACTIVE_WINDOW"), "_NET_ACTIVE_WINDOW"), NULL);
	if (!atom)
		die("the X server is gone");
	active_atom = atom->atom;
	free(atom);
	xcb_change_window_attributes(conn, root, XCB_CW_EVENT_MASK, &mask);
	times = calloc((size_t)rounds * (size_t)n, sizeof(*times));
	if (!times || rounds < 1 || !n)
		die("nothing to do");
	for (int r = -WARMUP; r < rounds; r++) {
		for (int i = 0; i < n; i++) {
			int64_t t = run(commands[i], window, other);

			if (r >= 0)
				times[(size_t)i * (size_t)rounds +
				    (size_t)r] = t;
		}
	}
	table(commands, n, times, rounds);
	return 0;
}
