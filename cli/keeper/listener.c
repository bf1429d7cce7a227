/*
 * listener.c: a handler that stays: a loop, through onlyonectl listen.
 *
 * It gets one record at a time, in order of arrival, and says by the record's
 * id what came of it.  A record is a file in memory whose descriptor is
 * passed: however large it is, and however slow the loop, nothing here waits.
 * Until the answer has come the activation can still be given to another: one
 * whose listener goes away is the next handler's.
 */
#include <sys/mman.h>

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/keeper/client.h"
#include "cli/keeper/handler.h"
#include "cli/keeper/listener.h"
#include "cli/keeper/peer.h"
#include "cli/keeper/raise.h"
#include "cli/keeper/reply.h"
#include "cli/keeper/state.h"
#include "cli/points.h"
#include "cli/proc.h"
#include "cli/slot/info_make.h"
#include "cli/text.h"
#include "preload/contract.h"

enum { LISTENER_MS = 1000 }; /* for one to come, or to come back */
enum { FEW = 16 }; /* clients; then descriptors are dear */
enum { ID = 64, HEAD = PATH_MAX + SLOT_NAME_MAX + ID + 64 };

/*
 * What tells an activation from all others, also for the keeper after us: its
 * launch's process.  One of another pid namespace has none that we could see.
 */
static const char *
id_make(const struct client *cl, char buf[ID])
{
	struct proc p;
	struct text t;

	text_init(&t, buf, ID);
	text_num(&t, cl->pid);
	text_add(&t, ".");
	if (cl->pid && proc_read(cl->pid, &p) == 0) {
		text_num(&t, (long long)p.start);
	} else {
		text_num(&t, getpid());
		text_add(&t, ".");
		text_num(&t, (long long)cl->turn);
	}
	return buf;
}

/* Whether cl is the activation of this id. */
static bool
id_is(const struct client *cl, const char *id)
{
	char buf[ID];
	struct text t;

	/* Its process first: nothing more is read of any other. */
	text_init(&t, buf, sizeof(buf));
	text_num(&t, cl->pid);
	text_add(&t, ".");
	return !strncmp(id, t.at, t.len) && !strcmp(id, id_make(cl, buf));
}

static int
listeners_count(const struct keeper *k)
{
	const struct client *cl = NULL;
	int n = 0;

	while ((cl = client_next(k, cl)))
		n += cl->stage == LISTENING;
	return n;
}

/* On record: for the next keeper. */
static void
listeners_note(struct keeper *k)
{
	int n = listeners_count(k);

	if (n == k->c->info.listeners || k->state == VACANT)
		return;
	k->c->info.listeners = n;
	info_listeners(k->c->folder, n);
}

void
listener_await(struct keeper *k)
{
	k->serving.await = 0;
	if (k->c->info.listeners && !listeners_count(k))
		k->serving.await = clock_now() + LISTENER_MS;
	else
		listeners_note(k);
}

void
listener_expire(struct keeper *k)
{
	if (k->serving.await && k->serving.await <= clock_now()) {
		k->serving.await = 0;
		listeners_note(k);
	}
}

bool
listener_above(const struct keeper *k, pid_t pid, pid_t *listener)
{
	const struct client *cl = NULL;

	while ((cl = client_next(k, cl))) {
		if (cl->stage == LISTENING && cl->pid &&
		    (proc_descends(pid, cl->pid) ||
		    (*cl->loop && proc_reads(pid, cl->loop)))) {
			*listener = cl->pid;
			return true;
		}
	}
	return false;
}

void
listener_take(struct keeper *k, struct client *cl, const struct frame *f)
{
	const char *loop = fields_get(&f->body, "loop");
	char name[LOOP_NAME];
	struct text t;

	text_init(&t, name, sizeof(name));
	text_add(&t, loop ? loop : "");
	/* Whoever reads from it is refused: nothing that others share. */
	if (t.cut || strncmp(name, "pipe:[", 6))
		*name = '\0';
	client_stage(k, cl, LISTENING);
	strcpy(cl->loop, name);
	cl->turn = ++k->clients.turns;
	k->serving.await = 0;
	listeners_note(k);
	point("listener");
	reply_accepted(k, cl, 0);
}

/* It has nobody's record any more. */
static void
listener_leave(struct keeper *k)
{
	k->serving.listener = NULL;
	k->serving.caller = NULL;
}

void
listener_back(struct keeper *k)
{
	if (!k->serving.listener)
		return;
	/* Its turn is still the first. */
	client_stage(k, k->serving.caller, ANSWERED);
	listener_leave(k);
}

