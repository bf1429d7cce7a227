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
#include <sha2.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/keeper/keeper.h"
#include "cli/launch/launch.h"
#include "cli/points.h"
#include "cli/say.h"
#include "cli/slot/folder.h"
#include "cli/slot/lockfile.h"
#include "cli/slot/owner.h"
#include "cli/text.h"
#include "cli/wire/ask.h"
#include "preload/contract.h"

enum {
	ANSWER_MS = 5000, /* for a keeper to answer what it must at once */
	POLITE_MS = 5000, /* for windows to close, without a limit of ours */
	DEATH_MS = 1000   /* for one that is killed to be gone */
};

/* One place in line. */
struct line {
	int fd; /* -1: none */
	int index;
	bool accepted;
	struct buf in; /* what has come and is not taken yet */
	long long ahead;
	char who[NAME_SHOWN + 128];
};

struct waiting {
	struct launch *l;
	long long ticket;
	long long deadline; /* clock_now; 0: none */
	long long said;     /* when to say what is waited for; 0: done */
	struct tries tries;
	bool queued; /* some keeper had us in its line */
	pid_t taker; /* whom we have offered as the instance; 0: nobody */
	long long since; /* when that began, as the record says; 0: not yet */
	int go;      /* what a child of ours waits for; -1: none */
	char cover[SLOT_HASH + 1];
	struct line *line; /* one for each index */
	int n;
};

