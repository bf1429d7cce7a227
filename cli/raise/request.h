/*
 * request.h: the command line of onlyone-raise.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include "cli/raise/raise.h"

enum close { CLOSE_NOT, CLOSE_ASK, CLOSE_QUESTION, CLOSE_ANSWER };

/* More than a dozen members: one for each option of onlyone-raise. */
struct request {
	struct instance instance;
	enum close close; /* ask its windows to close, or what came of it */
	bool dbus;     /* by its name on the bus, first */
	bool idle;     /* raise nothing */
	bool shown;    /* nor do anything: only tell whether there is one */
	bool terminal; /* that will do */
	int verbose;
	int limit_ms, wait_ms;
	pid_t after;   /* not before this process has ended; 0: none */
	const char *startup[64]; /* ids to be completed */
	size_t nstartup;
	const char *title, *text; /* of a notification */
	bool anyway;              /* with a window, too */
	char *const *files;       /* ended by NULL */
};

/* Parse argv; ends the process where that asks for help, or is misused.  What
 * r points to lives as long as argv. */
void request_parse(struct request *r, int argc, char *argv[]);

#endif
