/*
 * resolve.h: the addresses of a host, by a deadline.
 */
#ifndef RESOLVE_H
#define RESOLVE_H

enum { RESOLVE_MOST = 8, RESOLVE_TEXT = 46 };

/* The numeric addresses of host, in the order to try them; a numeric host is
 * returned as it is.  deadline: ms of clock_boot.  Their number; 0: *why is the
 * reason in a few words. */
int resolve_host(const char *host, long long deadline,
    char address[RESOLVE_MOST][RESOLVE_TEXT], const char **why);

#endif
