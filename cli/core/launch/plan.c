/*
 * plan.c: what a launch is about to do, in words: --dry-run and --explain.
 *
 * It only looks, and claims nothing: things may change before the launch acts.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/core/early/gate.h"
#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/say.h"
#include "cli/core/launch/adopt.h"
#include "cli/core/launch/defaults.h"
#include "cli/core/launch/every.h"
#include "cli/core/launch/handover.h"
#include "cli/core/launch/launch_state.h"
#include "cli/core/launch/locked.h"
#include "cli/core/launch/overdue.h"
#include "cli/core/launch/own_record.h"
#include "cli/core/launch/plan.h"
#include "cli/core/launch/program.h"
#include "cli/core/launch/running.h"
#include "cli/core/launch/streams.h"
#include "cli/core/meet/messages.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/holder.h"
#include "cli/core/slot/name_lock.h"
#include "cli/core/slot/seal.h"
#include "cli/base/text.h"
#include "cli/core/wire/ask.h"
#include "preload/elf.h"

enum { PLAN = 65536, WORDS = 1000, ANSWER_MS = 1000 };

static void
row(struct text *t, const char *name, const char *value, const char *how)
{
	text_add(t, name);
	text_show(t, value, strlen(value));
	if (how)
		text_all(t, " (", how, ")", NULL);
	text_add(t, "\n");
}

/* The key, and how it was made. */
static void
key_row(struct launch *l, struct text *t)
{
	const struct key *key = &l->key.made;
	char steps[1024], how[sizeof(steps) + sizeof(key->why) + 16];
	struct text h;
	struct text s = text_in(steps, sizeof(steps));

	key_steps_text(l->key.steps, l->key.nsteps, &s);
	h = text_in(how, sizeof(how));
	text_add(&h, steps);
	if (!key->n) {
		text_add(&h, l->key.nsteps ? "; " : "a singleton");
		text_add(&h, key->why);
	}
	text_add(t, "key:         ");
	for (size_t i = 0; i < key->n; i++) {
		text_add(t, i ? "\n             " : "");
		text_typed(t, key->parts[i]);
	}
	text_all(t, key->n ? " (" : "none (", how, ")\n", NULL);
}

/* Which options were not typed, and the file of the rule they are from. */
static void
defaults_row(const struct launch *l, struct text *t)
{
	const struct buf *lines = l->defaults ? &l->defaults->lines : NULL;

	if (!lines)
		return;
	text_add(t, "options:     ");
	for (const char *s = lines->at; s < lines->at + lines->len;
	    s += strlen(s) + 1) {
		if (!strncmp(s, "match ", 6))
			continue;
		text_show(t, s, strlen(s));
		text_add(t, " ");
	}
	text_add(t, "(before those that are typed, by the rule ");
	text_show(t, l->defaults->file, strlen(l->defaults->file));
	text_add(t, ")\n");
}

static void
handler_row(struct launch *l, struct text *t)
{
	char how[PATH_MAX + 128];
	struct text words = text_in(how, sizeof(how));

	handover_text(l, &words);
	if (words.len)
		text_all(t, "handler:     ", how, "\n", NULL);
}

static void
shim_row(struct launch *l, struct text *t)
{
	char path[PATH_MAX];
	enum elf e = elf_check(AT_FDCWD, l->id.file, 0, NULL);
	bool loads = e == ELF_LOADS || e == ELF_I386;
	const char *shim = program_find(loads ? e : ELF_LOADS, path);

	if (l->o->terms.lifetime == LIFETIME_MAIN)
		row(t, "library:     ", "not needed", "--lifetime=main");
	else if (!shim && e == ELF_I386)
		row(t, "library:     ", "not loaded", elf_reason(e));
	else if (!shim)
		row(t, "library:     ", "not found",
		    "a daemon is not followed");
	else if (!loads)
		row(t, "library:     ", "not loaded", elf_reason(e));
	else
		row(t, "library:     ", shim, NULL);
}

/* The instance that is met, as its record and its keeper tell. */
struct running {
	struct buf b;
	struct info i; /* zero: unknown */
	char who[64];  /* "pid 123" */
};

