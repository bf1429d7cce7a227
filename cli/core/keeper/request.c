/*
 * request.c: read clients' requests, and call the functions that serve them.
 *
 * The table `requests` says which clients may send what.  This file also serves
 * forget, query, watch, join and log.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "cli/base/io.h"
#include "cli/base/ours.h"
#include "cli/base/text.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/close_windows.h"
#include "cli/core/keeper/history.h"
#include "cli/core/keeper/listener.h"
#include "cli/core/keeper/promote.h"
#include "cli/core/keeper/queue.h"
#include "cli/core/keeper/reply.h"
#include "cli/core/keeper/request.h"
#include "cli/core/keeper/state.h"
#include "cli/core/keeper/tenure.h"
#include "cli/core/keeper/turn.h"
#include "cli/core/slot/folder.h"
#include "preload/contract.h"

static void
forget_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	struct fault fault;

	if (fields_num(&f->body, "since", 0) != k->c->info.since) {
		reply_last(k, cl, FRAME_ENDED); /* that instance is over */
		return;
	}
	/* Remove the folder first: if that fails, the keeper stays. */
	if (folder_remove(k->c->root, k->c->slot->name,
	    k->c->folder, k->c->lock) < 0) {
		fault_errno(&fault, fault_state(errno), errno, "cannot remove"
		    " the slot of ", k->c->info.app, NULL);
		reply_refuse(k, cl, fault.code, fault.line);
		return;
	}
	/* tenure_release answers it like the clients that watch. */
	client_stage(cl, WATCHING);
	k->tenure.forgotten = k->state == OWNED;
	tenure_release(k);
}

static void
query_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	/* The client reads our files, too: check them. */
	k->heal.wanted = true;
	reply_state(k, cl);
	/* The client may ask again. */
	buf_shift(&cl->in.buf, f->size);
	if (!cl->in.buf.len)
		client_forget(cl);
	client_stage(cl, READING);
}

static bool
is_parent(const struct keeper *k, const struct client *cl)
{
	return cl->pid && cl->pid == k->c->info.parent.pid;
}

/* A holding parent that waits for the end, or for its turn, no longer holds the
 * slot: else it and the keeper would wait for each other.  It connects to each
 * new keeper, so the record need not say so. */
static void
parent_waits(struct keeper *k, const struct client *cl)
{
	if (is_parent(k, cl)) {
		io_close(&k->tenure.parent);
		k->tenure.watched = true;
		tenure_check(k);
	}
}

static void
line_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	if (!promote_again(k, cl, f))
		line_take(k, cl, f);
	parent_waits(k, cl);
}

static void
watch_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	bool joins = f->type == FRAME_JOIN;

	if (joins && reply_itself(k, cl, "wait for its own exit"))
		return;
	client_stage(cl, joins ? JOINING : WATCHING);
	parent_waits(k, cl);
	if (joins)
		reply_accepted(k, cl, 0);
}

static void
log_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	(void)f;
	reply_events(k, cl);
}

enum { WHY = 512 };

enum {
	ALL = 1,  /* also from sandboxes: arguments, questions and watching */
	ONE = 2,  /* only for the instance that it names (since=) */
	SPARE = 4 /* also where only the spare places are left (client.h) */
};

static const struct request {
	void (*serve)(struct keeper *, struct client *, const struct frame *);
	int rules;
	const char *noted; /* for the log; NULL: it changes nothing */
	const char *act;   /* what a sandbox cannot do; NULL: a launch */
} requests[] = {
	[FRAME_ACTIVATE] = { turn_take, ALL, "a launch", NULL },
	[FRAME_QUERY] = { query_serve, ALL | SPARE, NULL, NULL },
	[FRAME_WATCH] = { watch_serve, ALL | ONE, "waits for its end", NULL },
	[FRAME_JOIN] = { watch_serve, ALL | ONE, "joins", NULL },
	[FRAME_LISTEN] = { listener_take, ONE, "listens",
	    "listen for launches of" },
	[FRAME_ANSWER] = { listener_answer, SPARE, NULL, "answer launches of" },
	[FRAME_CLOSE] = { closing_serve, ONE | SPARE,
	    "its windows are to close", "close the windows of" },
	[FRAME_LOG] = { log_serve, SPARE, NULL, "read the log of" },
	[FRAME_WAIT] = { line_serve, 0, "waits in line", NULL },
	[FRAME_TAKE] = { promote_take, 0, NULL, NULL },
	[FRAME_FORGET] = { forget_serve, SPARE, "is to be forgotten",
	    "forget" },
};

/* Whether the request is for this slot.  False: it has been answered. */
static bool
slot_meant(struct keeper *k, struct client *cl, const struct frame *f)
{
	const char *hash = fields_get(&f->body, "slot");

	if (hash && !strcmp(hash, k->c->slot->hash))
		return true;
	reply_refuse(k, cl, EXIT_NOANSWER, "not a request for this slot");
	return false;
}

/* Whether the request is for the present instance.  False: it has been
 * answered. */
