/*
 * promote.c: give the slot to a waiting launch; if that launch replaces the
 * owner, end the owner first.
 *
 * The lock is never handed over: the keeper stays and changes its owner.  When
 * the owner has exited, the keeper offers the slot to the first launch in line;
 * the launch answers with the record of the new instance; the keeper writes
 * that, and tells the launch to go.  The slot is never free in between, unless
 * the launch runs in another container or user namespace (client.c): then the
 * keeper releases the slot.
 */
#include <errno.h>
#include <stdio.h> /* renameat */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/ours.h"
#include "cli/base/proc.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/close_windows.h"
#include "cli/core/keeper/heal.h"
#include "cli/core/keeper/helper.h"
#include "cli/core/keeper/promote.h"
#include "cli/core/keeper/queue.h"
#include "cli/core/keeper/reply.h"
#include "cli/core/keeper/state.h"
#include "cli/core/keeper/tenure.h"
#include "cli/core/keeper/turn.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/instance.h"
#include "cli/core/slot/lockfile.h"
#include "cli/core/slot/owner.h"
#include "preload/contract.h"

/*
 * End the owner for a launch that replaces it.
 *
 * The first replacing launch in line decides how.  The steps: make room for its
 * record; ask the windows to close; send the signal, if there was no window or
 * --kill-after is set; kill after that time.  Nothing is ended before there is
 * room for the record.  Each step is taken once per owner.
 */

enum {
	LOOK_MS = 20, LOOK_MOST_MS = 500, /* between looks at the processes */
	LOOKS = 100 /* limit for finding new processes */
};

/* Whether the owner may be signalled: it has no window that can be asked to
 * close.  If a window was asked, there may be unsaved work: then only a launch
 * that kills (forced) goes on, after giving it some time. */
static bool
windows_left(struct keeper *k, struct client *cl, bool forced)
{
	struct press *p = &cl->waiter.press;
	pid_t owner = k->c->info.owner.pid;
	bool closes;

	if (p->asked != owner) {
		p->asked = owner;
		p->press_at = forced ? clock_now() + p->polite_ms : 0;
		if (!forced || p->polite_ms > 0)
			closing_start(k);
	}
	closes = k->closing.asked;
	if (closes != p->close_known) {
		p->close_known = closes;
		reply_accepted(k, cl, cl->waiter.ahead = 0);
	}
	return !closes || (forced && clock_now() >= p->press_at);
}

/* Time from signalling the owner until it is killed, in ms: the replacing
 * launch's, else the first launch's. -1: never. */
static int
kill_ms(const struct keeper *k, const struct press *p)
{
	return p->kill_ms >= 0 ? p->kill_ms : k->c->info.terms.kill_ms;
}

/* Signal all processes that end with the owner, until there is no new one. */
static void
job_press(struct keeper *k)
{
	int looks = 0;

	do
		job_signal(&k->job, k->job.sig);
	while (job_look(&k->job, k->c->root, k->c->slot->name,
	    &k->c->info) == 0 && k->job.fresh && ++looks < LOOKS);
}

/* Signal the owner, and the processes that end with it. -1: errno. */
static int
owner_press(struct keeper *k, const struct client *cl, int sig)
{
	const struct press *p = &cl->waiter.press;
	const struct info *i = &k->c->info;
	pid_t owner = i->owner.pid;
	bool had = job_was_signalled(&k->job, owner);

	job_begin(&k->job, i, owner, p->tree ? ENDS_TREE : ENDS_MAIN);
	k->job.but = cl->pid;
	k->job_ms = LOOK_MS;
	if (had)
		return 0;
	/* Searching all processes is slow: only if more than the owner ends. */
	if (k->job.ends != ENDS_MAIN)
		job_look(&k->job, k->c->root, k->c->slot->name, i);
	job_signalled(&k->job, sig);
	if (instance_signal(k, owner_end, sig) < 0 && errno != ESRCH)
		return -1;
	if (k->job.ends != ENDS_MAIN)
		job_press(k);
	return 0;
}

