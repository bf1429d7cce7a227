/*
 * focus.h: choose a window of the instance, and bring an X11 one to the front.
 */
#ifndef RAISE_FOCUS_H
#define RAISE_FOCUS_H

#include "cli/windows/windows.h"
#include "cli/windows/tree.h"
#include "cli/windows/x11.h"

struct pick {
	const struct instance *i;
	enum kin least;
	int near; /* of the nearest windows up to now; 0: none */
};

enum picked {
	PICK_NOT,   /* not of the instance, or an earlier one is nearer */
	PICK_EQUAL, /* as near as the nearest before */
	PICK_NEARER /* nearer than all before: these no longer count */
};

/* Raise the window of the instance that was used last, by the deadline; none
 * farther than least (KIN_NONE: also by WM_CLASS).  RAISED, NO_WINDOW, ASKED,
 * NO_DISPLAY (the server is gone) or HUNG. */
enum outcome x11_raise(struct x11 *x, const struct instance *i,
    enum kin least, long long deadline);

/* x11_raise_window: the same for a terminal's window with this id (WINDOWID).
 * x11_raise_process: for a window of process pid itself, the one with this id
 * if pid has it. */
enum outcome x11_raise_window(struct x11 *x, unsigned long window,
    long long deadline);
enum outcome x11_raise_process(struct x11 *x, pid_t pid, unsigned long window,
    long long deadline);

/* Whether w is among windows; whether one of them is active; raise w, as
 * x11_raise does. */
bool x11_contains(const struct buf *windows, xcb_window_t w);
bool x11_is_active(struct x11 *x, const struct buf *windows);
enum outcome x11_raise_one(struct x11 *x, xcb_window_t w, long long deadline);

/* Begin to choose: processes farther than least do not count; a name does. */
void pick_begin(struct pick *p, const struct instance *i, enum kin least);

/* Consider a window of process pid (0: unknown); named: it has the name that
 * the user gave, i->class. */
enum picked pick_offer(struct pick *p, pid_t pid, bool named);

/* Whether the window's program answers a ping; true if it supports none. */
bool x11_answers(struct x11 *x, xcb_window_t w, long long deadline);

#endif
