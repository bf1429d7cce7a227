/*
 * held.c: a process that is there already becomes the instance.
 *
 * It is a claim like that of a launch, but the owner recorded is somebody who
 * is there.
 */
#include <errno.h>
#include <string.h>

#include "cli/launch/held.h"
#include "cli/launch/launch.h"
#include "cli/say.h"
#include "cli/wire/ask.h"
#include "preload/contract.h"

enum { ANSWER_MS = 1000 };

static void
options_fill(struct options *o, const struct holding *h)
{
	o->max = 1;
	o->policy = h->wait_ms ? POLICY_WAIT : POLICY_FAIL;
	o->limit_ms = h->wait_ms ? h->wait_ms : -1;
	o->terms.kill_ms = -1;
	/* No copy of it counts, and no shim is in it. */
	o->terms.lifetime = LIFETIME_MAIN;
}

static int
launch_fill(struct launch *l, const struct holding *h, struct fault *f)
{
	meeting_begin(&l->meeting, &l->place);
	l->place.root.fd = -1;
	l->lock.file = -1;
	l->lease.fd = -1;
	l->held.pid = h->pid;
	l->held.pidfd = h->pidfd;
	l->command.words = h->words;
	l->command.args = h->words + 1;
	strcpy(l->id.app, h->app);
	return place_make(&l->place, SCOPE_USER, l->id.app,
	    (const char *const *)h->key, h->nkey, f);
}

/* Whether it owns the slot already.  1, 0, or -1. */
static int
is_held(const struct launch *l, struct fault *f)
{
	char digits[24];
	enum sock_result met;
	struct frame reply;
	const char *pid;
	struct buf b;
	int is = 0;

	buf_init(&b, NULL, 0);
	met = ask_state(l->place.folder, l->place.slot.hash, ANSWER_MS, &b,
	    &reply);
	if (met == SOCK_OK)
		is = (pid = ask_pid(&reply.body, "pid")) &&
		    !strcmp(pid, say_num(digits, l->held.pid));
	else if (met == SOCK_FAILED)
		is = fault_errno(f, EXIT_SYSTEM, errno, "cannot ask the keeper"
		    " of ", l->id.app, NULL);
	buf_free(&b);
	return is;
}

int
held_run(const struct holding *h, struct fault *f)
{
	static struct launch l;
	static struct options o;
	int is;

	options_fill(&o, h);
	l.o = &o;
	if (launch_fill(&l, h, f) < 0)
		return -1;
	is = is_held(&l, f);
	return is ? is < 0 ? -1 : 0 : launch_placed(&l, f);
}
