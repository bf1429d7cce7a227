/*
 * stop.c: onlyonectl stop.
 *
 * stop --all asks every instance to exit, then waits for all of them at once:
 * it takes as long as the slowest one.
 */
#include <sys/resource.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/proc.h"
#include "cli/base/say.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/found.h"
#include "cli/core/ctl/owner_now.h"
#include "cli/core/ctl/stop.h"
#include "cli/core/ctl/tell.h"
#include "cli/core/meet/messages.h"
#include "cli/core/slot/env_mark.h"
#include "cli/core/slot/job.h"
#include "cli/core/slot/owner.h"

/*
 * End one instance, and wait until it has ended.
 *
 * First ask its windows to close, as a click does: the user may have work to
 * save.  If there are any, the program or its user decides, and no signal is
 * sent, except with --kill-after, after half of the time.  Else send the stop
 * signal, and CONT, since a stopped process would not handle it.  Each
 * successor that becomes the owner gets both too, and so do the processes of a
 * tree, one by one.  Members of a tree that we cannot see get TERM from the
 * parent that holds the slot.
 *
 * Processes that the instance has started end with it if they are its job
 * (job.h); a note says how many others keep running.
 */

/* More than a dozen members: the plan, its times, and its progress. */
struct stop {
	long long deadline;          /* all times on clock_now */
	long long press_at;          /* when to send the stop signal; LLONG_MAX:
	                              * never, since its windows were asked */
	int wait_ms;                 /* -w, or the default */
	int kill_ms;                 /* from stop signal to KILL; -1: never */
	long long kill_at;           /* 0: not known yet, or never */
	long long say_at;            /* when to print that we are waiting; 0:
	                              * never, or done */
	pid_t owner;                 /* whose windows were asked to close */
	pid_t asked;                 /* the owner that got the stop signal */
	bool killed;
	bool parent_ends;            /* let its holding parent end it */
	struct job job;
	struct telling close;        /* the request to close its windows */
	bool failed;                 /* the fault has been printed */
};

enum {
	STOP_MS = 10000,
	LOOK_MS = 20, LOOK_MOST_MS = 200, /* between looks at the job */
	LOOKS = 100 /* for new members of a job that may fork without end */
};

/* Find the processes that the instance has started. */
static int
job_find(const struct found *found, struct stop *s,
    struct fault *f)
{
	if (job_look(&s->job, found->root, found->slot.name, &found->info) < 0 &&
	    errno != ENOENT)
		return fault_errno(f, EXIT_SYSTEM, errno, "cannot look for"
		    " what ", found->info.app, " has started", NULL);
	return 0;
}

/* Signal all members of the job until there is no new one. */
static int
job_end(const struct found *found, struct stop *s,
    struct fault *f)
{
	int looks = 0;

	do {
		job_signal(&s->job, s->job.sig);
		if (job_find(found, s, f) < 0)
			return -1;
	} while (s->job.ends != ENDS_MAIN && s->job.fresh &&
	    ++looks < LOOKS);
	return 0;
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
	if (c->o.wait_ms < 0 && s->deadline < now + s->wait_ms / 2)
		s->deadline = now + s->wait_ms / 2;
	if (s->kill_ms >= 0 && !s->kill_at) {
		s->kill_at = now + s->kill_ms;
		/* If KILL comes late, give the process time to die. */
		if (s->deadline < s->kill_at + 1000)
			s->deadline = s->kill_at + 1000;
	}
	had = job_was_signalled(&s->job, pid);
	job_begin(&s->job, &found->info, pid,
	    c->o.tree ? ENDS_TREE : ENDS_MAIN);
	if (job_find(found, s, f) < 0)
		return -1;
	if (s->job.ends != ENDS_MAIN)
		s->job.seen = NULL; /* look again: for new processes too */
	sig = sig ? sig : SIGTERM;
	if (!had)
		job_signalled(&s->job, sig);
	if (!had && target_signalled(found, pid, owner_end(pidfd, sig), f) < 0)
		return -1;
	return s->job.ends == ENDS_MAIN ? 0 : job_end(found, s, f);
}

/* The owner has exited: wait until the processes that end with it have exited
 * too. */
static int
stop_end(const struct found *found, struct stop *s,
    struct fault *f)
{
	int pause = LOOK_MS;
	char pids[128];
	struct text t;
	size_t n;

	while (s->job.owner) {
		if (job_end(found, s, f) < 0)
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
			if ((n = job_pids(&s->job, false, &t)))
				return fault_set(f, EXIT_BUSY,
				    found->info.app, " has ended, but not all"
				    " that it has started (", TEXT_NUM(n),
				    "): ", pids, s->killed ? NULL :
				    "; --kill-after=SEC kills them", NULL);
		}
		clock_sleep(pause * 1000L);
		if (!s->job.quiet && pause < LOOK_MOST_MS)
			pause += pause / 2;
	}
	return 0;
}

/* Whether the keeper has no display to ask windows on. */
static bool
is_windowless(const struct found *found)
{
	return found->life == LIFE_KEPT &&
	    fields_get(&found->state, "windowless");
}

/* Ask the instance's windows to close; close_end takes the answer.  s is all
 * zeros before. */
static void
close_begin(const struct found *found, struct stop *s)
{
	s->close.sock = -1;
	if (found->life == LIFE_KEPT && !is_windowless(found))
		tell_close(found, &s->close);
}

/* Take the answer about this owner's windows: it decides when to send the
 * signal, at `now` or later. */
