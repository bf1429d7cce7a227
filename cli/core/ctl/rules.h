/*
 * rules.h: which rules there are.
 */
#ifndef CTL_RULES_H
#define CTL_RULES_H

#include "cli/core/ctl/report.h"

/* Report all rules, links and overrides of desktop entries that are wrong, and
 * whether enforcement is on (onlyonectl doctor). */
void rules_check(struct report *r);

#endif
