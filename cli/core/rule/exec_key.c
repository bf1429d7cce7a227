/*
 * exec_key.c: the value of Exec in a desktop entry.
 *
 * A value is read only to learn what it runs and where that begins.  New words
 * are inserted there, and the rest of the text stays as it is.
 */
#include <string.h>

#include "cli/core/rule/desktop_entry.h"
#include "cli/core/rule/exec_key.h"

struct scan {
	const char *s, *end;
	struct buf *to;
	bool field; /* a field code is in the word */
};

/* The character after a backslash that quotes it. */
static void
exec_escape(struct scan *x, bool quoted)
{
	char c = '\\';

	if (x->s < x->end) {
		c = desktop_char(&x->s, x->end);
		if (quoted && !strchr("\"`$\\\n", c))
			buf_add(x->to, "\\", 1);
		if (c == '\n')
			return;
	}
	buf_add(x->to, &c, 1);
}

static void
percent_take(struct scan *x)
{
	if (x->s < x->end && *x->s == '%')
		buf_add(x->to, "%", 1);
	else
		x->field = true;
	if (x->s < x->end)
		x->s++;
}

static bool
separates(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* One word, from its first character on.  False: a quote is not closed. */
static bool
exec_word(struct scan *x)
{
	const char *before;
	char c, quote = '\0';

	while (x->s < x->end) {
		before = x->s;
		c = desktop_char(&x->s, x->end);
		if (!quote && separates(c)) {
			x->s = before;
			break;
		}
		if (c == '\\' && quote != '\'')
			exec_escape(x, quote);
		else if (quote ? c == quote : c == '\'' || c == '"')
			quote = quote ? '\0' : c;
		else if (c == '%')
			percent_take(x);
		else
			buf_add(x->to, &c, 1);
	}
	return !quote;
}

/* Make the arrays of pointers, now that the text does not grow, and so move,
 * any more. */
static int
arrays_make(struct exec *e, const struct buf *offsets)
{
	const size_t *at = (const size_t *)(const void *)offsets->at;
	size_t n = offsets->len / sizeof(*at) / 2;

	if (e->text.failed || offsets->failed ||
	    buf_room(&e->words, (n + 1) * sizeof(*e->argv) +
	    n * sizeof(*e->from)) < 0)
		return -1;
	e->n = n;
	e->argv = (char **)(void *)e->words.at;
	e->from = (size_t *)(void *)(e->argv + n + 1);
	for (size_t i = 0; i < n; i++) {
		e->from[i] = at[2 * i];
		e->argv[i] = e->text.at + at[2 * i + 1];
	}
	e->argv[n] = NULL;
	return 0;
}

int
exec_split(struct exec *e, const char *value, const char *end,
    const char **why)
{
	struct scan x = { value, end, &e->text, false };
	bool closed = true, first = true, leads = false;
	struct buf offsets = { 0 };
	const char *before;
	size_t at[2];
	int r;

	memset(e, 0, sizeof(*e));
	e->text = (struct buf){ 0 };
	e->words = (struct buf){ 0 };
	while (closed && x.s < end) {
		before = x.s;
		if (separates(desktop_char(&x.s, end)))
			continue;
		x.s = before;
		x.field = false;
		at[0] = (size_t)(before - value);
		at[1] = e->text.len;
		closed = exec_word(&x);
		buf_add(&e->text, "", 1);
		if (!x.field)
			buf_add(&offsets, at, sizeof(at));
		leads = leads || (x.field && first);
		first = false;
	}
	r = arrays_make(e, &offsets);
	buf_free(&offsets);
	*why = !closed ? "Exec: a quote is not closed" : leads ?
	    "Exec: a field code is not a program" :
	    first ? "Exec is empty" : NULL;
	return r < 0 ? -1 : *why != NULL;
}

void
exec_free(struct exec *e)
{
	buf_free(&e->text);
	buf_free(&e->words);
}

size_t
exec_program(const struct exec *e)
{
	const char *base, *word;
	size_t i = 0;

	if (!e->n)
		return 0;
	base = strrchr(e->argv[0], '/');
	base = base ? base + 1 : e->argv[0];
	if (strcmp(base, "env") != 0)
		return 0;
	while (++i < e->n) {
		word = e->argv[i];
		if (!strcmp(word, "-u"))
			i++;
		else if (*word != '-' && !strchr(word, '='))
			return i;
		else if (*word == '-' && strcmp(word, "-") != 0 &&
		    strcmp(word, "--") != 0 && strcmp(word, "-i") != 0 &&
		    strcmp(word, "--ignore-environment") != 0 &&
		    strncmp(word, "-u", 2) != 0 &&
		    strncmp(word, "--unset=", 8) != 0)
			return 0;
	}
	return 0;
}

int
exec_quote(struct buf *b, const char *word)
{
	bool quoted = !*word || strpbrk(word, " \t\n\r\"'\\><~|&;$*?#()`");

	if (quoted)
		buf_add(b, "\"", 1);
	for (; *word; word++) {
		/* The quoting of values doubles each backslash of Exec. */
		if (strchr("\"`$\\", *word))
			buf_add(b, "\\\\", 2);
		if (*word == '\\')
			buf_add(b, "\\\\", 2);
		else if (*word == '%')
			buf_add(b, "%%", 2);
		else if (*word == '\n' || *word == '\t' || *word == '\r')
			buf_add(b, *word == '\n' ? "\\n" : *word == '\t' ?
			    "\\t" : "\\r", 2);
		else
			buf_add(b, word, 1);
	}
	if (quoted)
		buf_add(b, "\"", 1);
	return b->failed ? -1 : 0;
}
