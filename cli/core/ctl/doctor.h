/*
 * doctor.h: onlyonectl doctor: check the set-up, and say how to fix each
 * problem.
 */
#ifndef CTL_DOCTOR_H
#define CTL_DOCTOR_H

#include "cli/core/ctl/ctl.h"

verb_call ctl_doctor;

#endif
