/*
 * reply.c: the lists in what an X server sends, as far as they have arrived.
 */
#include <limits.h>
#include <string.h>

#include "cli/windows/reply.h"

enum { BEFORE_LENGTH = 8 /* bytes of a setup that its length leaves out */ };

/* How many bytes have arrived behind the first 32 of a reply.  Some versions of
 * libxcb multiply in 32 bits: of 0x40000000 words they read none. */
static size_t
bytes_arrived(uint32_t length)
{
	return (uint32_t)(length * 4);
}

/* Take a list of n values of so many bytes, of which `have` bytes are there. */
static enum reply
list_take(size_t have, size_t promised, size_t each, size_t *n)
{
	*n = promised <= have / each ? promised : 0;
	return *n ? REPLY_LIST : promised ? REPLY_LIES : REPLY_NONE;
}

enum reply
reply_property(const xcb_get_property_reply_t *r, uint8_t format,
    const void **at, size_t *n)
{
	*n = 0;
	*at = NULL;
	if (!r || r->format != format)
		return REPLY_NONE;
	*at = r + 1;
	return list_take(bytes_arrived(r->length), r->value_len, format / 8, n);
}

enum reply
reply_children(const xcb_query_tree_reply_t *r, const xcb_window_t **at,
    size_t *n)
{
	*n = 0;
	*at = NULL;
	if (!r)
		return REPLY_NONE;
	*at = (const xcb_window_t *)(r + 1);
	return list_take(bytes_arrived(r->length), r->children_len,
	    sizeof(**at), n);
}

/* Take n bytes into *to, or (NULL) pass over them.  false: they have not
 * arrived. */
static bool
rest_take(struct reply_rest *r, void *to, size_t n)
{
	if (n > r->left)
		return false;
	if (to)
		memcpy(to, r->at, n);
	r->at += n;
	r->left -= n;
	return true;
}

void
reply_clients_begin(struct reply_clients *c,
    const xcb_res_query_client_ids_reply_t *r)
{
	*c = (struct reply_clients){ .more = r ? r->num_ids : 0 };
	if (r)
		c->rest = (struct reply_rest){ (const char *)(r + 1),
			bytes_arrived(r->length) };
}

enum reply
reply_clients_next(struct reply_clients *c)
{
	xcb_res_client_id_value_t head;
	uint32_t pid = 0;
	size_t words;

	if (!c->more)
		return REPLY_NONE;
	if (!rest_take(&c->rest, &head, sizeof(head)))
		return REPLY_LIES;
	/* The length is in bytes, of which only whole words are sent. */
	words = head.length / 4;
	if ((words && !rest_take(&c->rest, &pid, sizeof(pid))) ||
	    (words > 1 && !rest_take(&c->rest, NULL, (words - 1) * 4)))
		return REPLY_LIES;
	c->client = head.spec.client;
	c->pid = pid <= INT_MAX ? (pid_t)pid : 0;
	c->more--;
	return REPLY_LIST;
}

/* The next screen's root; pass over its depths, each with its visuals. */
static bool
screen_take(struct reply_rest *r, xcb_window_t *root)
{
	xcb_screen_t screen;
	xcb_depth_t depth;

	if (!rest_take(r, &screen, sizeof(screen)))
		return false;
	for (int k = 0; k < screen.allowed_depths_len; k++) {
		if (!rest_take(r, &depth, sizeof(depth)) ||
		    !rest_take(r, NULL, depth.visuals_len *
		    sizeof(xcb_visualtype_t)))
			return false;
	}
	*root = screen.root;
	return true;
}

/* The setup's own members are followed by the vendor's name and the pixmap
 * formats, then the screens (X11 protocol, 8). */
xcb_window_t
reply_root(const xcb_setup_t *setup, int number)
{
	struct reply_rest r = { (const char *)setup, BEFORE_LENGTH +
		(size_t)setup->length * 4 };
	xcb_window_t root = XCB_NONE;
	int screens;

	/* If it is shorter, not even these members have arrived. */
	if (!rest_take(&r, NULL, sizeof(*setup)) ||
	    !rest_take(&r, NULL, ((size_t)setup->vendor_len + 3) / 4 * 4) ||
	    !rest_take(&r, NULL, setup->pixmap_formats_len *
	    sizeof(xcb_format_t)))
		return XCB_NONE;
	screens = number < setup->roots_len ? number + 1 : setup->roots_len;
	for (int k = 0; k < screens; k++) {
		if (!screen_take(&r, &root))
			return XCB_NONE;
	}
	return root;
}
