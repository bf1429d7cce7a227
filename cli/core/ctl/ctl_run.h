/*
 * ctl_run.h: onlyonectl, from its command line to an exit status.
 */
#ifndef CTL_CTL_RUN_H
#define CTL_CTL_RUN_H

struct fault;

/* Parse argv and run the verb.  An exit status, or -1 with a fault. */
int ctl_run(int argc, char *argv[], struct fault *f);

#endif
