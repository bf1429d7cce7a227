/*
 * doctor_rules.h: what is wrong with rules, links and the session.
 */
#ifndef CTL_DOCTOR_RULES_H
#define CTL_DOCTOR_RULES_H

#include "cli/ctl/report.h"

void doctor_rules(struct report *r);

#endif
