/*
 * find.c: which windows are an instance's.
 *
 * The server knows which process each client is (XRes), whatever that says of
 * itself, so this comes first.  It does not where clients come over a network
 * or through a proxy, as with ssh -X, whose own pid it is then; and from
 * within a pid namespace its numbers mean others.  Then the program's word is
 * taken (_NET_WM_PID), if it is from this machine, and not from a namespace.
 */
#include <sys/utsname.h>

#include <xcb/res.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/io.h"
#include "cli/proc.h"
#include "cli/raise/find.h"
#include "cli/raise/list.h"
#include "cli/raise/property.h"
#include "cli/raise/raise.h"
#include "cli/raise/tree.h"
#include "cli/raise/x11.h"

struct window {
	xcb_window_t id;
	pid_t known, said; /* by the server, by itself; 0: not */
	enum kin kin;
};

/* The processes of the clients that own these windows; none if the server's
 * numbers are not ours, as that of ourselves tells. */
static void
known_ask(struct x11 *x, struct window *w, size_t n)
{
	const xcb_setup_t *setup = xcb_get_setup(x->c);
	xcb_res_client_id_spec_t *specs = calloc(n + 1, sizeof(*specs));
	const xcb_query_extension_reply_t *there;
	xcb_res_query_client_ids_reply_t *r = NULL;
	xcb_res_client_id_value_t v;
	const char *at, *end;
	pid_t pid, own = 0;

	for (size_t k = 0; specs && k <= n; k++) {
		specs[k].client = k < n ? w[k].id : x->own;
		specs[k].mask = XCB_RES_CLIENT_ID_MASK_LOCAL_CLIENT_PID;
	}
	/* NULL: the connection has ended. */
	there = xcb_get_extension_data(x->c, &xcb_res_id);
	if (specs && there && there->present)
		r = xcb_res_query_client_ids_reply(x->c,
		    xcb_res_query_client_ids(x->c, (uint32_t)n + 1, specs),
		    NULL);
	free(specs);
	if (!r)
		return;
	/* By the length of the answer, not by the number that it tells. */
	at = (const char *)(r + 1);
	end = at + r->length * (size_t)4;
	for (; (size_t)(end - at) >= sizeof(v) + sizeof(pid);
	    at += sizeof(v) + v.length) {
		memcpy(&v, at, sizeof(v));
		if (v.length > (size_t)(end - at) - sizeof(v))
			break;
		if (v.length < sizeof(pid))
			continue;
		memcpy(&pid, at + sizeof(v), sizeof(pid));
		if (v.spec.client == setup->resource_id_base)
			own = pid;
		for (size_t k = 0; k < n; k++) {
			if ((w[k].id & ~setup->resource_id_mask) ==
			    v.spec.client)
				w[k].known = pid;
		}
	}
	for (size_t k = 0; own != getpid() && k < n; k++)
		w[k].known = 0;
	free(r);
}

/* Whether number is what process pid is called in a namespace of its own. */
static bool
is_inner(pid_t pid, pid_t number)
{
	char name[64], status[4096];

	proc_path(pid, "status", name, sizeof(name));
	return pid && number &&
	    io_file(AT_FDCWD, name, status, sizeof(status)) > 0 &&
	    proc_inner(status) == number;
}

/* What the windows say of themselves, where that can be true here. */
static void
said_ask(struct x11 *x, struct window *w, size_t n)
{
	xcb_get_property_cookie_t *asked = calloc(2 * n, sizeof(*asked));
	struct utsname here;
	struct buf machine;
	size_t len;

	buf_init(&machine, NULL, 0);
	for (size_t k = 0; asked && k < n; k++) {
		asked[2 * k] = property_ask(x, w[k].id, x->atoms[NET_WM_PID]);
		asked[2 * k + 1] = property_ask(x, w[k].id,
		    XCB_ATOM_WM_CLIENT_MACHINE);
	}
	uname(&here);
	for (size_t k = 0; asked && k < n; k++) {
		w[k].said = (pid_t)property_value(x, asked[2 * k], 0);
		len = property_bytes(x, asked[2 * k + 1], &machine);
		len = len ? strnlen(machine.at, len) : 0;
		if ((len && (len != strlen(here.nodename) ||
		    memcmp(machine.at, here.nodename, len) != 0)) ||
		    is_inner(w[k].known, w[k].said))
			w[k].said = 0;
	}
	buf_free(&machine);
	free(asked);
}

/* How near the windows are, by what is known or said: the nearest, and keep
 * that. */
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

/* Both words of WM_CLASS end in a NUL. */
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
	struct buf b;

	buf_init(&b, NULL, 0);
	for (size_t k = 0; k < n; k++) {
		property_bytes(x, property_ask(x, w[k].id, XCB_ATOM_WM_CLASS),
		    &b);
		w[k].kin = is_class(&b, name) ? KIN_MARKED : KIN_NONE;
		if (w[k].kin > nearest)
			nearest = w[k].kin;
	}
	buf_free(&b);
	return nearest;
}

/* Each way in its turn, until one finds any. */
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

bool
x11_is_fixture(struct x11 *x, xcb_window_t w)
{
	xcb_get_property_cookie_t asked[2];
	bool dock;

	for (int k = 0; k < 2; k++)
		asked[k] = property_ask(x, w, x->atoms[NET_WM_WINDOW_TYPE]);
	dock = property_has(x, asked[0], x->atoms[NET_WM_WINDOW_TYPE_DOCK]);
	return property_has(x, asked[1],
	    x->atoms[NET_WM_WINDOW_TYPE_DESKTOP]) || dock;
}

/* All windows there are, for free; NULL: none. */
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

size_t
x11_find(struct x11 *x, const struct instance *i, enum kin least,
    struct buf *found)
{
	size_t n;
	struct window *w = windows_list(x, &n);
	enum kin nearest = w ? nearest_find(x, i, w, n, least) : KIN_NONE;

	found->len = 0;
	for (size_t k = 0; nearest && k < n; k++) {
		if (w[k].kin == nearest && !x11_is_fixture(x, w[k].id))
			buf_add(found, &w[k].id, sizeof(w->id));
	}
	free(w);
	return found->failed ? 0 : found->len / sizeof(xcb_window_t);
}

/* Whether it is known or said to be of a process of the instance. */
static bool
is_of(const struct instance *i, const struct window *w)
{
	return (w->known > 0 && tree_kin(i, w->known, KIN_DESCENDS)) ||
	    (w->said > 0 && tree_kin(i, w->said, KIN_DESCENDS));
}

/* Whether it belongs to a window of the instance, whoever shows it. */
static bool
is_over(struct x11 *x, const struct instance *i, const struct window *all,
    size_t n, xcb_window_t w)
{
	xcb_window_t below = property_value(x, property_ask(x, w,
	    XCB_ATOM_WM_TRANSIENT_FOR), XCB_NONE);

	for (size_t k = 0; below && k < n; k++) {
		if (all[k].id == below)
			return is_of(i, &all[k]);
	}
	return false;
}

size_t
x11_find_all(struct x11 *x, const struct instance *i, struct buf *found)
{
	size_t n;
	struct window *w = windows_list(x, &n);

	found->len = 0;
	if (w) {
		known_ask(x, w, n);
		said_ask(x, w, n);
	}
	for (size_t k = 0; w && k < n; k++) {
		if ((is_of(i, &w[k]) || is_over(x, i, w, n, w[k].id)) &&
		    !x11_is_fixture(x, w[k].id))
			buf_add(found, &w[k].id, sizeof(w->id));
	}
	free(w);
	return found->failed ? 0 : found->len / sizeof(xcb_window_t);
}
