/*
 * reply.c: the keeper's replies.
 *
 * A reply is built in a buffer and sent without waiting; if that fails, the
 * client is dropped.  Functions that take no client answer all clients whose
 * stage asks for it (client.c).
 */
#include <stdint.h>

#include "cli/base/clock.h"
#include "cli/base/look.h"
#include "cli/base/proc.h"
#include "cli/base/text.h"
#include "cli/core/keeper/asks.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/graphical.h"
#include "cli/core/keeper/helper.h"
#include "cli/core/keeper/history.h"
#include "cli/core/keeper/reply.h"
#include "cli/core/keeper/state.h"
#include "cli/core/slot/owner.h"
#include "cli/core/wire/sock.h"
#include "cli/windows/outcome.h"
#include "preload/contract.h"

enum { REPLY = 2048 };

/* A reply being built. */
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

/* Send the reply, with a descriptor or -1. */
static bool
reply_send(struct keeper *k, struct client *cl, struct reply *r, int fd)
{
	bool sent = frame_end(&r->b, r->start) == 0 &&
	    sock_send(cl->fd, r->b.at, r->b.len, &fd, fd >= 0) == 0;

	buf_free(&r->b);
	if (!sent)
		client_drop(k, cl);
	return sent;
}

/* Send the reply, and drop the client. */
static void
reply_end(struct keeper *k, struct client *cl, struct reply *r)
{
	reply_send(k, cl, r, -1);
	client_drop(k, cl);
}

bool
reply_file(struct keeper *k, struct client *cl, enum frame_type type, int fd)
{
	struct reply r;

	reply_begin(&r, type);
	return reply_send(k, cl, &r, fd);
}

void
reply_need(struct keeper *k, struct client *cl)
{
	struct reply r;

	reply_begin(&r, FRAME_NEED);
	if (k->c->info.terms.self || second_allowed(k, cl))
		fields_put_num(&r.b, "self", 1);
	reply_send(k, cl, &r, -1);
}

bool
reply_go(struct keeper *k, struct client *cl, int fd)
{
	struct reply r;
	bool sent;

	reply_begin(&r, FRAME_GO);
	fields_put_num(&r.b, "since", k->c->info.since);
	sent = reply_send(k, cl, &r, fd);
	client_drop(k, cl);
	return sent;
}

void
reply_last(struct keeper *k, struct client *cl, enum frame_type type)
{
	reply_file(k, cl, type, -1);
	client_drop(k, cl);
}

void
reply_elsewhere(struct keeper *k, struct client *cl)
{
	struct reply r;

	reply_begin(&r, FRAME_AGAIN);
	fields_put(&r.b, "full", k->c->root->path);
	reply_end(k, cl, &r);
}

void
reply_crowded(struct keeper *k, struct client *cl)
{
	struct reply r;

	reply_begin(&r, FRAME_AGAIN);
	fields_put_num(&r.b, "crowded", 1);
	reply_end(k, cl, &r);
}

void
reply_refuse(struct keeper *k, struct client *cl, int status,
    const char *why)
{
	reply_hint(k, cl, status, why, NULL);
}

void
reply_nameless(struct keeper *k, struct client *cl)
{
	reply_refuse(k, cl, EXIT_NOANSWER, "its process cannot be seen from"
	    " here, and so cannot be replaced");
}

void
reply_hint(struct keeper *k, struct client *cl, int status, const char *why,
    const char *hint)
{
	struct reply r;

	history_note(&k->log, cl->pid, "refused", why, status);
	reply_begin(&r, FRAME_REFUSED);
	fields_put_num(&r.b, "status", status);
	fields_put(&r.b, "why", why);
	if (hint)
		fields_put(&r.b, "hint", hint);
	reply_end(k, cl, &r);
}

/* The pid namespace of the pids that we send. */
static void
pidns_put(struct buf *b)
{
	uint64_t pidns = owner_pidns();

	if (pidns)
		fields_put_num(b, "pidns", (long long)pidns);
}

