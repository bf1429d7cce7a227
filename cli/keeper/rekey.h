/*
 * rekey.h: a live instance moves to another key, or is given up.
 */
#ifndef REKEY_H
#define REKEY_H

#include "cli/wire/frame.h"

struct client;
struct keeper;

/* Requests. */
void rekey_serve(struct keeper *k, struct client *cl, const struct frame *f);
void forget_serve(struct keeper *k, struct client *cl, const struct frame *f);

#endif
