/*
 * session.h: enforcement of rules for all programs that a session starts.
 */
#ifndef CTL_SESSION_H
#define CTL_SESSION_H

#include <stdbool.h>

#include "cli/core/ctl/ctl.h"
#include "cli/base/fault.h"

int ctl_session(struct ctl *c, struct fault *f);

/* The entry for LD_PRELOAD, in path, PATH_MAX bytes.  0, or -1 with a fault. */
int session_shim(char *path, struct fault *f);

/* Whether enforcement is on in this session: LD_PRELOAD names the shim.  The
 * entry is put in path, PATH_MAX bytes. */
bool session_on(char *path);

#endif
