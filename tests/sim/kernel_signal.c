/*
 * kernel_signal.c: signals: sent, masked, waited for, delivered at the end of a
 * call.
 */
#include "tests/sim/kernel.h"
#include "tests/sim/sched.h"
#include "tests/sim/world.h"

static uint64_t bit(int sig) { return 1ULL << (sig - 1); }

#define STOPS (bit(SIGSTOP) | bit(SIGTSTP) | bit(SIGTTIN) | bit(SIGTTOU))
#define IGNORED (bit(SIGCHLD) | bit(SIGCONT) | bit(SIGURG) | bit(SIGWINCH))

static bool
is_ignored(const struct proc *p, int sig)
{
	void (*h)(int) = p->actions[sig].handler;

	return !(bit(sig) & UNMASKABLE) &&
	    (h == SIG_IGN || (h == SIG_DFL && bit(sig) & IGNORED));
}

bool
signal_wanted(const struct proc *p)
{
	uint64_t set = p->pending & ~p->blocked;

	for (int sig = 1; set && sig < SIGNALS; sig++) {
		if (set & bit(sig) && !is_ignored(p, sig))
			return true;
	}
	return false;
}

void
signals_ignored_drop(void)
{
	for (int sig = 1; sig < SIGNALS; sig++) {
		if (bit(sig) & ~now->blocked && is_ignored(now, sig))
			now->pending &= ~bit(sig);
	}
}

void
signal_send(struct proc *to, int sig, const siginfo_t *info)
{
	siginfo_t *kept;

	if (to->state == ZOMBIE || to->state == FREE)
		return;
	if (to->stopped && (sig == SIGCONT || sig == SIGKILL))
		to->stalled = to->stopped = 0;
	if (to->pid == 1 || (is_ignored(to, sig) && !(to->blocked & bit(sig))))
		return;
	if (!(to->pending & bit(sig))) {
		to->pending |= bit(sig);
		to->info[sig] = kept = kalloc(sizeof(*kept));
		if (info) {
			*kept = *info;
		} else if (now) {
			kept->si_code = SI_USER;
			kept->si_pid = !now->space || now->space == to->space ?
			    now->pid : 0;
			kept->si_uid = now->uid;
		}
		kept->si_signo = sig;
	}
	if (to->state == BLOCKED && signal_wanted(to))
		to->state = RUNNABLE;
	wake(to);
}

int
signal_take(struct proc *p, uint64_t set, siginfo_t *info)
{
	int sig = __builtin_ffsll((long long)(p->pending & set));

	if (sig && info)
		*info = *p->info[sig];
	if (sig)
		p->pending &= ~bit(sig);
	return sig;
}

static void
handle(int sig)
{
	struct action *a = &now->actions[sig];
	void (*handler)(int) = a->handler;
	uint64_t mask = now->blocked;

	now->blocked |= a->mask | (a->flags & SA_NODEFER ? 0 : bit(sig));
	known(!(a->flags & (int)(SA_RESETHAND | SA_SIGINFO)));
	handler(sig);
	now->blocked = mask;
}

bool
leave(long *r)
{
	bool again = true;
	siginfo_t info;
	int sig;

	while ((sig = signal_take(now, ~now->blocked, &info))) {
		struct action *a = &now->actions[sig];

		if (is_ignored(now, sig))
			continue;
		if (a->handler == SIG_DFL || bit(sig) & UNMASKABLE) {
			known(!(bit(sig) & STOPS));
			proc_exit(sig);
		}
		again = a->flags & SA_RESTART;
		handle(sig);
	}
	if (now->restore_mask)
		now->blocked = now->saved_mask;
	now->restore_mask = false;
	if (*r != -ERESTART)
		return false;
	*r = -EINTR;
	return again;
}

long
k_kill(pid_t pid, int sig)
{
	long r = -ESRCH;

	if (pid > 0 && sig)
		world_signals_number(pid);
	EACH_PROC(p) {
		if (p->pid == 1 || !proc_seen(p) || (pid > 0 ? p->pid != pid :
		    pid == -1 ? p == now : p->pgid != (pid ? -pid : now->pgid)))
			continue;
		r = 0;
		if (!sig)
			continue;
		world_signals(p, sig);
		signal_send(p, sig, NULL);
	}
	return r;
}

/* Of 64 signals. */
static sigset_t set_of(uint64_t bits) { return (sigset_t){ { bits } }; }
uint64_t signal_bits(const sigset_t *set) { return set->__val[0]; }

long
k_sigaction(int sig, const struct sigaction *to, struct sigaction *old)
{
	struct action *a;

	if (sig < 1 || sig >= SIGNALS || (to && bit(sig) & UNMASKABLE))
		return -EINVAL;
	a = &now->actions[sig];
	if (old)
		*old = (struct sigaction){ .sa_handler = a->handler,
			.sa_mask = set_of(a->mask), .sa_flags = a->flags };
	if (to) {
		a->handler = to->sa_handler;
		a->mask = signal_bits(&to->sa_mask);
		a->flags = to->sa_flags;
		if (is_ignored(now, sig))
			now->pending &= ~bit(sig);
	}
	return 0;
}

long
k_sigprocmask(int how, const sigset_t *to, sigset_t *old)
{
	uint64_t was = now->blocked, set;

	if (to) {
		set = signal_bits(to);
		now->blocked = (how == SIG_BLOCK ? was | set :
		    how == SIG_UNBLOCK ? was & ~set : set) & ~UNMASKABLE;
	}
	if (old)
		*old = set_of(was);
	return 0;
}

long
k_sigpending(sigset_t *set)
{
	*set = set_of(now->pending & now->blocked);
	return 0;
}

long
k_sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *limit)
{
	int sig = signal_take(now, signal_bits(set), info);

	known(sig || (limit && !time_of(limit)));
	return sig ? sig : -EAGAIN;
}

long
k_setitimer(int which, const struct itimerval *to, struct itimerval *old)
{
	long long value = NS_OF(to->it_value);

	known(which == ITIMER_REAL && (!old || now->alarm == NEVER));
	if (old)
		memset(old, 0, sizeof(*old));
	now->alarm_every = NS_OF(to->it_interval);
	now->alarm = value ? sim_clock + value : NEVER;
	return 0;
}
