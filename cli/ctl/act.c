/*
 * act.c: verbs that act on instances: signal, wait, activate.
 *
 * A signal goes through a pidfd that passed the identity test, never to a
 * number.
 */
#include <sys/timerfd.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/ctl/ctl.h"
#include "cli/io.h"
#include "cli/meet/hand.h"
#include "cli/meet/watch.h"
#include "cli/number.h"
#include "cli/say.h"
#include "cli/slot/owner.h"
#include "preload/contract.h"

int
none_fault(struct ctl *c, struct fault *f)
{
	return fault_set(f, EXIT_NONE, c->operands[0], " is not running",
	    NULL);
}

int
targets_find(struct ctl *c, struct founds *fs, struct found **one,
    size_t *n, struct fault *f)
{
	int r;

	if (!c->all) {
		*n = 1;
		r = find_one(c, fs, one, f);
	} else {
		r = find_app(c, c->operands[0], c->operands + 1,
		    c->noperands - 1, c->noperands > 1, fs, f);
		*one = fs->at;
		*n = fs->n;
		if (r == 0 && !fs->n)
			r = 1;
	}
	return r == 1 ? none_fault(c, f) : r;
}

void
target_say(const struct found *fd, pid_t pid)
{
	char digits[24];

	say_note("waiting for ", fd->info.app, pid ? ", pid " : "",
	    pid ? say_num(digits, pid) : "", " to end", NULL);
}

int
signal_send(const struct found *fd, int pidfd, pid_t pid, int sig,
    struct fault *f)
{
	char digits[24];

	if (owner_signal(pidfd, sig) == 0 || errno == ESRCH)
		return 0;
	return fault_errno(f, EXIT_DENIED, errno, "cannot signal ",
	    fd->info.app, ", pid ", say_num(digits, pid), NULL);
}

void
failure_note(struct fault *f, size_t n, int *code)
{
	if (!*code)
		*code = f->code;
	if (n > 1)
		say_fault(f);
}

int
failures_end(struct fault *f, size_t n, int code)
{
	if (!code)
		return 0;
	f->code = code;
	if (n > 1)
		f->line[0] = '\0'; /* told already */
	return -1;
}

int
ctl_signal(struct ctl *c, struct fault *f)
{
	int sig = number_signal(c->operands[0]), pidfd, code = 0, r;
	struct founds fs = { 0 };
	struct found *one;
	size_t n;
	pid_t pid;

	if (sig < 0)
		return fault_set(f, EXIT_USAGE, "'", c->operands[0],
		    "' is not a signal; see kill -l", NULL);
	c->operands++;
	c->noperands--;
	r = targets_find(c, &fs, &one, &n, f);
	for (size_t i = 0; r == 0 && i < n; i++) {
		pidfd = owner_settled(c, &one[i], clock_now() + PATIENCE_MS,
		    &pid, f);
		if (pidfd == OWNER_OVER) {
			if (!c->all)
				r = none_fault(c, f);
			continue;
		}
		if (pidfd < 0 || signal_send(&one[i], pidfd, pid, sig, f) < 0)
			failure_note(f, n, &code);
		io_close(&pidfd);
	}
	founds_free(&fs);
	return r ? r : failures_end(f, n, code);
}

/* The time that ctl_wait has, and what it says of it. */
struct waiting {
	int timer;          /* its next moment */
	long long deadline; /* clock_now; 0: none */
	long long said;     /* when to say for whom; 0: not, or done */
};

/* Set it to the next moment: when it is said, or the end.  0 or -1. */
static int
timer_set(const struct waiting *w, struct fault *f)
{
	long long due = w->deadline, left = 0;
	struct itimerspec its = { 0 };

	if (w->said && (!due || w->said < due))
		due = w->said;
	if (due) {
		left = due - clock_now();
		left = left > 0 ? left : 0;
		its.it_value.tv_sec = left / 1000;
		its.it_value.tv_nsec = left % 1000 * 1000000 + 1; /* 0: never */
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

/* A moment has come: for whom we wait is said once, on a terminal.  false: it
 * is the end. */
static bool
waiting_say(struct waiting *w, const struct found *fd)
{
	struct fault f;

	if (w->deadline && clock_now() >= w->deadline)
		return false;
	if (w->said)
		target_say(fd, found_pid(fd));
	w->said = 0;
	return timer_set(w, &f) == 0;
}

int
ctl_wait(struct ctl *c, struct fault *f)
{
	bool keyed = c->noperands > 1;
	struct founds fs = { 0 };
	struct waiting w = { .timer = -1 };
	struct place p;
	int fd, r;

	r = find_app(c, c->operands[0], c->operands + 1, c->noperands - 1,
	    keyed, &fs, f);
	if (r == 0)
		r = waiting_begin(&w, c->wait_ms, f);
	for (size_t i = 0; r == 0 && i < fs.n; i++) {
		fd = -1;
		say_more("waiting for ", fs.at[i].info.app, NULL);
		r = place_of(&p, &c->root, &fs.at[i].slot, f);
		if (r < 0)
			break;
		do
			r = watch_instance(&p, fs.at[i].info.since, &fd,
			    w.timer, f);
		while (r == WATCHED_ALARM && waiting_say(&w, &fs.at[i]));
		io_close(&fd);
		if (r == WATCHED_ALARM)
			r = fault_set(f, EXIT_BUSY, fs.at[i].info.app,
			    " is still running", NULL);
	}
	io_close(&w.timer);
	founds_free(&fs);
	return r;
}

/* Hand over to whoever lives there; patience as in a launch. */
static int
activate_one(struct ctl *c, struct place *p, const struct activation *a,
    struct fault *f)
{
	enum hand_result hand;
	struct meeting m;
	int fd, status = -1;
	bool on = true;

	meeting_begin(&m, p);
	while (on) {
		switch (meet_instance(&m, 0, &fd, f)) {
		case MET_KEEPER:
			hand = hand_activate(&m, fd, a, &status, f);
			on = hand != HAND_DONE && hand != HAND_FAILED;
			if (hand == HAND_FAILED)
				status = -1;
			else if (on)
				hand_again(&m, hand);
			break;
		case MET_FREE:
			on = false;
			status = none_fault(c, f);
			break;
		default:
			on = false;
			break;
		}
	}
	meeting_end(&m);
	return status;
}

int
ctl_activate(struct ctl *c, struct fault *f)
{
	static char *nothing[] = { NULL };
	struct activation a = {
		.args = c->rest ? c->rest : nothing,
		.closed = c->closed,
		.quiet = true,
		.busy_code = EXIT_BUSY,
	};
	struct founds fs = { 0 };
	struct found *one;
	struct place p;
	int r = find_one(c, &fs, &one, f);

	if (r == 0)
		r = place_of(&p, &c->root, &one->slot, f);
	else if (r == 1)
		r = none_fault(c, f);
	if (r == 0)
		r = activate_one(c, &p, &a, f);
	founds_free(&fs);
	return r;
}
