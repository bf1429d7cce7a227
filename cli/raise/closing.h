/*
 * closing.h: ask the windows of an instance to close, on whatever display.
 */
#ifndef RAISE_CLOSING_H
#define RAISE_CLOSING_H

#include "cli/raise/request.h"

/* Ask them.  RAISED: some were asked; FORBIDDEN: there may be some, which
 * cannot be; NO_WINDOW. */
enum outcome closing_ask(struct request *r);

/* After that, for as long as it takes: until none of those is left (RAISED),
 * or it asks its user something (QUESTION); until that is answered, and none is
 * left (RAISED), or they stay (REFUSED).  NO_DISPLAY: there is none to look
 * at. */
enum outcome closing_await(struct request *r);

#endif
