/*
 * desktop_entry.c: the text of a desktop entry, line by line.
 *
 * What GLib would refuse to load is refused here too: an entry that no desktop
 * shows cannot be overridden.
 */
#include <string.h>

#include "cli/core/rule/desktop_entry.h"
#include "cli/core/rule/rule.h"

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
is_blank(char c)
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

	while (is_blank(end[-1]))
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
	while (end > s && is_blank(end[-1]))
		end--;
	if (end == s)
		return desktop_wrong(d, "a value without a key");
	if (d->group == DESKTOP_NONE)
		return desktop_wrong(d, "a key before the first group");
	l->key = s;
	l->nkey = (size_t)(end - s);
	l->value = equals + 1;
	while (l->value < l->stop && is_blank(*l->value))
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
	if (memchr(s, '\0', (size_t)(l->end - s)))
		return desktop_wrong(d, "a NUL byte is in it");
	while (s < l->stop && is_blank(*s))
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

/* The character at *s (before end), unescaped; moves *s past it: \s \n \t \r
 * \\; any other backslash is literal, as in GLib. */
static char
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

int
exec_split(struct exec *x, const char *value, const char *end,
    const char **why)
{
	struct words w;
	size_t kept = 1;
	int n;
	char c;

	memset(x, 0, sizeof(*x));
	while (value < end) {
		c = desktop_char(&value, end);
		buf_add(&x->text, &c, 1);
	}
	*why = NULL;
	if (buf_add(&x->text, "", 1) < 0)
		return -1;
	words_init(&w, x->text.at, x->text.len - 1);
	while ((n = words_next(&w, x->word + x->n, EXEC_WORDS - x->n)) > 0)
		x->n += (size_t)n;
	*why = n < 0 ? w.why : !x->n ? "it is empty" :
	    strchr(*x->word, '%') ? "a field code is not a program" : NULL;
	if (*why)
		return -1;
	for (size_t i = 1; i < x->n; i++) {
		if (!strchr(x->word[i], '%'))
			x->word[kept++] = x->word[i];
	}
	x->n = kept;
	x->word[kept] = NULL;
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
