/*
 * handover.c: how a launch hands documents over, and what its row does to the
 * command and the key.
 *
 * A first launch always starts: if there is no row for the program, or what the
 * row needs is not installed, it starts without a handler.  If --on-activate
 * asked for a handler, a message says that there is none; a default stays
 * quiet.  If the program then turns out to have a window, a later launch tries
 * whether it hands over on its own (keeper/second.c).
 *
 * Most programs have no row.  To find that out does not start libc, and costs a
 * look at the program's file, which may be a link to a program with a row.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/interp.h"
#include "cli/base/say.h"
#include "cli/core/handover/aside.h"
#include "cli/core/key/template.h"
#include "cli/core/launch/defaults.h"
#include "cli/core/launch/handover.h"
#include "cli/core/launch/options.h"
#include "cli/core/launch/parts.h"
#include "cli/core/rule/shows.h"
#include "preload/contract.h"

/* In inserted arguments: the slot's folder. */
#define SLOT_PART "{slot}"

/* Whether the user has said which launches exclude each other, or what a later
 * one does.  A path counts as the program's own name, as in menu entries. */
static bool
is_said(const struct options *o)
{
	return (o->app && *o->app != '/') || o->nkey || o->max_given ||
	    o->policy_given || policy_of(o)->meets != MEETS_HANDS ||
	    o->every_ms || o->terms.lock_file;
}

/* Whether a later launch may start a program without a row once more, if it has
 * a window and hands over on its own: not if other options were typed.  A shell
 * line or an interpreter may run anything. */
bool
handover_tries(const struct launch *l)
{
	const struct terms *t = &l->o->terms;

	return !t->off && !t->signal && !l->o->per_document &&
	    (!t->on_activate || way_word(t->on_activate) == WAY_AUTO) &&
	    !is_said(l->o) && !l->o->shell_line && !l->id.whole &&
	    !interp_find(identity_program(&l->id));
}

/* Whether a built-in row names the program, or the target of its links. */
static bool
is_built_in(const char *file)
{
	enum { LINKS = 8 };
	char path[PATH_MAX], to[PATH_MAX], *base;
	size_t at;
	ssize_t n;

	if (!text_join(path, sizeof(path), file, NULL))
		return false;
	for (int i = 0; i < LINKS; i++) {
		base = strrchr(path, '/');
		base = base ? base + 1 : path;
		if (text_among(row_programs, base))
			return true;
		n = readlink(path, to, sizeof(to) - 1);
		if (n <= 0)
			return false;
		to[n] = '\0';
		at = *to == '/' ? 0 : (size_t)(base - path);
		if (at + (size_t)n >= sizeof(path))
			return false;
		memcpy(path + at, to, (size_t)n + 1);
	}
	return false;
}

/* Whether a row may name the program: a built-in one does, or there are user or
 * system rows. */
static bool
is_listed(struct launch *l)
{
	struct handover *h = &l->handover;

	if (!h->looked)
		h->listed = is_built_in(identity_program(&l->id)) ||
		    settings_have(l, HANDOVER_USER, HANDOVER_BELOW, "");
	h->looked = true;
	return h->listed;
}

/* The way to the handler; WAY_NONE: none, or it is a command. */
static enum way_word
word_given(struct launch *l)
{
	const struct terms *t = &l->o->terms;
	enum way_word word = way_word(t->on_activate);

	if (t->on_activate)
		return word;
	if (t->off || t->signal || l->o->shell_line)
		return WAY_NONE;
	return is_listed(l) ? WAY_AUTO : WAY_NONE;
}

static void
way_seek(struct launch *l, enum way_word word)
{
	struct way *w = &l->way;

	memset(w, 0, sizeof(*w));
	w->row.asked = l->o->terms.on_activate;
	way_find(w, word, identity_program(&l->id));
	l->handover.named = w->row.row.programs ||
	    (l->o->terms.on_activate && !handover_tries(l));
}

void
handover_seek(struct launch *l)
{
	struct handover *h = &l->handover;
	enum way_word word;

	if (h->sought || l->adopted.pid)
		return;
	word = word_given(l);
	h->sought = true;
	if (word != WAY_NONE)
		way_seek(l, word);
}

/* The row found by handover_seek; NULL: none. */
static const struct row *
row_of(const struct launch *l)
{
	return l->way.found ? &l->way.row.row : NULL;
}

static const char *
values_find(struct launch *l)
{
	struct row_found *r = &l->row;

	handover_seek(l);
	if (l->way.row.row.programs)
		r = &l->way.row;
	else if (!row_find(r, identity_program(&l->id)) || !row_then(r))
		return NULL;
	return r->row.values;
}

