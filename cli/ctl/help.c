/*
 * help.c: the usage text of onlyonectl, and what it says of one verb.
 */
#include <stdio.h>

#include "cli/ctl/help.h"
#include "cli/ctl/verb_options.h"
#include "cli/ctl/verbs.h"
#include "cli/text.h"

enum { HELP_COLUMN = 34, NAMES = 256 };

/* "VERB, VERB: " of those that take an option; "": it is for all. */
static void
takers_name(const char *option, char *buf)
{
	struct text t;
	bool value;

	text_init(&t, buf, NAMES);
	for (int i = 0; i < verb_count; i++) {
		if (!verb_takes_itself(&verbs[i], option, &value))
			continue;
		text_add(&t, t.len ? ", " : "");
		text_add(&t, verbs[i].name);
	}
	text_add(&t, t.len ? ":" : "");
}

void
help_print(enum help how)
{
	char names[NAMES];

	fputs("Usage: onlyonectl VERB [OPTIONS] [OPERAND...]\n\n"
	      "Look at and steer the instances that onlyone has started.\n\n"
	      "Verbs:\n", stdout);
	for (int i = 0; i < verb_count; i++) {
		int n = printf("  %s %s", verbs[i].name, verbs[i].operands);

		printf("%*s%s\n", n < HELP_COLUMN - 1 ? HELP_COLUMN - n : 1,
		    "", verbs[i].help);
	}
	fputs("\nAPP is an application as list shows it, a path, or a name;"
	      " without KEY it means\nthe singleton, or the only instance"
	      " there is.\n\n", stdout);
	if (how == HELP_SHORT) {
		puts("onlyonectl help VERB says which options a verb has,"
		     " --help=all all of them.\nSee onlyonectl(1).");
		return;
	}
	puts("Options:");
	for (int i = 0; i < verb_option_table.count; i++) {
		const struct option_row *row = &verb_option_table.rows[i];

		takers_name(row->name, names);
		option_print(row, HELP_COLUMN, names);
	}
	fputs("\nExit status: 0; 1 something is wrong (doctor, rules), not"
	      " sealed; 3 no such\ninstance; 64 usage; 69 no answer; 71 system"
	      " error; 73 state unusable; 75 it\nstays, or the slot is taken;"
	      " 76 lost; 77 not permitted.  See onlyonectl(1).\n",
	    stdout);
}

static void
verb_print(const struct verb *v)
{
	bool value;

	printf("Usage: onlyonectl %s%s%s\n\n%s: %s.\n\nOptions:\n", v->name,
	    *v->operands ? " " : "", v->operands, v->name, v->help);
	for (int i = 0; i < verb_option_table.count; i++) {
		const struct option_row *row = &verb_option_table.rows[i];

		if (verb_takes(v, row->name, &value))
			option_print(row, HELP_COLUMN, "");
	}
	puts("\nSee onlyonectl(1).");
}

int
ctl_help(struct ctl *c, struct fault *f)
{
	const struct verb *v;

	if (!c->noperands) {
		help_print(HELP_SHORT);
		return 0;
	}
	v = verb_find(c->operands[0]);
	if (!v)
		return verb_fault(c->operands[0], f);
	verb_print(v);
	return 0;
}
