/*
 * outcome.h: what came of re-displaying an instance: the exit status of
 * onlyone-raise, and what a second launch says of it.
 */
#ifndef OUTCOME_H
#define OUTCOME_H

enum outcome {
	OUTCOME_RAISED = 0, /* a window of it has the focus, as was verified */
	OUTCOME_NO_WINDOW = 1,
	OUTCOME_ASKED = 2,      /* its window was asked for, and did not come */
	OUTCOME_NO_DISPLAY = 3, /* none is known, or none answers */
	OUTCOME_HUNG = 4,       /* raised, but the program does not answer */
	OUTCOME_FORBIDDEN = 5,  /* the compositor lets nobody do that */
	OUTCOME_TERMINAL = 6,   /* the terminal it runs in has been raised */
	OUTCOME_HIDDEN = 7,     /* it was in front, and is minimised */
	OUTCOMES,

	/* Of windows that were asked to close (close.c): */
	OUTCOME_QUESTION = 16, /* it asks its user something */
	OUTCOME_REFUSED = 17,  /* that is answered, and they stay */

	/* Not its exit status, but what a launch is told all the same: */
	OUTCOME_LATER = 126, /* it is at it, or waits for a first window */
	OUTCOME_ABSENT = 127 /* the helper is not installed */
};

#endif