static void
running_read(struct launch *l, struct running *m)
{
	struct fault f;
	int folder = -1;

	memset(&m->i, 0, sizeof(m->i));
	if (root_open(&l->place.root, &f) == 0)
		folder = folder_peek(&l->place.root, l->place.slot.name);
	if (folder >= 0 && info_read(folder, &m->b, &m->i) < 0)
		memset(&m->i, 0, sizeof(m->i));
	io_close(&folder);
	root_close(&l->place.root);
}

/* A script that holds the slot counts as one that listens, until it is clear
 * that it does not (listener.c).  The launch would wait for that, too. */
static void
running_settle(struct launch *l, struct running *m)
{
	enum { LISTENER_MS = 1500, LOOK_US = 50000 };
	long long end = clock_now() + LISTENER_MS;

	while (m->i.adopted && m->i.listeners && clock_now() < end &&
	    clock_wall() - m->i.since < LISTENER_MS) {
		clock_sleep(LOOK_US);
		running_read(l, m);
	}
}

/* No handler gets the arguments: the words of untaken_tell, before the fact.
 * Whether the launch ends then. */
static bool
untaken_plan(struct launch *l, struct text *w, const struct running *m)
{
	const struct options *o = l->o;
	int sig = m->i.terms.signal;
	struct untaken u = { .n = 0 };
	struct launched launched = record_launched(l, false);
	char what[OTHER_SHOWN];
	bool other = untaken_find(&launched, l->command.args, &m->i.all, &u,
	    what);
	bool ends = (u.n && o->must_deliver) || (o->shell_line && other);

	if (other)
		text_all(w, "not run this command: ", m->who,
		    " already runs ", what, NULL);
	else if (sig)
		text_all(w, "send signal ", TEXT_NUM(sig), " to ", m->who,
		    NULL);
	else
		text_all(w, u.n ? "not " : "",
		    policy_rows[POLICY_ACTIVATE].plan, m->who, NULL);
	if (u.n && !other) {
		text_add(w, ", which " UNTAKEN);
		untaken_text(&u, w);
	}
	if (ends)
		text_all(w, "; end with ", TEXT_NUM(o->must_deliver ?
		    EXIT_NOANSWER : o->busy_code), NULL);
	return ends;
}

/* A handler gets them, or a listener: what of them, as the keeper's taker.c sorts
 * it out.  Whether the launch ends before its instance does. */
static bool
taken_plan(struct launch *l, struct text *w, const struct running *m)
{
	const struct terms *t = &m->i.terms;
	const struct row *r = handover_row(l);
	bool late = !t->on_activate && r, known = !m->i.listeners;
	struct valued valued = l->key.valued;
	struct handed h;
	bool ends;

	valued.patterns = !known ? NULL : late ? r->values : t->values;
	if (handed_sort(&h, &valued, late ? r->options : t->options,
	    !known ? NULL : late ? r->waits : t->waits, l->command.args,
	    l->o->until_exit) < 0)
		return false;
	ends = h.streams || (*h.left && l->o->must_deliver);
	if (ends)
		text_all(w, "end with ", TEXT_NUM(EXIT_NOANSWER), ": ",
		    h.streams ? "standard input cannot be handed over" :
		    "cannot hand over ", h.streams ? "" : h.left, " to ",
		    m->who, h.streams ? "" : "; so nothing is", NULL);
	else
		text_all(w, policy_rows[POLICY_ACTIVATE].plan, m->who,
		    h.waits ? ", and wait for its document" : "",
		    *h.left ? "; not handed over: " : "", h.left, NULL);
	ends = ends || h.waits;
	handed_free(&h);
	return ends;
}

/* What becomes of the arguments. */
static void
handed_tell(struct launch *l, struct text *w, const struct running *m)
{
	enum asks asks = *l->command.args ? handover_asks(l) : ASKS_NOTHING;
	const struct terms *t = &m->i.terms;
	bool taken = !m->i.all.at || m->i.listeners || row_asked(asks, t) ||
	    (t->on_activate && asks != ASKS_NONE);
	bool ends = taken ? taken_plan(l, w, m) : untaken_plan(l, w, m);

	if (l->o->until_exit && !ends)
		text_add(w, "; then wait for its end");
}

