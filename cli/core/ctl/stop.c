/*
 * stop.c: onlyonectl stop.
 *
 * stop --all first asks every instance to end, then waits for all of them
 * together: the whole takes as long as the slowest one.
 */
#include <sys/resource.h>
#include <sys/types.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/found.h"
#include "cli/core/ctl/owner_now.h"
#include "cli/core/ctl/tell.h"
#include "cli/core/ctl/verbs.h"
#include "cli/base/fault.h"
#include "cli/base/io.h"
#include "cli/core/meet/messages.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/base/say.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/job.h"
#include "cli/core/slot/env_mark.h"
#include "cli/core/slot/owner.h"
#include "cli/base/text.h"
#include "preload/contract.h"

/*
 * End one instance, and wait until it has ended.
 *
 * First ask its windows to close, as a click does: the user may have work to
 * save.  While a window asks the user, no signal is sent; if the windows stay
 * open after the answer, none is sent at all, except with --kill-after.  A
 * program that neither closes nor asks gets half of the time.  Then send the
 * stop signal, and CONT, since a stopped process would not take it.  Each
 * successor that becomes the owner gets both too, and so one after the other do
 * the processes of a tree.  What is left of a tree and cannot be seen gets TERM
 * from the parent that holds the slot.
 *
 * Processes that the instance has started end with it if they are its job
 * (job.h); a note says how many others go on.
 */

/* More than a dozen members: what is planned, when, and what has been done. */
struct stop {
	long long deadline;          /* all times on clock_now */
	long long press_at;          /* when to send the stop signal */
	int polite_ms;               /* for windows that were asked to close */
	int kill_ms;                 /* from stop signal to KILL; -1: never */
	long long kill_at;           /* 0: not known yet, or never */
	long long say_at;            /* when to note that we wait; 0: not, or
	                              * done */
	pid_t asked;                 /* the owner that got the stop signal */
	bool closes;                 /* its windows have been asked to close,
	                              * and their answer counts */
	bool questions;              /* a window asks the user something */
	char title[128];             /* of the window that asks; "": it has
	                              * none */
	bool limited;                /* -w was given */
	bool killed;
	bool told;                   /* its holding parent is to end it */
	struct job job;
	struct telling close;        /* the request to close its windows */
	bool failed;                 /* the fault has been noted */
};

enum {
	STOP_MS = 10000,
	LOOK_MS = 20, LOOK_MOST_MS = 200, /* between looks at windows, job */
	LOOKS = 100, /* searches for new members of the job */
	SAY_MS = 1000, /* from a question to a note about it */
	LEAST_MS = 500 /* for windows that have been asked to close */
};

/* Look for processes that the instance has started. */
static int
job_find(struct ctl *c, const struct found *found, struct stop *s,
    struct fault *f)
{
	if (job_look(&s->job, &c->root, found->slot.name, &found->info) < 0 &&
	    errno != ENOENT)
		return fault_errno(f, EXIT_SYSTEM, errno, "cannot look for"
		    " what ", found->info.app, " has started", NULL);
	return 0;
}

/* Signal all members of the job, until a look finds no new one. */
static int
job_end(struct ctl *c, const struct found *found, struct stop *s,
    struct fault *f)
{
	int looks = 0;

	do {
		job_signal(&s->job, s->job.sig);
		if (job_find(c, found, s, f) < 0)
			return -1;
	} while (s->job.ends != ENDS_MAIN && s->job.fresh &&
	    ++looks < LOOKS);
	return 0;
}

/* Move the deadline to at least `until`, unless the user has set it (-w). */
static void
deadline_move(struct stop *s, long long until)
{
	if (!s->limited && s->deadline < until)
		s->deadline = until;
}

