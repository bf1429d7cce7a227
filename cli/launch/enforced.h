/*
 * enforced.h: a program that was started as itself, and has a rule.
 *
 * The shim has turned it into us before its main (preload/enforce.c).
 */
#ifndef ENFORCED_H
#define ENFORCED_H

#include "cli/launch/state.h"

/*
 * Launch the program in file, with its arguments, by its rule; or run it as it
 * is: where there is no rule that is good and matches, where it is a part of
 * the instance already, and where our own state cannot be used.  Of l, argc,
 * argv and closed are set.  As run_launch.
 */
int enforced_run(struct launch *l, char *file, char **args, struct fault *f);

/* Where in the arguments of a process its program's own begin.  file is what
 * the kernel was told to execute: a script's interpreter has words before. */
char **enforced_args(const char *file, char **argv);

#endif
