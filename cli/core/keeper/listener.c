/*
 * listener.c: a handler that stays: the user's loop around onlyonectl listen.
 *
 * A listener gets one record at a time, in order of arrival, and reports the
 * result by the record's id.  A record is sent as the descriptor of a memory
 * file: however large it is, and however slow the loop, nothing here waits.
 * Until the result arrives, the activation can still move: if the listener goes
 * away, the next handler gets it.
 */
#include <sys/mman.h>

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/ours.h"
#include "cli/base/text.h"
#include "cli/core/keeper/attendant.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/closing_check.h"
#include "cli/core/keeper/listener.h"
#include "cli/core/keeper/raise.h"
#include "cli/core/keeper/reply.h"
#include "cli/core/keeper/state.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/owner.h"
#include "preload/contract.h"

enum { FEW = 16 }; /* clients; if fewer fit, descriptors are scarce */
enum { LISTENER_MS = 1000 }; /* for a listener to connect or reconnect */
enum { ID = 64, HEAD = PATH_MAX + SLOT_NAME_MAX + ID + 64 };

/*
 * An id that is unique to the activation and that a later keeper will compute
 * again: the pid and tag of the launch.  A launch in another pid namespace has
 * no pid here: it gets the keeper's pid and its own turn instead.  NULL: errno,
 * not known.
 */
static const char *
id_make(const struct client *cl, char buf[ID])
{
	uint64_t tag = owner_tag(cl->pid);

	if (!tag && ours_unread(errno) < 0)
		return NULL;
	if (tag)
		text_join(buf, ID, TEXT_NUM(cl->pid), ".", TEXT_NUM(tag), NULL);
	else
		text_join(buf, ID, TEXT_NUM(cl->pid), ".", TEXT_NUM(getpid()),
		    ".", TEXT_NUM(cl->turn), NULL);
	return buf;
}

/* Whether cl is the activation of this id: 1, 0; -1: errno, not known. */
static int
id_is(const struct client *cl, const char *id)
{
	char buf[ID];
	struct text t;

	/* Compare the pid first: reading the tag takes longer. */
	t = text_in(buf, sizeof(buf));
	text_all(&t, TEXT_NUM(cl->pid), ".", NULL);
	if (strncmp(id, t.at, t.len))
		return 0;
	return !id_make(cl, buf) ? -1 : !strcmp(id, buf);
}

/* Record the number of listeners for the next keeper. */
static void
listeners_note(struct keeper *k)
{
	const struct client *cl = NULL;
	int n = 0;

	while ((cl = client_at(k, LISTENING, cl)))
		n++;
	k->c->info.listeners = n;
	info_listeners(k->c->folder, n);
}

void
listener_await(struct keeper *k)
{
	k->serving.await = k->c->info.listeners ?
	    clock_now() + LISTENER_MS : 0;
}

long long
listener_due(struct keeper *k)
{
	return k->serving.await;
}

void
listener_expire(struct keeper *k)
{
	if (k->serving.await && k->serving.await <= clock_now()) {
		k->serving.await = 0;
		listeners_note(k);
	}
}

void
listener_take(struct keeper *k, struct client *cl, const struct frame *f)
{
	(void)f;
	client_stage(cl, LISTENING);
	cl->turn = ++k->clients.turns;
	k->serving.await = 0;
	listeners_note(k);
	reply_accepted(k, cl, 0);
}

/* No listener has the record any more. */
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
	/* The activation keeps its turn, as the next one. */
	attendant_ready(k->serving.caller);
	listener_leave(k);
}

void
listener_gone(struct keeper *k, const struct client *cl)
{
	if (k->serving.listener == cl)
		listener_back(k);
	/* If there is no other handler, wait a moment: the loop may start
	 * again, or the instance may be about to end.  Until then the record
	 * has it, so that the next keeper waits, too. */
	if (!client_first(k, LISTENING) && !k->c->info.terms.on_activate)
		k->serving.await = clock_now() + LISTENER_MS;
	else
		listeners_note(k);
}

/* Write the request's arguments, and the accepted part of its environment.  0
 * or -1. */
static int
request_write(int fd, struct client *cl)
{
	const struct fields *body = &cl->caller.request.body;
	const char *at = body->at, *end = at + body->len;
	const char *from = at; /* up to at: not written yet */
	int r = 0;

	for (; r == 0 && at < end; at += strlen(at) + 1) {
		if (!strncmp(at, "arg=", 4) ||
		    (!strncmp(at, "env=", 4) && client_env(cl, at + 4)))
			continue;
		r = io_write(fd, from, (size_t)(at - from));
		from = at + strlen(at) + 1;
	}
	return r < 0 ? r : io_write(fd, from, (size_t)(end - from));
}

/* Make the record of an activation.  A descriptor at offset 0, or -1. */
static int
record_file(struct keeper *k, struct client *cl)
{
	const char *cwd = cl->caller.cwd;
	char storage[HEAD], buf[PATH_MAX], id[ID];
	struct text t = text_in(buf, sizeof(buf));
	struct buf b;
	int fd;

	if (!id_make(cl, id))
		return -1;
	text_all(&t, k->c->slot->name, ":", id, NULL);
	buf_init(&b, storage, sizeof(storage));
	fields_put(&b, "id", buf);
	fields_put(&b, "cwd", cwd ? cwd : "");
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
	bool given = false;
	int fd = record_file(k, cl);

	if (fd < 0) {
		reply_refuse(k, cl, EXIT_SYSTEM, "its keeper has no memory"
		    " for the listener's record");
		return false;
	}
	if (reply_delivered(k, cl, to)) {
		client_stage(cl, SERVED);
		/* Few descriptors: kill the attendant that has the streams.  If the
		 * listener gives the activation back, the launch has to come
		 * again. */
		if (k->clients.most < FEW)
			client_unattend(cl);
		k->serving.listener = to;
		k->serving.began = clock_now();
		k->serving.caller = cl;
		raise_ask(k, cl, RAISE_TAKEN, 0);
		/* If this fails, the next handler gets the activation. */
		given = reply_file(k, to, FRAME_RECORD, fd);
	}
	io_close(&fd);
	return given;
}

/* Whether a listener may have this activation: by us or, if no handler has got
 * it from us yet, by an earlier keeper. */
static bool
may_be_given(const struct keeper *k, const struct client *cl)
{
	switch (cl->stage) {
	case WAITING:
	case ATTENDED:
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
	int is = 0;

	if (odd) {
		reply_refuse(k, cl, EXIT_NOANSWER, "not a valid status");
		return;
	}
	/* A launch that has left comes again, and its activation is given
	 * again. */
	while (id && (o = client_next(k, o))) {
		is = may_be_given(k, o) ? id_is(o, id) : 0;
		if (is < 0) {
			reply_refuse(k, cl, EXIT_SYSTEM, fault_text(errno));
			return;
		}
		if (is && client_stays(o))
			break;
	}
	if (!o) {
		reply_refuse(k, cl, EXIT_NONE, "no launch waits for this"
		    " answer any more");
		return;
	}
	if (k->serving.caller == o)
		listener_leave(k);
	window_answer(k, o, status, true);
	reply_done(k, cl, 0);
}
