/*
 * run.c: one run of onlyone, from the options to the exec or the answer; with
 * --per-document, one launch for each document.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/buf.h"
#include "cli/base/interp.h"
#include "cli/base/io.h"
#include "cli/base/proc.h"
#include "cli/base/say.h"
#include "cli/core/key/path.h"
#include "cli/core/key/template.h"
#include "cli/core/launch/children.h"
#include "cli/core/launch/defaults.h"
#include "cli/core/launch/handover.h"
#include "cli/core/launch/launch.h"
#include "cli/core/launch/max_instances.h"
#include "cli/core/launch/options.h"
#include "cli/core/launch/parts.h"
#include "cli/core/launch/plan.h"
#include "cli/core/launch/run.h"
#include "cli/core/launch/running.h"
#include "cli/core/launch/streams.h"
#include "cli/core/meet/hand.h"
#include "cli/core/meet/meet.h"
#include "cli/core/wire/ask.h"
#include "preload/contract.h"

/*
 * --per-document: an instance for each document.
 *
 * Each document gets its own command line: the command, its options and that
 * document, whose path is the key.  The launch first hands over documents that
 * are already open.  If one new document is left the launch becomes its
 * program, unless a hand-over has failed: then it stays to report that.  For
 * several it stays as their parent, and runs them one by one on a terminal,
 * otherwise all at once.
 */

/* Whether arg, of the kind from operand_next, is a document. "-" (standard
 * input) and "" are documents only after "--".  The program's row
 * (handover_values) and --value-options tell which options take the next word
 * as their value. */
static bool
argument_is_document(const struct operands *o, enum operand kind,
    const char *arg)
{
	return kind == OPERAND && (o->end || (*arg && strcmp(arg, "-")));
}

struct document {
	size_t at;   /* its place in the command */
	size_t path; /* offset in paths of its canonical path, or of the word as
	              * given if there is none */
	int status;
	bool explained;
	bool fault_said;   /* a note has said that making its key failed */
	bool open;    /* an instance has it open */
	bool pending; /* still to launch */
};

struct documents {
	struct launch *l;
	char **command; /* as given */
	char **line;    /* of one document; storage: lines */
	struct document *doc; /* storage: docs */
	size_t n;
	struct buf lines, docs, paths;
};

/* Storage for the usual case: few documents and a short command. */
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

/* Add a document once: all its spellings have one canonical path. */
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
		    "cannot find the path of ", name, NULL);
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

/* Find the documents in the command line; the words before first belong to the
 * application. */
