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
#include "cli/slot/owner.h"
#include "cli/text.h"
#include "cli/wire/sock.h"
#include "preload/contract.h"

enum { REPLY = 2048 };

/* A reply that is being put together. */
struct reply {
	char storage[REPLY];
	struct buf b;
	size_t start;
};

static void
reply_begin(struct reply *r, enum frame_type type)
{
	buf_init(&r->b, r->storage, sizeof(r->storage));
	r->start = frame_begin(&r->b, type);
}

/* Send it, without waiting. */
static void
reply_send(struct keeper *k, struct client *cl, struct reply *r)
{
	if (frame_end(&r->b, r->start) < 0 ||
	    send(cl->fd, r->b.at, r->b.len, MSG_NOSIGNAL | MSG_DONTWAIT) !=
	    (ssize_t)r->b.len)
		client_drop(k, cl);
	buf_free(&r->b);
}

void
reply_bare(struct keeper *k, struct client *cl, enum frame_type type)
{
	struct reply r;

	reply_begin(&r, type);
	reply_send(k, cl, &r);
}

void
reply_file(struct keeper *k, struct client *cl, enum frame_type type, int fd)
{
	struct reply r;

	reply_begin(&r, type);
	if (frame_end(&r.b, r.start) < 0 ||
	    sock_send(cl->fd, r.b.at, r.b.len, &fd, fd >= 0) < 0)
		client_drop(k, cl);
	buf_free(&r.b);
}

void
reply_refuse(struct keeper *k, struct client *cl, int status,
    const char *why)
{
	struct reply r;

	reply_begin(&r, FRAME_REFUSED);
	fields_put_num(&r.b, "status", status);
	fields_put(&r.b, "why", why);
	reply_send(k, cl, &r);
	client_drop(k, cl);
}

/* In which namespace our pids are what they are. */
static void
pidns_put(struct keeper *k, struct buf *b)
{
	if (!k->pidns)
		k->pidns = owner_pidns();
	if (k->pidns)
		fields_put_num(b, "pidns", (long long)k->pidns);
}

/* Who the instance is: what a message that names it needs. */
static void
owner_put_shown(struct keeper *k, struct buf *b)
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
	pidns_put(k, b);
}

void
reply_own(struct keeper *k, struct client *cl, pid_t handler)
{
	struct reply r;

	reply_begin(&r, FRAME_REFUSED);
	fields_put_num(&r.b, "status", EXIT_BUSY);
	fields_put(&r.b, "why", "launched by its own handler, pid ");
	fields_put_num(&r.b, "pid", handler);
	pidns_put(k, &r.b);
	reply_send(k, cl, &r);
	client_drop(k, cl);
}

void
reply_done(struct keeper *k, struct client *cl, int status, bool taken)
{
	/* Its handler may have outlived the instance it came to. */
	bool over = cl->since && cl->since != k->c->info.since;
	struct reply r;

	reply_begin(&r, FRAME_DONE);
	fields_put_num(&r.b, "status", status);
	fields_put_num(&r.b, "taken", taken);
	if (over) /* before that of the next one: it is asked for by this */
		fields_put_num(&r.b, "since", cl->since);
	if (cl->raised >= 0)
		fields_put_num(&r.b, "raised", cl->raised);
	owner_put_shown(k, &r.b);
	reply_send(k, cl, &r);
	if (cl->stage == GONE)
		return;
	if (cl->until && !over && k->state != VACANT) {
		cl->stage = WATCHING;
		client_forget(k, cl);
	} else {
		client_drop(k, cl);
	}
}

static pid_t
handler_pid(const struct keeper *k)
{
	return k->handler.listener ? k->handler.listener->pid :
	    k->handler.pid;
}

/* A listener has it, and may give it back. */
void
reply_delivered(struct keeper *k, struct client *cl,
    const struct client *listener)
{
	struct reply r;

	reply_begin(&r, FRAME_DELIVERED);
	fields_put_num(&r.b, "listener", listener->pid);
	owner_put_shown(k, &r.b);
	reply_send(k, cl, &r);
}

void
reply_state(struct keeper *k, struct client *cl)
{
	static const char *const states[] = { "running", "settling",
		"held", "passing", "vacant" };
	const struct info *i = &k->c->info;
	char command[8192];
	struct text t;
	struct reply r;

	text_init(&t, command, sizeof(command));
	info_line(i, &t);
	reply_begin(&r, FRAME_STATE);
	fields_put(&r.b, "state", states[k->state]);
	owner_put_shown(k, &r.b);
	fields_put_num(&r.b, "keeper", getpid());
	if (k->guard >= 0)
		fields_put_num(&r.b, "guard", i->guard.pid);
	if (k->c->witness < 0)
		fields_put(&r.b, "blind", "1");
	fields_put_num(&r.b, "activations", i->activations);
	fields_put_num(&r.b, "used", i->used);
	fields_put_num(&r.b, "handler", handler_pid(k));
	fields_put(&r.b, "cwd", i->cwd);
	fields_put(&r.b, "command", command);
	reply_send(k, cl, &r);
	cl->deadline = clock_now() + REQUEST_MS;
}

void
reply_ended(struct keeper *k, struct client *cl)
{
	struct reply r;

	reply_begin(&r, FRAME_ENDED);
	if (k->status_known)
		fields_put_num(&r.b, "status", k->status);
	reply_send(k, cl, &r);
	client_drop(k, cl);
}

void
reply_covered(struct keeper *k, struct client *cl, pid_t by)
{
	struct reply r;

	reply_begin(&r, FRAME_DONE);
	fields_put_num(&r.b, "status", 0);
	fields_put_num(&r.b, "covered", by);
	owner_put_shown(k, &r.b);
	reply_send(k, cl, &r);
	client_drop(k, cl);
}

/* Who waits for the slot is told for whom, and at which place. */
void
reply_queued(struct keeper *k, struct client *cl)
{
	long long ahead = 0;
	struct reply r;

	for (struct client *o = k->clients; o; o = o->next)
		ahead += o != cl && (o->stage == QUEUED ||
		    o->stage == OFFERED) && o->wait.ticket < cl->wait.ticket;
	reply_begin(&r, FRAME_ACCEPTED);
	fields_put_num(&r.b, "ahead", ahead);
	owner_put_shown(k, &r.b);
	reply_send(k, cl, &r);
}

/* Tell an activation that it has to wait, and for what. */
void
reply_accepted(struct keeper *k, struct client *cl)
{
	long long ahead = 0;
	struct reply r;

	for (struct client *o = k->clients; o; o = o->next)
		ahead += o->stage == SERVED || (o->turn < cl->turn &&
		    (o->stage == WAITING || o->stage == ASKED ||
		    o->stage == ANSWERED));
	reply_begin(&r, FRAME_ACCEPTED);
	fields_put_num(&r.b, "ahead", ahead);
	fields_put_num(&r.b, "handler", handler_pid(k));
	owner_put_shown(k, &r.b);
	reply_send(k, cl, &r);
}
