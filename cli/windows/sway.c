/*
 * sway.c: the IPC of sway.
 *
 * The compositor's tree tells the pid of each window, and the order in which
 * windows had the focus.  One look finds the window to raise: of the processes
 * nearest to the instance the one that shows its document, else the one used last.
 * A second look after the command checks that it has the focus.  A stopped compositor accepts a connection and
 * never answers: nothing here waits longer than the deadline.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/say.h"
#include "cli/windows/windows.h"

/* sway-ipc(7): messages, both ways, begin with this. */
struct header {
	char magic[6];
	uint32_t len;
	uint32_t type;
} __attribute__((packed));

enum { RUN_COMMAND = 0, SWAY_TREE = 4 }; /* messages of sway-ipc(7) */
enum { REPLY_MAX = 64 * 1024 * 1024, AGAIN_US = 10000 };

static const char magic[6] = { 'i', '3', '-', 'i', 'p', 'c' };

static int
ipc_connect(const char *path, long long deadline)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(to.sun_path))
		return -1;
	memcpy(to.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	/* EAGAIN: the backlog is full; no event tells when it is not. */
	while (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		if ((errno != EAGAIN && errno != EINTR) ||
		    !clock_left(deadline)) {
			io_close(&fd);
			break;
		}
		clock_sleep(AGAIN_US);
	}
	return fd;
}

/* Send, or receive, all n bytes by the deadline.  0 or -1. */
static int
ipc_move(int fd, short way, void *p, size_t n, long long deadline)
{
	ssize_t k;

	for (char *at = p; n; at += k, n -= (size_t)k) {
		if (io_wait(fd, way, clock_left(deadline)) <= 0)
			return -1;
		k = way == POLLIN ? recv(fd, at, n, 0) :
		    send(fd, at, n, MSG_NOSIGNAL);
		if (k < 0 && (errno == EAGAIN || errno == EINTR))
			k = 0;
		else if (k <= 0)
			return -1;
	}
	return 0;
}

/* One request and its answer, for json_decref; NULL: none came. */
static json_t *
sway_ask(int fd, uint32_t type, const char *words, long long deadline)
{
	struct header h = { .len = (uint32_t)strlen(words), .type = type };
	json_t *answer = NULL;
	struct buf b = { 0 };

	memcpy(h.magic, magic, sizeof(magic));
	if (ipc_move(fd, POLLOUT, &h, sizeof(h), deadline) < 0 ||
	    ipc_move(fd, POLLOUT, (void *)words, h.len, deadline) < 0 ||
	    ipc_move(fd, POLLIN, &h, sizeof(h), deadline) < 0 ||
	    memcmp(h.magic, magic, sizeof(magic)) != 0 || h.type != type ||
	    h.len > REPLY_MAX)
		return NULL;
	if (buf_room(&b, h.len) == 0 &&
	    ipc_move(fd, POLLIN, b.at, h.len, deadline) == 0)
		answer = json_loadb(b.at, h.len, 0, NULL);
	buf_free(&b);
	return answer;
}

int
sway_open(long long deadline)
{
	const char *path = getenv("SWAYSOCK");

	return path && *path ? ipc_connect(path, deadline) : -1;
}

static json_int_t
member_number(const json_t *node, const char *name)
{
	return json_integer_value(json_object_get(node, name));
}

static bool
is_text(const json_t *node, const char *name, const char *what)
{
	const char *s = json_string_value(json_object_get(node, name));

	return s && strcmp(s, what) == 0;
}

static bool
is_named(const json_t *node, const char *class)
{
	const json_t *x = json_object_get(node, "window_properties");

	return is_text(node, "app_id", class) || is_text(x, "class", class) ||
	    is_text(x, "instance", class);
}

static void
look_at(struct sway_look *l, const json_t *node)
{
	const char *class = l->pick.i->class;
	json_int_t pid = member_number(node, "pid");
	enum picked picked;

	if (pid <= 0 || pid > INT_MAX)
		return;
	picked = pick_offer(&l->pick, (pid_t)pid,
	    class && is_named(node, class), title_names(json_string_value(
	    json_object_get(node, "name")), l->pick.i->document));
	if (picked == PICK_NEARER)
		l->n = 0;
	if (picked == PICK_NOT || l->n == VIEWS)
		return;
	l->view[l->n] = member_number(node, "id");
	if (json_is_true(json_object_get(node, "focused")))
		l->focused = l->view[l->n];
	l->n++;
}

