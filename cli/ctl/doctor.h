/*
 * doctor.h: whether the set-up and the slots are well.
 */
#ifndef CTL_DOCTOR_H
#define CTL_DOCTOR_H

#include "cli/ctl/ctl.h"
#include "cli/fault.h"

int ctl_doctor(struct ctl *c, struct fault *f);

#endif
