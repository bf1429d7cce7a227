/*
 * gate.h: gates: what follows one must not run before libc is started.
 *
 * A plain launch runs from the program's entry to its end before libc starts
 * (early.c).  The code is the same for both ways.  Where it needs more of libc,
 * or does something unusual, it has a gate: what has been opened is closed, and
 * the program starts in the ordinary way, as if nothing had been done.  Once
 * libc is started, gates do nothing.
 */
#ifndef GATE_H
#define GATE_H

#include <stdbool.h>
#include <stddef.h>

/* For a function that begins with a gate: keep it out of its caller. */
#define BEHIND_GATE __attribute__((noinline))

#ifdef EARLY

/* True while libc is not started. */
extern bool early_on;

/* Go on if libc is started; else begin the program again with libc. */
void early_gate(void);

/* Map all pages of this range at once, since a fault for each costs more.  (No
 * effect before Linux 5.14, or with larger pages.) */
void early_touch(const void *at, size_t n);

/* Set what a gate undoes first; NULL: nothing. */
void early_undo(void (*undo)(void *), void *arg);

/* For a forked process, which goes on in main with libc started (keeper.c).
 * Returns if libc is started already. */
void early_start_libc(void);

/* From here on the launch cannot be done again: no gate may follow (a test
 * checks that).  early_again: the launch came to nothing, and begins again with
 * libc. */
void early_commit(void);
void early_again(void);

/* getauxval(AT_EXECFN), also before libc is started. */
const char *early_execfn(void);

#else

#include <sys/auxv.h>

#define early_on false
#define early_gate() ((void)0)
#define early_touch(at, n) ((void)0)
#define early_undo(undo, arg) ((void)(undo))
#define early_start_libc() ((void)0)
#define early_commit() ((void)0)
#define early_again() ((void)0)
#define early_execfn() ((const char *)getauxval(AT_EXECFN))

#endif

#endif
