/*
 * template.c: one -k TEMPLATE, and what it says of a command line.
 *
 * Of an option given several times the last one holds, as programs do it;
 * after "--" there are no options.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/key/path.h"
#include "cli/key/piece.h"
#include "cli/key/template.h"
#include "cli/proc.h"
#include "preload/contract.h"

int
template_check(const char *template, struct fault *f)
{
	const char *t = template;
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
		    "' is malformed at '", p.at, "' ({{ is a brace); see"
		    " onlyone(1)", NULL);
	return 0;
}

/* The value of --NAME in the arguments; NULL. */
static const char *
option_value(char *const command[], const struct valued *valued,
    const struct piece *p)
{
	struct operands o = { .valued = valued };
	const char *value = NULL;

	for (char *const *a = command + 1; *a && !o.end; a++) {
		const char *s = *a;

		if (operand_next(&o, s) != OPERAND_OPTION ||
		    strncmp(s, "--", 2) ||
		    strncmp(s + 2, p->name, p->name_len))
			continue;
		if (s[2 + p->name_len] == '=') {
			value = s + 3 + p->name_len;
		} else if (!s[2 + p->name_len] && a[1]) {
			value = a[1];
			o.option = s; /* listed or not */
		}
	}
	return value;
}

/* The argument that a number means, of all or of the operands; NULL.  *kind:
 * what it is. */
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
missing(struct text *why, const struct piece *p, const char *what)
{
	text_add(why, "{");
	text_mem(why, p->at, p->len);
	text_add(why, "}: ");
	text_add(why, what);
}

static void
value_missing(struct text *why, const struct piece *p)
{
	missing(why, p, p->kind == ENVIRONMENT ? "the variable is not set" :
	    p->source == NAMED ? "there is no such option" :
	    p->source == COUNTED ? "there is no such argument" :
	    "there is no such argument beside options");
}

/* A path is wanted, and this is an option. */
static void
path_missing(struct text *why, const struct piece *p, const char *option)
{
	missing(why, p, "");
	text_typed(why, option);
	text_add(why, " is an option; {");
	text_mem(why, p->at, (size_t)(p->name - p->at));
	text_add(why, p->n < 0 ? "arg:-1} is the last" : "arg:1} is the first");
	text_add(why, " argument that is none");
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

/* What reading a path has come to. */
static enum template_result
path_step(const struct piece *p, enum path_result r, struct text *why)
{
	if (r == PATH_NONE)
		missing(why, p, fault_text(errno));
	return r == PATH_MADE ? TEMPLATE_MADE : r == PATH_NONE ?
	    TEMPLATE_MISSING : TEMPLATE_FAILED;
}

static enum template_result
tty_take(const struct piece *p, char *buf, struct text *why)
{
	struct proc self;

	if (proc_read(getpid(), &self) < 0) {
		if (errno != ENOENT)
			return TEMPLATE_FAILED;
	} else if (*proc_tty(self.tty, buf, PATH_MAX)) {
		return TEMPLATE_MADE;
	}
	missing(why, p, "there is no terminal");
	return TEMPLATE_MISSING;
}

/* What a reference stands for, in buf (PATH_MAX bytes) or elsewhere. */
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

/* What was added has found room, or not. */
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
