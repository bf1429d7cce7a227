/*
 * gate.h: what must not run before libc is started.
 *
 * A plain launch runs from the program's entry to its end before libc's own
 * start (early.c).  It is the same code, and where that comes to something that
 * needs more of libc, or is unusual, there is a gate: whatever has been opened
 * is closed, and the program starts in the ordinary way, as if nothing had been
 * done.  After the start gates do nothing.
 */
#ifndef GATE_H
#define GATE_H

#include <stdbool.h>
#include <stddef.h>

/* For a function that begins with a gate, where its caller does not. */
#define BEHIND_GATE __attribute__((noinline))

#ifdef EARLY

/* Whether libc is not started yet. */
extern bool early_on;

/* Go on from here only with libc started; else begin again with that. */
void early_gate(void);

/* All of this is going to be touched: page by page that costs more.  (Before
 * Linux 5.14, or with larger pages, it comes page by page.) */
void early_touch(const void *at, size_t n);

/* What a gate has to undo first; NULL: nothing. */
void early_undo(void (*undo)(void *), void *arg);

/* In a process of its own, which goes on in main with libc started (keeper.c).
 * Returns where it is. */
void early_start_libc(void);

/* From here on what is done cannot be done again: there is no way back, and
 * what follows meets no gate (a test sees to it).  early_again: it has come to
 * nothing, and is begun again, with libc started. */
void early_commit(void);
void early_again(void);

/* What getauxval(3) gives, also before libc is started. */
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
