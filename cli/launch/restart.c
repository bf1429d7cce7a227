/*
 * restart.c: --restart: the program begins again in the same slot.
 *
 * We are its parent and the guard of its slot: the keeper holds that for us
 * while no program runs, and writes each new one down before it goes.  With
 * growing pauses, from a tenth of a second to a minute; after a good run they
 * begin anew, and after many short ones in a row that is the end.
 */
#include <sys/wait.h>

#include <errno.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/launch/fork.h"
#include "cli/launch/leased.h"
#include "cli/launch/program.h"
#include "cli/launch/record.h"
#include "cli/launch/restart.h"
#include "cli/meet/request.h"
#include "cli/points.h"
#include "cli/say.h"
#include "cli/wire/ask.h"
#include "preload/contract.h"

enum {
	PAUSE_FIRST_MS = 100,
	PAUSE_LAST_MS = 60000,
	GOOD_MS = 10000, /* a run of that length is a good one */
	SHORT_RUNS = 30  /* in a row; then it is given up */
};

int
restart_pause(struct restarts *r, long long ran)
{
	if (ran >= GOOD_MS)
		r->shorts = r->pause = 0;
	else if (++r->shorts >= SHORT_RUNS)
		return -1;
	r->pause = !r->pause ? PAUSE_FIRST_MS : 2 * r->pause < PAUSE_LAST_MS ?
	    2 * r->pause : PAUSE_LAST_MS;
	return r->pause;
}

/* Whether what came was meant to end us, not the program alone. */
static bool
ended_by_signal(const struct launch *l, const struct children *c)
{
	int stop = l->o->terms.stop_signal;

	return sigismember(&c->seen, SIGTERM) ||
	    sigismember(&c->seen, SIGINT) ||
	    sigismember(&c->seen, SIGQUIT) || c->hung_up ||
	    (stop && sigismember(&c->seen, stop));
}

static bool
wanted(const struct launch *l, int status)
{
	switch (l->o->restart) {
	case RESTART_ALWAYS:
		return true;
	case RESTART_FAILURE:
		return status != 0;
	default:
		return status == 0;
	}
}

/* Wait, as long as nobody ends us meanwhile. */
static bool
pause_take(const struct launch *l, struct children *c, int ms)
{
	long long end = clock_now() + ms, left;

	while ((left = end - clock_now()) > 0 && !ended_by_signal(l, c)) {
		if (io_wait(c->signals, POLLIN, (int)left) > 0)
			children_take(c, NULL, NULL);
	}
	return !ended_by_signal(l, c);
}

/* Have the keeper write the new program down.  1: it has; 0: it does not
 * agree, or there is nothing left to keep; -1: fault. */
static int
renew(struct launch *l, pid_t pid, long long since, bool image,
    struct fault *f)
{
	struct buf request, b;
	struct frame reply = { .size = 0 };
	int r;

	buf_init(&request, NULL, 0);
	buf_init(&b, NULL, 0);
	if (record_put(l, FRAME_RENEW, pid, since, image, &request) < 0)
		r = fault_errno(f, EXIT_SYSTEM, errno, "cannot start", NULL);
	else
		r = request_put(&l->place, &request, &b,
		    &reply, f);
	if (r >= 0)
		r = r == 0 && reply.type != FRAME_REFUSED;
	buf_free(&request);
	buf_free(&b);
	return r;
}

void
restart_forbid(struct launch *l)
{
	struct buf request, b;
	struct frame reply;
	struct fault f;
	size_t start;

	buf_init(&request, NULL, 0);
	buf_init(&b, NULL, 0);
	start = ask_begin(&request, FRAME_ENDING, l->place.slot.hash);
	if (frame_end(&request, start) == 0 && request_put(&l->place,
	    &request, &b, &reply, &f) < 0)
		say_fault(&f);
	buf_free(&request);
	buf_free(&b);
}

static bool
child_again(struct launch *l, struct children *c, long long since,
    const char *shim)
{
	struct fault f;
	int go, r;
	pid_t pid;

	pid = fork_begin(&l->born, &go);
	if (pid == 0) {
		leased_environ(l);
		program_become_child(l, shim);
	}
	if (pid < 0) {
		fault_errno(&f, EXIT_SYSTEM, errno, "cannot start ", l->id.file,
		    NULL);
		say_fault(&f);
		return false;
	}
	r = renew(l, pid, since, shim != NULL, &f);
	if (r <= 0) {
		if (r < 0)
			say_fault(&f);
		io_close(&go); /* it ends by that */
		IO_RETRY(waitpid(pid, NULL, 0));
		return false;
	}
	c->at[0].pid = pid;
	if (l->lease.owner)
		l->lease.owner = pid;
	fork_go(l, &go);
	return true;
}

bool
restart_child(struct launch *l, struct children *c, long long since,
    const char *shim, struct restarts *r)
{
	char times[24];
	int ms;

	if (ended_by_signal(l, c) || !wanted(l, c->at[0].status))
		return false;
	ms = restart_pause(r, clock_now() - r->began);
	if (ms < 0) {
		say_note(l->place.slot.app, " has ended at once ",
		    say_num(times, SHORT_RUNS), " times in a row; it is not"
		    " started again", NULL);
		return false;
	}
	if (!pause_take(l, c, point_ms("restart-pause", ms)))
		return false;
	children_bury(c);
	if (!child_again(l, c, since, shim))
		return false;
	r->began = clock_now();
	return true;
}
