/*
 * act.c: verbs that act on instances.
 *
 * A signal goes through a pidfd that passed the identity test, never to a
 * number.  A program that daemonised itself meanwhile has another process:
 * stop goes after that one too.  That an instance is over is believed only
 * when its slot proves it: another instance is in it, or, with nobody behind
 * the socket, a claim finds no owner and no heir alive.  A keeper that does
 * not answer proves nothing.
 */
#include <sys/timerfd.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/ctl/ctl.h"
#include "cli/io.h"
#include "cli/launch/launch.h"
#include "cli/number.h"
#include "cli/say.h"
#include "cli/slot/folder.h"
#include "cli/slot/moved.h"
#include "cli/slot/owner.h"
#include "cli/wire/ask.h"
#include "preload/contract.h"

enum {
	STOP_MS = 10000,
	PATIENCE_MS = 5000,
	ASK_MS = 1000, /* for one answer of a keeper */
	ASK_LEAST_MS = 100,
	LOOK_US = 2000,
	PAUSE_LAST_US = 25000,
	REVIVALS = 20
};

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

/* Beside a pidfd: */
enum {
	OWNER_OVER = -1,  /* the instance has ended */
	OWNER_FAULT = -2, /* fault */
	OWNER_PASSED = -3 /* the recorded process has ended: and now? */
};

/* The owner as recorded now: a pidfd, or one of the above. */
static int
owner_now(struct ctl *c, const struct found *fd, pid_t *pid,
    struct fault *f)
{
	int folder = folder_peek(&c->root, fd->name);
	int pidfd = -1, result = OWNER_PASSED;
	enum owner_state s;
	struct info i;
	struct buf b;

	if (folder < 0)
		return OWNER_PASSED;
	buf_init(&b, NULL, 0);
	if (info_read(folder, &b, &i) == 0) {
		*pid = i.owner.pid;
		s = owner_open(&i.owner, &pidfd);
		if (i.since != fd->info.since) {
			io_close(&pidfd);
			result = OWNER_OVER;
		} else if (s == OWNER_ALIVE) {
			result = pidfd;
		} else if (s != OWNER_DEAD) {
			fault_set(f, EXIT_DENIED, fd->info.app,
			    s == OWNER_ELSEWHERE ?
			    " runs in another pid namespace" :
			    ": its process cannot be told for sure", NULL);
			result = OWNER_FAULT;
		}
	}
	io_close(&folder);
	buf_free(&b);
	return result;
}

enum revived
claim_look(struct ctl *c, const struct found *fd, struct fault *f)
{
	enum revived r = revive(&c->root, &fd->slot, c->argc, c->argv, f);
	struct fault ignored;

	/* It closes the root. */
	if (c->root.fd < 0 && root_open(&c->root, r == REVIVE_FAILED ?
	    &ignored : f) < 0)
		return REVIVE_FAILED;
	return r;
}

/* Time is up, and who owns the slot is not settled.  why: the last word. */
static int
unsettled_fault(const struct found *fd, enum sock_result why, struct fault *f)
{
	char keeper[24];
	pid_t pid;

	switch (why) {
	case SOCK_SLOW:
		pid = found_keeper(fd);
		return fault_set(f, EXIT_NOANSWER, fd->info.app, ": its"
		    " process has ended, and its keeper", pid ? ", pid " : "",
		    pid ? say_num(keeper, pid) : "", pid ? "," : "", " does"
		    " not answer (is it stopped?); see onlyonectl doctor",
		    NULL);
	case SOCK_OK:
		return fault_set(f, EXIT_BUSY, fd->info.app, " is still"
		    " passing from one process to the next", NULL);
	default:
		return fault_set(f, EXIT_NOANSWER, fd->info.app, ": its slot"
		    " is held by a process that does not answer; see"
		    " onlyonectl doctor", NULL);
	}
}

/* Nobody is in its slot: has it got another key meanwhile? */
static bool
moved_fault(struct ctl *c, const struct found *fd, struct fault *f)
{
	struct slot s = fd->slot;

	if (!moved_find(&c->root, &s, fd->info.since))
		return false;
	fault_set(f, EXIT_BUSY, fd->info.app, " has got another key meanwhile,"
	    " and goes on", NULL);
	return true;
}

/* Whether no program runs just now: it will, or that was the end. */
static bool
between(const struct fields *state)
{
	const char *s = fields_get(state, "state");

	return s && (!strcmp(s, "held") || !strcmp(s, "passing"));
}

/*
 * The owner that there is, once that is settled: a pidfd, OWNER_OVER or
 * OWNER_FAULT, which it also is at the deadline.
 */
