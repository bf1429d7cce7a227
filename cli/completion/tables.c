/*
 * tables.c: a program for the build: prints the tables of options and verbs as
 * commands, to which each shell's completion gives a meaning.
 *
 *	_onlyone_option PROGRAM LETTER NAME ARG WORDS HELP
 *	_onlyone_verb NAME OPERANDS OPTIONS HELP
 *
 * PROGRAM is "launch" for the options of onlyone that a rule takes, behind
 * "onlyonectl enable APP".  A missing part is an empty word.  ARG, OPERANDS and
 * OPTIONS are written as in option.h and verbs.h; the verb without a name means
 * "no verb yet".
 */
#include <stdio.h>
#include <string.h>

#include "cli/core/ctl/verbs.h"
#include "cli/core/launch/options.h"

/* Words that bash, zsh and fish read alike. */
static void
word_put(const char *s, size_t n)
{
	fputs(" '", stdout);
	for (; n && *s; s++, n--) {
		if (*s == '\'' || *s == '\\')
			printf("'\\%c'", *s);
		else
			putchar(*s);
	}
	putchar('\'');
}

static void
text_put(const char *s)
{
	word_put(s ? s : "", s ? strlen(s) : 0);
}

/* Its description, up to a semicolon. */
static void
help_put(const char *s)
{
	word_put(s, strcspn(s, ";"));
	putchar('\n');
}

/* rule: those that a rule takes. */
static void
options_put(const struct option_table *t, bool rule)
{
	char letter[2] = "";

	for (int i = 0; i < t->count; i++) {
		const struct option_row *row = &t->rows[i];
		/* Do not offer what the letter does not take. */
		bool takes = row->arg && !option_letter_alone(row);

		if (rule && row->flags & OPTION_ONCE)
			continue;
		*letter = (char)row->letter;
		fputs("_onlyone_option", stdout);
		text_put(rule ? "launch" : t->program);
		text_put(letter);
		text_put(row->name);
		text_put(takes ? row->arg : NULL);
		fputs(" '", stdout);
		for (int k = 0; takes && row->words && row->words[k]; k++)
			printf("%s%s", k ? " " : "", row->words[k]);
		putchar('\'');
		help_put(row->help);
	}
}

static void
verb_put(const char *name, const char *operands, const char *options,
    const char *help)
{
	fputs("_onlyone_verb", stdout);
	text_put(name);
	text_put(operands);
	printf(" '%s%s%s'", verb_common, *options ? " " : "", options);
	help_put(help);
}

int
main(void)
{
	options_put(&option_table, false);
	options_put(&option_table, true);
	for (int i = 0; i < verb_count; i++)
		verb_put(verbs[i].name, verbs[i].operands, verbs[i].options,
		    verbs[i].help);
	verb_put("", "", verb_none, "");
	options_put(&verb_option_table, false);
	return fflush(stdout) ? 1 : 0;
}