void
listener_gone(struct keeper *k, const struct client *cl)
{
	if (k->serving.listener == cl)
		listener_back(k);
	listeners_note(k);
	/* Its loop may begin again, or the instance be about to end: what
	 * nobody would take otherwise waits for that a moment. */
	if (!client_first(k, LISTENING) && !k->c->info.terms.on_activate)
		k->serving.await = clock_now() + LISTENER_MS;
}

/* Of the request its arguments, and what is taken of its environment.  0 or
 * -1. */
static int
request_write(int fd, struct client *cl)
{
	const struct fields *body = &cl->caller.request.body;
	const char *at = body->at, *end = at + body->len;
	const char *from = at; /* to be written, up to at */
	int r = 0;

	for (; r == 0 && at < end; at += strlen(at) + 1) {
		if (!strncmp(at, "arg=", 4) ||
		    (!strncmp(at, "env=", 4) && peer_env(cl, at + 4)))
			continue;
		r = io_write(fd, from, (size_t)(at - from));
		from = at + strlen(at) + 1;
	}
	return r < 0 ? r : io_write(fd, from, (size_t)(end - from));
}

/* The record of an activation, to be read from its beginning: a descriptor, or
 * -1. */
static int
record_file(struct keeper *k, struct client *cl)
{
	char storage[HEAD], buf[PATH_MAX], id[ID];
	struct text t;
	struct buf b;
	int fd;

	text_init(&t, buf, sizeof(buf));
	text_add(&t, k->c->slot->name);
	text_add(&t, ":");
	text_add(&t, id_make(cl, id));
	buf_init(&b, storage, sizeof(storage));
	fields_put(&b, "id", buf);
	fields_put(&b, "cwd",
	    proc_fd(getpid(), cl->caller.fd[0], buf, sizeof(buf)));
	fields_put_num(&b, "pid", cl->pid);
	fd = b.failed ? -1 : memfd_create("onlyone", MFD_CLOEXEC);
	if (fd >= 0 && (io_write(fd, b.at, b.len) < 0 ||
	    request_write(fd, cl) < 0 ||
	    lseek(fd, 0, SEEK_SET) < 0))
		io_close(&fd);
	buf_free(&b);
	return fd;
}

bool
listener_give(struct keeper *k, struct client *to, struct client *cl)
{
	struct caller *c = &cl->caller;
	bool given = false;
	int fd;

	/* Where descriptors are few, the answer needs one more than there are.
	 * For the next handler it has to come again then. */
	c->bare = k->clients.most < FEW;
	for (int i = 1; c->bare && i < FDS; i++)
		io_close(&c->fd[i]);
	fd = record_file(k, cl);
	if (c->bare)
		io_close(&c->fd[0]);
	if (fd < 0) {
		reply_refuse(k, cl, EXIT_SYSTEM, "its keeper cannot make a"
		    " record for the listener");
		return false;
	}
	if (reply_delivered(k, cl, to)) {
		client_stage(k, cl, SERVED);
		k->serving.listener = to;
		k->serving.began = clock_now();
		k->serving.caller = cl;
		raise_ask(k, cl, RAISE_TAKEN, 0);
		/* Else it is the next one's. */
		given = reply_file(k, to, FRAME_RECORD, fd);
		point("listener-given");
	}
	io_close(&fd);
	return given;
}

/* Whether it may have been given to a listener, by us or, if it has not been
 * given anew yet, by the keeper before us. */
static bool
may_be_given(const struct keeper *k, const struct client *cl)
{
	switch (cl->stage) {
	case WAITING:
	case ASKED:
	case ANSWERED:
		return true;
	case SERVED:
		return k->serving.caller == cl;
	default:
		return false;
	}
}

void
listener_answer(struct keeper *k, struct client *cl, const struct frame *f)
{
	const char *id = fields_get(&f->body, "id");
	struct client *o = NULL;
	bool odd = false;
	int status = (int)fields_range(&f->body, "status", 0, 255, 0, &odd);

	if (odd) {
		reply_refuse(k, cl, EXIT_NOANSWER, "not a valid status");
		return;
	}
	while (id && (o = client_next(k, o))) {
		if (may_be_given(k, o) && id_is(o, id))
			break;
	}
	if (!o) {
		reply_refuse(k, cl, EXIT_NONE, "no launch waits for this"
		    " answer any more");
		return;
	}
	if (k->serving.caller == o)
		listener_leave(k);
	raise_answer(k, o, status, true);
	reply_done(k, cl, 0);
}
