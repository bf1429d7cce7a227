/*
 * carried.h: what of a launch's environment goes along with an activation.
 *
 * One list for both ends.  A launch sends no more than this; a keeper takes no
 * more, whatever it is sent: a handler runs with its keeper's rights.
 */
#ifndef CARRIED_H
#define CARRIED_H

#include <stdbool.h>

enum carried {
	CARRIED_NOT,
	CARRIED_PLAIN,  /* leads nowhere: locale, terminal, tokens */
	CARRIED_DISPLAY /* where programs go to show themselves: whoever is
			 * there sees and types what he likes */
};

/* The names of CARRIED_DISPLAY: places, and then what lets one in there. */
enum { CARRIED_PLACES = 4, CARRIED_DISPLAYS };
extern const char *const carried_displays[CARRIED_DISPLAYS];

/* Whether two values of DISPLAY, or of WAYLAND_DISPLAY, are of one display: its
 * screens are one, and a socket has its name with its folder or without. */
bool carried_display_same(const char *a, const char *b);

/* What NAME=VALUE is: by its name, and a value that can do no harm. */
enum carried carried_kind(const char *entry);

#endif
