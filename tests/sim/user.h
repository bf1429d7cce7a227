/*
 * user.h: what the image's part of libc calls.
 */
#ifndef SIM_USER_H
#define SIM_USER_H

#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include <time.h>

#include "tests/sim/sim.h"

#define CALL(type, name, params, args) type sim_##name params;
#include "tests/sim/calls.h"
#undef CALL

/* asprintf. */
int format(char **at, const char *fmt, va_list args);
int __printf_chk(int flag, const char *fmt, ...);

#endif
