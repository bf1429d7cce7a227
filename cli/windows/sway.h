/*
 * sway.h: what the files that speak the IPC of sway share.
 */
#ifndef SWAY_H
#define SWAY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/windows/focus.h"
#include "cli/windows/tree.h"

enum { SWAY_TREE = 4 }; /* a message: GET_TREE of sway-ipc(7) */
enum { VIEWS = 64 };

/* What one look finds; the caller calls pick_begin on pick before. */
struct sway_look {
	struct pick pick;
	json_int_t view[VIEWS]; /* the nearest ones, the one used last first */
	json_int_t focused;     /* the one that has the focus; 0: none has */
	size_t n;
};

/* Connect to $SWAYSOCK.  -1: nothing listens there. */
int sway_open(long long deadline);

/* Send a message.  Its answer, for json_decref; NULL: none. */
json_t *sway_ask(int fd, uint32_t type, const char *words,
    long long deadline);

/* Run a command on one view.  false: no answer, or refused. */
bool sway_tell(int fd, json_int_t view, const char *verb,
    long long deadline);

/* Look at all views.  false: the compositor does not answer. */
bool sway_look(struct sway_look *l, int fd, long long deadline);

/* Raise, through $SWAYSOCK, the window used last of the processes nearest to
 * the instance, none farther than least; else a window by name.  NO_DISPLAY: no
 * compositor answers there; else RAISED, NO_WINDOW or ASKED. */
enum outcome sway_raise(const struct instance *i, enum kin least,
    long long deadline);

/* Whether a sway listens at $SWAYSOCK: it knows all windows of its display. */
bool sway_answers(long long deadline);

#endif
