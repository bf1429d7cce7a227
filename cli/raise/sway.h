/*
 * sway.h: what the files that speak the IPC of sway share.
 */
#ifndef SWAY_H
#define SWAY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/raise/pick.h"
#include "cli/raise/tree.h"

enum { SWAY_TREE = 4 }; /* a message: GET_TREE of sway-ipc(7) */
enum { VIEWS = 64 };

/* What is found by one look; its pick is begun by the caller. */
struct sway_look {
	struct pick pick;
	json_int_t view[VIEWS]; /* the nearest, the one used last first */
	bool focused;           /* that one is */
	size_t n;
};

/* Connect, by SWAYSOCK or I3SOCK.  -1: nobody is there. */
int sway_open(long long deadline);

/* A message, and its answer, the caller's.  NULL: none. */
json_t *sway_ask(int fd, uint32_t type, const char *words,
    long long deadline);

/* Say a command to one view.  false: not answered, or refused. */
bool sway_tell(int fd, json_int_t view, const char *verb,
    long long deadline);

/* Look at all views.  false: the compositor does not answer. */
bool sway_look(struct sway_look *l, int fd, long long deadline);

/* The IPC of sway, at $SWAYSOCK or $I3SOCK.  The window that was used
 * last of the processes nearest to the instance, none farther than least
 * (KIN_MARKED: also by its name).  NO_DISPLAY: there is none
 * that answers; else RAISED, NO_WINDOW (i3 has no processes) or ASKED. */
enum outcome sway_raise(const struct instance *i, enum kin least,
    long long deadline);

/* Whether there is a sway, which knows all windows of its display. */
bool sway_answers(long long deadline);

#endif
