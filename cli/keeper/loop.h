/*
 * loop.h: the one loop of a keeper.
 */
#ifndef LOOP_H
#define LOOP_H

struct keeper;

/* Until the slot is vacant and no handler runs; then it exits with 0. */
_Noreturn void loop_run(struct keeper *k);

#endif