static void
close_end(struct ctl *c, const struct found *found, struct stop *s,
    pid_t owner, long long now)
{
	bool closes = !is_windowless(found) && (found->life == LIFE_KEPT ||
	    found->life == LIFE_BARE) && tell_closes(c, found, &s->close);

	s->owner = owner;
	s->press_at = !closes ? now : s->kill_ms < 0 ? LLONG_MAX :
	    now + s->wait_ms / 2;
}

/* Wait for the owner to exit, at most until the next step is due. */
static void
owner_wait(const struct stop *s, int pidfd)
{
	bool looks = s->asked && s->job.ends != ENDS_MAIN;
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

/* Time is up. */
static int
late_fault(const struct found *found, const struct stop *s, pid_t pid,
    struct fault *f)
{
	char digits[24], who[NAME_SHOWN + 64];

	say_num(digits, pid);
	if (!s->asked && s->press_at == LLONG_MAX) {
		text_join(who, sizeof(who), found->info.app, " (pid ", digits,
		    ")", NULL);
		return words_unclosed(who, pid, s->wait_ms, f);
	}
	return fault_set(f, EXIT_BUSY, found->info.app, ", pid ", digits,
	    proc_state(pid) == 'T' ? ", is stopped, and has not ended" :
	    ", is still running", s->killed ? NULL :
	    "; --kill-after=SEC kills it", NULL);
}

/* Wait until the instance has ended. */
static int
stop_wait(struct ctl *c, const struct found *found, struct stop *s,
    struct fault *f)
{
	long long now;
	pid_t pid;
	int pidfd, r;

	do {
		pidfd = settle_owner(found, s->deadline, &pid, &s->parent_ends,
		    f);
		if (pidfd < 0)
			return pidfd == OWNER_OVER ? 0 : -1;
		if (!s->asked && pid != s->owner)
			close_end(c, found, s, pid, clock_now());
		r = stop_ask(c, found, s, pidfd, pid, f);
		if (r == 0 && s->asked && s->job.ends != ENDS_MAIN)
			r = job_end(found, s, f);
		now = clock_now();
		if (r == 0 && s->kill_at && now >= s->kill_at) {
			r = target_signalled(found, pid,
			    owner_signal(pidfd, SIGKILL), f);
			job_signal(&s->job, SIGKILL);
			s->killed = true;
		}
		if (s->say_at && now >= s->say_at) {
			target_say(found, pid);
			s->say_at = 0;
		}
		/* Test the deadline only here: even with -w 0 the program is
		 * asked to exit. */
		if (r == 0 && now >= s->deadline)
			r = late_fault(found, s, pid, f);
		if (r == 0)
			owner_wait(s, pidfd);
		io_close(&pidfd);
	} while (r == 0);
	return r;
}

/* Take the answer about the windows, and set all times by it. alone: there is
 * no other instance to stop. */
static void
stop_begin(struct ctl *c, const struct found *found, struct stop *s,
    bool alone)
{
	long long now = clock_now();

	s->wait_ms = c->o.wait_ms >= 0 ? c->o.wait_ms : STOP_MS;
	s->kill_ms = c->o.kill_ms >= 0 ? c->o.kill_ms :
	    found->info.terms.kill_ms;
	close_end(c, found, s, found->info.owner.pid, now);
	/* The time spent on asking other instances does not count for this
	 * one. */
	if (!alone)
		now = clock_now();
	s->deadline = now + (c->o.wait_ms == WAIT_EVER ? INT_MAX : s->wait_ms);
	s->say_at = say_later();
	if (found_parent(found)) /* there is no owner any more */
		settle_parent(found, &s->parent_ends);
}

enum { CLOSES = 512 }; /* instances asked at once to close windows */

/* How many instances to ask at once to close their windows: a display that does
 * not answer costs seconds, and each request costs a descriptor. */
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

/* Ask every instance to exit. */
static void
all_begin(struct ctl *c, const struct found *one, struct stop *s, size_t n,
    int *code, struct fault *f)
{
	size_t asked = 0, most = close_most();
	int pidfd;
	pid_t pid;

	for (size_t i = 0; i < n; i++) {
		for (; asked < n && asked < i + most; asked++)
			close_begin(&one[asked], &s[asked]);
		stop_begin(c, &one[i], &s[i], n == 1);
		if (n == 1)
			break;
		pidfd = settle_now(&one[i], &pid, f);
		if (pidfd == OWNER_FAULT || (pidfd >= 0 &&
		    stop_ask(c, &one[i], &s[i], pidfd, pid, f) < 0))
			stop_failed(&s[i], n, code, f);
		if (pidfd >= 0)
			io_close(&pidfd);
	}
}

/* Search /proc once for the processes that all n instances have started.  An
 * instance whose job is to end too searches again after the stop signal
 * (stop_ask).  Returns whether *seen has to be freed. */
static bool
all_look(struct ctl *c, struct stop *s, size_t n, struct marks *seen)
{
	const struct root *root = c->one->root;
	bool took, same = n > 1;

	for (size_t i = 1; i < n; i++)
		same &= c->one[i].root == root;
	took = same && env_marks_take(seen, root->path) == 0;
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
		    stop_end(&one[i], &s[i], f) < 0)))
			stop_failed(&s[i], n, &code, f);
	}
	/* All owners have exited: check what is left of their jobs. */
	look = all_look(c, s, n, &seen);
	for (size_t i = 0; i < n; i++) {
		if (!s[i].failed && s[i].job.ends == ENDS_MAIN &&
		    stop_end(&one[i], &s[i], f) < 0)
			stop_failed(&s[i], n, &code, f);
		job_free(&s[i].job);
	}
	if (look)
		env_marks_free(&seen);
	free(s);
	return targets_end(f, n, code);
}