/* If it is time, send the stop signal to the instance's owner, pid. */
static int
stop_ask(struct ctl *c, const struct found *found, struct stop *s, int pidfd,
    pid_t pid, struct fault *f)
{
	int sig = found->info.terms.stop_signal;
	long long now = clock_now();
	bool had;

	if (pid == s->asked || now < s->press_at)
		return 0;
	s->asked = pid;
	/* With --all, the other instances may have used up the time. */
	deadline_move(s, now + s->polite_ms);
	if (s->kill_ms >= 0 && !s->kill_at) {
		s->kill_at = now + s->kill_ms;
		/* If KILL comes late, leave the process time to die. */
		if (s->deadline < s->kill_at + 1000)
			s->deadline = s->kill_at + 1000;
	}
	had = job_was_signalled(&s->job, pid);
	job_begin(&s->job, &found->info, pid,
	    c->o.tree ? ENDS_TREE : ENDS_MAIN);
	if (job_find(c, found, s, f) < 0)
		return -1;
	if (s->job.ends != ENDS_MAIN)
		s->job.seen = NULL; /* look again: for new processes too */
	sig = sig ? sig : SIGTERM;
	if (!had)
		job_signalled(&s->job, sig);
	if (!had && target_end(found, pidfd, pid, sig, f) < 0)
		return -1;
	point("stop-signalled");
	return s->job.ends == ENDS_MAIN ? 0 : job_end(c, found, s, f);
}

/* The owner has ended: wait until the processes that are to end with it have
 * ended too. */
static int
stop_end(struct ctl *c, const struct found *found, struct stop *s,
    struct fault *f)
{
	int pause = LOOK_MS;
	char digits[24], pids[128];
	struct text t;

	while (s->job.owner) {
		if (job_end(c, found, s, f) < 0)
			return -1;
		if (s->kill_at && clock_now() >= s->kill_at) {
			job_signal(&s->job, SIGKILL);
			s->killed = true;
		}
		if (job_over(&s->job)) {
			words_left(found->info.app, &s->job,
			    "; --tree ends that too");
			break;
		}
		if (!s->job.quiet && clock_now() >= s->deadline) {
			t = text_in(pids, sizeof(pids));
			job_pids(&s->job, false, &t);
			return fault_set(f, EXIT_BUSY, found->info.app, " has"
			    " ended, but not all that it has started (",
			    say_num(digits, (long long)job_left(&s->job,
			    false)), "): ", pids, s->killed ? NULL :
			    "; --kill-after=SEC kills", NULL);
		}
		clock_sleep(pause * 1000L);
		if (!s->job.quiet && pause < LOOK_MOST_MS)
			pause += pause / 2;
	}
	return 0;
}

/* Whether the keeper has no display on which it could ask windows. */
static bool
is_windowless(const struct found *found)
{
	return found->life == LIFE_KEPT &&
	    fields_get(&found->state, "windowless");
}

/* Ask the instance's windows to close; stop_begin takes the answer.  s is all
 * zeros before. */
static void
stop_close(struct ctl *c, const struct found *found, struct stop *s)
{
	s->close.sock = -1;
	if (found->life == LIFE_KEPT && !is_windowless(found))
		tell_begin(c, found, FRAME_CLOSE, &s->close);
}

/* Take the answer of the windows: an enum closed, or -1. */
static int
close_end(struct ctl *c, const struct found *found, struct stop *s)
{
	return !is_windowless(found) &&
	    (found->life == LIFE_KEPT || found->life == LIFE_BARE) ?
	    tell_end(c, found, FRAME_CLOSE, &s->close) : CLOSED_NONE;
}

static int
stays_fault(const struct found *found, pid_t pid, const char *why,
    struct fault *f)
{
	char digits[24];

	return fault_set(f, EXIT_BUSY, found->info.app, pid ? ", pid " : "",
	    pid ? say_num(digits, pid) : "", ": ", why, NULL);
}

/* See whether the windows are closed by now, or ask the user something.  A
 * question may stay open as long as the user likes, unless -w is given. */
