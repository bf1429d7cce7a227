/*
 * documents.c: --per-document: an instance for each document.
 *
 * Each document makes a command line of its own: the command, its options and
 * that one document; and its path is the key.  Documents that are open
 * already are handed over first.  One that is new becomes the program, in the
 * launch's place, unless a hand-over has failed, since its status must be
 * told; for several the launch stays as their parent: one after the other
 * where they share a terminal, all at once elsewhere.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/buf.h"
#include "cli/early/gate.h"
#include "cli/interp.h"
#include "cli/io.h"
#include "cli/key/path.h"
#include "cli/launch/arguments.h"
#include "cli/launch/children.h"
#include "cli/launch/counted.h"
#include "cli/launch/documents.h"
#include "cli/launch/launch.h"
#include "cli/launch/plan.h"
#include "cli/launch/running.h"
#include "cli/proc.h"
#include "cli/say.h"
#include "cli/wire/ask.h"
#include "preload/contract.h"

struct document {
	size_t at;   /* its place in the command */
	size_t path; /* canonical, or as it was given where it has none: in
	              * paths, from there on */
	int status;
	bool explained;
	bool told;    /* that its key cannot be made */
	bool open;    /* somebody has it */
	bool pending; /* it is to be launched */
};

struct documents {
	struct launch *l;
	char **command; /* as it was given */
	char **line;    /* of one document; in lines */
	struct document *doc; /* in docs */
	size_t n;
	struct buf lines, docs, paths;
};

/* As a rule there is one, of a short command. */
struct few {
	struct document docs[2];
	char *lines[16];
	char paths[256];
};

static int
memory_fault(struct fault *f)
{
	return fault_errno(f, EXIT_SYSTEM, ENOMEM,
	    "cannot list the documents", NULL);
}

/* One path for all spellings of a document: it stands once. */
static int
document_add(struct documents *d, size_t at, struct fault *f)
{
	struct document *doc = &d->doc[d->n];
	const char *name = d->command[at];
	char path[PATH_MAX];

	switch (path_canonical(name, path)) {
	case PATH_MADE:
		name = path;
		break;
	case PATH_FAILED:
		return fault_errno(f, EXIT_SYSTEM, errno,
		    "cannot tell the path of ", name, NULL);
	default:
		break;
	}
	for (size_t i = 0; i < d->n; i++) {
		if (!strcmp(d->paths.at + d->doc[i].path, name))
			return 0;
	}
	memset(doc, 0, sizeof(*doc));
	doc->at = at;
	doc->path = d->paths.len;
	d->n++;
	return buf_string(&d->paths, name) < 0 ? memory_fault(f) : 0;
}

/* Find the documents in the command line; those before first are the
 * application's own. */
static int
documents_find(struct documents *d, size_t first, struct fault *f)
{
	struct operands o = { .valued = &d->l->o->valued };
	enum operand kind;
	size_t words = 0;

	while (d->command[words])
		words++;
	if (buf_room(&d->docs, words * sizeof(*d->doc)) < 0 ||
	    buf_room(&d->lines, (words + 1) * sizeof(*d->line)) < 0)
		return memory_fault(f);
	d->doc = (struct document *)(void *)d->docs.at;
	d->line = (char **)(void *)d->lines.at;
	for (size_t i = first; i < words; i++) {
		kind = operand_next(&o, d->command[i]);
		if (argument_is_document(&o, kind, d->command[i]) &&
		    document_add(d, i, f) < 0)
			return -1;
	}
	return 0;
}

/* Make the launch one of this document alone. */
static void
document_choose(struct documents *d, const struct document *doc, size_t first)
{
	struct launch *l = d->l;
	struct operands o = { .valued = &l->o->valued };
	enum operand kind;
	size_t n = 0;

	for (size_t i = 0; d->command[i]; i++) {
		kind = i < first ? OPERAND_OPTION :
		    operand_next(&o, d->command[i]);
		if (i == doc->at ||
		    !argument_is_document(&o, kind, d->command[i]))
			d->line[n++] = d->command[i];
	}
	d->line[n] = NULL;
	l->command.words = d->line;
	l->command.args = d->line + 1;
	l->command.document = d->command[doc->at];
	l->explained = doc->explained;
	l->key.told = doc->told;
	l->key.nsteps = l->o->nkey;
	l->key.steps[l->key.nsteps++] = (struct key_step){ KEY_DOCUMENT,
		d->command[doc->at] };
}

/* Hand over to whoever has it open; who waits for its end as well (-W) does
 * that later, beside the others. */
static void
document_hand(struct documents *d, struct document *doc)
{
	struct launch *l = d->l;
	struct fault f;
	enum hand_result r;
	int fd;

	doc->pending = true;
	if (l->o->dry_run || l->o->policy > POLICY_FAIL)
		return;
	if (launch_place(l, &f) < 0)
		return; /* it is told when its turn comes */
	launch_key_tell(l);
	doc->told = l->key.told;
	if (l->o->until_exit) {
		if (ask_connect(l->place.folder, PATIENCE_MS, &fd) == SOCK_OK) {
			io_close(&fd);
			doc->open = true;
		}
		key_free(&l->key.made);
		return;
	}
	if (l->o->explain)
		doc->explained = plan_show(l, 2, &f) == 0;
	r = l->o->max > 1 ? counted_try(l, &doc->status, &f) :
	    running_try(l, &doc->status, &f);
	doc->open = r == HAND_DONE || r == HAND_FAILED;
	doc->pending = !doc->open;
	if (r == HAND_FAILED) {
		launch_busy(l, &f);
		say_fault(&f);
		doc->status = f.code;
	}
	key_free(&l->key.made);
}

