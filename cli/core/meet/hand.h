/*
 * hand.h: handing arguments over to an instance: the second launch.
 */
#ifndef MEET_HAND_H
#define MEET_HAND_H

struct activation;
struct fault;
struct meeting;

/* The result of the hand-over. */
enum hand_result {
	HAND_DONE,   /* *status is the exit status */
	HAND_NOBODY, /* no keeper answers for the slot: claim it */
	HAND_AGAIN,  /* nothing ran: try again after a pause */
	HAND_BACK,   /* the same, after the keeper made us wait */
	HAND_FAILED  /* fault */
};

/* Hand over on fd, a connection to the keeper of m's place, within m's
 * patience; closes fd.  Any result but HAND_NOBODY. */
enum hand_result hand_activate(struct meeting *m, int fd,
    const struct activation *a, int *status, struct fault *f);

/* Prepare the next try: pause, or restart the time limit. */
void hand_again(struct meeting *m, enum hand_result r);

#endif
