/*
 * doctor_slots.h: what is wrong with the slots.
 */
#ifndef CTL_DOCTOR_SLOTS_H
#define CTL_DOCTOR_SLOTS_H

#include "cli/ctl/ctl.h"
#include "cli/ctl/report.h"

void doctor_slots(struct ctl *c, struct report *r);

#endif