/* In a child: run it, or hand it over after all. */
static _Noreturn void
child_run(struct documents *d, struct document *doc, size_t first,
    const struct sigaction *chld, const sigset_t *mask)
{
	struct fault f;
	int status;

	sigaction(SIGCHLD, chld, NULL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	document_choose(d, doc, first);
	status = launch_one(d->l, &f);
	if (status < 0) {
		say_fault(&f);
		status = f.code;
	}
	_exit(status);
}

/* Start, or hand over after all, one document.  Its pid, 0: it has failed. */
static pid_t
child_start(struct documents *d, struct document *doc, size_t first,
    const struct sigaction *chld, const sigset_t *mask)
{
	pid_t pid = fork();
	struct fault f;

	if (pid == 0)
		child_run(d, doc, first, chld, mask);
	if (pid > 0)
		return pid;
	fault_errno(&f, EXIT_SYSTEM, errno, "cannot start ",
	    d->command[doc->at], NULL);
	say_fault(&f);
	doc->status = f.code;
	doc->pending = false;
	return 0;
}

/* Be the parent of all that is left to do. */
static BEHIND_GATE int
pending_run(struct documents *d, size_t first, struct fault *f)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL }, chld;
	struct children c = { .n = d->n };
	sigset_t all, mask;
	bool in_turn;
	int r = 0;

	early_gate();
	in_turn = isatty(0);
	c.at = calloc(d->n, sizeof(*c.at));
	if (!c.at)
		return memory_fault(f);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &mask);
	/* Whoever ignores SIGCHLD learns of no child's end. */
	sigaction(SIGCHLD, &dfl, &chld);
	if (children_listen(&c) < 0)
		r = fault_errno(f, EXIT_SYSTEM, errno, "cannot supervise"
		    " several programs", NULL);
	for (size_t i = 0; r == 0 && i < d->n; i++) {
		if (!d->doc[i].pending)
			continue;
		c.at[i].pid = child_start(d, &d->doc[i], first, &chld, &mask);
		if (in_turn && !d->doc[i].open)
			children_wait(&c);
	}
	if (r == 0)
		children_wait(&c);
	for (size_t i = 0; r == 0 && i < d->n; i++) {
		if (d->doc[i].pending)
			d->doc[i].status = proc_status(c.at[i].status);
	}
	free(c.at);
	return r;
}

/* The first failure, in the order of the documents. */
static int
documents_status(const struct documents *d)
{
	for (size_t i = 0; i < d->n; i++) {
		if (d->doc[i].status)
			return d->doc[i].status;
	}
	return 0;
}

int
documents_run(struct launch *l, struct fault *f)
{
	struct documents d = { .l = l, .command = l->command.words };
	size_t first = interp_operands(l->id.file, l->command.words);
	struct document *last = NULL;
	size_t pending = 0;
	struct few few;

	if (!first)
		return fault_set(f, EXIT_USAGE, "-d: which arguments of ",
		    l->command.words[0], " are documents? It runs another"
		    " command; put it in front of onlyone", NULL);
	buf_init(&d.docs, few.docs, sizeof(few.docs));
	buf_init(&d.lines, few.lines, sizeof(few.lines));
	buf_init(&d.paths, few.paths, sizeof(few.paths));
	if (documents_find(&d, first, f) < 0)
		return -1;
	if ((l->o->dry_run || l->o->explain) &&
	    arguments_show(l, d.command, first, l->o->dry_run ? 1 : 2, f) < 0)
		return -1;
	if (!d.n)
		return launch_one(l, f);
	/* What is handed over cannot be begun again. */
	if (d.n > 1)
		early_gate();
	/* Who has written a rule is not there to hear it. */
	if (d.n > 1 && !l->rule && !l->o->dry_run && !l->o->explain)
		arguments_doubt(l, d.command, first);
	if (d.n == 1) {
		document_choose(&d, d.doc, first);
		return launch_one(l, f);
	}
	for (size_t i = 0; i < d.n; i++) {
		document_choose(&d, &d.doc[i], first);
		document_hand(&d, &d.doc[i]);
		if (d.doc[i].pending) {
			last = &d.doc[i];
			pending++;
		}
	}
	if (l->o->dry_run) {
		for (size_t i = 0; i < d.n; i++) {
			document_choose(&d, &d.doc[i], first);
			if (launch_one(l, f) < 0)
				return -1;
		}
		return 0;
	}
	if (pending == 1 && !documents_status(&d)) {
		document_choose(&d, last, first);
		return launch_one(l, f);
	}
	if (pending && pending_run(&d, first, f) < 0)
		return -1;
	return documents_status(&d);
}