/* How many launches are in its queue. */
static int
queued_count(struct launch *l)
{
	struct frame reply;
	struct buf b = { 0 };
	const char *mode = NULL;
	int fd, n = 0;

	if (ask_connect(l->place.folder, ANSWER_MS, &fd) != SOCK_OK)
		return 0;
	if (ask_send(fd, FRAME_LINE, l->place.slot.hash, 0) == 0 &&
	    sock_recv(fd, &b, &reply, ANSWER_MS) == SOCK_OK &&
	    reply.type == FRAME_WAITERS)
		while ((mode = fields_next(&reply.body, "for", mode)))
			n += !strcmp(mode, "queue");
	io_close(&fd);
	buf_free(&b);
	return n;
}

/* What the policy does with a running instance.  pid 0: unknown, or parent keeps
 * its place while none runs. */
static void
policy_tell(struct launch *l, struct text *w, long long pid, long long parent)
{
	enum policy policy = l->o->policy;
	struct launched launched = record_launched(l, true);
	char what[OTHER_SHOWN], digits[24];
	struct running m = { .b = { 0 } };
	bool late;
	int n;

	running_read(l, &m);
	parent = pid ? 0 : parent;
	text_join(m.who, sizeof(m.who), parent ? "its parent, pid " : "pid ",
	    pid || parent ? say_num(digits, pid ? pid : parent) : "?", NULL);
	late = l->o->overdue_ms && m.i.all.at &&
	    overdue_is(l, m.i.since, &m.i);
	if (late) {
		policy = l->o->overdue_stop ? POLICY_REPLACE : POLICY_FAIL;
		text_all(w, policy_rows[policy].plan, m.who, ", which"
		    WORDS_OVERDUE, NULL);
	} else if (policy == POLICY_ACTIVATE && parent) {
		text_all(w, "end with ", TEXT_NUM(l->o->busy_code), ": what it"
		    " has started goes on, under ", m.who, NULL);
	} else if (policy == POLICY_ACTIVATE) {
		running_settle(l, &m);
		handed_tell(l, w, &m);
	} else if (policy == POLICY_QUEUE &&
	    (n = queued_count(l)) >= (l->o->pending ? l->o->pending : 1)) {
		text_all(w, "end, since the queue behind ", m.who,
		    " is full, with ", TEXT_NUM(l->o->busy_code), " (0 if one"
		    " of the ", TEXT_NUM(n), " in it is this command)", NULL);
	} else {
		text_all(w, policy_rows[policy].plan, m.who, NULL);
		if ((policy == POLICY_SKIP || policy == POLICY_JOIN) &&
		    m.i.all.at && other_runs(&launched, &m.i.all, what))
			text_all(w, ", which runs ", what, NULL);
	}
	buf_free(&m.b);
}

/* No keeper answers: if an owner lives, or may live, say in w what a claim will
 * find, and return true. */
static bool
orphan_tell(struct launch *l, struct text *w)
{
	struct place *p = &l->place;
	enum holder_result found = HOLDER_CLOSED;
	struct holder h;
	struct fault f;
	struct info i;
	struct buf b = { 0 };

	if (p->root.exists && root_open(&p->root, &f) == 0)
		found = holder_peek(&p->root, &p->slot, &b, &i, &h);
	switch (found) {
	case HOLDER_NONE:
	case HOLDER_PASSED:
	case HOLDER_CLOSED:
		break;
	case HOLDER_OWNER:
	case HOLDER_PARENT:
		policy_tell(l, w, found == HOLDER_OWNER ? i.owner.pid : 0,
		    i.parent.pid);
		text_add(w, " (its keeper is gone; it gets a new one)");
		break;
	default:
		holder_fault(found, &p->root, &p->slot, &h, &f);
		text_all(w, "end with ", TEXT_NUM(f.code), ": ", f.line, NULL);
	}
	root_close(&p->root);
	buf_free(&b);
	return w->len > 0;
}