static int
windows_look(struct ctl *c, const struct found *found, struct stop *s,
    pid_t pid, struct fault *f)
{
	struct text title;
	long long now;
	int status;

	if (!s->closes || s->asked)
		return 0;
	title = text_in(s->title, sizeof(s->title));
	status = tell_closing(c, found, &title);
	now = clock_now();
	switch (status) {
	case CLOSED_QUESTION:
		if (!s->questions)
			s->say_at = now + SAY_MS;
		s->questions = true;
		s->press_at = LLONG_MAX;
		deadline_move(s, now + s->polite_ms);
		break;
	case CLOSED_REFUSED:
		return stays_fault(found, pid, CLOSED_REFUSED_WHY, f);
	case CLOSED_MUTE: /* the windows of a successor cannot be asked */
		return stays_fault(found, pid, CLOSED_MUTE_WHY, f);
	case CLOSED_ASKED:
		/* The user has answered, and the windows are closed: the
		 * program gets its full time again. */
		if (s->questions) {
			s->press_at = now + s->polite_ms;
			deadline_move(s, s->press_at + s->polite_ms);
			s->say_at = say_later();
		}
		s->questions = false;
		break;
	default: /* no answer from its keeper, or there is no window */
		return 0;
	}
	return 0;
}

/* Say that we wait for an answer: the user may not see the question. */
static void
question_say(const struct found *found, const struct stop *s, pid_t pid)
{
	char digits[24];
	bool named = *s->title;

	say_note(found->info.app, " (pid ", say_num(digits, pid), ") asks",
	    named ? ": \"" : " something", named ? s->title : "", named ?
	    "\"" : "", "; waiting for the answer (", s->limited ? "" :
	    "-w SEC sets a limit, ", "--kill-after=SEC ends it unanswered)",
	    NULL);
}

/* Wait for the owner's end, at most until something is due. */
static void
owner_wait(const struct stop *s, int pidfd)
{
	bool looks = s->asked ? s->job.ends != ENDS_MAIN : s->closes;
	long long until = s->deadline;
	int left;

	if (!s->asked)
		clock_earlier(&until, s->press_at);
	if (!s->killed)
		clock_earlier(&until, s->kill_at);
	clock_earlier(&until, s->say_at);
	left = clock_left(until);
	io_wait(pidfd, POLLIN, looks && left > LOOK_MOST_MS ? LOOK_MOST_MS :
	    left);
}

/* Wait until the instance has ended. */
static int
stop_wait(struct ctl *c, const struct found *found, struct stop *s,
    struct fault *f)
{
	char digits[24];
	long long now;
	pid_t pid;
	int pidfd, r;

	do {
		pidfd = settle_owner(c, found, s->deadline, &pid, &s->told,
		    f);
		if (pidfd < 0)
			return pidfd == OWNER_OVER ? 0 : -1;
		r = windows_look(c, found, s, pid, f);
		if (r == 0)
			r = stop_ask(c, found, s, pidfd, pid, f);
		if (r == 0 && s->asked && s->job.ends != ENDS_MAIN)
			r = job_end(c, found, s, f);
		now = clock_now();
		if (r == 0 && s->kill_at && now >= s->kill_at) {
			r = target_signal(found, pidfd, pid, SIGKILL, f);
			job_signal(&s->job, SIGKILL);
			s->killed = true;
		}
		if (s->say_at && now >= s->say_at) {
			if (s->questions)
				question_say(found, s, pid);
			else
				target_say(found, pid);
			s->say_at = 0;
		}
		/* Test the deadline only here: with -w 0 too the program is
		 * asked to end. */
		if (r == 0 && now >= s->deadline && s->questions)
			r = stays_fault(found, pid, CLOSED_QUESTION_WHY, f);
		else if (r == 0 && now >= s->deadline)
			r = fault_set(f, EXIT_BUSY, found->info.app, ", pid ",
			    say_num(digits, pid), proc_state(pid) == 'T' ?
			    ", is stopped, and has not ended" :
			    ", is still running", s->killed ? NULL :
			    "; --kill-after=SEC kills", NULL);
		if (r == 0)
			owner_wait(s, pidfd);
		io_close(&pidfd);
	} while (r == 0);
	return r;
}

/* Take the answer of the windows, and set all times by it.  alone: there is no
 * other instance to stop.  0, or -1 with a fault. */
