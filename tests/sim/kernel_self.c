/*
 * kernel_self.c: what a process asks of itself, and of the clock.
 */
#include <sys/prctl.h>

#include <linux/futex.h>

#include "tests/sim/kernel.h"

long k_getpid(void) { return now->pid; }
long k_getppid(void) { return now->ppid; }
long k_getuid(void) { return now->uid; }
long k_getgid(void) { return now->gid; }

long
k_getsid(pid_t pid)
{
	struct proc *p = pid ? proc_find_pid(pid) : now;

	return p ? p->sid : -ESRCH;
}

long
k_setsid(void)
{
	EACH_PROC(p) {
		if (p->state != FREE && p->pgid == now->pid)
			return -EPERM;
	}
	return now->sid = now->pgid = now->pid;
}

long
k_setpgid(pid_t pid, pid_t group)
{
	struct proc *p = pid ? proc_find_pid(pid) : now;

	if (group && group != pid)
		unknown("setpgid %d %d", pid, group);
	if (!p || (p != now && p->ppid != now->pid))
		return -ESRCH;
	if (p->sid != now->sid)
		return -EPERM;
	if (p != now && !p->fresh)
		return -EACCES;
	if (p->sid == p->pid)
		return -EPERM;
	p->pgid = p->pid;
	return 0;
}

long
k_getrlimit(int which, struct rlimit *l)
{
	*l = now->limits[which];
	return 0;
}

long
k_setrlimit(int which, const struct rlimit *l)
{
	if (l->rlim_cur > l->rlim_max)
		return -EINVAL;
	if (l->rlim_max > now->limits[which].rlim_max && now->uid)
		return -EPERM;
	now->limits[which] = *l;
	return 0;
}

long
k_prctl(int what, unsigned long a, unsigned long b)
{
	(void)b;
	switch (what) {
	case PR_SET_NAME:
		snprintf(now->comm, sizeof(now->comm), "%s", (const char *)a);
		return 0;
	case PR_SET_PDEATHSIG:
		now->pdeath = (int)a;
		return 0;
	case PR_SET_CHILD_SUBREAPER:
		now->subreaper = a;
		return 0;
	case PR_GET_CHILD_SUBREAPER:
		*(int *)a = now->subreaper;
		return 0;
	}
	unknown("prctl %d", what);
}

long
k_uname(struct utsname *u)
{
	memset(u, 0, sizeof(*u));
	strcpy(u->sysname, "Linux");
	strcpy(u->nodename, "sim");
	strcpy(u->release, old_kernel ? "6.1.0" : "6.18.0");
	return 0;
}

long
k_clock_gettime(clockid_t clock, struct timespec *t)
{
	long long at = sim_clock + (clock == CLOCK_REALTIME ? WALL : 0);

	if (clock == CLOCK_PROCESS_CPUTIME_ID || clock < 0)
		unknown("the clock %d", clock);
	t->tv_sec = at / SECOND;
	t->tv_nsec = at % SECOND;
	return 0;
}

long long
time_of(const struct timespec *t)
{
	return t->tv_sec * SECOND + t->tv_nsec;
}

long
k_nanosleep(const struct timespec *t, struct timespec *left)
{
	long long until = sim_clock + time_of(t);
	long r = 0;

	while (r == 0 && sim_clock < until)
		r = block(NULL, 0, until);
	if (left && r == -ERESTART)
		unknown("nanosleep that tells what is left");
	return r == -ERESTART ? -EINTR : 0;
}

long
k_futex(int *at, int what, int value, const struct timespec *limit)
{
	long long until = limit ? sim_clock + time_of(limit) : NEVER;
	const void *chan = at;
	long r;

	if (what == FUTEX_WAKE) {
		wake(at);
		return 1;
	}
	if (what != FUTEX_WAIT)
		unknown("futex %d", what);
	if (*at != value)
		return -EAGAIN;
	r = block(&chan, 1, until);
	return r == -ETIME ? -ETIMEDOUT : r;
}
