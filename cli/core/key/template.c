/*
 * template.c: one -k TEMPLATE, and its value for a command line.
 *
 * If an option is repeated the last one counts, as usual; after "--" there are
 * no options.
 */
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/look.h"
#include "cli/base/option.h"
#include "cli/base/proc.h"
#include "cli/core/key/path.h"
#include "cli/core/key/template.h"
#include "preload/contract.h"

/*
 * Options, their values and operands, by the rules of getopt(3).
 */

/* The next name of a list, its length in *len; NULL: there is none. */
static const char *
name_next(const char *list, const char *name, size_t *len)
{
	if (name && !name[*len])
		return NULL;
	name = name ? name + *len + 1 : list;
	*len = strcspn(name, ",");
	return name;
}

static bool
is_option(const char *s, size_t len)
{
	return len > 1 && (*s == '-' || *s == '+') &&
	    !(len == 2 && s[1] == '-') && !memchr(s, '=', len) &&
	    !memchr(s, ' ', len);
}

int
valued_add(struct valued *v, const char *list, struct fault *f)
{
	const char *name = NULL;
	size_t len;

	if (v->n == VALUED_LISTS)
		return fault_set(f, EXIT_USAGE, "--value-options: '", list,
		    "' is one list too many; see onlyone --help", NULL);
	while ((name = name_next(list, name, &len))) {
		if (!is_option(name, len))
			return fault_set(f, EXIT_USAGE, "--value-options: '",
			    list, "' is not a list of options, like -b,--baud;"
			    " see onlyone --help", NULL);
		v->words |= len > 2 && name[0] == '-' && name[1] != '-';
	}
	v->list[v->n++] = list;
	return 0;
}

static bool
takes_value(const struct valued *v, const char *s, size_t n)
{
	for (size_t i = 0; i < v->n; i++) {
		const char *name = NULL;
		size_t len;

		while ((name = name_next(v->list[i], name, &len))) {
			if (len == n && !memcmp(name, s, n))
				return true;
		}
	}
	return false;
}

/*
 * The letter in a word of joined letters (-xvf FILE) that takes a value: the
 * first one listed, or the very first if it is own; its value is the rest of
 * the word, or else the next word.  NULL: none.  Programs whose options are
 * words with one '-' do not join letters.
 */
static const char *
letter_valued(const struct valued *v, const char *word, char own)
{
	char name[2] = { '-' };

	if (v->words || word[0] != '-' || word[1] == '-')
		return NULL;
	for (const char *s = word + 1; *s; s++) {
		name[1] = *s;
		if ((s == word + 1 && *s == own) || takes_value(v, name, 2))
			return s;
	}
	return NULL;
}

static bool
letters_take(const struct valued *v, const char *word)
{
	const char *s = letter_valued(v, word, '\0');

	return s && !s[1];
}

bool
option_fits(const char *patterns, const char *word)
{
	enum { MOST = 64 };
	char name[MOST], pattern[MOST];
	const char *one;
	size_t len;

	if (word[0] == '-' && word[1] == '-' && word[2])
		word++;
	len = *word == '-' ? strcspn(word, "=") : strlen(word);
	if (len >= MOST)
		return false;
	memcpy(name, word, len);
	name[len] = '\0';
	while ((one = text_word(&patterns, &len))) {
		if (len >= MOST)
			continue;
		memcpy(pattern, one, len);
		pattern[len] = '\0';
		if (fnmatch(pattern, name, 0) == 0)
			return true;
	}
	return false;
}

bool
valued_command(const struct valued *v)
{
	return v->patterns && *v->patterns == '+';
}

/* Whether the program's row says that the option takes the next word. */
static bool
row_takes(const struct valued *v, const char *word)
{
	return !strchr(word, '=') && option_fits(v->patterns, word);
}

