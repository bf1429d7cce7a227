/*
 * closing.h: ask the windows of an instance to close, on whatever display.
 */
#ifndef RAISE_CLOSING_H
#define RAISE_CLOSING_H

#include "cli/raise/request.h"

struct compositor;

/* What a look at windows finds. */
struct sight {
	int asked;     /* those that were asked, and are still there */
	int questions; /* those that came after that */
};

/* Ask them.  RAISED: some were asked; FORBIDDEN: there may be some, which
 * cannot be; NO_WINDOW. */
enum outcome closing_ask(struct request *r);

/* After that, for as long as it takes: until none of those is left (RAISED),
 * or it asks its user something (QUESTION); until that is answered, and none is
 * left (RAISED), or they stay (REFUSED).  NO_DISPLAY: there is none to look
 * at. */
enum outcome closing_await(struct request *r);

/* inside_close.c: by our library in the program, of its windows on whatever
 * compositor.  Ask: how many there are to ask; c (NULL: none) helps. */
int inside_ask_close(const struct instance *i, struct compositor *c,
    long long deadline);

/* Add to s what is seen.  Whether there is a page to look at. */
bool inside_sight(const struct instance *i, struct sight *s);

/* They stay, and nothing was asked. */
void inside_calm(const struct instance *i, long long deadline);

#endif
