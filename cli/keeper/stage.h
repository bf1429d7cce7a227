/*
 * stage.h: the stages of a client, and what each event does with it there.
 */
#ifndef STAGE_H
#define STAGE_H

#include <stdbool.h>

enum stage {
	READING,  /* its request is not complete yet */
	WAITING,  /* an activation, waiting its turn */
	ASKED,    /* its turn: asked for its streams */
	ANSWERED, /* they have come, and lie unread in the socket */
	SERVED,   /* its handler runs, or a listener has it */
	DOUBTED,  /* that has them; the instance may be ending */
	RAISED,   /* to be told what came of raising windows */
	CLOSING,  /* of asking them to close */
	WATCHING, /* when the instance ends */
	JOINING,  /* and with what status */
	QUEUED,   /* waits for the slot */
	OFFERED,  /* the slot is free, and its turn it is */
	LISTENING /* a listener: a handler that stays */
};

enum {
	SEND_MS = 5000,  /* for a client to send what we wait for */
	OFFER_MS = 1000, /* for an answer: one that is stopped loses it */
	DOUBT_MS = 3000, /* for an instance to end that shows no window */
	TELL_MS = 1000   /* that a launch waits for an outcome */
};

/* Which part of struct client it has. */
enum part { NONE, CALLER, WAITER, LOOP };

/* What it is to send. */
enum sends { NOTHING, REQUEST, STREAMS, UNREAD };

/* When its time is up. */
enum late { GOES, TELL, DONE };

/* Its last word when it is to go because the instance does. */
enum word { QUIET, AGAIN, ENDED };

/* What follows when it goes. */
enum leaves { NOBODY, HANGUP, RECORD };

struct stage_row {
	enum part part;
	enum sends sends;
	bool keeps; /* its request, which is needed still */
	int ms;       /* that it has; 0: no limit */
	enum late late;
	enum word end;
	enum leaves leaves;
};

extern const struct stage_row stages[];

#endif