enum operand
operand_next(struct operands *o, const char *word)
{
	if (o->end)
		return OPERAND;
	if (o->option) {
		o->option = NULL;
		return OPERAND_VALUE;
	}
	if (!strcmp(word, "--")) {
		o->end = true;
		return OPERAND_END;
	}
	if ((*word != '-' && *word != '+') || !strcmp(word, "-")) {
		o->end = valued_command(o->valued);
		return OPERAND;
	}
	if (takes_value(o->valued, word, strlen(word)) ||
	    letters_take(o->valued, word) ||
	    (o->valued->patterns && row_takes(o->valued, word)))
		o->option = word;
	return OPERAND_OPTION;
}

/*
 * A -k TEMPLATE, piece by piece.
 *
 *	template = "{@}" | *( text | "{{" | "{" reference "}" )
 *	reference = VALUE | "env:" NAME | "cwd" | "tty" | "path:" VALUE |
 *		"inode:" VALUE
 *	VALUE = digits (an argument as in $1; 0: the command) |
 *		"-" digits (an argument counted from the last, -1) |
 *		"arg:" ["-"] digits (the same among the operands alone) |
 *		the name of an option, for --NAME=VALUE or --NAME VALUE, or
 *		the same with one '-', and of a letter for -NVALUE
 *
 * No option's name begins with a digit or '-', or has a colon, so no number is
 * taken for an option.
 */

enum kind { TEXT, ARGUMENTS, VALUE, ENVIRONMENT, CWD, TTY, PATH, INODE };

/* How a reference finds its word. */
enum source { NAMED, COUNTED, OPERANDS };

struct piece {
	enum kind kind;
	const char *at; /* the text, or the reference inside the braces */
	size_t len;
	const char *name; /* of the option or variable: the end of at */
	size_t name_len;
	enum source source;
	long n; /* COUNTED, OPERANDS: which one; below 0: from the last */
};

/* Letters, digits, '-', '_', '.': names of options and variables. */
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

/* A number of up to seven digits, perhaps with a '-'; "-0" is not one. */
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

static const char arg[] = "arg:";
enum { ARG = sizeof(arg) - 1 };

/* The words before a colon, except "arg:". */
static const struct {
	const char *prefix;
	enum kind kind;
} named[] = { { "env:", ENVIRONMENT }, { "path:", PATH },
	{ "inode:", INODE } };
enum { NAMED_COUNT = sizeof(named) / sizeof(*named) };

