/*
 * second.h: a second start of a program without a row.
 */
#ifndef KEEPER_SECOND_H
#define KEEPER_SECOND_H

#include <stdbool.h>
#include <stddef.h>

struct client;
struct info;
struct keeper;

/* Remove from the *n arguments of a launch the words around its documents that
 * the instance was started with, too.  A menu entry adds such words each time,
 * for example a window's title.  Call it in the launch's folder. */
void second_words(const struct info *i, char *args[], size_t *n);

/* Act on the status of such a handler for the launch cl.  False: it says no
 * more than taken or not. */
bool second_answer(struct keeper *k, struct client *cl, int status);

#endif
