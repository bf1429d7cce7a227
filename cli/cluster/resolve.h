/*
 * resolve.h: a host's name becomes addresses, by a deadline.
 *
 * No resolver of any library keeps one: a name server that is dead held libcurl
 * for six seconds of a limit of half a second.  So a child asks, and is killed
 * when time is up.
 */
#ifndef RESOLVE_H
#define RESOLVE_H

enum { RESOLVE_MOST = 8, RESOLVE_TEXT = 46 };

/* The numeric addresses of host, which may be one already (then nobody is
 * asked), in the order to try them; at most RESOLVE_MOST.  deadline: ms of
 * clock_boot.  How many; 0: why is the reason in a few words. */
int resolve(const char *host, long long deadline,
    char address[RESOLVE_MOST][RESOLVE_TEXT], const char **why);

#endif
