/*
 * stage.h: the stages of a client, and what each event does with it there.
 */
#ifndef STAGE_H
#define STAGE_H

enum stage {
	READING,  /* its request is not complete yet */
	SIFTED,   /* a child takes unrequested descriptors out */
	WAITING,  /* an activation, waiting its turn */
	ASKED,    /* its turn: asked for its streams */
	ANSWERED, /* the streams have come, unread in the socket */
	TAKING,   /* a child takes them out of the socket */
	READY,    /* the child has them, and may be its handler */
	SERVED,   /* its handler runs, or a listener has it */
	SHOWING,  /* done, but there is no window yet */
	RAISED,   /* waits for the outcome of raising windows */
	CLOSING,  /* waits for the outcome of asking them to close */
	WATCHING, /* waits for the instance to end */
	JOINING,  /* the same, and for its exit status */
	QUEUED,   /* waits for the slot */
	OFFERED,  /* the slot is free, and was offered to it */
	LISTENING /* a listener: a handler that stays */
};

enum {
	SEND_MS = 5000,  /* for a client to send what we wait for */
	TAKE_MS = 10000, /* for a child to take what it has sent */
	OFFER_MS = 1000, /* to answer an offer: a stopped launch loses it */
	SHOW_MS = 1500,  /* for a window, before it is told that it waits */
	WINDOW_MS = 12000, /* for a window in all; a GApplication without one
	                    * ends after ten seconds */
	TELL_MS = 1000   /* that a launch waits for an outcome */
};

/* Which member of the union in struct client is valid. */
enum part { NONE, CALLER, WAITER, LOOP };

/* What the client is to send. */
enum sends { NOTHING, REQUEST, STREAMS, UNREAD };

/* Whether it keeps its request, and may have a child. */
enum keeps { LOSES, KEEPS, TAKES };

/* What happens when its time is up. */
enum late { GOES, TELL, DONE, FAIL };

/* The last reply, when it has to go because the instance does. */
enum word { QUIET, AGAIN, ENDED };

/* What is to be done when the client has gone. */
enum leaves { NOBODY, HANGUP, RECORD };

struct stage_row {
	enum part part;
	enum sends sends;
	enum keeps keeps;
	int ms;       /* its time; 0: no limit */
	enum late late;
	enum word end;
	enum leaves leaves;
};

extern const struct stage_row stages[];

#endif
