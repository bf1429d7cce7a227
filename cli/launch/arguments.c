/*
 * arguments.c: which arguments -d takes for documents, and how to say so.
 *
 * Which options of a command take the next word as their value is not known
 * unless --value-options says it.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/early/gate.h"
#include "cli/io.h"
#include "cli/key/path.h"
#include "cli/launch/arguments.h"
#include "cli/say.h"
#include "cli/text.h"
#include "preload/contract.h"

enum { ROW = 8192 };

/* "-" is standard input, and an empty one nothing, but behind "--". */
bool
argument_is_document(const struct operands *o, enum operand kind,
    const char *arg)
{
	return kind == OPERAND && (o->end || (*arg && strcmp(arg, "-")));
}

/* The option before a document, if that may be its value; NULL. */
static const char *
operands_option(const struct operands *o, char *const command[], size_t first,
    size_t at)
{
	const char *word = at > first && !o->end ? command[at - 1] : "";

	return *word == '-' && word[1] && !strchr(word, '=') ? word : NULL;
}

/* What it was taken for, and why. */
static void
how_text(struct text *t, const struct operands *o, enum operand kind,
    const char *arg, const char *option)
{
	static const char *const words[] = { "no document", "an option",
		"the value of ", "the end of the options" };
	bool document = argument_is_document(o, kind, arg);

	text_add(t, document ? "a document" : words[kind]);
	if (document && option)
		text_add(t, "; if it is the value of the option before it:"
		    " --value-options=");
	if (option && (document || kind == OPERAND_VALUE))
		text_show(t, option, strlen(option));
}

int
arguments_show(const struct launch *l, char *const command[], size_t first,
    int fd, struct fault *f)
{
	struct operands o = { .valued = &l->o->valued };
	char line[ROW];
	enum operand kind;
	struct text t;

	early_gate();
	for (size_t i = first; command[i]; i++) {
		const char *option = o.option;

		kind = operand_next(&o, command[i]);
		if (!option)
			option = operands_option(&o, command, first, i);
		text_init(&t, line, sizeof(line));
		text_add(&t, i == first ? "arguments:   " : "             ");
		text_typed(&t, command[i]);
		text_add(&t, " (");
		how_text(&t, &o, kind, command[i], option);
		text_add(&t, ")\n");
		if (io_write(fd, t.at, t.len) < 0)
			return fault_errno(f, EXIT_SYSTEM, errno,
			    "cannot write", NULL);
	}
	return 0;
}

void
arguments_doubt(const struct launch *l, char *const command[], size_t first)
{
	struct operands o = { .valued = &l->o->valued };
	char path[PATH_MAX];
	const char *option;
	enum operand kind;

	for (size_t i = first; command[i]; i++) {
		kind = operand_next(&o, command[i]);
		if (!argument_is_document(&o, kind, command[i]))
			continue;
		option = operands_option(&o, command, first, i);
		if (option && path_canonical(command[i], path) == PATH_MADE &&
		    access(path, F_OK) < 0)
			say_note("'", command[i], "' is taken for a document;"
			    " if it is the value of ", option, ", say"
			    " --value-options=", option, NULL);
	}
}
