/*
 * template_fuzz.c: any template, for any command line.
 *
 * What is malformed is told with the place; what is well-formed expands, or
 * says which part is missing.  A template without references stands for one
 * text only, from which it can be told again; with them, what stands for each
 * is put in its place: known here for arguments, options and the environment.
 * The input: the template, NUL, the arguments, each ended by NUL.
 */
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "cli/core/key/template.h"
#include "preload/contract.h"
#include "tests/fuzz/fuzz.h"

enum { WORDS = 24, BEFORE = 7 };

/* What there is before stays, what comes is ended by NUL, the parts are as
 * many as were said.  Returns the result; out has to be freed. */
static enum template_result
expand(const char *t, char *const command[], struct buf *out, size_t *parts)
{
	char reason[128], *block = malloc(BEFORE);
	enum template_result r;
	struct valued valued = { .n = 0 };
	struct text why;
	size_t nuls = 0;

	memcpy(block, "before", BEFORE);
	buf_init(out, NULL, 0);
	MUST(buf_add(out, block, BEFORE) == 0);
	free(block);
	*parts = 0;
	why = text_in(reason, sizeof(reason));
	r = template_expand(t, command, &valued, out, parts, &why);
	MUST(r != TEMPLATE_FAILED);
	MUST(!memcmp(out->at, "before", BEFORE));
	if (r == TEMPLATE_MISSING) {
		MUST(why.len);
		return r;
	}
	MUST(!why.len && *parts && !out->at[out->len - 1]);
	for (size_t i = BEFORE; i < out->len; i++)
		nuls += !out->at[i];
	MUST(nuls == *parts);
	return r;
}

/* What the n bytes in braces stand for, so far as this knows: *known. */
static const char *
value(const char *at, size_t n, char *const command[], bool *known)
{
	const char *found = NULL;
	char name[256];

	*known = n < sizeof(name);
	if (!*known)
		return NULL;
	memcpy(name, at, n);
	name[n] = '\0';
	if (!strncmp(name, "env:", 4))
		return getenv(name + 4);
	if (!strcmp(name, "cwd") || !strcmp(name, "tty") || strchr(name, ':')) {
		*known = false;
		return NULL;
	}
	if (*name >= '0' && *name <= '9') {
		long left = atol(name);

		while (left-- && *command)
			command++;
		return *command;
	}
	if (*name == '-') {
		long words = 0, left = atol(name + 1);

		while (command[words])
			words++;
		return left < words ? command[words - left] : NULL;
	}
	for (char *const *a = command + 1; *a && strcmp(*a, "--"); a++) {
		if (strncmp(*a, "--", 2))
			continue;
		if (!strncmp(*a + 2, name, n) && (*a)[2 + n] == '=')
			found = *a + 3 + n;
		else if (!strcmp(*a + 2, name) && a[1])
			found = *++a;
	}
	return found;
}

/* The same by another way; *known: this can tell.  NULL: something is
 * missing. */
static char *
model(const char *t, char *const command[], bool *known)
{
	char *out = strdup("");
	size_t len = 0;

	*known = true;
	while (*t) {
		const char *put = t++, *end;
		size_t n = 1;

		if (*put == '{' && *t == '{') {
			t++;
		} else if (*put == '{') {
			end = strchr(t, '}');
			MUST(end);
			put = value(t, (size_t)(end - t), command, known);
			t = end + 1;
			if (!*known || !put) {
				free(out);
				return NULL;
			}
			n = strlen(put);
		}
		out = realloc(out, len + n + 1);
		memcpy(out + len, put, n);
		out[len += n] = '\0';
	}
	return out;
}

/* A text as the template that stands for it alone. */
static char *
constant(const char *text)
{
	char *t = malloc(2 * strlen(text) + 1), *to = t;

	for (; *text; text++) {
		*to++ = *text;
		if (*text == '{')
			*to++ = '{';
	}
	*to = '\0';
	return t;
}

static void
arguments(char *const command[])
{
	struct buf out;
	size_t parts, n = 0;
	const char *s;

	while (command[n + 1])
		n++;
	if (expand("{@}", command, &out, &parts) == TEMPLATE_MADE) {
		MUST(n && parts == n);
		s = out.at + BEFORE;
		for (size_t i = 1; i <= n; i++, s += strlen(s) + 1)
			MUST(!strcmp(s, command[i]));
	} else {
		MUST(!n);
	}
	buf_free(&out);
}

static void
well_formed(const char *t, char *const command[])
{
	bool known, refers = false;
	enum template_result r;
	struct buf out, more;
	char *want, *back;
	size_t parts;

	for (const char *s = t; *s; s++) {
		if (*s == '{' && s[1] == '{')
			s++;
		else if (*s == '{')
			refers = true;
	}
	r = expand(t, command, &out, &parts);
	MUST(parts <= 1 || !strcmp(t, "{@}"));
	if (strcmp(t, "{@}")) {
		want = model(t, command, &known);
		if (known)
			MUST((r == TEMPLATE_MADE) == (want && *want));
		if (known && r == TEMPLATE_MADE)
			MUST(!strcmp(out.at + BEFORE, want));
		free(want);
	}
	if (!refers) {
		MUST(r == (*t ? TEMPLATE_MADE : TEMPLATE_MISSING));
		back = constant(r == TEMPLATE_MADE ? out.at + BEFORE : "");
		MUST(!strcmp(back, t));
		free(back);
	} else if (r == TEMPLATE_MADE) {
		/* What came out, put in again, is no template: it stands. */
		back = constant(out.at + BEFORE);
		MUST(strcmp(back, "") == 0 ||
		    expand(back, command, &more, &parts) == TEMPLATE_MADE);
		if (*back) {
			MUST(!strcmp(more.at + BEFORE, out.at + BEFORE));
			buf_free(&more);
		}
		free(back);
	}
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *command[WORDS + 2], *s;
	struct fault f;
	size_t n = 0;

	memcpy(text, data, size);
	text[size] = '\0';
	command[n++] = strdup("cmd");
	for (s = text + strlen(text) + 1; s < text + size && n <= WORDS;
	     s += strlen(s) + 1)
		command[n++] = strdup(s);
	command[n] = NULL;
	memset(&f, 0, sizeof(f));
	if (template_check(text, &f) == 0)
		well_formed(text, command);
	else
		MUST(f.code == EXIT_USAGE && strchr(text, '{') &&
		    !strncmp(f.line, "--key: ", 7));
	arguments(command);
	while (n--)
		free(command[n]);
	free(text);
	return 0;
}

int
fuzz_seed(unsigned int n, uint8_t *at, size_t *size)
{
	static const char seeds[][40] = {"{1}\0a\0b", "{@}\0a\0\0b", "x{{y}",
	    "{file}\0--file=x\0--file\0y", "{0}{2}", "{env:HOME}-{env:PATH}",
	    "{path:1}\0../x", "{inode:1}\0/dev/null", "{cwd}", "{tty}x",
	    "{path:f}\0--f\0file:///a%20b", "{a.b-c_d}\0--a.b-c_d=1\0--\0x",
	    "{", "{1", "{@}x", "{env:}", "{{{{", "{0000001}\0z",
	    "{x}\0--x\0--\0--x=1", "\0\0"};

	if (n >= sizeof(seeds) / sizeof(*seeds))
		return -1;
	*size = sizeof(*seeds);
	while (*size && !seeds[n][*size - 1])
		--*size;
	memcpy(at, seeds[n], *size);
	return 0;
}
