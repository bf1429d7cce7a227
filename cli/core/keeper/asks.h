/*
 * asks.h: what a launch asks of the instance, and whether it can have that.
 */
#ifndef KEEPER_ASKS_H
#define KEEPER_ASKS_H

#include <stdbool.h>
#include <stddef.h>

struct client;
struct fields;
struct keeper;

/* How many of a request's leading arguments need no handler (own=): if it is
 * for the one document of an instance, all. */
size_t asks_own(const struct fields *body);

/* Whether the launch tries if a program without a row hands over on its own: it
 * asks for that, or has a document that the program may have open. */
bool asks_second(const struct client *cl);

/* The same, and whether this instance, if graphical, allows it. */
bool second_allowed(const struct keeper *k, const struct client *cl);

/* Whether there is a handler for this client's arguments. */
bool handler_has(struct keeper *k, const struct client *cl);

#endif
