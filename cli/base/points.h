/*
 * points.h: places where a test build stops, kills itself, or plays an older
 * kernel.
 *
 * Built with -DTEST_POINTS, a process that passes a named point does what
 * ONLYONE_TEST_POINTS says for it: "NAME=kill" (SIGKILL) or "NAME=stop"
 * (SIGSTOP).  ONLYONE_TEST_OLD names newer system calls that are to fail as on
 * Linux 5.4: pidfs, exitinfo, mount_root, or all.  ONLYONE_TEST_ETC, _PASSWD
 * and _SHELLS replace /etc, the password file and the list of shells, _WALL is
 * a file with the seconds by which the wall clock is ahead, read each time.
 * ONLYONE_TEST_ORDINARY: libc is started first (cli/core/early);
 * ONLYONE_TEST_TURN=N: at the Nth system call.  ONLYONE_TEST_SLOW: the machine
 * is so many times slower than a good one, and each time limit that clock_now
 * counts is so many times longer.  The real build has none of this.
 */
#ifndef POINTS_H
#define POINTS_H

#include <stdbool.h>

#ifdef TEST_POINTS
void point_reach(const char *name);
bool point_old(const char *call);
const char *point_path(const char *variable, const char *path);
bool point_set(const char *variable);
long long point_wall(void); /* ms */
int point_slow(void);       /* 1 and up */
#else
#define point_reach(name) ((void)0)
#define point_old(call) false
#define point_path(variable, path) (path)
#define point_set(variable) false
#define point_wall() 0
#define point_slow() 1
#endif

#endif
