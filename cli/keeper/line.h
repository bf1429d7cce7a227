/*
 * line.h: those who wait for the slot, in their order.
 */
#ifndef LINE_H
#define LINE_H

#include <stdbool.h>

#include "cli/wire/frame.h"

struct client;
struct keeper;

/* The request: get in line. */
void line_take(struct keeper *k, struct client *cl, const struct frame *f);

/* Whoever has got in line, or has more before him than he was told, is told. */
void line_tell(struct keeper *k);

/* All in line are told whether the owner asks its user something. */
void line_asks(struct keeper *k);

/* A keeper is new, and those who were in line come one after the other: nobody
 * is offered the slot as long as they do, or for half a second. */
void line_collect(struct keeper *k);

/* Who is to be offered the slot; NULL: nobody waits, or one has been. */
struct client *line_first(const struct keeper *k);

/* How many have the slot before one who waits. */
long long line_ahead(const struct keeper *k, const struct client *cl);

/* Whether somebody waits, or has been offered it. */
bool line_waits(const struct keeper *k);

#endif
