/*
 * session.h: whether and how a session enforces rules.
 */
#ifndef CTL_SESSION_H
#define CTL_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/core/ctl/ctl.h"

struct fault;
struct report;

verb_call ctl_session;

/* The entry for LD_PRELOAD, in path, PATH_MAX bytes.  0, or -1 with a fault. */
int session_shim(char *path, struct fault *f);

/* Whether enforcement is on in this session: LD_PRELOAD names the shim.  The
 * entry is put in path, PATH_MAX bytes. */
bool session_on(char *path);

/* Report whether it is on, for this many rules, and which lines make every
 * log-in load files that others than root can change (onlyonectl doctor). */
void session_check(struct report *r, size_t rules);

#endif
