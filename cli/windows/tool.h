/*
 * tool.h: run other programs for onlyone-raise, by a deadline (clock_now).
 */
#ifndef TOOL_H
#define TOOL_H

#include <sys/types.h>

#include <stddef.h>

/* Run a program from PATH; its output as text in out, cut at cap; its standard
 * error goes to /dev/null.  Its exit status, or -1: it is missing, a signal
 * ended it, or time was up. */
int tool_run(char *const argv[], char *out, size_t cap, long long deadline);

/* The exit status of a child of ours, or -1, as above; it is killed if it has
 * not ended by the deadline. */
int tool_wait(pid_t child, long long deadline);

#endif
