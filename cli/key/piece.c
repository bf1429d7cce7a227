/*
 * piece.c: a -k TEMPLATE, piece by piece.
 *
 *	template  = "{@}" | *( text | "{{" | "{" reference "}" )
 *	reference = VALUE | "env:" NAME | "cwd" | "tty"
 *	          | "path:" VALUE | "inode:" VALUE
 *	VALUE     = digits, an argument as in $1, 0 the command
 *	          | "-" digits, an argument counted from the last, -1
 *	          | "arg:" ["-"] digits, the same among the operands alone
 *	          | the name of an option, --NAME=VALUE or --NAME VALUE
 *
 * No option's name begins with a digit or '-', or has a colon: no number is
 * taken for one.
 */
#include <stdbool.h>
#include <string.h>

#include "cli/key/piece.h"

/* Letters, digits, '-', '_', '.': what options and variables are made of. */
static bool
is_variable(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!(s[i] >= 'a' && s[i] <= 'z') &&
		    !(s[i] >= 'A' && s[i] <= 'Z') &&
		    !(s[i] >= '0' && s[i] <= '9') && s[i] != '-' &&
		    s[i] != '_' && s[i] != '.')
			return false;
	}
	return len && *s != '-';
}

/* A number of up to seven digits, perhaps with a '-'; "-0" is none. */
static bool
number_take(const char *s, size_t len, long *n)
{
	bool minus = len && *s == '-';
	size_t i = minus;

	if (i == len || len - i > 7)
		return false;
	for (*n = 0; i < len && s[i] >= '0' && s[i] <= '9'; i++)
		*n = *n * 10 + (s[i] - '0');
	if (minus)
		*n = -*n;
	return i == len && (*n || !minus);
}

/* What a VALUE means.  false: it is none; what begins with a digit is a
 * number. */
static bool
value_take(struct piece *p)
{
	static const char arg[] = "arg:";
	enum { ARG = sizeof(arg) - 1 };

	if (p->name_len > ARG && !memcmp(p->name, arg, ARG)) {
		p->source = OPERANDS;
		return number_take(p->name + ARG, p->name_len - ARG, &p->n) &&
		    p->n;
	}
	p->source = COUNTED;
	if (number_take(p->name, p->name_len, &p->n))
		return true;
	p->source = NAMED;
	return is_variable(p->name, p->name_len) &&
	    (*p->name < '0' || *p->name > '9');
}

static bool
is_keyword(const struct piece *p, const char *word)
{
	return p->len == strlen(word) && !memcmp(p->at, word, p->len);
}

/* What stands in a pair of braces.  false: nothing that is known. */
static bool
reference_take(struct piece *p)
{
	static const struct {
		const char *prefix;
		enum kind kind;
	} named[] = { { "env:", ENVIRONMENT }, { "path:", PATH },
		{ "inode:", INODE } };

	if (is_keyword(p, "@")) {
		p->kind = ARGUMENTS;
		return true;
	}
	if (is_keyword(p, "cwd") || is_keyword(p, "tty")) {
		p->kind = *p->at == 'c' ? CWD : TTY;
		return true;
	}
	for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++) {
		size_t n = strlen(named[i].prefix);

		if (p->len < n || memcmp(p->at, named[i].prefix, n))
			continue;
		p->kind = named[i].kind;
		p->name = p->at + n;
		p->name_len = p->len - n;
		return p->kind == ENVIRONMENT ?
		    is_variable(p->name, p->name_len) :
		    value_take(p);
	}
	p->kind = VALUE;
	p->name = p->at;
	p->name_len = p->len;
	return value_take(p);
}

int
piece_next(const char **t, struct piece *p)
{
	p->at = *t;
	if (!**t)
		return 0;
	p->kind = TEXT;
	if (**t != '{') {
		p->len = strcspn(*t, "{");
		*t += p->len;
		return 1;
	}
	if ((*t)[1] == '{') {
		p->len = 1;
		*t += 2;
		return 1;
	}
	p->at = *t + 1;
	p->len = strcspn(p->at, "{}");
	if (p->at[p->len] != '}') {
		p->at = *t;
		return -1;
	}
	*t = p->at + p->len + 1;
	if (reference_take(p))
		return 1;
	p->at--;
	return -1;
}
