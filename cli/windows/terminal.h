/*
 * terminal.h: the terminal that a program runs in.
 */
#ifndef RAISE_TERMINAL_H
#define RAISE_TERMINAL_H

#include <sys/types.h>

#include "cli/windows/x11.h"

/* For a program without a window of its own: select its pane in a multiplexer
 * and raise the terminal that it runs in.  Our environment must be the
 * program's.  x may be NULL.  TERMINAL, ASKED, else NO_WINDOW, also if the pane
 * was selected but no client of the multiplexer shows it. */
enum outcome terminal_raise(struct x11 *x, const struct instance *i,
    long long deadline);

/* The pid of the screen server in our environment (STY); 0: none. */
pid_t screen_server(void);

#endif
