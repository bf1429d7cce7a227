/*
 * again.h: a command that is, in the end, this very launch.
 */
#ifndef AGAIN_H
#define AGAIN_H

#include "cli/fault.h"

/* This launch is about to execute file without having claimed anything for it.
 * 0; or a fault of 64: it has done so again and again. */
int again_check(const char *file, struct fault *f);

/* It begins anew: another instance. */
void again_forget(void);

#endif
