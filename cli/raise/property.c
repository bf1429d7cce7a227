/*
 * property.c: properties of windows.
 *
 * The server says twice how much there is: by the length of its answer, which
 * is what the library has received, and by that of the value.  xcb-ewmh
 * believes the second, and reads past the end of what a server that lies has
 * sent.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/raise/property.h"
#include "cli/raise/x11.h"

enum { LONGEST = 1 << 16 /* 32-bit words */ };

xcb_get_property_cookie_t
property_ask(struct x11 *x, xcb_window_t w, xcb_atom_t property)
{
	return xcb_get_property(x->c, 0, w, property,
	    XCB_GET_PROPERTY_TYPE_ANY, 0, LONGEST);
}

/* The values of a property in this format. */
static size_t
property_take(struct x11 *x, xcb_get_property_cookie_t asked, uint8_t format,
    struct buf *b)
{
	xcb_get_property_reply_t *r =
	    xcb_get_property_reply(x->c, asked, NULL);
	size_t len = r ? r->value_len * (size_t)(format / 8) : 0;

	b->len = 0;
	if (r && r->format == format && len <= r->length * (size_t)4)
		buf_add(b, xcb_get_property_value(r), len);
	free(r);
	return b->failed ? 0 : b->len / (format / 8U);
}

size_t
property_values(struct x11 *x, xcb_get_property_cookie_t asked, struct buf *b)
{
	return property_take(x, asked, 32, b);
}

size_t
property_bytes(struct x11 *x, xcb_get_property_cookie_t asked, struct buf *b)
{
	return property_take(x, asked, 8, b);
}

uint32_t
property_value(struct x11 *x, xcb_get_property_cookie_t asked, uint32_t none)
{
	uint32_t storage[64], value = none;
	struct buf b;

	buf_init(&b, storage, sizeof(storage));
	if (property_values(x, asked, &b))
		memcpy(&value, b.at, sizeof(value));
	buf_free(&b);
	return value;
}

bool
property_has(struct x11 *x, xcb_get_property_cookie_t asked, uint32_t value)
{
	uint32_t storage[64], one;
	bool has = false;
	struct buf b;
	size_t n;

	buf_init(&b, storage, sizeof(storage));
	n = property_values(x, asked, &b);
	for (size_t i = 0; i < n && !has; i++) {
		memcpy(&one, b.at + i * sizeof(one), sizeof(one));
		has = one == value;
	}
	buf_free(&b);
	return has;
}
