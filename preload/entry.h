/*
 * entry.h: our entry in the list of LD_PRELOAD.
 *
 * The loader separates entries by space and colon and knows no escape.  Ours
 * is spelled DIR/./libonlyone.so (SHIM_MARK), or is two (contract.h); the
 * launcher puts it in front, with a colon after it if the user had the variable
 * set, even to nothing.
 * So taking it out again gives back exactly what the user had.
 *
 * Pure: no system calls, no malloc, errno untouched.
 */
#ifndef ENTRY_H
#define ENTRY_H

#include <stdbool.h>
#include <stddef.h>

#define ENTRY_NAME "LD_PRELOAD="

/* What of us a program is to load. */
enum {
	ENTRY_SHIM = 1,  /* the shim, to adopt the slot and follow */
	ENTRY_WINDOW = 2 /* the window library, and the shim to pass it on */
};

enum entry_left {
	ENTRY_CLEAN, /* nothing of ours was in it */
	ENTRY_REST, /* ours is out, value holds the rest, maybe nothing */
	ENTRY_UNSET /* ours was all: the variable was not set before */
};

/* Take every marked entry out of a list, in place. */
enum entry_left entry_scrub(char *value);

/* The first marked entry of a list that is the shim, and its length; NULL:
 * there is none. */
const char *entry_find(const char *value, size_t *len);

/* What of us a list has loaded. */
unsigned int entry_how(const char *value);

/* The first entry of a list that names us plainly, by an absolute path: it is
 * the session's.  NULL: there is none. */
const char *entry_plain(const char *value, size_t *len);

/* The length of the folder that we are installed in, in a path of the shim,
 * however it is spelled; of which there may be two below it. */
size_t entry_home(const char *shim, size_t len);

/* Put into buf the path of the one of the two that shim is not, for programs of
 * the other kind; false: there is no room. */
bool entry_sibling(char *buf, size_t cap, const char *shim);

/* Whether a list names any library but ours, marked or plain. */
bool entry_others(const char *value);

/* Where in envp the LD_PRELOAD stands that the loader reads: the last one;
 * the index of the final NULL if there is none. */
size_t entry_index(char *const *envp);

/*
 * What to put into an environment so that a program loads the shim:
 * "LD_PRELOAD=DIR/./libonlyone.so[:OLD]", to replace envp[*at], or to be
 * appended where envp[*at] is NULL.  shim is DIR/libonlyone.so, marked or
 * not; how, what is to be loaded.  Written only if it fits into cap bytes;
 * returns the bytes needed
 * with the NUL, or 0 if it must not be injected: a relative path, one with
 * space, colon or '$', or a list that brings the ASan runtime, which insists
 * on being first.
 */
size_t entry_plan(
    char *buf, size_t cap, const char *shim, unsigned int how,
    char *const *envp, size_t *at);

#endif
