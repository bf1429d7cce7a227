/*
 * queue.c: the launches that wait for the slot, in order.
 *
 * They are ordered by ticket, the launch's time of arrival, which the launch
 * brings to the next keeper if this one is killed.  Replacing launches go
 * first.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/queue.h"
#include "cli/core/keeper/reply.h"
#include "cli/core/keeper/state.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/skips.h"
#include "preload/contract.h"

enum {
	COLLECT_MS = 40, /* for the next launch to reconnect, even after its
	                  * longest pause (meet.c) */
	COLLECT_MOST_MS = 500
};

/* Whether a is before b.  A launch from outside (client.c) brings a keeper that
 * launches inside cannot wait for: so it comes after them. */
static bool
is_before(const struct client *a, const struct client *b)
{
	bool first = a->waiter.mode == WAIT_REPLACE;
	bool outside = a->peer == PEER_OUTSIDE;

	if (first != (b->waiter.mode == WAIT_REPLACE))
		return first;
	if (outside != (b->peer == PEER_OUTSIDE))
		return !outside;
	return a->waiter.ticket < b->waiter.ticket;
}

struct client *
line_first(const struct keeper *k)
{
	struct client *first = NULL, *cl = NULL;

	while ((cl = client_at(k, QUEUED, cl))) {
		if (!first || is_before(cl, first))
			first = cl;
	}
	return first;
}

void
line_collect(struct keeper *k)
{
	long long now = clock_now();

	k->tenure.offer_from = now + COLLECT_MS;
	k->tenure.collect_most = now + COLLECT_MOST_MS;
}

/* A launch has reconnected: give the next one as long.  On a busy machine they
 * come one by one. */
static void
collect_on(struct keeper *k)
{
	long long until = clock_now() + COLLECT_MS;

	if (k->tenure.offer_from < until && until < k->tenure.collect_most)
		k->tenure.offer_from = until;
}

/* The ticket is the launch's own claim, and trusted: the launch is of the same
 * user and world (client.c).  False: a value is invalid. */
static bool
wait_parse(struct waiter *w, const struct fields *f)
{
	const char *mode = fields_get(f, "mode");
	const char *cover = fields_get(f, "cover");
	struct press *p = &w->press;
	bool odd = false;

	memset(w, 0, sizeof(*w));
	w->mode = mode && !strcmp(mode, "replace") ? WAIT_REPLACE :
	    mode && !strcmp(mode, "queue") ? WAIT_QUEUE : WAIT_PLAIN;
	w->ticket = fields_num(f, "ticket", 0);
	p->stop_signal = (int)fields_range(f, "stop-signal", 1, NSIG - 1, 0,
	    &odd);
	p->kill_ms = (int)fields_range(f, "kill-after", 0, INT_MAX, -1, &odd);
	p->polite_ms = (int)fields_range(f, "polite", 0, INT_MAX, 0, &odd);
	p->tree = fields_num(f, "tree", 0) == 1;
	w->since = fields_range(f, "since", 0, LLONG_MAX, 0, &odd);
	w->room = (size_t)fields_range(f, "room", 0, INFO_LIMIT, 0, &odd);
	if (cover && strlen(cover) == SLOT_HASH)
		strcpy(w->cover, cover);
	return !odd;
}

/* Whether the queue is full of other launches: one that lost an offer may be
 * here twice.  If so, the new launch has been answered: an equal one is queued,
 * or it is refused. */
static bool
line_full(struct keeper *k, struct client *cl, const struct waiter *w,
    long long max)
{
	const struct client *equal = NULL, *o = NULL;
	pid_t pids[QUEUED_SHOWN];
	size_t n = 0;

	while ((o = client_next(k, o))) {
		if (stages[o->stage].part != WAITER ||
		    o->waiter.mode != WAIT_QUEUE || o->pid == cl->pid ||
		    !client_stays(o))
			continue;
		if (n < QUEUED_SHOWN)
			pids[n] = o->pid;
		n++;
		if (*w->cover && !strcmp(o->waiter.cover, w->cover))
			equal = o;
	}
	if ((long long)n < max)
		return false;
	if (equal) {
		reply_covered(k, cl, equal->pid);
	} else {
		skips_add(k->c->folder, FILE_SKIPS);
		reply_full(k, cl, pids, n);
	}
	return true;
}

