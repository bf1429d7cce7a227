/*
 * stop_one.c: end one instance, and wait until it has ended.
 *
 * Its windows are asked to close first, as a click does: its user may have
 * work to save.  While he is being asked no signal is sent; if the windows stay
 * after that, none is sent at all, except with --kill-after.  A program that
 * neither closes nor asks gets half of the time.  Then comes the signal: also
 * to the daemon that the program becomes, and to all of a tree, one after the
 * other.  Whoever would start the program again is told not to.
 *
 * With it goes what it has started, where that is its job (job.h); of what is
 * left running a note says how many.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>

#include "cli/clock.h"
#include "cli/ctl/again.h"
#include "cli/ctl/settle.h"
#include "cli/ctl/stop_one.h"
#include "cli/ctl/target.h"
#include "cli/io.h"
#include "cli/meet/words.h"
#include "cli/points.h"
#include "cli/say.h"
#include "cli/slot/folder.h"
#include "cli/text.h"
#include "preload/contract.h"

enum {
	STOP_MS = 10000,
	LOOK_MS = 20, LOOK_MOST_MS = 200, /* at what it has started */
	LOOKS = 100, /* until none is new */
	LEAST_MS = 500 /* for windows that have been asked to close */
};

/* Whether its slot is another instance's by now, or may be. */
static bool
slot_taken(struct ctl *c, const struct found *found)
{
	int folder = folder_peek(&c->root, found->slot.name);
	bool taken = folder < 0 && !folder_debris(errno);
	struct info i;
	struct buf b;

	buf_init(&b, NULL, 0);
	if (folder >= 0 && info_read(folder, &b, &i) == 0)
		taken = i.since != found->info.since;
	else if (folder >= 0)
		taken = !folder_debris(errno);
	buf_free(&b);
	io_close(&folder);
	return taken;
}

/* Whom it has started by now.  The next one in its slot has the same mark, and
 * writes its record before it starts anything: so look there afterwards. */
static int
job_find(struct ctl *c, const struct found *found, struct stop *s,
    struct fault *f)
{
	if (job_look(&s->job, &c->root, found->slot.name, &found->info) < 0 &&
	    errno != ENOENT)
		return fault_errno(f, EXIT_SYSTEM, errno, "cannot look for"
		    " what ", found->info.app, " has started", NULL);
	if (s->job.fresh && slot_taken(c, found))
		job_unlook(&s->job);
	return 0;
}

/* Tell all of them, until none is new. */
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

/* Wait at least until then, where the user has not said how long. */
static void
deadline_move(struct stop *s, long long until)
{
	if (!s->limited && s->deadline < until)
		s->deadline = until;
}

int
stop_ask(struct ctl *c, const struct found *found, struct stop *s, int pidfd,
    pid_t pid, struct fault *f)
{
	int sig = found->info.terms.stop_signal;
	long long now = clock_now();
	bool had;

	if (pid == s->asked || now < s->press_at)
		return 0;
	s->asked = pid;
	again_forbid(c, found);
	/* Others may have taken that time. */
	deadline_move(s, now + s->polite_ms);
	if (s->kill_ms >= 0 && !s->kill_at) {
		s->kill_at = now + s->kill_ms;
		/* Time to die, where KILL comes late. */
		if (s->deadline < s->kill_at + 1000)
			s->deadline = s->kill_at + 1000;
	}
	had = job_had(&s->job, pid);
	job_begin(&s->job, &found->info, pid,
	    c->o.tree ? ENDS_TREE : ENDS_MAIN);
	if (job_find(c, found, s, f) < 0)
		return -1;
	if (s->job.ends != ENDS_MAIN)
		s->job.seen = NULL; /* what begins from now on counts too */
	sig = sig ? sig : SIGTERM;
	if (!had)
		job_told(&s->job, sig);
	if (!had && target_signal(found, pidfd, pid, sig, f) < 0)
		return -1;
	point("stop-signalled");
	return s->job.ends == ENDS_MAIN ? 0 : job_end(c, found, s, f);
}

