/*
 * act.c: verbs that act on instances: signal, wait, activate.
 *
 * A signal is sent through a pidfd that passed the identity test, never to a
 * bare pid.
 */
#include <sys/timerfd.h>

#include <errno.h>
#include <signal.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/number.h"
#include "cli/base/proc.h"
#include "cli/base/say.h"
#include "cli/core/ctl/act.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/find_instance.h"
#include "cli/core/ctl/found.h"
#include "cli/core/ctl/owner_now.h"
#include "cli/core/handover/way.h"
#include "cli/core/meet/activation.h"
#include "cli/core/meet/hand.h"
#include "cli/core/meet/holds.h"
#include "cli/core/meet/meet.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/owner.h"

int
ctl_signal(struct ctl *c, struct fault *f)
{
	int sig = number_signal(c->operands[0]), pidfd, code = 0;
	bool later = sig != SIGKILL && sig != SIGCONT && sig != SIGSTOP;
	char digits[24], hint[NEAR_HINT];
	const struct found *one;
	struct near near;
	bool stopped;
	pid_t pid;

	near_signal(&near, c->operands[0]);
	if (sig < 0)
		return fault_set(f, EXIT_USAGE, "'", c->operands[0],
		    "' is not a signal", near_hint(&near, "", hint), "; see"
		    " kill -l", NULL);
	c->operands++;
	c->noperands--;
	if (targets_find(c, f) < 0)
		return -1;
	for (one = c->one; one < c->one + c->n; one++) {
		pidfd = settle_owner(one, clock_now() + PATIENCE_MS, &pid,
		    NULL, f);
		if (pidfd == OWNER_OVER && !c->o.all)
			return find_none(c, f);
		if (pidfd == OWNER_OVER)
			continue;
		stopped = pidfd >= 0 && later && proc_state(pid) == 'T';
		if (pidfd < 0 || target_signalled(one, pid,
		    owner_signal(pidfd, sig), f) < 0)
			target_failed(f, c->n, &code);
		else if (stopped)
			say_note(one->info.app, ", pid ", say_num(digits,
			    pid), ", is stopped, and gets the signal when it"
			    " is continued (onlyonectl signal CONT)", NULL);
		io_close(&pidfd);
	}
	return targets_end(f, c->n, code);
}

/* When ctl_wait gives up, and when it prints that it is waiting. */
struct waiting {
	int timer;          /* timerfd: readable when the next time comes */
	long long deadline; /* clock_now; 0: none */
	long long said;     /* when to print that we are waiting, clock_now; 0:
	                     * never, or done */
};

/* Set the timer to the next of note and deadline. 0 or -1. */
static int
timer_set(const struct waiting *w, struct fault *f)
{
	long long due = w->deadline;
	struct itimerspec its = { 0 };
	int left;

	clock_earlier(&due, w->said);
	if (due) {
		left = clock_left(due);
		its.it_value.tv_sec = left / 1000;
		its.it_value.tv_nsec = left % 1000 * 1000000L + 1; /* 0: never */
	}
	if (timerfd_settime(w->timer, 0, &its, NULL) == 0)
		return 0;
	return fault_errno(f, EXIT_SYSTEM, errno, "cannot set a time limit",
	    NULL);
}

static int
waiting_begin(struct waiting *w, int ms, struct fault *f)
{
	w->deadline = ms >= 0 ? clock_now() + ms : 0;
	w->said = say_later();
	w->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (w->timer < 0)
		return fault_errno(f, EXIT_SYSTEM, errno,
		    "cannot set a time limit", NULL);
	return timer_set(w, f);
}

/* The timer has expired: note once, on a terminal, which instance we are
 * waiting for. false: the deadline has passed. */
static bool
waiting_goes_on(struct waiting *w, const struct found *found)
{
	struct fault f;

	if (w->deadline && clock_now() >= w->deadline)
		return false;
	if (w->said)
		target_say(found, found_pid(found));
	w->said = 0;
	return timer_set(w, &f) == 0;
}

int
ctl_wait(struct ctl *c, struct fault *f)
{
	struct waiting w = { .timer = -1 };
	const struct found *one;
	struct place p;
	int fd, r;

	if (find_running(c, f) < 0)
		return -1;
	r = waiting_begin(&w, c->o.wait_ms, f);
	for (size_t i = 0; r == 0 && i < c->found.n; i++) {
		one = &c->found.at[i];
		fd = -1;
		say_more("waiting for ", one->info.app, NULL);
		r = found_holds(one) == HOLDS_DEAF ? found_none(one, f) :
		    place_of(&p, one->root, &one->slot, f);
		if (r < 0)
			break;
		do
			r = watch_instance(&p, one->info.since, &fd, w.timer,
			    w.deadline, f);
		while (r == WATCHED_ALARM && waiting_goes_on(&w, one));
		io_close(&fd);
		if (r == WATCHED_ALARM && found_holds(one) == HOLDS_DEAF)
			r = found_none(one, f);
		else if (r == WATCHED_ALARM)
			r = fault_set(f, EXIT_BUSY, one->info.app,
			    proc_state(found_pid(one)) == 'T' ?
			    " is stopped, and has not ended" :
			    " is still running", NULL);
	}
	io_close(&w.timer);
	return r;
}

/* Hand the arguments to the instance that lives at p, with the patience of a
 * launch.  Its exit status, or -1. */
static int
activate_one(struct ctl *c, struct place *p, const struct activation *a,
    struct fault *f)
{
	enum hand_result hand = HAND_FAILED;
	struct meeting m;
	enum met met;
	int fd, status = -1;

	meeting_begin(&m, p);
	while ((met = meet_instance(&m, &fd, f)) == MET_KEEPER) {
		hand = hand_activate(&m, fd, a, &status, f);
		if (hand == HAND_DONE || hand == HAND_FAILED)
			break;
		hand_again(&m, hand);
	}
	meeting_end(&m);
	if (met == MET_FREE)
		return find_none(c, f);
	return met == MET_KEEPER && hand == HAND_DONE ? status : -1;
}

int
ctl_activate(struct ctl *c, struct fault *f)
{
	static char *nothing[] = { NULL };
	struct activation a = {
		.args = c->rest ? c->rest : nothing,
		.closed = c->closed,
		.quiet = true,
		.asks = ASKS_TRY,
	};
	struct place p;

	return find_late(c, f) < 0 ||
	    place_of(&p, c->one->root, &c->one->slot, f) < 0 ? -1 :
	    activate_one(c, &p, &a, f);
}
