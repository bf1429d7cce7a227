/*
 * stage.c: the table of stages: what each event does with a client.
 *
 *	has     the part of it that means something
 *	sends   of a REQUEST some is read (intake.c); STREAMS come when it has
 *	        its turn (turn.c), and lie UNREAD; where it is to send NOTHING,
 *	        what comes means that it goes away, or sends what nobody asked
 *	        for: it is dropped
 *	keeps   whether its request is needed still
 *	time    in ms (0: as long as it takes); then it GOES, or we TELL it what
 *	        is known by then, or that it is DONE
 *	end     its last word: when the instance is over, that it has ENDED;
 *	        when the slot is released or gets another key, to begin AGAIN
 *	leaves  what follows when it has gone, with its answer or without: a
 *	        HANGUP for a handler that still runs for it; a RECORD that it
 *	        had is another one's
 */
#include "cli/keeper/stage.h"

const struct stage_row stages[] = {
	/*              has     sends    keeps  time            end    leaves */
	[READING] =   { NONE,   REQUEST, true,  SEND_MS,  GOES, AGAIN, NOBODY },
	[WAITING] =   { CALLER, NOTHING, true,  0,        GOES, AGAIN, NOBODY },
	[ASKED] =     { CALLER, STREAMS, true,  SEND_MS,  GOES, AGAIN, NOBODY },
	[ANSWERED] =  { CALLER, UNREAD,  true,  0,        GOES, AGAIN, NOBODY },
	[SERVED] =    { CALLER, NOTHING, true,  0,        GOES, QUIET, HANGUP },
	[DOUBTED] =   { CALLER, NOTHING, false, DOUBT_MS, DONE, AGAIN, NOBODY },
	[RAISED] =    { CALLER, NOTHING, false, TELL_MS,  TELL, QUIET, NOBODY },
	[CLOSING] =   { NONE,   NOTHING, false, 0,        GOES, QUIET, NOBODY },
	[WATCHING] =  { NONE,   NOTHING, false, 0,        GOES, ENDED, NOBODY },
	[JOINING] =   { NONE,   NOTHING, false, 0,        GOES, ENDED, NOBODY },
	[QUEUED] =    { WAITER, NOTHING, false, 0,        GOES, AGAIN, NOBODY },
	[OFFERED] =   { WAITER, REQUEST, true,  OFFER_MS, GOES, AGAIN, NOBODY },
	[LISTENING] = { LOOP,   NOTHING, false, 0,        GOES, ENDED, RECORD }
};
