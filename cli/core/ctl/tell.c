/*
 * tell.c: send a keeper requests about its instance.
 *
 * A request names the instance by its start time, so that a newer instance in
 * the slot ignores it.
 */
#include <errno.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/found.h"
#include "cli/core/ctl/tell.h"
#include "cli/core/meet/meet.h"
#include "cli/core/slot/claim.h"
#include "cli/core/slot/folder.h"
#include "cli/core/wire/ask.h"

int
tell_keeper(struct ctl *c, const struct found *found, enum frame_type type,
    struct fault *f)
{
	struct buf request = { 0 };
	struct place p;
	size_t start;
	int r = -1;

	buf_free(&c->room);
	c->room = (struct buf){ 0 };
	start = ask_begin(&request, type, found->slot.hash);
	fields_put_num(&request, "since", found->info.since);
	if (frame_end(&request, start) < 0)
		fault_errno(f, EXIT_SYSTEM, errno, "cannot ask the keeper of ",
		    found->info.app, NULL);
	else if (place_of(&p, found->root, &found->slot, f) == 0)
		r = request_put(&p, &request, &c->room, &c->reply, f);
	buf_free(&request);
	return r;
}

void
tell_close(const struct found *found, struct telling *t)
{
	char folder[PATH_MAX];

	t->sock = -1;
	t->until = clock_now() + PATIENCE_MS;
	if (root_folder(found->root, found->slot.name, folder) == 0 &&
	    ask_connect(folder, PATIENCE_MS, &t->sock) == SOCK_OK &&
	    ask_send(t->sock, FRAME_CLOSE, found->slot.hash,
	    found->info.since) < 0)
		io_close(&t->sock);
}

bool
tell_closes(struct ctl *c, const struct found *found, struct telling *t)
{
	enum sock_result r = SOCK_NOBODY;
	struct frame reply = { .size = 0 };
	struct buf b = { 0 };
	struct fault f;
	bool closes;

	if (t->sock >= 0)
		r = sock_recv(t->sock, &b, &reply, clock_left(t->until));
	io_close(&t->sock);
	/* Not sent, or the keeper has gone, or is full. */
	if (r != SOCK_SLOW && (r != SOCK_OK || reply.type == FRAME_AGAIN) &&
	    tell_keeper(c, found, FRAME_CLOSE, &f) == 0)
		reply = c->reply;
	closes = reply.type == FRAME_DONE &&
	    fields_num(&reply.body, "status", -1) == 0;
	buf_free(&b);
	return closes;
}

int
tell_reply(struct ctl *c, const struct found *found, struct fault *f)
{
	const struct frame *reply = &c->reply;
	const char *why, *hint;

	if (reply->type == FRAME_DONE || reply->type == FRAME_ENDED)
		return 0;
	why = fields_get(&reply->body, "why");
	hint = fields_get(&reply->body, "hint");
	fault_set(f, reply->type == FRAME_REFUSED ?
	    (int)fields_num(&reply->body, "status", EXIT_NOANSWER) :
	    EXIT_NOANSWER, why ? why : found->info.app, why ? NULL :
	    ": its keeper refuses", NULL);
	return hint ? fault_more(f, TEXT_HINT, hint, NULL) : -1;
}

/* No keeper answers, and no launch could start: drop the slot's state all the
 * same, unless we see that something lives there.  0; -1: why is in f. */
static int
forget_force(const struct found *found, struct fault *f)
{
	struct claim claim = { .record = { 0 } };
	struct fault why = { .code = 0 };
	struct root root = *found->root;
	int r = -1;

	root.fd = -1;
	if (root_open(&root, &why) == 0 && claim_force(&claim, &root,
	    &found->slot, &why) == CLAIM_MINE) {
		claim_drop(&claim);
		r = 0;
	}
	root_close(&root);
	buf_free(&claim.record);
	/* If the lock is held, the request has already reported why. */
	if (r < 0 && why.code)
		*f = why;
	return r;
}

int
tell_forget(struct ctl *c, const struct found *found, struct fault *f)
{
	int r = tell_keeper(c, found, FRAME_FORGET, f);

	if (r < 0 && c->o.force)
		return forget_force(found, f);
	return r == 1 ? 0 : r < 0 ? -1 : tell_reply(c, found, f);
}
