/*
 * reply.c: what a keeper answers.
 *
 * Nothing here waits: a client that does not read what fits into its socket's
 * buffer is dropped.  Whoever replies looks at the client's stage afterwards.
 */
#include <sys/socket.h>

#include <unistd.h>

#include "cli/clock.h"
#include "cli/keeper/state.h"
#include "cli/proc.h"
#include "cli/text.h"
#include "preload/contract.h"

enum { REPLY = 2048 };

/* Send what was put together in b, without waiting. */
static void
reply_send(struct keeper *k, struct client *cl, struct buf *b, size_t start)
{
	if (frame_end(b, start) < 0 ||
	    send(cl->fd, b->at, b->len, MSG_NOSIGNAL | MSG_DONTWAIT) !=
	    (ssize_t)b->len)
		client_drop(k, cl);
	buf_free(b);
}

void
reply_bare(struct keeper *k, struct client *cl, enum frame_type type)
{
	char storage[REPLY];
	struct buf b;

	buf_init(&b, storage, sizeof(storage));
	reply_send(k, cl, &b, frame_begin(&b, type));
}

void
reply_refuse(struct keeper *k, struct client *cl, int status,
    const char *why)
{
	char storage[REPLY];
	struct buf b;
	size_t start;

	buf_init(&b, storage, sizeof(storage));
	start = frame_begin(&b, FRAME_REFUSED);
	fields_put_num(&b, "status", status);
	fields_put(&b, "why", why);
	reply_send(k, cl, &b, start);
	client_drop(k, cl);
}

/* Who the instance is: what a message that names it needs. */
static void
owner_put_shown(const struct keeper *k, struct buf *b)
{
	const struct info *i = &k->c->info;
	char tty[32] = "";
	struct proc p;

	fields_put(b, "app", i->app);
	fields_put_num(b, "pid", k->state == HELD ? 0 : i->owner.pid);
	fields_put_num(b, "since", i->since);
	if (!k->unseen && proc_read(i->owner.pid, &p) == 0)
		proc_tty(p.tty, tty, sizeof(tty));
	fields_put(b, "tty", tty);
}

void
reply_done(struct keeper *k, struct client *cl, int status, bool taken)
{
	char storage[REPLY];
	struct buf b;
	size_t start;

	buf_init(&b, storage, sizeof(storage));
	start = frame_begin(&b, FRAME_DONE);
	fields_put_num(&b, "status", status);
	fields_put_num(&b, "taken", taken);
	owner_put_shown(k, &b);
	reply_send(k, cl, &b, start);
	if (cl->stage == GONE)
		return;
	if (cl->until && k->state != VACANT) {
		cl->stage = WATCHING;
		client_forget(k, cl);
	} else {
		client_drop(k, cl);
	}
}

void
reply_state(struct keeper *k, struct client *cl)
{
	static const char *const states[] = { "running", "settling",
		"held", "passing", "vacant" };
	const struct info *i = &k->c->info;
	char command[8192], storage[REPLY];
	struct text t;
	struct buf b;
	size_t start;

	text_init(&t, command, sizeof(command));
	info_command(i, &t);
	buf_init(&b, storage, sizeof(storage));
	start = frame_begin(&b, FRAME_STATE);
	fields_put(&b, "state", states[k->state]);
	owner_put_shown(k, &b);
	fields_put_num(&b, "keeper", getpid());
	fields_put_num(&b, "activations", i->activations);
	fields_put_num(&b, "used", i->used);
	fields_put_num(&b, "handler", k->handler.pid);
	fields_put(&b, "cwd", i->cwd);
	fields_put(&b, "command", command);
	reply_send(k, cl, &b, start);
	cl->deadline = clock_now() + REQUEST_MS;
}

void
reply_ended(struct keeper *k, struct client *cl)
{
	char storage[REPLY];
	struct buf b;
	size_t start;

	buf_init(&b, storage, sizeof(storage));
	start = frame_begin(&b, FRAME_ENDED);
	if (k->status_known)
		fields_put_num(&b, "status", k->status);
	reply_send(k, cl, &b, start);
	client_drop(k, cl);
}

void
reply_covered(struct keeper *k, struct client *cl, pid_t by)
{
	char storage[REPLY];
	struct buf b;
	size_t start;

	buf_init(&b, storage, sizeof(storage));
	start = frame_begin(&b, FRAME_DONE);
	fields_put_num(&b, "status", 0);
	fields_put_num(&b, "covered", by);
	owner_put_shown(k, &b);
	reply_send(k, cl, &b, start);
	client_drop(k, cl);
}

/* Who waits for the slot is told for whom, and at which place. */
void
reply_queued(struct keeper *k, struct client *cl)
{
	char storage[REPLY];
	long long ahead = 0;
	struct buf b;
	size_t start;

	for (struct client *o = k->clients; o; o = o->next)
		ahead += o != cl && (o->stage == QUEUED ||
		    o->stage == OFFERED) && o->wait.ticket < cl->wait.ticket;
	buf_init(&b, storage, sizeof(storage));
	start = frame_begin(&b, FRAME_ACCEPTED);
	fields_put_num(&b, "ahead", ahead);
	owner_put_shown(k, &b);
	reply_send(k, cl, &b, start);
}

/* Tell an activation that it has to wait, and for what. */
void
reply_accepted(struct keeper *k, struct client *cl)
{
	char storage[REPLY];
	long long ahead = 0;
	struct buf b;
	size_t start;

	for (struct client *o = k->clients; o; o = o->next)
		ahead += o->stage == SERVED || (o->turn < cl->turn &&
		    (o->stage == WAITING || o->stage == ASKED ||
		    o->stage == ANSWERED));
	buf_init(&b, storage, sizeof(storage));
	start = frame_begin(&b, FRAME_ACCEPTED);
	fields_put_num(&b, "ahead", ahead);
	fields_put_num(&b, "handler", k->handler.pid);
	owner_put_shown(k, &b);
	reply_send(k, cl, &b, start);
}
