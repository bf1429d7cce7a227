/*
 * desktop_fuzz.c: any text as a desktop entry.
 *
 * Its lines, put together, are the text; a value of Exec is split into words;
 * and words that were quoted come out as they are, also with others around
 * them.
 */
#include <string.h>

#include "cli/core/rule/rule.h"
#include "tests/fuzz/fuzz.h"

/* Quoted before what stands there, it is its first word. */
static void
quoted(const char *word, const struct desktop_line *l, const struct exec *old)
{
	const char *why;
	struct exec x;
	struct buf b;

	buf_init(&b, NULL, 0);
	MUST(exec_quote(&b, word) == 0);
	for (size_t i = 0; i < b.len; i++)
		MUST(b.at[i] != '\n' && b.at[i] != '\r');
	buf_add(&b, " -- ", 4);
	buf_add(&b, l->value, (size_t)(l->stop - l->value));
	if (exec_split(&x, b.at, b.at + b.len, &why) < 0) {
		MUST(why); /* too many words */
		goto out;
	}
	MUST(x.n == old->n + 2);
	MUST(!strcmp(x.word[0], word));
	MUST(!strcmp(x.word[1], "--"));
	for (size_t i = 0; i < old->n; i++)
		MUST(!strcmp(x.word[i + 2], old->word[i]));
out:
	buf_free(&x.text);
	buf_free(&b);
}

static void
value_try(const struct desktop_line *l)
{
	const char *why;
	struct exec x;
	int r = exec_split(&x, l->value, l->stop, &why);

	MUST(r == 0 || why);
	if (r == 0) {
		MUST(x.n && !x.word[x.n]);
		for (size_t i = 0; i < x.n && i < 3; i++)
			quoted(x.word[i], l, &x);
	}
	buf_free(&x.text);
}

/* As a value it comes out as it is. */
static void
escaped(const char *s)
{
	struct buf b, got;

	buf_init(&b, NULL, 0);
	buf_init(&got, NULL, 0);
	buf_add(&b, "[Desktop Entry]\nk=", 18);
	MUST(desktop_escape(&b, s) == 0);
	MUST(desktop_get(b.at, b.len, "k", &got) == 0);
	MUST(got.len == strlen(s) + 1 && !strcmp(got.at, s));
	buf_free(&got);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *at = text;
	struct desktop_line l;
	struct desktop d;
	char copy[256];
	size_t n = size < sizeof(copy) ? size : sizeof(copy) - 1, tried = 0;
	int r;

	memcpy(copy, data, n);
	copy[n] = '\0';
	escaped(copy);
	desktop_init(&d, text, size);
	while ((r = desktop_next(&d, &l)) == 1) {
		MUST(l.at == at && l.end > at && l.stop <= l.end);
		at = l.end;
		MUST(!l.key || (l.key >= l.at && l.nkey &&
		    l.value > l.key && l.value <= l.stop));
		MUST(!l.key || l.group != DESKTOP_NONE);
		MUST(!l.head || !l.key);
		if (l.key && tried++ < 4)
			value_try(&l);
	}
	MUST(r == -1 ? d.why && d.line : at == text + size);
	return 0;
}

int
fuzz_seed(unsigned int n, uint8_t *at, size_t *size)
{
	static const char *const seeds[] = {
	    "[Desktop Entry]\nType=Application\nExec=app %U\n",
	    "# c\r\n[Desktop Entry]\r\n Exec = app \"a b\" '%' %%\r\n",
	    "[Desktop Entry]\nExec=env -u A B=1 app \"\\\\$x\\\\\\\\\" %F",
	    "[Desktop Entry]\nExec=a\\sb\\n\\tc\\\\ d \\q\n\n"
	    "[Desktop Action x]\nExec=%k a\nExec=\n",
	    "[Desktop Entry]\nName[de]=x\nExec=a \"b", "Exec=a", "[Other]",
	    "[Desktop Entry]\nExec=a \\\\\n=x\n", "[Desktop Entry]\nx\n"};

	if (n >= sizeof(seeds) / sizeof(*seeds))
		return -1;
	*size = strlen(seeds[n]);
	memcpy(at, seeds[n], *size);
	return 0;
}
