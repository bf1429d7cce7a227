/*
 * words_check.c: each option and verb of the product has a row in words.c.
 *
 * The tables are the product's own, which are in the image.
 */
#include <stdio.h>

#include "cli/core/ctl/verbs.h"
#include "cli/core/launch/options.h"

extern const struct option_table option_table;

int words_check(void);
bool words_row(const char *verb, const char *name);

/* Name an option of onlyone, a verb, or an option of a verb that has no row. */
static int
row_lacks(const char *verb, const char *name)
{
	if (words_row(verb, name))
		return 0;
	fprintf(stderr, "tests/sim/words.c: no row says whether %s%s%s%s is drawn\n",
	    *verb ? "onlyonectl " : "onlyone", verb, name ? " --" : "",
	    name ? name : "");
	return 1;
}

int
words_check(void)
{
	char letter[2] = "";
	int lacks = 0;

	for (int i = 0; i < option_table.count; i++) {
		*letter = (char)option_table.rows[i].letter;
		lacks += row_lacks("", option_table.rows[i].name ?
		    option_table.rows[i].name : letter);
	}
	for (int i = 0; i < verb_count; i++) {
		const struct option_table *t = &verb_option_table;

		lacks += row_lacks(verbs[i].name, NULL);
		for (int k = 0; k < t->count && !(verbs[i].flags & VERB_LINE); k++) {
			if (verb_takes(&verbs[i], t->rows[k].name) &&
			    !text_among(verb_common, t->rows[k].name))
				lacks += row_lacks(verbs[i].name, t->rows[k].name);
		}
	}
	return lacks;
}
