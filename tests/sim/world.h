/*
 * world.h: what happens in the simulated world: who launches what, what goes
 * wrong, and what must hold.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "tests/sim/sim.h"

/* One run.  True: all that must hold did; otherwise wrong says what, and does not
 * return here. */
void world_run(unsigned long seed);

/* This call of the running process is to fail: -errno.  0: it goes on. */
long world_fault(const char *call);

/* A line of the story: the running process made this call. */
void tell_call(const char *call, long r);

/* guests.c: programs of the simulated world. */
void guest_program(void);
void guest_shell(void);

/* What guests report: the program of a launch has begun, with this argument; a
 * handler got it. */
void world_began(const char *document);
void world_delivered(const char *document);

#endif
