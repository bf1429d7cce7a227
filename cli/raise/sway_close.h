/*
 * sway_close.h: ask the windows of sway to close.
 */
#ifndef RAISE_SWAY_CLOSE_H
#define RAISE_SWAY_CLOSE_H

#include "cli/raise/raise.h"

/* Ask its windows to close, as x11_ask_close does.  How many were asked. */
int sway_ask_close(const struct instance *i, long long deadline);

/* After that, as closing_await (closing.h). */
enum outcome sway_await(const struct instance *i, bool answer);

#endif
