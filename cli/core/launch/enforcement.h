/*
 * enforcement.h: a program that was started directly, and has a rule.
 *
 * Before its main the shim has executed onlyone instead (preload/shim.c).
 */
#ifndef ENFORCEMENT_H
#define ENFORCEMENT_H

#include "cli/core/launch/launch_state.h"

/*
 * Launch the program in file, with its arguments, by its rule; or run it as it
 * is: without a valid rule that matches, as a part of a live instance, and if
 * our state cannot be used.  In l only born is set.  Returns as run_launch.
 */
int enforcement_run(struct launch *l, char *file, char **args, struct fault *f);

/* Where the program's own arguments begin in argv.  file is what the kernel was
 * told to execute: a script's interpreter has words before it. */
char **enforcement_args(const char *file, char **argv);

#endif
