/*
 * talk.h: the messages between a launch and its onlyone-cluster (the holder),
 * over a socket pair: frames (wire/frame.h) of types of their own.
 *
 * The launch starts its program only after READY.  EOF: the launch has ended.
 * Before OWNER the key is then given back; after OWNER nothing changes for the
 * program.
 */
#ifndef TALK_H
#define TALK_H

#include <stdbool.h>

#include "cli/core/wire/frame.h"

#define CLUSTER_HOLD "--hold" /* onlyone-cluster's first argument */

/* Descriptors of the holder: the socket, and the page. */
enum { TALK_FD = 3, TALK_PAGE };

/* Memory that launch and holder share.  Unlike a message, what is written here
 * reaches a launch that was stopped, as soon as it goes on. */
struct talk_page {
	_Atomic long long end; /* clock_boot, ms: when the launch has to end the
	                        * program, since the holder and the watchdog
	                        * have not; 0: never */
};

enum talk {
	/* From the launch. */
	TALK_OPEN = 128, /* url= app= key=... own=... (that key as this host has
	                  * it) name= folder= pid= ttl= grace= hold= lost=
	                  * mail=1 metrics=.  If this fails, FAILED comes
	                  * instead of TAKE's answer */
	TALK_TAKE,       /* take the key; ms=: try so long */
	TALK_WAIT,       /* in line, until the key may be free; ms= (-1: no
	                  * limit): FREE, BUSY (time is up), FAILED.  The place
	                  * is kept for a lease more: TAKE or WAIT is to
	                  * follow */
	TALK_OWNER,      /* the program: pid= folder= slot= launch=, by
	                  * SCM_RIGHTS a pidfd: READY */
	TALK_SINCE,      /* the instance is published: since= */
	TALK_STATUS,     /* its program has ended: status=, as wait(2) has it;
	                  * RELEASED or LOST comes when the instance ends */
	/* Letters to the key's holder, ms= (-1: no limit): JOINED, FAILED, or
	 * BUSY (time is up). */
	TALK_JOIN,       /* wait for the instance's end */
	TALK_END,        /* end it; kill=: then KILL, after these ms */
	TALK_HAND,       /* activate it: cwd= arg=... */

	/* To the launch. */
	TALK_TAKEN = 192, /* token= stored= engine= */
	TALK_BUSY,        /* host= user= pid= since= token= engine= done= ended=
	                   * exit= name= mail= */
	TALK_FREE,
	TALK_FAILED,      /* result= (enum engine_result) line= usage=1 */
	TALK_READY,
	TALK_NOTE,        /* line=: print it */
	TALK_LOST,        /* line=: why the key is lost */
	TALK_STOPPED,     /* line=: why the program is stopped */
	TALK_BACK,        /* the key is held after all; the program goes on */
	TALK_JOINED,      /* status=: an exit status; none: unknown; line=:
	                   * onlyonectl's words on host=; untaken=1: the
	                   * arguments have no handler */
	TALK_RELEASED     /* line=: why the key is not given back; or none */
};

/* Maximum of --ttl and --hold, in s. */
enum { TALK_TTL_MOST = 86400, TALK_HOLD_MOST = 366 * 86400 };

/* What to do when the key is lost (--on-lost). */
enum lost { LOST_TERM, LOST_KILL, LOST_STOP, LOST_WARN };

/* Send a message with these fields, name and value in turn, up to a NULL name;
 * a NULL value leaves its field out.  Never blocks.  false: the other end is
 * gone (or fd is -1), or its buffer is full. */
bool talk_send(int fd, enum talk type, ...);

/* Send a message with the field line=; NULL: without it. */
bool talk_line(int fd, enum talk type, const char *line);

/* Map the page that fd refers to.  NULL: errno. */
struct talk_page *talk_page(int fd);

#endif
