/*
 * desktop_fuzz.c: any text as a desktop entry.
 *
 * Its lines, put together, are the text; words of Exec, quoted, come out as
 * they are; and so does any text as a value.
 */
#include <string.h>

#include "cli/core/rule/rule.h"
#include "tests/fuzz/fuzz.h"

static void
exec_try(const struct desktop_line *l)
{
	struct exec x, y;
	const char *why;
	struct buf b;

	if (exec_split(&x, l->value, l->stop, &why) < 0) {
		MUST(why);
		buf_free(&x.text);
		return;
	}
	MUST(x.n && !x.word[x.n]);
	buf_init(&b, NULL, 0);
	for (size_t i = 0; i < x.n; i++) {
		MUST(!i || buf_add(&b, " ", 1) == 0);
		MUST(exec_quote(&b, x.word[i]) == 0);
	}
	MUST(!memchr(b.at, '\n', b.len) && !memchr(b.at, '\r', b.len));
	MUST(exec_split(&y, b.at, b.at + b.len, &why) == 0 && y.n == x.n);
	for (size_t i = 0; i < x.n; i++)
		MUST(!strcmp(x.word[i], y.word[i]));
	buf_free(&y.text);
	buf_free(&b);
	buf_free(&x.text);
}

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
	int r;

	snprintf(copy, sizeof(copy), "%.*s", (int)size, text);
	escaped(copy);
	desktop_init(&d, text, size);
	while ((r = desktop_next(&d, &l)) == 1) {
		MUST(l.at == at && l.end > at && l.stop <= l.end);
		at = l.end;
		MUST(!l.key || (l.key >= l.at && l.nkey &&
		    l.value > l.key && l.value <= l.stop && !l.head &&
		    l.group != DESKTOP_NONE));
		if (l.key)
			exec_try(&l);
	}
	MUST(r == -1 ? d.why && d.line : at == text + size);
	return 0;
}

int
fuzz_seed(unsigned int n, uint8_t *at, size_t *size)
{
	static const char *const seeds[] = {
	    "# c\r\n[Desktop Entry]\r\n Exec = app \"a b\" '%' %%\r\n",
	    "[Desktop Entry]\nExec=env -u A B=1 app \"\\\\$x\\\\\\\\\" %F",
	    "[Desktop Entry]\nExec=a\\sb\\n\\tc\\\\ d \\q\n\n"
	    "[Desktop Action x]\nExec=%k a\nExec=\n"};

	if (n >= sizeof(seeds) / sizeof(*seeds))
		return -1;
	*size = strlen(seeds[n]);
	memcpy(at, seeds[n], *size);
	return 0;
}
