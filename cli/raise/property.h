/*
 * property.h: properties of windows.
 */
#ifndef RAISE_PROPERTY_H
#define RAISE_PROPERTY_H

#include "cli/raise/x11.h"

/* Ask for a property, of any type; take its 32-bit values into b,
 * in place of what that holds, or its bytes.  Their number; 0: none. */
xcb_get_property_cookie_t property_ask(struct x11 *x, xcb_window_t w,
    xcb_atom_t property);
size_t property_values(struct x11 *x, xcb_get_property_cookie_t asked,
    struct buf *b);
size_t property_bytes(struct x11 *x, xcb_get_property_cookie_t asked,
    struct buf *b);

/* The first value alone; none if there is none. */
uint32_t property_value(struct x11 *x, xcb_get_property_cookie_t asked,
    uint32_t none);

/* Whether one of its values, atoms or windows, is this one. */
bool property_has(struct x11 *x, xcb_get_property_cookie_t asked,
    uint32_t value);

#endif