/* How many launches get the slot before cl. */
static long long
line_ahead(const struct keeper *k, const struct client *cl)
{
	const struct client *o = NULL;
	long long ahead = 0;

	while ((o = client_next(k, o)))
		ahead += o != cl && (o->stage == OFFERED ||
		    (o->stage == QUEUED && is_before(o, cl)));
	return ahead;
}

void
line_tell(struct keeper *k)
{
	struct client *cl = NULL;
	long long ahead;

	if (!k->clients.newcomer)
		return;
	k->clients.newcomer = false;
	while ((cl = client_at(k, QUEUED, cl))) {
		ahead = line_ahead(k, cl);
		if (ahead <= cl->waiter.ahead)
			continue;
		cl->waiter.ahead = ahead;
		reply_accepted(k, cl, ahead);
	}
}

/* No room is left in our root, errno says why: whether another default root has
 * some.  If so, the next instance begins there (record_begin). */
static bool
room_elsewhere(const struct claim *c, size_t n)
{
	struct root other = *c->root;
	int folder = -1, lock = -1, err = errno;
	bool fresh, roomy = false;
	struct fault f;

	other.fd = -1;
	if (root_pass(&other, err) < 0)
		return false;
	if (root_open(&other, &f) == 0 && folder_open(&other, c->slot->name,
	    &folder, &fresh, &f) == FOLDER_OK) {
		if (folder_lock(&other, c->slot->name, folder, &lock, &fresh,
		    &f) == FOLDER_OK) {
			roomy = room_make(folder, n) == 0;
			folder_remove(&other, c->slot->name, folder, lock);
		}
		unlinkat(other.fd, c->slot->name, AT_REMOVEDIR);
	}
	io_close(&lock);
	io_close(&folder);
	root_close(&other);
	errno = err;
	return roomy;
}

int
line_room(struct keeper *k, const struct client *cl, struct fault *f)
{
	const struct claim *c = k->c;
	size_t n = cl->waiter.room > c->record.len ? cl->waiter.room :
	    c->record.len;

	if (room_make(c->folder, n) == 0 || room_elsewhere(c, n))
		return 0;
	if (errno == ENOENT) {
		k->heal.wanted = true;
		return 1;
	}
	return fault_errno(f, fault_state(errno), errno, "cannot write ",
	    c->root->path, "/", c->slot->name, NULL);
}

void
line_take(struct keeper *k, struct client *cl, const struct frame *f)
{
	struct fault later;
	struct waiter w;

	/* It may have got another slot: later ones must not be refused for it. */
	if (!client_stays(cl)) {
		client_drop(k, cl);
		return;
	}
	if (reply_itself(k, cl, "wait for its own exit"))
		return;
	if (!wait_parse(&w, &f->body)) {
		reply_refuse(k, cl, EXIT_NOANSWER, "not a valid signal or"
		    " time");
		return;
	}
	if (w.mode == WAIT_REPLACE && instance_nameless(k)) {
		reply_nameless(k, cl);
		return;
	}
	if (w.mode == WAIT_QUEUE && line_full(k, cl, &w,
	    fields_num(&f->body, "max", 1)))
		return;
	client_stage(cl, QUEUED);
	cl->waiter = w;
	cl->waiter.ahead = -1;
	line_room(k, cl, &later); /* if that fails, it is tried again later */
	k->clients.newcomer = true;
	collect_on(k);
}

void
line_anew(struct keeper *k)
{
	for (struct client *cl = NULL; (cl = client_at(k, QUEUED, cl));) {
		struct press *p = &cl->waiter.press;

		p->roomy = p->asked = p->pressed = 0;
	}
}
