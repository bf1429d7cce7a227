/*
 * find_windows.c: find the windows of an instance on an X server.
 *
 * The server knows the process of each client (XRes), whatever the client
 * claims, so we ask the server first.  It does not know the process of a client
 * on another machine, or behind a proxy: with ssh -X it names the proxy. And if
 * we run in a pid namespace, the server's pids mean other processes.  Then we
 * believe the window's _NET_WM_PID, if it is from this machine, and not from a
 * pid namespace below ours.
 */
#include <sys/utsname.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xcb/res.h>

#include "cli/base/proc.h"
#include "cli/windows/windows.h"

/*
 * All windows of an X server that a user may know of.
 *
 * A window manager with EWMH lists them.  Without one they are the children of
 * the root, or the windows inside the frames of a manager that only sets
 * WM_STATE (ICCCM 4.1.3.1).  A withdrawn window is in neither list.
 */

enum { STATE_NORMAL = 1, STATE_ICONIC = 3 };

struct look {
	xcb_window_t w;
	xcb_get_window_attributes_cookie_t attributes;
	xcb_get_property_cookie_t state;
	xcb_query_tree_cookie_t tree;
};

/* Whether a window manager has the window, shown or as an icon. */
static bool
is_client(struct x11 *x, xcb_get_property_cookie_t asked)
{
	uint32_t state = property_value(x, asked, 0);

	return state == STATE_NORMAL || state == STATE_ICONIC;
}

/* Add to all those of n windows that a manager has.  Their number. */
static int
clients_add(struct x11 *x, const xcb_window_t *w, size_t n, struct buf *all)
{
	xcb_get_property_cookie_t *asked = calloc(n, sizeof(*asked));
	int found = 0;

	for (size_t i = 0; asked && i < n; i++)
		asked[i] = property_ask(x, w[i], x->atoms[WM_STATE]);
	for (size_t i = 0; asked && i < n; i++) {
		if (is_client(x, asked[i]) &&
		    buf_add(all, &w[i], sizeof(w[i])) == 0)
			found++;
	}
	free(asked);
	return found;
}

/* Whether a window is shown, and is no menu or the like (override-redirect). */
static bool
is_viewable(struct x11 *x, xcb_get_window_attributes_cookie_t asked)
{
	xcb_get_window_attributes_reply_t *r =
	    xcb_get_window_attributes_reply(x->c, asked, NULL);
	bool shown = r && r->map_state == XCB_MAP_STATE_VIEWABLE &&
	    !r->override_redirect &&
	    r->_class == XCB_WINDOW_CLASS_INPUT_OUTPUT;

	free(r);
	return shown;
}

/* Take the answer, for free(3), and the children in it. */
static xcb_query_tree_reply_t *
tree_take(struct x11 *x, xcb_query_tree_cookie_t asked,
    const xcb_window_t **children, size_t *n)
{
	xcb_query_tree_reply_t *r = xcb_query_tree_reply(x->c, asked, NULL);

	x11_note(x, reply_children(r, children, n));
	return r;
}

/* Add a child of the root, or the windows of which it is the frame. */
static void
child_add(struct x11 *x, const struct look *l, struct buf *all)
{
	const xcb_window_t *children;
	size_t n;
	xcb_query_tree_reply_t *tree = tree_take(x, l->tree, &children, &n);
	bool shown = is_viewable(x, l->attributes);

	if (is_client(x, l->state) ||
	    (!clients_add(x, children, n, all) && shown))
		buf_add(all, &l->w, sizeof(l->w));
	free(tree);
}

static void
tree_add(struct x11 *x, struct buf *all)
{
	const xcb_window_t *children;
	size_t n;
	xcb_query_tree_reply_t *tree = tree_take(x,
	    xcb_query_tree(x->c, x->root), &children, &n);
	struct look *looks = calloc(n + 1, sizeof(*looks)), *l;

	if (!tree) /* there is a root: an error is no answer */
		x11_note(x, REPLY_LIES);
	for (l = looks; looks && l < looks + n; l++) {
		l->w = children[l - looks];
		l->attributes = xcb_get_window_attributes(x->c, l->w);
		l->state = property_ask(x, l->w, x->atoms[WM_STATE]);
		l->tree = xcb_query_tree(x->c, l->w);
	}
	for (l = looks; looks && l < looks + n; l++)
		child_add(x, l, all);
	free(looks);
	free(tree);
}

