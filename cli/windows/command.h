/*
 * command.h: the command line of onlyone-raise.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "cli/windows/raise.h"

enum close { CLOSE_NOT, CLOSE_ASK, CLOSE_QUESTION, CLOSE_ANSWER };

/* More than a dozen members: one for each option of onlyone-raise. */
struct request {
	struct instance instance;
	enum close close; /* ask windows to close, or await what they do */
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

/* Parse argv; exits for --help, --version and bad usage.  r points into argv,
 * and to one static list of pids. */
void request_parse(struct request *r, int argc, char *argv[]);

#endif
