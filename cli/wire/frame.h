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
 * A client sends one request and, if asked, the streams; the keeper answers
 * with one or more replies.  Pure: no input or output here.
 */
#ifndef FRAME_H
#define FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "cli/buf.h"
#include "cli/fields.h"

enum {
	FRAME_VERSION = 1,
	FRAME_HEAD = 12,
	FRAME_LIMIT = 16 << 20 /* of a body: above what exec can pass */
};

enum frame_type {
	/* Requests.  All carry slot=HASH, so that nobody is answered by a
	 * keeper he did not mean. */
	FRAME_ACTIVATE = 1, /* arg=... env=NAME=VALUE until=1 raise=HOW
	                     * say=1 notify=1 */
	FRAME_QUERY = 2,    /* answered by STATE */
	FRAME_WATCH = 3,    /* answered by ENDED, when the instance ends */
	FRAME_STREAMS = 4,  /* the reply to NEED; fds by SCM_RIGHTS:
			     * cwd, then those of 0-2 that `open` names */

	FRAME_FORGET = 5,   /* give the slot up: answered by ENDED; since= */
	FRAME_REKEY = 6,    /* another key: DONE or REFUSED; since= key=... */

	FRAME_WAIT = 7,     /* for the slot: ticket= mode= max= cover= pid=
	                     * stop-signal= kill-after= tree=1 polite=;
	                     * answered by ACCEPTED, then OFFER, or DONE
	                     * (covered=1) */
	FRAME_TAKE = 8,     /* the reply to OFFER: held= environ=... image= and
	                     * the record of the new instance; answered by
	                     * GO */
	FRAME_JOIN = 9,     /* as WATCH, for the exit status */

	FRAME_RENEW = 10,   /* by a guard: image= and the record of the program
	                     * that it begins again; answered by GO */
	FRAME_ENDING = 11,  /* it is to end for good: answered by DONE */

	FRAME_LISTEN = 12,  /* be a handler: since= loop=; answered by
	                     * ACCEPTED, then RECORDs, at last ENDED */
	FRAME_ANSWER = 13,  /* what came of a record: id= status= */

	FRAME_CLOSE = 14,   /* ask its windows to close: since=; look=1: only
	                     * what has come of that; DONE with status=, an
	                     * enum closed */

	FRAME_LINE = 15,    /* who waits: answered by WAITERS */
	FRAME_CANCEL = 16,  /* of these one, pid=, or all give up: DONE with
	                     * status=0, or 3: there is none */

	FRAME_LOG = 17,     /* what has happened: answered by EVENTS */

	/* Replies. */
	FRAME_ACCEPTED = 64,  /* it waits its turn: ahead= handler= since=;
			       * asks=1: whom it replaces asks its user
			       * something */
	FRAME_NEED = 65,      /* its turn: send the streams */
	FRAME_DELIVERED = 66, /* point of no return: a handler has it; but a
			       * listener=, which may give it back */
	FRAME_DONE = 67,      /* status= taken=0|1 raised= how= pid= tty=
			       * app=; elsewhere=: the display where it has
			       * been raised, which is not the launch's */
	FRAME_AGAIN = 68,     /* the owner has ended: start over */
	FRAME_REFUSED = 69,   /* status= why= */
	FRAME_STATE = 70,     /* what list and status show */
	FRAME_ENDED = 71,     /* status=, as wait(2) has it, if known */
	FRAME_OFFER = 72,     /* the slot is free, and whose turn it is */
	FRAME_GO = 73,        /* the slot is his: become the program; beside it
			       * the lock file, locked, if he wants one */
	FRAME_RECORD = 74,    /* by SCM_RIGHTS a file in memory, of fields: id=
			       * cwd= pid= arg=... env=NAME=VALUE */
	FRAME_WAITERS = 75,   /* of each waiter= for= came= place= */
	FRAME_EVENTS = 76     /* of each at= by= what= */
};

/* What has come of asking windows to close. */
enum closed {
	CLOSED_ASKED = 0,     /* they were, and nothing more; or are closed */
	CLOSED_NONE = 3,      /* it has none */
	CLOSED_QUESTION = 16, /* it asks its user something */
	CLOSED_REFUSED = 17,  /* that was answered, and they stay */
	CLOSED_MUTE = 18      /* there may be some, which cannot be asked */
};

/* What the user is told of these. */
#define CLOSED_QUESTION_WHY "it asks its user something: unsaved work?;" \
	" --kill-after=SEC forces"
#define CLOSED_REFUSED_WHY "it did not close: unsaved work?;" \
	" --kill-after=SEC forces"
#define CLOSED_MUTE_WHY "its windows cannot be asked to close here" \
	" (Wayland); --kill-after=SEC or onlyonectl signal TERM ends it"

struct frame {
	enum frame_type type;
	struct fields body;
	size_t size; /* of head and body together */
};

enum frame_result {
	FRAME_WHOLE,  /* frame is filled in, pointing into the bytes */
	FRAME_PART,   /* more bytes are needed */
	FRAME_ODD,    /* another version: answer, then close */
	FRAME_GARBAGE /* not ours, too long, or malformed */
};

/* Take the first frame out of n bytes. */
enum frame_result frame_parse(const char *at, size_t n, struct frame *f);

/* The size that the first frame will have, head and body, as its head says; 0:
 * that is not there yet, or is none. */
size_t frame_size(const char *at, size_t n);

/* Put a frame together in b: begin, fields_put..., end.  Several frames may
 * stand one after the other; begin returns where this one starts.
 * frame_end: -1 with E2BIG if it is over the limit, ENOMEM if b failed. */
size_t frame_begin(struct buf *b, enum frame_type type);
int frame_end(struct buf *b, size_t start);

#endif
