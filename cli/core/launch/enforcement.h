/*
 * enforcement.h: a program with a rule was started directly.
 *
 * Before its main the shim has executed onlyone instead (preload/shim.c).
 */
#ifndef LAUNCH_ENFORCEMENT_H
#define LAUNCH_ENFORCEMENT_H

struct fault;
struct launch;

/*
 * Launch the program in file, with its arguments, by its rule; or run it as it
 * is: if no valid rule matches, if it is a part of a live instance, or if our
 * state cannot be used.  Only born is set in l.  Returns as run_launch.
 */
int enforcement_run(struct launch *l, char *file, char **args, struct fault *f);

/* Where the program's own arguments begin in argv. file is the path passed to
 * execve: a script's interpreter has words before it. */
char **enforcement_args(const char *file, char **argv);

#endif