/* The keeper does not answer: name owner and keeper by the record. */
static void
not_responding_tell(struct launch *l, struct text *w)
{
	struct fault f;
	struct info i;
	struct buf b = { 0 };
	int folder = -1;
	bool elsewhere;

	if (root_open(&l->place.root, &f) == 0)
		folder = folder_peek(&l->place.root, l->place.slot.name);
	if (folder >= 0 && info_read(folder, &b, &i) == 0) {
		elsewhere = i.owner.pidns && i.owner.pidns != owner_pidns();
		text_all(w, "wait: it is held ", elsewhere ?
		    "in another pid namespace" : "by pid ", NULL);
		if (!elsewhere)
			text_num(w, i.owner.pid);
		text_add(w, ", and its keeper");
		if (i.keeper && !elsewhere)
			text_all(w, ", pid ", TEXT_NUM(i.keeper), ",", NULL);
		text_add(w, " does not answer");
	} else {
		text_add(w, "wait: it is held, and does not answer");
	}
	io_close(&folder);
	root_close(&l->place.root);
	buf_free(&b);
}

/* The same for a process that --adopt makes the instance: it has the handler of
 * this launch. */
static void
adopted_tell(struct launch *l, struct text *w, pid_t pid)
{
	char cwd[PATH_MAX], *words[WORDS + 1] = { NULL };
	struct buf line = { 0 };
	struct running m = { .i.terms = l->o->terms };
	size_t n = 0;

	text_join(m.who, sizeof(m.who), "pid ", TEXT_NUM(pid),
	    ", which is to be the instance", NULL);
	if (look_file(pid, "cmdline", &line, PLAN) == 0)
		for (char *s = line.at; n < WORDS && s < line.at + line.len;
		    s += strlen(s) + 1)
			fields_put(&m.b, "arg", words[n++] = s);
	l->adopted.words = n ? words : NULL;
	fields_put(&m.b, FIELD_DIGEST, record_digest(l,
	    look_cwd(pid, cwd, sizeof(cwd))));
	l->adopted.words = NULL;
	m.i.all = (struct fields){ m.b.at, m.b.len };
	handed_tell(l, w, &m);
	buf_free(&line);
	buf_free(&m.b);
}

/* Whether a seal keeps this key out. */
static bool
seal_tell(struct launch *l, struct text *w)
{
	char known[256];
	struct text t = text_in(known, sizeof(known));
	struct fault f;
	bool sealed = l->place.root.exists &&
	    root_open(&l->place.root, &f) == 0 &&
	    seal_check(&l->place.root, &l->place.slot, &t) == SEAL_UNKNOWN;

	root_close(&l->place.root);
	text_dots(&t);
	if (sealed)
		text_all(w, "end with ", TEXT_NUM(EXIT_DENIED), ": sealed, and"
		    " only these may run: ", *known ? known : "none", NULL);
	return sealed;
}

/* The launch cannot start its program now, for this reason: wait, or end with
 * its code. */
static void
refused_tell(const struct launch *l, struct text *w, bool waits,
    const struct fault *f)
{
	int code = f->code == EXIT_BUSY ? l->o->busy_code : f->code;

	if (waits)
		text_all(w, "wait: ", f->line, NULL);
	else
		text_all(w, "end with ", TEXT_NUM(l->o->policy == POLICY_SKIP ?
		    0 : code), ": ", f->line, NULL);
}

/* Whether a keeper that sees other files has the slot. */
static bool
elsewhere_tell(struct launch *l, struct text *w)
{
	const struct options *o = l->o;
	struct place *p = &l->place;
	struct name_lock_holder h;
	struct fault f;
	bool is;

	if (p->root.exists && root_open(&p->root, &f) < 0)
		return false;
	is = name_lock_find(&p->root, p->slot.hash, &h) == NAME_LOCK_ELSEWHERE;
	io_close(&h.pidfd);
	root_close(&p->root);
	if (!is)
		return false;
	words_elsewhere(p, h.pid, &f);
	if (o->policy == POLICY_FAIL)
		f.code = EXIT_BUSY;
	if (o->on_error_run && o->policy != POLICY_SKIP)
		text_all(w, "start ", l->id.file, " all the same: ", f.line,
		    NULL);
	else
		refused_tell(l, w, o->policy == POLICY_WAIT ||
		    o->policy == POLICY_QUEUE, &f);
	return true;
}

