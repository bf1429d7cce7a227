/*
 * session.h: enforcement for all that a session starts.
 */
#ifndef CTL_SESSION_H
#define CTL_SESSION_H

#include <stdbool.h>

#include "cli/ctl/ctl.h"
#include "cli/fault.h"

int ctl_session(struct ctl *c, struct fault *f);

/* Into path, PATH_MAX bytes: what LD_PRELOAD is to name. */
int session_shim(char *path, struct fault *f);

/* Whether enforcement is on here: the shim stands in LD_PRELOAD.  The entry is
 * put in path, PATH_MAX bytes. */
bool session_on(char *path);

#endif