/* The owner's terminal, a device number; 0: none.  It is read once for each
 * owner: to read it takes a child process. */
static int
owner_tty(struct keeper *k)
{
	pid_t pid = k->tenure.unseen ? 0 : k->c->info.owner.pid;
	struct proc p;

	if (pid && k->tty.of != pid && look_proc(pid, &p) == 0) {
		k->tty.of = pid;
		k->tty.number = p.tty;
	}
	return pid && k->tty.of == pid ? k->tty.number : 0;
}

/* The fields that a message naming the instance needs. */
static void
owner_put_shown(struct keeper *k, struct buf *b)
{
	const struct info *i = &k->c->info;
	char tty[32] = "";

	fields_put(b, "app", i->app);
	fields_put_num(b, "pid", k->state == PARENT_HOLDS ||
	    k->state == HANDING_OVER ? 0 : i->owner.pid);
	fields_put_num(b, "since", i->since);
	fields_put(b, "tty", proc_tty(owner_tty(k), tty, sizeof(tty)));
	if (!instance_nameless(k) && proc_state(i->owner.pid) == 'T')
		fields_put(b, "stopped", "1");
	fields_put_num(b, "keeper", i->keeper); /* or this is an attendant */
	pidns_put(b);
}

/* The launches that wait for the slot, and their lock file, if they wait for
 * that.  The one waiting for the file is not always connected. */
static void
line_put(struct keeper *k, struct buf *b)
{
	const struct client *cl = NULL;
	pid_t first = next_is_locked(k) ? k->tenure.locked_for : 0;

	if (first)
		fields_put(b, "lock-file", k->tenure.locked.at);
	if (first && proc_state(first))
		fields_put_num(b, "waiter", first);
	while ((cl = client_next(k, cl))) {
		if (stages[cl->stage].part == WAITER && cl->pid != first)
			fields_put_num(b, "waiter", cl->pid);
	}
}

void
reply_full(struct keeper *k, struct client *cl, const pid_t *pids, size_t n)
{
	const char *why = n == 1 ? "a launch is queued already" :
	    "the queue is full";
	struct reply r;

	history_note(&k->log, cl->pid, "refused", why, EXIT_BUSY);
	reply_begin(&r, FRAME_REFUSED);
	fields_put_num(&r.b, "status", EXIT_BUSY);
	fields_put(&r.b, "why", why);
	fields_put_num(&r.b, "queued", (long long)n);
	for (size_t i = 0; i < n && i < QUEUED_SHOWN; i++)
		fields_put_num(&r.b, "waiter", pids[i]);
	pidns_put(&r.b);
	reply_end(k, cl, &r);
}

void
reply_locked(struct keeper *k, struct client *cl)
{
	struct reply r;

	history_note(&k->log, cl->pid, "refused", "its lock file is locked",
	    EXIT_BUSY);
	reply_begin(&r, FRAME_REFUSED);
	fields_put_num(&r.b, "status", EXIT_BUSY);
	line_put(k, &r.b);
	pidns_put(&r.b);
	reply_end(k, cl, &r);
}

bool
reply_itself(struct keeper *k, struct client *cl, const char *would)
{
	char why[NAME_SHOWN + 80];

	if (k->state != OWNED || !cl->pid || cl->pid != k->c->info.owner.pid)
		return false;
	text_join(why, sizeof(why), k->c->info.app, WORDS_ITSELF, would, NULL);
	reply_hint(k, cl, EXIT_BUSY, why, WORDS_ITSELF_HINT);
	return true;
}

void
reply_own(struct keeper *k, struct client *cl, pid_t handler)
{
	struct reply r;

	history_note(&k->log, cl->pid, "refused", "launched by its own handler",
	    EXIT_BUSY);
	reply_begin(&r, FRAME_REFUSED);
	fields_put_num(&r.b, "status", EXIT_BUSY);
	fields_put(&r.b, "why", "launched by its own handler, pid ");
	fields_put_num(&r.b, "pid", handler);
	pidns_put(&r.b);
	reply_end(k, cl, &r);
}

