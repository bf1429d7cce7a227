/*
 * kernel.h: the calls of the simulated kernel, and what its files share.
 */
#ifndef SIM_KERNEL_H
#define SIM_KERNEL_H

#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include <stdio.h>
#include <time.h>

#include "tests/sim/sim.h"

#define CALL(type, name, params, args) long k_##name params;
#include "tests/sim/calls.h"
#undef CALL

long long time_of(const struct timespec *t);      /* ns */
uint64_t signal_bits(const sigset_t *set);
long pidfd_make(struct proc *p);                  /* SO_PEERPIDFD too */
extern pid_t pid_limit;
bool flock_has(const struct file *f); /* flock(2) has given it a lock */

#endif
