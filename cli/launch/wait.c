/*
 * wait.c: a launch that waits for the slot: --wait, --queue, --replace.
 *
 * It keeps one connection to the keeper, with the time at which it came.  When
 * its turn comes it is offered the slot; it answers with the record of the
 * instance it will be, the keeper writes that down and says go.  A keeper that
 * is killed meanwhile is found again, or given to the owner anew; where the
 * owner has ended as well, a keeper without an owner collects all that waited,
 * so that they keep their order.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/early/gate.h"
#include "cli/io.h"
#include "cli/launch/fork.h"
#include "cli/launch/leftover.h"
#include "cli/launch/line.h"
#include "cli/launch/locked.h"
#include "cli/launch/parent.h"
#include "cli/launch/program.h"
#include "cli/launch/record.h"
#include "cli/launch/start.h"
#include "cli/launch/wait.h"
#include "cli/meet/words.h"
#include "cli/points.h"
#include "cli/say.h"
#include "cli/slot/lockfile.h"
#include "cli/wire/sock.h"
#include "preload/contract.h"

enum { ANSWER_MS = 5000 }; /* for a keeper to answer what it must at once */

struct waiting {
	struct launch *l;
	struct errand errand;
	long long deadline; /* clock_now; 0: none */
	long long said;     /* when to say what is waited for; 0: done */
	bool asked;  /* we heard that whom we replace asks its user something */
	bool queued; /* some keeper had us in its line */
	long long since; /* when whom we offered began, as the record says */
	int go;      /* what a child of ours waits for; -1: none */
	struct line *line; /* one for each index */
	int n;
};

static void
lines_close(struct waiting *w)
{
	for (int i = 0; i < w->n; i++)
		io_close(&w->line[i].fd);
}

/* For whom we wait, and at which place. */
static void
place_say(struct waiting *w)
{
	char place[24];
	const struct line *line = NULL;

	w->said = 0;
	for (int i = 0; i < w->n && !line; i++) {
		if (w->line[i].accepted)
			line = &w->line[i];
	}
	if (line)
		say_note("waiting for ", line->who, ", at place ",
		    say_num(place, line->ahead + 1), " of the queue", NULL);
}

/* Whom we replace asks its user something. */
static const struct line *
line_asking(const struct waiting *w)
{
	for (int i = 0; i < w->n; i++) {
		if (w->line[i].asks && w->l->o->policy == POLICY_REPLACE)
			return &w->line[i];
	}
	return NULL;
}

static int
busy_fault(struct waiting *w, struct fault *f)
{
	const struct line *line = line_asking(w);

	if (line)
		return fault_set(f, EXIT_BUSY, line->who,
		    ": " CLOSED_QUESTION_WHY, NULL);
	for (int i = 0; i < w->n && !line; i++) {
		if (*w->line[i].who)
			line = &w->line[i];
	}
	return fault_set(f, EXIT_BUSY, line ? line->who :
	    w->l->place.slot.app, w->l->o->policy == POLICY_REPLACE ?
	    " is still running; --kill-after=SEC kills it" :
	    " is still running", NULL);
}

/* A question takes as long as its user does, where he has not said how long we
 * wait; and who waits for it is told. */
static void
question_heed(struct waiting *w, const struct line *line)
{
	const struct options *o = w->l->o;

	if (o->policy != POLICY_REPLACE || w->asked == line->asks)
		return;
	w->asked = line->asks;
	if (w->asked && say_later())
		say_note(line->who, " asks its user something: unsaved work?",
		    NULL);
	if (!o->limited && o->terms.kill_ms < 0)
		w->deadline = w->asked ? 0 : clock_now() + o->limit_ms;
}

/* Our turn: name the instance that is to be.  It is ourselves, or a child that
 * waits for the word. */
static int
offer_take(struct waiting *w, int fd, const char *shim)
{
	struct launch *l = w->l;
	struct buf b;
	pid_t pid = l->held.pid ? l->held.pid : getpid();
	int r;

	if (!l->meeting.offered) {
		handover_say(l);
		if (!l->held.pid && start_stays(l)) {
			pid = fork_begin(&l->born, &w->go);
			if (pid == 0)
				program_become_child(l, shim);
			if (pid < 0)
				return -1;
		}
		l->meeting.offered = pid;
	}
	buf_init(&b, NULL, 0);
	r = record_put(l, FRAME_TAKE, l->meeting.offered, 0,
	    shim != NULL, &b);
	w->since = l->meeting.claim.info.since;
	if (r == 0)
		r = sock_send(fd, b.at, b.len, NULL, 0);
	buf_free(&b);
	point("taken");
	return r;
}

