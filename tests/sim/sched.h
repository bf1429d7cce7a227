/*
 * sched.h: processes take turns, and each has its memory.
 */
#ifndef SIM_SCHED_H
#define SIM_SCHED_H

#include "tests/sim/sim.h"

/*
 * memory.c
 */

/* The memory of a new program; the same for a child of CLONE_VM; a copy of that of
 * the running process, for a child of fork.  memory_drop: a process exits, or
 * executes a program. */
struct memory *memory_new(void);
struct memory *memory_share(struct memory *of);
struct memory *memory_fork(struct memory *of);
void memory_drop(struct memory *m);

/* Its heap; the top of its stack. */
char *memory_heap(const struct memory *m);
char *memory_top(const struct memory *m);

/* A process continues there, with its stack at sp. */
void memory_load(struct memory *m, const char *sp);

/* A run begins: no process has memory. */
void memory_begin(void);

/*
 * sched.c
 */

/* Begin a run: the clock, the random numbers, no process. */
void sched_begin(unsigned long seed);

/* Let processes run until none can continue, however far the clock goes. */
void sched_run(void);

/* Those that may run again; far fewer than procs. */
extern struct proc *alive[PROCS];
extern int nalive;

/* The child gets a copy of the running process's memory, and continues here.
 * True in the child. */
bool sched_fork(struct proc *child);

/* p begins with run, on the main stack, or below `on`. */
void sched_start(struct proc *p, void (*run)(void), char *on);

/* Leave the running process for good. */
_Noreturn void sched_leave(void);

/* A call begins: others may run first. */
void enter(const char *call);

/* How this seed mixes processes. */
struct mix {
	int stay;      /* it continues with a chance of (stay - 1) / stay */
	bool ranks;    /* each process has a rank; the first of those that can
	                * runs, until ranks are changed */
};
extern struct mix sched_mix;

/* Those that may run again, and some that have ended; far fewer than procs. */
extern struct proc *alive[PROCS];
extern int nalive;

/* Let others run, and come back. */
void yield_turn(void);

/* What the world does at a call, before it happens (world.c). */
void world_step(void);
/* No process can continue: whether the world has changed that. */
bool world_quiet(void);
void world_ends(struct proc *p);     /* p begins to end: p->status */

/* The running process sleeps in its call: for the story (story.c). */
void story_sleeps(void);

/* Calls since the run began, and how often another process went on. */
extern unsigned long sched_calls, sched_switches;

/*
 * kernel_sleep.c
 */

/* Whether p can run at this moment; its own limit counts as woken. */
bool can_run(const struct proc *p);

/* The next moment at which the clock alone lets a process continue; NEVER. */
long long next_moment(void);

/* Send SIGALRM to each whose time has come. */
void alarms_ring(void);

/* Sleep, whatever signals come; false: SIGKILL came. */
bool block_anyhow(const void *const *chan);

#endif
