/*
 * ticket.h: an activation token that a compositor believes.
 *
 * A compositor gives a token to any client, but believes only that of the
 * client with the keyboard.  So we open a window of one transparent pixel for a
 * moment.
 */
#ifndef TICKET_H
#define TICKET_H

#include "cli/windows/compositor.h"

struct ticket;

/* Whether any seat has a keyboard. */
bool ticket_may(const struct compositor *c);

/* Open such a window and get a token, by a moment (clock_now).  NULL: the
 * window did not get the keyboard, or we got no token.  launcher: the token
 * that the launcher gave (may be NULL), to help our window to the keyboard. */
struct ticket *ticket_take(struct compositor *c, const char *launcher,
    long long until);

/* The token; it is good until ticket_drop. */
const char *ticket_token(const struct ticket *t);

/* Whether the keyboard leaves our window by a moment (clock_now): the window
 * that was activated with the token has it then. */
bool ticket_used(struct ticket *t, long long until);

/* Close our window, and free the ticket. */
void ticket_drop(struct ticket *t);

#endif
