/*
 * doctor_slots.h: onlyonectl doctor: check every slot.
 */
#ifndef CTL_DOCTOR_SLOTS_H
#define CTL_DOCTOR_SLOTS_H

#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/report.h"

enum { DOCTOR_WHY = 256 };

void doctor_slots(struct ctl *c, struct report *r);

#endif
