/*
 * queue.c: those who wait for the slot, and how it passes to one of them.
 *
 * The lock is never handed over: the keeper stays and changes its owner.
 * When the owner has ended, the first in line is offered the slot; he answers
 * with the record of the instance to be; that is written, and he is told to
 * go.  There is no moment in which the slot is free.
 *
 * In line by ticket, the time at which a launch came: it brings that along to
 * the next keeper, if this one is killed.  Replacements go before the others.
 */
#include <sys/socket.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/keeper/state.h"
#include "cli/ours.h"
#include "cli/points.h"
#include "cli/proc.h"
#include "cli/slot/folder.h"
#include "cli/slot/image.h"
#include "cli/slot/lockfile.h"
#include "cli/slot/owner.h"
#include "preload/contract.h"

enum {
	OFFER_MS = 1000, /* for an answer: one that is stopped loses it */
	SWEEPS = 50,     /* to put back what is swept away again and again */
	SWEPT_US = 2000
};

/* Whether a is before b. */
static bool
before(const struct client *a, const struct client *b)
{
	bool first = a->wait.mode == WAIT_REPLACE;

	if (first != (b->wait.mode == WAIT_REPLACE))
		return first;
	return a->wait.ticket < b->wait.ticket;
}

static struct client *
queue_first(const struct keeper *k)
{
	struct client *first = NULL;

	for (struct client *cl = k->clients; cl; cl = cl->next) {
		if (cl->stage == QUEUED && (!first || before(cl, first)))
			first = cl;
	}
	return first;
}

bool
queue_waits(const struct keeper *k)
{
	for (struct client *cl = k->clients; cl; cl = cl->next) {
		if (cl->stage == QUEUED || cl->stage == OFFERED)
			return true;
	}
	return false;
}

/* The ticket is its own word: who says that he came before another is of the
 * same user and world.  false: what is in it means nothing. */
static bool
wait_parse(struct wait *w, const struct fields *f)
{
	const char *mode = fields_get(f, "mode");
	const char *cover = fields_get(f, "cover");
	bool odd = false;

	memset(w, 0, sizeof(*w));
	w->mode = mode && !strcmp(mode, "replace") ? WAIT_REPLACE :
	    mode && !strcmp(mode, "queue") ? WAIT_QUEUE : WAIT_PLAIN;
	w->ticket = fields_num(f, "ticket", 0);
	w->stop_signal = (int)fields_range(f, "stop-signal", 1, NSIG - 1, 0,
	    &odd);
	w->kill_ms = (int)fields_range(f, "kill-after", 0, INT_MAX, -1, &odd);
	w->polite_ms = (int)fields_range(f, "polite", 0, INT_MAX, 0, &odd);
	if (cover && strlen(cover) == SLOT_HASH)
		strcpy(w->cover, cover);
	return !odd;
}

/* Whether as many queued launches wait as may.  Then the newcomer is covered
 * by an equal one, or refused; either way it has its answer. */
static bool
queue_full(struct keeper *k, struct client *cl, const struct wait *w,
    long long max)
{
	const struct client *equal = NULL;
	long long n = 0;

	for (struct client *o = k->clients; o; o = o->next) {
		if ((o->stage != QUEUED && o->stage != OFFERED) ||
		    o->wait.mode != WAIT_QUEUE)
			continue;
		n++;
		if (*w->cover && !strcmp(o->wait.cover, w->cover))
			equal = o;
	}
	if (n < max)
		return false;
	if (equal)
		reply_covered(k, cl, equal->pid);
	else
		reply_refuse(k, cl, EXIT_BUSY, n == 1 ? "a launch is queued"
		    " already" : "as many launches as may are queued already");
	return true;
}

