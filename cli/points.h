/*
 * points.h: places where a test build stops, kills itself, or is older.
 *
 * Built with -DTEST_POINTS, a process that passes a named point does what
 * ONLYONE_TEST_POINTS says for it: "NAME=kill:N" (SIGKILL, one time in N),
 * "NAME=sleep:MS" (up to MS), "NAME=stop" (SIGSTOP, once in a process);
 * "*" is every name; several are separated by commas.  ONLYONE_TEST_OLD names
 * newer system calls that are to fail as on Linux 5.4: pidfs, exitinfo,
 * close_range, faccessat2, or all.  In the real build there is none of this.
 */
#ifndef POINTS_H
#define POINTS_H

#include <stdbool.h>

#ifdef TEST_POINTS
void point(const char *name);
bool point_old(const char *call);
#else
#define point(name) ((void)0)
#define point_old(call) false
#endif

#endif