static int
owner_settled(struct ctl *c, const struct found *fd, long long deadline,
    pid_t *pid, struct fault *f)
{
	char folder[PATH_MAX];
	struct frame reply;
	struct buf b;
	enum sock_result why = SOCK_OK;
	int result;

	buf_init(&b, NULL, 0);
	root_folder(&c->root, fd->name, folder);
	while ((result = owner_now(c, fd, pid, f)) == OWNER_PASSED) {
		long long left = deadline - clock_now();

		if (left > ASK_MS)
			left = ASK_MS;
		if (left < ASK_LEAST_MS)
			left = ASK_LEAST_MS;
		why = ask_state(folder, fd->slot.hash, (int)left, &b, &reply);
		if (why == SOCK_OK) {
			if (fields_num(&reply.body, "since", 0) !=
			    fd->info.since) {
				result = OWNER_OVER;
				break;
			}
			if (!fields_num(&reply.body, "pid", 0) &&
			    !between(&reply.body)) {
				fault_set(f, EXIT_NOANSWER, fd->info.app,
				    " runs, but its process cannot be seen"
				    " from here, and not be signalled",
				    NULL);
				result = OWNER_FAULT;
				break;
			}
			clock_sleep(LOOK_US); /* its keeper settles it */
		} else if (why == SOCK_NOBODY) {
			enum revived r = claim_look(c, fd, f);

			if (r == REVIVE_NOBODY && moved_fault(c, fd, f))
				r = REVIVE_FAILED;
			if (r == REVIVE_NOBODY || r == REVIVE_FAILED) {
				result = r == REVIVE_NOBODY ? OWNER_OVER :
				    OWNER_FAULT;
				break;
			}
		} else if (why == SOCK_FAILED) {
			fault_errno(f, EXIT_SYSTEM, errno, "cannot ask the"
			    " keeper of ", fd->info.app, NULL);
			result = OWNER_FAULT;
			break;
		}
		if (clock_now() >= deadline) {
			unsettled_fault(fd, why, f);
			result = OWNER_FAULT;
			break;
		}
	}
	buf_free(&b);
	return result;
}

static int
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

struct stop {
	long long deadline, kill_at; /* clock_now; kill_at 0: never */
	pid_t asked;                 /* who has had the stop signal */
	bool killed;
	bool failed;                 /* and it was told */
};

static int
stop_ask(const struct found *fd, struct stop *s, int pidfd, pid_t pid,
    struct fault *f)
{
	if (pid == s->asked)
		return 0;
	s->asked = pid;
	return signal_send(fd, pidfd, pid, fd->info.terms.stop_signal ?
	    fd->info.terms.stop_signal : SIGTERM, f);
}

/* Wait on the owner until something is due. */
static void
owner_wait(const struct stop *s, int pidfd)
{
	long long until = s->deadline;

	if (s->kill_at && !s->killed && s->kill_at < until)
		until = s->kill_at;
	until -= clock_now();
	io_wait(pidfd, POLLIN, until > 0 ? (int)until : 0);
}

static int
stop_one(struct ctl *c, const struct found *fd, struct stop *s,
    struct fault *f)
{
	char digits[24];
	long long now;
	pid_t pid;
	int pidfd, r;

	do {
		pidfd = owner_settled(c, fd, s->deadline, &pid, f);
		if (pidfd < 0)
			return pidfd == OWNER_OVER ? 0 : -1;
		r = stop_ask(fd, s, pidfd, pid, f);
		now = clock_now();
		if (r == 0 && s->kill_at && now >= s->kill_at) {
			r = signal_send(fd, pidfd, pid, SIGKILL, f);
			s->killed = true;
		}
		/* Also with no time to wait it has been asked. */
		if (r == 0 && now >= s->deadline)
			r = fault_set(f, EXIT_BUSY, fd->info.app, ", pid ",
			    say_num(digits, pid), ", is still running",
			    s->killed ? NULL : "; --kill-after=SEC kills",
			    NULL);
		if (r == 0)
			owner_wait(s, pidfd);
		io_close(&pidfd);
	} while (r == 0);
	return r;
}

