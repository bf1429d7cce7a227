/*
 * tell.c: requests about an instance to its keeper.
 *
 * A request names the instance by its start, so that another one that has the
 * slot by now does not take it.
 */
#include <errno.h>
#include <limits.h>

#include "cli/base/clock.h"
#include "cli/core/ctl/tell.h"
#include "cli/base/io.h"
#include "cli/core/meet/meet.h"
#include "cli/core/slot/claim.h"
#include "cli/core/wire/ask.h"
#include "preload/contract.h"

/* As tell; flag (may be NULL): a field that is 1. */
static int
tell_flag(struct ctl *c, const struct found *found, enum frame_type type,
    const char *flag, struct fault *f)
{
	struct buf request = { 0 };
	struct place p;
	size_t start;
	int r = -1;

	buf_free(&c->room);
	c->room = (struct buf){ 0 };
	start = ask_begin(&request, type, found->slot.hash);
	fields_put_num(&request, "since", found->info.since);
	if (flag)
		fields_put(&request, flag, "1");
	if (frame_end(&request, start) < 0)
		fault_errno(f, EXIT_SYSTEM, errno, "cannot ask the keeper of ",
		    found->info.app, NULL);
	else if (place_of(&p, &c->root, &found->slot, f) == 0)
		r = request_put(&p, &request, &c->room, &c->reply, f);
	buf_free(&request);
	return r;
}

int
tell(struct ctl *c, const struct found *found, enum frame_type type,
    struct fault *f)
{
	return tell_flag(c, found, type, NULL, f);
}

/* The status of a DONE, the answer to a request that returned r; else -1. */
static int
done_status(const struct ctl *c, int r)
{
	return r == 0 && c->reply.type == FRAME_DONE ?
	    (int)fields_num(&c->reply.body, "status", 0) : -1;
}

void
tell_begin(struct ctl *c, const struct found *found, enum frame_type type,
    struct telling *t)
{
	char folder[PATH_MAX];

	t->sock = -1;
	t->until = clock_now() + PATIENCE_MS;
	if (root_folder(&c->root, found->slot.name, folder) == 0 &&
	    ask_connect(folder, PATIENCE_MS, &t->sock) == SOCK_OK &&
	    ask_send(t->sock, type, found->slot.hash, found->info.since) < 0)
		io_close(&t->sock);
}

int
tell_end(struct ctl *c, const struct found *found, enum frame_type type,
    struct telling *t)
{
	enum sock_result r = SOCK_NOBODY;
	struct frame reply = { .size = 0 };
	struct buf b = { 0 };
	int status = -1;
	struct fault f;

	if (t->sock >= 0)
		r = sock_recv(t->sock, &b, &reply, clock_left(t->until));
	io_close(&t->sock);
	if (r == SOCK_OK && reply.type == FRAME_DONE)
		status = (int)fields_num(&reply.body, "status", 0);
	else if (r != SOCK_SLOW) /* not sent, or the keeper has gone: send
	                          * again */
		status = done_status(c, tell(c, found, type, &f));
	buf_free(&b);
	return status;
}

int
tell_closing(struct ctl *c, const struct found *found, struct text *t)
{
	struct fault f;
	int status = done_status(c, tell_flag(c, found, FRAME_CLOSE, "look",
	    &f));
	const char *asks = status < 0 ? NULL :
	    fields_get(&c->reply.body, "title");

	text_add(t, asks ? asks : "");
	return status;
}

int
tell_reply(struct ctl *c, const struct found *found, struct fault *f)
{
	const struct frame *reply = &c->reply;
	const char *why;

	if (reply->type == FRAME_DONE || reply->type == FRAME_ENDED)
		return 0;
	why = fields_get(&reply->body, "why");
	return fault_set(f, reply->type == FRAME_REFUSED ?
	    (int)fields_num(&reply->body, "status", EXIT_NOANSWER) :
	    EXIT_NOANSWER, why ? why : found->info.app, why ? NULL :
	    ": its keeper refuses", NULL);
}

/* No keeper answers, and no launch would be let start: drop the slot's state
 * all the same, unless something is seen to live there.  0; -1: why is in f. */
static int
forget_force(struct ctl *c, const struct found *found, struct fault *f)
{
	struct claim claim = { .record = { 0 } };
	struct fault why = { .code = 0 };
	int r = -1;

	if (root_open(&c->root, &why) == 0 && claim_force(&claim, &c->root,
	    &found->slot, &why) == CLAIM_MINE) {
		claim_drop(&claim);
		r = 0;
	}
	buf_free(&claim.record);
	/* A lock that is held says what the request has said. */
	if (r < 0 && why.code)
		*f = why;
	return r;
}

int
tell_forget(struct ctl *c, const struct found *found, struct fault *f)
{
	int r = tell(c, found, FRAME_FORGET, f);

	if (r < 0 && c->o.force)
		return forget_force(c, found, f);
	return r == 1 ? 0 : r < 0 ? -1 : tell_reply(c, found, f);
}
