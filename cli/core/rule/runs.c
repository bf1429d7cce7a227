/*
 * runs.c: what a desktop entry runs.
 */
#include <errno.h>
#include <string.h>

#include "cli/base/interp.h"
#include "cli/core/launch/identity.h"
#include "cli/core/rule/desktop_entry.h"
#include "cli/core/rule/menu.h"
#include "cli/core/rule/runs.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "preload/contract.h"

static int
line_fault(const struct menu_entry *e, unsigned int line, const char *why,
    struct fault *f)
{
	char digits[24];

	return fault_set(f, EXIT_USAGE, e->file, ":", say_num(digits, line),
	    ": ", why, NULL);
}

static bool
is_onlyone(const char *word)
{
	const char *base = basename(word);

	return !strcmp(base, "onlyone") || !strcmp(base, "onlyonectl");
}

int
menu_exec(const struct menu_entry *e, unsigned int line, const char *value,
    const char *end, struct menu_runs *r, struct fault *f)
{
	static struct identity id;
	const struct interp *in;
	const char *why, *word;
	struct fault ignored;
	struct exec x;
	struct text t;
	size_t i = 0;
	int split = exec_split(&x, value, end, &why);

	memset(r, 0, sizeof(*r));
	if (split == 0) {
		i = exec_program(&x);
		word = x.argv[i];
		t = text_in(r->word, sizeof(r->word));
		text_add(&t, word);
		r->at = x.from[i];
		r->behind = i > 0;
		r->onlyone = is_onlyone(word);
		in = interp_find(word);
		r->whole = in && !interp_file(in, x.argv + i);
		/* A program that is not installed has no path: use the word in
		 * Exec. */
		strcpy(r->path, r->word);
		if (identity_find(&id, x.argv + i, NULL, &ignored) == 0) {
			r->whole = id.whole;
			if (!id.whole)
				strcpy(r->path, id.app);
		}
	}
	exec_free(&x);
	return split == 0 ? 0 : split < 0 ? fault_errno(f, EXIT_SYSTEM, ENOMEM,
	    e->file, NULL) : line_fault(e, line, why, f);
}

/* Whether the entry's Type is Application. */
static bool
application(const struct menu_entry *e)
{
	char storage[64];
	struct buf b;
	bool r;

	buf_init(&b, storage, sizeof(storage));
	r = desktop_get(e->text, e->len, "Type", &b) == 0 &&
	    !strcmp(b.at, "Application");
	buf_free(&b);
	return r;
}

int
menu_runs(const struct menu_entry *e, struct menu_runs *r, struct fault *f)
{
	const char *value = NULL, *end = NULL;
	unsigned int line = 0;
	struct desktop_line l;
	struct desktop d;
	int got;

	desktop_init(&d, e->text, e->len);
	while ((got = desktop_next(&d, &l)) == 1) {
		if (l.group == DESKTOP_MAIN && desktop_is(&l, "Exec")) {
			value = l.value;
			end = l.stop;
			line = d.line;
		}
	}
	if (got < 0)
		return line_fault(e, d.line, d.why, f);
	if (d.group == DESKTOP_NONE)
		return line_fault(e, 1, "it is not a desktop entry", f);
	if (!application(e))
		return fault_set(f, EXIT_USAGE, e->file, " is not an"
		    " application (Type=)", NULL);
	if (desktop_true(e->text, e->len, "Hidden"))
		return fault_set(f, EXIT_USAGE, e->file, " counts as deleted"
		    " (Hidden=true)", NULL);
	if (!value)
		return fault_set(f, EXIT_USAGE, e->file, " has no Exec: it is"
		    " started over the bus alone", NULL);
	return menu_exec(e, line, value, end, r, f);
}

int
menu_chosen(const struct menu *m, struct menu_runs *r)
{
	struct fault ignored;
	size_t i = 0;

	while (i < m->n && !m->at[i].chosen)
		i++;
	return i < m->n ? menu_runs(&m->at[i], r, &ignored) : -1;
}
