/*
 * kernel_sleep.c: a process sleeps in a call until it is woken: by another one, a
 * signal, or the clock.
 */
#include "tests/sim/kernel.h"
#include "tests/sim/sched.h"

bool
can_run(const struct proc *p)
{
	if (p->stalled > sim_clock)
		return false;
	return p->state == RUNNABLE ||
	    (p->state == BLOCKED && p->until <= sim_clock);
}

long long
next_moment(void)
{
	long long at = NEVER, then;

	for (int i = 0; i < nalive; i++) {
		struct proc *p = alive[i];

		if (p->alarm < at)
			at = p->alarm;
		then = p->state == BLOCKED && p->until > p->stalled ? p->until :
		    p->stalled;
		if (then < at)
			at = then;
	}
	return at;
}

void
alarms_ring(void)
{
	static const siginfo_t rings = { .si_code = SI_KERNEL };

	for (int i = 0; i < nalive; i++) {
		struct proc *p = alive[i];

		if (p->alarm > sim_clock)
			continue;
		p->alarm = p->alarm_every ? sim_clock + p->alarm_every : NEVER;
		signal_send(p, SIGALRM, &rings);
	}
}

long
block(const void *const *chans, int n, long long until)
{
	if (signal_wanted(now))
		return -ERESTART;
	if (n > CHANS)
		unknown("a process sleeps on %d things", n);
	memcpy(now->chans, chans, (size_t)n * sizeof(*chans));
	now->nchans = n;
	now->until = until;
	now->slept = sim_clock;
	now->timed_out = false;
	now->state = BLOCKED;
	if (telling)
		story_sleeps();
	yield_turn();
	now->nchans = 0;
	if (signal_wanted(now))
		return -ERESTART;
	return now->timed_out ? -ETIME : 0;
}

bool
block_anyhow(const void *const *chan)
{
	uint64_t mask = now->blocked;
	long r;

	now->blocked = ~(1ULL << (SIGKILL - 1));
	r = block(chan, 1, NEVER);
	now->blocked = mask;
	return r == 0;
}

int
wake(const void *chan)
{
	int n = 0;

	for (int i = 0; i < nalive; i++) {
		struct proc *p = alive[i];

		for (int k = 0; k < p->nchans; k++) {
			if (p->chans[k] != chan || p->state != BLOCKED)
				continue;
			p->state = RUNNABLE;
			n++;
		}
	}
	return n;
}
