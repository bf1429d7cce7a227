/*
 * desktop_entry.c: the text of a desktop entry, line by line.
 *
 * What GLib would refuse to load is refused here too: an entry that no desktop
 * shows cannot be overridden.
 */
#include <stddef.h>
#include <string.h>

#include "cli/base/buf.h"
#include "cli/core/rule/desktop_entry.h"

#define MAIN "Desktop Entry"
#define ACTION "Desktop Action "

void
desktop_init(struct desktop *d, const char *text, size_t len)
{
	d->next = text;
	d->end = text + len;
	d->group = DESKTOP_NONE;
	d->line = 0;
	d->why = NULL;
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t';
}

static int
desktop_wrong(struct desktop *d, const char *why)
{
	d->why = why;
	return -1;
}

/* Parse the head of a group, from its bracket on. */
static int
head_take(struct desktop *d, struct desktop_line *l, const char *s)
{
	const char *name = s + 1, *end = l->stop;
	size_t n;

	while (blank(end[-1]))
		end--;
	if (end[-1] != ']' || end - 1 == name ||
	    memchr(name, '[', (size_t)(end - 1 - name)) ||
	    memchr(name, ']', (size_t)(end - 1 - name)))
		return desktop_wrong(d, "not the name of a group");
	n = (size_t)(end - 1 - name);
	l->head = true;
	if (n == strlen(MAIN) && !memcmp(name, MAIN, n))
		d->group = DESKTOP_MAIN;
	else if (d->group == DESKTOP_NONE)
		return desktop_wrong(d, "the first group is not [" MAIN "]");
	else if (n > strlen(ACTION) && !memcmp(name, ACTION, strlen(ACTION)))
		d->group = DESKTOP_ACTION;
	else
		d->group = DESKTOP_OTHER;
	l->group = d->group;
	return 1;
}

static int
key_take(struct desktop *d, struct desktop_line *l, const char *s)
{
	const char *equals = memchr(s, '=', (size_t)(l->stop - s));
	const char *end = equals;

	if (!equals)
		return desktop_wrong(d, "neither a key nor a group");
	while (end > s && blank(end[-1]))
		end--;
	if (end == s)
		return desktop_wrong(d, "a value without a key");
	if (d->group == DESKTOP_NONE)
		return desktop_wrong(d, "a key before the first group");
	l->key = s;
	l->nkey = (size_t)(end - s);
	l->value = equals + 1;
	while (l->value < l->stop && blank(*l->value))
		l->value++;
	return 1;
}

int
desktop_next(struct desktop *d, struct desktop_line *l)
{
	const char *s = d->next, *feed;

	if (s == d->end)
		return 0;
	memset(l, 0, sizeof(*l));
	feed = memchr(s, '\n', (size_t)(d->end - s));
	l->at = s;
	l->end = feed ? feed + 1 : d->end;
	l->stop = feed ? feed : d->end;
	if (l->stop > s && l->stop[-1] == '\r')
		l->stop--;
	l->group = d->group;
	d->next = l->end;
	d->line++;
	for (const char *p = s; p < l->end; p++) {
		if (!*p)
			return desktop_wrong(d, "a NUL byte is in it");
	}
	while (s < l->stop && blank(*s))
		s++;
	if (s == l->stop || *s == '#')
		return 1;
	return *s == '[' ? head_take(d, l, s) : key_take(d, l, s);
}

bool
desktop_is(const struct desktop_line *l, const char *key)
{
	return l->key && l->nkey == strlen(key) &&
	    !memcmp(l->key, key, l->nkey);
}

char
desktop_char(const char **s, const char *end)
{
	static const char names[] = "sntr\\", values[] = " \n\t\r\\";
	const char *at;
	char c = *(*s)++;

	if (c != '\\' || *s == end || !**s)
		return c;
	at = strchr(names, **s);
	if (!at)
		return c;
	++*s;
	return values[at - names];
}

int
desktop_get(const char *text, size_t len, const char *key, struct buf *b)
{
	struct desktop_line l;
	struct desktop d;
	size_t from = b->len;
	bool found = false;
	char c;

	desktop_init(&d, text, len);
	while (desktop_next(&d, &l) == 1) {
		if (l.group != DESKTOP_MAIN || !desktop_is(&l, key))
			continue;
		found = true;
		b->len = from;
		for (const char *s = l.value; s < l.stop;) {
			c = desktop_char(&s, l.stop);
			buf_add(b, &c, 1);
		}
		buf_add(b, "", 1);
	}
	return b->failed ? -1 : !found;
}

bool
desktop_says(const char *text, size_t len, const char *key, const char *value)
{
	char storage[256];
	struct buf b;
	bool r;

	buf_init(&b, storage, sizeof(storage));
	r = desktop_get(text, len, key, &b) == 0 &&
	    (!value || !strcmp(b.at, value));
	buf_free(&b);
	return r;
}

int
desktop_escape(struct buf *b, const char *s)
{
	static const char names[] = "ntr\\", values[] = "\n\t\r\\";
	const char *from = s, *at;

	for (; *s; s++) {
		at = strchr(values, *s);
		/* GLib drops blanks in front of a value. */
		if (!at && (*s != ' ' || s != from)) {
			buf_add(b, s, 1);
			continue;
		}
		buf_add(b, "\\", 1);
		buf_add(b, at ? &names[at - values] : "s", 1);
	}
	return b->failed ? -1 : 0;
}

/*
 * The value of Exec.
 *
 * It is read only to learn what it runs and where that begins.  New words
 * are inserted there, and the rest of the text stays as it is.
 */

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
