/*
 * raise.h: onlyone-raise, which re-displays an instance: its parts.
 *
 * A program of its own, since it needs libraries, speaks to servers that may
 * hang, and may be missing: launcher and keeper only run it.  Everything in it
 * has to be done by one deadline; an alarm ends it a little later, whatever it
 * waits for.
 */
#ifndef RAISE_H
#define RAISE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "cli/raise/outcome.h"

/* Which of its windows, and where: the one used last, in front; or, if one is
 * there already, the one used longest ago (cycle), or that one minimised
 * (toggle); on the desktop that is shown (here).  X11 and sway know these. */
enum how { HOW_FRONT, HOW_CYCLE, HOW_TOGGLE, HOW_HERE };

struct instance {
	const pid_t *pids; /* its processes descend from one of these */
	size_t npids;
	const char *mark;  /* ONLYONE_SLOT of its environment; NULL: unknown */
	bool group;        /* of those that descend only those of its process
	                    * group: what it runs, and not what it started */
	enum how how;
	const char *class; /* WM_CLASS, class or instance, or Wayland app_id,
	                    * if the user names it; NULL */
};

#endif