/* The slot is free: the program would be started, or a running one adopted. */
static void
start_tell(struct launch *l, struct text *w)
{
	int pidfd;
	pid_t pid = l->o->adopt ? adopt_find(l, &pidfd) : 0;
	struct fault f;

	if (pid)
		io_close(&pidfd);
	if (locked_seen(l, &f)) {
		refused_tell(l, w, policy_rows[l->o->policy].flags &
		    POLICY_IN_LINE, &f);
		return;
	}
	if (seal_tell(l, w))
		return;
	if (pid) {
		adopted_tell(l, w, pid);
		return;
	}
	text_all(w, "start ", l->id.file, NULL);
}

static long long
pid_here(const struct fields *b, const char *name)
{
	return ask_pid(b, name) ? fields_num(b, name, 0) : 0;
}

/* Say what the launch would do in this slot.  Returns when its instance was
 * used last; 0: it does not answer; -1: the slot is free. */
static long long
outlook_tell(struct launch *l, struct text *w)
{
	const struct info *i = &l->meeting.claim.info;
	char storage[4096];
	long long used = 0;
	struct frame reply;
	struct buf b;

	if (l->meeting.asks_lock && meet_locked(&l->meeting)) {
		policy_tell(l, w, l->meeting.parent_only ? 0 : i->owner.pid,
		    i->parent.pid);
		return i->used;
	}
	buf_init(&b, storage, sizeof(storage));
	switch (ask_state(l->place.folder, l->place.slot.hash, ANSWER_MS, &b,
	    &reply)) {
	case SOCK_OK:
		policy_tell(l, w, pid_here(&reply.body, "pid"),
		    pid_here(&reply.body, "parent"));
		used = fields_num(&reply.body, "used", 0);
		break;
	case SOCK_SLOW:
		not_responding_tell(l, w);
		break;
	default:
		if (elsewhere_tell(l, w) || orphan_tell(l, w))
			break;
		start_tell(l, w);
		used = -1;
	}
	buf_free(&b);
	return used;
}

static void
would_row(const struct launch *l, struct text *t, const char *what)
{
	row(t, l->o->dry_run ? "would:       " : "will:        ", what, NULL);
}

/* Say it for the first free slot of several (--max), else for that of the
 * instance used last. */
static int
outlook_row(struct launch *l, struct text *t, struct fault *f)
{
	char what[PATH_MAX + 64], best[sizeof(what)] = "";
	long long used = 0, latest = -1;
	struct text w;

	for (int i = 0; i < l->o->max && used >= 0; i++) {
		if (place_index(&l->place, i, f) < 0)
			return -1;
		w = text_in(what, sizeof(what));
		used = outlook_tell(l, &w);
		if (used < 0 || used > latest) {
			latest = used;
			strcpy(best, what);
		}
	}
	w = text_in(what, sizeof(what));
	text_add(&w, "do nothing: it");
	/* What runs may be overdue, whether the job is due or not. */
	if (l->o->every_ms && (used < 0 || !l->o->overdue_ms) &&
	    every_tell(l, &w))
		strcpy(best, what);
	would_row(l, t, best);
	return 0;
}

int
plan_write(const struct launch *l, const struct text *t, int fd,
    struct fault *f)
{
	if (fd == 1 && l->born.closed & 2)
		errno = EBADF;
	else if (io_write(fd, t->at, t->len) == 0)
		return 0;
	return fault_errno(f, EXIT_SYSTEM, errno, "cannot write to standard ",
	    fd == 1 ? "output" : "error", NULL);
}

int
plan_show(struct launch *l, int fd, struct fault *f)
{
	char buf[PLAN];
	struct text t;

	early_gate();
	io_oversize();
	t = text_in(buf, sizeof(buf));
	row(&t, "application: ", l->place.slot.app,
	    l->o->app ? "--app" : l->id.how);
	defaults_row(l, &t);
	if (l->handover.aside) { /* no instance: it has no key and no slot */
		would_row(l, &t, "run it as it is, beside an instance and"
		    " without one: with this option it is none");
		return plan_write(l, &t, fd, f);
	}
	key_row(l, &t);
	row(&t, "scope:       ", l->place.slot.scope, NULL);
	row(&t, "slot:        ", l->place.folder, NULL);
	row(&t, "if running:  ", policy_rows[l->o->policy].name, NULL);
	handler_row(l, &t);
	shim_row(l, &t);
	streams_text(l, &t);
	if (outlook_row(l, &t, f) < 0)
		return -1;
	return plan_write(l, &t, fd, f);
}