/* Parse a VALUE.  false: malformed; what begins with a digit is a number. */
static bool
value_take(struct piece *p)
{
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

/* Parse a reference. false: not known. */
static bool
reference_take(struct piece *p)
{
	if (is_keyword(p, "@")) {
		p->kind = ARGUMENTS;
		return true;
	}
	if (is_keyword(p, "cwd") || is_keyword(p, "tty")) {
		p->kind = *p->at == 'c' ? CWD : TTY;
		return true;
	}
	for (size_t i = 0; i < NAMED_COUNT; i++) {
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

/* Take the next piece from *t.  1; 0 at the end; -1: malformed at p->at. */
static int
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

/* Suggest a correction for a malformed reference, which begins with '{'. */
static __attribute__((noinline)) const char *
malformed_hint(const char *reference, char *buf)
{
	const char *word = reference + 1;
	size_t len = strcspn(word, ":");
	struct near near;

	near_begin(&near, word, len + (word[len] == ':'));
	if (strncmp(word, arg, near.len))
		near_try(&near, arg);
	for (size_t i = 0; i < NAMED_COUNT; i++) {
		if (strncmp(word, named[i].prefix, near.len))
			near_try(&near, named[i].prefix);
	}
	return near.best ? near_hint(&near, "", buf) : " ({{ is a brace)";
}

int
template_check(const char *template, struct fault *f)
{
	const char *t = template;
	char hint[NEAR_HINT];
	struct piece p;
	int r;

	while ((r = piece_next(&t, &p)) == 1) {
		if (p.kind == ARGUMENTS && strcmp(template, "{@}"))
			return fault_set(f, EXIT_USAGE, "--key: '",
			    template, "' mixes {@} with other text; give {@} a"
			    " --key of its own; see onlyone(1)", NULL);
	}
	if (r < 0)
		return fault_set(f, EXIT_USAGE, "--key: '", template,
		    "' is malformed at '", p.at, "'", malformed_hint(p.at,
		    hint), "; see onlyone(1)", NULL);
	return 0;
}

bool
template_sorts(const char *template)
{
	struct piece p;
	bool sorts = false;

	while (!sorts && piece_next(&template, &p) == 1)
		sorts = p.kind == PATH || p.kind == INODE ||
		    (p.kind == VALUE && p.source != COUNTED);
	return sorts;
}

/*
 * The text after the name in an option that p names: "", "=VALUE" or, after a
 * letter, "VALUE".  NULL: it is another option.
 */
static const char *
option_named(const struct valued *v, const struct piece *p, const char *word)
{
	const char *name = word + 1 + (word[1] == '-');
	const char *rest = name + p->name_len, *letter;

	if (*word == '-' && !strncmp(name, p->name, p->name_len) &&
	    (!*rest || *rest == '='))
		return rest;
	if (p->name_len > 1 || (v->patterns && option_fits(v->patterns, word)))
		return NULL;
	letter = letter_valued(v, word, *p->name);
	return letter && *letter == *p->name ? letter + 1 : NULL;
}

/* The value of the option in the arguments; NULL: not there. */
static const char *
option_value(char *const command[], const struct valued *valued,
    const struct piece *p)
{
	struct operands o = { .valued = valued };
	const char *value = NULL, *rest;

	for (char *const *a = command + 1; *a && !o.end; a++) {
		if (operand_next(&o, *a) != OPERAND_OPTION)
			continue;
		rest = option_named(valued, p, *a);
		if (!rest || (!*rest && !a[1]))
			continue;
		/* Listed or not: a[1] is its value, or none. */
		o.option = *rest ? NULL : *a;
		value = *rest ? rest + (*rest == '=') : a[1];
	}
	return value;
}

/* The argument with the number in p, among all or only the operands; NULL:
 * there is none. *kind: its kind. */
static const char *
argument_value(char *const command[], const struct valued *valued,
    const struct piece *p, enum operand *kind)
{
	struct operands o = { .valued = valued };
	long n = p->n, last = 0;

	*kind = OPERAND;
	if (!n)
		return *command;
	for (char *const *a = command + 1; *a && n < 0; a++)
		last += operand_next(&o, *a) == OPERAND ||
		    p->source == COUNTED;
	if (n < 0)
		n += last + 1;
	o = (struct operands){ .valued = valued };
	for (char *const *a = command + 1; *a && n > 0; a++) {
		*kind = operand_next(&o, *a);
		if (*kind == OPERAND || p->source == COUNTED)
			n--;
		if (!n)
			return *a;
	}
	return NULL;
}

static void
piece_missing(struct text *why, const struct piece *p, const char *what)
{
	text_add(why, "{");
	text_mem(why, p->at, p->len);
	text_all(why, "}: ", what, NULL);
}

static void
value_missing(struct text *why, const struct piece *p)
{
	piece_missing(why, p, p->kind == ENVIRONMENT ?
	    "the variable is not set" : p->source == NAMED ? "there is no such option" :
	    p->source == COUNTED ? "there is no such argument" :
	    "there is no such argument beside options");
}

/* Say why: a path is needed, and this word is an option. */
static void
path_missing(struct text *why, const struct piece *p, const char *option)
{
	piece_missing(why, p, "");
	text_typed(why, option);
	text_add(why, " is an option; {");
	text_mem(why, p->at, (size_t)(p->name - p->at));
	text_add(why, p->n < 0 ? "arg:-1} is the last" : "arg:1} is the first");
	text_add(why, " argument that is not an option");
}

static const char *
variable_value(const struct piece *p)
{
	for (char **e = environ; *e; e++) {
		if (!strncmp(*e, p->name, p->name_len) &&
		    (*e)[p->name_len] == '=')
			return *e + p->name_len + 1;
	}
	return NULL;
}

/* Turn the result of reading a path into that of the template. */
static enum template_result
path_step(const struct piece *p, enum path_result r, struct text *why)
{
	if (r == PATH_NONE)
		piece_missing(why, p, fault_text(errno));
	return r == PATH_MADE ? TEMPLATE_MADE : r == PATH_NONE ?
	    TEMPLATE_MISSING : TEMPLATE_FAILED;
}

static enum template_result
tty_take(const struct piece *p, char *buf, struct text *why)
{
	struct proc self;

	if (look_proc(getpid(), &self) < 0) {
		if (errno != ENOENT)
			return TEMPLATE_FAILED;
	} else if (*proc_tty(self.tty, buf, PATH_MAX)) {
		return TEMPLATE_MADE;
	}
	piece_missing(why, p, "there is no terminal");
	return TEMPLATE_MISSING;
}

/* The value of a reference, in buf (PATH_MAX bytes) or elsewhere. */
static enum template_result
reference_value(const struct piece *p, char *const command[],
    const struct valued *valued, char *buf, const char **value,
    struct text *why)
{
	enum operand kind = OPERAND;
	enum path_result r;

	*value = buf;
	switch (p->kind) {
	case CWD:
		return path_step(p, path_cwd(buf), why);
	case TTY:
		return tty_take(p, buf, why);
	case ENVIRONMENT:
		*value = variable_value(p);
		break;
	default:
		*value = p->source == NAMED ?
		    option_value(command, valued, p) :
		    argument_value(command, valued, p, &kind);
		break;
	}
	if (!*value) {
		value_missing(why, p);
		return TEMPLATE_MISSING;
	}
	if (p->kind == VALUE || p->kind == ENVIRONMENT)
		return TEMPLATE_MADE;
	if (kind == OPERAND_OPTION || kind == OPERAND_END) {
		path_missing(why, p, *value);
		return TEMPLATE_MISSING;
	}
	r = p->kind == PATH ? path_canonical(*value, buf) :
	    path_inode(*value, buf, PATH_MAX);
	*value = buf;
	return path_step(p, r, why);
}

/* Whether out had enough room. */
static enum template_result
room_end(const struct buf *out)
{
	if (!out->failed)
		return TEMPLATE_MADE;
	errno = ENOMEM;
	return TEMPLATE_FAILED;
}

static enum template_result
arguments_expand(char *const command[], struct buf *out, size_t *parts,
    struct text *why)
{
	if (!command[1]) {
		text_add(why, "{@}: there are no arguments");
		return TEMPLATE_MISSING;
	}
	for (char *const *a = command + 1; *a; a++) {
		buf_string(out, *a);
		++*parts;
	}
	return room_end(out);
}

enum template_result
template_expand(const char *template, char *const command[],
    const struct valued *valued, struct buf *out, size_t *parts,
    struct text *why)
{
	enum template_result r;
	size_t begin = out->len;
	char buf[PATH_MAX];
	const char *value;
	struct piece p;

	if (!strcmp(template, "{@}"))
		return arguments_expand(command, out, parts, why);
	for (const char *t = template; piece_next(&t, &p) == 1;) {
		if (p.kind == TEXT) {
			buf_add(out, p.at, p.len);
			continue;
		}
		r = reference_value(&p, command, valued, buf, &value, why);
		if (r != TEMPLATE_MADE)
			return r;
		buf_add(out, value, strlen(value));
	}
	if (!out->failed && out->len == begin) {
		text_typed(why, template);
		text_add(why, " is empty");
		return TEMPLATE_MISSING;
	}
	buf_string(out, "");
	++*parts;
	return room_end(out);
}
