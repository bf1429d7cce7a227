/*
 * plan.c: say what a launch would do: --dry-run and --explain.
 *
 * It claims nothing: things may change before a real launch acts.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/interp.h"
#include "cli/base/io.h"
#include "cli/base/say.h"
#include "cli/core/launch/adopt.h"
#include "cli/core/launch/defaults.h"
#include "cli/core/launch/every.h"
#include "cli/core/launch/handover.h"
#include "cli/core/launch/locked.h"
#include "cli/core/launch/options.h"
#include "cli/core/launch/overdue.h"
#include "cli/core/launch/own_record.h"
#include "cli/core/launch/parts.h"
#include "cli/core/launch/plan.h"
#include "cli/core/launch/program.h"
#include "cli/core/launch/start.h"
#include "cli/core/meet/command.h"
#include "cli/core/meet/evidence.h"
#include "cli/core/meet/holds.h"
#include "cli/core/meet/meet.h"
#include "cli/core/meet/messages.h"
#include "cli/core/slot/holder.h"
#include "cli/core/slot/name_lock.h"
#include "cli/core/slot/seal.h"
#include "cli/core/wire/ask.h"

enum { PLAN = 65536, ANSWER_MS = 1000, TELLS = 512 };

static void
plan_row(struct text *t, const char *name, const char *value, const char *how)
{
	text_add(t, name);
	text_show(t, value, strlen(value));
	if (how)
		text_all(t, " (", how, ")", NULL);
	text_add(t, "\n");
}

/* The key and its steps. */
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

/* The options that were not typed, and the rule's file. */
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
		plan_row(t, "library:     ", "not needed", "--lifetime=main");
	else if (!shim && e == ELF_I386)
		plan_row(t, "library:     ", "not loaded", elf_reason(e));
	else if (!shim)
		plan_row(t, "library:     ", "not found",
		    "a daemon is not followed");
	else if (!loads)
		plan_row(t, "library:     ", "not loaded", elf_reason(e));
	else
		plan_row(t, "library:     ", shim, NULL);
}

/* The launch cannot start its program now: it waits, or gives up. */
static void
fault_tell(const struct launch *l, struct text *w, const struct fault *f)
{
	bool busy = f->code == EXIT_BUSY;

	if (busy && policy_of(l->o)->meets == MEETS_WAITS)
		text_add(w, "wait");
	else
		text_all(w, "exit with ", TEXT_NUM(!busy ? f->code :
		    policy_skips(l->o) ? policy_of(l->o)->same :
		    l->o->busy_code), NULL);
	text_all(w, ": ", f->line, NULL);
}

/* Whether a document would be handed over by a second start of the program. */
static void
second_tell(struct text *w, const struct fields *b)
{
	const char *pid = ask_pid(b, "pid");
	char what[TELLS];
	struct text t = text_in(what, sizeof(what));

	if (pid && evidence_find((pid_t)strtol(pid, NULL, 10), &t) ==
	    EVIDENCE_THERE)
		text_all(w, ", by its second start, since it has ", what, NULL);
}

/* What the policy does with an instance. b: its keeper's reply or its record;
 * i: that record, perhaps with a later owner, or NULL; held: it has ended, and
 * its parent keeps the slot. */
static void
policy_tell(const struct launch *l, struct text *w, const struct fields *b,
    const struct info *i, bool held)
{
	enum policy policy = l->o->policy;
	struct launched ours = record_launched(l);
	char running[COMMAND_SHOWN], digits[24];
	const char *pid = i ? say_num(digits, held ? i->parent.pid :
	    i->owner.pid) : ask_pid(b, held ? "parent" : "pid");
	bool late = l->o->overdue_ms &&
	    overdue_is(l, fields_num(b, "since", 0), i);
	struct fault f;

	if (held && policy_of(l->o)->meets == MEETS_HANDS) {
		words_held(b, l->place.slot.app, &f);
		fault_tell(l, w, &f);
		return;
	}
	if (late)
		policy = l->o->overdue_stop ? POLICY_REPLACE : POLICY_FAIL;
	text_all(w, policy_rows[policy].plan, "pid ", pid ? pid : "?",
	    late ? ", which" WORDS_OVERDUE : NULL, NULL);
	if (!held && !late && command_differs(&ours, b) != DIFFERS_NOT) {
		command_running(b, running);
		text_all(w, ", which runs ", running, NULL);
	}
	if (!held && !late && handover_tries(l))
		second_tell(w, b);
}

/* By the keeper's STATE. */
static void
state_tell(const struct launch *l, struct text *w, const struct fields *b)
{
	enum holds holds = holds_told(b);
	struct fault f;

	if (holds == HOLDS_LOCKED) {
		holds_fault(b, l->place.slot.app, &f);
		fault_tell(l, w, &f);
	} else {
		policy_tell(l, w, b, NULL, holds == HOLDS_PARENT);
	}
}

/* A keeper that sees other files has the slot.  As unrun_elsewhere, and as
 * launch_one with --on-error=run. */
static int
elsewhere_fault(const struct launch *l, pid_t keeper, struct fault *f)
{
	const struct policy_row *policy = policy_of(l->o);

	if (l->o->on_error_run && !policy_skips(l->o))
		return 0;
	words_elsewhere(&l->place, keeper, f);
	fault_bare(f); /* one line of several */
	if (policy->meets == MEETS_ASKS || policy->flags & POLICY_NOT_YET)
		f->code = EXIT_BUSY;
	return -1;
}

