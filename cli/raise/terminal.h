/*
 * terminal.h: the terminal that a program runs in.
 */
#ifndef RAISE_TERMINAL_H
#define RAISE_TERMINAL_H

#include "cli/raise/x11.h"

/* For a program without a window of its own: select its pane in a
 * multiplexer and raise the terminal that it runs in, by what its environment,
 * which is ours, says of that.  x may be NULL.  TERMINAL, ASKED, else
 * NO_WINDOW, also if its pane has been selected and nobody looks at it. */
enum outcome terminal_raise(struct x11 *x, const struct instance *i,
    long long deadline);

#endif