const char *
handover_values(struct launch *l)
{
	return is_listed(l) ? values_find(l) : NULL;
}

enum asks
handover_asks(struct launch *l)
{
	if (l->o->terms.off)
		return ASKS_NONE;
	/* Without arguments no row is looked for: the keeper does that, if there
	 * is no window. */
	if (*l->command.args)
		handover_seek(l);
	/* Only the program's own row works for a program started without it. */
	if (!row_of(l) || !row_of(l)->programs)
		return handover_tries(l) ? ASKS_TRY : ASKS_NOTHING;
	return l->o->terms.on_activate ? ASKS_AUTO : ASKS_ROW;
}

void
handover_terms(const struct launch *l, struct terms *t)
{
	const struct handover *h = &l->handover;
	const struct row *row = row_of(l);

	t->on_activate = row ? l->way.line.at :
	    way_word(t->on_activate) == WAY_NONE ? t->on_activate : NULL;
	t->lack = t->off ? "it was started with --on-activate=none" :
	    h->named && !row ? l->way.why : NULL;
	t->self = row && row->starts;
	t->values = row ? row->values : NULL;
	t->options = row ? row->options : NULL;
	t->waits = row ? row->waits : NULL;
}

void
handover_say(struct launch *l)
{
	struct handover *h = &l->handover;
	const char *name = basename(identity_program(&l->id));

	handover_seek(l);
	if (h->said || !h->named)
		return;
	h->said = true;
	if (l->way.found)
		say_more("later launches hand over to ", name, " by ",
		    l->way.row.row.how, NULL);
	else if (l->o->terms.on_activate)
		say_note("--on-activate=", l->o->terms.on_activate, ": ", name,
		    ": ", l->way.why, "; started without a handler", NULL);
}

void
handover_text(struct launch *l, struct text *t)
{
	const struct handover *h = &l->handover;
	const char *word = l->o->terms.on_activate, *how, *file;

	handover_seek(l);
	if (!h->named && handover_tries(l) &&
	    (word || getenv("DISPLAY") || getenv("WAYLAND_DISPLAY"))) {
		text_add(t, "auto (its own second start, if it has a window"
		    " and hands over on its own)");
		return;
	}
	if (!word && !h->named)
		return;
	word = word ? word : "auto";
	text_show(t, word, strlen(word));
	if (way_word(word) == WAY_NONE)
		return;
	text_add(t, " (");
	if (!l->way.found) {
		text_all(t, l->way.why, "; none is set)", NULL);
		return;
	}
	how = l->way.row.row.how;
	file = l->way.row.file;
	text_show(t, how, strlen(how));
	if (*file && how != file) {
		text_add(t, "; ");
		text_show(t, file, strlen(file));
	}
	text_add(t, ")");
}

/*
 * Options that select another instance of a program: another profile, a
 * comparison of two files.
 *
 * A browser hands over only to the process that has the same profile.  A row's
 * field Apart lists such options; their values are the key.  The word
 * "document" there makes each document an instance.  With an option in the
 * field Own the whole command line is the key.  With one in the field Aside, or
 * one that means the same to most programs (aside.c), the command is not a
 * session of the program (--version, a batch): it runs as it is, beside the
 * instance.  Rows, and then desktop entries, are read only if there are such
 * arguments.
 *
 * Typed options win over the row: with a name, a key or a policy, the options
 * above only mean that no later launch will have another document for the
 * program.
 */

/* Find a word in the list, as "-option" or, if its value is a path, as
 * "-option/"; --option counts as -option.  Returns what follows the name in the
 * word, "" or "=...", and the kind of step; NULL: not listed. */
static const char *
value_find(const char *list, const char *word, enum key_kind *kind)
{
	const char *name = word[0] == '-' && word[1] == '-' ? word + 1 : word;
	size_t n, len = strcspn(name, "=");
	const char *one;

	while (*name == '-' && (one = text_word(&list, &n))) {
		*kind = one[n - 1] == '/' ? KEY_FOLDER : KEY_VALUE;
		if (n - (*kind == KEY_FOLDER) == len &&
		    !memcmp(one, name, len))
			return name + len;
	}
	return NULL;
}

static void
apart_steps(struct keying *k, const struct valued *v, const char *list,
    char **arg)
{
	struct operands o = { .valued = v };
	bool each = text_among(list, "document");
	const char *value;
	enum key_kind kind;
	enum operand is;

	for (; *arg && list && k->nsteps < KEY_STEPS; arg++) {
		value = NULL;
		is = operand_next(&o, *arg);
		if (is == OPERAND && each && (o.end || strcmp(*arg, "-"))) {
			value = *arg;
			kind = KEY_DOCUMENT;
		} else if (is == OPERAND_OPTION) {
			value = value_find(list, *arg, &kind);
		}
		if (value && is == OPERAND_OPTION) {
			o.option = NULL;
			value = *value ? value + 1 : arg[1] ? *++arg : "";
		}
		if (value && *value)
			k->steps[k->nsteps++] = (struct key_step){ kind,
				value };
	}
}

