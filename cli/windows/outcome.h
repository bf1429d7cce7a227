/*
 * outcome.h: the result of re-displaying an instance, or of a second start of
 * its program: the exit status of onlyone-raise, and what a second launch
 * reports.
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

	/* Never exit statuses of onlyone-raise; the keeper sends these to a
	 * launch: */
	OUTCOME_FAILED = 125, /* onlyone-raise cannot be started */
	OUTCOME_LATER = 126, /* it still raises, or awaits a first window */
	OUTCOME_ABSENT = 127 /* onlyone-raise is not installed */
};

/* The result of a second start of the program (--second); EXIT_NOANSWER: the
 * instance ended meanwhile. */
enum second {
	SECOND_TAKEN = 0,    /* it exited with 0: it has handed over */
	SECOND_NONE = 30,    /* no evidence: nothing was started */
	SECOND_WINDOW = 31,  /* it showed a window of its own, and was killed */
	SECOND_FAILED = 32,  /* it failed */
	SECOND_STAYED = 33,  /* it timed out, and was killed */
	SECOND_HUNG = 34,    /* the instance does not respond: nothing was
	                      * started */
	SECOND_SHOWN = 35    /* without documents: the instance has a window */
};

/* The exit status of --evidence: whether a second start would hand over. */
enum evidence { EVIDENCE_THERE = 0, EVIDENCE_NONE = 1, EVIDENCE_UNKNOWN = 3 };

#endif
