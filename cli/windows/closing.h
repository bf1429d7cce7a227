/*
 * closing.h: ask the windows of an instance to close, on any display.
 */
#ifndef RAISE_CLOSING_H
#define RAISE_CLOSING_H

#include "cli/windows/windows.h"

/* What the command line of onlyone-raise asks for.  More than a dozen members:
 * one for each option. */
struct request {
	struct instance instance;
	bool close;    /* ask its windows to close, instead */
	bool dbus;     /* activate the program by D-Bus first */
	bool idle;     /* raise nothing */
	bool help, version;
	bool shown;    /* only tell whether the instance has a window */
	bool terminal; /* without a window raising its terminal will do */
	int verbose;
	int limit_ms, wait_ms;
	pid_t after;   /* wait a moment for this process to end; 0: none */
	const char *startup[64]; /* ids of startup notifications to complete */
	size_t nstartup;
	const char *title, *text; /* of the desktop notification */
	bool anyway;              /* show that even if there is a window */
	char *const *files;       /* for D-Bus to open; ended by NULL */
};

/* Ask the windows.  RAISED: there were some to ask; else NO_WINDOW. */
enum outcome closing_ask(struct request *r);

#endif
