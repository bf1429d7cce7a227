/*
 * rules_check.h: the rules, for onlyonectl doctor.
 */
#ifndef CTL_RULES_CHECK_H
#define CTL_RULES_CHECK_H

struct ctl;
struct report;

/* Report all rules, links and overrides of desktop entries that are wrong or do
 * not match what is running, and whether enforcement is on (onlyonectl
 * doctor). */
void rules_check(struct ctl *c, struct report *r);

#endif