void
queue_take(struct keeper *k, struct client *cl, const struct frame *f)
{
	struct wait w;

	/* Who was promoted, and lost its keeper before it was told. */
	if (k->state == OWNED && !k->unseen &&
	    fields_num(&f->body, "pid", 0) == k->c->info.owner.pid) {
		reply_bare(k, cl, FRAME_GO);
		client_drop(k, cl);
		return;
	}
	/* It has become a launch again, and would wait for its own end. */
	if (k->state == OWNED && !k->unseen &&
	    cl->pid == k->c->info.owner.pid) {
		reply_refuse(k, cl, EXIT_BUSY, "asked by the instance itself,"
		    " which would wait for its own end");
		return;
	}
	if (!wait_parse(&w, &f->body)) {
		reply_refuse(k, cl, EXIT_NOANSWER, "a signal or a time that is"
		    " none");
		return;
	}
	if (w.mode == WAIT_REPLACE && k->unseen) {
		reply_refuse(k, cl, EXIT_NOANSWER, "its process cannot be seen"
		    " from here, and not be replaced");
		return;
	}
	if (w.mode == WAIT_QUEUE && queue_full(k, cl, &w,
	    fields_num(&f->body, "max", 1)))
		return;
	cl->wait = w;
	cl->stage = QUEUED;
	cl->deadline = 0;
	client_forget(k, cl);
	point("queued");
	reply_queued(k, cl);
}

/* The process that is to be the instance: the client itself, or a child of
 * its; or, held, any of this user that the client has a descriptor of.  A
 * pidfd, -1. */
static int
candidate_open(const struct client *cl, pid_t pid, bool held)
{
	struct proc p;
	int pidfd;

	pidfd = owner_pidfd(pid);
	/* It waits for our answer: who has its number now is itself. */
	if (pidfd >= 0 && !owner_ended(pidfd) && (pid == cl->pid ||
	    (held && ours_uids(pid)) ||
	    (proc_read(pid, &p) == 0 && p.parent == cl->pid)) &&
	    io_wait(cl->fd, POLLRDHUP, 0) == 0)
		return pidfd;
	io_close(&pidfd);
	return -1;
}

/* Write the new instance down.  0; -1: errno, and the slot has no owner. */
static int
record_write(struct keeper *k, const struct info *i, bool image, int pidfd)
{
	struct claim *c = k->c;
	struct buf record;
	struct info new = *i;

	if (owner_record(&new.owner, i->owner.pid, pidfd,
	    c->root->lasting) < 0)
		return -1;
	new.keeper = getpid();
	new.activations = 0;
	buf_init(&record, NULL, 0);
	if (info_remake(&record, &new) < 0) {
		buf_free(&record);
		errno = ENOMEM;
		return -1;
	}
	folder_unlink(c->folder, FILE_HAND);
	/* The old ones are for copies of the old instance. */
	io_close(&c->image);
	past_forget(k);
	if (!image)
		unlinkat(c->folder, FILE_IMAGE, 0);
	else if ((c->image = image_make(c->folder, new.owner.pidns)) < 0)
		goto fail;
	point("promote-image");
	if (info_write(c->folder, &record, false) < 0)
		goto fail;
	point("promote-recorded");
	if (folder_pid_write(c->lock, new.owner.pid) < 0)
		goto fail;
	buf_free(&c->record);
	c->record = record;
	info_parse(record.at, record.len, &c->info);
	io_close(&c->pidfd);
	c->pidfd = pidfd;
	tenure_guard(k);
	return 0;
fail:
	buf_free(&record);
	return -1;
}

/* Whether both have the same key. */
static bool
same_key(const struct info *a, const struct info *b)
{
	const char *x = NULL, *y = NULL;

	do {
		x = info_key(a, x);
		y = info_key(b, y);
	} while (x && y && !strcmp(x, y));
	return !x && !y;
}

/* Whether it is the record of this slot's next instance, as its launch makes
 * it: what only a keeper writes is not in it, and the one that may hold the
 * slot after it is the client. */
