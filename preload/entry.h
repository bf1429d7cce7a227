/*
 * entry.h: our entry in the list of LD_PRELOAD.
 *
 * The loader separates entries by space and colon and knows no escape.  Ours is
 * DIR/./libonlyone.so (SHIM_MARK), or two with the window library (contract.h):
 * a marked entry.  DIR/libonlyone.so, of the user's session, is a plain entry.
 * The command puts ours in front, with a colon after it if the variable was
 * set, even to nothing.  Removing it restores exactly what the user had.
 *
 * No system calls, no malloc, errno untouched.
 */
#ifndef ENTRY_H
#define ENTRY_H

#include <stdbool.h>
#include <stddef.h>

#define ENTRY_NAME "LD_PRELOAD="

/* Which of our libraries a program is to load. */
enum {
	ENTRY_SHIM = 1,  /* the shim, to adopt the slot and follow */
	ENTRY_WINDOW = 2 /* the window library, and the shim to pass it on */
};

enum entry_left {
	ENTRY_CLEAN, /* no entry of ours was in it */
	ENTRY_REST, /* ours is removed; value has the rest, maybe "" */
	ENTRY_UNSET /* only ours was in it: the variable was not set before */
};

/* Remove every marked entry from a list, in place. */
enum entry_left entry_scrub(char *value);

/* The first marked entry of the shim in a list, and its length; NULL: none. */
const char *entry_find(const char *value, size_t *len);

/* What the marked entries of a list load: ENTRY_SHIM, ENTRY_WINDOW, or 0. */
unsigned int entry_how(const char *value);

/* The first plain entry of the shim in a list with an absolute path, and its
 * length; NULL: none. */
const char *entry_plain(const char *value, size_t *len);

/* The length of the installation folder in a path of the shim: without "/.",
 * $LIB, and in the 32-bit shim i386. */
size_t entry_home(const char *shim, size_t len);

/* Put into buf the path of the other shim, for programs of the other word size;
 * false: there is no room. */
bool entry_sibling(char *buf, size_t cap, const char *shim);

/* Whether a list names a library that is not ours. */
bool entry_others(const char *value);

/* The index in envp of the LD_PRELOAD that the loader reads, the last one; if
 * there is none, the index of the final NULL. */
size_t entry_index(char *const *envp);

/*
 * The variable that makes a program load our libraries (how):
 * "LD_PRELOAD=DIR/./libonlyone.so[:OLD]", to replace envp[*at], or to be
 * appended where envp[*at] is NULL.  shim is DIR/libonlyone.so, marked or not.
 * Returns the bytes needed with the NUL, and writes buf only if they are at
 * most cap.  0: our entry must not be added, since shim is relative or has a
 * space, colon or '$', or OLD has the ASan runtime, which must be first.
 */
size_t entry_plan(
    char *buf, size_t cap, const char *shim, unsigned int how,
    char *const *envp, size_t *at);

#endif