/* Whether an option of the program fits one of these patterns. */
static bool
has_option(const struct valued *v, const char *patterns, char **arg)
{
	struct operands o = { .valued = v };
	enum operand is;

	for (; *arg; arg++) {
		is = operand_next(&o, *arg);
		if ((is == OPERAND_OPTION || (is == OPERAND && !o.end &&
		    !strcmp(*arg, "-"))) && option_fits(patterns, *arg))
			return true;
	}
	return false;
}

/* By options that most programs share. A row knows better. */
static bool
is_aside_commonly(const struct launch *l, bool has_row)
{
	enum aside aside = aside_of(&l->key.valued, l->command.args);

	if (aside <= ASIDE_ANY || has_row)
		return aside == ASIDE_ANY;
	if (l->id.whole || interp_find(identity_program(&l->id)))
		return false;
	return shows_find(l->id.app) >= (aside == ASIDE_WINDOW ? SHOWS_WINDOW :
	    SHOWS_DOCUMENTS);
}

bool
handover_aside(struct launch *l)
{
	const struct row *row = &l->way.row.row;
	bool has_row;

	if (!*l->command.args || is_said(l->o))
		return false;
	handover_seek(l);
	has_row = l->handover.named && row->programs;
	if (has_row)
		l->key.valued.patterns = row->values;
	l->handover.aside = (has_row && has_option(&l->key.valued, row->aside,
	    l->command.args)) || is_aside_commonly(l, has_row);
	return l->handover.aside;
}

static void
row_key(struct launch *l, const struct row *row)
{
	struct keying *k = &l->key;
	bool own, said = is_said(l->o);

	k->valued.patterns = row->values;
	if (k->nsteps)
		return;
	own = has_option(&k->valued, row->aside, l->command.args) ||
	    has_option(&k->valued, row->own, l->command.args);
	if (own) {
		/* No later launch will have another document for it. */
		l->way.found = l->handover.named = false;
		strcpy(l->way.why, "this command line has an instance of its"
		    " own");
	}
	l->handover.own_instance = own && !said;
	if (l->handover.own_instance)
		k->steps[k->nsteps++] = (struct key_step){ KEY_TEMPLATE,
			"{@}" };
	else if (!said)
		apart_steps(k, &k->valued, row->apart, l->command.args);
}

void
handover_key(struct launch *l)
{
	/* Even a row whose commands are missing has the field Apart. */
	const struct row *row = &l->way.row.row;

	if (l->o->nkey || !*l->command.args)
		return;
	handover_seek(l);
	if (l->handover.named && row->programs)
		row_key(l, row);
}

/* Write an inserted argument to `to`, with folder for {slot}; to NULL: only
 * count.  Returns its bytes, with the NUL. */
static size_t
insert_put(const char *insert, const char *folder, char *to)
{
	const char *part;
	size_t n = 0, len;

	for (; (part = strstr(insert, SLOT_PART));
	    insert = part + strlen(SLOT_PART)) {
		len = (size_t)(part - insert);
		if (to) {
			memcpy(to + n, insert, len);
			strcpy(to + n + len, folder);
		}
		n += len + strlen(folder);
	}
	if (to)
		strcpy(to + n, insert);
	return n + strlen(insert) + 1;
}

char **
handover_command(const struct launch *l, struct buf *b)
{
	const struct row *row = row_of(l);
	size_t n = 0, more = row ? row->inserts : 0, bytes = 0;
	size_t own = l->id.front + 1; /* words before its arguments */
	char **list, *text;

	if (!more || !l->command.words[0])
		return l->command.words;
	while (l->command.words[n])
		n++;
	for (size_t i = 0; i < more; i++)
		bytes += insert_put(row->insert[i], l->place.folder, NULL);
	if (buf_room(b, (n + more + 1) * sizeof(*list) + bytes) < 0)
		return NULL;
	list = (char **)(void *)b->at;
	text = b->at + (n + more + 1) * sizeof(*list);
	memcpy(list, l->command.words, own * sizeof(*list));
	for (size_t i = 0; i < more; i++) {
		list[own + i] = text;
		text += insert_put(row->insert[i], l->place.folder, text);
	}
	memcpy(list + own + more, l->command.words + own,
	    (n + 1 - own) * sizeof(*list));
	return list;
}