static bool
record_fits(const struct keeper *k, const struct client *cl,
    const struct info *i)
{
	const struct info *old = &k->c->info;

	return !i->odd && !strcmp(i->app, old->app) &&
	    !strcmp(i->scope, old->scope) && i->index == old->index &&
	    same_key(i, old) &&
	    !fields_get(&i->all, "was") && !fields_get(&i->all, "new-hash") &&
	    !fields_get(&i->all, "new-key") &&
	    !fields_get(&i->all, INFO_IMAGE) && i->since > 0 &&
	    i->first == i->owner.pid &&
	    (!i->guard.pid || i->guard.pid == cl->pid);
}

/* The record that follows the fields of a request: in *i, which points into
 * it.  -1: refused. */
static int
record_take(struct keeper *k, struct client *cl, const struct frame *f,
    struct info *i)
{
	const char *rest = fields_get(&f->body, "image");
	size_t len;

	if (rest) {
		rest += strlen(rest) + 1;
		len = (size_t)(f->body.at + f->body.len - rest);
		if (len <= INFO_LIMIT && info_parse(rest, len, i) == 0 &&
		    record_fits(k, cl, i))
			return 0;
	}
	reply_refuse(k, cl, EXIT_NOANSWER, "not the record of an instance");
	return -1;
}

/* The instance is the one in this record now: tell it to go.  -1: it is not, and
 * the client has its answer. */
static int
record_begin(struct keeper *k, struct client *cl, const struct frame *f,
    const struct info *i, int pidfd)
{
	bool image = fields_num(&f->body, "image", 0) == 1;
	int r, err;

	/* A folder that has just been swept away comes back. */
	for (int try = 0; (r = record_write(k, i, image, pidfd)) < 0 &&
	    errno == ENOENT && try < SWEEPS; try++) {
		heal_files(k);
		clock_sleep(SWEPT_US);
	}
	if (r < 0) {
		err = errno;
		io_close(&pidfd);
		if (err != ENOENT) {
			reply_refuse(k, cl, fault_state(err), fault_text(err));
			return -1;
		}
		/* It begins again, and has its turn as before. */
		k->heal = true;
		k->collect = clock_now() + OFFER_MS;
		reply_bare(k, cl, FRAME_AGAIN);
		client_drop(k, cl);
		return -1;
	}
	tenure_begin(k);
	point("promoted");
	reply_file(k, cl, FRAME_GO, k->c->file);
	client_drop(k, cl);
	return 0;
}

/* The lock file of the instance to be is the one that we have, or else it is
 * free; the same open file is for the newcomer.  false: refused. */
static bool
lockfile_pass(struct keeper *k, struct client *cl, const struct info *i)
{
	const char *old = k->c->info.terms.lock_file;
	const char *new = i->terms.lock_file;
	struct fault f;

	if (k->c->file >= 0 && old && new && !strcmp(old, new))
		return true;
	lockfile_release(&k->c->file);
	if (!new)
		return true;
	switch (claim_lockfile(k->c, new, &f)) {
	case LOCKFILE_OURS:
		return true;
	case LOCKFILE_BUSY:
		reply_refuse(k, cl, EXIT_BUSY, "its lock file is locked by"
		    " another process");
		return false;
	default:
		reply_refuse(k, cl, f.code, f.line);
		return false;
	}
}

void
queue_promote(struct keeper *k, struct client *cl, const struct frame *f)
{
	struct info info;
	struct buf born;
	int pidfd;

	if (record_take(k, cl, f, &info) < 0)
		return;
	pidfd = candidate_open(cl, info.owner.pid,
	    fields_num(&f->body, "held", 0) == 1);
	if (pidfd < 0) {
		client_drop(k, cl); /* the next one has its turn */
		return;
	}
	point("promote");
	if (!lockfile_pass(k, cl, &info)) {
		io_close(&pidfd);
		return;
	}
	if (born_make(&born, &f->body) < 0) {
		io_close(&pidfd);
		reply_refuse(k, cl, EXIT_SYSTEM, fault_text(errno));
		return;
	}
	raise_end(k);  /* whoever asked for the one before */
	client_end(k); /* whoever watched it */
	k->ending = false;
	if (record_begin(k, cl, f, &info, pidfd) == 0)
		born_take(k, &born);
	else
		buf_free(&born);
}