static int
stop_begin(struct ctl *c, const struct found *found, struct stop *s,
    bool alone, struct fault *f)
{
	long long now = clock_now();
	int status = close_end(c, found, s), wait_ms;

	/* The time spent on asking other instances does not count for this
	 * one. */
	if (!alone)
		now = clock_now();
	s->limited = c->o.wait_ms >= 0;
	wait_ms = s->limited ? c->o.wait_ms : STOP_MS;
	s->deadline = now + (c->o.wait_ms == WAIT_EVER ? INT_MAX : wait_ms);
	s->say_at = say_later();
	s->kill_ms = c->o.kill_ms >= 0 ? c->o.kill_ms :
	    found->info.terms.kill_ms;
	if (status == CLOSED_MUTE && s->kill_ms < 0)
		return stays_fault(found, 0, CLOSED_MUTE_WHY, f);
	s->polite_ms = wait_ms / 2 > LEAST_MS || s->kill_ms >= 0 ?
	    wait_ms / 2 : LEAST_MS;
	s->closes = s->kill_ms < 0 && status >= 0 && status != CLOSED_NONE;
	s->press_at = now + (s->closes || status == CLOSED_ASKED ||
	    status == CLOSED_QUESTION ? s->polite_ms : 0);
	if (found_parent(found)) /* there is no owner any more */
		settle_parent(found, &s->told);
	return 0;
}

enum { CLOSES = 512 }; /* instances asked at once to close windows */

/* How many instances to ask at once to close their windows: a display that does
 * not answer takes seconds, and each request takes a descriptor. */
static size_t
close_most(void)
{
	struct rlimit limit;
	rlim_t n;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 1;
	n = limit.rlim_cur / 4;
	return n < 8 ? 1 : n > CLOSES ? CLOSES : (size_t)n;
}

static void
stop_failed(struct stop *s, size_t n, int *code, struct fault *f)
{
	s->failed = true;
	target_failed(f, n, code);
}

/* Ask every instance to end. */
static void
all_begin(struct ctl *c, const struct found *one, struct stop *s, size_t n,
    int *code, struct fault *f)
{
	size_t asked = 0, most = close_most();
	int pidfd;
	pid_t pid;

	for (size_t i = 0; i < n; i++) {
		for (; asked < n && asked < i + most; asked++)
			stop_close(c, &one[asked], &s[asked]);
		if (stop_begin(c, &one[i], &s[i], n == 1, f) < 0) {
			stop_failed(&s[i], n, code, f);
			continue;
		}
		if (n == 1)
			break;
		pidfd = settle_now(c, &one[i], &pid, f);
		if (pidfd == OWNER_FAULT || (pidfd >= 0 &&
		    stop_ask(c, &one[i], &s[i], pidfd, pid, f) < 0))
			stop_failed(&s[i], n, code, f);
		if (pidfd >= 0)
			io_close(&pidfd);
	}
}

/* Search /proc once for what all n instances have started.  An instance whose
 * job is to end as well searches again after the stop signal (stop_ask).
 * Returns whether *seen has to be freed. */
static bool
all_look(struct ctl *c, struct stop *s, size_t n, struct marks *seen)
{
	bool took = n > 1 && env_marks_take(seen, c->root.path) == 0;

	for (size_t i = 0; i < n; i++)
		s[i].job.seen = took ? seen : NULL;
	return took;
}

int
ctl_stop(struct ctl *c, struct fault *f)
{
	const struct found *one = c->one;
	size_t n = c->n;
	struct stop *s = calloc(n, sizeof(*s));
	struct marks seen;
	bool look;
	int code = 0;

	if (!s)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot stop",
		    NULL);
	look = all_look(c, s, n, &seen);
	all_begin(c, one, s, n, &code, f);
	if (look)
		env_marks_free(&seen);
	for (size_t i = 0; i < n; i++) {
		s[i].job.seen = NULL;
		if (!s[i].failed && (stop_wait(c, &one[i], &s[i], f) < 0 ||
		    (s[i].job.ends != ENDS_MAIN &&
		    stop_end(c, &one[i], &s[i], f) < 0)))
			stop_failed(&s[i], n, &code, f);
	}
	/* All owners have ended: look at what is left of their jobs. */
	look = all_look(c, s, n, &seen);
	for (size_t i = 0; i < n; i++) {
		if (!s[i].failed && s[i].job.ends == ENDS_MAIN &&
		    stop_end(c, &one[i], &s[i], f) < 0)
			stop_failed(&s[i], n, &code, f);
		job_free(&s[i].job);
	}
	if (look)
		env_marks_free(&seen);
	free(s);
	return targets_end(f, n, code);
}