/* The slot is ours: become the program, or let the child. */
static int
go(struct waiting *w, const char *shim, int *status, struct fault *f)
{
	struct launch *l = w->l;

	lines_close(w);
	/* A claim that came to nothing meanwhile has taken the record. */
	if (record_make(l, l->meeting.offered, w->since) < 0)
		return fault_errno(f, EXIT_SYSTEM, errno, "cannot start",
		    NULL);
	if (l->held.pid) {
		*status = 0;
		return 0;
	}
	/* Where keeper and owner died together, a seal may have come before
	 * there was a keeper again: it knows nothing of this key. */
	if (root_open(&l->place.root, f) < 0 || start_seal_ask(l, f) < 0)
		return -1;
	if (shim && w->go < 0)
		locked_pack(l);
	if (l->o->policy == POLICY_REPLACE && w->queued)
		leftover_replaced(&l->place);
	if (w->go < 0)
		return program_become(l, shim, f);
	fork_go(l, &w->go);
	*status = parent_stay(l, l->meeting.offered,
	    l->meeting.claim.info.since, shim);
	return 0;
}

/* A child that waits for the word keeps all signals from us: it goes, and
 * another one comes at the next offer. */
static void
line_lose(struct waiting *w, struct line *line)
{
	io_close(&line->fd);
	/* However long it stood there: the next keeper has all the time. */
	if (line->accepted)
		patience_begin(&w->l->meeting.patience);
	line->accepted = line->asks = false;
	line->in.len = 0;
	if (w->go >= 0) {
		fork_forget(&w->l->born, &w->go, w->l->meeting.offered);
		w->l->meeting.offered = 0;
	}
}

/* One message of a keeper.  1: *status; 0: go on waiting; -1: fault. */
static int
reply_take(struct waiting *w, struct line *line, const char *shim,
    int *status, struct fault *f)
{
	struct frame reply;
	char pid[24];
	int result = 0;

	/* With GO comes the lock file. */
	switch (sock_recv_fd(line->fd, &line->in, &reply, ANSWER_MS,
	    &w->l->lock.file)) {
	case SOCK_OK:
		break;
	case SOCK_SLOW:
		if (!line->accepted)
			return words_silent(&w->l->place, f);
		/* fall through */
	default:
		line_lose(w, line); /* its keeper is gone */
		return 0;
	}
	w->l->meeting.seen = true;
	switch (reply.type) {
	case FRAME_ACCEPTED:
		if (line_accepted(line, &reply.body) && !w->said)
			w->said = say_later();
		question_heed(w, line);
		patience_begin(&w->l->meeting.patience);
		w->queued = true;
		break;
	case FRAME_OFFER:
		if (place_index(&w->l->place, line->index, f) < 0)
			result = -1;
		else if (offer_take(w, line->fd, shim) < 0)
			line_lose(w, line);
		break;
	case FRAME_GO:
		result = place_index(&w->l->place, line->index, f) < 0 ||
		    go(w, shim, status, f) < 0 ? -1 : 1;
		break;
	case FRAME_DONE: /* covered by another one */
		say_num(pid, fields_num(&reply.body, "covered", 0));
		say_note(w->l->place.slot.app, ": an identical launch is"
		    " queued already, pid ", pid, NULL);
		*status = 0;
		result = 1;
		break;
	case FRAME_REFUSED:
		words_refused(&w->l->place, &reply.body, f);
		result = -1;
		break;
	default: /* AGAIN */
		line_lose(w, line);
		break;
	}
	if (line->in.len)
		buf_shift(&line->in, reply.size);
	return result;
}

/* Nobody lives in this slot: the claim is ours.  1: *status; 0: go on; -1:
 * fault. */
static int
free_take(struct waiting *w, int *status, struct fault *f)
{
	struct launch *l = w->l;

	if (w->queued)
		return meet_vacant(&l->meeting, f);
	switch (start_run(l, status, f)) {
	case START_ENDED:
		return 1;
	case START_AGAIN:
		return 0;
	case START_LOCKED:
		if (locked_wait(l, w->deadline, f) < 0)
			return -1;
		/* That was no keeper's silence. */
		patience_begin(&l->meeting.patience);
		return 0;
	default:
		return -1;
	}
}

/* Get in line where we are not.  1: *status; 0: go on; -1: fault. */
static int
line_join(struct waiting *w, struct line *line, const char *shim, int *status,
    struct fault *f)
{
	struct launch *l = w->l;
	struct patience *patience = &l->meeting.patience;
	enum met met;