/* All are asked first, then waited for together. */
static int
stop_all(struct ctl *c, const struct found *one, size_t n, struct fault *f)
{
	long long now = clock_now();
	struct stop *s = calloc(n, sizeof(*s));
	int code = 0, pidfd, kill_ms;
	pid_t pid;

	if (!s)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot stop",
		    NULL);
	for (size_t i = 0; i < n; i++) {
		s[i].deadline = now +
		    (c->wait_ms >= 0 ? c->wait_ms : STOP_MS);
		kill_ms = c->kill_ms >= 0 ? c->kill_ms :
		    one[i].info.terms.kill_ms;
		s[i].kill_at = kill_ms >= 0 ? now + kill_ms : 0;
		/* Time to die in, where KILL comes late. */
		if (s[i].kill_at && s[i].deadline < s[i].kill_at + 1000)
			s[i].deadline = s[i].kill_at + 1000;
		/* What would begin it again is told not to. */
		if (one[i].info.guard.pid)
			keeper_tell(c, &one[i], FRAME_ENDING);
		if (n == 1)
			break;
		pidfd = owner_now(c, &one[i], &pid, f);
		if (pidfd == OWNER_FAULT || (pidfd >= 0 &&
		    stop_ask(&one[i], &s[i], pidfd, pid, f) < 0)) {
			s[i].failed = true;
			failure_note(f, n, &code);
		}
		if (pidfd >= 0)
			io_close(&pidfd);
	}
	for (size_t i = 0; i < n; i++) {
		if (!s[i].failed && stop_one(c, &one[i], &s[i], f) < 0)
			failure_note(f, n, &code);
	}
	free(s);
	return failures_end(f, n, code);
}

int
ctl_stop(struct ctl *c, struct fault *f)
{
	struct founds fs = { 0 };
	struct found *one;
	size_t n;
	int r = targets_find(c, &fs, &one, &n, f);

	if (r == 0)
		r = stop_all(c, one, n, f);
	founds_free(&fs);
	return r;
}

int
ctl_wait(struct ctl *c, struct fault *f)
{
	bool keyed = c->noperands > 1;
	int timer = -1, fd, r;
	struct founds fs = { 0 };

	r = find_app(c, c->operands[0], c->operands + 1, c->noperands - 1,
	    keyed, &fs, f);
	if (r == 0 && c->wait_ms >= 0) {
		struct itimerspec its = { .it_value = { c->wait_ms / 1000,
			c->wait_ms % 1000 * 1000000L + 1 } }; /* 0: never */

		timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
		if (timer < 0 || timerfd_settime(timer, 0, &its, NULL) < 0)
			r = fault_errno(f, EXIT_SYSTEM, errno,
			    "cannot set a time limit", NULL);
	}
	for (size_t i = 0; r == 0 && i < fs.n; i++) {
		fd = -1;
		say_more("waiting for ", fs.at[i].info.app, NULL);
		r = watch_instance(&c->root, &fs.at[i].slot,
		    fs.at[i].info.since, &fd, timer, c->argc, c->argv, f);
		io_close(&fd);
		if (r == 1)
			r = fault_set(f, EXIT_BUSY, fs.at[i].info.app,
			    " is still running", NULL);
	}
	io_close(&timer);
	founds_free(&fs);
	return r;
}

/* Hand over to whoever lives in the slot; patience as in a launch. */
static int
activate_one(struct ctl *c, const struct found *one, struct launch *l,
    struct fault *f)
{
	long long end = clock_now() + PATIENCE_MS, left = PATIENCE_MS;
	int status = 0, revivals = REVIVALS;
	long pause = LOOK_US;

	for (; left > 0 && revivals; left = end - clock_now()) {
		switch (hand_over(l, (int)left, &status, f)) {
		case HAND_DONE:
			return status;
		case HAND_FAILED:
			return -1;
		case HAND_SLOW:
			left = 0;
			break;
		case HAND_AGAIN:
			clock_sleep(pause);
			if (pause < PAUSE_LAST_US)
				pause *= 2;
			break;
		case HAND_NOBODY:
			switch (claim_look(c, one, f)) {
			case REVIVE_FAILED:
				return -1;
			case REVIVE_NOBODY:
				return none_fault(c, f);
			case REVIVED:
				revivals--;
				break;
			case REVIVE_AGAIN:
				break;
			}
			break;
		}
		if (!left)
			break;
	}
	return fault_set(f, EXIT_NOANSWER, one->info.app, revivals ?
	    " does not answer: nothing was handed over; see onlyonectl doctor"
	    : ": its keepers end again and again; nothing was handed over",
	    NULL);
}

int
ctl_activate(struct ctl *c, struct fault *f)
{
	static char *nothing[] = { NULL };
	struct options o = { .policy = POLICY_ACTIVATE,
		.busy_code = EXIT_BUSY };
	static struct launch l;
	struct founds fs = { 0 };
	struct found *one;
	int r = find_one(c, &fs, &one, f);

	if (r == 0) {
		l.o = &o;
		l.argc = c->argc;
		l.argv = c->argv;
		l.args = c->rest ? c->rest : nothing;
		l.closed = c->closed;
		l.slot = one->slot;
		l.root = c->root;
		root_folder(&c->root, one->name, l.folder);
		r = activate_one(c, one, &l, f);
	} else if (r == 1) {
		r = none_fault(c, f);
	}
	founds_free(&fs);
	return r;
}