int
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
			text_init(&t, pids, sizeof(pids));
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

/* Whether its keeper has no display where it could ask. */
static bool
is_windowless(const struct found *found)
{
	return found->life == LIFE_KEPT &&
	    fields_get(&found->state, "windowless");
}

void
stop_close(struct ctl *c, const struct found *found, struct stop *s)
{
	s->close.sock = -1;
	if (found->life == LIFE_KEPT && !is_windowless(found))
		tell_begin(c, found, FRAME_CLOSE, &s->close);
}

/* What came of it. */
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

/* What has come of that by now.  A question may take as long as the user likes,
 * if he has not said how long we wait. */
static int
windows_look(struct ctl *c, const struct found *found, struct stop *s,
    pid_t pid, struct fault *f)
{
	long long now;
	int status;

	if (!s->closes || s->asked)
		return 0;
	status = tell_closing(c, found);
	now = clock_now();
	switch (status) {
	case CLOSED_QUESTION:
		s->questions = true;
		s->press_at = LLONG_MAX;
		deadline_move(s, now + s->polite_ms);
		break;
	case CLOSED_REFUSED:
		return stays_fault(found, pid, CLOSED_REFUSED_WHY, f);
	case CLOSED_MUTE: /* the next one that the instance has become */
		return stays_fault(found, pid, CLOSED_MUTE_WHY, f);
	case CLOSED_ASKED:
		/* Answered, and they are closed: it has all the time again. */
		if (s->questions) {
			s->press_at = now + s->polite_ms;
			deadline_move(s, s->press_at + s->polite_ms);
		}
		s->questions = false;
		break;
	default: /* its keeper does not answer, or we look in vain */
		return 0;
	}
	return 0;
}

/* Wait on the owner until something is due. */
static void
owner_wait(const struct stop *s, int pidfd)
{
	long long until = s->deadline;

	if (!s->asked && s->press_at < until)
		until = s->press_at;
	if (s->kill_at && !s->killed && s->kill_at < until)
		until = s->kill_at;
	if (s->say_at && s->say_at < until)
		until = s->say_at;
	until -= clock_now();
	if (s->closes && !s->asked && until > LOOK_MOST_MS)
		until = LOOK_MOST_MS;
	if (s->asked && s->job.ends != ENDS_MAIN && until > LOOK_MOST_MS)
		until = LOOK_MOST_MS;
	io_wait(pidfd, POLLIN, until > 0 ? (int)until : 0);
}

int
stop_wait(struct ctl *c, const struct found *found, struct stop *s,
    struct fault *f)
{
	char digits[24];
	long long now;
	pid_t pid;
	int pidfd, r;

	do {
		pidfd = again_owner(c, found, s->deadline, &pid, f);
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
			target_say(found, pid);
			s->say_at = 0;
		}
		/* Even with no time to wait it has been asked. */
		if (r == 0 && now >= s->deadline && s->questions)
			r = stays_fault(found, pid, CLOSED_QUESTION_WHY, f);
		else if (r == 0 && now >= s->deadline)
			r = fault_set(f, EXIT_BUSY, found->info.app, ", pid ",
			    say_num(digits, pid), ", is still running",
			    s->killed ? NULL : "; --kill-after=SEC kills",
			    NULL);
		if (r == 0)
			owner_wait(s, pidfd);
		io_close(&pidfd);
	} while (r == 0);
	return r;
}

int
stop_begin(struct ctl *c, const struct found *found, struct stop *s,
    bool alone, struct fault *f)
{
	long long now = clock_now();
	int status = close_end(c, found, s), wait_ms;

	/* Asking takes time, which is not the others' time. */
	if (!alone)
		now = clock_now();
	s->limited = c->o.wait_ms >= 0;
	wait_ms = s->limited ? c->o.wait_ms : STOP_MS;
	s->deadline = now + wait_ms;
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
	again_forbid(c, found); /* it may be between two runs */
	return 0;
}
