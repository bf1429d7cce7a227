/*
 * doors.c: where the image enters the kernel.
 *
 * The image calls sim_NAME instead of libc's NAME: other processes may run
 * first, the world may make the call fail, signals are delivered at its end,
 * and errno is the image's.
 */
#include "tests/sim/kernel.h"
#include "tests/sim/sched.h"
#include "tests/sim/world.h"

extern int image_errno;

static long
result(long r)
{
	if (r < 0 && r > -4096) {
		image_errno = (int)-r;
		return -1;
	}
	return r;
}

/* The first six arguments, or 0: getpid has none, and (+0) is 0. */
#define LONGS(...) LONGS_(__VA_ARGS__, , , , , , )
#define LONGS_(a, b, c, d, e, f, ...) ((const long[]){ (long)(a +0), \
	(long)(b +0), (long)(c +0), (long)(d +0), (long)(e +0), (long)(f +0) })

#define CALL(type, name, params, args) \
	type sim_##name params; \
	type sim_##name params \
	{ \
		long r; \
		do { \
			enter(#name); \
			if (telling) \
				story_call(#name, LONGS args); \
			r = world_fault(" " #name " "); \
			if (!r) \
				r = k_##name args; \
			if (telling) \
				story_result(r); \
		} while (leave(&r)); \
		return (type)result(r); \
	}
#include "tests/sim/calls.h"
#undef CALL

_Noreturn void sim__exit(int status);
void
sim__exit(int status)
{
	enter("exit");
	proc_exit((status & 0xff) << 8);
}

int sim_raise(int sig);
int sim_raise(int sig) { return sim_kill(now->pid, sig); }

/* What no simulated process comes to. */
#define ABSENT(name) \
	void sim_##name(void); \
	void sim_##name(void) { unknown(#name); }
#define ALL_ABSENT(X) \
	X(__getdelim) X(alphasort) X(closefrom) X(execvp) X(fclose) \
	X(fgetpwent) X(fsync) X(link) X(scandirat) \
	X(setenv) X(symlink) X(unshare)
ALL_ABSENT(ABSENT)
