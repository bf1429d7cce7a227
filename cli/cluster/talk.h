/*
 * talk.h: what a launch and its onlyone-cluster say to each other, on a pair of
 * sockets: frames (wire/frame.h) of types of their own.
 *
 * The launch goes on to its program only when it has heard READY.  The end of
 * the connection is the launch's end, which changes nothing for a program that
 * runs; before that, the key is given back.
 */
#ifndef TALK_H
#define TALK_H

#include <stdbool.h>

#include "cli/wire/frame.h"

#define CLUSTER_HOLD "--hold" /* its first argument */

/* Its descriptors: the socket, and the page. */
enum { TALK_FD = 3, TALK_PAGE };

/* Memory of both: no launch that is stopped can keep what is written there from
 * the next that is. */
struct talk_page {
	_Atomic long long end; /* when the launch has to end the program, since
	                        * nobody has renewed or done so: clock_boot, ms;
	                        * 0: never */
};

enum talk {
	/* From the launch. */
	TALK_OPEN = 128, /* url= app= key=... own=... (the key as this host has
	                  * it) name= ttl= grace= hold= lost= mail=1 verbose=1:
	                  * TAKEN or FAILED comes by TAKE */
	TALK_TAKE,       /* take the key; ms=: try so long */
	TALK_WAIT,       /* until it may be free; ms= (-1: for ever): FREE,
	                  * BUSY (time is up), FAILED */
	TALK_OWNER,      /* the program: pid= folder= slot= launch=, by
	                  * SCM_RIGHTS a pidfd: READY */
	TALK_SINCE,      /* published: since= */
	TALK_STATUS,     /* its program has ended: status=, as wait(2) has it;
	                  * RELEASED or LOST, when the instance is over */
	/* Letters to the one that has it: ms= (-1: for ever); JOINED, FAILED,
	 * or BUSY (time is up). */
	TALK_JOIN,       /* wait for its end */
	TALK_END,        /* ask it to end: kill=, then KILL after these ms */
	TALK_HAND,       /* activate it: cwd= arg=... */

	/* To it. */
	TALK_TAKEN = 192, /* token= stored= engine= */
	TALK_BUSY,        /* host= user= pid= since= token= engine= done=
	                   * ended= exit= mail= */
	TALK_FREE,
	TALK_FAILED,      /* result= (enum engine_result) line= usage=1 */
	TALK_READY,
	TALK_NOTE,        /* line=: to be said */
	TALK_LOST,        /* line=: the program is ended for that */
	TALK_STOPPED,     /* line=: it is stopped for that */
	TALK_BACK,        /* it was stopped, and goes on: the key is held */
	TALK_JOINED,      /* status=: an exit status; none: not known; line=
	                   * what was said there, on host=; untaken=1: that
	                   * nobody took the arguments */
	TALK_RELEASED     /* line=: it could not be given back; none */
};

/* The longest of --ttl and --hold, in s. */
enum { TALK_TTL_MOST = 86400, TALK_HOLD_MOST = 366 * 86400 };

/* What is done where the key is lost. */
enum lost { LOST_TERM, LOST_KILL, LOST_STOP, LOST_WARN };

/* Send a message of these fields, name and value in turn, up to a NULL name;
 * a value of NULL: none.  It never waits.  false: the other one is gone (fd -1,
 * too), or has taken nothing for very long. */
bool talk_send(int fd, enum talk type, ...);

/* One of a line; NULL: without. */
bool talk_line(int fd, enum talk type, const char *line);

/* The page behind a descriptor.  NULL: errno. */
struct talk_page *talk_page(int fd);

#endif
