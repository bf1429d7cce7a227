/*
 * desktop.h: enable and disable --desktop.
 */
#ifndef CTL_DESKTOP_H
#define CTL_DESKTOP_H

#include <stdbool.h>

struct ctl;
struct fault;

/* Override the desktop entries that the operands name. 0 or -1. */
int desktop_enable(struct ctl *c, struct fault *f);

/* Remove the overrides of an application.  0; 1: there are none, or the
 * environment names another user's folder and overrides were not asked for
 * explicitly; -1 with a fault. */
int desktop_disable(const char *app, bool alone, struct fault *f);

#endif
