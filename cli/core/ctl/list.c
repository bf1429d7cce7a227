/*
 * list.c: onlyonectl list, status, pid and count: the instances, for people and
 * for programs.
 *
 * A slot that cannot be read does not hide the others: list prints those, then
 * fails with the reason.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/base/say.h"
#include "cli/base/table.h"
#include "cli/core/ctl/columns.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/find_instance.h"
#include "cli/core/ctl/found.h"
#include "cli/core/ctl/found_columns.h"
#include "cli/core/ctl/list.h"
#include "cli/core/ctl/owner_now.h"
#include "cli/core/ctl/report.h"
#include "cli/core/ctl/stamps.h"
#include "cli/core/meet/evidence.h"
#include "cli/core/meet/holds.h"
#include "cli/core/meet/messages.h"
#include "cli/core/slot/skips.h"

/* A line for shells, of tab-separated words.  An instance without a key has no
 * fourth word. */
static void
list_raw(const struct founds *fs)
{
	static const char *const words[] = { "pid", "state", "app", "key" };
	const struct column *c;

	for (size_t n = 0; n < fs->n; n++) {
		for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
			for (c = found_columns; strcmp(c->name, words[i]); c++)
				;
			c->raw(&fs->at[n]);
		}
		putchar('\n');
	}
}

enum {
	NAMES = 2, /* the application and the key: a table may cut them */
	TELLS = 768
};

/* With -v: what happens to a document that is opened later. */
static void
documents_tell(const struct found *found)
{
	char words[TELLS];
	struct text t = text_in(words, sizeof(words));

	if (!found_runs(found) || found->elsewhere)
		return;
	evidence_tell(&t, &found->info);
	if (t.len)
		say_more(found->info.app, " (pid ", TEXT_NUM(found_pid(found)),
		    "): ", words, NULL);
}

/* Print a table, or note that nothing is running: programs need no notes. */
static void
list_people(struct ctl *c, const struct things *things)
{
	const struct founds *fs = &c->found;
	const char *app = c->operands[0];

	if (fs->n)
		columns_table(found_columns, NAMES, things);
	for (size_t i = 0; c->o.loudness == SAY_VERBOSE && i < fs->n; i++)
		documents_tell(&fs->at[i]);
	if (!fs->n && !c->search.unread.code)
		say_note("no instance ", app ? "of '" : "", app ? app : "",
		    app ? "' " : "", "is running", NULL);
}

int
ctl_list(struct ctl *c, struct fault *f)
{
	struct things things;
	int r = 0;

	if (c->o.every)
		return stamps_list(c, f);
	if (c->noperands > 1)
		return fault_set(f, EXIT_USAGE, "list: '",
		    c->operands[1], "': a key is for --every; see onlyonectl"
		    " --help", NULL);
	if (c->o.raw && c->o.json)
		return fault_set(f, EXIT_USAGE, "list: either --json or --raw; see"
		    " onlyonectl --help", NULL);
	c->search.partial = true;
	if (find_meant(c, f) < 0)
		return -1;
	things = (struct things){ c->found.at, sizeof(*c->found.at),
		c->found.n };
	if (c->o.json)
		r = columns_json(found_columns, &things, f);
	else if (c->o.raw)
		list_raw(&c->found);
	else
		list_people(c, &things);
	/* The list is printed; now report the slot that cannot be read. */
	if (r == 0 && c->search.unread.code) {
		*f = c->search.unread;
		r = fflush(stdout) ? fault_errno(f, EXIT_SYSTEM, errno,
		    "cannot write to standard output", NULL) : -1;
	}
	return r;
}

int
ctl_status(struct ctl *c, struct fault *f)
{
	char head[TABLE_CELL], rest[TABLE_CELL], line[SKIPS_BYTES];
	char passed[WORDS_PASSED], what[WAITS_TEXT], age[64];
	struct text t = text_in(head, sizeof(head));
	struct skips skips;
	int r;

	r = find_one(c, f);
	if (r == 1 || (r == 0 && !found_runs(c->one))) {
		if (r == 1)
			find_none(c, f);
		else
			found_none(c->one, f);
		puts(f->line);
		r = f->code;
	} else if (r == 0) {
		found_app_text(c->one, &t);
		text_all(&t, " is ", found_state(c->one), ", pid ", NULL);
		found_pid_text(c->one, &t);
		printf("%s, %s", head, say_age(age, c->one->info.since));
		t = text_in(rest, sizeof(rest));
		info_command(&c->one->info, &t);
		text_add(&t, words_passed(&c->one->info.all, passed));
		printf("%s%s\n", t.len ? ": " : "", rest);
		if (found_waits(c->one, what))
			puts(what);
		t = text_in(line, sizeof(line));
		holds_waiting(&c->one->state, "", &t);
		if (t.len)
			puts(line);
		t = text_in(line, sizeof(line));
		skips_find(c->one, &skips);
		skips_text(&skips, c->o.loudness == SAY_VERBOSE, &t);
		if (skips.n)
			puts(line);
	}
	return r;
}

int
ctl_pid(struct ctl *c, struct fault *f)
{
	const struct found *one;
	pid_t pid;
	bool held;
	int r;

	if (find_the(c, f) < 0)
		return -1;
	one = c->one;
	held = found_holds(one) == HOLDS_PARENT;
	if (held && words_rest(&one->state)) {
		words_held(&one->state, one->info.app, f);
		return -1;
	}
	if (held)
		return fault_set(f, EXIT_NONE, one->info.app, " has ended; its"
		    " launch stays, and keeps the slot", NULL);
	r = settle_pid(one, &pid, f);
	if (r == 1)
		return find_none(c, f);
	if (r < 0)
		return -1;
	printf("%d\n", (int)pid);
	return 0;
}

int
ctl_count(struct ctl *c, struct fault *f)
{
	size_t n = 0;

	if (find_meant(c, f) < 0)
		return -1;
	for (size_t i = 0; i < c->found.n; i++)
		n += found_runs(&c->found.at[i]);
	printf("%zu\n", n);
	return 0;
}