void
reply_events(struct keeper *k, struct client *cl)
{
	struct reply r;

	reply_begin(&r, FRAME_EVENTS);
	history_put(&k->log, &r.b);
	reply_end(k, cl, &r);
}

void
reply_done(struct keeper *k, struct client *cl, int status)
{
	struct reply r;

	reply_begin(&r, FRAME_DONE);
	fields_put_num(&r.b, "status", status);
	reply_end(k, cl, &r);
}

/* The instance's command, for a launch whose own may differ; lack: why it took
 * none of the launch's documents, NULL: see its record. */
static void
command_put(struct keeper *k, struct buf *b, const char *lack)
{
	const struct info *i = &k->c->info;
	const char *arg = NULL;

	while ((arg = fields_next(&i->all, "arg", arg)))
		fields_put(b, "arg", arg);
	if (i->holder)
		fields_put(b, "holder", "1");
	if (i->terms.digest)
		fields_put(b, FIELD_DIGEST, i->terms.digest);
	fields_put(b, "cwd", i->cwd);
	fields_put_num(b, "signal", i->terms.signal);
	lack = lack ? lack : i->alone ? WORDS_ALONE : i->terms.lack;
	if (lack)
		fields_put(b, "lack", lack);
	if (k->graphical.seen)
		fields_put(b, "window", "1");
	if (i->terms.unrecorded)
		fields_put(b, "unrecorded", "1");
}

/* Whether this outcome says that there is a window. */
static bool
has_raised(int raised)
{
	return raised == OUTCOME_RAISED || raised == OUTCOME_ASKED ||
	    raised == OUTCOME_HUNG || raised == OUTCOME_TERMINAL;
}

void
reply_outcome(struct keeper *k, struct client *cl, int status, bool taken)
{
	const struct caller *c = &cl->caller;
	/* The handler may have outlived the instance that the launch came
	 * to. */
	bool over = c->since && c->since != k->c->info.since;
	bool waited = c->handler_stays && taken;
	struct reply r;

	history_note(&k->log, cl->pid, taken ? "handed over" : "no handler"
	    " for its arguments", NULL, status);
	reply_begin(&r, FRAME_DONE);
	fields_put_num(&r.b, "status", status);
	fields_put_num(&r.b, "taken", taken);
	if (waited)
		fields_put_num(&r.b, "waited", 1);
	if (over) /* readers take the first since=: write this before the next
	           * one's */
		fields_put_num(&r.b, "since", c->since);
	if (c->elsewhere && has_raised(c->outcome))
		fields_put(&r.b, "elsewhere", helper_place());
	if (c->outcome >= 0)
		fields_put_num(&r.b, "raised", c->outcome);
	if (c->unshown && c->outcome == OUTCOME_NO_WINDOW)
		fields_put_num(&r.b, "unshown", 1);
	if (c->unwatched)
		fields_put_num(&r.b, "unwatched", 1);
	owner_put_shown(k, &r.b);
	if (!taken)
		command_put(k, &r.b, c->lack);
	if (!reply_send(k, cl, &r, -1))
		return;
	if (c->stays && !waited && !over && k->state != VACANT)
		client_stage(cl, WATCHING);
	else
		client_drop(k, cl);
}

static pid_t
handler_pid(const struct keeper *k)
{
	return k->serving.listener ? k->serving.listener->pid :
	    k->serving.handler ? k->serving.handler->pid :
	    k->serving.former >= 0 ? k->c->info.handler.pid : 0;
}