void
promote_press(struct keeper *k)
{
	struct client *cl = k->state == OWNED || k->state == PARENT_HOLDS ||
	    k->state == HANDING_OVER ? line_first(k) : NULL;
	const struct terms *terms = &k->c->info.terms;
	pid_t owner = k->c->info.owner.pid;
	struct press *p;
	struct fault f;
	int sig, ms, room;

	if (!cl || cl->waiter.mode != WAIT_REPLACE)
		return;
	if (instance_nameless(k)) {
		/* Not so yet when the launch came. */
		if (k->state == OWNED)
			reply_nameless(k, cl);
		return;
	}
	p = &cl->waiter.press;
	/* Several launches may have chosen one instance: the first replaces
	 * it. */
	if (cl->waiter.since && cl->waiter.since != k->c->info.since) {
		reply_refuse(k, cl, EXIT_NONE, "another one has taken its"
		    " place");
		return;
	}
	/* Make room for the record before anything is ended. */
	if (p->roomy != owner && k->state != HANDING_OVER) {
		room = line_room(k, cl, &f);
		if (room > 0)
			return;
		if (room < 0) {
			fault_more(&f, "; the running instance was not"
			    " stopped", NULL);
			reply_refuse(k, cl, f.code, f.line);
			return;
		}
		p->roomy = owner;
	}
	if (k->state == PARENT_HOLDS) {
		tenure_ending(k);
		return;
	}
	if (k->state == OWNED && p->pressed != owner) {
		ms = kill_ms(k, p);
		if (!windows_left(k, cl, ms >= 0))
			return;
		tenure_ending(k);
		/* The replacing launch's signal, else the first launch's. */
		sig = p->stop_signal ? p->stop_signal : terms->stop_signal;
		if (owner_press(k, cl, sig ? sig : SIGTERM) < 0) {
			reply_refuse(k, cl, EXIT_DENIED,
			    "cannot signal the instance");
			return;
		}
		p->pressed = owner;
		p->kill_at = ms < 0 ? 0 : clock_now() + ms;
	}
	if (p->kill_at && p->kill_at <= clock_now()) {
		instance_signal(k, owner_signal, SIGKILL);
		job_signal(&k->job, SIGKILL);
		p->kill_at = 0;
	}
}

/* HANDING_OVER: whether all processes that end with the owner are gone, or no
 * launch replaces it any more. */
static bool
replace_done(struct keeper *k)
{
	const struct client *cl = line_first(k);

	/* If the replacing launch has gone, the owner's processes are left
	 * alone. */
	if (k->job.ends == ENDS_MAIN || !cl || !cl->waiter.press.pressed)
		job_free(&k->job);
	if (!k->job.owner)
		return true;
	job_press(k);
	if (!job_over(&k->job)) {
		if (k->job_ms < LOOK_MOST_MS)
			k->job_ms += k->job_ms / 2;
		return false;
	}
	job_free(&k->job);
	return true;
}

long long
promote_due(struct keeper *k)
{
	const struct client *cl = k->state == OWNED || k->job.owner ?
	    line_first(k) : NULL;
	const struct press *p = cl ? &cl->waiter.press : NULL;
	long long due;

	if (!p || instance_nameless(k))
		return 0;
	if (k->state == OWNED && p->pressed != k->c->info.owner.pid)
		return p->press_at;
	due = k->job.ends == ENDS_MAIN ? 0 : clock_now() + k->job_ms;
	clock_earlier(&due, p->kill_at);
	return due;
}

/*
 * The environment that handlers get: the keeper's first one, or the one that a
 * launch sends when it is promoted.
 *
 * Never take it from another process's /proc: that process can forge it, and
 * its pid may be another user's by now.
 */

void
handler_env_clean(void)
{
	/* The launch has used its tokens up. */
	unsetenv(STARTUP_ID);
	unsetenv(ACTIVATION_TOKEN);
}

/* Make an environment of a launch's fields `environ` in b, which the caller
 * frees. 0, or -1 with errno and b empty. */
static int
handler_env_make(struct buf *b, const struct fields *f)
{
	size_t n = fields_count(f, "environ"), size = (n + 1) * sizeof(char *);
	const char *e = NULL;
	char **list, *at;

	*b = (struct buf){ 0 };
	/* The array points into the strings after it: make room for both at
	 * once. */
	if (buf_room(b, size + f->len) < 0)
		return -1;
	list = (char **)(void *)b->at;
	at = b->at + size;
	while ((e = fields_next(f, "environ", e))) {
		*list++ = at;
		at = stpcpy(at, e) + 1;
	}
	*list = NULL;
	return 0;
}

/* Use this environment for handlers from now on; takes over b. */
static void
handler_env_take(struct keeper *k, const struct buf *b)
{
	environ = (char **)(void *)b->at;
	buf_free(&k->born.environ);
	k->born.environ = *b;
	handler_env_clean();
}

/* Pause before trying the lock file again: first, and longest. */
enum { LOCKED_MS = 50, LOCKED_MOST_MS = 800 };

/* Open the process that will be the instance: the client itself or its child;
 * with held= (an adopted process) any process of this user: the client has a
 * pidfd on it.  A pidfd; -1: it is none of these, or has exited. */
static int
candidate_open(const struct client *cl, pid_t pid, bool held)
{
	struct proc p;
	int pidfd = owner_pidfd(pid);

	/* While the client is connected it waits for our answer, so no other
	 * process has its pid. */
	if (owner_lives(pidfd) && (pid == cl->pid ||
	    (held && ours_uids(pid)) ||
	    (proc_read(pid, &p) == 0 && p.parent == cl->pid)) &&
	    client_stays(cl))
		return pidfd;
	io_close(&pidfd);
	return -1;
}