/* No keeper answers: what a claim would find.  1: the instance in i is alive,
 * *held: only its parent; 0: the slot is free, *unseen: we cannot tell whether
 * the lock file is; -1: the launch would fail. */
static int
slot_peek(struct launch *l, struct buf *b, struct info *i, bool *held,
    bool *unseen, struct fault *f)
{
	struct place *p = &l->place;
	enum holder_result found = HOLDER_CLOSED;
	struct name_lock_holder other;
	struct holder h;
	bool elsewhere;

	if (p->root.exists && root_open(&p->root, f) < 0)
		return -1;
	elsewhere = name_lock_find(&p->root, &p->slot, -1, &other) ==
	    NAME_LOCK_ELSEWHERE;
	io_close(&other.pidfd);
	if (elsewhere)
		return elsewhere_fault(l, other.pid, f);
	if (p->root.exists)
		found = holder_peek(&p->root, &p->slot, b, i, &h);
	*held = found == HOLDER_PARENT;
	switch (found) {
	case HOLDER_OWNER:
	case HOLDER_PARENT:
		return 1;
	case HOLDER_NONE:
	case HOLDER_PASSED:
	case HOLDER_CLOSED:
		break;
	default:
		holder_fault(found, &p->root, &p->slot, &h, f);
		return -1;
	}
	switch (locked_seen(l, f)) {
	case LOCKFILE_LOCKED:
		return -1;
	case LOCKFILE_UNSEEN:
		*unseen = true;
		break;
	case LOCKFILE_FREE:
		break;
	}
	switch (seal_check(&p->root, &p->slot, NULL)) {
	case SEAL_FAILED:
		return start_seal_unread(l, f);
	case SEAL_UNKNOWN:
		return fault_set(f, EXIT_DENIED, p->slot.app, " is sealed",
		    NULL);
	default:
		return 0;
	}
}

/* The same in words.  Whether the slot is free. */
static bool
slot_tell(struct launch *l, struct text *w)
{
	struct buf b = { 0 };
	struct fault f;
	struct info i;
	bool held, unseen = false;
	int r = slot_peek(l, &b, &i, &held, &unseen, &f), pidfd = -1;
	pid_t pid = r == 0 && l->o->adopt ? adopt_find(l, &pidfd) : 0;

	if (pid < 0)
		r = fault_errno(&f, EXIT_SYSTEM, errno, "/proc", NULL);
	root_close(&l->place.root);
	io_close(&pidfd);
	if (r > 0)
		policy_tell(l, w, &i.all, &i, held);
	else if (r < 0)
		fault_tell(l, w, &f);
	else if (pid)
		text_all(w, "adopt pid ", TEXT_NUM(pid), NULL);
	else
		text_all(w, "start ", interp_ours(l->command.words) ?
		    identity_program(&l->id) : l->id.file, unseen ? ", if its"
		    " lock file is free: whether it is cannot be told now" :
		    NULL, NULL);
	buf_free(&b);
	return r == 0;
}

/* Say what the launch would do in this slot.  Returns the time when its
 * instance was used last; 0: it does not answer; -1: the slot is free. */
static long long
outlook_tell(struct launch *l, struct text *w)
{
	struct meeting *m = &l->meeting;
	const struct info *i = &m->claim.info;
	char storage[4096];
	long long used = 0;
	struct frame reply;
	struct fault f;
	struct buf b;

	if (m->asks_lock && meet_locked(m)) {
		policy_tell(l, w, &i->all, i, m->parent_only);
		return i->used;
	}
	buf_init(&b, storage, sizeof(storage));
	switch (ask_state(l->place.folder, l->place.slot.hash, ANSWER_MS, &b,
	    &reply)) {
	case SOCK_OK:
		state_tell(l, w, &reply.body);
		used = fields_num(&reply.body, "used", 0);
		break;
	case SOCK_SLOW:
		words_not_responding(&l->place, &f);
		fault_tell(l, w, &f);
		break;
	default:
		used = slot_tell(l, w) ? -1 : 0;
	}
	buf_free(&b);
	return used;
}

static void
would_row(const struct launch *l, struct text *t, const char *what)
{
	plan_row(t, l->o->dry_run ? "would:       " : "will:        ", what,
	    NULL);
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
	/* The instance may be overdue, whether the job is due or not. */
	if (l->o->every_ms && (used < 0 || !l->o->overdue_ms) &&
	    every_tell(l, &w))
		strcpy(best, what);
	would_row(l, t, best);
	return 0;
}

static int
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

	io_oversize();
	t = text_in(buf, sizeof(buf));
	plan_row(&t, "application: ", l->id.app,
	    l->o->app ? "--app" : l->id.how);
	defaults_row(l, &t);
	if (l->handover.aside) { /* no instance: it has no key and no slot */
		would_row(l, &t, "run it as it is, and not as an instance,"
		    " because of this option");
		return plan_write(l, &t, fd, f);
	}
	key_row(l, &t);
	plan_row(&t, "scope:       ", l->place.slot.scope, NULL);
	plan_row(&t, "slot:        ", l->place.folder, NULL);
	plan_row(&t, "if running:  ", policy_of(l->o)->name, NULL);
	handler_row(l, &t);
	shim_row(l, &t);
	if (l->off)
		would_row(l, &t, "run it, as without onlyone: " ENV_DISABLE);
	else if (l->inside)
		would_row(l, &t, "run it: this process is already the"
		    " instance");
	else if (outlook_row(l, &t, f) < 0)
		return -1;
	return plan_write(l, &t, fd, f);
}