static int
documents_find(struct documents *d, size_t first, struct fault *f)
{
	struct operands o = { .valued = &d->l->key.valued };
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

/* Set up the launch for this document alone. */
static void
document_choose(struct documents *d, const struct document *doc, size_t first)
{
	struct launch *l = d->l;
	struct operands o = { .valued = &l->key.valued };
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
	l->command.args = d->line + l->id.front + 1;
	l->command.document = d->command[doc->at];
	l->explained = doc->explained;
	l->key.fault_said = doc->fault_said;
	l->key.nsteps = l->o->nkey;
	l->key.steps[l->key.nsteps++] = (struct key_step){ KEY_DOCUMENT,
		d->command[doc->at] };
}

/* Hand over if an instance has the document open.  With -W only note that it is
 * open: a child hands over later, since it also waits for the instance's
 * end. */
static void
document_hand(struct documents *d, struct document *doc)
{
	struct launch *l = d->l;
	struct fault f;
	enum hand_result r;
	int fd;

	doc->pending = true;
	if (l->o->dry_run || l->o->overdue_stop ||
	    policy_of(l->o)->flags & (POLICY_LIMITED | POLICY_ENDS))
		return;
	if (launch_place(l, &f) < 0)
		return; /* the document's launch will report it */
	launch_key_tell(l);
	doc->fault_said = l->key.fault_said;
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
	r = l->o->max > 1 ? max_try(l, &doc->status, &f) :
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

/* In a child: launch the document. */
static _Noreturn void
child_run(struct documents *d, struct document *doc, size_t first)
{
	struct fault f;
	int status;

	signals_restore(&d->l->born);
	document_choose(d, doc, first);
	status = launch_one(d->l, &f);
	if (status < 0) {
		say_fault(&f);
		status = f.code;
	}
	_exit(status);
}

/* Start a child for one document.  Its pid; 0: fork failed. */
static pid_t
child_start(struct documents *d, struct document *doc, size_t first)
{
	pid_t pid = fork();
	struct fault f;

	if (pid == 0)
		child_run(d, doc, first);
	if (pid > 0)
		return pid;
	fault_errno(&f, EXIT_SYSTEM, errno, "cannot start ",
	    d->command[doc->at], NULL);
	say_fault(&f);
	doc->status = f.code;
	doc->pending = false;
	return 0;
}

/* Launch all pending documents as children, and wait for them. */
static int
pending_run(struct documents *d, size_t first, struct fault *f)
{
	struct children c = { .n = d->n };
	bool in_turn;
	int r = 0;

	in_turn = !d->l->o->background && isatty(0);
	c.at = calloc(d->n, sizeof(*c.at));
	if (!c.at)
		return memory_fault(f);
	signals_block(&d->l->born);
	if (children_listen(&c) < 0)
		r = fault_errno(f, EXIT_SYSTEM, errno, "cannot wait for"
		    " several programs", NULL);
	for (size_t i = 0; r == 0 && i < d->n; i++) {
		if (!d->doc[i].pending)
			continue;
		c.at[i].pid = child_start(d, &d->doc[i], first);
		if (in_turn && !d->doc[i].open)
			children_wait(&c);
	}
	background_leave(&d->l->born);
	if (r == 0)
		children_wait(&c);
	for (size_t i = 0; r == 0 && i < d->n; i++) {
		if (d->doc[i].pending)
			d->doc[i].status = proc_status(c.at[i].status);
	}
	free(c.at);
	return r;
}

/* The first failed status, in the order of the documents; 0: none. */
static int
documents_status(const struct documents *d)
{
	for (size_t i = 0; i < d->n; i++) {
		if (d->doc[i].status)
			return d->doc[i].status;
	}
	return 0;
}

/* Returns as run_launch. */
static int
documents_run(struct launch *l, struct fault *f)
{
	struct documents d = { .l = l, .command = l->command.words };
	size_t first = interp_operands(l->id.file, l->command.words);
	struct document *last = NULL;
	size_t pending = 0;
	struct few few;

	if (!first)
		return fault_set(f, EXIT_USAGE, "-d: ",
		    l->command.words[0], " runs another command, whose"
		    " documents are not known; put it before onlyone", NULL);
	buf_init(&d.docs, few.docs, sizeof(few.docs));
	buf_init(&d.lines, few.lines, sizeof(few.lines));
	buf_init(&d.paths, few.paths, sizeof(few.paths));
	if (documents_find(&d, first, f) < 0)
		return -1;
	if (!d.n)
		return launch_one(l, f);
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

/* Whether it matters which arguments are the values of options. */
static bool
operands_count(const struct launch *l)
{
	bool count = l->o->per_document;

	for (size_t i = 0; i < l->o->nkey; i++)
		count |= l->o->key[i].kind == KEY_TEMPLATE &&
		    template_sorts(l->o->key[i].text);
	return count && *l->command.args;
}

int
run_launch(struct launch *l, struct fault *f)
{
	int status;

	if (l->o->background && background_begin(&l->born, &status, f) != 0)
		return status;
	if (launch_begin(l, f) < 0)
		return -1;
	status = l->off && !l->o->dry_run ? 0 : defaults_take(l, f);
	if (status < 0 || (status > 0 && launch_begin(l, f) < 0))
		return -1;
	return run_begun(l, f);
}

/* With an option that makes it no session: it is no instance, and needs
 * none. */
static int
aside_run(struct launch *l, struct fault *f)
{
	if (l->o->dry_run)
		return plan_show(l, 1, f);
	if (l->o->explain && plan_show(l, 2, f) < 0)
		return -1;
	say_more("with this option it is not an instance: it runs as it"
	    " is", NULL);
	return unprotected_run(l, f);
}

int
run_begun(struct launch *l, struct fault *f)
{
	if (l->o->output && !l->o->dry_run && streams_open(l, f) < 0)
		return -1;
	if (l->off && !l->o->dry_run)
		return unprotected_run(l, f);
	l->key.valued = l->o->valued;
	if (handover_aside(l))
		return aside_run(l, f);
	if (l->id.whole && !l->o->app)
		say_more(IDENTITY_WHOLE, NULL);
	l->key.nsteps = l->o->nkey;
	memcpy(l->key.steps, l->o->key, l->key.nsteps * sizeof(*l->key.steps));
	if (!l->key.nsteps && l->id.folder) /* and with -d it is refused */
		l->key.steps[l->key.nsteps++] = (struct key_step){ KEY_TOOL,
			l->id.folder };
	if (operands_count(l))
		l->key.valued.patterns = handover_values(l);
	return l->o->per_document ? documents_run(l, f) : launch_one(l, f);
}
