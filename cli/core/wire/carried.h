/*
 * carried.h: the part of a launch's environment that goes with an activation.
 *
 * One list for both ends.  A launch sends no more than this, and a keeper
 * accepts no more, whatever is sent: a handler runs with its keeper's rights.
 */
#ifndef CARRIED_H
#define CARRIED_H

#include <stdbool.h>

enum carried {
	CARRIED_NOT,
	CARRIED_PLAIN,  /* names no place: locale, terminal, tokens */
	CARRIED_DISPLAY /* where a program shows its windows: the user of that
	                 * display sees them and types into them */
};

/* The names of CARRIED_DISPLAY: first places, then credentials for them. */
enum { CARRIED_PLACES = 3, CARRIED_DISPLAYS };
extern const char *const carried_displays[CARRIED_DISPLAYS];

/* Whether two values of DISPLAY, or of WAYLAND_DISPLAY, name one display: on
 * any screen of it, by a socket's name with or without its folder. */
bool carried_display_same(const char *a, const char *b);

/* The kind of NAME=VALUE, by its name; CARRIED_NOT if its value may do harm. */
enum carried carried_kind(const char *entry);

#endif
