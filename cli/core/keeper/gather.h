/*
 * gather.h: an instance that has handed its document over to another one.
 */
#ifndef KEEPER_GATHER_H
#define KEEPER_GATHER_H

struct keeper;

/* The owner has exited: if that is so, note it in the folder of the other
 * instance. */
void gather_tell(struct keeper *k);

#endif