	if (place_index(&l->place, line->index, f) < 0)
		return -1;
	met = meet_once(&l->meeting, patience_left(patience), &line->fd, f);
	if (met != MET_FREE && met != MET_SLOW)
		lockfile_release(&l->lock.file); /* waited for in vain */
	switch (met) {
	case MET_KEEPER:
		if (line_ask(&w->errand, l->meeting.offered, line->fd) < 0)
			io_close(&line->fd);
		return 0;
	case MET_FREE:
		return free_take(w, status, f);
	case MET_OURS:
		return go(w, shim, status, f) < 0 ? -1 : 1;
	case MET_BUSY:
		patience_pause(patience);
		return 0;
	case MET_FAILED:
		return -1;
	default:
		return 0; /* until the patience is spent */
	}
}

/* How long until something is to be done without a message; -1: for ever. */
static int
lines_limit(const struct waiting *w)
{
	long long due = w->deadline, now = clock_now();

	if (w->said && (!due || w->said < due))
		due = w->said;
	for (int i = 0; i < w->n; i++) {
		long long patience = patience_end(&w->l->meeting.patience);

		if (w->line[i].fd < 0)
			return 0; /* there may be a keeper by now */
		/* It has to answer at once; or there is nobody yet. */
		if (!w->line[i].accepted && (!due || patience < due))
			due = patience;
	}
	if (!due)
		return -1;
	return due > now ? (int)(due - now) : 0;
}

/* Sleep until some keeper says something, and take that. */
static int
lines_take(struct waiting *w, struct pollfd *p, const char *shim, int *status,
    struct fault *f)
{
	int r = 0;

	for (int i = 0; i < w->n; i++)
		p[i] = (struct pollfd){ w->line[i].fd, POLLIN, 0 };
	p[w->n] = (struct pollfd){ w->l->held.pid ? w->l->held.pidfd : -1,
		POLLIN, 0 };
	if (io_poll(p, (size_t)w->n + 1, lines_limit(w)) < 0)
		return 0;
	if (p[w->n].revents)
		return start_held_ended(w->l, f);
	for (int i = 0; i < w->n && r == 0; i++) {
		/* Several may have come together. */
		if (p[i].revents)
			do
				r = reply_take(w, &w->line[i], shim, status,
				    f);
			while (r == 0 && w->line[i].in.len);
	}
	if (r == 0 && w->said && clock_now() >= w->said)
		place_say(w);
	return r;
}

static int
lines_run(struct waiting *w, struct pollfd *p, struct fault *f)
{
	char path[PATH_MAX];
	const char *shim;
	int status = -1, r;

	r = program_shim(w->l, path, &shim, f);
	patience_begin(&w->l->meeting.patience);
	while (r == 0) {
		for (int i = 0; i < w->n && r == 0; i++) {
			if (w->line[i].fd < 0)
				r = line_join(w, &w->line[i], shim, &status,
				    f);
		}
		if (r == 0)
			r = lines_take(w, p, shim, &status, f);
		if (r == 0 && w->deadline && clock_now() >= w->deadline)
			r = busy_fault(w, f);
		if (r == 0 && !patience_left(&w->l->meeting.patience)) {
			bool silent = true;

			for (int i = 0; i < w->n; i++)
				silent &= !w->line[i].accepted;
			if (silent)
				r = words_silent(&w->l->place, f);
			patience_begin(&w->l->meeting.patience);
		}
	}
	return r < 0 ? -1 : status;
}

int
wait_run(struct launch *l, int first, int n, struct fault *f)
{
	struct waiting w = { .l = l, .n = n, .go = -1 };
	struct buf room;
	struct pollfd *p;
	int r;

	early_gate();
	buf_init(&room, NULL, 0);
	if (buf_room(&room, (size_t)n * sizeof(*w.line) +
	    (size_t)(n + 1) * sizeof(*p)) < 0)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot wait",
		    NULL);
	w.line = (struct line *)(void *)room.at;
	p = (struct pollfd *)(void *)(w.line + n);
	for (int i = 0; i < n; i++) {
		memset(&w.line[i], 0, sizeof(w.line[i]));
		w.line[i].fd = -1;
		w.line[i].index = first + i;
	}
	errand_draw(&w.errand, l);
	if (l->o->limit_ms >= 0)
		w.deadline = clock_now() + l->o->limit_ms;
	w.said = say_later();
	r = lines_run(&w, p, f);
	lines_close(&w);
	for (int i = 0; i < n; i++)
		buf_free(&w.line[i].in);
	if (r < 0)
		fork_forget(&l->born, &w.go, l->meeting.offered);
	buf_free(&room);
	return r;
}