static long long
ticket_draw(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* What makes two queued launches equal: arguments and folder.  One whose folder
 * cannot be told is equal to none. */
static void
cover_make(const struct launch *l, long long ticket, char *hash)
{
	uint8_t sum[SHA256_DIGEST_LENGTH];
	char cwd[PATH_MAX];
	struct text t;
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	for (char **a = l->command; *a; a++)
		SHA256Update(&ctx, (const uint8_t *)*a, strlen(*a) + 1);
	if (getcwd(cwd, sizeof(cwd)))
		SHA256Update(&ctx, (const uint8_t *)cwd, strlen(cwd));
	else
		SHA256Update(&ctx, (const uint8_t *)&ticket, sizeof(ticket));
	SHA256Final(sum, &ctx);
	text_init(&t, hash, SLOT_HASH + 1);
	text_hex(&t, sum, SLOT_HASH / 2);
}

/* How long windows have: half of the time, and what is left of it must do for
 * KILL. */
static int
polite_ms(const struct options *o)
{
	int half = o->limit_ms / 2, left;

	if (o->limit_ms < 0)
		return POLITE_MS;
	left = o->terms.kill_ms < 0 ? half :
	    o->limit_ms - DEATH_MS - o->terms.kill_ms;
	return left < half ? (left > 0 ? left : 0) : half;
}

static int
request_send(const struct waiting *w, int fd)
{
	static const char *const modes[] = { [POLICY_WAIT] = "wait",
		[POLICY_REPLACE] = "replace", [POLICY_QUEUE] = "queue" };
	const struct options *o = w->l->o;
	char storage[1024];
	struct buf b;
	size_t start;
	int r;

	buf_init(&b, storage, sizeof(storage));
	start = ask_begin(&b, FRAME_WAIT, w->l->slot.hash);
	fields_put_num(&b, "ticket", w->ticket);
	fields_put(&b, "mode", modes[o->policy]);
	fields_put(&b, "cover", w->cover);
	if (o->policy == POLICY_QUEUE && o->pending) /* else one */
		fields_put_num(&b, "max", o->pending);
	if (w->taker)
		fields_put_num(&b, "pid", w->taker);
	if (o->terms.stop_signal)
		fields_put_num(&b, "stop-signal", o->terms.stop_signal);
	if (o->terms.kill_ms >= 0)
		fields_put_num(&b, "kill-after", o->terms.kill_ms);
	if (o->policy == POLICY_REPLACE)
		fields_put_num(&b, "polite", polite_ms(o));
	r = frame_end(&b, start);
	if (r == 0)
		r = sock_send(fd, b.at, b.len, NULL, 0);
	buf_free(&b);
	return r;
}

/* "APP (pid 123)" of a reply, and how many are before us: more than we have said
 * by now, where a replacement has come. */
static void
place_take(struct waiting *w, struct line *line, const struct fields *b)
{
	long long ahead = fields_num(b, "ahead", 0);

	hand_instance_text(b, line->who, sizeof(line->who));
	if (line->accepted && ahead > line->ahead && !w->said)
		w->said = say_later();
	line->ahead = ahead;
	line->accepted = true;
}

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

static int
busy_fault(struct waiting *w, struct fault *f)
{
	const struct line *line = NULL;

	for (int i = 0; i < w->n && !line; i++) {
		if (*w->line[i].who)
			line = &w->line[i];
	}
	return fault_set(f, w->l->o->busy_code, line ? line->who :
	    w->l->slot.app, w->l->o->policy == POLICY_REPLACE ? " is still"
	    " running; --kill-after=SEC kills it" : " is still running", NULL);
}

/* Our turn: name the instance that is to be.  It is ourselves, or a child that
 * waits for the word. */
static int
offer_take(struct waiting *w, int fd, const char *shim)
{
	struct launch *l = w->l;
	struct buf b;
	pid_t pid = l->held ? l->held : getpid();
	int r;

	if (!w->taker) {
		handover_say(l);
		if (!l->held && launch_stays(l)) {
			pid = parent_fork(l, &w->go);
			if (pid == 0)
				launch_become_child(l, shim);
			if (pid < 0)
				return -1;
		}
		w->taker = pid;
	}
	buf_init(&b, NULL, 0);
	r = launch_record_put(l, FRAME_TAKE, w->taker, 0, shim != NULL, &b);
	w->since = l->claim.info.since;
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
	if (launch_record(l, w->taker, w->since) < 0)
		return fault_errno(f, EXIT_SYSTEM, errno, "cannot start",
		    NULL);
	if (l->held) {
		*status = 0;
		return 0;
	}
	/* Where keeper and owner died together, a seal may have come before
	 * there was a keeper again: it knows nothing of this key. */
	if (root_open(&l->root, f) < 0 || launch_seal_ask(l, f) < 0)
		return -1;
	if (w->go < 0)
		return launch_become(l, shim, f);
	parent_go(l, &w->go);
	*status = parent_stay(l, w->taker, l->claim.info.since, shim);
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
		tries_begin(&w->tries);
	line->accepted = false;
	line->in.len = 0;
	if (w->go >= 0) {
		parent_forget(w->l, &w->go, w->taker);
		w->taker = 0;
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
	    &w->l->file)) {
	case SOCK_OK:
		break;
	case SOCK_SLOW:
		if (!line->accepted)
			return launch_silent(w->l, f);
		/* fall through */
	default:
		line_lose(w, line); /* its keeper is gone */
		return 0;
	}
	w->l->met = true;
	switch (reply.type) {
	case FRAME_ACCEPTED:
		place_take(w, line, &reply.body);
		tries_begin(&w->tries);
		w->queued = true;
		break;
	case FRAME_OFFER:
		if (launch_index(w->l, line->index, f) < 0)
			result = -1;
		else if (offer_take(w, line->fd, shim) < 0)
			line_lose(w, line);
		break;
	case FRAME_GO:
		result = launch_index(w->l, line->index, f) < 0 ||
		    go(w, shim, status, f) < 0 ? -1 : 1;
		break;
	case FRAME_DONE: /* covered by another one */
		say_note(w->l->slot.app, ": an equal launch is queued already,"
		    " pid ", say_num(pid, fields_num(&reply.body, "covered",
		    0)), NULL);
		*status = 0;
		result = 1;
		break;
	case FRAME_REFUSED:
		hand_refused(w->l, &reply.body, f);
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

/* Nobody answers for this slot.  1: *status; 0: go on; -1: fault. */
static int
line_claim(struct waiting *w, const char *shim, int *status, struct fault *f)
{
	struct launch *l = w->l;

	switch (launch_claim(l, &w->tries, w->queued, w->taker, status,
	    f)) {
	case CLAIMED_FAILED:
		return -1;
	case CLAIMED_ENDED:
		return 1;
	case CLAIMED_LOCKED:
		if (locked_wait(l, w->deadline, f) < 0)
			return -1;
		tries_begin(&w->tries); /* that was no keeper's silence */
		return 0;
	case CLAIMED_OURS:
		return go(w, shim, status, f) < 0 ? -1 : 1;
	case CLAIMED_BUSY:
		tries_pause(&w->tries);
		return 0;
	default:
		return 0;
	}
}

/* Get in line where we are not.  As line_claim. */
static int
line_join(struct waiting *w, struct line *line, const char *shim, int *status,
    struct fault *f)
{
	struct launch *l = w->l;

	if (launch_index(l, line->index, f) < 0)
		return -1;
	switch (ask_connect(l->folder, tries_left(&w->tries), &line->fd)) {
	case SOCK_OK:
		lockfile_release(&l->file); /* waited for in vain */
		if (request_send(w, line->fd) < 0)
			io_close(&line->fd);
		return 0;
	case SOCK_NOBODY:
		return line_claim(w, shim, status, f);
	case SOCK_SLOW:
		return 0; /* until the patience is spent */
	default:
		return fault_errno(f, EXIT_SYSTEM, errno, "cannot connect",
		    NULL);
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
		long long patience = w->tries.patience;

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
	p[w->n] = (struct pollfd){ w->l->held ? w->l->held_fd : -1, POLLIN, 0 };
	if (poll(p, (nfds_t)w->n + 1, lines_limit(w)) < 0)
		return 0;
	if (p[w->n].revents)
		return launch_held_ended(w->l, f);
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

	r = launch_shim(w->l, path, &shim, f);
	tries_begin(&w->tries);
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
		if (r == 0 && !tries_left(&w->tries)) {
			bool silent = true;

			for (int i = 0; i < w->n; i++)
				silent &= !w->line[i].accepted;
			if (silent)
				r = launch_silent(w->l, f);
			tries_begin(&w->tries);
		}
	}
	return r < 0 ? -1 : status;
}

int
wait_run(struct launch *l, int first, int n, struct fault *f)
{
	struct waiting w = { .l = l, .ticket = ticket_draw(), .n = n,
		.go = -1 };
	struct buf room;
	struct pollfd *p;
	int r;

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
	cover_make(l, w.ticket, w.cover);
	if (l->o->limit_ms >= 0)
		w.deadline = clock_now() + l->o->limit_ms;
	w.said = say_later();
	r = lines_run(&w, p, f);
	lines_close(&w);
	for (int i = 0; i < n; i++)
		buf_free(&w.line[i].in);
	if (r < 0)
		parent_forget(l, &w.go, w.taker);
	buf_free(&room);
	return r;
}
