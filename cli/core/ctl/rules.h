/*
 * rules.h: which rules there are, and whether this session enforces them.
 */
#ifndef CTL_RULES_H
#define CTL_RULES_H

#include <stdbool.h>

#include "cli/base/fault.h"
#include "cli/core/ctl/report.h"

/* Report all rules, links and overrides of desktop entries that are wrong, and
 * whether enforcement is on (onlyonectl doctor). */
void rules_check(struct report *r);

/* The entry for LD_PRELOAD, in path, PATH_MAX bytes.  0, or -1 with a fault. */
int session_shim(char *path, struct fault *f);

/* Whether enforcement is on in this session: LD_PRELOAD names the shim.  The
 * entry is put in path, PATH_MAX bytes. */
bool session_on(char *path);

#endif
