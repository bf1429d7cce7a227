/*
 * misplaced.c: an option on the wrong side of APP.
 *
 * A verb that takes a command line of onlyone (enable) has options of its own
 * before APP, and those of onlyone after it.
 */
#include <string.h>

#include "cli/core/ctl/misplaced.h"
#include "cli/core/ctl/verbs.h"
#include "cli/core/launch/options.h"
#include "preload/contract.h"

enum { LINE = 512 };

static void
word_add(struct text *t, const char *word)
{
	text_add(t, " ");
	text_typed(t, word);
}

int
line_misplaced(const struct verb *verb, char *const *words, struct fault *f)
{
	char before[LINE], after[LINE];
	struct text t = text_in(before, sizeof(before));
	struct text u = text_in(after, sizeof(after));
	const char *app = NULL, *wrong = NULL, *side = NULL;
	struct fault ignored;
	struct options o;
	bool own;
	int n, left = 0;

	options_init(&o);
	while (words[left])
		left++;
	for (; left; words += n, left -= n) {
		const char *word = *words;

		n = 1;
		if (*word != '-') {
			if (app)
				return -1;
			app = word;
			continue;
		}
		/* The common options belong to both. */
		own = app ? !strncmp(word, "--", 2) &&
		    verb_takes(verb, word + 2) &&
		    !strstr(verb_common, word + 2) :
		    !strcmp(word, "-q") || !strcmp(word, "-v") ||
		    (word[1] == '-' && verb_takes(verb, word + 2));
		if (own == (app != NULL) && !wrong) {
			wrong = word;
			side = own ? " before" : " behind";
		}
		/* It reads argv[1]. */
		if (!own && (n = options_line(&o, left + 1,
		    (char **)words - 1, &ignored)) < 1)
			return -1;
		for (int i = 0; i < n; i++)
			word_add(own ? &t : &u, words[i]);
	}
	if (!app || !wrong || t.cut || u.cut)
		return -1;
	word_add(&t, app);
	return fault_set(f, EXIT_USAGE, "put ", wrong, side,
	    " APP: onlyonectl ", verb->name, TEXT_QUOTED, before,
	    TEXT_QUOTED, after, NULL);
}