void
queue_renew(struct keeper *k, struct client *cl, const struct frame *f)
{
	struct client *first = queue_first(k);
	struct info info;
	int pidfd;

	if (!cl->pid || cl->pid != k->c->info.guard.pid ||
	    (k->guard < 0 && !k->guard_dim)) {
		reply_refuse(k, cl, EXIT_DENIED, "only its parent begins it"
		    " again");
		return;
	}
	tenure_check(k);
	if (k->ending || (first && first->wait.mode == WAIT_REPLACE)) {
		reply_refuse(k, cl, EXIT_BUSY, "it is to end");
		return;
	}
	if (k->state != HELD) {
		reply_bare(k, cl, FRAME_AGAIN); /* not settled, or a daemon */
		client_drop(k, cl);
		return;
	}
	if (record_take(k, cl, f, &info) < 0)
		return;
	pidfd = candidate_open(cl, info.owner.pid, false);
	if (pidfd < 0)
		client_drop(k, cl);
	else
		record_begin(k, cl, f, &info, pidfd);
}

void
queue_pass(struct keeper *k)
{
	struct client *cl;

	if (k->state != PASSING || clock_now() < k->collect)
		return;
	for (cl = k->clients; cl; cl = cl->next) {
		if (cl->stage == OFFERED)
			return;
	}
	cl = queue_first(k);
	if (!cl) {
		tenure_release(k);
		return;
	}
	point("offer");
	cl->stage = OFFERED;
	cl->deadline = clock_now() + OFFER_MS;
	reply_bare(k, cl, FRAME_OFFER);
}

/* Whether the windows of the owner have been asked to close, and have had the
 * time that the replacement gives: its user may have work to save. */
static bool
windows_asked(struct keeper *k, struct wait *w, pid_t owner)
{
	if (w->asked != owner) {
		w->asked = owner;
		w->press_at = clock_now();
		/* A display that hangs takes its time from this too. */
		if (w->polite_ms > 0 && closing_start(k))
			w->press_at += w->polite_ms;
	}
	return clock_now() >= w->press_at ||
	    (!k->closing.pid && !k->closing.asked);
}

/* The owner that is to be replaced is told to end, once; and killed after the
 * time that the replacement gives, if it does. */
void
queue_press(struct keeper *k)
{
	struct client *cl = k->state == OWNED || k->state == HELD ?
	    queue_first(k) : NULL;
	const struct terms *terms = &k->c->info.terms;
	pid_t owner = k->c->info.owner.pid;
	struct wait *w;
	int sig, kill_ms;

	if (!cl || cl->wait.mode != WAIT_REPLACE || k->unseen)
		return;
	if (k->state == HELD) {
		tenure_ending(k);
		return;
	}
	w = &cl->wait;
	if (w->pressed != owner) {
		tenure_ending(k);
		if (!windows_asked(k, w, owner))
			return;
		/* Its own wish, else that of the first launch. */
		sig = w->stop_signal ? w->stop_signal : terms->stop_signal;
		kill_ms = w->kill_ms >= 0 ? w->kill_ms : terms->kill_ms;
		if (owner_signal(k->c->pidfd, sig ? sig : SIGTERM) < 0 &&
		    errno != ESRCH) {
			reply_refuse(k, cl, EXIT_DENIED,
			    "cannot signal the instance");
			return;
		}
		w->pressed = owner;
		w->kill_at = kill_ms < 0 ? 0 : clock_now() + kill_ms;
	}
	if (w->kill_at && w->kill_at <= clock_now()) {
		owner_signal(k->c->pidfd, SIGKILL);
		w->kill_at = 0;
	}
}

long long
queue_due(const struct keeper *k)
{
	struct client *cl = k->state == OWNED ? queue_first(k) : NULL;

	if (k->state == PASSING)
		return k->collect;
	if (!cl || k->unseen)
		return 0;
	return cl->wait.pressed == k->c->info.owner.pid ? cl->wait.kill_at :
	    cl->wait.press_at;
}
