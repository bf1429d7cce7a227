/*
 * closing.h: ask the windows of an instance to close, on any display.
 */
#ifndef RAISE_CLOSING_H
#define RAISE_CLOSING_H

#include "cli/windows/windows.h"

/* Ask its windows, for so long, ms.  RAISED: there were some to ask; else
 * NO_WINDOW. */
enum outcome closing_ask(const struct instance *i, int limit_ms);

#endif
