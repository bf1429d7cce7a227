/*
 * handover.c: built-in ways to hand documents over.
 *
 * A first launch always starts: where the program has no row, or a row needs
 * what is not installed, it goes on without a handler and says so.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/beside.h"
#include "cli/launch/handover.h"
#include "cli/launch/state.h"
#include "cli/say.h"
#include "cli/text.h"
#include "preload/bytes.h"
#include "preload/contract.h"

static const struct handover_row *
row_named(const char *file)
{
	const char *name = basename(file);

	if (!*name || strchr(name, ':'))
		return NULL;
	for (const struct handover_row *row = handover_rows; row->names;
	    row++) {
		if (bytes_listed(row->names, name))
			return row;
	}
	return NULL;
}

/* By the name that was used; else by that of the file it leads to, since a
 * name like /usr/bin/editor may be anything's. */
static const struct handover_row *
row_find(const char *file)
{
	const struct handover_row *row = row_named(file);
	char path[PATH_MAX];

	if (!row && realpath(file, path))
		row = row_named(path);
	return row;
}

/* A line of sh that sets a variable. */
static int
line_set(struct buf *b, const char *name, const char *value)
{
	char word[4 * PATH_MAX + 2]; /* each byte may be a quote */
	struct text t;

	text_init(&t, word, sizeof(word));
	text_shell(&t, value);
	buf_add(b, name, strlen(name));
	buf_add(b, t.at, t.len);
	return buf_add(b, "\n", 1);
}

static int
line_make(struct launch *l, const char *helper, struct fault *f)
{
	struct handover *h = &l->handover;
	char program[PATH_MAX];

	/* It is to run in another folder. */
	if (identity_path(l->id.file, program) < 0)
		strcpy(program, l->id.file);
	h->line.len = 0;
	line_set(&h->line, "p=", program);
	if (helper)
		line_set(&h->line, "r=", helper);
	if (buf_string(&h->line, h->row->line) == 0)
		return 0;
	return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot set the handler",
	    NULL);
}

int
handover_find(struct launch *l, struct fault *f)
{
	const char *word = l->o->terms.on_activate, *helper = NULL;
	struct handover *h = &l->handover;
	char path[PATH_MAX];

	h->row = NULL;
	h->why = NULL;
	if (!word || l->held.pid)
		return 0;
	if (!strcmp(word, "self"))
		h->row = &handover_self;
	else if (!strcmp(word, "dbus"))
		h->row = &handover_dbus;
	else if (strcmp(word, "auto"))
		return 0;
	else if (!(h->row = row_find(l->id.file)))
		h->why = "no way to hand documents over to it is known";
	if (h->row && h->row->raise &&
	    !(helper = beside_find(RAISE_NAME, X_OK, path))) {
		h->row = NULL;
		h->why = "it needs " RAISE_NAME ", which is not installed";
	}
	return h->row ? line_make(l, helper, f) : 0;
}

const char *
handover_line(const struct launch *l)
{
	if (l->handover.row)
		return l->handover.line.at;
	return l->handover.why ? NULL : l->o->terms.on_activate;
}

void
handover_say(struct launch *l)
{
	struct handover *h = &l->handover;
	const char *name = basename(l->id.file);

	if (h->said || (!h->row && !h->why))
		return;
	h->said = true;
	if (h->why)
		say_note("--on-activate=", l->o->terms.on_activate, ": ", name,
		    ": ", h->why, "; it starts without a handler", NULL);
	else
		say_more("later launches hand over to ", name, " by ",
		    h->row->how, NULL);
}

void
handover_text(const struct launch *l, struct text *t)
{
	const struct handover *h = &l->handover;
	const char *word = l->o->terms.on_activate;

	if (!word)
		return;
	text_show(t, word, strlen(word));
	if (!h->row && !h->why)
		return;
	text_add(t, " (");
	text_add(t, h->row ? h->row->how : h->why);
	text_add(t, h->row ? ")" : "; none is set)");
}

char **
handover_command(const struct launch *l, struct buf *b)
{
	const struct handover_row *row = l->handover.row;
	size_t n = 0, more = 0;
	char **list;

	if (!row || !row->insert || !l->command.words[0])
		return l->command.words;
	while (l->command.words[n])
		n++;
	while (row->insert[more])
		more++;
	if (buf_room(b, (n + more + 1) * sizeof(*list)) < 0)
		return NULL;
	list = (char **)(void *)b->at;
	list[0] = l->command.words[0];
	memcpy(list + 1, row->insert, more * sizeof(*list));
	memcpy(list + 1 + more, l->command.words + 1, n * sizeof(*list));
	return list;
}
