/*
 * screen.h: GNU screen, a terminal multiplexer.
 *
 * What an environment says of the pane that a process is in may have been
 * inherited from a multiplexer far away: it holds for those alone who descend
 * from its server, with no terminal between them.
 */
#ifndef RAISE_SCREEN_H
#define RAISE_SCREEN_H

#include <sys/types.h>

#include <stddef.h>

/* The server of our environment; 0: none. */
pid_t screen_server(void);

/* Have it show the pane of our environment, by the deadline (clock_now).  The
 * clients that show it, the one used last first: their number, at most cap. */
size_t screen_select(pid_t *clients, size_t cap, long long deadline);

#endif