/* The index of id in a node's focus list, latest focus first; the length of the
 * list: not in it. */
static size_t
focus_find(const json_t *focus, json_int_t id)
{
	const json_t *each;
	size_t k;

	json_array_foreach(focus, k, each) {
		if (json_integer_value(each) == id)
			break;
	}
	return k;
}

static void look_below(struct sway_look *l, const json_t *node);

static void
look_at_child(struct sway_look *l, const json_t *focus, const json_t *children,
    const json_int_t *only)
{
	const json_t *child;
	json_int_t id;
	size_t k;

	json_array_foreach(children, k, child) {
		id = member_number(child, "id");
		if (only ? id == *only :
		    focus_find(focus, id) == json_array_size(focus))
			look_below(l, child);
	}
}

/* Visit children in focus order; those that never had the focus, such as the
 * scratchpad, last.  Visit each child once, even if the focus list repeats it:
 * there may be thousands of nodes below. */
static void
look_below(struct sway_look *l, const json_t *node)
{
	const json_t *tiled = json_object_get(node, "nodes"), *each;
	const json_t *floating = json_object_get(node, "floating_nodes");
	const json_t *focus = json_object_get(node, "focus");
	json_int_t id;
	size_t k;

	look_at(l, node);
	json_array_foreach(focus, k, each) {
		id = json_integer_value(each);
		if (focus_find(focus, id) < k)
			continue;
		look_at_child(l, focus, tiled, &id);
		look_at_child(l, focus, floating, &id);
	}
	look_at_child(l, focus, tiled, NULL);
	look_at_child(l, focus, floating, NULL);
}

bool
sway_look(struct sway_look *l, int fd, long long deadline)
{
	json_t *tree = sway_ask(fd, SWAY_TREE, "", deadline);

	/* An error is an object as well: it has no nodes. */
	bool told = json_is_array(json_object_get(tree, "nodes"));

	if (told)
		look_below(l, tree);
	json_decref(tree);
	return told;
}

bool
sway_tell(int fd, long long view, const char *verb, long long deadline)
{
	char words[64], digits[24];
	json_t *answer;
	bool ok;

	text_join(words, sizeof(words), "[con_id=", say_num(digits, view),
	    "] ", verb, NULL);
	answer = sway_ask(fd, RUN_COMMAND, words, deadline);
	ok = json_is_true(json_object_get(json_array_get(answer, 0),
	    "success"));
	json_decref(answer);
	return ok;
}

/* A view of now that l has not.  0: none. */
static json_int_t
newer_find(const struct sway_look *l, const struct sway_look *now)
{
	size_t k, n;

	for (n = 0; n < now->n; n++) {
		for (k = 0; k < l->n && l->view[k] != now->view[n]; k++)
			;
		if (k == l->n)
			return now->view[n];
	}
	return 0;
}

enum outcome
sway_raise(const struct instance *i, enum kin least, long long deadline)
{
	enum outcome o = OUTCOME_NO_DISPLAY;
	struct sway_look l = { .n = 0 }, now;
	int fd = sway_open(deadline);
	json_int_t view = 0;

	pick_begin(&l.pick, i, least);
	if (fd >= 0 && sway_look(&l, fd, deadline)) {
		o = OUTCOME_NO_WINDOW;
		view = l.n ? l.view[0] : 0;
	}
	/* A window that came after the look was in front until we raised
	 * another one: raise that next. */
	for (int k = 0; view && k < 2; k++) {
		now = (struct sway_look){ .n = 0 };
		pick_begin(&now.pick, i, least);
		o = sway_tell(fd, view, "focus", deadline) &&
		    sway_look(&now, fd, deadline) && now.focused == view ?
		    OUTCOME_RAISED : OUTCOME_ASKED;
		view = newer_find(&l, &now);
	}
	io_close(&fd);
	return o;
}