bool
reply_delivered(struct keeper *k, struct client *cl,
    const struct client *listener)
{
	struct reply r;

	reply_begin(&r, FRAME_DELIVERED);
	if (listener) {
		fields_put_num(&r.b, "listener", listener->pid);
		owner_put_shown(k, &r.b);
		/* The record was made before the owner was checked: has it
		 * exited meanwhile? */
		if (owner_ended(k->c->pidfd)) {
			buf_free(&r.b);
			return false;
		}
	}
	return reply_send(k, cl, &r, -1);
}

void
reply_state(struct keeper *k, struct client *cl)
{
	const struct info *i = &k->c->info;
	char command[8192];
	struct text t = text_in(command, sizeof(command));
	struct reply r;

	info_command(i, &t);
	reply_begin(&r, FRAME_STATE);
	/* Processes of the last instance may still be exiting. */
	fields_put(&r.b, "state", state_word[k->state == HANDING_OVER &&
	    k->job.owner ? SEEKING_SUCCESSOR : k->state]);
	owner_put_shown(k, &r.b);
	if (k->tenure.parent >= 0)
		fields_put_num(&r.b, "parent", i->parent.pid);
	if (k->c->name_lock < 0)
		fields_put(&r.b, "blind", "1");
	if (!helper_sees(k))
		fields_put(&r.b, "windowless", "1");
	if (cl->spare)
		fields_put_num(&r.b, "crowded", 1);
	fields_put_num(&r.b, "activations", i->activations);
	fields_put_num(&r.b, "used", i->used);
	fields_put_num(&r.b, "handler", handler_pid(k));
	if (handler_pid(k))
		fields_put_num(&r.b, "handling", clock_now() -
		    k->serving.began);
	fields_put(&r.b, "command", command);
	if (i->passed_at)
		fields_put_num(&r.b, "passed", i->passed_at);
	if (i->guess)
		fields_put_num(&r.b, "guess", i->guess);
	line_put(k, &r.b);
	command_put(k, &r.b, NULL);
	reply_send(k, cl, &r, -1);
}

void
reply_covered(struct keeper *k, struct client *cl, pid_t by)
{
	struct reply r;

	history_note(&k->log, cl->pid, "covered by one that waits", NULL, -1);
	reply_begin(&r, FRAME_DONE);
	fields_put_num(&r.b, "status", 0);
	fields_put_num(&r.b, "covered", by);
	reply_end(k, cl, &r);
}

void
reply_accepted(struct keeper *k, struct client *cl, long long ahead)
{
	struct reply r;

	reply_begin(&r, FRAME_ACCEPTED);
	fields_put_num(&r.b, "ahead", ahead);
	fields_put_num(&r.b, "handler", handler_pid(k));
	if (k->closing.asked)
		fields_put_num(&r.b, "closing", 1);
	if (k->c->info.terms.kill_ms >= 0)
		fields_put_num(&r.b, "kill-after", k->c->info.terms.kill_ms);
	owner_put_shown(k, &r.b);
	if (cl->stage == JOINING)
		command_put(k, &r.b, NULL);
	reply_send(k, cl, &r, -1);
}

void
reply_unshown(struct keeper *k, struct client *cl)
{
	struct reply r;

	reply_begin(&r, FRAME_ACCEPTED);
	fields_put_num(&r.b, "unshown", 1);
	owner_put_shown(k, &r.b);
	reply_send(k, cl, &r, -1);
}

void
reply_ended(struct keeper *k)
{
	struct client *cl = NULL;
	struct reply r;

	while ((cl = client_next(k, cl))) {
		if (stages[cl->stage].end != ENDED)
			continue;
		reply_begin(&r, FRAME_ENDED);
		if (k->tenure.status_known)
			fields_put_num(&r.b, "status", k->tenure.status);
		reply_end(k, cl, &r);
	}
}

void
reply_again(struct keeper *k)
{
	struct client *cl = NULL;

	while ((cl = client_next(k, cl))) {
		if (stages[cl->stage].end == AGAIN)
			reply_last(k, cl, FRAME_AGAIN);
	}
}