/* As mapping_make, but in the file that room_make has reserved. */
static int
mapping_again(int folder, uint64_t pidns)
{
	int fd = room_open(folder, ROOM_MAPPING);

	if (fd >= 0 && (mapping_write(fd, pidns) < 0 ||
	    renameat(folder, ROOM_MAPPING, folder, FILE_MAPPING) < 0))
		io_close(&fd);
	return fd;
}

/* Record the new instance. 0; -1: errno, and the slot has no owner. */
static int
record_write(struct keeper *k, const struct info *i, bool mapping, int pidfd)
{
	struct claim *c = k->c;
	struct buf record = { 0 };
	struct info new = *i;

	if (owner_record(&new.owner, i->owner.pid, pidfd,
	    c->root->lasting) < 0)
		return -1;
	new.keeper = getpid();
	new.activations = 0;
	if (info_remake(&record, &new, NULL, 0) < 0)
		goto fail;
	folder_unlink(c->folder, FILE_HAND);
	folder_unlink(c->folder, FILE_SKIPS);
	/* The old mappings are for copies of the old instance. */
	io_close(&c->mapping);
	old_mappings_forget(k);
	if (!mapping)
		unlinkat(c->folder, FILE_MAPPING, 0);
	else if ((c->mapping = mapping_again(c->folder, new.owner.pidns)) < 0)
		goto fail;
	if (info_write(c->folder, &record, false) < 0)
		goto fail;
	if (folder_pid_write(c->lock, new.owner.pid, false) < 0)
		goto fail;
	buf_free(&c->record);
	c->record = record;
	info_parse(record.at, record.len, &c->info);
	io_close(&c->pidfd);
	c->pidfd = pidfd;
	tenure_parent(k);
	return 0;
fail:
	buf_free(&record);
	return -1;
}

/* Whether i is a valid record of this slot's next instance from a launch: no
 * field that only a keeper writes, and its holding parent, if any, is the
 * client. */
static bool
record_fits(const struct keeper *k, const struct client *cl,
    const struct info *i)
{
	const struct info *old = &k->c->info;

	return !i->odd && !i->guess && !i->handler.pid &&
	    !strcmp(i->app, old->app) &&
	    !strcmp(i->scope, old->scope) && i->index == old->index &&
	    instance_same_key(i, old) && !fields_get(&i->all, INFO_MAPPING) &&
	    !i->next->pid && i->since > 0 && i->first == i->owner.pid &&
	    (!i->parent.pid || i->parent.pid == cl->pid);
}

/* Take the record that follows the fields of a request: *i points into the
 * request. -1: the client was refused. */
static int
record_take(struct keeper *k, struct client *cl, const struct frame *f,
    struct info *i)
{
	const char *rest = fields_get(&f->body, "mapping");
	size_t len;

	if (rest) {
		rest += strlen(rest) + 1;
		len = (size_t)(f->body.at + f->body.len - rest);
		if (len <= INFO_LIMIT && info_parse(rest, len, i) == 0 &&
		    record_fits(k, cl, i))
			return 0;
	}
	reply_refuse(k, cl, EXIT_NOANSWER, "not the record of an instance");
	return -1;
}

/* GO, with the lock file.  Its user may have too many descriptors in flight: do not
 * retry at once. */
static void
go_send(struct keeper *k, struct client *cl)
{
	if (!reply_go(k, cl, k->c->file)) {
		k->lockfile_away = false;
		k->tenure.offer_from = clock_now() + LOCKED_MOST_MS;
	}
}

bool
promote_again(struct keeper *k, struct client *cl, const struct frame *f)
{
	struct claim *c = k->c;
	struct fault ignored;

	if (k->state != OWNED || k->tenure.unseen ||
	    fields_num(&f->body, "pid", 0) != c->info.owner.pid)
		return false;
	if (c->info.terms.lock_file && c->file < 0 &&
	    claim_lockfile(c, c->info.terms.lock_file,
	    c->info.terms.lock_shared, &ignored) == LOCKFILE_BUSY) {
		/* Another program got it meanwhile: the launch starts over, and
		 * waits for that. */
		reply_last(k, cl, FRAME_AGAIN);
		tenure_release(k);
		return true;
	}
	k->lockfile_away = c->file >= 0 && c->mapping >= 0 &&
	    cl->pid == c->info.owner.pid;
	k->revived = false;
	go_send(k, cl);
	return true;
}

/* Make the process in this record the instance, and tell the client to go.
 * Takes over pidfd. -1: failed, and the client has been answered. */
