/*
 * frame.h: one message on an instance's socket.
 *
 *	offset size
 *	0      4    magic "1one"
 *	4      2    version, host order (one machine)
 *	6      2    type
 *	8      4    length of the body
 *	12     ...  body: fields (name=value, NUL)
 *
 * A client sends one request (QUERY also several times) and, if asked, the
 * streams, or TAKE; the keeper answers with one or more replies.  Pure: no
 * input or output here.
 */
#ifndef FRAME_H
#define FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "cli/base/buf.h"
#include "cli/base/fields.h"

enum {
	FRAME_VERSION = 1,
	FRAME_HEAD = 12,
	FRAME_LIMIT = 16 << 20 /* longest body: more than exec can pass */
};

enum frame_type {
	/* Requests.  All have slot=HASH, so that a keeper answers only those
	 * for its own slot. */
	FRAME_ACTIVATE = 1, /* arg=... env=NAME=VALUE until=1 raise=HOW say=1
	                     * notify=1: as say, if no handler takes it; 1 or
	                     * 2: its user may be notified when it has gone;
	                     * own=N: the first N arguments need no
	                     * handler; asks=, an enum asks; must=1 quiet=1;
	                     * valued=LIST...: --value-options */
	FRAME_QUERY = 2,    /* answered by STATE */
	FRAME_WATCH = 3,    /* answered by ENDED, when the instance ends */
	FRAME_STREAMS = 4,  /* answers NEED; by SCM_RIGHTS: cwd, then those of
	                     * 0-2 that `open` names */

	FRAME_FORGET = 5,   /* give the slot up, since=: answered by ENDED */

	FRAME_WAIT = 7,     /* for the slot: ticket= mode= max= cover= pid=
	                     * stop-signal= kill-after= tree=1 polite= since=,
	                     * the start of the only one to be replaced; room=,
	                     * bytes of its record; answered by ACCEPTED, then
	                     * OFFER, or DONE (covered=PID) */
	FRAME_TAKE = 8,     /* answers OFFER: held= environ=... mapping= and
	                     * the record of the new instance; answered by GO */
	FRAME_JOIN = 9,     /* as WATCH, for the exit status */

	FRAME_LISTEN = 12,  /* become a handler: since=; answered by ACCEPTED,
	                     * then RECORDs, then ENDED */
	FRAME_ANSWER = 13,  /* the result of a RECORD: id= status= */

	FRAME_CLOSE = 14,   /* ask its windows to close: since=; DONE with
	                     * status=0, or 3: none can be asked */

	FRAME_LOG = 17,     /* list past events: answered by EVENTS */

	/* Replies. */
	FRAME_ACCEPTED = 64,  /* it waits its turn: ahead= handler= since=;
	                       * kill-after=, the first launch's; closing=1: the
	                       * windows were asked to close; unshown=1: done,
	                       * except that no window has appeared */
	FRAME_NEED = 65,      /* its turn: send the streams; self=1: the
			       * handler is the program itself, run again */
	FRAME_DELIVERED = 66, /* point of no return: a handler has it; a
	                       * listener= may give it back */
	FRAME_DONE = 67,      /* status= taken=0|1 raised= pid= tty= app=
	                       * keeper=; elsewhere=: the display where it was
	                       * raised, if not the launch's; unshown=1: there
	                       * is no window; unwatched=1: not known, since
	                       * the slot was given up; window=1: the program
	                       * has windows */
	FRAME_AGAIN = 68,     /* no handler has taken it, even after DELIVERED:
	                       * start over; full=: not in this root;
	                       * crowded=1: its keeper has no place now */
	FRAME_REFUSED = 69,   /* status= why=; if the queue is full queued= and
	                       * waiter=... of the first QUEUED_SHOWN; if the
	                       * next launch waits for its lock file lock-file=
	                       * and waiter=... */
	FRAME_STATE = 70,     /* what list and status show; waiter=...: the pids
	                       * of the waiting launches; lock-file= as above;
	                       * crowded=1: no place for a launch */
	FRAME_ENDED = 71,     /* status=, as wait(2) has it, if known */
	FRAME_OFFER = 72,     /* the slot is free, and it is this client's
	                       * turn */
	FRAME_GO = 73,        /* since=: the slot is the client's: become the
	                       * program, the instance started then; with the
	                       * lock file, locked, if wanted */
	FRAME_RECORD = 74,    /* a file in memory by SCM_RIGHTS, with fields:
	                       * id= cwd= pid= arg=... env=NAME=VALUE */
	FRAME_EVENTS = 76     /* for each: at= by= what= */
};

enum { QUEUED_SHOWN = 3 };

struct frame {
	enum frame_type type;
	struct fields body;
	size_t size; /* of head and body together */
};

enum frame_result {
	FRAME_WHOLE,  /* frame is filled in, pointing into the bytes */
	FRAME_PART,   /* more bytes are needed */
	FRAME_ODD,    /* another version: answer, then close */
	FRAME_GARBAGE /* not a frame, too long, or malformed */
};

/* Take the first frame out of n bytes. */
enum frame_result frame_parse(const char *at, size_t n, struct frame *f);

/* The size, from its head, of a frame that frame_parse found incomplete; 0: the
 * head is incomplete. */
size_t frame_size(const char *at, size_t n);

/* Build a frame in b: begin, fields_put..., end.  Several frames may follow
 * each other; begin returns where this one starts.  frame_end: -1 with E2BIG if
 * it is over the limit, ENOMEM if b failed. */
size_t frame_begin(struct buf *b, enum frame_type type);
int frame_end(struct buf *b, size_t start);

#endif