size_t
x11_list(struct x11 *x, struct buf *all)
{
	xcb_get_property_cookie_t stacked, listed, check;
	xcb_window_t manager;

	x->changed = false;
	stacked = property_ask(x, x->root, x->atoms[NET_CLIENT_LIST_STACKING]);
	listed = property_ask(x, x->root, x->atoms[NET_CLIENT_LIST]);
	check = property_ask(x, x->root, x->atoms[NET_SUPPORTING_WM_CHECK]);
	manager = property_value(x, check, XCB_NONE);
	/* A manager that has exited leaves its properties on the root. */
	x->managed = manager && property_value(x, property_ask(x, manager,
	    x->atoms[NET_SUPPORTING_WM_CHECK]), XCB_NONE) == manager;
	if (property_copy(x, stacked, 32, all))
		xcb_discard_reply(x->c, listed.sequence);
	else /* xfwm4 with one window: no stacking list */
		property_copy(x, listed, 32, all);
	if (!x->managed) {
		all->len = 0;
		tree_add(x, all);
	}
	return all->failed ? 0 : all->len / sizeof(xcb_window_t);
}

struct window {
	xcb_window_t id;
	pid_t known, said; /* pid as server or window tells it; 0: unknown */
	enum kin kin;
};

/* Ask the server for the pids of clients; caller frees.  NULL: no answer. */
static xcb_res_query_client_ids_reply_t *
ids_ask(struct x11 *x, const xcb_res_client_id_spec_t *specs, size_t n)
{
	/* NULL if the connection has ended. */
	const xcb_query_extension_reply_t *there =
	    xcb_get_extension_data(x->c, &xcb_res_id);

	return !there || !there->present ? NULL :
	    xcb_res_query_client_ids_reply(x->c,
	    xcb_res_query_client_ids(x->c, (uint32_t)n, specs), NULL);
}

/* Set known of these windows.  If the server does not tell our own pid right,
 * its pids mean nothing to us: known is 0 then. */
static void
known_ask(struct x11 *x, struct window *w, size_t n)
{
	const xcb_setup_t *setup = xcb_get_setup(x->c);
	xcb_res_client_id_spec_t *specs = calloc(n + 1, sizeof(*specs));
	xcb_res_query_client_ids_reply_t *r;
	struct reply_clients at;
	enum reply more;
	pid_t own = 0;

	for (size_t k = 0; specs && k <= n; k++) {
		specs[k].client = k < n ? w[k].id : x->own;
		specs[k].mask = XCB_RES_CLIENT_ID_MASK_LOCAL_CLIENT_PID;
	}
	r = specs ? ids_ask(x, specs, n + 1) : NULL;
	free(specs);
	reply_clients_begin(&at, r);
	while ((more = reply_clients_next(&at)) == REPLY_LIST) {
		if (at.client == setup->resource_id_base)
			own = at.pid;
		for (size_t k = 0; k < n; k++) {
			if ((w[k].id & ~setup->resource_id_mask) == at.client)
				w[k].known = at.pid;
		}
	}
	x11_note(x, more);
	for (size_t k = 0; own != getpid() && k < n; k++)
		w[k].known = 0;
	free(r);
}

pid_t
x11_pid(struct x11 *x, xcb_window_t window)
{
	struct window w = { .id = window };

	known_ask(x, &w, 1);
	return w.known;
}

/* Whether number is the pid that process pid has in a pid namespace below. */
static bool
is_inner(pid_t pid, pid_t number)
{
	char status[PROC_STATUS];

	return pid && number && proc_text(pid, status) > 0 &&
	    proc_inner(status) == number;
}

/* Set said of these windows by their _NET_WM_PID, if it can mean a process of
 * this machine and pid namespace. */
static void
said_ask(struct x11 *x, struct window *w, size_t n)
{
	xcb_get_property_cookie_t *asked = calloc(2 * n, sizeof(*asked));
	struct utsname here;
	struct buf machine = { 0 };
	size_t len;

	for (size_t k = 0; asked && k < n; k++) {
		asked[2 * k] = property_ask(x, w[k].id, x->atoms[NET_WM_PID]);
		asked[2 * k + 1] = property_ask(x, w[k].id,
		    XCB_ATOM_WM_CLIENT_MACHINE);
	}
	uname(&here);
	for (size_t k = 0; asked && k < n; k++) {
		w[k].said = (pid_t)property_value(x, asked[2 * k], 0);
		len = property_copy(x, asked[2 * k + 1], 8, &machine);
		len = len ? strnlen(machine.at, len) : 0;
		if ((len && (len != strlen(here.nodename) ||
		    memcmp(machine.at, here.nodename, len) != 0)) ||
		    is_inner(w[k].known, w[k].said))
			w[k].said = 0;
	}
	buf_free(&machine);
	free(asked);
}

/* Set how near each window is to the instance, by known or by said.  The
 * nearest. */