static int
record_begin(struct keeper *k, struct client *cl, const struct frame *f,
    const struct info *i, int pidfd)
{
	bool mapping = fields_num(&f->body, "mapping", 0) == 1;
	const struct claim *c = k->c;
	struct client *next;
	struct fault fault;

	if (record_write(k, i, mapping, pidfd) < 0) {
		io_close(&pidfd);
		if (root_pass(c->root, errno) == 0) {
			/* Nobody lives here now, and nothing can be written: the
			 * launch takes the free slot, in another root. */
			reply_elsewhere(k, cl);
			tenure_release(k);
			return -1;
		}
		if (errno != ENOENT) {
			fault_errno(&fault, fault_state(errno), errno, "cannot"
			    " write ", c->root->path, "/", c->slot->name, NULL);
			reply_refuse(k, cl, fault.code, fault.line);
			return -1;
		}
		/* The folder was removed: the launch starts over, keeping its
		 * place in line. */
		line_collect(k);
		reply_last(k, cl, FRAME_AGAIN);
		return -1;
	}
	k->lockfile_away = mapping && cl->pid == i->owner.pid;
	k->revived = false; /* the program has the lock file from us */
	tenure_begin(k);
	go_send(k, cl);
	next = line_first(k);
	if (next)
		line_room(k, next, &fault);
	return 0;
}

/* The file is still locked at the second try: by another program, not by a
 * remnant of the last instance, which would be gone in a moment.  Let no
 * activation wait for that program. */
static void
locked_note(struct keeper *k, const char *file, pid_t pid)
{
	struct tenure *t = &k->tenure;

	buf_free(&t->locked);
	t->locked_for = pid;
	if (buf_string(&t->locked, file) == 0)
		turn_refuse(k);
}

/* Get the lock file of the next instance: keep ours if it is the same, else
 * lock it now.  The launch gets the same open file; if the file cannot be used,
 * a rule goes without it, and f says why.  False: the client was refused. */
static bool
lockfile_pass(struct keeper *k, struct client *cl, struct info *i,
    struct fault *f)
{
	const char *new = i->terms.lock_file;
	struct tenure *t = &k->tenure;

	if (k->c->file >= 0 && new && lockfile_is(new, k->c->file) &&
	    k->c->info.terms.lock_shared == i->terms.lock_shared)
		return true;
	lockfile_release(&k->c->file);
	if (!new)
		return true;
	switch (claim_lockfile(k->c, new, i->terms.lock_shared, f)) {
	case LOCKFILE_OURS:
		return true;
	case LOCKFILE_BUSY:
		/* Another process has it: the launch waits for that, too. */
		if (t->locked_ms)
			locked_note(k, new, cl->pid);
		if (!t->locked_ms)
			t->locked_ms = LOCKED_MS;
		else if (t->locked_ms < LOCKED_MOST_MS)
			t->locked_ms *= 2;
		t->offer_from = clock_now() + t->locked_ms;
		reply_last(k, cl, FRAME_AGAIN);
		return false;
	default:
		if (i->terms.rule) {
			f->line[WITHOUT_TEXT - 1] = '\0';
			i->without[WITHOUT_LOCK] = f->line;
			return true;
		}
		reply_refuse(k, cl, f->code, f->line);
		return false;
	}
}

void
promote_take(struct keeper *k, struct client *cl, const struct frame *f)
{
	struct fault without;
	struct info info;
	struct buf born;
	int pidfd;

	if (record_take(k, cl, f, &info) < 0)
		return;
	pidfd = candidate_open(cl, info.owner.pid,
	    fields_num(&f->body, "held", 0) == 1);
	if (pidfd < 0) {
		client_drop(k, cl); /* the next one has its turn */
		return;
	}
	if (!lockfile_pass(k, cl, &info, &without)) {
		io_close(&pidfd);
		return;
	}
	if (handler_env_make(&born, &f->body) < 0) {
		io_close(&pidfd);
		reply_refuse(k, cl, EXIT_SYSTEM, fault_text(errno));
		return;
	}
	tenure_tell(k); /* the clients of the last instance */
	if (record_begin(k, cl, f, &info, pidfd) == 0)
		handler_env_take(k, &born);
	else
		buf_free(&born);
}

long long
promote_offer_due(struct keeper *k)
{
	return k->state == HANDING_OVER ? k->tenure.offer_from : 0;
}

void
promote_offer(struct keeper *k)
{
	struct client *cl;

	if (k->state != HANDING_OVER || clock_now() < k->tenure.offer_from)
		return;
	k->tenure.offer_from = 0;
	if (client_first(k, OFFERED) || !replace_done(k))
		return;
	cl = line_first(k);
	/* A launch from outside runs there, and wants its keeper there: we do
	 * not see everything it sees.  It takes the free slot, and collects the
	 * line (wait.c). */
	if (!cl || cl->peer == PEER_OUTSIDE) {
		tenure_release(k);
		return;
	}
	client_stage(cl, OFFERED);
	reply_file(k, cl, FRAME_OFFER, -1);
}
