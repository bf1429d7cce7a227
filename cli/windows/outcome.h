/*
 * outcome.h: what came of re-displaying an instance: the exit status of
 * onlyone-raise, and what a second launch says of it.
 */
#ifndef OUTCOME_H
#define OUTCOME_H

enum outcome {
	OUTCOME_RAISED = 0, /* a window has the focus: we have checked that */
	OUTCOME_NO_WINDOW = 1,
	OUTCOME_ASKED = 2,      /* we asked for a window: it did not come up */
	OUTCOME_NO_DISPLAY = 3, /* no display is known, or none answers */
	OUTCOME_HUNG = 4,       /* raised, but the program does not answer */
	OUTCOME_FORBIDDEN = 5,  /* the compositor lets no client do that */
	OUTCOME_TERMINAL = 6,   /* the program's terminal has been raised */
	OUTCOME_UNABLE = 7,     /* only the program could raise its window: it
	                         * does not know how */
	OUTCOMES,

	/* No exit status of onlyone-raise, but a launch is told these: */
	OUTCOME_LATER = 126, /* it still raises, or awaits a first window */
	OUTCOME_ABSENT = 127 /* onlyone-raise is not installed */
};

#endif
