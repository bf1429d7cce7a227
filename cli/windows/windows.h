/*
 * windows.h: what the parts of onlyone-raise share.
 *
 * onlyone-raise re-displays an instance.  It is a program of its own, since it
 * needs libraries, speaks to servers that may hang, and may not be installed:
 * launch and keeper only execute it.  Everything in it must be done by a
 * deadline; an alarm ends the process later, whatever it waits for.
 */
#ifndef WINDOWS_H
#define WINDOWS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "cli/windows/outcome.h"

struct instance {
	const pid_t *pids; /* its processes are these and their descendants */
	size_t npids;
	const char *mark;  /* ONLYONE_SLOT, the slot's folder; NULL: unknown */
	long long run;     /* ONLYONE_RUN; 0: any */
	bool group;        /* only descendants in the process group of one of
	                    * pids: not other programs that it started */
	const char *class; /* WM_CLASS (class or instance) or Wayland app_id
	                    * that the user gave; NULL: none */
};

#endif
