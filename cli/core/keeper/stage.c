/*
 * stage.c: the table of stages: what each event does with a client.
 *
 *	has     the member of the union in struct client that is valid
 *	sends   a REQUEST is read as it comes (event.c); STREAMS come when it
 *	        has its turn (turn.c), and lie UNREAD in the socket; if it is
 *	        to send NOTHING, any input is a hang-up or was not asked for:
 *	        the client is dropped
 *	keeps   it KEEPS its request, or LOSES it; or keeps it and may have a
 *	        child that TAKES its descriptors (taker.c)
 *	time    in ms (0: no limit); then it GOES, or we TELL it the outcome
 *	        of raising so far (raise_late), or it is DONE without a window
 *	        (window_late), or we refuse it: FAIL (taker_late)
 *	end     the last reply: ENDED, when the instance is over; AGAIN (start
 *	        over), when the slot is released or gets another key
 *	leaves  what follows when it has gone, answered or not: a HANGUP for a
 *	        handler that still runs for it; its RECORD goes to another
 *	        handler
 */
#include "cli/core/keeper/stage.h"

const struct stage_row stages[] = {
	/*              has     sends    keeps  time            end    leaves */
	[READING] =   { NONE,   REQUEST, KEEPS, SEND_MS,  GOES, AGAIN, NOBODY },
	[SIFTED] =    { NONE,   UNREAD,  TAKES, SEND_MS,  GOES, AGAIN, NOBODY },
	[WAITING] =   { CALLER, NOTHING, KEEPS, 0,        GOES, AGAIN, NOBODY },
	[ASKED] =     { CALLER, STREAMS, KEEPS, SEND_MS,  GOES, AGAIN, NOBODY },
	[ANSWERED] =  { CALLER, UNREAD,  KEEPS, 0,        GOES, AGAIN, NOBODY },
	[TAKING] =    { CALLER, UNREAD,  TAKES, TAKE_MS,  FAIL, AGAIN, NOBODY },
	[READY] =     { CALLER, UNREAD,  TAKES, 0,        GOES, AGAIN, NOBODY },
	[SERVED] =    { CALLER, NOTHING, TAKES, 0,        GOES, QUIET, HANGUP },
	[SHOWING] =   { CALLER, NOTHING, LOSES, SHOW_MS,  DONE, AGAIN, NOBODY },
	[RAISED] =    { CALLER, NOTHING, LOSES, TELL_MS,  TELL, QUIET, NOBODY },
	[CLOSING] =   { NONE,   NOTHING, LOSES, 0,        GOES, QUIET, NOBODY },
	[WATCHING] =  { NONE,   NOTHING, LOSES, 0,        GOES, ENDED, NOBODY },
	[JOINING] =   { NONE,   NOTHING, LOSES, 0,        GOES, ENDED, NOBODY },
	[QUEUED] =    { WAITER, NOTHING, LOSES, 0,        GOES, AGAIN, NOBODY },
	[OFFERED] =   { WAITER, REQUEST, KEEPS, OFFER_MS, GOES, AGAIN, NOBODY },
	[LISTENING] = { LOOP,   NOTHING, LOSES, 0,        GOES, ENDED, RECORD }
};
