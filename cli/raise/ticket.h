/*
 * ticket.h: an activation token that a compositor believes.
 *
 * It gives one to anybody, and believes that of whoever has the keyboard.  So
 * we have a window of our own for a moment, of one transparent pixel.
 */
#ifndef TICKET_H
#define TICKET_H

#include "cli/raise/compositor.h"

struct ticket;

/* Have such a window, until the moment at most, and a token.  NULL: the
 * keyboard did not come to it, or no token.  launcher: a token of somebody
 * else's, which may help our window to the keyboard where it does not come by
 * itself; NULL. */
struct ticket *ticket_take(struct compositor *c, const char *launcher,
    long long until);

/* Good as long as the ticket is held. */
const char *ticket_token(const struct ticket *t);

/* Whether the keyboard leaves our window: who was activated with its token has
 * it. */
bool ticket_used(struct ticket *t, long long until);

/* The window goes. */
void ticket_drop(struct ticket *t);

#endif