static bool
instance_meant(struct keeper *k, struct client *cl, const struct frame *f)
{
	long long since = fields_num(&f->body, "since", 0);

	if (since && since != k->c->info.since) {
		reply_last(k, cl, FRAME_ENDED); /* that instance is over */
	} else if (k->state != HANDING_OVER) {
		return true;
	} else if (since) {
		/* So is this one.  A client that waits for its end may have the
		 * lock file that the next one needs. */
		client_stage(cl, WATCHING);
		reply_ended(k);
	} else if (next_is_locked(k)) {
		reply_locked(k, cl);
	} else {
		reply_last(k, cl, FRAME_AGAIN);
	}
	return false;
}

/* The systemd(1) unit that we are in, where the instance was started. "" if
 * there is none. */
static const char *
unit_find(char *buf, size_t cap)
{
	const char *at, *end;

	if (io_file("/proc/self/cgroup", buf, cap) <= 0)
		return "";
	buf[strcspn(buf, "\n")] = '\0';
	at = strrchr(buf, '/');
	end = at ? strrchr(at, '.') : NULL;
	return end && (!strcmp(end, ".service") || !strcmp(end, ".scope")) ?
	    at + 1 : "";
}

/* Refuse a client: what it cannot do, what differs, and from where it could. */
static void
apart_refuse(struct keeper *k, struct client *cl, const char *act)
{
	bool seen = cl->peer != PEER_UNKNOWN;
	pid_t owner = seen && cl->pid && ours_pids(cl->pid) ?
	    k->c->info.owner.pid : 0;
	char cgroup[PATH_MAX], why[WHY], hint[WHY];
	const char *unit = unit_find(cgroup, sizeof(cgroup));
	struct text t = text_in(why, sizeof(why));

	text_all(&t, act ? "cannot " : "cannot wait for or replace ",
	    act ? act : "", act ? " " : NULL, NULL);
	text_show(&t, k->c->info.app, strlen(k->c->info.app));
	if (owner)
		text_all(&t, " (pid ", TEXT_NUM(owner), ")", NULL);
	text_all(&t, " from here: ", !seen ? "without /proc its keeper cannot"
	    " tell whether this process is in a sandbox" : cl->pid ?
	    ours_differs(cl->pid) : OURS_PIDNS, NULL);
	text_dots(&t);
	t = text_in(hint, sizeof(hint));
	text_all(&t, act ? "use onlyonectl " : "use -n or --skip, or do it ",
	    *unit ? "in " : act ? "where it runs" : "where that runs", unit,
	    NULL);
	reply_hint(k, cl, EXIT_NOANSWER, why, hint);
}

/* Whether it is a process that the keeper waits for: it must not wait for the
 * keeper. */
static bool
is_awaited(const struct keeper *k, const struct client *cl)
{
	return is_parent(k, cl) || (cl->pid && cl->pid == k->c->info.owner.pid);
}

/* Whether the client may send requests that are not for ALL.  False: it has
 * been answered. */
static bool
is_allowed(struct keeper *k, struct client *cl, const char *act)
{
	struct fault f;

	if (client_ours(cl))
		return true;
	if (cl->peer == PEER_UNASKED) {
		fault_errno(&f, EXIT_SYSTEM, errno, "its keeper cannot find out"
		    " where the request comes from", NULL);
		reply_refuse(k, cl, f.code, f.line);
		return false;
	}
	apart_refuse(k, cl, act);
	return false;
}

static void
request_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	const struct request *r = (size_t)f->type < sizeof(requests) /
	    sizeof(*requests) ? &requests[f->type] : NULL;
	int rules = r ? r->rules : 0;

	if (!slot_meant(k, cl, f))
		return;
	if ((cl->stage == OFFERED) != (f->type == FRAME_TAKE)) {
		reply_refuse(k, cl, EXIT_NOANSWER, "not what its keeper asked"
		    " for");
		return;
	}
	if (!(rules & ALL) && !is_allowed(k, cl, r ? r->act : NULL))
		return;
	if (!r || !r->serve) {
		reply_refuse(k, cl, EXIT_NOANSWER, "unknown request");
	} else if (rules & ONE && !instance_meant(k, cl, f)) {
		return;
	} else if (cl->spare && !(rules & SPARE) && !is_awaited(k, cl)) {
		reply_crowded(k, cl);
	} else {
		if (r->noted)
			history_note(&k->log, cl->pid, r->noted, NULL, -1);
		r->serve(k, cl, f);
	}
}

void
request_take(struct keeper *k, struct client *cl)
{
	struct frame f;

	while (!cl->gone && stages[cl->stage].sends == REQUEST) {
		switch (frame_parse(cl->in.buf.at, cl->in.buf.len, &f)) {
		case FRAME_WHOLE:
			request_serve(k, cl, &f);
			break;
		case FRAME_PART:
			return;
		case FRAME_ODD:
			reply_refuse(k, cl, EXIT_NOANSWER, "this keeper"
			    " speaks version 1 only");
			return;
		case FRAME_GARBAGE:
			client_drop(k, cl);
			return;
		}
	}
}
