/*
 * closing.h: ask the windows of an instance to close, on any display.
 */
#ifndef RAISE_CLOSING_H
#define RAISE_CLOSING_H

#include "cli/windows/command.h"

/* Ask the windows.  RAISED: there were some to ask; FORBIDDEN: there may be
 * windows that we cannot ask; NO_WINDOW. */
enum outcome closing_ask(struct request *r);

/* After that, wait without a limit.  RAISED: no window is left.  QUESTION (not
 * with CLOSE_ANSWER): the program asks its user something; the title is
 * printed.  REFUSED (with CLOSE_ANSWER): the user has answered, and the windows
 * stay.  NO_DISPLAY: no display to look at. */
enum outcome closing_await(struct request *r);

#endif
