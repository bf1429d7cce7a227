/*
 * list.c: all windows that a user may know of.
 *
 * A window manager that speaks EWMH lists them.  Where none does, they are the
 * children of the root, or below the frames of a manager that only sets
 * WM_STATE (ICCCM 4.1.3.1); a withdrawn window is in neither list.
 */
#include <stdlib.h>

#include "cli/raise/list.h"
#include "cli/raise/property.h"
#include "cli/raise/x11.h"

enum { STATE_NORMAL = 1, STATE_ICONIC = 3 };

struct look {
	xcb_window_t w;
	xcb_get_window_attributes_cookie_t attributes;
	xcb_get_property_cookie_t state;
	xcb_query_tree_cookie_t tree;
};

/* How many children there are, of those that the server tells of. */
static int
children_count(const xcb_query_tree_reply_t *tree)
{
	return tree && tree->children_len <= tree->length ?
	    tree->children_len : 0;
}

/* Whether a manager has it, shown or as an icon. */
static bool
is_client(struct x11 *x, xcb_get_property_cookie_t asked)
{
	uint32_t state = property_value(x, asked, 0);

	return state == STATE_NORMAL || state == STATE_ICONIC;
}

/* Clients among these windows; their number. */
static int
clients_add(struct x11 *x, const xcb_window_t *w, int n, struct buf *all)
{
	xcb_get_property_cookie_t *asked = calloc((size_t)n, sizeof(*asked));
	int found = 0;

	for (int i = 0; asked && i < n; i++)
		asked[i] = property_ask(x, w[i], x->atoms[WM_STATE]);
	for (int i = 0; asked && i < n; i++) {
		if (is_client(x, asked[i]) &&
		    buf_add(all, &w[i], sizeof(w[i])) == 0)
			found++;
	}
	free(asked);
	return found;
}

/* Something that shows itself, other than menus and the like. */
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

/* A child of the root: itself, or who is framed by it. */
static void
child_add(struct x11 *x, const struct look *l, struct buf *all)
{
	xcb_query_tree_reply_t *tree =
	    xcb_query_tree_reply(x->c, l->tree, NULL);
	bool shown = is_viewable(x, l->attributes);

	if (is_client(x, l->state) ||
	    (!(tree && clients_add(x, xcb_query_tree_children(tree),
	    children_count(tree), all)) && shown))
		buf_add(all, &l->w, sizeof(l->w));
	free(tree);
}

static void
tree_add(struct x11 *x, struct buf *all)
{
	xcb_query_tree_reply_t *tree = xcb_query_tree_reply(x->c,
	    xcb_query_tree(x->c, x->root), NULL);
	int n = children_count(tree);
	struct look *looks = calloc((size_t)n + 1, sizeof(*looks)), *l;

	for (l = looks; looks && l < looks + n; l++) {
		l->w = xcb_query_tree_children(tree)[l - looks];
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
	/* One that has ended leaves its properties on the root. */
	x->managed = manager && property_value(x, property_ask(x, manager,
	    x->atoms[NET_SUPPORTING_WM_CHECK]), XCB_NONE) == manager;
	if (property_values(x, stacked, all))
		xcb_discard_reply(x->c, listed.sequence);
	else /* xfwm4, with one window */
		property_values(x, listed, all);
	if (!x->managed) {
		all->len = 0;
		tree_add(x, all);
	}
	return all->failed ? 0 : all->len / sizeof(xcb_window_t);
}