static enum kin
kin_find(const struct instance *i, struct window *w, size_t n, bool said,
    enum kin least)
{
	enum kin nearest = KIN_NONE;
	size_t before;
	pid_t pid;

	for (size_t k = 0; k < n; k++) {
		pid = said ? w[k].said : w[k].known;
		for (before = 0; before < k; before++) {
			if ((said ? w[before].said : w[before].known) == pid)
				break;
		}
		w[k].kin = pid <= 0 ? KIN_NONE : before < k ? w[before].kin :
		    tree_kin(i, pid, least);
		if (w[k].kin > nearest)
			nearest = w[k].kin;
	}
	return nearest;
}

/* Whether name is one of the two words of WM_CLASS; both end in a NUL. */
static bool
is_class(const struct buf *b, const char *name)
{
	size_t len = strlen(name) + 1;
	const char *first = b->at;
	size_t n = b->len ? strnlen(first, b->len) + 1 : 0;

	return (n == len && n <= b->len && !memcmp(first, name, len)) ||
	    (b->len == n + len && !memcmp(first + n, name, len));
}

static enum kin
class_windows(struct x11 *x, const char *name, struct window *w, size_t n)
{
	enum kin nearest = KIN_NONE;
	struct buf b = { 0 };

	for (size_t k = 0; k < n; k++) {
		property_copy(x, property_ask(x, w[k].id, XCB_ATOM_WM_CLASS),
		    8, &b);
		w[k].kin = is_class(&b, name) ? KIN_MARKED : KIN_NONE;
		if (w[k].kin > nearest)
			nearest = w[k].kin;
	}
	buf_free(&b);
	return nearest;
}

/* Try the server's pid, the window's own, the environment mark and WM_CLASS in
 * turn, until one finds a window. */
static enum kin
nearest_find(struct x11 *x, const struct instance *i, struct window *w,
    size_t n, enum kin least)
{
	enum kin near = least > KIN_DESCENDS ? least : KIN_DESCENDS, found;

	known_ask(x, w, n);
	if ((found = kin_find(i, w, n, false, near)))
		return found;
	said_ask(x, w, n);
	if ((found = kin_find(i, w, n, true, near)))
		return found;
	if (i->mark && least <= KIN_MARKED &&
	    ((found = kin_find(i, w, n, false, KIN_MARKED)) ||
	    (found = kin_find(i, w, n, true, KIN_MARKED))))
		return found;
	return i->class && least == KIN_NONE ?
	    class_windows(x, i->class, w, n) : KIN_NONE;
}

/* Whether w is a panel or the desktop itself: these never come to the front. */
static bool
is_fixture(struct x11 *x, xcb_window_t w)
{
	xcb_get_property_cookie_t asked[2];
	bool dock;

	for (int k = 0; k < 2; k++)
		asked[k] = property_ask(x, w, x->atoms[NET_WM_WINDOW_TYPE]);
	dock = property_has(x, asked[0], x->atoms[NET_WM_WINDOW_TYPE_DOCK]);
	return property_has(x, asked[1],
	    x->atoms[NET_WM_WINDOW_TYPE_DESKTOP]) || dock;
}

/* All windows; caller frees.  NULL: none. */
static struct window *
windows_list(struct x11 *x, size_t *n)
{
	xcb_window_t storage[128];
	struct window *w = NULL;
	struct buf all;

	buf_init(&all, storage, sizeof(storage));
	*n = x11_list(x, &all);
	if (*n)
		w = calloc(*n, sizeof(*w));
	for (size_t k = 0; w && k < *n; k++)
		memcpy(&w[k].id, all.at + k * sizeof(w->id), sizeof(w->id));
	buf_free(&all);
	return w;
}

const char *
x11_title(struct x11 *x, xcb_window_t w, struct buf *b)
{
	if (!property_copy(x, property_ask(x, w, x->atoms[NET_WM_NAME]), 8, b))
		property_copy(x, property_ask(x, w, XCB_ATOM_WM_NAME), 8, b);
	return buf_string(b, "") == 0 ? b->at : "";
}

size_t
x11_find(struct x11 *x, const struct instance *i, enum kin least,
    struct buf *found)
{
	size_t n;
	struct window *w = windows_list(x, &n);
	enum kin nearest = w ? nearest_find(x, i, w, n, least) : KIN_NONE;

	found->len = 0;
	for (size_t k = 0; nearest && k < n; k++) {
		if (w[k].kin == nearest && !is_fixture(x, w[k].id))
			buf_add(found, &w[k].id, sizeof(w->id));
	}
	free(w);
	return found->failed ? 0 : found->len / sizeof(xcb_window_t);
}
